#include "stub/native/compat_gc.h"
#include "stub/native/compat_gil.h"

#include "stub/native/interpreter.h"

bool interpreter_is_finalizing(void)
{
    return Py_IsFinalizing();
}

bool interpreter_is_main(void)
{
    return PyInterpreterState_Get() == PyInterpreterState_Main();
}

void interpreter_prepare_for_threads(void)
{
    compat_gil_create();
}

void interpreter_forget_waiters(void)
{
    compat_gil_forget_waiters(PyGILState_GetThisThreadState());
}

void interpreter_begin_child(void)
{
    compat_gil_begin_child();
}

/* What the outermost pause has to restore. */
static int paused_gc;

bool interpreter_pause_gc(void)
{
    int paused = compat_gc_pause();

    if (!paused)
        return false;
    paused_gc = paused;
    return true;
}

void interpreter_resume_gc(bool was_enabled)
{
    if (was_enabled)
        compat_gc_resume(paused_gc);
}

bool interpreter_weakref_is(PyObject *reference, PyObject *object)
{
    PyObject *target = NULL;

    if (!reference)
        return false;
    (void)PyWeakref_GetRef(reference, &target);
    Py_XDECREF(target); /* if it is @object, the caller has it */
    return target == object;
}

bool interpreter_may_detach_frames(void)
{
    static const char *const MODULES[] = {"greenlet", "uwsgi"};
    PyObject *modules = PyImport_GetModuleDict();

    for (size_t i = 0; i < sizeof(MODULES) / sizeof(MODULES[0]); i++) {
        if (PyDict_GetItemString(modules, MODULES[i]))
            return true;
    }
    return false;
}
