/* Compat for CPython 3.6 to 3.10: frames are objects, dicts carry their look-up function, objects have a dict
 * or none.
 *
 * These versions install few internal headers (3.6 none at all), so what is needed of their layouts is
 * declared here. Included by compat.h, which describes the names. */
#pragma once

#include "stub/native/compat_api.h"

#if PY_VERSION_HEX < 0x030B0000

#include <frameobject.h>
#include <longintrepr.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* --------------------------------------------------------------------------------------- builds */

/* By the sizes that the types tell of themselves. */
static inline bool compat_layout_is_known(void)
{
    return PyFrame_Type.tp_basicsize == (Py_ssize_t)sizeof(PyFrameObject) &&
           PyCode_Type.tp_basicsize == (Py_ssize_t)sizeof(PyCodeObject) &&
           PyFunction_Type.tp_basicsize == (Py_ssize_t)sizeof(PyFunctionObject) &&
           PyGen_Type.tp_basicsize == (Py_ssize_t)sizeof(PyGenObject) &&
           PyType_Type.tp_basicsize == (Py_ssize_t)sizeof(PyHeapTypeObject) &&
           PyDict_Type.tp_basicsize == (Py_ssize_t)sizeof(PyDictObject) &&
           PySet_Type.tp_basicsize == (Py_ssize_t)sizeof(PySetObject) &&
           PyUnicode_Type.tp_basicsize == (Py_ssize_t)sizeof(PyUnicodeObject);
}

/* --------------------------------------------------------------------------------------- frames */

typedef PyFrameObject CompatFrame;

static inline PyThreadState *compat_thread_state(void)
{
    return _PyThreadState_UncheckedGet();
}

static inline CompatFrame *compat_current_frame(PyThreadState *thread)
{
    return thread->frame;
}

static inline PyCodeObject *compat_frame_code(const CompatFrame *frame)
{
    return frame->f_code;
}

/* f_lasti counts code units since 3.10, bytes before; -1 before the first instruction, which is at the `def`
 * line as unit 0 is. */
static inline int compat_frame_unit(const CompatFrame *frame)
{
#if PY_VERSION_HEX >= 0x030A0000
    return frame->f_lasti < 0 ? 0 : frame->f_lasti;
#else
    return frame->f_lasti < 0 ? 0 : frame->f_lasti / (int)sizeof(_Py_CODEUNIT);
#endif
}

static inline CompatFrame *compat_frame_previous(const CompatFrame *frame)
{
    return frame->f_back;
}

static inline bool compat_frame_is_complete(const CompatFrame *frame)
{
    (void)frame;
    return true; /* a thread's frames are those that its evaluation loops run */
}

/* NULL: it has ended. */
static inline CompatFrame *compat_generator_frame(PyGenObject *generator)
{
    return generator->gi_frame;
}

static inline CompatFrame *compat_suspended_frame(PyGenObject *generator)
{
    CompatFrame *frame = compat_generator_frame(generator);

#if PY_VERSION_HEX >= 0x030A0000
    return frame && frame->f_state < FRAME_EXECUTING ? frame : NULL;
#else
    return frame && !frame->f_executing ? frame : NULL;
#endif
}

static inline bool compat_generator_is_started(const PyGenObject *generator)
{
    return !generator->gi_frame || generator->gi_frame->f_lasti >= 0;
}

static inline bool compat_generator_is_running(const PyGenObject *generator)
{
#if PY_VERSION_HEX >= 0x030A0000
    return generator->gi_frame && generator->gi_frame->f_state == FRAME_EXECUTING;
#else
    return generator->gi_running;
#endif
}

/* f_localsplus holds the local variables with the arguments first, then cells, then free variables. An
 * argument that is a cell as well has left its place for the cell's (_PyEval_EvalCodeWithName() in
 * Python/ceval.c): it is told at its own place here, and not again as a cell. */
static inline int compat_code_num_variables(const PyCodeObject *code)
{
    return code->co_nlocals + (int)PyTuple_GET_SIZE(code->co_cellvars) +
           (int)PyTuple_GET_SIZE(code->co_freevars);
}

static inline PyObject *compat_code_variable(const PyCodeObject *code, int index)
{
    int num_cells = (int)PyTuple_GET_SIZE(code->co_cellvars);

    if (index < code->co_nlocals)
        return PyTuple_GET_ITEM(code->co_varnames, index);
    index -= code->co_nlocals;
    return index < num_cells ? PyTuple_GET_ITEM(code->co_cellvars, index)
                             : PyTuple_GET_ITEM(code->co_freevars, index - num_cells);
}

/* Which cell holds this argument; -1: none. */
static inline int compat_cell_of_argument(const PyCodeObject *code, int argument)
{
    for (int i = 0; code->co_cell2arg && i < (int)PyTuple_GET_SIZE(code->co_cellvars); i++)
        if (code->co_cell2arg[i] == argument)
            return i;
    return -1;
}

