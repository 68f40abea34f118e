/* The store whose breakpoints live in a Firebase Realtime Database.
 *
 * One stream of events per debuggee, and all of them, and every write, over one connection. Nothing depends
 * on the network being there: what cannot be done now is done once it can. Results go through the outbox.
 * Loop thread only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/auth/token_source.h"
#include "broker/http/client.h"
#include "broker/store/outbox/outbox.h"
#include "broker/store/store.h"
#include "broker/util/metrics.h"
#include "broker/util/timers.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FIREBASE_PROBLEM_LOG_S 60 /* between lines on what is wrong with a database; untuned */

typedef struct FirebaseStore FirebaseStore;

/* @url, @project_id and @outbox_suffix are borrowed during firebase_store_new() only, the rest until it is
 * freed. */
typedef struct FirebaseStoreOptions {
    HttpClient *http;
    TokenSource *tokens; /* NULL: requests carry no token */
    Outbox *outbox;
    const char *outbox_suffix; /* of the database's name there: "", or, for an app's own, with a blank in
                                  it, what tells identities apart: the account, '#', and what tells its
                                  files apart. What an earlier file has left
                                  is sent by a later one, once Google and the database have accepted that. */
    Timers *timers;
    Metrics *metrics;
    uint32_t (*random)(void); /* any 32 bits; NULL: backoff_random() */
    const char *url;          /* NULL: a default database of the project */
    const char *project_id;   /* NULL: the one of the token source */
} FirebaseStoreOptions;

/* firebase_store_new() - the caller owns *ret. 0, -EINVAL (the URL is none that may be used, or the project's
 * name is none), -ENOMEM. */
int firebase_store_new(const FirebaseStoreOptions *options, FirebaseStore **ret);

/* firebase_store_interface() - as a Store, borrowed until firebase_store_free(). */
Store *firebase_store_interface(FirebaseStore *store);

/* firebase_store_free() - watches must have been ended. NULL is nothing; returns NULL. */
FirebaseStore *firebase_store_free(FirebaseStore *store);

/* firebase_store_problem() - what is wrong with the database, a sentence without secrets; NULL: nothing.
 * Borrowed until the next turn of the loop. */
const char *firebase_store_problem(const FirebaseStore *store);

/* firebase_store_is_reachable() - a database was found, and answers. */
bool firebase_store_is_reachable(const FirebaseStore *store);

#ifdef __cplusplus
}
#endif
