/* Compat, audit hooks: keeps those of the app from being run by what the stub does. C only; include
 * it before Python.h, as compat.h. */
#pragma once

#include "stub/native/compat.h"

#if PY_VERSION_HEX >= 0x03090000
#include "internal/pycore_interp.h"
#elif PY_VERSION_HEX >= 0x03080000
#include "internal/pycore_pystate.h"
#endif

/* The functions that the app has given to sys.addaudithook(), until they are given back: the compiler would
 * run them. The GIL must not be given up meanwhile. */
static inline PyObject *compat_take_audit_hooks(void)
{
#if PY_VERSION_HEX >= 0x03080000
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    PyObject *hooks = interpreter->audit_hooks;

    interpreter->audit_hooks = NULL;
    return hooks;
#else
    return NULL;
#endif
}

static inline void compat_give_audit_hooks(PyObject *hooks)
{
#if PY_VERSION_HEX >= 0x03080000
    PyInterpreterState_Get()->audit_hooks = hooks;
#else
    (void)hooks;
#endif
}
