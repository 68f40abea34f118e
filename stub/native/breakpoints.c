#include "stub/native/breakpoints.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stub/native/breakpoint.h"
#include "stub/native/clock.h"
#include "stub/native/compat_api.h"
#include "stub/native/hit.h"
#include "stub/native/hit_log.h"
#include "stub/native/import_watch.h"
#include "stub/native/interpreter.h"
#include "stub/native/live_code.h"
#include "stub/native/locate.h"
#include "stub/native/report.h"

#define REFERS_TO_LOCATION  SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION
#define REFERS_TO_CONDITION SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_CONDITION
#define REFERS_TO_NOTHING   SNAPSHOT__STATUS_MESSAGE__REFERS_TO__UNSPECIFIED

static const char INTERNAL_ERROR[] = "Internal error occurred";

static struct {
    Breakpoint *first;
    Breakpoint *retired; /* taken out of the table, to be freed when no hit can be using them */
    size_t num_entries;
    CaptureLimits limits; /* the session's */
    unsigned num_users;   /* threads and levels between enter() and leave() */
    bool (*is_canceled)(void);
    void (*wake)(void);
    bool has_work;          /* some breakpoint must be located; read without the GIL, as the next */
    uint64_t kept_until_ns; /* the first kept snapshot is due then; 0: there is none */
} table;

/* Looking for a line gives up the GIL: meanwhile others may enter, and what they take out of the table is not
 * freed before all have left. No collection may run finalizers of the app in what is allocated here; but it
 * is paused only while the GIL is kept, for the app must not notice. */
static void enter(void)
{
    table.num_users++;
}

static void free_breakpoint(Breakpoint *breakpoint)
{
    for (size_t i = 0; i < breakpoint->num_expressions; i++) {
        program_free(breakpoint->expressions[i].program);
        status_deinit(&breakpoint->expressions[i].status);
    }
    free(breakpoint->expressions);
    kept_snapshot_drop(&breakpoint->kept);
    program_free(breakpoint->condition);
    status_deinit(&breakpoint->status);
    Py_XDECREF(breakpoint->filename);
    Py_XDECREF(breakpoint->module_ref);
    free(breakpoint->codes);
    free(breakpoint->id);
    free(breakpoint->path);
    free(breakpoint);
}

static void leave(void)
{
    bool was_gc_enabled = interpreter_pause_gc();

    table.num_users--;
    while (!hit_is_running() && table.num_users == 0 && table.retired) {
        Breakpoint *breakpoint = table.retired;

        table.retired = breakpoint->next_retired;
        free_breakpoint(breakpoint);
    }
    interpreter_resume_gc(was_gc_enabled);
}

static Breakpoint *find(const char *id)
{
    for (Breakpoint *breakpoint = table.first; breakpoint; breakpoint = breakpoint->next) {
        if (strcmp(breakpoint->id, id) == 0)
            return breakpoint;
    }
    return NULL;
}

static bool is_live(const Breakpoint *breakpoint)
{
    return breakpoint->phase == BREAKPOINT_PENDING || breakpoint->phase == BREAKPOINT_ARMED;
}

/* Imports matter to what waits for one, and to what was armed in code that may be executed anew. */
static void update_import_watch(void)
{
    bool is_needed = false;

    for (Breakpoint *breakpoint = table.first; breakpoint; breakpoint = breakpoint->next)
        is_needed |= is_live(breakpoint);
    import_watch_enable(is_needed);
}

void breakpoint_disarm(Breakpoint *breakpoint)
{
    size_t num_codes = breakpoint->num_codes;

    breakpoint->num_codes = 0;
    for (size_t i = 0; i < num_codes; i++) {
        hook_disarm(breakpoint->codes[i].hook);
        Py_XDECREF(breakpoint->codes[i].code_ref);
    }
}

