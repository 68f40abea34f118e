/* Compat, the C API: functions and names that newer versions of CPython have, for those that lack them. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <pythread.h>

#if PY_VERSION_HEX < 0x03060000
#error "CPython is too old"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#if PY_VERSION_HEX < 0x030D0000
/* Any thread. */
static inline int Py_IsFinalizing(void)
{
#if PY_VERSION_HEX >= 0x03070000
    return _Py_IsFinalizing();
#else
    return __atomic_load_n(&_Py_Finalizing, __ATOMIC_RELAXED) != NULL;
#endif
}

static inline int PyWeakref_GetRef(PyObject *reference, PyObject **ret_object)
{
    PyObject *object = PyWeakref_GET_OBJECT(reference);

    *ret_object = object == Py_None ? NULL : object;
    Py_XINCREF(*ret_object);
    return *ret_object != NULL;
}
#endif

#if PY_VERSION_HEX < 0x030A0000
static inline PyObject *Py_NewRef(PyObject *object)
{
    Py_INCREF(object);
    return object;
}

static inline PyObject *Py_XNewRef(PyObject *object)
{
    Py_XINCREF(object);
    return object;
}
#endif

#if PY_VERSION_HEX < 0x03090000
/* Up to 3.8 it does not export from what is compiled with -fvisibility=hidden. */
#undef PyMODINIT_FUNC
#define PyMODINIT_FUNC __attribute__((visibility("default"))) PyObject *

#define PyCFunction_CheckExact(object) (Py_TYPE(object) == &PyCFunction_Type)

static inline PyInterpreterState *PyInterpreterState_Get(void)
{
    return _PyThreadState_UncheckedGet()->interp;
}

/* Without the flag in @num_arguments that lets the callee use the place before the arguments. */
static inline PyObject *PyObject_Vectorcall(PyObject *callable, PyObject *const *arguments,
                                            size_t num_arguments, PyObject *names)
{
#if PY_VERSION_HEX >= 0x03080000
    return _PyObject_Vectorcall(callable, arguments, num_arguments, names);
#else
    return _PyObject_FastCallKeywords(callable, (PyObject **)arguments, (Py_ssize_t)num_arguments, names);
#endif
}
#endif

#if PY_VERSION_HEX < 0x03080000
#define _PyCompilerFlags_INIT                                                                                \
    (PyCompilerFlags)                                                                                        \
    {                                                                                                        \
        .cf_flags = 0                                                                                        \
    }
#endif

#if PY_VERSION_HEX < 0x03070000
#define PyDict_GET_SIZE(dict) (((PyDictObject *)(dict))->ma_used)

static inline PyInterpreterState *PyInterpreterState_Main(void)
{
    PyInterpreterState *interpreter = PyInterpreterState_Head();

    while (PyInterpreterState_Next(interpreter)) /* the first that was made is the last in the list */
        interpreter = PyInterpreterState_Next(interpreter);
    return interpreter;
}
#endif

/* int() and float() ask for __index__() where there is neither __int__() nor __float__(). */
#define COMPAT_INT_ASKS_INDEX (PY_VERSION_HEX >= 0x03080000)

/* Lib/enum.py: the name of the metaclass, and whether a combination of flags has the names of its members. */
#define COMPAT_ENUM_META_NAME   (PY_VERSION_HEX >= 0x030B0000 ? "EnumType" : "EnumMeta")
#define COMPAT_FLAGS_HAVE_NAMES (PY_VERSION_HEX >= 0x030B0000)

/* hash() of a tuple whose items have these hashes: Objects/tupleobject.c. */
static inline Py_hash_t compat_tuple_hash(const Py_hash_t *hashes, Py_ssize_t count)
{
#if PY_VERSION_HEX >= 0x03080000
    uint64_t sum = 2870177450012600261u;

    for (Py_ssize_t i = 0; i < count; i++) {
        sum += (uint64_t)hashes[i] * 14029467366897019727u;
        sum = (sum << 31 | sum >> 33) * 11400714785074694791u;
    }
    sum += (uint64_t)count ^ (2870177450012600261u ^ 3527539u);
    return sum == UINT64_MAX ? 1546275796 : (Py_hash_t)sum;
#else
    uint64_t sum = 0x345678;
    uint64_t factor = 1000003;

    for (Py_ssize_t i = 0; i < count; i++) {
        sum = (sum ^ (uint64_t)hashes[i]) * factor;
        factor += 82520 + 2 * (uint64_t)(count - 1 - i);
    }
    sum += 97531;
    return sum == UINT64_MAX ? -2 : (Py_hash_t)sum;
#endif
}

/* Lib/fractions.py: a Fraction and a complex number are computed as a float and one, not as two of them. */
#define COMPAT_FRACTION_IS_FLOAT_TO_COMPLEX (PY_VERSION_HEX >= 0x030E0000)

/* Up to 3.7 // and % of a Fraction and a float are made of the floor of their quotient. */
#define COMPAT_FRACTION_FLOORS_QUOTIENT (PY_VERSION_HEX < 0x03080000)

/* Fraction has __int__(); before, int() asks for __trunc__(). */
#define COMPAT_FRACTION_HAS_INT (PY_VERSION_HEX >= 0x030B0000)

/* The value that a context variable has on the calling thread; NULL: @object is no such variable, or has
 * none. Only keys of CPython's own type are compared, by identity. New reference. */
static inline PyObject *compat_context_variable(PyObject *object)
{
#if PY_VERSION_HEX >= 0x03070000
    PyObject *value = NULL;

    if (!PyContextVar_CheckExact(object))
        return NULL;
#if PY_VERSION_HEX >= 0x03070100
    (void)PyContextVar_Get(object, NULL, &value);
#else
    (void)PyContextVar_Get((PyContextVar *)object, NULL, &value);
#endif
    PyErr_Clear();
    return value;
#else
    (void)object;
    return NULL;
#endif
}

/* Enters a copy of the thread's context variables: what is set from now on is gone with it. False: memory is
 * out, and there is an exception. *ret_context is NULL up to 3.6, which has no such variables. */
static inline bool compat_enter_context(PyObject **ret_context)
{
    *ret_context = NULL;
#if PY_VERSION_HEX >= 0x03070000
    PyObject *context = (PyObject *)PyContext_CopyCurrent();

#if PY_VERSION_HEX >= 0x03070100
    if (context && PyContext_Enter(context) < 0)
#else
    if (context && PyContext_Enter((PyContext *)context) < 0)
#endif
        Py_CLEAR(context);
    *ret_context = context;
    return context != NULL;
#else
    return true;
#endif
}

static inline void compat_leave_context(PyObject *context)
{
#if PY_VERSION_HEX >= 0x03070100
    (void)PyContext_Exit(context);
#elif PY_VERSION_HEX >= 0x03070000
    (void)PyContext_Exit((PyContext *)context);
#else
    (void)context;
#endif
    PyErr_Clear();
}

#ifdef __cplusplus
}
#endif
