/* Address: where the broker's socket may be, and connecting to it. On the link thread, without the GIL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "stub/native/descriptor.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ADDRESS_PATHS_MAX      3
#define ADDRESS_PATH_BYTES_MAX 108 /* of sockaddr_un */

typedef struct Address {
    char paths[ADDRESS_PATHS_MAX][ADDRESS_PATH_BYTES_MAX];
    size_t num_paths;
    bool is_explicit; /* the app named it: whoever listens there is trusted */
} Address;

/* address_init() - @explicit_path alone, or the default places for NULL: /run/snapshot-broker/broker.sock,
 * $XDG_RUNTIME_DIR/snapshot-broker/broker.sock, /tmp/snapshot-broker-<uid>/broker.sock. A path that is too
 * long for a socket is left out. Computed anew for each attempt: a worker changes its user after the fork. */
void address_init(Address *address, const char *explicit_path);

/* address_connect() - the first of the paths where somebody listens who may be trusted with the app's
 * variables: anybody at an explicit path, root or this user at a default one. Never waits.
 * Returns 0 with *ret_socket, -ENOENT (nobody), or -EPERM (only somebody who is not trusted). */
int address_connect(const Address *address, Descriptor *ret_socket);

#ifdef __cplusplus
}
#endif
