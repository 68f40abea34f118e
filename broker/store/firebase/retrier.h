/* When to try again what failed at a database. While the database answers: after a backoff, and not before it
 * wants to be asked again (Retry-After). While it does not answer, or refuses whatever it is asked: when it
 * is well again, as one request for all finds out. Embedded; loop thread only. */
#pragma once

#include "broker/store/firebase/rtdb.h"
#include "broker/util/backoff.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RETRIER_FIRST_MS 500 /* at most, after the first failure; doubled with each in a row */
#define RETRIER_LAST_MS  60000

typedef struct Retrier {
    Rtdb *rtdb;
    Timers *timers;
    uint32_t (*random)(void);
    void (*again)(void *context); /* from the loop */
    void *context;
    Backoff backoff;
    Timer timer;
    RtdbWait wait;
    uint64_t not_before_us;
} Retrier;

/* retrier_init() - all pointers are borrowed until retrier_deinit(). */
void retrier_init(Retrier *retrier, Rtdb *rtdb, Timers *timers, uint32_t (*random)(void),
                  void (*again)(void *context), void *context);

/* retrier_deinit() - also of one that is all zeroes. */
void retrier_deinit(Retrier *retrier);

/* retrier_fail() - it failed: `again` is called once, later. @retry_after_ms as in RtdbAnswer. */
void retrier_fail(Retrier *retrier, uint64_t retry_after_ms);

/* retrier_succeed() - it went well: the next failure is the first in a row. */
void retrier_succeed(Retrier *retrier);

#ifdef __cplusplus
}
#endif
