#include "stub/native/agent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stub/native/app_log.h"
#include "stub/native/breakpoints.h"
#include "stub/native/clock.h"
#include "stub/native/complain.h"
#include "stub/native/credentials.h"
#include "stub/native/evaluate/functions/code_compare.h"
#include "stub/native/evaluate/functions/function_file.h"
#include "stub/native/facts.h"
#include "stub/native/hit.h"
#include "stub/native/hook.h"
#include "stub/native/hook_original.h"
#include "stub/native/import_watch.h"
#include "stub/native/interpreter.h"
#include "stub/native/link.h"
#include "stub/native/process.h"
#include "stub/native/source_files.h"
#include "stub/native/visibility.h"

#define COUNTERS_INTERVAL_MS 5000

static struct {
    bool is_enabled;
    bool is_finished;       /* the interpreter is about to end, or a part of the stub does not work here */
    char *socket_path;      /* owned; NULL: the default */
    char *credentials_path; /* owned; NULL: none */

    /* The link thread's, or nobody's while it does not run. */
    bool must_list_files;
    bool has_files;
    SourceFiles files;
    size_t num_files_sent;
    Snapshot__Counters counters_sent;
    uint64_t counters_at_ms;

    bool are_counters_due; /* a hit has woken the link thread for them */
} agent;

/* ------------------------------------------------------------------------------- callbacks of the link
 * thread */

/* Takes the GIL. False: there is no Python to talk to any more. The thread is joined before the interpreter
 * finalizes, so the answer holds until gil_leave(). */
static bool gil_enter(PyGILState_STATE *ret_state)
{
    if (__atomic_load_n(&agent.is_finished, __ATOMIC_ACQUIRE) || interpreter_is_finalizing())
        return false;
    *ret_state = PyGILState_Ensure();
    if (!__atomic_load_n(&agent.is_finished, __ATOMIC_ACQUIRE))
        return true;
    PyGILState_Release(*ret_state);
    return false;
}

static void gil_leave(PyGILState_STATE state)
{
    PyGILState_Release(state);
}

static uint8_t *make_hello(void *context, uint64_t session_ordinal, size_t *ret_len_bytes,
                           int *ret_credentials_fd)
{
    const char *why;

    (void)context;
    if (agent.credentials_path) {
        *ret_credentials_fd = credentials_copy(agent.credentials_path, &why);
        if (*ret_credentials_fd < 0)
            complain_once(COMPLAINT_NO_CREDENTIALS, "the service account file %s cannot be read: %s",
                          agent.credentials_path, why);
    }
    return facts_pack_hello(session_ordinal, *ret_credentials_fd >= 0, ret_len_bytes);
}

static void send_sys_path_if_changed(void)
{
    size_t len_bytes;
    uint8_t *packet;

    if (!facts_read_sys_path())
        return;
    packet = facts_pack_sys_path(&len_bytes);
    if (packet)
        (void)link_send(packet, len_bytes); /* a drop is counted there */
    free(packet);
}

/* Holds the GIL. */
static void handle_message(const Snapshot__BrokerMessage *message)
{
    switch (message->message_case) {
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME:
        visibility_set(message->welcome->visibility);
        breakpoints_set_limits(message->welcome->limits);
        breakpoints_set_terms(message->welcome->quota);
        break;
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_SET_BREAKPOINT:
        send_sys_path_if_changed();
        if (message->set_breakpoint->breakpoint)
            breakpoints_set(message->set_breakpoint->breakpoint);
        break;
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_CLEAR_BREAKPOINT:
        breakpoints_clear(message->clear_breakpoint->id);
        break;
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_BREAKPOINT_LIST:
        breakpoints_keep_only(message->breakpoint_list->ids, message->breakpoint_list->n_ids);
        break;
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_LIMITS:
        breakpoints_set_limits(message->limits);
        break;
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_QUOTA_LEASE:
        breakpoints_grant(message->quota_lease);
        break;
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_VISIBILITY:
        visibility_set(message->visibility);
        break;
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_APP_LOG:
        app_log_write(message->app_log);
        break;
    default: /* of a newer broker: counted by the link */
        break;
    }
}

