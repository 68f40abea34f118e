/* Hooks by sys.monitoring (CPython 3.12 and later): local events of the code object, in a tool slot of the
 * stub's own.
 *
 * LINE is the event of choice: no other tool can take it away. INSTRUCTION stands in where LINE is dear or
 * blind, see hook_monitoring_plan.h. Whatever comes for a place that has no hook is answered with DISABLE and
 * costs nothing from then on. */
#include "stub/native/compat.h"

#include "internal/pycore_instruments.h"

#include "stub/native/hook.h"
#include "stub/native/hook_monitoring_plan.h"
#include "stub/native/hook_site.h"

#include <errno.h>
#include <stdlib.h>

/* A line of a code object. */
typedef struct HookedLine {
    struct HookedLine *next;
    struct HookedCode *code; /* NULL: it is gone while a thread calls the hooks */
    HookSite site;
    MonitoringPlan plan;
} HookedLine;

/* A code object with hooks, found from it by its extra slot. */
typedef struct HookedCode {
    struct HookedCode *previous;
    struct HookedCode *next;
    PyCodeObject *code; /* borrowed: it frees this when it dies */
    HookedLine *lines;
    long events; /* that are on now */
} HookedCode;

static struct {
    HookCallback callback;
    PyObject *monitoring; /* the module sys.monitoring */
    PyObject *set_local_events;
    PyObject *disable;
    PyObject *tool_name;
    long tool;
    uintptr_t tool_version; /* of our events, which whoever clears them changes */
    bool has_extra_index;   /* for good: CPython has no way to give one back */
    Py_ssize_t extra_index;
    HookedCode *codes;
} monitoring;

/* ------------------------------------------------------------------------------------------------- callbacks
 */

/* A callable of a type of our own: a builtin function would show in profilers. */
typedef struct EventCallable {
    PyObject ob_base;
    vectorcallfunc vectorcall;
} EventCallable;

static PyTypeObject event_callable_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "googleclouddebugger._native.EventCallable",
    .tp_basicsize = sizeof(EventCallable),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_vectorcall_offset = offsetof(EventCallable, vectorcall),
    .tp_call = PyVectorcall_Call,
};

static HookedCode *hooked_code_of(PyObject *code)
{
    void *extra = NULL;

    if (!PyCode_Check(code) || PyUnstable_Code_GetExtra(code, monitoring.extra_index, &extra) < 0)
        return NULL;
    return extra;
}

static int current_unit(PyCodeObject *code)
{
    const _PyInterpreterFrame *frame = compat_current_frame(compat_thread_state());

    if (!frame || compat_frame_code(frame) != code)
        return -1;
    return (int)(compat_frame_instruction(frame) - _PyCode_CODE(code));
}

static void free_line_if_unused(HookedLine *line);

/* Also when a callback has disarmed all of it: the code object lives, for it runs. */
static PyObject *run_line(HookedLine *line)
{
    hook_site_run(&line->site, monitoring.callback);
    free_line_if_unused(line);
    Py_RETURN_NONE;
}

static PyObject *on_line(PyObject *self, PyObject *const *arguments, size_t num_arguments, PyObject *names)
{
    (void)self;
    (void)names;
    if (PyVectorcall_NARGS(num_arguments) < 2)
        return Py_NewRef(monitoring.disable);

    HookedCode *code = hooked_code_of(arguments[0]);
    long number = PyLong_AsLong(arguments[1]);

    /* LINE is reported also where the line goes on after something else. */
    for (HookedLine *line = code ? code->lines : NULL; line; line = line->next) {
        if (line->site.line == number &&
            monitoring_places_have(&line->plan.by_line, current_unit(code->code)))
            return run_line(line);
    }
    return Py_NewRef(monitoring.disable);
}

/* One instruction can belong to two lines: its own, and the one that it jumps back to. */
#define LINES_OF_INSTRUCTION_MAX 2

