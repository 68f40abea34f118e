#include "broker/broker.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "broker/admin/admin.h"
#include "broker/apps/registry.h"
#include "broker/auth/default_credentials.h"
#include "broker/auth/secret.h"
#include "broker/backends.h"
#include "broker/http/client.h"
#include "broker/listen_token.h"
#include "broker/log_lines.h"
#include "broker/store/embedded/embedded_store.h"
#include "broker/store/embedded/rest.h"
#include "broker/store/outbox/outbox.h"
#include "broker/stubs/listener.h"
#include "broker/stubs/stubs.h"
#include "broker/util/cleanup.h"
#include "broker/util/event_timers.h"
#include "broker/util/log.h"
#include "broker/version.h"

enum {
    SPARE_DESCRIPTORS = 512, /* for the HTTP servers, the database and the log */
    NUM_SIGNALS = 3,
};

typedef struct Broker {
    const Options *options;
    struct event_base *base;
    EventTimers *event_timers;
    Timers *timers; /* of event_timers */
    Metrics metrics;
    LogLines *log_lines;
    Listener *listener;
    EmbeddedStore *embedded; /* --store=embedded */
    RestServer *rest;
    Admin *admin;
    Redactor *redactor; /* NULL: --redact=off */
    HttpClient *http;   /* --store=firebase, as the next */
    Outbox *outbox;
    Backends *backends;
    Stubs *stubs;
    struct event *signals[NUM_SIGNALS];
    Timer drain_timeout;
    bool is_listening;
    bool is_stopping;
    bool is_drain_over; /* its time is up, or there was a second signal */
} Broker;

/* Tells the one line of a start that failed. */
__attribute__((format(printf, 2, 3))) static ExitCode fail(ExitCode code, const char *format, ...)
{
    char message[600];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments); /* longer messages are cut */
    va_end(arguments);
    log_error("start_failed", "%s.", message);
    return code;
}

/* ------------------------------------------------------------------- between the sessions and the apps */

static void *on_hello(void *context, Session *session, const Snapshot__Hello *hello, int credentials_fd)
{
    Broker *broker = context;
    AUTO_CLOSE int fd = credentials_fd;
    Guest *guest = NULL;

    if (backends_join(broker->backends, hello, fd, (uint32_t)session_peer(session)->pid, session, &guest) < 0)
        return NULL; /* it was refused */
    return guest;
}

static void on_message(void *guest, Snapshot__StubMessage *message, size_t packet_bytes)
{
    guest_handle(guest, message, packet_bytes);
}

static void on_closed(void *guest)
{
    (void)guest_free(guest);
}

static void send_to_session(void *session, const Snapshot__BrokerMessage *message)
{
    session_send(session, message);
}

static void refuse_session(void *session, const char *reason, bool is_permanent)
{
    session_refuse(session, reason, is_permanent);
}

static bool try_send_to_session(void *session, const Snapshot__BrokerMessage *message)
{
    return session_try_send(session, message);
}

static const MemberLink member_link = {send_to_session, refuse_session, try_send_to_session};

/* --------------------------------------------------------------------------------------------- signals */

static void on_end_signal(evutil_socket_t number, short what, void *context)
{
    Broker *broker = context;

    (void)number;
    (void)what;
    if (broker->is_stopping)
        broker->is_drain_over = true;
    broker->is_stopping = true;
    (void)event_base_loopbreak(broker->base);
}

static void on_reopen_signal(evutil_socket_t number, short what, void *context)
{
    Broker *broker = context;
    int result = log_lines_reopen(broker->log_lines);

    (void)number;
    (void)what;
    if (result < 0)
        log_error("reopen_failed", "The log file cannot be opened anew, the old one is kept: %s.",
                  strerror(-result));
}