static inline PyObject *compat_frame_variable(const CompatFrame *frame, int index)
{
    const PyCodeObject *code = frame->f_code;
    int cell = index - code->co_nlocals;
    PyObject *value = frame->f_localsplus[index];

    if (cell < 0) {
        if (value)
            return value;
        cell = compat_cell_of_argument(code, index);
        if (cell < 0)
            return NULL;
        value = frame->f_localsplus[code->co_nlocals + cell];
    } else if (code->co_cell2arg && cell < (int)PyTuple_GET_SIZE(code->co_cellvars) &&
               code->co_cell2arg[cell] != CO_CELL_NOT_AN_ARG) {
        return NULL;
    }
    return value && PyCell_Check(value) ? PyCell_GET(value) : NULL;
}

static inline PyObject *compat_code_qualified_name(const PyCodeObject *code)
{
    (void)code;
    return NULL;
}

/* ---------------------------------------------------------------------------- dicts and objects */

/* Objects/dictobject.c and Objects/dict-common.h, the same from 3.6 to 3.10. Its users here do not ask
 * dk_lookup whether all keys are str: every entry has its hash and tells by its type. */
struct _dictkeysobject {
    Py_ssize_t dk_refcnt;
    Py_ssize_t dk_size; /* of dk_indices, a power of two */
    void *dk_lookup;
    Py_ssize_t dk_usable;
    Py_ssize_t dk_nentries;
    char dk_indices[]; /* dk_size of 1, 2, 4 or 8 bytes; the entries follow */
};

typedef struct PyDictKeyEntry {
    Py_hash_t me_hash;
    PyObject *me_key;
    PyObject *me_value; /* of a table that is not split */
} PyDictKeyEntry;

typedef PyDictKeyEntry PyDictUnicodeEntry; /* 3.11 was the first to have two kinds */

enum { DKIX_EMPTY = -1 };

/* What ma_values points at. */
typedef struct PyDictValues {
    PyObject *values[1];
} PyDictValues;

typedef struct CompatOrder {
    const uint8_t *first; /* NULL: that of the keys */
    int step;
    unsigned count;
} CompatOrder;

/* A dict that is filled in another order than the keys it shares, or that loses one, stops sharing them
 * (insertdict() and delitem_common()): the order is that of the keys, and values are missing at the end only.
 */
static inline CompatOrder compat_values_order(const PyDictValues *values, const PyDictKeysObject *keys)
{
    (void)values;
    return (CompatOrder){NULL, 0, (unsigned)keys->dk_nentries};
}

static inline PyObject *compat_instance_dict(PyObject *object, PyDictValues **ret_values)
{
    PyObject **pointer = _PyObject_GetDictPtr(object); /* makes nothing */

    *ret_values = NULL;
    return pointer ? *pointer : NULL;
}

static inline PyObject *compat_type_dict(PyTypeObject *type)
{
    return type->tp_dict;
}

static inline bool compat_type_has_managed_dict(const PyTypeObject *type)
{
    (void)type;
    return false;
}

static inline bool compat_type_is_immutable(const PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030A0000
    return !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE;
#else
    return !(type->tp_flags & Py_TPFLAGS_HEAPTYPE);
#endif
}

/* Up to 3.7 a field of a named tuple is property(itemgetter(index)). */
static inline Py_ssize_t compat_item_property(PyObject *attribute)
{
#if PY_VERSION_HEX >= 0x03080000
    (void)attribute;
#else
    struct {
        PyObject_HEAD PyObject *getter;
    } *property = (void *)attribute; /* Objects/descrobject.c */
    struct {
        PyObject_HEAD Py_ssize_t num_items;
        PyObject *item;
    } * getter; /* Modules/_operator.c */

    if (Py_TYPE(attribute) != &PyProperty_Type || !property->getter)
        return -1;
    getter = (void *)property->getter;
    if (compat_type_is_immutable(Py_TYPE(getter)) &&
        strcmp(Py_TYPE(getter)->tp_name, "operator.itemgetter") == 0 &&
        Py_TYPE(getter)->tp_basicsize >= (Py_ssize_t)sizeof(*getter) && getter->num_items == 1 &&
        PyLong_CheckExact(getter->item) && Py_SIZE(getter->item) >= 0 && Py_SIZE(getter->item) <= 1)
        return Py_SIZE(getter->item) ? (Py_ssize_t)((PyLongObject *)getter->item)->ob_digit[0] : 0;
#endif
    return -1;
}

static inline PyDictValues *compat_dict_values(const PyDictObject *dict)
{
    return (PyDictValues *)dict->ma_values;
}

static inline size_t compat_keys_num_slots(const PyDictKeysObject *keys)
{
    return (size_t)keys->dk_size;
}

static inline bool compat_dict_keys_are_text(const PyDictKeysObject *keys)
{
    (void)keys;
    return false;
}

static inline PyDictKeyEntry *compat_general_entries(PyDictKeysObject *keys)
{
    size_t num_slots = (size_t)keys->dk_size;
    size_t slot_bytes = num_slots <= 0xFF ? 1 : num_slots <= 0xFFFF ? 2 : num_slots <= 0xFFFFFFFF ? 4 : 8;

    return (PyDictKeyEntry *)(keys->dk_indices + num_slots * slot_bytes);
}

static inline PyDictUnicodeEntry *compat_text_entries(PyDictKeysObject *keys)
{
    return compat_general_entries(keys);
}

#endif /* up to 3.10 */
