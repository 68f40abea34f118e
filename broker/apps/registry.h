/* The apps of this host: which sessions are the same debuggee, which breakpoints each debuggee has, and what
 * becomes of what the sessions send. The life of a breakpoint is DESIGN section 2.
 *
 * It knows neither sockets nor databases: sessions are members with a link, the database is a Store, time
 * comes from Timers. Loop thread only; nothing here blocks. Nothing of it is freed while one of its own
 * callbacks runs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/logs/line.h"
#include "broker/logs/quota.h"
#include "broker/privacy/redact.h"
#include "broker/store/store.h"
#include "broker/util/metrics.h"
#include "broker/util/timers.h"
#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BREAKPOINT_LIFE_S         (24 * 3600) /* the original's */
#define EXPIRY_RETRY_S            60          /* when memory was out; untuned */
#define BREAKPOINT_NUM_NOTES_MAX  8           /* interim messages to the user; untuned */
#define REGISTRATION_PERIOD_S     3600        /* the original's */
#define REGISTRATION_RETRY_S      60          /* untuned */
#define RESULT_RETRY_FIRST_MS     1000        /* untuned */
#define RESULT_RETRY_LAST_MS      60000       /* untuned */
#define SOURCE_FILES_TIMEOUT_S    60          /* from asking to the last part; untuned */
#define REGISTRY_PROTOCOL_VERSION 1

#define LEASE_LIFE_MS      1000 /* how long a session may use what it was granted; untuned */
#define LEASE_GRACE_MS     1000 /* after that, until it counts as not used: it may be on its way; untuned */
#define LEASE_RETRY_MS     100  /* how often those who wait are looked at; untuned */
#define CREDIT_ENTRIES_MIN 4    /* what a session may send of each logpoint without a lease; untuned */
#define CREDIT_BYTES_MIN   2048

#define CONDITION_BURST_S         5 /* so many seconds' worth of conditions at once; as in the stub */
#define STANDING_SNAPSHOTS_MIN    8 /* what a session has to begin with; untuned */
#define STANDING_CONDITION_US_MIN 10000

typedef struct Registry Registry;
typedef struct Member Member;

/* How the registry reaches a session. Neither function may call back into the registry; a session that ends
 * is told with member_free(), from the loop. */
typedef struct MemberLink {
    void (*send)(void *session, const Snapshot__BrokerMessage *message);
    void (*refuse)(void *session, const char *reason, bool is_permanent);
    /* As send, for what may be dropped: false if the session does not read as fast as this. */
    bool (*try_send)(void *session, const Snapshot__BrokerMessage *message);
} MemberLink;

/* Writes one line of a logpoint; @record is borrowed. What becomes of the line is counted there. */
typedef void (*LogWriter)(void *context, const LogRecord *record);

/* All pointers are borrowed until registry_free(). */
typedef struct RegistryOptions {
    Store *store;
    Timers *timers;
    Metrics *metrics;
    const MemberLink *link;
    LogWriter log_writer;
    void *log_context;
    const char *broker_version;
    const char *default_project_id; /* NULL: none */
    Redactor *redactor;             /* NULL: secrets are shown */
    Snapshot__Limits limits;
    LogQuotaRates log_rates;       /* of each app */
    LogQuotaRates total_log_rates; /* of all together */
    LogQuotaRates snapshot_rates;  /* likewise; their entries are snapshots */
    LogQuotaRates total_snapshot_rates;
    size_t num_breakpoints_max; /* of one debuggee */
    size_t waiting_bytes_max;   /* captures that the store has no room for, in memory, all together */
} RegistryOptions;

/* registry_new() - the caller owns *ret. 0 or -ENOMEM. */
int registry_new(const RegistryOptions *options, Registry **ret);

/* registry_free() - members must have been freed. Results that are not in the store yet are lost and
 * counted. NULL is nothing; returns NULL. */
Registry *registry_free(Registry *registry);

/* registry_is_settled() - no result is on its way to the store. */
bool registry_is_settled(const Registry *registry);

/* registry_is_kept() - what is on its way to the store is on disk: the next run would send it. */
bool registry_is_kept(const Registry *registry);

/* registry_retry_now() - tries the results again that the store had no room for. */
void registry_retry_now(Registry *registry);

/* registry_join() - the first packet of a session. @hello is borrowed during the call, @session until
 * member_free(). @pid: the process, as the kernel says; 0: unknown.
 * Returns 0: the caller owns *ret; or a negative errno: the session was refused. */
int registry_join(Registry *registry, const Snapshot__Hello *hello, uint32_t pid, void *session,
                  Member **ret);

/* member_handle() - a later message of the session, borrowed during the call; secrets are taken out of it in
 * place. @packet_bytes is its size on the wire, by which the stub counts what its lease allows. */
void member_handle(Member *member, Snapshot__StubMessage *message, size_t packet_bytes);

/* member_try_send() - a message that may be dropped. @member is a Member, e.g. a LogRecord's origin. False:
 * it is dropped. */
bool member_try_send(void *member, const Snapshot__BrokerMessage *message);

/* member_free() - the session is over. NULL is nothing; returns NULL. */
Member *member_free(Member *member);

#ifdef __cplusplus
}
#endif