static ExitCode start_signals(Broker *broker)
{
    static const int numbers[NUM_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < NUM_SIGNALS; i++) {
        broker->signals[i] = evsignal_new(broker->base, numbers[i],
                                          numbers[i] == SIGHUP ? on_reopen_signal : on_end_signal, broker);
        if (!broker->signals[i] || event_add(broker->signals[i], NULL) < 0)
            return fail(EXIT_CODE_SOFTWARE, "out of memory");
    }
    return EXIT_CODE_OK;
}

/* ----------------------------------------------------------------------------------------------- start */

/* A closed descriptor 0, 1 or 2 would become that of a database. */
static void fill_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    cleanup_close(&fd);
}

/* Room for every stub, as far as we may. */
static void raise_descriptor_limit(const Options *options)
{
    struct rlimit limit;
    rlim_t wanted = options->max_stubs + SPARE_DESCRIPTORS;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > wanted ? wanted : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* with fewer, accepting pauses and says so */
}

static ExitCode start_loop(Broker *broker)
{
    const Options *options = broker->options;
    OutputOptions output = {.metrics = &broker->metrics, .queue_bytes_max = options->log_queue_bytes};
    const char *log_output;
    int result;

    broker->base = event_base_new();
    if (!broker->base || event_timers_new(broker->base, &clock_system, &broker->event_timers) < 0)
        return fail(EXIT_CODE_SOFTWARE, "out of memory");
    broker->timers = event_timers_get(broker->event_timers);
    output.base = broker->base;
    output.timers = broker->timers;
    result = log_lines_new(options, &output, member_try_send, &broker->log_lines, &log_output);
    if (result < 0)
        return fail(EXIT_CODE_CANNOT_CREATE, "--log-output=%s: %s", log_output, strerror(-result));
    return start_signals(broker);
}

static ExitCode start_listener(Broker *broker)
{
    const Options *options = broker->options;
    ListenerOptions listener = {.path = options->socket,
                                .mode = (mode_t)options->socket_mode,
                                .is_private = options->is_socket_private};
    char error[512];
    int result = listener_new(&listener, error, sizeof error, &broker->listener);

    if (result == LISTENER_E_IN_USE)
        return fail(EXIT_CODE_UNAVAILABLE, "--socket: %s", error);
    if (result == -EINVAL)
        return fail(EXIT_CODE_USAGE, "--socket: %s", error);
    if (result < 0)
        return fail(EXIT_CODE_CANNOT_CREATE, "--socket: %s", error);
    return EXIT_CODE_OK;
}

static bool has_firebase(const Options *options)
{
    return strcmp(options->store, "firebase") == 0;
}

static ExitCode start_http_client(Broker *broker)
{
    const HttpClientOptions http = {.base = broker->base,
                                    .user_agent = "snapshot-broker/" BROKER_VERSION,
                                    .ca_file = broker->options->ca_file};
    char problem[200];
    int result;

    if (http_client_check(problem, sizeof problem) < 0)
        return fail(EXIT_CODE_UNAVAILABLE, "--store=firebase: %s", problem);
    result = http_client_new(&http, &broker->http);
    if (result == -ENOMEM)
        return fail(EXIT_CODE_SOFTWARE, "out of memory");
    if (result < 0)
        return fail(EXIT_CODE_USAGE, "--ca-file=%s: %s", broker->options->ca_file,
                    result == -EINVAL ? "there is no certificate in it" : strerror(-result));
    return EXIT_CODE_OK;
}

static ExitCode start_outbox(Broker *broker)
{
    const Options *options = broker->options;
    const OutboxOptions outbox = {.state_dir = options->state_dir,
                                  .bytes_max = options->outbox_bytes,
                                  .timers = broker->timers,
                                  .metrics = &broker->metrics};
    int result = outbox_new(&outbox, &broker->outbox);
    ExitCode code = EXIT_CODE_CANNOT_CREATE;

    if (result == 0)
        return EXIT_CODE_OK;
    if (result == -EBUSY)
        code = EXIT_CODE_UNAVAILABLE;
    else if (result == -ENOMEM)
        code = EXIT_CODE_SOFTWARE;
    else if (result == -EIO || result == -EPROTONOSUPPORT)
        code = EXIT_CODE_IO;
    return fail(code, "--state-dir=%s: %s", options->state_dir, outbox_error_text(result));
}

