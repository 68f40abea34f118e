#include "stub/native/compat.h"

#include <errno.h>

#include "stub/native/evaluate/access.h"
#include "stub/native/evaluate/calls.h"
#include "stub/native/evaluate/descriptors.h"
#include "stub/native/evaluate/function_call.h"
#include "stub/native/evaluate/iterate.h"
#include "stub/native/evaluate/methods.h"
#include "stub/native/evaluate/operators.h"
#include "stub/native/evaluate/own.h"
#include "stub/native/evaluate/plain.h"
#include "stub/native/evaluate/special.h"
#include "stub/native/text.h"

/* Digits that are read or written at once: CPython's limit, and the square of it is the work. */
#define NUMBER_CHARS_MAX 5000

typedef PyObject *(*Implementation)(Run *run, PyObject *function, PyObject *const *arguments,
                                    Py_ssize_t count);

static PyObject *bool_or_failure(int truth)
{
    return truth < 0 ? NULL : Py_NewRef(truth ? Py_True : Py_False);
}

/* Hands over to CPython: the arguments are known to be plain. */
static PyObject *call_cpython(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    PyObject *result = PyObject_Vectorcall(function, arguments, (size_t)count, NULL);

    return result ? result : run_raise_pending(run);
}

static bool are_scalars(PyObject *const *arguments, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (!kind_is_scalar(kind_of(arguments[i])))
            return false;
    return true;
}

/* abs, chr, divmod, hex, ...: of numbers and short texts. */
static PyObject *call_on_scalars(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *value = arguments[i];

        if (PyLong_CheckExact(value) && compat_long_num_digits(value) > NUMBER_CHARS_MAX / 5)
            return run_exhaust(run);
        if (PyUnicode_CheckExact(value) && text_length(value) > NUMBER_CHARS_MAX)
            return run_exhaust(run);
    }
    if (count == 2 && !plain_check_division(run, arguments[0], arguments[1]))
        return NULL;
    if (!are_scalars(arguments, count))
        return run_refuse(run);
    return run_charge(run, 100) ? call_cpython(run, function, arguments, count) : NULL;
}

static PyObject *call_round(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    int overflow = 0;

    /* round(5, -10**9) would compute 10**(10**9). */
    if (count == 2 && PyLong_CheckExact(arguments[1])) {
        long long places = PyLong_AsLongLongAndOverflow(arguments[1], &overflow);

        if (overflow || places < -400 || places > 400)
            return run_exhaust(run);
    }
    return call_on_scalars(run, function, arguments, count);
}

static PyObject *call_len(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    Py_ssize_t length;

    if (count != 1)
        return call_on_scalars(run, function, arguments, count);
    length = plain_length(run, arguments[0]);
    if (length < 0)
        return NULL;
    PyObject *number = PyLong_FromSsize_t(length);
    return number ? number : run_raise_pending(run);
}

static PyObject *any_or_all(Run *run, PyObject *container, int deciding)
{
    Iteration iteration;
    PyObject *item;
    int truth = !deciding;

    if (!iterate_begin(run, &iteration, container))
        return NULL;
    while (truth == !deciding && (item = iterate_next(run, &iteration))) {
        truth = plain_truth(run, item);
        Py_DECREF(item);
    }
    iterate_end(&iteration);
    return run->outcome ? NULL : bool_or_failure(truth);
}

static PyObject *call_any(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    return count == 1 ? any_or_all(run, arguments[0], 1) : call_on_scalars(run, function, arguments, count);
}

static PyObject *call_all(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    return count == 1 ? any_or_all(run, arguments[0], 0) : call_on_scalars(run, function, arguments, count);
}

/* sum, min, max, sorted: CPython's own, given a list of builtin values. */
static PyObject *call_on_list(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    PyObject *list;
    PyObject *result = NULL;

    if (count != 1)
        return call_on_scalars(run, function, arguments, count);
    list = iterate_to_list(run, arguments[0]);
    if (!list)
        return NULL;
    if (!plain_is_deep(run, list) && !run->outcome)
        (void)run_refuse(run);
    /* Sorting compares each with about log2 of their number. */
    if (!run->outcome && run_charge(run, (uint64_t)PyList_GET_SIZE(list) * 20))
        result = call_cpython(run, function, &list, 1);
    Py_DECREF(list);
    return result;
}

/* Adding what is no number makes something larger at every step: ''.join() is the way, and CPython says so.
 */
static PyObject *call_sum(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    PyObject *list = count == 1 ? iterate_to_list(run, arguments[0]) : NULL;
    PyObject *result = NULL;

    if (count != 1)
        return run_refuse(run);
    if (!list)
        return NULL;
    for (Py_ssize_t i = 0; !run->outcome && i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);

        if (!kind_is_scalar(kind_of(item)))
            (void)run_refuse(run);
        else if (PyLong_CheckExact(item))
            (void)run_charge_bytes(run, compat_long_num_digits(item) * sizeof(digit));
    }
    if (!run->outcome)
        result = call_cpython(run, function, &list, 1);
    Py_DECREF(list);
    return result;
}

