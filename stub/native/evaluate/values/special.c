#include "stub/native/compat.h"

#include "stub/native/evaluate/functions/function_call.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/repr_guard.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/layout.h"

/* The name of a special method. */
typedef struct Name {
    const char *text;
    PyObject *interned; /* NULL: it has not been asked for */
} Name;

/* What is found in the class under the name of a special method, borrowed; NULL: nothing, or it cannot be
 * told. */
static PyObject *find_any(PyTypeObject *type, Name *name)
{
    bool is_unsure = false;
    PyObject *found;

    if (!name->interned)
        name->interned = PyUnicode_InternFromString(name->text);
    if (!name->interned) {
        PyErr_Clear();
        return NULL;
    }
    found = type_find(type, name->interned, NULL, &is_unsure);
    return is_unsure ? NULL : found;
}

static PyObject *find_function(PyObject *object, Name *name)
{
    PyObject *found = find_any(Py_TYPE(object), name);

    return found && PyFunction_Check(found) ? found : NULL;
}

PyObject *special_find(PyObject *object, const char *text)
{
    Name name = {.text = text};
    PyObject *found = find_function(object, &name);

    Py_XDECREF(name.interned);
    return found;
}

/* Borrowed. *ret_is_unsure: it cannot be told. */
static PyObject *find_by_text(PyObject *object, const char *text, bool *ret_is_unsure)
{
    PyObject *name = PyUnicode_InternFromString(text);
    PyObject *found = name ? type_find(Py_TYPE(object), name, NULL, ret_is_unsure) : NULL;

    *ret_is_unsure = *ret_is_unsure || !name;
    Py_XDECREF(name);
    PyErr_Clear();
    return found;
}

bool special_has(PyObject *object, const char *text)
{
    bool is_unsure = false;
    PyObject *found = find_by_text(object, text, &is_unsure);

    return found || is_unsure;
}

bool special_is_none(PyObject *object, const char *text)
{
    bool is_unsure = false;

    return find_by_text(object, text, &is_unsure) == Py_None && !is_unsure;
}

/* @argument may be NULL. */
static PyObject *call(Run *run, PyObject *object, Name *name, PyObject *argument)
{
    PyObject *function = find_function(object, name);

    if (!function)
        return run_refuse_method(run, object, name->text);
    return function_call(run, function, object, &argument, argument != NULL, NULL);
}

PyObject *special_call(Run *run, PyObject *object, const char *name, PyObject *const *arguments,
                       Py_ssize_t count)
{
    PyObject *function = special_find(object, name);

    return function ? function_call(run, function, object, arguments, count, NULL)
                    : run_refuse_method(run, object, name);
}

/* ---------------------------------------------------------------------------------- truth, length */

/* Consumes @answer. */
static int take_bool(Run *run, PyObject *answer)
{
    int truth = -1;

    if (answer && !PyBool_Check(answer))
        (void)run_raise(run, PyExc_TypeError, "__bool__ should return bool, returned %.100s",
                        Py_TYPE(answer)->tp_name);
    else if (answer)
        truth = answer == Py_True;
    Py_XDECREF(answer);
    return truth;
}

static Name bool_name = {.text = "__bool__"};
static Name len_name = {.text = "__len__"};

int special_truth(Run *run, PyObject *value)
{
    return take_bool(run, call(run, value, &bool_name, NULL));
}

Py_ssize_t special_length(Run *run, PyObject *value)
{
    PyObject *answer = call(run, value, &len_name, NULL);
    Py_ssize_t length = -1;

    if (answer && !PyLong_Check(answer)) {
        (void)run_raise(run, PyExc_TypeError, "'%.100s' object cannot be interpreted as an integer",
                        Py_TYPE(answer)->tp_name);
    } else if (answer) {
        length = PyLong_AsSsize_t(answer);
        if (length == -1 && PyErr_Occurred())
            (void)run_raise_pending(run);
        else if (length < 0)
            (void)run_raise(run, PyExc_ValueError, "__len__() should return >= 0");
    }
    Py_XDECREF(answer);
    return run->outcome ? -1 : length;
}

