#include "stub/native/compat.h"

#include "stub/native/evaluate/operators.h"
#include "stub/native/evaluate/lookup.h"
#include "stub/native/evaluate/own.h"
#include "stub/native/evaluate/plain.h"
#include "stub/native/evaluate/special.h"

/* A width or precision in a format has at most this many digits: 9999 characters. */
#define FORMAT_DIGITS_MAX 4

#define ITEMS_MAX ((Py_ssize_t)(RUN_RESULT_BYTES_MAX / sizeof(PyObject *)))

typedef PyObject *(*BinaryFunction)(PyObject *, PyObject *);

static PyObject *power(PyObject *a, PyObject *b)
{
    return PyNumber_Power(a, b, Py_None);
}

static const BinaryFunction binary_functions[] = {
    [BINARY_ADD] = PyNumber_Add,
    [BINARY_SUBTRACT] = PyNumber_Subtract,
    [BINARY_MULTIPLY] = PyNumber_Multiply,
    [BINARY_DIVIDE] = PyNumber_TrueDivide,
    [BINARY_FLOOR_DIVIDE] = PyNumber_FloorDivide,
    [BINARY_MODULO] = PyNumber_Remainder,
    [BINARY_POWER] = power,
    [BINARY_SHIFT_LEFT] = PyNumber_Lshift,
    [BINARY_SHIFT_RIGHT] = PyNumber_Rshift,
    [BINARY_OR] = PyNumber_Or,
    [BINARY_XOR] = PyNumber_Xor,
    [BINARY_AND] = PyNumber_And,
    [BINARY_MATRIX_MULTIPLY] = PyNumber_MatrixMultiply,
};

/* A result of CPython, or its exception. */
static PyObject *take(Run *run, PyObject *result)
{
    return result ? result : run_raise_pending(run);
}

static bool is_integral(Kind kind)
{
    return kind == KIND_INT || kind == KIND_BOOL;
}

static uint64_t num_bits(PyObject *value)
{
    return (uint64_t)compat_long_num_digits(value) * PyLong_SHIFT;
}

/* Charges what schoolbook arithmetic on so many digits takes. */
static bool charge_product(Run *run, uint64_t a_bits, uint64_t b_bits)
{
    return run_charge(run, 1 + (a_bits / PyLong_SHIFT + 1) * (b_bits / PyLong_SHIFT + 1) / 16);
}

static bool check_result(Run *run, uint64_t num_bytes)
{
    if (num_bytes <= RUN_RESULT_BYTES_MAX)
        return run_charge_bytes(run, num_bytes);
    (void)run_exhaust(run);
    return false;
}

/* The size of an int power or shift is that of its exponent: the one that does not fit a machine word makes
 * no result that would fit the memory, except of 0, 1 and -1. */
static bool check_power(Run *run, PyObject *base, PyObject *exponent)
{
    int overflow;
    long long count = PyLong_AsLongLongAndOverflow(exponent, &overflow);
    uint64_t bits = num_bits(base);

    if (compat_long_num_digits(base) <= 1 && (bits == 0 || compat_long_digits(base)[0] == 1))
        return run_charge(run, 64);
    if (overflow < 0 || (!overflow && count < 0))
        return run_charge(run, 1); /* a float */
    if (overflow > 0 || count > 8 * RUN_RESULT_BYTES_MAX) {
        (void)run_exhaust(run);
        return false;
    }
    if (compat_long_num_digits(base) == 1)
        bits = (uint64_t)(64 - __builtin_clzll(compat_long_digits(base)[0]));
    return check_result(run, bits * (uint64_t)count / 8) &&
           charge_product(run, bits * (uint64_t)count, bits * (uint64_t)count);
}