static PyObject *call_min_or_max(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    if (count == 1)
        return call_on_list(run, function, arguments, count);
    for (Py_ssize_t i = 0; i < count; i++)
        if (!plain_is_deep(run, arguments[i]))
            return run->outcome ? NULL : run_refuse(run);
    return call_cpython(run, function, arguments, count);
}

/* ---------------------------------------------------------------------------------------- types */

/* isinstance() asks the class's metaclass and the object's __class__; both are plain unless overridden. */
static int is_instance_of(Run *run, PyObject *object, PyObject *class)
{
    static PyObject *check_name;
    static PyObject *class_name;
    bool is_unsure = false;
    PyObject *check;
    PyObject *class_field;

    if (PyTuple_CheckExact(class)) {
        int result = run_enter(run) ? 0 : -1;

        for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(class); i++)
            result = is_instance_of(run, object, PyTuple_GET_ITEM(class, i));
        run_leave(run);
        return result;
    }
    if ((PyObject *)Py_TYPE(object) == class)
        return 1;
    if (!check_name)
        check_name = PyUnicode_InternFromString("__instancecheck__");
    if (!class_name)
        class_name = PyUnicode_InternFromString("__class__");
    if (!PyType_Check(class) || !check_name || !class_name) {
        PyErr_Clear();
        (void)run_refuse(run);
        return -1;
    }
    check = type_find(Py_TYPE(class), check_name, NULL, &is_unsure);
    if (!is_unsure && check == type_find(&PyType_Type, check_name, NULL, &is_unsure) && !is_unsure) {
        if (PyType_IsSubtype(Py_TYPE(object), (PyTypeObject *)class))
            return 1;
        class_field = type_find(Py_TYPE(object), class_name, NULL, &is_unsure);
        if (!is_unsure && class_field == type_find(&PyBaseObject_Type, class_name, NULL, &is_unsure))
            return 0;
    }
    (void)run_refuse(run);
    return -1;
}

static PyObject *call_isinstance(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    if (count != 2)
        return call_on_scalars(run, function, arguments, count);
    return bool_or_failure(is_instance_of(run, arguments[0], arguments[1]));
}

static PyObject *call_type(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    (void)function;
    if (count == 1 && !own_check(run, arguments[0]))
        return NULL;
    return count == 1 ? Py_NewRef((PyObject *)Py_TYPE(arguments[0])) : run_refuse(run);
}

static PyObject *call_bool(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    if (count != 1)
        return call_on_scalars(run, function, arguments, count);
    return bool_or_failure(plain_truth(run, arguments[0]));
}

static PyObject *call_callable(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    if (count != 1)
        return call_on_scalars(run, function, arguments, count);
    return bool_or_failure(Py_TYPE(arguments[0])->tp_call != NULL ||
                           (own_is(arguments[0]) && own_kind(arguments[0]) == OWN_FUNCTION));
}

/* id() itself raises an audit event since 3.8, which is code of the app's. */
static PyObject *call_id(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    PyObject *number;

    if (count != 1)
        return call_on_scalars(run, function, arguments, count);
    number = PyLong_FromVoidPtr(arguments[0]);
    return number ? number : run_raise_pending(run);
}

/* list(x), tuple(x), set(x), frozenset(x) */
static PyObject *call_collection(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    PyObject *list;
    PyObject *result;

    if (count == 0)
        return call_cpython(run, function, arguments, 0);
    if (count != 1)
        return call_on_scalars(run, function, arguments, count);
    list = iterate_to_list(run, arguments[0]);
    if (!list || function == (PyObject *)&PyList_Type)
        return list;
    if (function == (PyObject *)&PyTuple_Type)
        result = operators_tuple(run, PySequence_Fast_ITEMS(list), PyList_GET_SIZE(list));
    else
        result = operators_set(run, PySequence_Fast_ITEMS(list), PyList_GET_SIZE(list));
    Py_DECREF(list);
    if (result && function == (PyObject *)&PyFrozenSet_Type) {
        PyObject *frozen = PyFrozenSet_New(result);

        Py_DECREF(result);
        return frozen ? frozen : run_raise_pending(run);
    }
    return result;
}

/* str(x), repr(x) */
static PyObject *call_str(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    if (count != 1)
        return call_on_scalars(run, function, arguments, count);
    /* str() of bytes warns under -b, and a warning runs what the app has put in its way. */
    if (function == (PyObject *)&PyUnicode_Type && PyBytes_Check(arguments[0]))
        return run_refuse(run);
    if (kind_of(arguments[0]) == KIND_OTHER && special_has_text(arguments[0]))
        return special_text(run, arguments[0], function != (PyObject *)&PyUnicode_Type);
    return plain_is_printable(run, arguments[0]) ? call_cpython(run, function, arguments, count) : NULL;
}

static PyObject *call_range(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (kind_of(arguments[i]) == KIND_OTHER)
            return run_refuse(run);
    return call_cpython(run, function, arguments, count);
}

