#include "stub/native/compat.h"

#include "stub/native/compat_code.h"
#include "stub/native/evaluate/functions/code_compare.h"
#include "stub/native/layout.h"

/* Constants in constants, functions in functions. */
#define DEPTH_MAX 20

/* Constants of a set that are compared with each other, one by one (untuned; some 50 us). */
#define MIXED_SET_MAX 100

static const CodeOriginals *originals;

void code_compare_init(const CodeOriginals *new_originals)
{
    originals = new_originals;
}

PyCodeObject *code_compare_original(PyCodeObject *code)
{
    return originals ? originals->code(code) : code;
}

/* ------------------------------------------------------------------------------------- constants */

static bool is_same_constant(PyObject *a, PyObject *b, int depth);

static bool is_equal(PyObject *a, PyObject *b)
{
    PyObject *answer = Py_TYPE(a)->tp_richcompare(a, b, Py_EQ); /* of a builtin type */
    bool is_true = answer == Py_True;

    Py_XDECREF(answer);
    PyErr_Clear();
    return is_true;
}

static bool is_same_tuple(PyObject *a, PyObject *b, int depth)
{
    if (PyTuple_GET_SIZE(a) != PyTuple_GET_SIZE(b))
        return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a); i++)
        if (!is_same_constant(PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(b, i), depth + 1))
            return false;
    return true;
}

static bool set_has(PyObject *set, PyObject *wanted, int depth)
{
    SetCursor cursor;
    PyObject *key;

    set_cursor_init(&cursor, set);
    while (set_cursor_next(&cursor, &key))
        if (is_same_constant(key, wanted, depth))
            return true;
    return false;
}

/* For these equal is the same. */
static bool has_only_plain(PyObject *set)
{
    SetCursor cursor;
    PyObject *key;

    set_cursor_init(&cursor, set);
    while (set_cursor_next(&cursor, &key))
        if (!PyUnicode_CheckExact(key) && !PyLong_CheckExact(key) && !PyBytes_CheckExact(key))
            return false;
    return true;
}

/* Their order differs from process to process. */
static bool is_same_set(PyObject *a, PyObject *b, int depth)
{
    SetCursor cursor;
    PyObject *key;

    if (PySet_GET_SIZE(a) != PySet_GET_SIZE(b))
        return false;
    if (has_only_plain(a) && has_only_plain(b))
        return is_equal(a, b);
    if (PySet_GET_SIZE(a) > MIXED_SET_MAX)
        return false;
    set_cursor_init(&cursor, a);
    while (set_cursor_next(&cursor, &key))
        if (!set_has(b, key, depth + 1))
            return false;
    return true;
}

/* 0.0 is not -0.0, and a NaN is itself. */
static bool is_same_float(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

static bool is_same_slice(PyObject *a, PyObject *b, int depth)
{
    PySliceObject *left = (PySliceObject *)a;
    PySliceObject *right = (PySliceObject *)b;

    return is_same_constant(left->start, right->start, depth + 1) &&
           is_same_constant(left->stop, right->stop, depth + 1) &&
           is_same_constant(left->step, right->step, depth + 1);
}

static bool is_same_constant(PyObject *a, PyObject *b, int depth)
{
    PyTypeObject *type = Py_TYPE(a);

    if (a == b)
        return true;
    if (type != Py_TYPE(b) || depth > DEPTH_MAX)
        return false;
    if (type == &PyUnicode_Type || type == &PyLong_Type || type == &PyBytes_Type)
        return is_equal(a, b);
    if (type == &PyFloat_Type)
        return is_same_float(PyFloat_AS_DOUBLE(a), PyFloat_AS_DOUBLE(b));
    if (type == &PyComplex_Type)
        return is_same_float(((PyComplexObject *)a)->cval.real, ((PyComplexObject *)b)->cval.real) &&
               is_same_float(((PyComplexObject *)a)->cval.imag, ((PyComplexObject *)b)->cval.imag);
    if (type == &PyTuple_Type)
        return is_same_tuple(a, b, depth);
    if (type == &PyFrozenSet_Type)
        return is_same_set(a, b, depth);
    if (type == &PySlice_Type)
        return is_same_slice(a, b, depth);
    return type == &PyCode_Type && code_compare_is_same((PyCodeObject *)a, (PyCodeObject *)b);
}

/* ------------------------------------------------------------------------------------------ code */

static bool has_same_bytecode(PyCodeObject *code, PyCodeObject *compiled)
{
    PyObject *own = originals ? originals->bytecode(code) : compat_code_bytecode(code);
    PyObject *other = compat_code_bytecode(compiled);
    bool is_same = own && other && is_equal(own, other);

    Py_XDECREF(own);
    Py_XDECREF(other);
    return is_same;
}

static bool has_same_lines(PyCodeObject *code, PyCodeObject *compiled)
{
    PyObject *own = originals ? originals->line_table(code) : compat_code_line_table(code);

    return code->co_firstlineno == compiled->co_firstlineno &&
           is_equal(own, compat_code_line_table(compiled));
}

static bool has_same_constants(PyCodeObject *code, PyCodeObject *compiled)
{
    PyObject *own = originals ? originals->constants(code) : code->co_consts;

    return is_same_constant(own, compiled->co_consts, 0);
}

/* Names of the variables by their kinds; both are made of builtin values by the compiler. */
static bool has_same_names(PyCodeObject *code, PyCodeObject *compiled)
{
    for (int i = 0; i < COMPAT_CODE_NUM_TABLES; i++)
        if (!is_same_constant(compat_code_table(code, i), compat_code_table(compiled, i), 0))
            return false;
    return is_equal(code->co_name, compiled->co_name) &&
           is_same_constant(code->co_names, compiled->co_names, 0);
}

bool code_compare_is_same(PyCodeObject *code, PyCodeObject *compiled)
{
    static int depth;
    bool is_same;

    code = code_compare_original(code);
    if (depth > DEPTH_MAX)
        return false;
    depth++;
    /* The depth of the stack is left out: a hook needs more of it. */
    is_same = code->co_argcount == compiled->co_argcount &&
              code->co_kwonlyargcount == compiled->co_kwonlyargcount &&
              compat_code_num_positional_only(code) == compat_code_num_positional_only(compiled) &&
              code->co_flags == compiled->co_flags && has_same_names(code, compiled) &&
              has_same_constants(code, compiled) && has_same_bytecode(code, compiled) &&
              has_same_lines(code, compiled);
    depth--;
    return is_same;
}
