/* The databases of this broker's apps: its own, and those of apps that bring credentials of their own.
 *
 * A backend is a database with an identity: tokens, a store, and the apps whose breakpoints live there. What
 * an app names in its flags decides which one it gets:
 *
 *   nothing, or the broker's own database        the broker's own backend
 *   a service account, with or without an URL    a backend of that account; apps with the same file share it
 *   an emulator on this machine                  a backend without any credentials
 *
 * The broker's own tokens never go where an app says, and an app's URL is of Firebase or of this machine.
 * Loop thread only; never blocks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "broker/apps/registry.h"
#include "broker/auth/token_source.h"
#include "broker/http/client.h"
#include "broker/store/outbox/outbox.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BACKENDS_NUM_MAX        16      /* of apps; untuned */
#define BACKENDS_LINGER_S       600     /* one without apps, which may only be restarting; untuned */
#define BACKENDS_EMULATOR_TOKEN "owner" /* what every client of the database emulator sends */

typedef struct Backends Backends;
typedef struct Guest Guest; /* a session, at its backend */

/* All pointers are borrowed until backends_free(), the texts during backends_new() only. */
typedef struct BackendsOptions {
    RegistryOptions
        registry; /* its store is the one of all apps, or NULL: the databases are Firebase's, as follows */
    HttpClient *http;
    Outbox *outbox;
    const char *database_url; /* NULL: a default one of the project */
    const char *project_id;   /* NULL: that of the credentials */
} BackendsOptions;

/* backends_check_url() - whether @url may be a database's: https, or http to this machine; no path; no query
 * but "ns=NAME". 0, or -EINVAL with the reason in *ret_why ("is ..."), which lives for ever.
 * *ret_is_emulator: http, whose token is BACKENDS_EMULATOR_TOKEN. */
int backends_check_url(const char *url, bool *ret_is_emulator, const char **ret_why);

/* backends_new() - @credential is the broker's own, consumed also on failure; NULL with a store. The caller
 * owns *ret. 0, -EINVAL (*ret_why, which lives for ever, says what is missing), or -ENOMEM. */
int backends_new(const BackendsOptions *options, Credential *credential, Backends **ret,
                 const char **ret_why);

/* backends_free() - guests must have left. NULL is nothing; returns NULL. */
Backends *backends_free(Backends *backends);

/* backends_problem() - what is wrong with the broker's own database, a sentence without secrets; NULL:
 * nothing. Borrowed until the next turn of the loop. */
const char *backends_problem(const Backends *backends);

/* backends_refresh() - brings the counts of connections up to date. */
void backends_refresh(Backends *backends);

/* backends_is_done() - every result is in its database, or on disk where that is in trouble. */
bool backends_is_done(const Backends *backends);

/* backends_retry_now() - as the registry's, of all. */
void backends_retry_now(Backends *backends);

/* backends_join() - as registry_join(). Borrows @credentials_fd (-1: none came). */
int backends_join(Backends *backends, const Snapshot__Hello *hello, int credentials_fd, uint32_t pid,
                  void *session, Guest **ret);

/* guest_handle() and guest_free() - as member_handle() and member_free(). */
void guest_handle(Guest *guest, Snapshot__StubMessage *message, size_t packet_bytes);
Guest *guest_free(Guest *guest);

#ifdef __cplusplus
}
#endif