static ExitCode start_store(Broker *broker)
{
    const Options *options = broker->options;
    EmbeddedStoreOptions store = {.state_dir = options->state_dir, .bytes_max = options->store_bytes};
    int result = embedded_store_new(&store, broker->base, &broker->embedded);
    ExitCode code = EXIT_CODE_CANNOT_CREATE;

    if (result == 0)
        return EXIT_CODE_OK;
    if (result == -EBUSY)
        code = EXIT_CODE_UNAVAILABLE;
    else if (result == -ENOMEM)
        code = EXIT_CODE_SOFTWARE;
    else if (result == -EUCLEAN || result == -EIO || result == -EPROTONOSUPPORT)
        code = EXIT_CODE_IO;
    return fail(code, "--state-dir=%s: %s", options->state_dir, embedded_store_error_text(result));
}

/* What an HTTP server says when it cannot listen. */
static ExitCode fail_to_listen(const char *option, const char *address, int result)
{
    switch (result) {
    case -EINVAL:
        return fail(EXIT_CODE_USAGE, "--%s=%s: it is no address and port, such as 127.0.0.1:9000", option,
                    address);
    case -EPERM:
        return fail(
            EXIT_CODE_USAGE,
            "--%s=%s: it is no loopback address, which needs --%s-allow-remote; whoever reaches it can "
            "read what the broker has",
            option, address, strcmp(option, "listen") == 0 ? "listen" : "admin");
    case -ENOMEM:
        return fail(EXIT_CODE_SOFTWARE, "out of memory");
    default:
        return fail(EXIT_CODE_UNAVAILABLE, "--%s=%s: cannot listen: %s", option, address, strerror(-result));
    }
}

static ExitCode start_rest(Broker *broker)
{
    const Options *options = broker->options;
    AUTO_FREE char *token = NULL;
    RestServerOptions rest = {
        .http = {.listen_address = options->listen,
                 .is_remote_allowed = options->listen_allow_remote,
                 .allowed_hosts = (const char *const *)options->listen_allowed_host},
    };
    int result = 0;

    if (*options->listen_token_file)
        result = listen_token_read(options->listen_token_file, &token);
    if (result < 0)
        return fail(EXIT_CODE_USAGE, "--listen-token-file=%s: %s", options->listen_token_file,
                    listen_token_error_text(result));
    rest.token = token;
    result = rest_server_new(broker->embedded, &rest, &broker->rest);
    return result < 0 ? fail_to_listen("listen", options->listen, result) : EXIT_CODE_OK;
}

static bool is_ready(void *context)
{
    const Broker *broker = context;

    return broker->is_listening && !broker->is_stopping;
}

/* The admin port may be asked before there are backends. */
static const char *store_problem(void *context)
{
    const Broker *broker = context;

    return broker->backends ? backends_problem(broker->backends) : NULL;
}

static void refresh_metrics(void *context)
{
    Broker *broker = context;

    if (broker->backends)
        backends_refresh(broker->backends);
}

static ExitCode start_admin(Broker *broker)
{
    const Options *options = broker->options;
    AdminOptions admin = {
        .base = broker->base,
        .listen_address = options->admin_listen,
        .is_remote_allowed = options->admin_allow_remote,
        .allowed_hosts = (const char *const *)options->listen_allowed_host,
        .metrics = &broker->metrics,
        .version = BROKER_VERSION,
        .is_ready = is_ready,
        .store_problem = store_problem,
        .refresh = refresh_metrics,
        .context = broker,
    };
    int result;

    if (!*options->admin_listen)
        return EXIT_CODE_OK;
    result = admin_new(&admin, &broker->admin);
    return result < 0 ? fail_to_listen("admin-listen", options->admin_listen, result) : EXIT_CODE_OK;
}

