/* The entries of debuggees in the database: written, or refreshed where they are, until it has been done. For
 * firebase_store.c. Loop thread only. */
#pragma once

#include <jansson.h>

#include "broker/store/firebase/subscription.h"

#ifdef __cplusplus
extern "C" {
#endif

/* At a time: the streams of a connection are for what lasts. Untuned. */
#define REGISTRATIONS_NUM_PARALLEL 8

typedef struct Registrations Registrations;

/* registrations_new() - @options is borrowed until registrations_free(); its rtdb may still be NULL, then
 * what is asked waits for registrations_start(). The caller owns *ret. 0 or -ENOMEM. */
int registrations_new(const SubscriptionOptions *options, Registrations **ret);

/* registrations_free() - those that are not done are given up. NULL is nothing; returns NULL. */
Registrations *registrations_free(Registrations *registrations);

/* registrations_start() - the rtdb is there. */
void registrations_start(Registrations *registrations);

/* registrations_add() - as store_register_debuggee(). */
int registrations_add(Registrations *registrations, const json_t *debuggee);

#ifdef __cplusplus
}
#endif
