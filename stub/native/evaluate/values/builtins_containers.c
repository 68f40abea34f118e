#include "stub/native/compat.h"

#include "stub/native/evaluate/values/builtins.h"
#include "stub/native/evaluate/values/calls.h"
#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/conversions.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/rows.h"
#include "stub/native/evaluate/values/sort.h"

PyObject *builtins_len(Run *run, const Arguments *arguments)
{
    Py_ssize_t length;
    PyObject *number;

    if (!arguments_check(run, arguments, 1, 1, ""))
        return NULL;
    length = plain_length(run, arguments->values[0]);
    if (length < 0)
        return NULL;
    number = PyLong_FromSsize_t(length);
    return number ? number : run_raise_pending(run);
}

static PyObject *any_or_all(Run *run, const Arguments *arguments, int deciding)
{
    Iteration iteration;
    PyObject *item;
    int truth = !deciding;

    if (!arguments_check(run, arguments, 1, 1, "") || !iterate_begin(run, &iteration, arguments->values[0]))
        return NULL;
    while (truth == !deciding && (item = iterate_next(run, &iteration))) {
        truth = plain_truth(run, item);
        Py_DECREF(item);
    }
    iterate_end(&iteration);
    return run->outcome ? NULL : Py_NewRef(truth ? Py_True : Py_False);
}

PyObject *builtins_any(Run *run, const Arguments *arguments)
{
    return any_or_all(run, arguments, 1);
}

PyObject *builtins_all(Run *run, const Arguments *arguments)
{
    return any_or_all(run, arguments, 0);
}

/* ------------------------------------------------------------------------------------------- order and sum
 */

static PyObject *key_of(Run *run, PyObject *function, PyObject *item)
{
    return function == Py_None ? Py_NewRef(item) : calls_function(run, function, &item, 1, NULL);
}

/* The first of those that @operation says is before all others. NULL and no outcome: there are none. */
static PyObject *find_extreme(Run *run, Iteration *iteration, PyObject *function, int operation)
{
    PyObject *best = NULL;
    PyObject *best_key = NULL;
    PyObject *item;

    while (!run->outcome && (item = iterate_next(run, iteration))) {
        PyObject *key = key_of(run, function, item);
        int is_better = !key ? -1 : best ? compare_values(run, key, best_key, operation) : 1;

        if (is_better > 0) {
            Py_XSETREF(best, Py_NewRef(item));
            Py_XSETREF(best_key, Py_NewRef(key));
        }
        Py_XDECREF(key);
        Py_DECREF(item);
    }
    Py_XDECREF(best_key);
    if (run->outcome)
        Py_CLEAR(best);
    return best;
}

/* In CPython's words. */
static PyObject *raise_empty(Run *run, PyObject *function)
{
    PyObject *empty = operators_tuple(run, NULL, 0);
    PyObject *result = empty ? arguments_pass(run, &(Arguments){function, &empty, 1, NULL}) : NULL;

    Py_XDECREF(empty);
    return result;
}

static PyObject *min_or_max(Run *run, const Arguments *arguments, int operation)
{
    PyObject *function = arguments_named(arguments, "key");
    PyObject *fallback = arguments_named(arguments, "default");
    PyObject *container;
    PyObject *best = NULL;
    Iteration iteration;

    if (!arguments_check(run, arguments, 1, PY_SSIZE_T_MAX, " key default "))
        return NULL;
    container = arguments->count == 1 ? Py_NewRef(arguments->values[0])
                                      : operators_tuple(run, arguments->values, arguments->count);
    if (container && iterate_begin(run, &iteration, container)) {
        best = find_extreme(run, &iteration, function ? function : Py_None, operation);
        iterate_end(&iteration);
    }
    Py_XDECREF(container);
    if (best || run->outcome)
        return best;
    if (fallback)
        return Py_NewRef(fallback);
    return raise_empty(run, arguments->function);
}

PyObject *builtins_min(Run *run, const Arguments *arguments)
{
    return min_or_max(run, arguments, Py_LT);
}