static Snapshot__Limits limits_of(const Options *options)
{
    Snapshot__Limits limits = SNAPSHOT__LIMITS__INIT;

    limits.max_frames = (uint32_t)options->max_frames;
    limits.max_expanded_frames = (uint32_t)options->max_expanded_frames;
    limits.max_items = (uint32_t)options->max_items;
    limits.max_value_chars = (uint32_t)options->max_value_chars;
    limits.max_depth = (uint32_t)options->max_depth;
    limits.max_payload_chars = (uint32_t)options->max_payload_chars;
    limits.max_expression_items = (uint32_t)options->max_expression_items;
    limits.max_expression_chars = (uint32_t)options->max_expression_chars;
    limits.capture_budget_us = (uint32_t)options->capture_budget_us;
    limits.evaluation_budget_us = (uint32_t)options->evaluation_budget_us;
    limits.condition_cost_permille = (uint32_t)options->condition_cost_permille;
    return limits;
}

static ExitCode start_redactor(Broker *broker)
{
    const Options *options = broker->options;
    RedactorOptions redactor = {
        .names = options->redact_name,
        .allowed_names = options->redact_allow_name,
        .prefixes = options->redact_value,
        .metrics = &broker->metrics,
    };
    int result = redactor_new(&redactor, &broker->redactor);

    if (result == -EINVAL)
        return fail(EXIT_CODE_USAGE,
                    "--redact-name, --redact-allow-name or --redact-value: a name has a letter "
                    "and at most 128 bytes, a beginning of a token 3 to 64, and there may be "
                    "100 names and 32 beginnings");
    if (result < 0)
        return fail(EXIT_CODE_SOFTWARE, "out of memory");
    if (strcmp(options->redact, "off") == 0)
        broker->redactor = redactor_free(broker->redactor);
    return EXIT_CODE_OK;
}

static RegistryOptions registry_options(Broker *broker)
{
    const Options *options = broker->options;
    RegistryOptions registry = {
        .timers = broker->timers,
        .metrics = &broker->metrics,
        .link = &member_link,
        .log_writer = log_lines_write,
        .log_context = broker->log_lines,
        .broker_version = BROKER_VERSION,
        .default_project_id = *options->project_id ? options->project_id : NULL,
        .redactor = broker->redactor,
        .limits = limits_of(options),
        .log_rates = {options->log_rate, options->log_burst, options->log_bytes_rate,
                      options->log_bytes_burst},
        .total_log_rates = {options->total_log_rate, options->total_log_burst, options->total_log_bytes_rate,
                            options->total_log_bytes_burst},
        .snapshot_rates = {.entries_per_s = options->snapshot_rate, .entries_burst = options->snapshot_burst},
        .total_snapshot_rates = {.entries_per_s = options->total_snapshot_rate,
                                 .entries_burst = options->total_snapshot_burst},
        .num_breakpoints_max = options->max_breakpoints,
        .waiting_bytes_max = options->waiting_bytes,
    };

    return registry;
}

/* The broker's own. An emulator is never shown those of anything else. */
static ExitCode find_credential(const Options *options, Credential **ret)
{
    const char *why = "";
    bool is_emulator = false;
    AUTO_FREE char *error = NULL;
    int result;

    if (*options->database_url && backends_check_url(options->database_url, &is_emulator, &why) < 0)
        return fail(EXIT_CODE_USAGE, "--database-url %s", why);
    if (is_emulator) {
        *ret = credential_new_fixed(BACKENDS_EMULATOR_TOKEN);
        result = *ret ? 0 : -ENOMEM;
    } else if (*options->service_account_file) {
        result = credential_read(options->service_account_file, ret, &error);
    } else {
        result = default_credentials_find(environ, ret, &error);
    }
    if (result == -EINVAL)
        return fail(EXIT_CODE_USAGE, "%s", error);
    return result < 0 ? fail(EXIT_CODE_SOFTWARE, "out of memory") : EXIT_CODE_OK;
}

