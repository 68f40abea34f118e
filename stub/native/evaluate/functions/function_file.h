/* Function file: reads a source file without making a thread of the app wait for a disk: what the kernel has
 * in memory is read at once, anything else by another thread, for a later hit.
 *
 * That is so where the file system is of the kernel's own. One of a server's (NFS, FUSE) may be asked whether
 * what is in memory still holds, and the thread waits for the answer, as it does when the app itself opens a
 * file there; what kind it is cannot be found out without asking the same server (statfs(2)). */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Larger files are refused. */
#define FUNCTION_FILE_BYTES_MAX (2 * 1024 * 1024)

/* function_file_init() - @wake makes another thread call function_file_serve(); without it (NULL) files are
 * read on the spot. */
void function_file_init(void (*wake)(void));

/* function_file_read() - the bytes of a file. Holds the GIL; waits for no disk. Returns 0 and *ret_bytes (for
 * free()), -EAGAIN: it is being read, or another negative errno. */
int function_file_read(const char *path, char **ret_bytes, size_t *ret_len_bytes);

/* function_file_serve() - reads what is asked for, if anything is. The link thread, without the GIL. */
void function_file_serve(void);

#ifdef __cplusplus
}
#endif