/* Takes it out of the table; `next` stays, for whoever is walking. */
static void retire(Breakpoint *breakpoint)
{
    Breakpoint **link = &table.first;

    while (*link != breakpoint)
        link = &(*link)->next;
    *link = breakpoint->next;
    breakpoint->is_retired = true;
    table.num_entries--;
    if (is_live(breakpoint))
        breakpoint->phase = BREAKPOINT_COMPLETED; /* for a hit that is on its way */
    breakpoint_disarm(breakpoint);
    breakpoint->next_retired = table.retired;
    table.retired = breakpoint;
}

static void fail(Breakpoint *breakpoint)
{
    breakpoint->phase = BREAKPOINT_FAILED;
    breakpoint_disarm(breakpoint);
    report_phase(breakpoint);
}

static void fail_internally(Breakpoint *breakpoint)
{
    status_set(&breakpoint->status, REFERS_TO_NOTHING, INTERNAL_ERROR, 0);
    fail(breakpoint);
}

/* By the link thread, when it comes to its work. */
static void demand_location(Breakpoint *breakpoint)
{
    breakpoint->must_locate = true;
    __atomic_store_n(&table.has_work, true, __ATOMIC_RELEASE);
}

/* -------------------------------------------------------------------------------------------------- arming
 */

static ArmedCode *find_code(const Breakpoint *breakpoint, PyCodeObject *code)
{
    for (size_t i = 0; i < breakpoint->num_codes; i++) {
        if (interpreter_weakref_is(breakpoint->codes[i].code_ref, (PyObject *)code))
            return &breakpoint->codes[i];
    }
    return NULL;
}

/* Once more, for users of the code that have come since, where each must be found. */
static int arm_again(Breakpoint *breakpoint, ArmedCode *armed, PyCodeObject *code)
{
    Hook *hook, *old = armed->hook;
    int result;

    if (!live_code_holders_matter())
        return 0;
    result = hook_arm(code, breakpoint->line, breakpoint, &hook);
    if (result != 0)
        return result;
    armed->hook = hook;
    hook_disarm(old);
    return 0;
}

static PyObject *new_weakref(PyObject *object)
{
    PyObject *reference = PyWeakref_NewRef(object, NULL);

    PyErr_Clear();
    return reference;
}

/* A module that is reloaded again and again leaves hooks in code that nobody runs any more: the oldest go. */
static void drop_oldest_code(Breakpoint *breakpoint)
{
    ArmedCode oldest = breakpoint->codes[0];

    breakpoint->num_codes--;
    memmove(breakpoint->codes, breakpoint->codes + 1, breakpoint->num_codes * sizeof(*breakpoint->codes));
    hook_disarm(oldest.hook);
    Py_XDECREF(oldest.code_ref);
}

/* 0, a HOOK_E_* outcome, or a negative errno. */
static int arm_code(Breakpoint *breakpoint, PyCodeObject *code)
{
    ArmedCode *codes;
    Hook *hook;
    int result;

    codes = find_code(breakpoint, code);
    if (codes)
        return arm_again(breakpoint, codes, code);
    if (breakpoint->num_codes == BREAKPOINTS_CODES_MAX)
        drop_oldest_code(breakpoint);
    codes = realloc(breakpoint->codes, (breakpoint->num_codes + 1) * sizeof(*codes));
    if (!codes)
        return -ENOMEM;
    breakpoint->codes = codes;
    result = hook_arm(code, breakpoint->line, breakpoint, &hook);
    if (result != 0)
        return result;
    codes[breakpoint->num_codes++] = (ArmedCode){hook, new_weakref((PyObject *)code)};
    return 0;
}

/* Hooks every code object of the location; those that cannot be hooked do not matter as long as one can.
 * Consumes @location. Returns 0, a HOOK_E_* outcome, or a negative errno. */
static int arm(Breakpoint *breakpoint, Location *location)
{
    bool was_gc_enabled = interpreter_pause_gc();
    size_t num_before = breakpoint->num_codes;
    int outcome = HOOK_E_NO_LINE;

    if (location->found)
        live_code_assume((PyObject *const *)location->found->holders.items, location->found->holders.count);
    for (size_t i = 0; i < location->num_codes; i++) {
        int result = arm_code(breakpoint, location->codes[i]);

        if (result < 0 || outcome == HOOK_E_NO_LINE)
            outcome = result;
        if (result == 0 && !breakpoint->filename)
            breakpoint->filename = Py_NewRef(location->codes[i]->co_filename);
    }
    live_code_assume(NULL, 0);
    location_deinit(location);
    interpreter_resume_gc(was_gc_enabled);
    return breakpoint->num_codes > num_before ? 0 : outcome;
}

