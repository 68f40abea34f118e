/* Wakeup: ends a poll() of the link thread. A pair of sockets: they have inodes to know them by, and writing
 * to one whose other end is gone raises no signal in the app. */
#pragma once

#include <stdbool.h>

#include "stub/native/descriptor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Wakeup {
    Descriptor readable; /* poll() its fd for input */
    Descriptor writable;
} Wakeup;

/* wakeup_init() - 0 or a negative errno. */
int wakeup_init(Wakeup *wakeup);

/* wakeup_send() - ends the poll() that runs, or the next one. Any thread; never waits. False: the app has
 * closed the sockets under us, nobody was woken. */
bool wakeup_send(const Wakeup *wakeup);

/* wakeup_clear() - consumes what was sent. The thread that polls. False: they are lost; wakeup_deinit() and
 * wakeup_init() make another. */
bool wakeup_clear(const Wakeup *wakeup);

/* wakeup_deinit() - closes them. Async-signal-safe. */
void wakeup_deinit(Wakeup *wakeup);

#ifdef __cplusplus
}
#endif
