#include "stub/native/compat.h"

#include "internal/pycore_gc.h"
#include "internal/pycore_interp.h"

#include "stub/native/live_code.h"

/* The two lowest bits of the links hold the state of a collection. */
static PyGC_Head *next_in_list(const PyGC_Head *head)
{
    return (PyGC_Head *)(head->_gc_next & ~(uintptr_t)3);
}

static PyObject *code_of_object(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    if (type == &PyFunction_Type)
        return ((PyFunctionObject *)object)->func_code;
    if (type == &PyGen_Type || type == &PyCoro_Type || type == &PyAsyncGen_Type) {
        PyGenObject *generator = (PyGenObject *)object;

        if (generator->gi_frame_state < FRAME_CLEARED)
            return (PyObject *)compat_frame_code((_PyInterpreterFrame *)generator->gi_iframe);
    }
    return NULL;
}

static void visit_list(PyGC_Head *list, LiveCodeVisitor visit, void *context)
{
    PyGC_Head *head;

    for (head = next_in_list(list); head && head != list; head = next_in_list(head)) {
        PyObject *code = code_of_object((PyObject *)(head + 1));

        if (code && PyCode_Check(code))
            visit(context, (PyCodeObject *)code);
    }
}

static void visit_frames(PyInterpreterState *interpreter, LiveCodeVisitor visit, void *context)
{
    PyThreadState *thread;

    for (thread = PyInterpreterState_ThreadHead(interpreter); thread; thread = PyThreadState_Next(thread)) {
        _PyInterpreterFrame *frame = compat_current_frame(thread);

        for (; frame; frame = frame->previous) {
            PyObject *code = (PyObject *)compat_frame_code(frame);

            if (code && PyCode_Check(code))
                visit(context, (PyCodeObject *)code);
        }
    }
}

void live_code_visit(LiveCodeVisitor visit, void *context)
{
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    struct _gc_runtime_state *gc = &interpreter->gc;
    int i;

    for (i = 0; i < NUM_GENERATIONS; i++)
        visit_list(&gc->generations[i].head, visit, context);
    visit_list(&gc->permanent_generation.head, visit, context);
    visit_frames(interpreter, visit, context);
}