static PyObject *call_getattr(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    PyObject *name;
    PyObject *value;

    if (count < 2 || count > 3 || !PyUnicode_CheckExact(arguments[1]) || plain_is_unready(arguments[1]))
        return call_on_scalars(run, function, arguments, count);
    name = arguments[1];
    (void)text_hash(name);
    value = access_attribute(run, arguments[0], name);
    if (value || count == 2 || !run_has_raised(run, PyExc_AttributeError))
        return value;
    run_recover(run);
    return Py_NewRef(arguments[2]);
}

static PyObject *call_hasattr(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count)
{
    PyObject *value;

    if (count != 2 || !PyUnicode_CheckExact(arguments[1]) || plain_is_unready(arguments[1]))
        return call_on_scalars(run, function, arguments, count);
    (void)text_hash(arguments[1]);
    value = access_attribute(run, arguments[0], arguments[1]);
    if (!value && !run_has_raised(run, PyExc_AttributeError))
        return NULL;
    run_recover(run);
    int has = value != NULL;
    Py_XDECREF(value);
    return bool_or_failure(has);
}

/* ------------------------------------------------------------------------------------- dispatch */

static const struct {
    const char *name;
    Implementation implementation;
} known_functions[] = {
    {"len", call_len},          {"isinstance", call_isinstance}, /* first, as the most used */
    {"abs", call_on_scalars},   {"all", call_all},
    {"any", call_any},          {"bin", call_on_scalars},
    {"bool", call_bool},        {"callable", call_callable},
    {"chr", call_on_scalars},   {"divmod", call_on_scalars},
    {"float", call_on_scalars}, {"frozenset", call_collection},
    {"getattr", call_getattr},  {"hasattr", call_hasattr},
    {"hex", call_on_scalars},   {"id", call_id},
    {"int", call_on_scalars},   {"list", call_collection},
    {"max", call_min_or_max},   {"min", call_min_or_max},
    {"oct", call_on_scalars},   {"ord", call_on_scalars},
    {"range", call_range},      {"repr", call_str},
    {"round", call_round},      {"set", call_collection},
    {"sorted", call_on_list},   {"str", call_str},
    {"sum", call_sum},          {"tuple", call_collection},
    {"type", call_type},
};

enum { NUM_FUNCTIONS = sizeof(known_functions) / sizeof(known_functions[0]) };

static PyObject *functions[NUM_FUNCTIONS];
static PyObject *any_function;
static PyObject *all_function;

/* Whether it is what CPython has put there, not what somebody has replaced it with. */
static bool is_original(PyObject *function)
{
    return PyCFunction_CheckExact(function) ||
           (PyType_Check(function) && !(((PyTypeObject *)function)->tp_flags & Py_TPFLAGS_HEAPTYPE));
}

int calls_init(void)
{
    PyObject *builtins = PyEval_GetBuiltins();
    int result = own_init();

    if (result != 0)
        return result;
    if (any_function || !builtins || !PyDict_Check(builtins))
        return 0;
    for (size_t i = 0; i < NUM_FUNCTIONS; i++) {
        PyObject *name = PyUnicode_InternFromString(known_functions[i].name);
        bool is_unsure;
        PyObject *function = name ? dict_find_text(builtins, name, &is_unsure) : NULL;

        if (!name) {
            PyErr_Clear();
            return -ENOMEM;
        }
        Py_DECREF(name);
        if (function && is_original(function))
            functions[i] = Py_NewRef(function);
        if (known_functions[i].implementation == call_any)
            any_function = functions[i];
        if (known_functions[i].implementation == call_all)
            all_function = functions[i];
    }
    return 0;
}

bool calls_is_any(PyObject *function)
{
    return any_function && function == any_function;
}

bool calls_is_all(PyObject *function)
{
    return all_function && function == all_function;
}

PyObject *calls_function(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count,
                         PyObject *names)
{
    PyObject *call;

    if (own_is(function) && own_kind(function) == OWN_FUNCTION)
        return own_call(run, function, arguments, count, names);
    if (PyFunction_Check(function))
        return function_call(run, function, NULL, arguments, count, names);
    if (PyMethod_Check(function) && PyFunction_Check(PyMethod_GET_FUNCTION(function)))
        return function_call(run, PyMethod_GET_FUNCTION(function), PyMethod_GET_SELF(function), arguments,
                             count, names);
    for (size_t i = 0; i < NUM_FUNCTIONS; i++)
        if (function == functions[i])
            return names ? run_refuse(run)
                         : known_functions[i].implementation(run, function, arguments, count);
    if (function == (PyObject *)&PySuper_Type && !names)
        return descriptors_super(run, arguments, count);
    call = special_find(function, "__call__");
    if (call)
        return function_call(run, call, function, arguments, count, names);
    if (kind_of(function) != KIND_OTHER)
        return run_raise(run, PyExc_TypeError, "'%.200s' object is not callable", Py_TYPE(function)->tp_name);
    return run_refuse(run);
}
