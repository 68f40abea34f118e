/* Compat: every difference between CPython versions that reading by layout meets. Nothing else of the stub
 * has a version check (the hooking mechanisms aside, which are one file each).
 *
 * One face by subject: this file has the layouts of 3.11 and later, compat_legacy.h the same names for 3.6 to
 * 3.10; compat_api.h has functions of the C API that older versions lack, compat_gc.h the garbage collector.
 *
 * Include it first: it asks for CPython's internal headers, which must be asked for before Python.h. All of
 * it is for the holder of the GIL. C only: the internal headers are. */
#pragma once

#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "stub/native/compat_api.h"

#if PY_VERSION_HEX < 0x030B0000
#include "stub/native/compat_legacy.h"
#else

#include "internal/pycore_code.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_long.h"
#include "internal/pycore_object.h"
#if PY_VERSION_HEX >= 0x030E0000
#include "internal/pycore_debug_offsets.h"
#include "internal/pycore_interpframe.h"
#include "internal/pycore_runtime.h"
#include "internal/pycore_stackref.h"
#include "internal/pycore_unicodeobject.h"
#endif

#if PY_VERSION_HEX >= 0x030D0000
#include "internal/pycore_setobject.h"
#endif
#if PY_VERSION_HEX >= 0x030F0000
#include "internal/pycore_lazyimportobject.h"
#endif

#if PY_VERSION_HEX >= 0x03100000
#error "this CPython's layouts are not known here"
#endif

/* --------------------------------------------------------------------------------------- builds */

/* Whether this interpreter has its data where the headers said that it would: since 3.14 it tells where
 * (Include/internal/pycore_debug_offsets.h), for debuggers. A patch release could have moved something. */
static inline bool compat_layout_is_known(void)
{
#if PY_VERSION_HEX >= 0x030E0000
    static const _Py_DebugOffsets known = _Py_DebugOffsets_INIT(_Py_Debug_Cookie);
    const _Py_DebugOffsets *here = &_PyRuntime.debug_offsets;

#define COMPAT_IS_SAME(part) (memcmp(&here->part, &known.part, sizeof(known.part)) == 0)
    return COMPAT_IS_SAME(cookie) && COMPAT_IS_SAME(interpreter_state.gc) &&
           COMPAT_IS_SAME(thread_state.current_frame) && COMPAT_IS_SAME(interpreter_frame) &&
           COMPAT_IS_SAME(code_object) && COMPAT_IS_SAME(pyobject) && COMPAT_IS_SAME(type_object) &&
           COMPAT_IS_SAME(tuple_object) && COMPAT_IS_SAME(list_object) && COMPAT_IS_SAME(set_object) &&
           COMPAT_IS_SAME(dict_object) && COMPAT_IS_SAME(long_object) && COMPAT_IS_SAME(bytes_object) &&
           COMPAT_IS_SAME(unicode_object) && COMPAT_IS_SAME(gen_object);
#undef COMPAT_IS_SAME
#else
    return true;
#endif
}

/* --------------------------------------------------------------------------------------- frames */

typedef _PyInterpreterFrame CompatFrame;