/* Another worker was faster: looking for the line would be in vain. */
static bool is_cleared_later(const Snapshot__BrokerMessage *message, Snapshot__BrokerMessage *const *later,
                             size_t num_later)
{
    const Snapshot__Breakpoint *breakpoint =
        message->message_case == SNAPSHOT__BROKER_MESSAGE__MESSAGE_SET_BREAKPOINT
            ? message->set_breakpoint->breakpoint
            : NULL;

    for (size_t i = 0; breakpoint && i < num_later; i++) {
        if (later[i]->message_case == SNAPSHOT__BROKER_MESSAGE__MESSAGE_CLEAR_BREAKPOINT &&
            strcmp(later[i]->clear_breakpoint->id, breakpoint->id) == 0)
            return true;
    }
    return false;
}

static void on_messages(void *context, Snapshot__BrokerMessage *const *messages, size_t num_messages)
{
    PyGILState_STATE state;
    bool needs_gil = false;

    (void)context;
    for (size_t i = 0; i < num_messages; i++) {
        if (messages[i]->message_case == SNAPSHOT__BROKER_MESSAGE__MESSAGE_SOURCE_FILES_REQUEST)
            agent.must_list_files = true;
        else
            needs_gil = true;
    }
    if (!needs_gil || !gil_enter(&state))
        return;
    for (size_t i = 0; i < num_messages; i++) {
        if (!is_cleared_later(messages[i], messages + i + 1, num_messages - i - 1))
            handle_message(messages[i]);
    }
    gil_leave(state);
}

static void forget_files(void)
{
    source_files_deinit(&agent.files);
    agent.must_list_files = false;
    agent.has_files = false;
    agent.num_files_sent = 0;
}

static void on_disconnected(void *context, bool is_for_good)
{
    PyGILState_STATE state;

    (void)context;
    forget_files();
    if (!gil_enter(&state))
        return;
    breakpoints_set_terms(NULL);
    if (is_for_good)
        breakpoints_clear_all();
    gil_leave(state);
}

/* Lists the app's files and sends the list in parts. A fork stops the thread in the middle of it: then the
 * rest is done by the next thread. */
static void list_files(void)
{
    if (!agent.has_files) {
        int result = source_files_collect(facts_app_folder(), link_is_stopping, &agent.files);

        if (result == -ECANCELED)
            return;
        agent.has_files = true; /* with memory out: an empty list is better than no debuggee */
    }
    do {
        size_t first = agent.num_files_sent, len_bytes = 0;
        uint8_t *packet = source_files_pack(&agent.files, CAPTURE_PACKET_BYTES_MAX, &first, &len_bytes);
        int result = packet ? link_send_from_thread(packet, len_bytes) : -ENOMEM;

        free(packet);
        if (result == -ECANCELED)
            return;
        if (result != 0)
            break;
        agent.num_files_sent = first;
    } while (agent.num_files_sent < agent.files.num_files);
    forget_files();
}

static bool are_counters_sent(const Snapshot__Counters *counters)
{
    const Snapshot__Counters *sent = &agent.counters_sent;

    return counters->num_hits == sent->num_hits &&
           counters->num_internal_errors == sent->num_internal_errors &&
           counters->num_packets_dropped == sent->num_packets_dropped &&
           counters->num_packets_too_large == sent->num_packets_too_large &&
           counters->num_unknown_messages == sent->num_unknown_messages;
}

/* Returns the milliseconds until the next time, -1 for no time. */
static int send_counters(void)
{
    Snapshot__StubMessage envelope = SNAPSHOT__STUB_MESSAGE__INIT;
    Snapshot__Counters counters = SNAPSHOT__COUNTERS__INIT;
    uint64_t now = clock_now_ms();
    LinkCounters of_link;
    uint8_t packet[96];

    /* Before they are read: a hit that is not in them wakes this thread again. */
    (void)__atomic_exchange_n(&agent.are_counters_due, false, __ATOMIC_ACQ_REL);
    link_counters(&of_link);
    counters.num_hits = hit_num_hits();
    counters.num_internal_errors = hit_num_internal_errors();
    counters.num_packets_dropped = of_link.num_packets_dropped;
    counters.num_packets_too_large = of_link.num_packets_too_large;
    counters.num_unknown_messages = of_link.num_unknown_messages;
    if (are_counters_sent(&counters))
        return -1;
    if (agent.counters_at_ms != 0 && now - agent.counters_at_ms < COUNTERS_INTERVAL_MS) {
        __atomic_store_n(&agent.are_counters_due, true, __ATOMIC_RELEASE);
        return (int)(agent.counters_at_ms + COUNTERS_INTERVAL_MS - now);
    }
    envelope.message_case = SNAPSHOT__STUB_MESSAGE__MESSAGE_COUNTERS;
    envelope.counters = &counters;
    if (snapshot__stub_message__get_packed_size(&envelope) > sizeof(packet) ||
        link_send_from_thread(packet, snapshot__stub_message__pack(&envelope, packet)) != 0)
        return -1;
    agent.counters_sent = counters;
    agent.counters_at_ms = now;
    return -1;
}