static ExitCode start_firebase(Broker *broker)
{
    const Options *options = broker->options;
    BackendsOptions backends = {
        .registry = registry_options(broker),
        .http = broker->http,
        .outbox = broker->outbox,
        .database_url = *options->database_url ? options->database_url : NULL,
    };
    AUTO_FREE char *project_id = NULL;
    Credential *credential = NULL;
    const char *why = "";
    ExitCode code = find_credential(options, &credential);
    int result;

    if (code != EXIT_CODE_OK)
        return code;
    if (*options->project_id) {
        backends.project_id = options->project_id;
    } else if (default_credentials_project_id(environ, credential, &project_id) < 0) {
        (void)credential_free(credential);
        return fail(EXIT_CODE_SOFTWARE, "out of memory");
    } else {
        backends.project_id = project_id;
    }
    result = backends_new(&backends, credential, &broker->backends, &why);
    if (result == -EINVAL)
        return fail(EXIT_CODE_USAGE, "%s", why);
    return result < 0 ? fail(EXIT_CODE_SOFTWARE, "out of memory") : EXIT_CODE_OK;
}

static ExitCode start_backends(Broker *broker)
{
    BackendsOptions backends = {.registry = registry_options(broker)};
    const char *why;

    if (has_firebase(broker->options))
        return start_firebase(broker);
    backends.registry.store = embedded_store_interface(broker->embedded);
    if (backends_new(&backends, NULL, &broker->backends, &why) < 0)
        return fail(EXIT_CODE_SOFTWARE, "out of memory");
    return EXIT_CODE_OK;
}

static ExitCode start_stubs(Broker *broker, const StubsHandler *handler)
{
    const Options *options = broker->options;
    StubsOptions stubs = {
        .base = broker->base,
        .timers = broker->timers,
        .metrics = &broker->metrics,
        .handler = handler,
        .num_sessions_max = (unsigned)options->max_stubs,
        .num_sessions_per_user_max = (unsigned)options->max_stubs_per_user,
        .session_queue_bytes_max = options->stub_queue_bytes,
    };
    int result = stubs_new(&stubs, broker->listener, &broker->stubs);

    if (result < 0)
        return fail(EXIT_CODE_SOFTWARE, "out of memory");
    result = listener_start(broker->listener); /* last: who sees the socket finds a broker that serves */
    if (result < 0)
        return fail(EXIT_CODE_CANNOT_CREATE, "--socket=%s: %s", options->socket, strerror(-result));
    broker->is_listening = true;
    return EXIT_CODE_OK;
}

/* The address with the port that is bound, which the option may have left open. */
static int host_length(const char *address)
{
    const char *colon = strrchr(address, ':');

    return (int)(colon ? colon - address : (ptrdiff_t)strlen(address));
}

static void log_start(const Broker *broker)
{
    const Options *options = broker->options;
    char admin[300] = "";

    if (broker->admin)
        (void)snprintf(admin, sizeof admin, "; health and metrics are at http://%.*s:%u",
                       host_length(options->admin_listen), options->admin_listen,
                       (unsigned)admin_port(broker->admin));
    if (!broker->rest) {
        log_info("broker_started",
                 "snapshot-broker %s, process %d, serves apps at %s; results wait in %s for %s%s.",
                 BROKER_VERSION, (int)getpid(), options->socket, options->state_dir,
                 *options->database_url ? options->database_url : "the Firebase database of the project",
                 admin);
        return;
    }
    log_info("broker_started",
             "snapshot-broker %s, process %d, serves apps at %s; the database %s is at http://%.*s:%u%s.",
             BROKER_VERSION, (int)getpid(), options->socket, options->state_dir, host_length(options->listen),
             options->listen, (unsigned)rest_server_port(broker->rest), admin);
}