static PyObject *on_instruction(PyObject *self, PyObject *const *arguments, size_t num_arguments,
                                PyObject *names)
{
    HookedLine *lines[LINES_OF_INSTRUCTION_MAX];
    int num_lines = 0;

    (void)self;
    (void)names;
    if (PyVectorcall_NARGS(num_arguments) < 2)
        return Py_NewRef(monitoring.disable);

    HookedCode *code = hooked_code_of(arguments[0]);
    int unit = (int)(PyLong_AsLong(arguments[1]) / (long)sizeof(_Py_CODEUNIT));

    for (HookedLine *line = code ? code->lines : NULL; line; line = line->next) {
        if (monitoring_places_have(&line->plan.by_instruction, unit) &&
            num_lines < LINES_OF_INSTRUCTION_MAX) {
            lines[num_lines++] = line;
            line->site.num_running++; /* keeps it from being freed by the callbacks of the other */
        }
    }
    if (num_lines == 0)
        return Py_NewRef(monitoring.disable);
    for (int i = 0; i < num_lines; i++) {
        lines[i]->site.num_running--;
        (void)run_line(lines[i]);
    }
    Py_RETURN_NONE;
}

static EventCallable line_callable = {PyObject_HEAD_INIT(&event_callable_type) on_line};
static EventCallable instruction_callable = {PyObject_HEAD_INIT(&event_callable_type) on_instruction};

/* ----------------------------------------------------------------------------------------------- code
 * objects */

/* Whether nobody has given our slot away. */
static bool is_tool_ours(void)
{
    PyObject *name = PyObject_CallMethod(monitoring.monitoring, "get_tool", "l", monitoring.tool);
    bool is_ours = name == monitoring.tool_name;

    Py_XDECREF(name);
    PyErr_Clear();
    return is_ours;
}

static int set_local_events(PyCodeObject *code, long events)
{
    PyObject *result =
        PyObject_CallFunction(monitoring.set_local_events, "lOl", monitoring.tool, code, events);

    if (!result) {
        PyErr_Clear();
        return -EINVAL;
    }
    Py_DECREF(result);
    return 0;
}

static int set_events(HookedCode *self, long events)
{
    int result = is_tool_ours() ? set_local_events(self->code, events) : -EBUSY;

    if (result == 0)
        self->events = events;
    return result;
}

static long wanted_events(const HookedCode *self)
{
    bool needs_instruction = false;
    bool needs_py_start = false;
    bool is_armed = false;

    for (const HookedLine *line = self->lines; line; line = line->next) {
        if (line->site.num_armed == 0)
            continue;
        is_armed = true;
        needs_instruction |= line->plan.needs_instruction;
        needs_py_start |= line->plan.needs_py_start;
    }
    if (!is_armed)
        return 0;
    if (needs_instruction)
        return 1L << PY_MONITORING_EVENT_INSTRUCTION;
    return 1L << PY_MONITORING_EVENT_LINE | (needs_py_start ? 1L << PY_MONITORING_EVENT_PY_START : 0);
}

static void unlink_code(HookedCode *self)
{
    if (self->previous)
        self->previous->next = self->next;
    else
        monitoring.codes = self->next;
    if (self->next)
        self->next->previous = self->previous;
}

static void free_line(HookedLine *line)
{
    monitoring_plan_deinit(&line->plan);
    free(line);
}

/* What CPython calls when a code object with our extra dies, or is given another extra. */
static void free_hooked_code(void *extra)
{
    HookedCode *self = extra;

    if (!self)
        return;
    for (HookedLine *line = self->lines; line;) {
        HookedLine *next = line->next;

        hook_site_abandon(&line->site);
        line->code = NULL;
        if (hook_site_is_free(&line->site))
            free_line(line);
        line = next;
    }
    unlink_code(self);
    free(self);
}

/* Turns the events off that no line needs. With none left the code object is as it was before. */
static void settle(HookedCode *self)
{
    long events = wanted_events(self);

    if (events != self->events)
        (void)set_events(self, events);
    if (!self->lines)
        (void)PyUnstable_Code_SetExtra((PyObject *)self->code, monitoring.extra_index, NULL);
}

static void free_line_if_unused(HookedLine *line)
{
    HookedCode *code = line->code;

    if (!hook_site_is_free(&line->site))
        return;
    if (!code) {
        free_line(line);
        return;
    }

    HookedLine **link = &code->lines;

    while (*link != line)
        link = &(*link)->next;
    *link = line->next;
    free_line(line);
    settle(code);
}