/* Of two waits, -1 for ever. */
static int earlier(int a_ms, int b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static int on_work(void *context, bool is_accepted)
{
    PyGILState_STATE state;

    (void)context;
    if (agent.must_list_files)
        list_files();
    function_file_serve();
    if (breakpoints_have_work() && gil_enter(&state)) {
        breakpoints_work();
        gil_leave(state);
    }
    return earlier(is_accepted ? send_counters() : -1, breakpoints_wait_ms());
}

/* ------------------------------------------------------------------------------------ callbacks of the app's
 * threads */

/* A hit is about to be sent. Holds the GIL. */
static void before_send(void)
{
    process_ensure_link();
    if (!__atomic_exchange_n(&agent.are_counters_due, true, __ATOMIC_ACQ_REL))
        link_wake();
}

static void after_fork_child(void)
{
    forget_files();
    snapshot__counters__init(&agent.counters_sent);
    agent.counters_at_ms = 0;
    agent.are_counters_due = false;
    app_log_after_fork_child();
    hit_after_fork_child();
    breakpoints_after_fork_child();
}

/* Before the interpreter finalizes. Holds the GIL. */
static void at_exit(void)
{
    breakpoints_finish();
    __atomic_store_n(&agent.is_finished, true, __ATOMIC_RELEASE);
    import_watch_enable(false);
    Py_BEGIN_ALLOW_THREADS
    link_stop();
    Py_END_ALLOW_THREADS
    /* Only now: the thread may have waited for the GIL in the middle of arming one. */
    breakpoints_clear_all();
    hook_deinit();
}

/* -------------------------------------------------------------------------------------------------- enable
 */

static int take_options(void)
{
    const char *socket_path = facts_flag("broker_socket");
    const char *credentials_path = facts_flag("service_account_json_file");

    if (!socket_path)
        socket_path = getenv("SNAPSHOT_BROKER_SOCKET");
    if (socket_path && socket_path[0] != '\0') {
        agent.socket_path = facts_absolute_path(socket_path);
        if (!agent.socket_path)
            return -ENOMEM;
    }
    if (credentials_path) {
        agent.credentials_path = facts_absolute_path(credentials_path);
        if (!agent.credentials_path)
            return -ENOMEM;
    }
    return 0;
}

static int start_parts(void)
{
    const LinkOptions link = {
        .socket_path = agent.socket_path,
        .make_hello = make_hello,
        .messages = on_messages,
        .disconnected = on_disconnected,
        .work = on_work,
    };
    static const CodeOriginals originals = {
        .code = hook_original_code,
        .bytecode = hook_original_bytecode,
        .constants = hook_original_constants,
        .line_table = hook_original_line_table,
    };
    const ProcessOptions process = {.after_fork_child = after_fork_child, .at_exit = at_exit};
    int result;

    interpreter_prepare_for_threads();
    breakpoints_init(before_send, link_is_stopping, link_wake);
    function_file_init(link_wake);
    code_compare_init(&originals);
    result = hook_init(hit_callback);
    if (result == 0)
        result = import_watch_init(breakpoints_imported, breakpoints_swapped);
    if (result == 0)
        result = process_watch(&process);
    if (result == 0)
        result = link_start(&link);
    return result;
}

int agent_enable(const char *stub_version, PyObject *flags)
{
    int result;

    if (agent.is_enabled)
        return AGENT_E_ALREADY;
    agent.is_enabled = true;
    snapshot__counters__init(&agent.counters_sent);
    result = facts_collect(flags, stub_version);
    if (result == 0)
        result = take_options();
    if (result != 0)
        return result;
    result = start_parts();
    if (result == -EBUSY)
        complain_once(COMPLAINT_NO_HOOKS, "other tools hold every slot of sys.monitoring; snapshots are off");
    else if (result == -ENOTSUP)
        complain_once(COMPLAINT_NO_HOOKS, "this interpreter's code cannot be hooked; snapshots are off");
    else if (result != 0)
        complain_once(COMPLAINT_INTERNAL, "cannot start: %s; snapshots are off", strerror(-result));
    return 0;
}