/* After a first attempt to arm: what the breakpoint has become. */
static void settle(Breakpoint *breakpoint, int outcome)
{
    if (outcome == 0) {
        breakpoint->phase = BREAKPOINT_ARMED;
        report_phase(breakpoint);
    } else if (outcome > 0) {
        char line[16];

        (void)snprintf(line, sizeof(line), "%d", breakpoint->line);
        status_set(&breakpoint->status, REFERS_TO_LOCATION,
                   "The line $0 in $1 cannot be hooked in this version of Python. Try another line.", 2, line,
                   breakpoint->path);
        fail(breakpoint);
    } else {
        fail_internally(breakpoint);
    }
}

static void wait_for_module(Breakpoint *breakpoint)
{
    report_phase(breakpoint);
    if (breakpoint->status.format)
        report_note(breakpoint, &breakpoint->status);
    status_deinit(&breakpoint->status);
}

/* What was found for a breakpoint that waits for it. Consumes the location and the status. */
static void settle_located(Breakpoint *breakpoint, int result, Location *location, Status *status)
{
    status_deinit(&breakpoint->status);
    breakpoint->status = *status;
    if (result == 0)
        settle(breakpoint, arm(breakpoint, location));
    else if (result == LOCATE_FAILED)
        fail(breakpoint);
    else if (result == LOCATE_PENDING)
        wait_for_module(breakpoint);
    else
        fail_internally(breakpoint);
}

/* Code that was found beside what is hooked already. Consumes the location. */
static void arm_more(Breakpoint *breakpoint, Location *location)
{
    if (arm(breakpoint, location) < 0)
        return; /* what is hooked stays so */
    report_phase(breakpoint);
}

/* What has become of the breakpoint while the GIL was given up: armed by an import, hit, or cleared. Consumes
 * the location and the status. */
static void settle_late(Breakpoint *breakpoint, int result, Location *location, Status *status)
{
    if (result == 0 && breakpoint->phase == BREAKPOINT_ARMED)
        arm_more(breakpoint, location);
    else if (result == 0)
        location_deinit(location);
    status_deinit(status);
}

static void locate_and_arm(Breakpoint *breakpoint)
{
    Location location = {0};
    Status status = {0};
    Piece piece;
    int result;

    breakpoint->must_locate = false;
    breakpoint->is_locating = true;
    piece_begin(&piece, table.is_canceled);
    result = locate_line(breakpoint->path, breakpoint->line, &piece, &location, &status);
    breakpoint->is_locating = false;
    if (result == -ECANCELED)
        demand_location(breakpoint);
    else if (breakpoint->phase == BREAKPOINT_PENDING)
        settle_located(breakpoint, result, &location, &status);
    else
        settle_late(breakpoint, result, &location, &status);
    piece_end(&piece);
}

static Breakpoint *find_to_locate(void)
{
    Breakpoint *breakpoint = table.first;

    while (breakpoint && !(breakpoint->must_locate && is_live(breakpoint)))
        breakpoint = breakpoint->next;
    return breakpoint;
}

/* ------------------------------------------------------------------------------------------ kept snapshots
 */

static void set_kept_until(uint64_t until_ns)
{
    __atomic_store_n(&table.kept_until_ns, until_ns, __ATOMIC_RELEASE);
}

void breakpoint_sends_later(const Breakpoint *breakpoint)
{
    if (table.kept_until_ns != 0 && table.kept_until_ns <= breakpoint->kept.until_ns)
        return;
    set_kept_until(breakpoint->kept.until_ns);
    table.wake();
}

