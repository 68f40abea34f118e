#include "stub/native/hook_clone_frames.h"

#include "stub/native/hook_clone_trace.h"

#include <stdlib.h>

/* A thread that is traced. It is found by its address and number: addresses are used again. */
typedef struct TracedThread {
    struct TracedThread *next;
    PyThreadState *thread;
    uint64_t id;
    Py_tracefunc app_function; /* called with the thread's own trace object; NULL: the app does not trace */
    PyCodeObject *expected;    /* borrowed, for comparison: is about to start; NULL: none */
} TracedThread;

static TracedThread *traced_threads;

/* --------------------------------------------------------------------------------------------------
 * switching */

static int on_trace(PyObject *object, PyFrameObject *frame, int event, PyObject *argument);

static TracedThread *find(PyThreadState *thread)
{
    for (TracedThread *traced = traced_threads; traced; traced = traced->next) {
        if (traced->thread == thread && traced->id == thread->id)
            return traced;
    }
    return NULL;
}

/* As PyEval_SetTrace() does, but without its audit event, which runs code of the app, and for any thread. */
static void set_function(PyThreadState *thread, Py_tracefunc function)
{
    thread->c_tracefunc = function;
    if (thread->tracing == 0 && thread->cframe)
        thread->cframe->use_tracing = thread->c_tracefunc || thread->c_profilefunc ? 255 : 0;
}

static void forget(TracedThread *traced)
{
    TracedThread **link = &traced_threads;

    while (*link != traced)
        link = &(*link)->next;
    *link = traced->next;
    free(traced);
}

static void stop(TracedThread *traced)
{
    /* Not if the app has set another function meanwhile. */
    if (traced->thread->c_tracefunc == on_trace)
        set_function(traced->thread, traced->app_function);
    forget(traced);
}

/* NULL when memory is out. */
static TracedThread *start(PyThreadState *thread)
{
    TracedThread *traced = find(thread);

    if (traced && thread->c_tracefunc == on_trace)
        return traced;
    if (!traced) {
        traced = calloc(1, sizeof(*traced));
        if (!traced)
            return NULL;
        traced->thread = thread;
        traced->id = thread->id;
        traced->next = traced_threads;
        traced_threads = traced;
    }
    traced->app_function = thread->c_tracefunc;
    set_function(thread, on_trace);
    return traced;
}

/* --------------------------------------------------------------------------------------------------- events
 */

static bool begins_at(const LineHook *hook, int unit)
{
    for (int i = 0; i < hook->num_units; i++) {
        if (hook->units[i] == unit)
            return true;
    }
    return false;
}

/* The frame is about to run a line that its code has no hook for, though one is armed. */
static void run_line(const PatchedCode *code, const _PyInterpreterFrame *frame)
{
    CodePatch *patch = code->patch;
    int unit = (int)(frame->prev_instr - _PyCode_CODE(frame->f_code));

    if (code->num_hooks > 0)
        unit = clone_map_to_original(&code->map, unit);
    for (int i = 0; i < patch->num_lines; i++) {
        LineHook *hook = patch->lines[i];

        if (begins_at(hook, unit) && !patch_has_line(code, hook)) {
            Py_INCREF(hook);
            hook_site_run(&hook->site, patch_callback());
            Py_DECREF(hook);
            return; /* an instruction begins one line; and the patch may have changed */
        }
    }
}

/* Ends the tracing of the thread once nothing needs it. */
static void review_thread(PyThreadState *thread, _PyInterpreterFrame *leaving)
{
    TracedThread *traced = find(thread);

    if (!traced || traced->expected)
        return;
    for (_PyInterpreterFrame *frame = thread->cframe->current_frame; frame; frame = frame->previous) {
        PatchedCode *code = frame != leaving ? patch_code_of(frame->f_code) : NULL;

        if (code && patch_misses_lines(code))
            return;
    }
    stop(traced);
}

static void on_call(PyThreadState *thread, TracedThread *traced, _PyInterpreterFrame *frame)
{
    _PyInterpreterFrame *caller = frame->previous;
    PatchedCode *code = caller ? patch_code_of(caller->f_code) : NULL;
    bool must_review = traced->expected != NULL;

    traced->expected = NULL;
    if (code && frames_waits_for_function(frame) && patch_misses_lines(code)) {
        PyCodeObject *wanted = patch_wanted_code(code->patch);
        PyCodeObject *copy = NULL;

        if (!wanted && patch_use_copy(code->patch, &copy) == 0)
            wanted = copy;
        must_review |= wanted && frames_move(caller, code, wanted);
        Py_XDECREF(copy);
    }
    if (must_review)
        review_thread(thread, NULL);
}

static void on_event(PyThreadState *thread, TracedThread *traced, _PyInterpreterFrame *frame, int event)
{
    PatchedCode *code = patch_code_of(frame->f_code);

    if (event == PyTrace_CALL)
        on_call(thread, traced, frame);
    else if (event == PyTrace_LINE && code && patch_misses_lines(code))
        run_line(code, frame);
    else if (event == PyTrace_RETURN && code)
        review_thread(thread, frame);
}

static int on_trace(PyObject *object, PyFrameObject *frame, int event, PyObject *argument)
{
    PyThreadState *thread = PyThreadState_Get();
    TracedThread *traced = find(thread);
    int result = 0;

    if (!traced)
        return 0;
    if (traced->app_function) {
        result = traced->app_function(object, frame, event, argument);
        traced = find(thread);
        if (!traced)
            return result;
        if (thread->c_tracefunc != on_trace) { /* the app has set or removed its own */
            forget(traced);
            return result;
        }
    }
    if (result == 0)
        on_event(thread, traced, frame->f_frame, event);
    return result;
}

/* --------------------------------------------------------------------------------------------------- public
 */

static bool misses_hooks(PyThreadState *thread)
{
    _PyInterpreterFrame *frame = thread->cframe ? thread->cframe->current_frame : NULL;

    for (; frame; frame = frame->previous) {
        PatchedCode *code = patch_code_of(frame->f_code);

        if (code && patch_misses_lines(code))
            return true;
    }
    return false;
}

static void forget_dead_threads(void)
{
    TracedThread *next;

    for (TracedThread *traced = traced_threads; traced; traced = next) {
        PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());

        next = traced->next;
        while (thread && (thread != traced->thread || thread->id != traced->id))
            thread = PyThreadState_Next(thread);
        if (!thread)
            forget(traced);
    }
}

void trace_review(void)
{
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());

    if (traced_threads)
        forget_dead_threads();
    for (; thread; thread = PyThreadState_Next(thread)) {
        TracedThread *traced = find(thread);

        if (misses_hooks(thread))
            (void)start(thread); /* without memory the frame goes on without its hooks */
        else if (traced && !traced->expected)
            stop(traced);
    }
}

void trace_expect(PyCodeObject *code)
{
    PatchedCode *patched = patch_code_of(code);

    if (patched && patch_misses_lines(patched)) {
        TracedThread *traced = start(PyThreadState_Get());

        if (traced)
            traced->expected = code;
    }
}

void trace_stop(void)
{
    forget_dead_threads();
    while (traced_threads)
        stop(traced_threads);
}