PyObject *builtins_max(Run *run, const Arguments *arguments)
{
    return min_or_max(run, arguments, Py_GT);
}

static PyObject *keys_of(Run *run, PyObject *list, PyObject *function)
{
    PyObject *keys = operators_list(run, NULL, 0);

    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(list); i++) {
        PyObject *key = key_of(run, function, PyList_GET_ITEM(list, i));

        if (!key || !operators_append(run, keys, key))
            Py_CLEAR(keys);
        Py_XDECREF(key);
    }
    return keys;
}

PyObject *builtins_sorted(Run *run, const Arguments *arguments)
{
    PyObject *function = arguments_named(arguments, "key");
    PyObject *reverse = arguments_named(arguments, "reverse");
    PyObject *keys = NULL;
    PyObject *list;
    int is_reversed;

    if (!arguments_check(run, arguments, 1, 1, " key reverse "))
        return NULL;
    is_reversed = reverse ? plain_truth(run, reverse) : 0;
    list = is_reversed >= 0 ? iterate_to_list(run, arguments->values[0]) : NULL;
    if (list && function && function != Py_None)
        keys = keys_of(run, list, function);
    if (!run->outcome)
        (void)sort_list(run, list, keys, is_reversed);
    Py_XDECREF(keys);
    if (run->outcome)
        Py_CLEAR(list);
    return list;
}

static uint64_t num_digits(PyObject *value)
{
    return PyLong_CheckExact(value) ? (uint64_t)compat_long_num_digits(value) : 1;
}

/* Whether CPython may add them up: it has ways of its own for floats. The sum is as long as the longest of
 * them, each time one is added. */
static bool are_numbers(Run *run, PyObject *list, PyObject *start)
{
    uint64_t longest = num_digits(start);
    uint64_t sum = 0;

    if (!kind_is_number(kind_of(start)))
        return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);

        if (!kind_is_number(kind_of(item)))
            return false;
        longest = Py_MAX(longest, num_digits(item));
        sum += longest;
    }
    return run_charge_bytes(run, sum * sizeof(digit));
}

static PyObject *add_up(Run *run, PyObject *list, PyObject *start)
{
    PyObject *sum = Py_NewRef(start);

    for (Py_ssize_t i = 0; sum && i < PyList_GET_SIZE(list); i++)
        Py_SETREF(sum, operators_binary(run, BINARY_ADD, sum, PyList_GET_ITEM(list, i)));
    return sum;
}

/* ''.join() is the way, and CPython says so. */
static bool is_text(PyObject *value)
{
    return PyUnicode_Check(value) || PyBytes_Check(value) || PyByteArray_Check(value);
}

PyObject *builtins_sum(Run *run, const Arguments *arguments)
{
    PyObject *start = arguments->count == 2 ? arguments->values[1] : arguments_named(arguments, "start");
    PyObject *stack[2];
    PyObject *result = NULL;

    if (!arguments_check(run, arguments, 1, 2, " start "))
        return NULL;
    if (start && is_text(start))
        return run_raise(run, PyExc_TypeError, "sum() can't sum %s [use %s.join(seq) instead]",
                         PyUnicode_Check(start) ? "strings"
                         : PyBytes_Check(start) ? "bytes"
                                                : "bytearray",
                         PyUnicode_Check(start) ? "''" : "b''");
    stack[0] = iterate_to_list(run, arguments->values[0]);
    stack[1] = start ? Py_NewRef(start) : PyLong_FromLong(0);
    if (stack[0] && stack[1]) {
        bool is_quick = are_numbers(run, stack[0], stack[1]);

        if (is_quick)
            result = arguments_pass(run, &(Arguments){arguments->function, stack, 2, NULL});
        else if (!run->outcome)
            result = add_up(run, stack[0], stack[1]);
    }
    Py_XDECREF(stack[0]);
    Py_XDECREF(stack[1]);
    return result;
}

/* -------------------------------------------------------------------------------------------- making some */

