/* One stream of events of a place in the database, for as long as it lives: opened, watched over, and opened
 * anew whenever it ends, breaks, falls silent or is revoked.
 *
 * Each opening begins with the event put at "/", which says all that is there. While the database does not
 * answer at all, the subscription waits for its return; after an answer that refuses the stream it waits with
 * a backoff. A revoked token is refused and the stream opened anew at once. Loop thread only. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "broker/store/firebase/rtdb.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SUBSCRIPTION_SILENCE_MS      75000 /* the service says something every 30 s */
#define SUBSCRIPTION_GRACE_MS        2000  /* for bytes that wait after a freeze of this process */
#define SUBSCRIPTION_STABLE_MS       10000 /* then a stream has gone well; untuned */
#define SUBSCRIPTION_EVENT_BYTES_MAX (8 * 1024 * 1024) /* 500 breakpoints of 16 KiB; untuned */

typedef struct Subscription Subscription;

/* What a subscription tells, from the loop. No callback may free the subscription. */
typedef struct SubscriptionHandler {
    /* The events put and patch. A negative errno makes it begin anew, with all that is there. Borrow @path
     * and
     * @data. */
    int (*put)(void *context, const char *path, const json_t *data);
    int (*patch)(void *context, const char *path, const json_t *data);
    /* There is no stream now; it is tried again. @problem is a sentence without secrets, borrowed; "" if it
     * just ended. */
    void (*lost)(void *context, const char *problem);
    void *context;
} SubscriptionHandler;

/* All pointers are borrowed until subscription_free(). */
typedef struct SubscriptionOptions {
    Rtdb *rtdb;
    Timers *timers;
    Metrics *metrics;
    uint32_t (*random)(void); /* any 32 bits */
} SubscriptionOptions;

/* subscription_new() - @path as in RtdbRequest; @handler is copied. The caller owns *ret. 0 or -ENOMEM. */
int subscription_new(const SubscriptionOptions *options, const char *path, const SubscriptionHandler *handler,
                     Subscription **ret);

/* subscription_free() - NULL is nothing; returns NULL. */
Subscription *subscription_free(Subscription *subscription);

#ifdef __cplusplus
}
#endif
