#include "stub/native/compat.h"

#include "internal/pycore_gc.h"

#include "stub/native/live_code.h"

/* The two lowest bits of the links hold the state of a collection. */
static PyGC_Head *next_in_list(const PyGC_Head *head)
{
    return (PyGC_Head *)(head->_gc_next & ~(uintptr_t)3);
}

static void visit_if_code(CodeHolderVisitor visit, void *context, CodeHolderKind kind, void *holder,
                          void *code)
{
    if (code && PyCode_Check((PyObject *)code))
        visit(context, kind, holder, code);
}

static void visit_object(PyObject *object, CodeHolderVisitor visit, void *context)
{
    PyTypeObject *type = Py_TYPE(object);

    if (type == &PyFunction_Type) {
        visit_if_code(visit, context, CODE_HOLDER_FUNCTION, object, ((PyFunctionObject *)object)->func_code);
    } else if (type == &PyGen_Type || type == &PyCoro_Type || type == &PyAsyncGen_Type) {
        PyGenObject *generator = (PyGenObject *)object;

        if (generator->gi_frame_state < FRAME_EXECUTING)
            visit_if_code(visit, context, CODE_HOLDER_GENERATOR, object,
                          compat_frame_code(compat_generator_frame(generator)));
    }
}

static void visit_list(PyGC_Head *list, CodeHolderVisitor visit, void *context)
{
    PyGC_Head *head;

    for (head = next_in_list(list); head && head != list; head = next_in_list(head))
        visit_object((PyObject *)(head + 1), visit, context);
}

static void visit_frames(PyInterpreterState *interpreter, CodeHolderVisitor visit, void *context)
{
    PyThreadState *thread;

    for (thread = PyInterpreterState_ThreadHead(interpreter); thread; thread = PyThreadState_Next(thread)) {
        _PyInterpreterFrame *frame = compat_current_frame(thread);

        for (; frame; frame = frame->previous)
            visit_if_code(visit, context, CODE_HOLDER_FRAME, frame, compat_frame_code(frame));
    }
}

void live_code_visit(CodeHolderVisitor visit, void *context)
{
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    struct _gc_runtime_state *gc = &interpreter->gc;
    int i;

    for (i = 0; i < NUM_GENERATIONS; i++)
        visit_list(&gc->generations[i].head, visit, context);
    visit_list(&gc->permanent_generation.head, visit, context);
    visit_frames(interpreter, visit, context);
}
