#include "stub/native/hook_trampoline_tracing.h"

#include "stub/native/hook_trampoline_trace.h"

#include <stdlib.h>

#include "stub/native/hook_trampoline_back.h"
#include "stub/native/hook_trampoline_frames.h"

/* A thread that is traced. It is found by its address and number: addresses are used again. */
typedef struct TracedThread {
    struct TracedThread *next;
    PyThreadState *thread;
    uint64_t number;
    Py_tracefunc app_function; /* called with the thread's own trace object; NULL: the app does not trace */
    FrameInTail *in_tail;      /* the innermost */
    bool has_old_frames;
    const PyFrameObject *starting; /* at whose displaced instruction tracing has begun; for comparison */
    int start_unit;                /* which that is */
} TracedThread;

static TracedThread *traced_threads;

/* --------------------------------------------------------------------------------------------------
 * switching */

static int on_trace(PyObject *object, PyFrameObject *frame, int event, PyObject *argument);

static TracedThread *find(PyThreadState *thread)
{
    for (TracedThread *traced = traced_threads; traced; traced = traced->next) {
        if (traced->thread == thread && traced->number == tracing_number(thread))
            return traced;
    }
    return NULL;
}

static void forget(TracedThread *traced)
{
    TracedThread **link = &traced_threads;

    while (*link != traced)
        link = &(*link)->next;
    *link = traced->next;
    back_forget_all(&traced->in_tail);
    free(traced);
}

static void stop(TracedThread *traced)
{
    /* Not if the app has set another function meanwhile. */
    if (traced->thread->c_tracefunc == on_trace)
        tracing_set_function(traced->thread, traced->app_function);
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
        traced->number = tracing_number(thread);
        traced->next = traced_threads;
        traced_threads = traced;
    }
    back_forget_all(&traced->in_tail);
    traced->starting = NULL;
    traced->has_old_frames = false;
    traced->app_function = thread->c_tracefunc;
    tracing_set_function(thread, on_trace);
    return traced;
}

static void stop_if_unneeded(TracedThread *traced)
{
    if (!traced->has_old_frames && !traced->in_tail)
        stop(traced);
}

/* ------------------------------------------------------------------------------------------------ old frames
 */

static bool misses_hooks(const CodePatch *patch, const PyFrameObject *frame)
{
    return patch && patch->num_armed_lines > 0 && frames_is_old(patch, frame);
}

static bool has_old_frames(PyThreadState *thread)
{
    for (PyFrameObject *frame = thread->frame; frame; frame = frame->f_back) {
        if (misses_hooks(patch_of(frame->f_code), frame))
            return true;
    }
    return false;
}

static bool begins_at(const HookedLine *line, int unit)
{
    for (int i = 0; i < line->num_units; i++) {
        if (line->units[i] == unit)
            return true;
    }
    return false;
}

/* In the tail only an instruction that is displaced behind another can begin a line: the first one has done
 * so where the jump is. */
static void run_line(CodePatch *patch, int unit)
{
    const TailPlace *place = patch_place_at(patch, unit);

    if (place)
        unit = place->origin;
    for (HookedLine *line = patch->lines; line; line = line->next) {
        if (line->site.num_armed > 0 && begins_at(line, unit)) {
            hook_site_run(&line->site, patch_callback());
            return; /* an instruction begins one line */
        }
    }
}

static void leave_frame(TracedThread *traced, CodePatch *patch, const PyFrameObject *frame)
{
    if (!patch || !frames_is_old(patch, frame))
        return;
    frames_forget_old(patch, frame);
    traced->has_old_frames = has_old_frames(traced->thread);
}

/* --------------------------------------------------------------------------------------------------- events
 */

static void on_event(TracedThread *traced, PyFrameObject *frame, int event)
{
    CodePatch *patch = patch_of(frame->f_code);

    if (traced->starting == frame)
        traced->starting = NULL;
    if (event == PyTrace_LINE && traced->has_old_frames && patch && patch->num_armed_lines > 0)
        run_line(patch, frames_unit(frame));
    else if (event == PyTrace_RETURN)
        leave_frame(traced, patch, frame);
}

