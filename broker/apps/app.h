/* The objects of the apps layer; for the files of this folder. See registry.h.
 *
 *   Registry --owns--> App --owns--> Breakpoint --owns--> Result
 *                       ^--- Member (owned by its session)
 *
 * An App without members stays until its results are settled; it is freed by a timer, never in the middle of
 * a callback. */
#pragma once

#include <sys/queue.h>

#include "broker/apps/definition.h"
#include "broker/apps/identity.h"
#include "broker/apps/registry.h"
#include "broker/apps/sys_path.h"
#include "broker/privacy/visibility.h"
#include "broker/util/string_map.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct App App;
typedef struct Breakpoint Breakpoint;
typedef struct EarlyCapture EarlyCapture;
typedef struct LogLease LogLease;

typedef enum BreakpointPhase {
    BREAKPOINT_ACTIVE, /* the sessions have it */
    BREAKPOINT_ENDING, /* it has a result, which the store does not have yet */
    BREAKPOINT_OVER,   /* the store has its result; its id is ignored until it was absent */
} BreakpointPhase;

typedef enum ResultCause {
    RESULT_CAPTURED,
    RESULT_FAILED,
    RESULT_EXPIRED,
    RESULT_INVALID,
} ResultCause;

/* The end of a breakpoint, from the moment it is known until the store has it. */
typedef struct Result {
    ResultCause cause;
    json_t *json;   /* the definition and what was added */
    Member *origin; /* who waits for an Acknowledge; NULL: nobody */
    uint64_t sequence;
    bool is_submitting;    /* store_finish() runs */
    bool is_accepted;      /* the store has it on disk and tells the outcome */
    bool is_outcome_known; /* told from within store_finish() */
    bool is_reduced;       /* what was captured had to be given up; a status says so */
    StoreFinish outcome;
    Timer retry;
    uint64_t retry_ms;
    size_t waiting_bytes; /* charged to the registry while it waits for room */
} Result;

struct Breakpoint {
    TAILQ_ENTRY(Breakpoint) next;
    App *app;
    char *id;
    BreakpointPhase phase;
    bool is_absent;         /* the store has told its removal, while it was ending */
    Definition *definition; /* NULL once it is over, or if it was invalid */
    Result *result;
    Timer expiry;
    Member **armed; /* the members that have armed it */
    size_t num_armed;
    json_t *notes;        /* the statuses that the user was told, in an array */
    QuotaShare log_share; /* of the app's quota, while it is an active logpoint */
    TAILQ_HEAD(, LogLease) log_leases;
    uint64_t log_paused_until_us; /* monotonic */
    uint64_t num_suppressed; /* hits since its last line that the quota did not allow, as far as they came */
};

/* What one session may log for one logpoint before it asks again. The tokens are taken from the quota. */
struct LogLease {
    TAILQ_ENTRY(LogLease) next;      /* of the breakpoint's */
    TAILQ_ENTRY(LogLease) next_held; /* of the app's that hold tokens */
    Breakpoint *breakpoint;
    Member *member;
    QuotaTokens left;
    bool is_held;
    uint64_t ends_us;   /* then what is left goes back; monotonic */
    QuotaTokens wanted; /* asked for, and not granted yet */
};

TAILQ_HEAD(BreakpointList, Breakpoint);
TAILQ_HEAD(MemberList, Member);