static HookedCode *find_or_add_code(PyCodeObject *code)
{
    HookedCode *self = hooked_code_of((PyObject *)code);

    if (self)
        return self;
    self = calloc(1, sizeof(*self));
    if (!self)
        return NULL;
    self->code = code;
    self->next = monitoring.codes;
    if (self->next)
        self->next->previous = self;
    monitoring.codes = self;
    if (PyUnstable_Code_SetExtra((PyObject *)code, monitoring.extra_index, self) < 0) {
        PyErr_Clear();
        unlink_code(self);
        free(self);
        return NULL;
    }
    return self;
}

/* Returns 0 and *ret_line, HOOK_E_*, or -ENOMEM. */
static int find_or_add_line(HookedCode *code, int number, HookedLine **ret_line)
{
    HookedLine *line = code->lines;

    while (line && line->site.line != number)
        line = line->next;
    if (!line) {
        line = calloc(1, sizeof(*line));
        if (!line)
            return -ENOMEM;

        int result = monitoring_plan_init(&line->plan, code->code, number);

        if (result != 0) {
            free(line);
            return result;
        }
        line->code = code;
        line->site.line = number;
        line->site.owner = line;
        line->next = code->lines;
        code->lines = line;
    }
    *ret_line = line;
    return 0;
}

/* ------------------------------------------------------------------------------------------------- tool slot
 */

/* 0 debugger, 1 coverage, 2 profiler and 5 optimizer are taken by agreement, so they come last; 6 and 7 are
 * CPython's. */
static const long TOOLS[] = {3, 4, 1, 5, 2, 0};

static bool call(const char *name, const char *format, long tool, PyObject *argument, long event)
{
    PyObject *result = event ? PyObject_CallMethod(monitoring.monitoring, name, format, tool, event, argument)
                             : PyObject_CallMethod(monitoring.monitoring, name, format, tool, argument);
    bool is_done = result != NULL;

    Py_XDECREF(result);
    PyErr_Clear();
    return is_done;
}

/* use_tool() - false: it is in use. */
static bool use_tool(long tool)
{
    if (!call("use_tool_id", "lO", tool, monitoring.tool_name, 0))
        return false;
    monitoring.tool = tool;
    return true;
}

static bool take_tool(void)
{
    for (size_t i = 0; i < sizeof(TOOLS) / sizeof(TOOLS[0]); i++) {
        if (use_tool(TOOLS[i]))
            return true;
    }
    return false;
}

static void set_callbacks(PyObject *on_lines, PyObject *on_instructions)
{
    (void)call("register_callback", "llO", monitoring.tool, on_lines, 1L << PY_MONITORING_EVENT_LINE);
    (void)call("register_callback", "llO", monitoring.tool, on_instructions,
               1L << PY_MONITORING_EVENT_INSTRUCTION);
}

/* Only compared, so that a field which a patch release has moved is harmless.
 *
 * What a tool has asked for is forgotten when it, or anybody else, calls clear_tool_id() or free_tool_id()
 * for its slot: since 3.14 (Python/instrumentation.c). */
static uintptr_t current_tool_version(void)
{
#if PY_VERSION_HEX >= 0x030E0000
    return PyInterpreterState_Get()->monitoring_tool_versions[monitoring.tool];
#else
    return 0;
#endif
}

/* begin_events() - in the slot that is ours from now on. */
static void begin_events(void)
{
    set_callbacks((PyObject *)&line_callable, (PyObject *)&instruction_callable);
    monitoring.tool_version = current_tool_version();
}

/* Before 3.14 free_tool_id() forgets nothing: what we asked for in a slot that has another owner now. */
static void leave_tool(void)
{
#if PY_VERSION_HEX < 0x030E0000
    PyObject **callbacks = PyInterpreterState_Get()->monitoring_callables[monitoring.tool];

    for (HookedCode *code = monitoring.codes; code; code = code->next)
        (void)set_local_events(code->code, 0);
    if (callbacks[PY_MONITORING_EVENT_LINE] == (PyObject *)&line_callable)
        set_callbacks(Py_None, Py_None);
#endif
}