PyObject *builtins_list(Run *run, const Arguments *arguments)
{
    PyObject *type = arguments->function;
    PyObject *list;
    PyObject *result;

    if (!arguments_check(run, arguments, 0, 1, ""))
        return NULL;
    if (arguments->count == 0)
        return arguments_pass(run, arguments);
    if (type == (PyObject *)&PySet_Type || type == (PyObject *)&PyFrozenSet_Type) {
        result = operators_set(run, NULL, 0);
        if (result && !iterate_into_set(run, arguments->values[0], result))
            Py_CLEAR(result);
        if (result && type == (PyObject *)&PyFrozenSet_Type) {
            Py_SETREF(result, PyFrozenSet_New(result));
            if (!result)
                return run_raise_pending(run);
        }
        return result;
    }
    list = iterate_to_list(run, arguments->values[0]);
    if (!list || type == (PyObject *)&PyList_Type)
        return list;
    result = operators_tuple(run, PySequence_Fast_ITEMS(list), PyList_GET_SIZE(list));
    Py_DECREF(list);
    return result;
}

/* dict([(key, value), ..]) */
static bool add_pairs(Run *run, PyObject *dict, PyObject *container)
{
    Iteration iteration;
    PyObject *item;

    if (!iterate_begin(run, &iteration, container))
        return false;
    while (!run->outcome && (item = iterate_next(run, &iteration))) {
        PyObject *pair = iterate_to_list(run, item);

        if (pair && PyList_GET_SIZE(pair) != 2)
            (void)run_raise(run, PyExc_ValueError,
                            "dictionary update sequence element #%zd has length %zd; 2 is required",
                            PyDict_GET_SIZE(dict), PyList_GET_SIZE(pair));
        else if (pair)
            (void)operators_add_to_dict(run, dict, PyList_GET_ITEM(pair, 0), PyList_GET_ITEM(pair, 1));
        Py_XDECREF(pair);
        Py_DECREF(item);
    }
    iterate_end(&iteration);
    return !run->outcome;
}

static bool fill_dict(Run *run, PyObject *dict, PyObject *container)
{
    int has_keys =
        compat_dict_type(container) || Py_TYPE(container) == &PyDictProxy_Type || rows_is_mapping(container)
            ? 1
            : iterate_has_keys(run, container);

    if (has_keys < 0)
        return false;
    return has_keys ? iterate_into_dict(run, container, dict) : add_pairs(run, dict, container);
}

PyObject *builtins_dict(Run *run, const Arguments *arguments)
{
    PyObject *dict;
    Py_ssize_t num_named = arguments->names ? PyTuple_GET_SIZE(arguments->names) : 0;

    if (arguments->count > 1)
        return run_raise(run, PyExc_TypeError, "dict expected at most 1 argument, got %zd", arguments->count);
    dict = operators_dict(run, NULL, 0);
    if (dict && arguments->count == 1 && !fill_dict(run, dict, arguments->values[0]))
        Py_CLEAR(dict);
    for (Py_ssize_t i = 0; dict && i < num_named; i++)
        if (!operators_add_to_dict(run, dict, PyTuple_GET_ITEM(arguments->names, i),
                                   arguments->values[arguments->count + i]))
            Py_CLEAR(dict);
    return dict;
}

PyObject *builtins_range(Run *run, const Arguments *arguments)
{
    PyObject *values[3] = {NULL};
    PyObject *result = NULL;

    if (!arguments_check(run, arguments, 1, 3, ""))
        return NULL;
    for (Py_ssize_t i = 0; i < arguments->count && !run->outcome; i++) {
        PyObject *value = arguments->values[i];

        if (kind_of(value) == KIND_OTHER)
            values[i] = conversions_call(run, value, "__index__");
        if (!values[i])
            values[i] = Py_NewRef(value);
    }
    if (!run->outcome)
        result =
            arguments_pass_scalars(run, &(Arguments){arguments->function, values, arguments->count, NULL});
    for (Py_ssize_t i = 0; i < 3; i++)
        Py_XDECREF(values[i]);
    return result;
}
