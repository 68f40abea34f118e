/* Descriptor: a file descriptor of the stub inside an app that may close it.
 *
 * A daemon closes every descriptor it does not know, and the number is then given to something else. Before
 * the stub writes to one of its numbers or closes it, it looks whether the number still means the file that
 * the stub opened: a packet of ours in the app's database connection would be worse than a lost one. Only for
 * files with an inode of their own: sockets and pipes. Any thread; no state of its own. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Descriptor {
    int fd; /* -1: none */
    dev_t device;
    ino_t inode;
} Descriptor;

#define DESCRIPTOR_NONE ((Descriptor){-1, 0, 0})

/* descriptor_own() - @fd, which it takes over, and what it means now. DESCRIPTOR_NONE for -1. */
Descriptor descriptor_own(int fd);

/* descriptor_is_ours() - whether the number still means the file. False for DESCRIPTOR_NONE. One fstat(). */
bool descriptor_is_ours(const Descriptor *descriptor);

/* descriptor_close() - closes it, unless the number means something else by now. Becomes DESCRIPTOR_NONE.
 * Async-signal-safe. */
void descriptor_close(Descriptor *descriptor);

#ifdef __cplusplus
}
#endif