static bool check_shift(Run *run, PyObject *value, PyObject *count)
{
    int overflow;
    long long places = PyLong_AsLongLongAndOverflow(count, &overflow);

    if (overflow < 0 || (!overflow && places <= 0) || compat_long_num_digits(value) == 0)
        return run_charge_bytes(run, num_bits(value) / 8);
    if (overflow > 0 || places > 8 * RUN_RESULT_BYTES_MAX) {
        (void)run_exhaust(run);
        return false;
    }
    return check_result(run, (num_bits(value) + (uint64_t)places) / 8);
}

static bool check_integers(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    switch (operation) {
    case BINARY_POWER:
        return check_power(run, a, b);
    case BINARY_SHIFT_LEFT:
        return check_shift(run, a, b);
    case BINARY_MULTIPLY:
        return check_result(run, (num_bits(a) + num_bits(b)) / 8) &&
               charge_product(run, num_bits(a), num_bits(b));
    case BINARY_FLOOR_DIVIDE:
        if (!plain_check_division(run, a, b))
            return false;
        __attribute__((fallthrough));
    case BINARY_DIVIDE:
    case BINARY_MODULO:
        return check_result(run, num_bits(a) / 8) && charge_product(run, num_bits(a), num_bits(b));
    default:
        return check_result(run, (num_bits(a) + num_bits(b)) / 8);
    }
}

static uint64_t sequence_bytes(PyObject *value, Kind kind)
{
    switch (kind) {
    case KIND_TEXT:
        return (uint64_t)PyUnicode_GET_LENGTH(value) * PyUnicode_KIND(value);
    case KIND_BYTES:
        return (uint64_t)Py_SIZE(value);
    default:
        return (uint64_t)Py_SIZE(value) * sizeof(PyObject *);
    }
}

static bool is_sequence(Kind kind)
{
    return kind == KIND_TEXT || kind == KIND_BYTES || kind == KIND_LIST || kind == KIND_TUPLE;
}

static bool check_repeat(Run *run, PyObject *sequence, Kind kind, PyObject *count)
{
    int overflow;
    long long times = PyLong_AsLongLongAndOverflow(count, &overflow);
    uint64_t size = sequence_bytes(sequence, kind);

    if (size == 0 || overflow < 0 || (!overflow && times <= 0))
        return run_charge(run, 1);
    if (overflow > 0 || times > RUN_RESULT_BYTES_MAX) {
        (void)run_exhaust(run);
        return false;
    }
    return check_result(run, size * (uint64_t)times);
}

static bool check_percent_format(Run *run, PyObject *format);

/* `'...' % x` for scalars and tuples of them. */
static bool check_percent(Run *run, PyObject *format, PyObject *arguments)
{
    Kind kind = kind_of(arguments);

    /* str() of bytes warns under -b, and a warning runs what the app has put in its way. */
    if ((!kind_is_scalar(kind) && kind != KIND_TUPLE) || kind == KIND_BYTES) {
        (void)run_refuse(run);
        return false;
    }
    for (Py_ssize_t i = 0; kind == KIND_TUPLE && i < PyTuple_GET_SIZE(arguments); i++) {
        Kind item_kind = kind_of(PyTuple_GET_ITEM(arguments, i));

        if (!kind_is_scalar(item_kind) || item_kind == KIND_BYTES) {
            (void)run_refuse(run);
            return false;
        }
        if (!plain_check_decimal(run, PyTuple_GET_ITEM(arguments, i)))
            return false;
        if (item_kind == KIND_TEXT &&
            !check_result(run, sequence_bytes(PyTuple_GET_ITEM(arguments, i), item_kind)))
            return false;
    }
    return plain_check_decimal(run, arguments) &&
           (kind != KIND_TEXT || check_result(run, sequence_bytes(arguments, kind))) &&
           check_percent_format(run, format);
}

/* Sets: CPython compares elements whose hashes are equal. */
static bool check_sets(Run *run, PyObject *a, PyObject *b)
{
    if (!check_result(run,
                      (uint64_t)(((PySetObject *)a)->used + ((PySetObject *)b)->used) * sizeof(setentry)))
        return false;
    if (lookup_keys_are_plain(run, a) && lookup_keys_are_plain(run, b))
        return true;
    if (!run->outcome)
        (void)run_refuse(run);
    return false;
}

