/* Appearance: wakes the link when the broker's socket may have come to be, so that an app that was started
 * before its broker gets it at once. Watches with inotify the folder of each path, or the deepest of its
 * parents that exists. Exists only while the link has no broker: inotify instances are few (128 per user).
 * On the link thread. */
#pragma once

#include <stdbool.h>

#include "stub/native/address.h"
#include "stub/native/descriptor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Appearance {
    Descriptor descriptor; /* its fd is -1 if nothing is watched; poll() it for input */
    struct {
        int watch;
        const char *name; /* borrowed from the address: what must appear in the watched folder */
        size_t name_len;
    } places[ADDRESS_PATHS_MAX];
    size_t num_places;
} Appearance;

/* appearance_init() - starts watching. Do it before the attempt to connect, or the broker may come between.
 * Borrows @address until appearance_deinit(). Where the system has no watch to give, nothing is watched. */
void appearance_init(Appearance *appearance, const Address *address);

/* appearance_read() - consumes what has happened. True if a path, or the next folder of one, has appeared or
 * changed: try to connect, and watch anew. */
bool appearance_read(Appearance *appearance);

/* appearance_deinit() - stops watching. */
void appearance_deinit(Appearance *appearance);

#ifdef __cplusplus
}
#endif