static int call_app(PyThreadState *thread, TracedThread *traced, PyObject *object, PyFrameObject *frame,
                    int event, PyObject *argument, TracedThread **ret_traced)
{
    int result = traced->app_function(object, frame, event, argument);

    *ret_traced = find(thread);
    if (*ret_traced && thread->c_tracefunc != on_trace) { /* the app has set or removed its own */
        forget(*ret_traced);
        *ret_traced = NULL;
    }
    return result;
}

static int on_trace(PyObject *object, PyFrameObject *frame, int event, PyObject *argument)
{
    PyThreadState *thread = PyThreadState_Get();
    TracedThread *traced = find(thread);
    int result = 0;

    if (!traced)
        return 0;

    bool is_hidden = back_is_hidden(&traced->in_tail, frame, event);

    /* What is displaced runs code of the app, and perhaps for long: nothing of that is traced for us. */
    if (event == PyTrace_CALL && !traced->app_function)
        back_forget_all(&traced->in_tail);

    if (traced->app_function && !is_hidden)
        result = call_app(thread, traced, object, frame, event, argument, &traced);
    if (!traced || result != 0)
        return result;
    on_event(traced, frame, event);
    traced = find(thread); /* hooks may have changed */
    if (traced && thread->c_tracefunc == on_trace)
        stop_if_unneeded(traced);
    return 0;
}

/* --------------------------------------------------------------------------------------------------- public
 */

static void forget_dead_threads(void)
{
    TracedThread *next;

    for (TracedThread *traced = traced_threads; traced; traced = next) {
        PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());

        next = traced->next;
        while (thread && (thread != traced->thread || tracing_number(thread) != traced->number))
            thread = PyThreadState_Next(thread);
        if (!thread) {
            if (!traced->app_function)
                tracing_count(-1); /* as nobody else will */
            forget(traced);
        }
    }
}

static bool is_any_frame_old(void)
{
    for (CodePatch *patch = patch_first(); patch; patch = patch->next) {
        if (patch->num_armed_lines > 0 && patch->num_old_frames > 0)
            return true;
    }
    return false;
}

void trace_review(void)
{
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());

    if (traced_threads)
        forget_dead_threads();
    if (!traced_threads && !is_any_frame_old())
        return;
    for (; thread; thread = PyThreadState_Next(thread)) {
        bool is_needed = has_old_frames(thread);
        TracedThread *traced = is_needed ? start(thread) : find(thread);

        if (!traced) /* without memory the frame goes on without its hooks */
            continue;
        traced->has_old_frames = is_needed;
        stop_if_unneeded(traced);
    }
}

void trace_frame(PyThreadState *thread, const PyFrameObject *frame, const TailPlace *place)
{
    TracedThread *traced = start(thread);

    if (!traced)
        return;
    traced->has_old_frames = true;
    traced->starting = frame;
    traced->start_unit = place->origin;
}

/* Whether the line event of the instruction has passed before the thread was traced. */
static bool comes_too_late(const TracedThread *traced, const PyFrameObject *frame, const TailPlace *place)
{
    return traced->starting == frame && traced->start_unit == place->origin;
}

bool trace_takes_over(const CodePatch *patch, PyThreadState *thread, PyFrameObject *frame,
                      const TailPlace *place)
{
    TracedThread *traced = start(thread);

    if (!traced)
        return false;
    if (traced->app_function)
        back_expect(&traced->in_tail, patch, frame, place);
    return traced->has_old_frames && !comes_too_late(traced, frame, place);
}

void trace_until_back(const CodePatch *patch, PyThreadState *thread, PyFrameObject *frame,
                      const TailPlace *place)
{
    TracedThread *traced = thread->tracing ? NULL : start(thread);

    if (!traced)
        return;
    back_expect(&traced->in_tail, patch, frame, place);
    stop_if_unneeded(traced);
}

void trace_stop(void)
{
    forget_dead_threads();
    while (traced_threads)
        stop(traced_threads);
}