static ExitCode start(Broker *broker, const StubsHandler *handler)
{
    ExitCode code = start_loop(broker);

    if (code == EXIT_CODE_OK)
        code = start_redactor(broker);
    if (code == EXIT_CODE_OK)
        code = start_listener(broker); /* first: another broker is found before anything is touched */
    if (code == EXIT_CODE_OK && has_firebase(broker->options))
        code = start_http_client(broker);
    if (code == EXIT_CODE_OK)
        code = has_firebase(broker->options) ? start_outbox(broker) : start_store(broker);
    if (code == EXIT_CODE_OK && broker->embedded)
        code = start_rest(broker);
    if (code == EXIT_CODE_OK)
        code = start_admin(broker);
    if (code == EXIT_CODE_OK)
        code = start_backends(broker);
    if (code == EXIT_CODE_OK)
        code = start_stubs(broker, handler);
    return code;
}

/* ------------------------------------------------------------------------------------------------- end */

static void on_drain_timeout(void *context)
{
    Broker *broker = context;

    broker->is_drain_over = true;
    (void)event_base_loopbreak(broker->base);
}

static bool is_drained(const Broker *broker)
{
    return backends_is_done(broker->backends) && log_lines_are_written(broker->log_lines);
}

/* Takes in what the stubs have sent, and waits for results to reach the store and lines their reader. */
static void drain(Broker *broker)
{
    uint64_t now = clock_monotonic_us();

    log_info("broker_stopping", "The broker was told to end.");
    stubs_stop_accepting(broker->stubs);
    broker->listener = listener_free(broker->listener);
    stubs_drain(broker->stubs, now + broker->options->drain_timeout_ms * US_PER_MS / 2);
    backends_retry_now(broker->backends);
    timer_set(broker->timers, &broker->drain_timeout, now + broker->options->drain_timeout_ms * US_PER_MS);
    while (!broker->is_drain_over && !is_drained(broker))
        (void)event_base_loop(broker->base, EVLOOP_ONCE);
    timer_unset(&broker->drain_timeout);
}

static void log_end(const Broker *broker)
{
    const Metrics *metrics = &broker->metrics;

    log_info("broker_stopped",
             "The broker ends after %" PRId64 " captures, of which %" PRId64
             " were on their way, and %" PRId64 " log entries, of which %" PRId64 " had no reader.",
             metrics_get(metrics, METRIC_CAPTURES_RECEIVED), metrics_get(metrics, METRIC_CAPTURES_QUEUED),
             metrics_get(metrics, METRIC_LOG_ENTRIES_RECEIVED),
             metrics_get(metrics, METRIC_LOG_ENTRIES_QUEUED));
}

static void broker_deinit(Broker *broker)
{
    broker->admin = admin_free(broker->admin);
    broker->stubs = stubs_free(broker->stubs);
    broker->backends = backends_free(broker->backends);
    broker->redactor = redactor_free(broker->redactor);
    broker->listener = listener_free(broker->listener);
    broker->rest = rest_server_free(broker->rest);
    broker->embedded = embedded_store_free(broker->embedded);
    broker->outbox = outbox_free(broker->outbox);
    broker->http = http_client_free(broker->http);
    broker->log_lines = log_lines_free(broker->log_lines);
    for (size_t i = 0; i < NUM_SIGNALS; i++) {
        if (broker->signals[i])
            event_free(broker->signals[i]);
    }
    broker->event_timers = event_timers_free(broker->event_timers);
    if (broker->base)
        event_base_free(broker->base);
}

ExitCode broker_run(const Options *options)
{
    Broker broker = {.options = options};
    const StubsHandler handler = {on_hello, on_message, on_closed, &broker};
    ExitCode code;

    fill_standard_descriptors();
    raise_descriptor_limit(options);
    secret_init();
    if (has_firebase(options))
        secret_guard_process();
    timer_init(&broker.drain_timeout, on_drain_timeout, &broker);
    metrics_set(&broker.metrics, METRIC_START_TIME, (int64_t)(clock_unix_us() / US_PER_S));

    code = start(&broker, &handler);
    if (code == EXIT_CODE_OK) {
        log_start(&broker);
        while (!broker.is_stopping)
            (void)event_base_dispatch(broker.base);
        drain(&broker);
        log_end(&broker);
    }
    broker_deinit(&broker);
    return code;
}