static bool check_dicts(Run *run, PyObject *a, PyObject *b)
{
    uint64_t num_items = (uint64_t)(((PyDictObject *)a)->ma_used + ((PyDictObject *)b)->ma_used);

    if (!check_result(run, num_items * sizeof(PyDictKeyEntry) * 2))
        return false;
    if (lookup_keys_are_plain(run, a) && lookup_keys_are_plain(run, b))
        return true;
    if (!run->outcome)
        (void)run_refuse(run);
    return false;
}

/* Whether CPython may be asked: its answer is then C code of builtin types, of bounded size. */
static bool check_binary(Run *run, BinaryOperator operation, PyObject *a, PyObject *b, Kind a_kind,
                         Kind b_kind)
{
    if (is_integral(a_kind) && is_integral(b_kind))
        return check_integers(run, operation, a, b);
    if (kind_is_number(a_kind) && kind_is_number(b_kind))
        return run_charge(run, 4);
    if (operation == BINARY_ADD && a_kind == b_kind && is_sequence(a_kind))
        return check_result(run, sequence_bytes(a, a_kind) * 2 + sequence_bytes(b, b_kind) * 2);
    if (operation == BINARY_MULTIPLY && is_sequence(a_kind) && is_integral(b_kind))
        return check_repeat(run, a, a_kind, b);
    if (operation == BINARY_MULTIPLY && is_sequence(b_kind) && is_integral(a_kind))
        return check_repeat(run, b, b_kind, a);
    if (operation == BINARY_MODULO && a_kind == KIND_TEXT)
        return check_percent(run, a, b);
    if (a_kind == KIND_SET && b_kind == KIND_SET)
        return check_sets(run, a, b);
    if (operation == BINARY_OR && a_kind == KIND_DICT && b_kind == KIND_DICT)
        return check_dicts(run, a, b);
    /* b'%s' % x is left out; what else two builtin types do not do together, CPython refuses with its text.
     */
    if (a_kind == KIND_OTHER || b_kind == KIND_OTHER ||
        (operation == BINARY_MODULO && a_kind == KIND_BYTES)) {
        (void)run_refuse(run);
        return false;
    }
    return run_charge(run, 4);
}

/* An instance of a subclass of int that overrides none of the operators (an IntEnum): its value. */
static PyObject *as_number(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);

    if (type != &PyLong_Type && type != &PyBool_Type && PyLong_Check(value) && type->tp_as_number &&
        memcmp(type->tp_as_number, PyLong_Type.tp_as_number, offsetof(PyNumberMethods, nb_int)) == 0)
        return _PyLong_Copy((PyLongObject *)value);
    return Py_NewRef(value);
}