static inline PyThreadState *compat_thread_state(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

static inline CompatFrame *compat_current_frame(PyThreadState *thread)
{
#if PY_VERSION_HEX >= 0x030D0000
    return thread->current_frame;
#else
    return thread->cframe->current_frame;
#endif
}

/* NULL for some frames that are no function's; those of 3.14 and later can have another object. */
static inline PyCodeObject *compat_frame_code(const CompatFrame *frame)
{
#if PY_VERSION_HEX >= 0x030E0000
    return (PyCodeObject *)PyStackRef_AsPyObjectBorrow(frame->f_executable);
#elif PY_VERSION_HEX >= 0x030D0000
    return (PyCodeObject *)frame->f_executable;
#else
    return frame->f_code;
#endif
}

/* The instruction that runs, or is about to. */
static inline const _Py_CODEUNIT *compat_frame_instruction(const CompatFrame *frame)
{
#if PY_VERSION_HEX >= 0x030D0000
    return frame->instr_ptr;
#else
    return frame->prev_instr;
#endif
}

/* Which code unit of its code that is. */
static inline int compat_frame_unit(const CompatFrame *frame)
{
    return (int)(compat_frame_instruction(frame) - _PyCode_CODE(compat_frame_code(frame)));
}

static inline CompatFrame *compat_frame_previous(const CompatFrame *frame)
{
    return frame->previous;
}

/* A local variable, a cell or a free variable's cell, borrowed; NULL: it is not bound. Since 3.14 the lowest
 * bit of a slot tells whose the reference is, and an empty one is that bit alone. */
static inline PyObject *compat_frame_slot(const CompatFrame *frame, int index)
{
#if PY_VERSION_HEX >= 0x030E0000
    _PyStackRef slot = frame->localsplus[index];

    return PyStackRef_IsNullOrInt(slot) ? NULL : PyStackRef_AsPyObjectBorrow(slot);
#else
    return frame->localsplus[index];
#endif
}

static inline CompatFrame *compat_generator_frame(PyGenObject *generator)
{
#if PY_VERSION_HEX >= 0x030E0000
    return &generator->gi_iframe;
#else
    return (CompatFrame *)generator->gi_iframe;
#endif
}

/* Whether it is a frame that a traceback would show: neither a shim of the C stack nor one that has not yet
 * reached its RESUME. */
static inline bool compat_frame_is_complete(const CompatFrame *frame)
{
#if PY_VERSION_HEX >= 0x030E0000
    if (frame->owner >= FRAME_OWNED_BY_INTERPRETER)
        return false;
#elif PY_VERSION_HEX >= 0x030C0000
    if (frame->owner == FRAME_OWNED_BY_CSTACK)
        return false;
#endif
    if (frame->owner == FRAME_OWNED_BY_GENERATOR)
        return true;
    PyCodeObject *code = compat_frame_code(frame);
    return compat_frame_instruction(frame) >= _PyCode_CODE(code) + code->_co_firsttraceable;
}

/* The frame of a generator, a coroutine or an async generator that waits to be started or resumed; else NULL.
 */
static inline CompatFrame *compat_suspended_frame(PyGenObject *generator)
{
    return generator->gi_frame_state < FRAME_EXECUTING ? compat_generator_frame(generator) : NULL;
}

static inline bool compat_generator_is_started(const PyGenObject *generator)
{
    return generator->gi_frame_state != FRAME_CREATED;
}

static inline bool compat_generator_is_running(const PyGenObject *generator)
{
    return generator->gi_frame_state == FRAME_EXECUTING;
}

/* The variables of a frame: arguments, locals, cells, free variables. */
static inline int compat_code_num_variables(const PyCodeObject *code)
{
    return code->co_nlocalsplus;
}

static inline PyObject *compat_code_variable(const PyCodeObject *code, int index)
{
    return PyTuple_GET_ITEM(code->co_localsplusnames, index);
}

/* Its value, borrowed; NULL: it is not bound. By the first line of a function its cells have been made
 * (MAKE_CELL, COPY_FREE_VARS come before RESUME); a slot of that kind that holds anything else is one that
 * has not been filled. */
static inline PyObject *compat_frame_variable(const CompatFrame *frame, int index)
{
    const char *kinds = PyBytes_AS_STRING(compat_frame_code(frame)->co_localspluskinds);
    PyObject *value = compat_frame_slot(frame, index);

    if (kinds[index] & (CO_FAST_CELL | CO_FAST_FREE) && value && PyCell_Check(value))
        return PyCell_GET(value);
    return value;
}

/* The name of a function with those of the classes and functions around it; NULL: this version does not keep
 * it. */
static inline PyObject *compat_code_qualified_name(const PyCodeObject *code)
{
    return code->co_qualname;
}

/* ---------------------------------------------------------------------------- dicts and objects */

/* The order of insertion of a table whose values are apart from its keys ("split"): index of the @i-th. */
typedef struct CompatOrder {
    const uint8_t *first; /* NULL: that of the keys */
    int step;
    unsigned count;
} CompatOrder;

static inline CompatOrder compat_values_order(const PyDictValues *values, const PyDictKeysObject *keys)
{
    (void)keys;
#if PY_VERSION_HEX >= 0x030D0000
    return (CompatOrder){(const uint8_t *)&values->values[values->capacity], 1, values->size};
#else
    const uint8_t *prefix = (const uint8_t *)values;

    return (CompatOrder){prefix - 3, -1, prefix[-2]};
#endif
}

/* compat_instance_dict() - the dictionary of an object whose type has one, or, while CPython has not made it,
 * the values that stand in for it (with the keys of the type), never making it. *ret_values is NULL with a
 * dictionary; both are NULL while the object has no attribute. Borrowed. */
static inline PyObject *compat_instance_dict(PyObject *object, PyDictValues **ret_values)
{
    PyTypeObject *type = Py_TYPE(object);

    *ret_values = NULL;
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
#if PY_VERSION_HEX >= 0x030D0000
        PyObject *dict = (PyObject *)_PyObject_GetManagedDict(object);

        if (!dict && type->tp_flags & Py_TPFLAGS_INLINE_VALUES && _PyObject_InlineValues(object)->valid)
            *ret_values = _PyObject_InlineValues(object);
        return dict;
#elif PY_VERSION_HEX >= 0x030C0000
        PyDictOrValues pair = *_PyObject_DictOrValuesPointer(object);

        if (!_PyDictOrValues_IsValues(pair))
            return _PyDictOrValues_GetDict(pair);
        *ret_values = _PyDictOrValues_GetValues(pair);
        return NULL;
#else
        *ret_values = *_PyObject_ValuesPointer(object);
        return *ret_values ? NULL : *_PyObject_ManagedDictPointer(object);
#endif
    }
    /* Makes nothing for types without the flag. */
    PyObject **pointer = _PyObject_GetDictPtr(object);
    return pointer ? *pointer : NULL;
}

