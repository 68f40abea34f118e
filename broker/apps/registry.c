#include "broker/apps/registry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "broker/apps/app.h"
#include "broker/apps/limits.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"
#include "broker/util/log.h"

uint64_t registry_monotonic_us(const Registry *registry)
{
    const Clock *clock = timers_clock(registry->options.timers);

    return clock->monotonic_us(clock);
}

void registry_count(Registry *registry, Metric metric, int64_t amount)
{
    metrics_add(registry->options.metrics, metric, amount);
}

/* -------------------------------------------------------------------------------------------- registry */

int registry_new(const RegistryOptions *options, Registry **ret)
{
    Registry *registry = calloc(1, sizeof *registry);
    uint64_t random = 0;

    if (!registry || string_map_new(&registry->apps_by_id) < 0) {
        free(registry);
        return -ENOMEM;
    }
    registry->options = *options;
    LIST_INIT(&registry->apps);
    TAILQ_INIT(&registry->newcomers);
    TAILQ_INIT(&registry->early);
    quota_init(&registry->log_quota, &options->total_log_rates, registry_monotonic_us(registry));
    quota_init(&registry->snapshot_quota, &options->total_snapshot_rates, registry_monotonic_us(registry));
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
        random = clock_unix_us(); /* early in the boot: another run began at another time */
    (void)snprintf(registry->instance, sizeof registry->instance, "%016" PRIx64, random);
    *ret = registry;
    return 0;
}

Registry *registry_free(Registry *registry)
{
    if (!registry)
        return NULL;
    while (!LIST_EMPTY(&registry->apps))
        app_free(LIST_FIRST(&registry->apps));
    registry->apps_by_id = string_map_free(registry->apps_by_id);
    free(registry);
    return NULL;
}

bool registry_is_settled(const Registry *registry)
{
    return registry->num_ending == 0 && TAILQ_EMPTY(&registry->early);
}

static bool is_kept(const Breakpoint *breakpoint)
{
    return breakpoint->phase != BREAKPOINT_ENDING || breakpoint->result->is_accepted;
}

bool registry_is_kept(const Registry *registry)
{
    const App *app;
    const Breakpoint *breakpoint;

    for (app = LIST_FIRST(&registry->apps); app; app = LIST_NEXT(app, next)) {
        for (breakpoint = TAILQ_FIRST(&app->breakpoints); breakpoint;
             breakpoint = TAILQ_NEXT(breakpoint, next)) {
            if (!is_kept(breakpoint))
                return false;
        }
    }
    return TAILQ_EMPTY(&registry->early);
}

void registry_retry_now(Registry *registry)
{
    App *app;
    Breakpoint *breakpoint;

    for (app = LIST_FIRST(&registry->apps); app; app = LIST_NEXT(app, next)) {
        for (breakpoint = TAILQ_FIRST(&app->breakpoints); breakpoint;
             breakpoint = TAILQ_NEXT(breakpoint, next)) {
            if (!is_kept(breakpoint))
                timer_set(registry->options.timers, &breakpoint->result->retry, 0);
        }
    }
}

/* --------------------------------------------------------------------------------------------- members */

/* Without memory there is none: paths are shown longer than they need be. */
static void set_sys_path(Member *member, const ProtobufCBinaryData *entries, size_t num_entries)
{
    member->sys_path = sys_path_unref(member->sys_path);
    member->sys_path = sys_path_new(entries, num_entries);
}

/* An app that has a visibility file is never shown more than the file allows. */
static int set_visibility(Member *member, const Snapshot__Hello *hello)
{
    ProtobufCBinaryData config = {0};

    if (hello->has_visibility_config)
        config = hello->visibility_config;
    return visibility_new(config.data, config.len, hello->applies_visibility, &member->visibility);
}

Member *member_free(Member *member)
{
    if (!member)
        return NULL;
    if (member->app) {
        app_leave(member);
    } else {
        early_member_left(member);
        TAILQ_REMOVE(&member->registry->newcomers, member, next);
    }
    timer_unset(&member->source_files_timeout);
    member->identity = identity_free(member->identity);
    member->sys_path = sys_path_unref(member->sys_path);
    member->visibility = visibility_free(member->visibility);
    free(member);
    return NULL;
}

static void cleanup_member(Member **member)
{
    (void)member_free(*member);
}

static void refuse(Member *member, const char *reason, bool is_permanent)
{
    member->registry->options.link->refuse(member->session, reason, is_permanent);
}

static void on_source_files_timeout(void *context)
{
    refuse(context, "the list of the app's files did not come in time", false);
}

static void ask_for_source_files(Member *member)
{
    Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
    Snapshot__SourceFilesRequest request = SNAPSHOT__SOURCE_FILES_REQUEST__INIT;

    message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_SOURCE_FILES_REQUEST;
    message.source_files_request = &request;
    timer_set(member->registry->options.timers, &member->source_files_timeout,
              registry_monotonic_us(member->registry) + SOURCE_FILES_TIMEOUT_S * (uint64_t)US_PER_S);
    wire_send(member, &message);
}

/* From the newcomers into its app. 0, or a negative errno: refused. */
static int enter_app(Member *member)
{
    Registry *registry = member->registry;
    int result;

    timer_unset(&member->source_files_timeout);
    TAILQ_REMOVE(&registry->newcomers, member, next);
    result = app_join(registry, member);
    if (result < 0) {
        TAILQ_INSERT_TAIL(&registry->newcomers, member, next);
        refuse(member, "the broker cannot serve this app now", false);
    }
    return result;
}

