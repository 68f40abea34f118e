/* The socket that stubs connect to, from the lock beside it to its removal.
 *
 * The path never shows a socket that does not accept: it is bound under another name, listens, and is then
 * renamed into place, over a socket that a dead broker left. A lock file beside it (<path>.lock, which stays)
 * and a connection attempt keep a second broker away. Loop thread only; nothing here accepts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Listener Listener;

enum { LISTENER_E_IN_USE = 1 }; /* another broker has the path */

typedef struct ListenerOptions {
    const char *path;
    mode_t mode;     /* of the socket, e.g. 0660 */
    bool is_private; /* its folder must be ours alone (0700): for paths in folders that anybody may write */
} ListenerOptions;

/* listener_new() - makes the folder of the path if it is missing (not its parents), takes the lock, and binds
 * under another name. Borrows @options during the call. The caller owns *ret.
 * Returns 0, LISTENER_E_IN_USE, -EINVAL (the path is too long for a socket), or another negative errno; not
 * 0: @error, of @error_size bytes, has a sentence for people. */
int listener_new(const ListenerOptions *options, char *error, size_t error_size, Listener **ret);

/* listener_start() - listens and renames into place. 0 or a negative errno. */
int listener_start(Listener *listener);

/* listener_fd() - the listening descriptor, non-blocking, borrowed. */
int listener_fd(const Listener *listener);

/* listener_free() - removes the path if it is still ours, and closes. NULL is nothing; returns NULL. */
Listener *listener_free(Listener *listener);

#ifdef __cplusplus
}
#endif