/* The dictionary of a type, borrowed. Builtin types have one per interpreter since 3.12. */
static inline PyObject *compat_type_dict(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030C0000
    if (!type->tp_dict) {
        PyObject *dict = PyType_GetDict(type);

        Py_XDECREF(dict); /* the interpreter keeps it */
        return dict;
    }
#endif
    return type->tp_dict;
}

static inline bool compat_type_has_managed_dict(const PyTypeObject *type)
{
    return type->tp_flags & Py_TPFLAGS_MANAGED_DICT;
}

/* Whether no code of the app can have made the type or changed it. */
static inline bool compat_type_is_immutable(const PyTypeObject *type)
{
    return !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE;
}

/* The index of a field of a named tuple that is a property; -1: it is none, as since 3.8, where fields have a
 * type of their own. */
static inline Py_ssize_t compat_item_property(PyObject *attribute)
{
    (void)attribute;
    return -1;
}

/* The values of a split table; NULL: they are with the keys. */
static inline PyDictValues *compat_dict_values(const PyDictObject *dict)
{
    return dict->ma_values;
}

static inline size_t compat_keys_num_slots(const PyDictKeysObject *keys)
{
    return (size_t)1 << keys->dk_log2_size;
}

static inline bool compat_dict_keys_are_text(const PyDictKeysObject *keys)
{
    return keys->dk_kind != DICT_KEYS_GENERAL;
}

static inline PyDictKeyEntry *compat_general_entries(PyDictKeysObject *keys)
{
    return (PyDictKeyEntry *)(keys->dk_indices + ((size_t)1 << keys->dk_log2_index_bytes));
}

static inline PyDictUnicodeEntry *compat_text_entries(PyDictKeysObject *keys)
{
    return (PyDictUnicodeEntry *)(keys->dk_indices + ((size_t)1 << keys->dk_log2_index_bytes));
}

#endif /* 3.11 and later */

/* ---------------------------------------------------------------------------------- all versions */

/* compat_dict_type() - dict or frozendict (3.15), whichever @object is an instance of: both have the layout
 * of a dict. NULL: neither. */