int registry_join(Registry *registry, const Snapshot__Hello *hello, uint32_t pid, void *session, Member **ret)
{
    CLEANUP(cleanup_member) Member *member = NULL;
    int result = 0;

    if (hello->protocol_version == 0) {
        registry->options.link->refuse(session, "it speaks no version of the protocol", true);
        return -EPROTONOSUPPORT;
    }
    member = calloc(1, sizeof *member);
    if (!member) {
        registry->options.link->refuse(session, "the broker is out of memory", false);
        return -ENOMEM;
    }
    member->registry = registry;
    member->session = session;
    member->pid = pid ? pid : hello->pid;
    member->protocol_version = hello->protocol_version < REGISTRY_PROTOCOL_VERSION
                                   ? hello->protocol_version
                                   : REGISTRY_PROTOCOL_VERSION;
    timer_init(&member->source_files_timeout, on_source_files_timeout, member);
    TAILQ_INSERT_TAIL(&registry->newcomers, member, next);
    set_sys_path(member, hello->sys_path, hello->n_sys_path);
    member->limits = limits_from_flags(&registry->options.limits, hello->flags, hello->n_flags);
    result = set_visibility(member, hello);
    if (result == 0)
        result = identity_new(hello, registry->options.default_project_id, &member->identity);
    if (result < 0) {
        refuse(member, "the broker is out of memory", false);
        return result;
    }
    if (identity_has_bad_source_context(member->identity))
        log_warning("source_context_ignored",
                    "The source-context.json of process %u is no use and was ignored.",
                    (unsigned)member->pid);
    if (identity_needs_source_files(member->identity))
        ask_for_source_files(member);
    else
        result = enter_app(member);
    if (result < 0)
        return result;
    *ret = TAKE(member);
    return 0;
}

/* -------------------------------------------------------------------------------------------- messages */

static void handle_source_files(Member *member, const Snapshot__SourceFiles *files)
{
    int result;

    if (!member->identity || !identity_needs_source_files(member->identity))
        return; /* not asked for, or refused */
    result = identity_add_source_files(member->identity, files);
    if (result == -E2BIG)
        refuse(member,
               "the app has too many source files; a minor version or a source-context.json tells it apart",
               true);
    else if (result < 0)
        refuse(member, "the broker is out of memory", false);
    else if (result == 0)
        (void)enter_app(member); /* a refusal was sent */
}

/* Counters of the stub only grow; what they grew by is added to ours. */
static void add_growth(Registry *registry, Metric metric, uint64_t *last, uint64_t now)
{
    if (now > *last && now - *last < INT32_MAX)
        registry_count(registry, metric, (int64_t)(now - *last));
    *last = now;
}

static void handle_counters(Member *member, const Snapshot__Counters *counters)
{
    add_growth(member->registry, METRIC_STUB_PACKETS_DROPPED, &member->num_packets_dropped,
               counters->num_packets_dropped + counters->num_packets_too_large);
    add_growth(member->registry, METRIC_STUB_ERRORS, &member->num_internal_errors,
               counters->num_internal_errors);
}

/* The one place that what a stub says of its app's values passes: what is kept, shown or logged comes after.
 */
static void protect(const Member *member, Snapshot__StubMessage *message)
{
    Redactor *redactor = member->registry->options.redactor;

    switch (message->message_case) {
    case SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE:
        visibility_hide_capture(member->visibility, message->capture);
        redact_capture(redactor, message->capture);
        break;
    case SNAPSHOT__STUB_MESSAGE__MESSAGE_LOG_ENTRY:
        visibility_hide_log_entry(member->visibility, message->log_entry);
        redact_log_entry(redactor, message->log_entry);
        break;
    case SNAPSHOT__STUB_MESSAGE__MESSAGE_BREAKPOINT_STATE:
        redact_state(redactor, message->breakpoint_state);
        break;
    default:
        break;
    }
}

/* It is not known yet whose breakpoints these are about. */
static void handle_before_app(Member *member, const Snapshot__StubMessage *message)
{
    if (message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE) {
        result_handle_capture(member, message->capture);
    } else if (message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE_LOG_ENTRY) {
        registry_count(member->registry, METRIC_LOG_ENTRIES_RECEIVED, 1);
        registry_count(member->registry, METRIC_LOG_ENTRIES_DROPPED_LATE, 1);
    }
}

static void handle_in_app(Member *member, const Snapshot__StubMessage *message, size_t packet_bytes)
{
    switch (message->message_case) {
    case SNAPSHOT__STUB_MESSAGE__MESSAGE_BREAKPOINT_STATE:
        breakpoint_handle_state(member, message->breakpoint_state);
        break;
    case SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE:
        result_handle_capture(member, message->capture);
        break;
    case SNAPSHOT__STUB_MESSAGE__MESSAGE_LOG_ENTRY:
        logpoint_handle_entry(member, message->log_entry, packet_bytes);
        break;
    case SNAPSHOT__STUB_MESSAGE__MESSAGE_QUOTA_REQUEST:
        lease_handle_request(member, message->quota_request);
        spend_handle_request(member, message->quota_request);
        break;
    default:
        break; /* SourceFiles that were not asked for */
    }
}

void member_handle(Member *member, Snapshot__StubMessage *message, size_t packet_bytes)
{
    protect(member, message);
    switch (message->message_case) {
    case SNAPSHOT__STUB_MESSAGE__MESSAGE_SYS_PATH:
        set_sys_path(member, message->sys_path->entries, message->sys_path->n_entries);
        break;
    case SNAPSHOT__STUB_MESSAGE__MESSAGE_COUNTERS:
        handle_counters(member, message->counters);
        break;
    case SNAPSHOT__STUB_MESSAGE__MESSAGE_SOURCE_FILES:
        handle_source_files(member, message->source_files);
        break;
    default:
        if (member->app)
            handle_in_app(member, message, packet_bytes);
        else
            handle_before_app(member, message);
    }
}