PyObject *operators_binary(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    PyObject *left = as_number(a);
    PyObject *right = as_number(b);
    PyObject *result = NULL;

    if (!left || !right)
        (void)run_raise_pending(run);
    else if (special_has_operators(left, right) &&
             !(operation == BINARY_MODULO && kind_of(left) == KIND_TEXT))
        result = special_binary(run, operation, left, right);
    else if (check_binary(run, operation, left, right, kind_of(left), kind_of(right)))
        result = take(run, binary_functions[operation](left, right));
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

PyObject *operators_unary(Run *run, UnaryOperator operation, PyObject *value)
{
    Kind kind = kind_of(value);

    if (operation == UNARY_NOT) {
        int truth = plain_truth(run, value);

        return truth < 0 ? NULL : Py_NewRef(truth ? Py_False : Py_True);
    }
    if (kind == KIND_OTHER)
        return run_refuse(run);
    if (!run_charge_bytes(run, is_integral(kind) ? num_bits(value) / 8 : 1))
        return NULL;
    /* ~ of a bool warns since 3.12, and a warning runs what the app has put in its way. */
    if (operation == UNARY_INVERT && kind == KIND_BOOL)
        return take(run, PyLong_FromLong(value == Py_True ? -2 : -1));
    switch (operation) {
    case UNARY_MINUS:
        return take(run, PyNumber_Negative(value));
    case UNARY_PLUS:
        return take(run, PyNumber_Positive(value));
    default:
        return take(run, PyNumber_Invert(value));
    }
}

/* ------------------------------------------------------------------------------------- displays */

static bool may_be_kept(Run *run, PyObject *const *items, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (!own_check(run, items[i]))
            return false;
    return true;
}

PyObject *operators_tuple(Run *run, PyObject *const *items, Py_ssize_t count)
{
    PyObject *tuple;

    if (!may_be_kept(run, items, count))
        return NULL;
    tuple = PyTuple_New(count);

    for (Py_ssize_t i = 0; tuple && i < count; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(items[i]));
    return take(run, tuple);
}

PyObject *operators_list(Run *run, PyObject *const *items, Py_ssize_t count)
{
    PyObject *list;

    if (!may_be_kept(run, items, count))
        return NULL;
    list = PyList_New(count);

    for (Py_ssize_t i = 0; list && i < count; i++)
        PyList_SET_ITEM(list, i, Py_NewRef(items[i]));
    return take(run, list);
}

bool operators_append(Run *run, PyObject *list, PyObject *item)
{
    if (PyList_GET_SIZE(list) >= ITEMS_MAX) {
        (void)run_exhaust(run);
        return false;
    }
    if (!run_charge(run, 1) || !own_check(run, item))
        return false;
    if (PyList_Append(list, item) < 0) {
        (void)run_raise_pending(run);
        return false;
    }
    return true;
}

/* Checks that a key can be put into a container of ours, whose keys are all like it. */
static bool check_key(Run *run, PyObject *key, Py_ssize_t num_keys)
{
    Py_hash_t hash;

    if (num_keys >= ITEMS_MAX / 4) {
        (void)run_exhaust(run);
        return false;
    }
    if (!own_check(run, key) || !lookup_hash(run, key, &hash))
        return false;
    /* CPython will compare it with others of the same hash. */
    if (!plain_is_deep(run, key) && !run->outcome &&
        (kind_of(key) != KIND_OTHER || Py_TYPE(key)->tp_richcompare != PyBaseObject_Type.tp_richcompare))
        (void)run_refuse(run);
    return !run->outcome;
}

bool operators_add_to_set(Run *run, PyObject *set, PyObject *item)
{
    if (!check_key(run, item, PySet_GET_SIZE(set)))
        return false;
    if (PySet_Add(set, item) < 0) {
        (void)run_raise_pending(run);
        return false;
    }
    return true;
}

bool operators_add_to_dict(Run *run, PyObject *dict, PyObject *key, PyObject *value)
{
    if (!own_check(run, value) || !check_key(run, key, PyDict_GET_SIZE(dict)))
        return false;
    if (PyDict_SetItem(dict, key, value) < 0) {
        (void)run_raise_pending(run);
        return false;
    }
    return true;
}

PyObject *operators_set(Run *run, PyObject *const *items, Py_ssize_t count)
{
    PyObject *set = PySet_New(NULL);

    if (!set)
        return run_raise_pending(run);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!operators_add_to_set(run, set, items[i])) {
            Py_DECREF(set);
            return NULL;
        }
    }
    return set;
}

PyObject *operators_dict(Run *run, PyObject *const *items, Py_ssize_t count)
{
    PyObject *dict = PyDict_New();

    if (!dict)
        return run_raise_pending(run);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!operators_add_to_dict(run, dict, items[2 * i], items[2 * i + 1])) {
            Py_DECREF(dict);
            return NULL;
        }
    }
    return dict;
}

/* ----------------------------------------------------------------------------------- formatting */

