#include "stub/native/compat.h"

#include "stub/native/hook_trampoline_constant.h"

#include <errno.h>
#include <string.h>

#include "stub/native/hook_trampoline_change.h"
#include "stub/native/hook_trampoline_frames.h"
#include "stub/native/hook_trampoline_trace.h"

/* ----------------------------------------------------------------------------------------------------- calls
 */

static void stop_calling(CodePatch *self, const CallingFrame *calling)
{
    CallingFrame **link = &self->calling;

    while (*link != calling)
        link = &(*link)->next;
    *link = calling->next;
}

static void run_line(CodePatch *self, PyFrameObject *frame, const TailPlace *place)
{
    HookedLine *line = place->line;
    CallingFrame calling = {self->calling, frame, place->unit};

    if (line->site.num_armed == 0)
        return;
    if (line == self->trigger) {
        frames_add_old(self, frame);
        trace_frame(compat_thread_state(), frame, place);
        return;
    }
    self->calling = &calling;
    frames_set_unit(frame, place->line_unit);
    hook_site_run(&line->site, patch_callback());
    frames_set_unit(frame, calling.unit);
    stop_calling(self, &calling);
    if (change_has_to_wait(self))
        trace_until_back(self, compat_thread_state(), frame, place);
}

/* A copy of the code object that the app has made has the same constants. */
static bool is_of_patch(const CodePatch *self, const PyFrameObject *frame)
{
    return frame->f_code == self->code || frame->f_code->co_consts == self->hooked_constants;
}

static int on_line(PyObject *object)
{
    CodePatch *self = (CodePatch *)object;
    PyThreadState *thread = compat_thread_state();
    PyFrameObject *frame = compat_current_frame(thread);
    int unit = frame ? frames_unit(frame) : -1;
    const TailPlace *place = patch_place_at(self, unit);

    if (!place || place->unit != unit || !place->is_call || !is_of_patch(self, frame))
        return 0; /* somebody else asks for its truth */
    if (thread->c_tracefunc && !thread->tracing && trace_takes_over(self, thread, frame, place))
        return 0;
    if (place->line)
        run_line(self, frame, place);
    return 0;
}

/* ------------------------------------------------------------------------------------------------------ type
 */

static void constant_dealloc(PyObject *object)
{
    patch_deinit((CodePatch *)object);
    PyObject_Free(object);
}

static PyObject *constant_repr(PyObject *object)
{
    CodePatch *self = (CodePatch *)object;

    return PyUnicode_FromFormat("<breakpoints at %p>", (void *)self->code);
}

static Py_hash_t constant_hash(PyObject *object)
{
    return ((CodePatch *)object)->hash;
}

/* For those that pickle functions by their code: elsewhere the hook is a plain False, which does nothing. */
static PyObject *constant_reduce(PyObject *object, PyObject *unused)
{
    (void)object;
    (void)unused;
    return Py_BuildValue("O()", (PyObject *)&PyBool_Type);
}

/* And for marshal, which writes what has a buffer as bytes: none are as false as False. */
static int constant_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
    static char nothing[1];

    return PyBuffer_FillInfo(view, object, nothing, 0, 1, flags);
}

static PyMethodDef constant_methods[] = {
    {"__reduce__", constant_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods constant_number = {.nb_bool = on_line};
static PyBufferProcs constant_buffer = {.bf_getbuffer = constant_get_buffer};

static PyTypeObject constant_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "googleclouddebugger._native.CodePatch",
    .tp_basicsize = sizeof(CodePatch),
    .tp_flags = Py_TPFLAGS_DEFAULT, /* without tp_new: nobody else makes one */
    .tp_as_number = &constant_number,
    .tp_as_buffer = &constant_buffer,
    .tp_dealloc = constant_dealloc,
    .tp_repr = constant_repr,
    .tp_hash = constant_hash,
    .tp_methods = constant_methods,
};

int constant_init(void)
{
    if (PyType_Ready(&constant_type) < 0) {
        PyErr_Clear();
        return -ENOMEM;
    }
    return 0;
}

CodePatch *constant_new(void)
{
    CodePatch *self = PyObject_New(CodePatch, &constant_type);

    if (!self) {
        PyErr_Clear();
        return NULL;
    }
    memset((char *)self + sizeof(self->ob_base), 0, sizeof(*self) - sizeof(self->ob_base));
    return self;
}