/* slot_tp_hash() in Objects/typeobject.c */
bool special_hash(Run *run, PyObject *value, Py_hash_t *ret_hash)
{
    PyObject *answer = special_call(run, value, "__hash__", NULL, 0);
    int overflow = 0;

    *ret_hash = 0;
    if (answer && !PyLong_CheckExact(answer) && !PyBool_Check(answer))
        (void)run_raise(run, PyExc_TypeError, "__hash__ method should return an integer");
    else if (answer)
        *ret_hash = PyLong_AsLongLongAndOverflow(answer, &overflow);
    if (overflow)
        *ret_hash = PyLong_Type.tp_hash(answer);
    if (*ret_hash == -1)
        *ret_hash = -2;
    Py_XDECREF(answer);
    return !run->outcome;
}

/* ----------------------------------------------------------------------------------- comparisons */

static Name comparison_names[] = {
    [Py_LT] = {.text = "__lt__"}, [Py_LE] = {.text = "__le__"}, [Py_EQ] = {.text = "__eq__"},
    [Py_NE] = {.text = "__ne__"}, [Py_GT] = {.text = "__gt__"}, [Py_GE] = {.text = "__ge__"},
};

static const int swapped[] = {
    [Py_LT] = Py_GT, [Py_LE] = Py_GE, [Py_EQ] = Py_EQ, [Py_NE] = Py_NE, [Py_GT] = Py_LT, [Py_GE] = Py_LE,
};

static PyObject *invert(Run *run, PyObject *answer)
{
    if (!answer || answer == Py_NotImplemented)
        return answer;
    int truth = plain_truth(run, answer);
    Py_DECREF(answer);
    return run_truth(truth < 0 ? truth : !truth);
}

/* What the type of @a says: a new reference, which may be NotImplemented; NULL: the run has failed. */
static PyObject *ask(Run *run, PyObject *a, PyObject *b, bool a_is_builtin, int operation)
{
    PyObject *found;

    if (a_is_builtin)
        return Py_NewRef(Py_NotImplemented);
    found = find_any(Py_TYPE(a), &comparison_names[operation]);
    if (found && PyFunction_Check(found))
        return function_call(run, found, a, &b, 1, NULL);
    /* object_richcompare() in Objects/typeobject.c */
    if (!found || found != find_any(&PyBaseObject_Type, &comparison_names[operation]))
        return run_refuse_method(run, a, comparison_names[operation].text);
    if (operation == Py_EQ)
        return Py_NewRef(a == b ? Py_True : Py_NotImplemented);
    return operation == Py_NE ? invert(run, ask(run, a, b, false, Py_EQ)) : Py_NewRef(Py_NotImplemented);
}

/* Consumes @answer. */
static int take_answer(Run *run, PyObject *answer)
{
    int truth = answer == Py_True;

    if (answer && !PyBool_Check(answer)) {
        (void)run_refuse_act(run, "compares to a %.100s", Py_TYPE(answer)->tp_name);
        truth = -1;
    }
    Py_XDECREF(answer);
    return answer ? truth : -1;
}

static bool is_implemented(PyObject *answer)
{
    if (answer != Py_NotImplemented)
        return true;
    Py_DECREF(answer);
    return false;
}