static void send_kept(uint64_t now_ns)
{
    uint64_t next_ns = 0;

    for (Breakpoint *breakpoint = table.first; breakpoint; breakpoint = breakpoint->next) {
        hit_send_kept(breakpoint, now_ns);
        if (breakpoint->kept.packet && (next_ns == 0 || breakpoint->kept.until_ns < next_ns))
            next_ns = breakpoint->kept.until_ns;
    }
    set_kept_until(next_ns);
}

int breakpoints_wait_ms(void)
{
    uint64_t until_ns = __atomic_load_n(&table.kept_until_ns, __ATOMIC_ACQUIRE);
    uint64_t now_ns = clock_now_ns();

    if (until_ns == 0)
        return -1;
    return now_ns < until_ns ? (int)((until_ns - now_ns) / 1000000) + 1 : 1;
}

void breakpoints_finish(void)
{
    enter();
    send_kept(UINT64_MAX);
    leave();
}

/* -------------------------------------------------------------------------------------------------- work */

bool breakpoints_have_work(void)
{
    uint64_t kept_until_ns = __atomic_load_n(&table.kept_until_ns, __ATOMIC_ACQUIRE);

    return __atomic_load_n(&table.has_work, __ATOMIC_ACQUIRE) ||
           (kept_until_ns != 0 && clock_now_ns() >= kept_until_ns);
}

void breakpoints_work(void)
{
    Breakpoint *breakpoint;

    __atomic_store_n(&table.has_work, false, __ATOMIC_RELEASE);
    enter();
    send_kept(clock_now_ns());
    while ((breakpoint = find_to_locate()) && !(table.is_canceled && table.is_canceled()))
        locate_and_arm(breakpoint);
    if (breakpoint)
        demand_location(breakpoint);
    leave();
}

/* ------------------------------------------------------------------------------------------------- setting
 */

void breakpoint_tell_refusal(Status *status)
{
    const char *reason = program_refusal(status);

    status_set(status, REFERS_TO_CONDITION, CONDITION_IS_MUTABLE, reason ? 1 : 0, reason);
}

/* 0, PROGRAM_E_* (then `status` says why), or a negative errno. */
static int compile_condition(Breakpoint *breakpoint, const char *source)
{
    int result;

    if (source[0] == '\0')
        return 0;
    result = program_new(source, &breakpoint->condition, &breakpoint->status);
    if (result == PROGRAM_E_REFUSED)
        breakpoint_tell_refusal(&breakpoint->status);
    breakpoint->status.refers_to = REFERS_TO_CONDITION;
    return result;
}

/* An expression that cannot be compiled does not fail the breakpoint: its value is the message. */
static int compile_expressions(Breakpoint *breakpoint, const Snapshot__Breakpoint *message)
{
    size_t num = message->n_expressions;

    if (num > BREAKPOINTS_EXPRESSIONS_MAX)
        num = BREAKPOINTS_EXPRESSIONS_MAX;
    breakpoint->expressions = calloc(num + 1, sizeof(*breakpoint->expressions));
    if (!breakpoint->expressions)
        return -ENOMEM;
    for (size_t i = 0; i < num; i++) {
        Expression *expression = &breakpoint->expressions[i];
        int result = program_new(message->expressions[i], &expression->program, &expression->status);

        breakpoint->num_expressions = i + 1;
        if (result < 0)
            return result;
    }
    return 0;
}

static Breakpoint *new_breakpoint(const Snapshot__Breakpoint *message)
{
    Breakpoint *breakpoint = calloc(1, sizeof(*breakpoint));

    if (!breakpoint)
        return NULL;
    breakpoint->phase = BREAKPOINT_PENDING;
    breakpoint->id = strdup(message->id);
    breakpoint->path = strdup(message->path);
    breakpoint->line = message->line <= INT32_MAX ? (int)message->line : INT32_MAX;
    breakpoint->is_logpoint = message->action == SNAPSHOT__BREAKPOINT__ACTION__LOG;
    breakpoint->has_own_limits = message->limits != NULL;
    if (message->limits)
        capture_limits_from_message(&breakpoint->limits, message->limits);
    else
        breakpoint->limits = table.limits;
    if (!breakpoint->id || !breakpoint->path) {
        free_breakpoint(breakpoint);
        return NULL;
    }
    hit_begin_breakpoint(breakpoint);
    return breakpoint;
}