struct App {
    LIST_ENTRY(App) next;
    Registry *registry;
    json_t *debuggee;
    const char *id; /* these four are borrowed from @debuggee */
    const char *module;
    const char *version;
    const char *project_id;
    Snapshot__Limits limits; /* of its snapshots, where a breakpoint asks for no others */
    StoreWatch *watch;
    bool is_in_sync;
    struct MemberList members;
    unsigned num_members;
    struct BreakpointList breakpoints;
    StringMap *breakpoints_by_id;
    size_t num_unfinished; /* active or ending */
    size_t num_ending;
    size_t num_early;                   /* captures that wait for the store to be in sync */
    Quota log_quota;                    /* of its logpoints */
    QuotaShare log_share;               /* of the registry's */
    TAILQ_HEAD(, LogLease) held_leases; /* in the order of their ends */
    Timer log_pause;                    /* set while a session waits for tokens */
    Quota snapshot_quota;               /* shared by nobody: one share has it all */
    QuotaShare snapshot_share;
    QuotaShare host_snapshot_share; /* of the registry's */
    Quota condition_quota;          /* of microseconds; likewise */
    QuotaShare condition_share;
    Timer spend_pause; /* set while a session waits for either */
    Timer registration;
    Timer collect; /* frees it from the loop if nobody needs it */
};

struct Member {
    TAILQ_ENTRY(Member) next; /* of the app's members, or of the registry's newcomers */
    Registry *registry;
    App *app; /* NULL: its identity is not known yet */
    void *session;
    uint32_t pid;
    Identity *identity; /* NULL once it has an app */
    Timer source_files_timeout;
    SysPath *sys_path;      /* NULL when memory was out: paths are shown whole */
    int64_t owed_snapshots; /* used, told, and not given back yet */
    int64_t owed_condition_us;
    Snapshot__Limits limits; /* as the app's flags ask for them; those of an app's first member hold */
    Visibility *visibility;
    uint32_t protocol_version;
    uint64_t num_packets_dropped; /* as the stub told last */
    uint64_t num_internal_errors;
};

struct Registry {
    RegistryOptions options;
    LIST_HEAD(, App) apps;
    StringMap *apps_by_id;
    struct MemberList newcomers; /* their files were asked for */
    size_t num_ending;           /* results on their way, in all apps */
    TAILQ_HEAD(, EarlyCapture) early;
    size_t waiting_bytes;
    Quota log_quota; /* of all apps together */
    Quota snapshot_quota;
    char instance[17];  /* hex digits that no other run of a broker has, for insert ids */
    uint64_t num_lines; /* of logpoints, so far; likewise */
};

/* Conveniences. */
uint64_t registry_monotonic_us(const Registry *registry);
void registry_count(Registry *registry, Metric metric, int64_t amount);

/* ---- app.c: debuggees ---- */

/* app_join() - puts @member, whose identity is complete, into its app, which is made if it is new, and
 * welcomes it. 0 or a negative errno: it has no app. */
int app_join(Registry *registry, Member *member);

/* app_leave() - takes @member out of its app. */
void app_leave(Member *member);

/* app_collect_later() - frees @app from the loop if nobody needs it then. */
void app_collect_later(App *app);

/* app_free() - frees it with its breakpoints; results that are not in the store are lost and counted. */
void app_free(App *app);

/* app_send() - to all its members but @except (NULL: to all). */
void app_send(App *app, const Snapshot__BrokerMessage *message, const Member *except);

/* ---- breakpoint.c: what the store and the sessions say of breakpoints ---- */

extern const StoreWatcher breakpoint_watcher; /* its context is an App */

Breakpoint *breakpoint_find(App *app, const char *id);

/* breakpoint_limits() - of its snapshot. It has a definition. */
Snapshot__Limits breakpoint_limits(const Breakpoint *breakpoint);

/* breakpoint_send_all() - tells a new member of all that is active. */
void breakpoint_send_all(Member *member);

void breakpoint_handle_state(Member *member, const Snapshot__BreakpointState *state);

/* breakpoint_forget_member() - it has nothing armed any more, and waits for no Acknowledge. */
void breakpoint_forget_member(Member *member);

/* breakpoint_clear() - tells the sessions, all but @except, to drop it. */
void breakpoint_clear(Breakpoint *breakpoint, const Member *except);

/* breakpoint_set_phase() - with the counts; no way leads back. */
void breakpoint_set_phase(Breakpoint *breakpoint, BreakpointPhase phase);

/* breakpoint_free() - removes it from its app. */
void breakpoint_free(Breakpoint *breakpoint);