/* Counts the digits of a run of them. False: the run has failed. */
static bool check_digit(Run *run, Py_UCS4 c, unsigned *num_digits)
{
    *num_digits = Py_UNICODE_ISDECIMAL(c) ? *num_digits + 1 : 0;
    if (*num_digits <= FORMAT_DIGITS_MAX)
        return true;
    (void)run_exhaust(run);
    return false;
}

/* Whether the widths and precisions of a `%` format are small and given in the text. */
static bool check_percent_format(Run *run, PyObject *format)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(format);
    unsigned num_digits = 0;
    uint64_t num_fields = 0;
    bool is_in_field = false;

    if (!run_charge(run, 1 + (uint64_t)length))
        return false;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(format, i);

        if (!is_in_field) {
            is_in_field = c == '%';
            num_fields += is_in_field;
            continue;
        }
        if (c == '*' || c == '(') {
            (void)run_refuse(run);
            return false;
        }
        if (!check_digit(run, c, &num_digits))
            return false;
        is_in_field = Py_UNICODE_ISDECIMAL(c) || (c < 0x80 && strchr("#0- +.hlL", (int)c) != NULL);
    }
    return check_result(run, (uint64_t)length * 4 + num_fields * 10000);
}

/* The same for what follows the colon in an f-string. */
static bool check_specification(Run *run, PyObject *specification)
{
    unsigned num_digits = 0;

    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(specification); i++)
        if (!check_digit(run, PyUnicode_READ_CHAR(specification, i), &num_digits))
            return false;
    return run_charge(run, 1 + (uint64_t)PyUnicode_GET_LENGTH(specification));
}

static PyObject *format_special(Run *run, PyObject *value, int conversion, PyObject *specification)
{
    PyObject *text;
    PyObject *formatted;

    if (!conversion)
        return special_format(run, value, specification);
    text = conversion == 'a' ? run_refuse(run) : special_text(run, value, conversion == 'r');
    formatted = text ? operators_format(run, text, 0, specification) : NULL;
    Py_XDECREF(text);
    return formatted;
}

PyObject *operators_format(Run *run, PyObject *value, int conversion, PyObject *specification)
{
    Kind kind = kind_of(value);
    bool is_empty = PyUnicode_GET_LENGTH(specification) == 0;
    PyObject *text;

    if (kind == KIND_OTHER && special_has_text(value))
        return format_special(run, value, conversion, specification);
    /* Of dates only str() is C code: their specifications are for strftime, which imports `time`. */
    if (!kind_is_scalar(kind) || (kind == KIND_DATE && (conversion || !is_empty)) || kind == KIND_BYTES)
        return run_refuse(run);
    if (!plain_check_decimal(run, value) || !check_specification(run, specification) ||
        !check_result(run, kind == KIND_TEXT ? sequence_bytes(value, kind) * 4 : 64) ||
        (is_integral(kind) && !charge_product(run, num_bits(value), num_bits(value))))
        return NULL;
    if (conversion == 'r' || conversion == 'a')
        text = conversion == 'r' ? PyObject_Repr(value) : PyObject_ASCII(value);
    else
        text = conversion == 's' ? PyObject_Str(value) : Py_NewRef(value);
    if (!text)
        return run_raise_pending(run);
    PyObject *formatted = PyObject_Format(text, specification);
    Py_DECREF(text);
    return take(run, formatted);
}

PyObject *operators_join(Run *run, PyObject *const *parts, Py_ssize_t count)
{
    uint64_t num_bytes = 0;
    PyObject *empty;
    PyObject *joined;

    for (Py_ssize_t i = 0; i < count; i++)
        num_bytes += (uint64_t)PyUnicode_GET_LENGTH(parts[i]) * 4;
    if (!check_result(run, num_bytes))
        return NULL;
    empty = PyUnicode_New(0, 0);
    joined = empty ? _PyUnicode_JoinArray(empty, (PyObject **)parts, count) : NULL;
    Py_XDECREF(empty);
    return take(run, joined);
}