/* Makes room by forgetting the oldest breakpoint that is over. New ones are put first, so the last is meant.
 */
static void forget_oldest(void)
{
    Breakpoint *oldest = NULL;

    for (Breakpoint *breakpoint = table.first; breakpoint; breakpoint = breakpoint->next) {
        if (!is_live(breakpoint))
            oldest = breakpoint;
    }
    if (oldest)
        retire(oldest);
}

/* Whether it is good, so that its line can be looked for. */
static bool compile(Breakpoint *breakpoint, const Snapshot__Breakpoint *message)
{
    int result = compile_condition(breakpoint, message->condition);

    if (result == 0)
        result = compile_expressions(breakpoint, message);
    if (result < 0)
        fail_internally(breakpoint);
    else if (result > 0)
        fail(breakpoint);
    return result == 0;
}

/* Whether it is good, so that its line can be looked for. */
static bool add(Breakpoint *breakpoint, const Snapshot__Breakpoint *message)
{
    breakpoint->next = table.first;
    table.first = breakpoint;
    table.num_entries++;
    if (table.num_entries > BREAKPOINTS_NUM_MAX)
        forget_oldest();
    if (table.num_entries > BREAKPOINTS_NUM_MAX) {
        status_set(&breakpoint->status, REFERS_TO_NOTHING, "Too many breakpoints are active", 0);
        fail(breakpoint);
        return false;
    }
    return compile(breakpoint, message);
}

/* NULL: there is nothing to be looked for. */
static Breakpoint *set(const Snapshot__Breakpoint *message)
{
    Breakpoint *breakpoint = find(message->id);

    if (breakpoint) {
        if (!breakpoint->must_locate || !is_live(breakpoint))
            report_phase(breakpoint);
        return breakpoint->must_locate && is_live(breakpoint) ? breakpoint : NULL;
    }
    breakpoint = new_breakpoint(message); /* when memory is out the broker may ask again */
    return breakpoint && add(breakpoint, message) ? breakpoint : NULL;
}

void breakpoints_set(const Snapshot__Breakpoint *message)
{
    Breakpoint *breakpoint;
    bool was_gc_enabled;

    enter();
    was_gc_enabled = interpreter_pause_gc();
    breakpoint = set(message);
    update_import_watch(); /* before the line is looked for: its module may be imported meanwhile */
    interpreter_resume_gc(was_gc_enabled);
    if (breakpoint)
        locate_and_arm(breakpoint);
    update_import_watch();
    leave();
}

/* ------------------------------------------------------------------------------------------------ clearing
 */

void breakpoints_clear(const char *id)
{
    Breakpoint *breakpoint = find(id);

    enter();
    if (breakpoint && breakpoint->phase != BREAKPOINT_COMPLETED)
        retire(breakpoint);
    update_import_watch();
    leave();
}

static bool contains(char *const *ids, size_t num_ids, const char *id)
{
    for (size_t i = 0; i < num_ids; i++) {
        if (strcmp(ids[i], id) == 0)
            return true;
    }
    return false;
}

void breakpoints_keep_only(char *const *ids, size_t num_ids)
{
    Breakpoint *next;

    enter();
    for (Breakpoint *breakpoint = table.first; breakpoint; breakpoint = next) {
        next = breakpoint->next;
        if (!contains(ids, num_ids, breakpoint->id))
            retire(breakpoint);
    }
    update_import_watch();
    leave();
}

void breakpoints_clear_all(void)
{
    breakpoints_keep_only(NULL, 0);
}

/* ------------------------------------------------------------------------------------------------- imports
 */

static bool is_module_code(PyCodeObject *code)
{
    return PyUnicode_Check(code->co_name) && PyUnicode_CompareWithASCIIString(code->co_name, "<module>") == 0;
}

/* Of several modules that a pending path could mean the first one that is imported is meant; what is armed
 * follows its own file only. */