/* ---- result.c: the end of a breakpoint ---- */

void result_handle_capture(Member *member, const Snapshot__Capture *capture);

/* result_take_capture() - the same, when what it belongs to is known. @member is NULL if it is gone;
 * @sys_path is its, or NULL. */
void result_take_capture(App *app, Member *member, const SysPath *sys_path, const Snapshot__Capture *capture);

/* result_begin() - ends @breakpoint, active or new, with @json (consumed): to the store, and away from the
 * sessions. @origin, if any, is acknowledged @sequence. 0: @breakpoint may be gone; or -ENOMEM: it is as it
 * was. */
int result_begin(Breakpoint *breakpoint, ResultCause cause, json_t *json, Member *origin, uint64_t sequence);

/* result_begin_status() - the same with the definition and @status (consumed), which may be NULL when memory
 * is out. 0, or -ENOMEM: @breakpoint is as it was. */
int result_begin_status(Breakpoint *breakpoint, ResultCause cause, json_t *status);

/* result_abandon() - the user has deleted the breakpoint, or the broker ends: what is not in the store is
 * dropped for the reason @dropped. It does not change the breakpoint's phase. */
void result_abandon(Breakpoint *breakpoint, Metric dropped);

/* result_submit() - tries to give it to the store. */
void result_submit(Breakpoint *breakpoint);

/* ---- early.c: captures before the breakpoints are known ---- */

/* early_keep() - until the member has an app, and the store has told the app's breakpoints. */
void early_keep(Member *member, const Snapshot__Capture *capture);

/* early_handle_all() - the store has told. */
void early_handle_all(App *app);

void early_member_joined(Member *member);
void early_member_left(Member *member);
void early_drop_all(App *app);

/* ---- logpoint.c: log entries ---- */

void logpoint_handle_entry(Member *member, const Snapshot__LogEntry *entry, size_t packet_bytes);

/* logpoint_announce_pause() - says that the logpoint is silent now, unless it has been said. */
void logpoint_announce_pause(Member *member, Breakpoint *breakpoint);

/* ---- lease.c: how much sessions may log ---- */

/* lease_pay() - for one entry of @packet_bytes, which the session has taken off its lease, whose message has
 * @message_bytes. False: the quota does not allow it. */
bool lease_pay(Member *member, Breakpoint *breakpoint, size_t packet_bytes, size_t message_bytes);

/* lease_handle_request() - of a session for a logpoint. */
void lease_handle_request(Member *member, const Snapshot__QuotaRequest *request);

/* lease_begin_member() - what a new member's Welcome says. */
void lease_begin_member(Member *member, Snapshot__QuotaLease *ret);

/* lease_end_member(), lease_end_breakpoint() - what they hold goes back. */
void lease_end_member(Member *member);
void lease_end_breakpoint(Breakpoint *breakpoint);

/* lease_begin_breakpoint() - a logpoint takes part in the app's quota from now on. */
void lease_begin_breakpoint(Breakpoint *breakpoint);

/* lease_init_app(), lease_deinit_app() - the app's quota. */
void lease_init_app(App *app);
void lease_deinit_app(App *app);

/* ---- spend.c: what sessions use for snapshots and for conditions ---- */

void spend_handle_request(Member *member, const Snapshot__QuotaRequest *request);

/* spend_begin_member() - adds to what a new member's Welcome says. */
void spend_begin_member(Member *member, Snapshot__QuotaLease *ret);

void spend_init_app(App *app, uint32_t condition_cost_permille);
void spend_deinit_app(App *app);

/* ---- wire.c: messages to sessions ---- */

void wire_send(Member *member, const Snapshot__BrokerMessage *message);
void wire_welcome(Member *member);
void wire_acknowledge(Member *member, uint64_t sequence);
void wire_breakpoint_list(App *app, Member *member); /* NULL: to all members */

#ifdef __cplusplus
}
#endif