/* Takes a slot again and arms everything again if somebody has freed or cleared ours. Returns 0 or -EBUSY. */
static int keep_tool(void)
{
    if (!monitoring.monitoring)
        return 0;
    if (is_tool_ours() && current_tool_version() == monitoring.tool_version)
        return 0;
    if (!is_tool_ours() && !use_tool(monitoring.tool)) {
        leave_tool();
        if (!take_tool())
            return -EBUSY;
    }
    begin_events();
    for (HookedCode *code = monitoring.codes; code; code = code->next) {
        (void)set_events(code, 0);
        (void)set_events(code, wanted_events(code));
    }
    return 0;
}

/* ------------------------------------------------------------------------------------------------------ face
 */

int hook_arm(PyCodeObject *code, int number, void *context, Hook **ret_hook)
{
    int result = keep_tool();
    HookedCode *hooked = result == 0 ? find_or_add_code(code) : NULL;
    HookedLine *line;
    Hook *hook;

    if (!hooked)
        return result < 0 ? result : -ENOMEM;
    result = find_or_add_line(hooked, number, &line);
    if (result != 0) {
        settle(hooked);
        return result;
    }
    hook = hook_site_add(&line->site, context);
    if (!hook) {
        free_line_if_unused(line);
        return -ENOMEM;
    }
    /* Places of the new line may be DISABLEd by now; only a change of the events enables them again. */
    if (line->site.num_armed == 1) {
        result = set_events(hooked, 0);
        if (result == 0)
            result = set_events(hooked, wanted_events(hooked));
        if (result < 0) {
            hook_disarm(hook);
            return result;
        }
    }
    *ret_hook = hook;
    return 0;
}

const char *hook_coverage(const Hook *hook)
{
    return hook->coverage ? hook->coverage : "";
}

void hook_disarm(Hook *hook)
{
    HookSite *site = hook ? hook->site : NULL;

    if (!hook)
        return;
    hook_site_remove(hook);
    if (site)
        free_line_if_unused(site->owner);
}

PyCodeObject *hook_original_code(PyCodeObject *code)
{
    return code;
}

void hook_code_starts(PyCodeObject *code)
{
    (void)code;
    (void)keep_tool(); /* a good moment to notice: it comes while an app starts its tools */
}

/* ------------------------------------------------------------------------------------------------ life cycle
 */

static int find_monitoring(void)
{
    monitoring.monitoring = Py_XNewRef(PySys_GetObject("monitoring"));
    if (!monitoring.monitoring)
        return -ENOTSUP;
    monitoring.set_local_events = PyObject_GetAttrString(monitoring.monitoring, "set_local_events");
    monitoring.disable = PyObject_GetAttrString(monitoring.monitoring, "DISABLE");
    monitoring.tool_name = PyUnicode_FromString("snapshot-debugger");
    PyErr_Clear();
    return monitoring.set_local_events && monitoring.disable && monitoring.tool_name ? 0 : -ENOTSUP;
}

static void forget_monitoring(void)
{
    Py_CLEAR(monitoring.monitoring);
    Py_CLEAR(monitoring.set_local_events);
    Py_CLEAR(monitoring.tool_name);
    /* `disable` stays: a thread may be on its way into a callback. */
}

int hook_init(HookCallback callback)
{
    int result;

    if (PyType_Ready(&event_callable_type) < 0) {
        PyErr_Clear();
        return -ENOMEM;
    }
    result = find_monitoring();
    if (result == 0 && !monitoring.has_extra_index) {
        monitoring.extra_index = PyUnstable_Eval_RequestCodeExtraIndex(free_hooked_code);
        monitoring.has_extra_index = monitoring.extra_index >= 0;
        if (!monitoring.has_extra_index)
            result = -ENOTSUP;
    }
    if (result == 0 && !take_tool())
        result = -EBUSY;
    if (result != 0) {
        forget_monitoring();
        return result;
    }
    monitoring.callback = callback;
    begin_events();
    return 0;
}

void hook_deinit(void)
{
    if (!monitoring.monitoring)
        return;
    while (monitoring.codes) {
        HookedCode *code = monitoring.codes;

        (void)set_events(code, 0);
        (void)PyUnstable_Code_SetExtra((PyObject *)code->code, monitoring.extra_index, NULL);
    }
    if (is_tool_ours()) {
        set_callbacks(Py_None, Py_None);

        PyObject *result = PyObject_CallMethod(monitoring.monitoring, "free_tool_id", "l", monitoring.tool);

        Py_XDECREF(result);
        PyErr_Clear();
    }
    forget_monitoring();
}