static inline PyTypeObject *compat_dict_type(PyObject *object)
{
    if (PyDict_Check(object))
        return &PyDict_Type;
#if PY_VERSION_HEX >= 0x030F0000
    if (PyFrozenDict_Check(object))
        return &PyFrozenDict_Type;
#endif
    return NULL;
}

/* Whether it stands in a namespace for what has not been imported yet (3.15): who asks for it makes CPython
 * import it. */
static inline bool compat_is_lazy_import(PyObject *object)
{
#if PY_VERSION_HEX >= 0x030F0000
    return PyLazyImport_CheckExact(object);
#else
    (void)object;
    return false;
#endif
}

static inline size_t compat_long_num_digits(const PyObject *value)
{
#if PY_VERSION_HEX >= 0x030C0000
    return ((const PyLongObject *)value)->long_value.lv_tag >> NON_SIZE_BITS;
#else
    Py_ssize_t size = Py_SIZE(value);

    return (size_t)(size < 0 ? -size : size);
#endif
}

static inline const digit *compat_long_digits(const PyObject *value)
{
#if PY_VERSION_HEX >= 0x030C0000
    return ((const PyLongObject *)value)->long_value.ob_digit;
#else
    return ((const PyLongObject *)value)->ob_digit;
#endif
}

static inline bool compat_long_is_negative(const PyObject *value)
{
#if PY_VERSION_HEX >= 0x030C0000
    return (((const PyLongObject *)value)->long_value.lv_tag & SIGN_MASK) == 2;
#else
    return Py_SIZE(value) < 0;
#endif
}

/* Whether a str has its characters where it should: false for those that the API of the time before 3.3 made,
 * until CPython moves them, which is not for the stub to do. */
static inline bool compat_text_is_ready(PyObject *text)
{
#if PY_VERSION_HEX >= 0x030C0000
    (void)text;
    return true;
#else
    return PyUnicode_IS_READY(text);
#endif
}

/* The characters of any str. */
typedef struct CompatText {
    const void *data;
    Py_ssize_t length;
    int kind; /* bytes of a character */
    bool is_ascii;
} CompatText;

static inline CompatText compat_text(PyObject *text)
{
#if PY_VERSION_HEX < 0x030C0000
    if (!PyUnicode_IS_READY(text))
        return (CompatText){
            .data = ((PyASCIIObject *)text)->wstr,
            .length = ((PyCompactUnicodeObject *)text)->wstr_length,
            .kind = sizeof(wchar_t),
        };
#endif
    return (CompatText){
        .data = PyUnicode_DATA(text),
        .length = PyUnicode_GET_LENGTH(text),
        .kind = PyUnicode_KIND(text),
        .is_ascii = PyUnicode_IS_ASCII(text),
    };
}

/* ----------------------------------------------------------------------------- weak references */

/* What the weak reference is to, borrowed; NULL: it has died, or is about to. */
static inline PyObject *compat_weakref_target(PyObject *reference)
{
    PyObject *target = ((PyWeakReference *)reference)->wr_object;

    return target != Py_None && Py_REFCNT(target) > 0 ? target : NULL;
}

/* Whether StopIteration in a generator ends it, rather than being an error (PEP 479). */
#define COMPAT_STOP_ITERATION_ENDS_GENERATORS (PY_VERSION_HEX < 0x03070000)

/* Whether reversed() takes dicts. */
#define COMPAT_DICTS_ARE_REVERSIBLE (PY_VERSION_HEX >= 0x03080000)

/* OrderedDict({'a': 1}) instead of OrderedDict([('a', 1)]). */
#define COMPAT_ORDERED_DICT_IS_SHOWN_AS_DICT (PY_VERSION_HEX >= 0x030C0000)

/* ValueError('a') instead of ValueError('a',). */
#define COMPAT_EXCEPTION_IS_SHOWN_AS_CALL (PY_VERSION_HEX >= 0x03070000)

/* ---------------------------------------------------------------------------------------- hooks */

/* Whether code objects are hooked in copies (hook_clone*), so that all functions that use one must be found.
 */
#define COMPAT_HOOKS_ARE_IN_COPIES (PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030C0000)
