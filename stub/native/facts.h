/* Facts: what identifies this app: the arguments of enable(), environment variables, sys.path, and the files
 * beside the app that the broker reads. Collected once with the GIL; packed into each Hello on the link
 * thread. One owner at a time: the thread that calls enable(), then the link thread. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Together under one packet with room for what surrounds them. */
#define FACTS_FLAGS_BYTES_MAX       (16 * 1024)
#define FACTS_ENVIRONMENT_BYTES_MAX (8 * 1024)
#define FACTS_SYS_PATH_BYTES_MAX    (40 * 1024)
#define FACTS_FILE_BYTES_MAX        (24 * 1024) /* of each of the two files */
#define FACTS_PROGRAM_BYTES_MAX     1024

/* facts_collect() - @flags: a dict of str to str; @stub_version: borrowed for ever. Holds the GIL. 0 or
 * -ENOMEM; no Python exception is left. */
int facts_collect(PyObject *flags, const char *stub_version);

/* facts_flag() - the value of an argument of enable(), borrowed for ever; NULL if it was not given or is
 * empty. Any thread. */
const char *facts_flag(const char *name);

/* facts_app_folder() - sys.path[0] at the time of enable(), absolute, as the file system has it; "" if there
 * was none. Borrowed for ever. */
const char *facts_app_folder(void);

/* facts_read_sys_path() - reads sys.path again. True: it is not what it was. Holds the GIL. */
bool facts_read_sys_path(void);

/* facts_pack_hello() and facts_pack_sys_path() - a StubMessage with Hello or SysPath, from malloc(); NULL
 * when memory is out. Without the GIL. */
uint8_t *facts_pack_hello(uint64_t session_ordinal, bool has_credentials, size_t *ret_len_bytes);
uint8_t *facts_pack_sys_path(size_t *ret_len_bytes);

/* facts_absolute_path() - @path, or the current folder and @path if it is relative. From malloc(); NULL when
 * memory is out or there is no current folder. */
char *facts_absolute_path(const char *path);

#ifdef __cplusplus
}
#endif