static bool concerns(const Breakpoint *breakpoint, PyCodeObject *code)
{
    if (!is_live(breakpoint) || !locate_matches(breakpoint->path, code->co_filename))
        return false;
    if (!breakpoint->filename)
        return true;
    return PyUnicode_Compare(breakpoint->filename, code->co_filename) == 0 &&
           !interpreter_weakref_is(breakpoint->module_ref, (PyObject *)code);
}

static void arm_in_module(Breakpoint *breakpoint, PyCodeObject *code)
{
    Status status = {0};
    Location location = {0};
    int result = locate_in_module_code(code, breakpoint->path, breakpoint->line, &location, &status);

    if (breakpoint->phase == BREAKPOINT_PENDING) {
        if (result == 0) {
            settle(breakpoint, arm(breakpoint, &location));
        } else if (result > 0) {
            status_deinit(&breakpoint->status);
            breakpoint->status = status;
            status = (Status){0};
            fail(breakpoint);
        } else {
            fail_internally(breakpoint);
        }
    } else if (result == 0 && breakpoint->phase == BREAKPOINT_ARMED) {
        (void)arm(breakpoint, &location);
    } else if (result == 0) { /* it is over since, while the GIL was released */
        location_deinit(&location);
    } /* else a line that the new code does not have: the old code may still run */
    status_deinit(&status);
    Py_XSETREF(breakpoint->module_ref, new_weakref((PyObject *)code));
}

void breakpoints_imported(PyCodeObject *code)
{
    if (!is_module_code(code))
        return;
    enter();
    for (Breakpoint *breakpoint = table.first; breakpoint; breakpoint = breakpoint->next) {
        if (concerns(breakpoint, code)) {
            bool was_gc_enabled = interpreter_pause_gc();

            arm_in_module(breakpoint, code);
            interpreter_resume_gc(was_gc_enabled);
        }
    }
    leave();
}

void breakpoints_swapped(PyCodeObject *code)
{
    bool is_concerned = false;

    for (Breakpoint *breakpoint = table.first; breakpoint; breakpoint = breakpoint->next) {
        if (breakpoint->phase == BREAKPOINT_ARMED && breakpoint->filename &&
            PyUnicode_Compare(breakpoint->filename, code->co_filename) == 0) {
            demand_location(breakpoint);
            is_concerned = true;
        }
    }
    if (is_concerned)
        table.wake();
}

/* ------------------------------------------------------------------------------------------------- session
 */

void breakpoints_init(void (*before_send)(void), bool (*is_canceled)(void), void (*wake)(void))
{
    table.is_canceled = is_canceled;
    table.wake = wake;
    capture_limits_from_message(&table.limits, NULL);
    hit_init(before_send);
}

void breakpoints_set_limits(const Snapshot__Limits *limits)
{
    capture_limits_from_message(&table.limits, limits);
    hit_set_condition_cost(limits ? limits->condition_cost_permille : 0);
    for (Breakpoint *breakpoint = table.first; breakpoint; breakpoint = breakpoint->next) {
        if (!breakpoint->has_own_limits)
            breakpoint->limits = table.limits;
    }
}

void breakpoints_set_terms(const Snapshot__QuotaLease *terms)
{
    hit_set_terms(terms);
}

void breakpoints_grant(const Snapshot__QuotaLease *lease)
{
    Breakpoint *breakpoint = lease->breakpoint_id[0] != '\0' ? find(lease->breakpoint_id) : NULL;

    if (breakpoint)
        hit_log_grant(breakpoint, lease);
    hit_give(lease);
}

void breakpoints_after_fork_child(void)
{
    table.num_users = 0;
    table.kept_until_ns = 0;
    for (Breakpoint *breakpoint = table.first; breakpoint; breakpoint = breakpoint->next) {
        if (breakpoint->is_locating)
            demand_location(breakpoint);
        breakpoint->is_locating = false;
        breakpoint->allowance = (LogAllowance){0};
        kept_snapshot_drop(&breakpoint->kept); /* the parent's */
    }
}
