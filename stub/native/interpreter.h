/* Interpreter: the few questions about the interpreter as a whole whose answers differ between CPython
 * versions. Layouts are in compat.h. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* From here on a thread that asks for the GIL may crash the process or hang. Any thread. */
static inline bool interpreter_is_finalizing(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing();
#else
    return _Py_IsFinalizing();
#endif
}

/* Whether the calling thread's interpreter is the main one, the one that the stub serves. Holds the GIL. */
static inline bool interpreter_is_main(void)
{
    return PyInterpreterState_Get() == PyInterpreterState_Main();
}

/* interpreter_pause_gc() - no collection, hence no finalizer of the app, runs in what the stub allocates
 * until interpreter_resume_gc(). Nobody else notices as long as the GIL is held. */
static inline bool interpreter_pause_gc(void)
{
    return PyGC_Disable() != 0;
}

static inline void interpreter_resume_gc(bool was_enabled)
{
    if (was_enabled)
        (void)PyGC_Enable();
}

/* interpreter_weakref_is() - whether the weak reference @reference (NULL is none) is to @object, which lives.
 */
static inline bool interpreter_weakref_is(PyObject *reference, PyObject *object)
{
    if (!reference)
        return false;
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *target = NULL;

    (void)PyWeakref_GetRef(reference, &target);
    Py_XDECREF(target); /* if it is @object, the caller has it */
    return target == object;
#else
    return PyWeakref_GET_OBJECT(reference) == object;
#endif
}

#ifdef __cplusplus
}
#endif
