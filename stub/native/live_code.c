#include "stub/native/compat_gc.h"

#include "stub/native/live_code.h"

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
        CompatFrame *frame = compat_suspended_frame((PyGenObject *)object);

        if (frame)
            visit_if_code(visit, context, CODE_HOLDER_GENERATOR, object, compat_frame_code(frame));
    }
}

static void visit_list(PyGC_Head *list, CodeHolderVisitor visit, void *context)
{
    PyGC_Head *head;

    for (head = compat_gc_next(list); head && head != list; head = compat_gc_next(head))
        visit_object((PyObject *)(head + 1), visit, context);
}

static void visit_frames(PyInterpreterState *interpreter, CodeHolderVisitor visit, void *context)
{
    PyThreadState *thread;

    for (thread = PyInterpreterState_ThreadHead(interpreter); thread; thread = PyThreadState_Next(thread)) {
        CompatFrame *frame = compat_current_frame(thread);

        for (; frame; frame = compat_frame_previous(frame))
            visit_if_code(visit, context, CODE_HOLDER_FRAME, frame, compat_frame_code(frame));
    }
}

void live_code_visit(CodeHolderVisitor visit, void *context)
{
    PyInterpreterState *interpreter = compat_thread_state()->interp;
    PyGC_Head *lists[COMPAT_GC_LISTS_MAX];
    int num_lists = compat_gc_lists(interpreter, lists);

    for (int i = 0; i < num_lists; i++)
        visit_list(lists[i], visit, context);
    visit_frames(interpreter, visit, context);
}
