/* Appearance: notices that the broker's socket has come to be, so that an app that was started before its
 * broker, or has outlived it, gets it at once, however long the backoff.
 *
 * By looking from time to time. inotify would tell at once, but closing an instance of it waits for the
 * kernel (20 ms measured), which a fork or the end of the app would feel; instances are few; and it does not
 * see what another container does in a shared volume. On the link thread; never waits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "stub/native/address.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How often to look: densely at first, when a broker is likely to come (it is being started beside the app,
 * or restarted), then so seldom that it costs nothing (three stat() are about 3 us). */
#define APPEARANCE_DENSE_MS      50
#define APPEARANCE_DENSE_FOR_MS  2000
#define APPEARANCE_MEDIUM_MS     250
#define APPEARANCE_MEDIUM_FOR_MS 60000
#define APPEARANCE_SPARSE_MS     1000

typedef struct Appearance {
    struct {
        bool is_there;
        dev_t device;
        ino_t inode;
        int64_t changed_at_ns; /* also when a broker opens its socket to others */
    } seen[ADDRESS_PATHS_MAX];
} Appearance;

/* appearance_look() - remembers what is at each path. Do it before the attempt to connect, or the broker may
 * come between. */
void appearance_look(Appearance *appearance, const Address *address);

/* appearance_has_changed() - whether there is something at a path that was not there, or was another file, or
 * had other permissions, at appearance_look(). */
bool appearance_has_changed(const Appearance *appearance, const Address *address);

/* appearance_interval_ms() - how long to wait before looking again. @seeking_ms: since there is no session.
 */
uint32_t appearance_interval_ms(uint64_t seeking_ms);

#ifdef __cplusplus
}
#endif