/* do_richcompare() in Objects/object.c */
int special_compare(Run *run, PyObject *a, PyObject *b, bool a_is_builtin, bool b_is_builtin, int operation)
{
    bool is_b_first = Py_TYPE(a) != Py_TYPE(b) && PyType_IsSubtype(Py_TYPE(b), Py_TYPE(a));
    PyObject *answer;

    /* A builtin type does know the instances of its subclasses. */
    if ((a_is_builtin && is_b_first) || (b_is_builtin && PyType_IsSubtype(Py_TYPE(a), Py_TYPE(b)))) {
        (void)run_refuse_method(run, a_is_builtin ? b : a, comparison_names[operation].text);
        return -1;
    }
    if (is_b_first && is_implemented(answer = ask(run, b, a, b_is_builtin, swapped[operation])))
        return take_answer(run, answer);
    if (is_implemented(answer = ask(run, a, b, a_is_builtin, operation)))
        return take_answer(run, answer);
    if (!is_b_first && is_implemented(answer = ask(run, b, a, b_is_builtin, swapped[operation])))
        return take_answer(run, answer);
    if (operation == Py_EQ || operation == Py_NE)
        return (a == b) == (operation == Py_EQ);
    (void)run_raise(run, PyExc_TypeError, "%s not supported between instances of '%.100s' and '%.100s'",
                    comparison_names[operation].text, Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
    return -1;
}

/* ------------------------------------------------------------------------------------- containers */

static Name contains_name = {.text = "__contains__"};
static Name getitem_name = {.text = "__getitem__"};
static Name iter_name = {.text = "__iter__"};

int special_contains(Run *run, PyObject *container, PyObject *item)
{
    PyObject *answer;
    int truth;

    if (special_is_none(container, contains_name.text)) {
        (void)run_raise(run, PyExc_TypeError, "'%.200s' object is not a container",
                        Py_TYPE(container)->tp_name);
        return -1;
    }
    answer = call(run, container, &contains_name, item);
    truth = answer ? plain_truth(run, answer) : -1;
    Py_XDECREF(answer);
    return truth;
}

PyObject *special_subscript(Run *run, PyObject *object, PyObject *key)
{
    return call(run, object, &getitem_name, key);
}

PyObject *special_iter(Run *run, PyObject *object)
{
    PyObject *result = call(run, object, &iter_name, NULL);

    if (!result || own_is_stream(result))
        return result;
    if (!PyIter_Check(result))
        (void)run_raise(run, PyExc_TypeError, "iter() returned non-iterator of type '%.100s'",
                        Py_TYPE(result)->tp_name);
    else
        (void)run_refuse_value(run, "a %.80s: reading it would use it up", Py_TYPE(result)->tp_name);
    Py_DECREF(result);
    return NULL;
}

/* ------------------------------------------------------------------------------------- arithmetic */

static Name binary_names[][2] = {
    [BINARY_ADD] = {{.text = "__add__"}, {.text = "__radd__"}},
    [BINARY_SUBTRACT] = {{.text = "__sub__"}, {.text = "__rsub__"}},
    [BINARY_MULTIPLY] = {{.text = "__mul__"}, {.text = "__rmul__"}},
    [BINARY_DIVIDE] = {{.text = "__truediv__"}, {.text = "__rtruediv__"}},
    [BINARY_FLOOR_DIVIDE] = {{.text = "__floordiv__"}, {.text = "__rfloordiv__"}},
    [BINARY_MODULO] = {{.text = "__mod__"}, {.text = "__rmod__"}},
    [BINARY_POWER] = {{.text = "__pow__"}, {.text = "__rpow__"}},
    [BINARY_SHIFT_LEFT] = {{.text = "__lshift__"}, {.text = "__rlshift__"}},
    [BINARY_SHIFT_RIGHT] = {{.text = "__rshift__"}, {.text = "__rrshift__"}},
    [BINARY_OR] = {{.text = "__or__"}, {.text = "__ror__"}},
    [BINARY_XOR] = {{.text = "__xor__"}, {.text = "__rxor__"}},
    [BINARY_AND] = {{.text = "__and__"}, {.text = "__rand__"}},
    [BINARY_MATRIX_MULTIPLY] = {{.text = "__matmul__"}, {.text = "__rmatmul__"}},
};

/* As CPython's messages name them. */
static const char *const binary_signs[] = {
    [BINARY_ADD] = "+",
    [BINARY_SUBTRACT] = "-",
    [BINARY_MULTIPLY] = "*",
    [BINARY_DIVIDE] = "/",
    [BINARY_FLOOR_DIVIDE] = "//",
    [BINARY_MODULO] = "%",
    [BINARY_POWER] = "** or pow()",
    [BINARY_SHIFT_LEFT] = "<<",
    [BINARY_SHIFT_RIGHT] = ">>",
    [BINARY_OR] = "|",
    [BINARY_XOR] = "^",
    [BINARY_AND] = "&",
    [BINARY_MATRIX_MULTIPLY] = "@",
};

PyObject *special_raise(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    return run_raise(run, PyExc_TypeError, "unsupported operand type(s) for %s: '%.100s' and '%.100s'",
                     binary_signs[operation], Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
}

/* One whose methods are the app's own, or that has none of this name. */
static PyObject *ask_operand(Run *run, PyObject *object, Name *name, PyObject *other)
{
    PyObject *found = find_any(Py_TYPE(object), name);

    if (!found)
        return Py_NewRef(Py_NotImplemented);
    return PyFunction_Check(found) ? function_call(run, found, object, &other, 1, NULL)
                                   : run_refuse_method(run, object, name->text);
}

/* Whether all that its type knows of operators is in methods that can be found by their names. */
static bool is_of_plain_class(PyObject *object)
{
    PyObject *mro = Py_TYPE(object)->tp_mro;
    Py_ssize_t count = mro ? PyTuple_GET_SIZE(mro) : 0;

    for (Py_ssize_t i = 0; i + 1 < count; i++)
        if (!(((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_flags & Py_TPFLAGS_HEAPTYPE))
            return false;
    return count > 1 && PyTuple_GET_ITEM(mro, count - 1) == (PyObject *)&PyBaseObject_Type;
}

bool special_has_operators(PyObject *a, PyObject *b)
{
    return (kind_of(a) == KIND_OTHER && is_of_plain_class(a)) ||
           (kind_of(b) == KIND_OTHER && is_of_plain_class(b));
}

/* Whether the right operand is asked first. */
static bool is_more_special(PyObject *a, PyObject *b, Name *name)
{
    return Py_TYPE(a) != Py_TYPE(b) && PyType_IsSubtype(Py_TYPE(b), Py_TYPE(a)) &&
           find_any(Py_TYPE(a), name) != find_any(Py_TYPE(b), name);
}

/* binary_op1() in Objects/abstract.c; a builtin operand knows nothing of a class of the app. */
PyObject *special_binary(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    bool a_is_builtin = kind_of(a) != KIND_OTHER;
    bool b_is_builtin = kind_of(b) != KIND_OTHER;
    Name *names = binary_names[operation];
    bool is_b_first = !b_is_builtin && is_more_special(a, b, &names[1]);
    PyObject *answer;

    /* Sequences have more than one way to be added and repeated. */
    if ((!a_is_builtin && !is_of_plain_class(a)) || (!b_is_builtin && !is_of_plain_class(b)))
        return run_refuse_method(run, a_is_builtin ? b : a, names[0].text);
    if (is_b_first && is_implemented(answer = ask_operand(run, b, &names[1], a)))
        return answer;
    if (!a_is_builtin && is_implemented(answer = ask_operand(run, a, &names[0], b)))
        return answer;
    if (!is_b_first && !b_is_builtin && Py_TYPE(a) != Py_TYPE(b) &&
        is_implemented(answer = ask_operand(run, b, &names[1], a)))
        return answer;
    if (a_is_builtin && !kind_is_scalar(kind_of(a)))
        return run_refuse_method(
            run, b, "__index__ or __iter__"); /* it may ask the other for an index, or for its items */
    return special_raise(run, operation, a, b);
}

/* ------------------------------------------------------------------------------------------- text */

static Name str_name = {.text = "__str__"};
static Name repr_name = {.text = "__repr__"};
static Name format_name = {.text = "__format__"};

static PyObject *check_text(Run *run, PyObject *text, const char *method)
{
    if (!text || (PyUnicode_Check(text) && !plain_is_unready(text)))
        return text;
    if (PyUnicode_Check(text))
        (void)run_refuse_value(run, "a str that Python has yet to prepare");
    else
        (void)run_raise(run, PyExc_TypeError, "%s returned non-string (type %.200s)", method,
                        Py_TYPE(text)->tp_name);
    Py_DECREF(text);
    return NULL;
}

bool special_has_text(PyObject *value, bool is_repr)
{
    return find_function(value, is_repr ? &repr_name : &str_name) != NULL;
}

PyObject *special_text(Run *run, PyObject *value, bool is_repr)
{
    Name *name = is_repr ? &repr_name : &str_name;
    PyObject *function = find_function(value, name);

    if (function && repr_guard_is(function))
        return check_text(run, repr_guard_call(run, function, value), name->text);
    return check_text(run, call(run, value, name, NULL), name->text);
}

bool special_has_format(PyObject *value)
{
    return find_function(value, &format_name) != NULL;
}

PyObject *special_format(Run *run, PyObject *value, PyObject *specification)
{
    return check_text(run, call(run, value, &format_name, specification), format_name.text);
}
