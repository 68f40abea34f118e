#include "stub/native/compat.h"

#include "stub/native/date_text.h"
#include "stub/native/evaluate/values/bases.h"
#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/conversions.h"
#include "stub/native/evaluate/values/dates.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/flags.h"
#include "stub/native/evaluate/values/fractions.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/percent.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/texts.h"
#include "stub/native/evaluate/values/zones.h"
#include "stub/native/known.h"

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

    /* 0, 1 or -1: a multiplication for each bit of the exponent. */
    if (compat_long_num_digits(base) <= 1 && (bits == 0 || compat_long_digits(base)[0] == 1))
        return run_charge(run, 64 + num_bits(exponent));
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

/* Whether they are datetimes in the same zone, or one and something builtin, which CPython adds if it is a
 * timedelta: the zone, which may be code of the app's, is not asked. */
static bool dates_ask_no_zone(PyObject *a, PyObject *b)
{
    PyObject *a_zone = date_text_tzinfo(a);
    PyObject *b_zone = date_text_tzinfo(b);

    if ((a_zone && !date_text_is_own_type(Py_TYPE(a))) || (b_zone && !date_text_is_own_type(Py_TYPE(b))))
        return false;
    if (a_zone && b_zone)
        return a_zone == b_zone;
    return (a_zone && kind_of(b) != KIND_OTHER) || (b_zone && kind_of(a) != KIND_OTHER);
}

/* CPython compares keys, and elements of sets, whose hashes are equal. */
static bool check_keys(Run *run, PyObject *container)
{
    if (lookup_keys_are_plain(run, container))
        return true;
    if (!run->outcome)
        (void)run_refuse_act(run, "would ask objects of the app whether they are equal");
    return false;
}

static bool check_sets(Run *run, PyObject *a, PyObject *b)
{
    uint64_t num_items = (uint64_t)(((PySetObject *)a)->used + ((PySetObject *)b)->used);

    return check_result(run, num_items * sizeof(setentry)) && check_keys(run, a) && check_keys(run, b);
}

static bool check_dicts(Run *run, PyObject *a, PyObject *b)
{
    uint64_t num_items = (uint64_t)(((PyDictObject *)a)->ma_used + ((PyDictObject *)b)->ma_used);

    return check_result(run, num_items * sizeof(PyDictKeyEntry) * 2) && check_keys(run, a) &&
           check_keys(run, b);
}

/* A Decimal and a number; with anything else CPython says that it cannot. */
static bool check_decimals(Run *run, PyObject *a, PyObject *b, Kind a_kind, Kind b_kind)
{
    PyObject *other = a_kind == KIND_DECIMAL ? b : a;

    if (a_kind == KIND_OTHER || b_kind == KIND_OTHER) {
        (void)run_refuse_method(run, a_kind == KIND_OTHER ? a : b, "__radd__ and the like");
        return false;
    }
    if (PyLong_CheckExact(other) && compat_long_num_digits(other) > 500) {
        (void)run_exhaust(run);
        return false;
    }
    return decimals_check(run, a) && decimals_check(run, b);
}

static const struct {
    const char *method;
    size_t slot; /* in PyNumberMethods */
} operator_slots[] = {
    [BINARY_ADD] = {"__add__", offsetof(PyNumberMethods, nb_add)},
    [BINARY_SUBTRACT] = {"__sub__", offsetof(PyNumberMethods, nb_subtract)},
    [BINARY_MULTIPLY] = {"__mul__", offsetof(PyNumberMethods, nb_multiply)},
    [BINARY_DIVIDE] = {"__truediv__", offsetof(PyNumberMethods, nb_true_divide)},
    [BINARY_FLOOR_DIVIDE] = {"__floordiv__", offsetof(PyNumberMethods, nb_floor_divide)},
    [BINARY_MODULO] = {"__mod__", offsetof(PyNumberMethods, nb_remainder)},
    [BINARY_POWER] = {"__pow__", offsetof(PyNumberMethods, nb_power)},
    [BINARY_SHIFT_LEFT] = {"__lshift__", offsetof(PyNumberMethods, nb_lshift)},
    [BINARY_SHIFT_RIGHT] = {"__rshift__", offsetof(PyNumberMethods, nb_rshift)},
    [BINARY_OR] = {"__or__", offsetof(PyNumberMethods, nb_or)},
    [BINARY_XOR] = {"__xor__", offsetof(PyNumberMethods, nb_xor)},
    [BINARY_AND] = {"__and__", offsetof(PyNumberMethods, nb_and)},
    [BINARY_MATRIX_MULTIPLY] = {"__matmul__", offsetof(PyNumberMethods, nb_matrix_multiply)},
};

/* Whether the operator asks the type anything. */
static bool has_operator(PyTypeObject *type, BinaryOperator operation)
{
    PySequenceMethods *sequence = type->tp_as_sequence;

    if (type->tp_as_number && *(void **)((char *)type->tp_as_number + operator_slots[operation].slot))
        return true;
    return sequence && ((operation == BINARY_ADD && sequence->sq_concat) ||
                        (operation == BINARY_MULTIPLY && sequence->sq_repeat));
}

/* Values that are of no builtin type. */
static bool check_others(Run *run, BinaryOperator operation, PyObject *a, PyObject *b, Kind a_kind,
                         Kind b_kind)
{
    PyObject *culprit = a_kind == KIND_OTHER && has_operator(Py_TYPE(a), operation)   ? a
                        : b_kind == KIND_OTHER && has_operator(Py_TYPE(b), operation) ? b
                                                                                      : NULL;

    if (!culprit || dates_ask_no_zone(a, b))
        return true;
    (void)run_refuse_method(run, culprit, operator_slots[operation].method);
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
    if (a_kind == KIND_SET && b_kind == KIND_SET)
        return check_sets(run, a, b);
    if (operation == BINARY_OR && a_kind == KIND_DICT && b_kind == KIND_DICT)
        return check_dicts(run, a, b);
    /* b'%s' % x is left out; what else two builtin types do not do together, CPython refuses with its text.
     */
    if (operation == BINARY_MODULO && a_kind == KIND_BYTES) {
        (void)run_refuse_act(run, "formats bytes");
        return false;
    }
    if (a_kind == KIND_DECIMAL || b_kind == KIND_DECIMAL)
        return check_decimals(run, a, b, a_kind, b_kind);
    return check_others(run, operation, a, b, a_kind, b_kind) && run_charge(run, 4);
}

/* Neither is of a builtin kind that CPython may be asked about. */
static PyObject *binary_of_others(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    PyObject *result = flags_binary(run, operation, a, b);

    if (!result && !run->outcome && (fractions_is(a) || fractions_is(b)))
        result = fractions_binary(run, operation, a, b);
    return result || run->outcome ? result : special_binary(run, operation, a, b);
}

static void *number_slot(PyTypeObject *type, size_t slot)
{
    return type->tp_as_number ? *(void **)((char *)type->tp_as_number + slot) : NULL;
}

/* Whether the operator finds in a subclass what it finds in its base: where it is a number, and where it is a
 * sequence or a count. */
static bool has_operator_of(PyTypeObject *type, PyTypeObject *base, BinaryOperator operation)
{
    static const PySequenceMethods none;
    const PySequenceMethods *own = type->tp_as_sequence ? type->tp_as_sequence : &none;
    const PySequenceMethods *of_base = base->tp_as_sequence ? base->tp_as_sequence : &none;

    return number_slot(type, operator_slots[operation].slot) ==
               number_slot(base, operator_slots[operation].slot) &&
           number_slot(type, offsetof(PyNumberMethods, nb_index)) ==
               number_slot(base, offsetof(PyNumberMethods, nb_index)) &&
           own->sq_concat == of_base->sq_concat && own->sq_repeat == of_base->sq_repeat;
}

/* An instance of a subclass of int, float or str that does not override the operator (an IntEnum): its value.
 */
static PyObject *as_base(Run *run, BinaryOperator operation, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    PyTypeObject *base;

    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) ||
        !(type->tp_flags & (Py_TPFLAGS_LONG_SUBCLASS | Py_TPFLAGS_UNICODE_SUBCLASS)))
        return Py_NewRef(value);
    base = PyLong_Check(value) ? &PyLong_Type : &PyUnicode_Type;
    if (operation == BINARY_MODULO && base == &PyUnicode_Type)
        return Py_NewRef(value);
    if (!has_operator_of(type, base, operation) || plain_is_unready(value))
        return Py_NewRef(value);
    return bases_copy(run, value);
}

/* A set of what is in it. */
static PyObject *set_of(Run *run, PyObject *container)
{
    PyObject *set = operators_set(run, NULL, 0);

    if (set && !iterate_into_set(run, container, set))
        Py_CLEAR(set);
    return set;
}

/* `mapping.keys() & other`: the result is a set, and the other may be any container. */
static PyObject *binary_of_view(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    PyObject *left = set_of(run, a);
    PyObject *right = left ? set_of(run, b) : NULL;
    PyObject *result = right ? operators_binary(run, operation, left, right) : NULL;

    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

static bool is_set_view(PyObject *value)
{
    return plain_view_kind(value) == VIEW_KEYS || plain_view_kind(value) == VIEW_ITEMS;
}

static bool is_of_sets(BinaryOperator operation)
{
    return operation == BINARY_AND || operation == BINARY_OR || operation == BINARY_XOR ||
           operation == BINARY_SUBTRACT;
}

PyObject *operators_binary(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    if (is_of_sets(operation) && (is_set_view(a) || is_set_view(b)))
        return binary_of_view(run, operation, a, b);
    if (operation == BINARY_MODULO && kind_of(a) == KIND_TEXT)
        return percent_format(run, a, b);

    if (operation == BINARY_SUBTRACT && zones_are_comparable(a, b))
        return zones_subtract(run, a, b);

    PyObject *left = as_base(run, operation, a);
    PyObject *right = left ? as_base(run, operation, b) : NULL;
    PyObject *result = NULL;

    if (!left || !right)
        ;
    else if (special_has_operators(left, right) || known_is_enum(left) || known_is_enum(right))
        result = binary_of_others(run, operation, left, right);
    else if (check_binary(run, operation, left, right, kind_of(left), kind_of(right)))
        result = run_take(run, binary_functions[operation](left, right));
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

static PyObject *call_unary(Run *run, UnaryOperator operation, PyObject *value)
{
    switch (operation) {
    case UNARY_MINUS:
        return run_take(run, PyNumber_Negative(value));
    case UNARY_PLUS:
        return run_take(run, PyNumber_Positive(value));
    default:
        return run_take(run, PyNumber_Invert(value));
    }
}

/* What has no such operator, CPython says. */
static PyObject *unary_of_other(Run *run, UnaryOperator operation, PyObject *value)
{
    static const char *const methods[] = {"__neg__", "__pos__", "__invert__"};
    PyObject *result = operation == UNARY_INVERT ? flags_invert(run, value) : NULL;

    if (!result && !run->outcome)
        result = conversions_call(run, value, methods[operation]);
    return result || run->outcome ? result : call_unary(run, operation, value);
}

PyObject *operators_unary(Run *run, UnaryOperator operation, PyObject *value)
{
    Kind kind = kind_of(value);

    if (operation == UNARY_NOT) {
        int truth = plain_truth(run, value);

        return run_truth(truth < 0 ? truth : !truth);
    }
    if (kind == KIND_OTHER)
        return unary_of_other(run, operation, value);
    if (!decimals_check(run, value) || !run_charge_bytes(run, is_integral(kind) ? num_bits(value) / 8 : 1))
        return NULL;
    /* ~ of a bool warns since 3.12, and a warning runs what the app has put in its way. */
    if (operation == UNARY_INVERT && kind == KIND_BOOL)
        return run_take(run, PyLong_FromLong(value == Py_True ? -2 : -1));
    return call_unary(run, operation, value);
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
    return run_take(run, tuple);
}

PyObject *operators_list(Run *run, PyObject *const *items, Py_ssize_t count)
{
    PyObject *list;

    if (!may_be_kept(run, items, count))
        return NULL;
    list = PyList_New(count);

    for (Py_ssize_t i = 0; list && i < count; i++)
        PyList_SET_ITEM(list, i, Py_NewRef(items[i]));
    return run_take(run, list);
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

bool operators_append_made(Run *run, PyObject *list, PyObject *consumed)
{
    bool is_added = consumed && operators_append(run, list, consumed);

    if (!consumed && !run->outcome)
        (void)run_raise_pending(run);
    Py_XDECREF(consumed);
    return is_added;
}

/* Whether CPython compares it with any other of these without running code in Python. */
static bool is_compared_in_c(Run *run, PyObject *key)
{
    return kind_is_scalar(compare_kind(key)) || (kind_of(key) == KIND_OTHER && compare_is_identity(key)) ||
           plain_is_deep(run, key);
}

/* What a key meets in a container of ours. */
typedef struct Meeting {
    Run *run;
    PyObject *equal; /* the key that is equal and not the same, borrowed; NULL: there is none */
    bool is_refused; /* CPython would ask one of the same hash whether it is equal */
} Meeting;

/* As a KeyCompare. */
static int meet(void *context, PyObject *in_table, PyObject *key)
{
    Meeting *self = context;
    int equal = compare_equal(self->run, in_table, key);

    if (equal > 0)
        self->equal = in_table;
    else if (equal == 0 && !(is_compared_in_c(self->run, in_table) && is_compared_in_c(self->run, key)))
        self->is_refused = true;
    return equal;
}

/* Checks that a key can be put into a container of ours, of so many keys. */
static bool check_key(Run *run, PyObject *key, Py_ssize_t num_keys, Py_hash_t *ret_hash)
{
    if (num_keys >= ITEMS_MAX / 4) {
        (void)run_exhaust(run);
        return false;
    }
    return own_check(run, key) && lookup_hash(run, key, ret_hash);
}

static bool has_met(Run *run, const Meeting *meeting, PyObject *key, bool is_unsure)
{
    if (!run->outcome && (is_unsure || meeting->is_refused))
        (void)run_refuse_method(run, key, "__eq__");
    return !run->outcome;
}

/* The hash is in the dict already, and a set takes it from there. */
static bool add_with_hash(Run *run, PyObject *set, PyObject *item, Py_hash_t hash)
{
    PyObject *dict = PyDict_New();
    bool is_added =
        dict && _PyDict_SetItem_KnownHash(dict, item, Py_None, hash) == 0 && _PySet_Update(set, dict) == 0;

    Py_XDECREF(dict);
    if (!is_added)
        (void)run_raise_pending(run);
    return is_added;
}

bool operators_add_to_set(Run *run, PyObject *set, PyObject *item)
{
    Meeting meeting = {.run = run};
    bool is_unsure = false;
    Py_hash_t hash;
    int is_plain;

    if (!check_key(run, item, PySet_GET_SIZE(set), &hash))
        return false;
    if (set_find(set, item, hash, meet, &meeting, &is_unsure))
        return !run->outcome;
    is_plain = has_met(run, &meeting, item, is_unsure) ? lookup_has_plain_hash(run, item) : -1;
    if (is_plain < 0)
        return false;
    if (!is_plain)
        return add_with_hash(run, set, item, hash);
    if (PySet_Add(set, item) < 0) {
        (void)run_raise_pending(run);
        return false;
    }
    return true;
}

bool operators_add_to_dict(Run *run, PyObject *dict, PyObject *key, PyObject *value)
{
    Meeting meeting = {.run = run};
    bool is_unsure = false;
    Py_hash_t hash;

    if (!own_check(run, value) || !check_key(run, key, PyDict_GET_SIZE(dict), &hash))
        return false;
    (void)dict_find(dict, key, hash, meet, &meeting, &is_unsure);
    if (!has_met(run, &meeting, key, is_unsure))
        return false;
    /* The first of two equal keys stays. */
    if (_PyDict_SetItem_KnownHash(dict, meeting.equal ? meeting.equal : key, value, hash) < 0) {
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

/* Of what follows the colon in an f-string. */
static bool check_specification(Run *run, PyObject *specification)
{
    unsigned num_digits = 0;

    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(specification); i++)
        if (!check_digit(run, PyUnicode_READ_CHAR(specification, i), &num_digits))
            return false;
    return run_charge(run, 1 + (uint64_t)PyUnicode_GET_LENGTH(specification));
}

/* What format() would do is str(), as class object has it. */
static bool formats_as_object(PyObject *value)
{
    return plain_inherits(Py_TYPE(value), &PyBaseObject_Type, "__format__");
}

/* Of what a LocalProxy stands for. */
static PyObject *format_of_proxy(Run *run, PyObject *proxy, PyObject *specification)
{
    PyObject *target = proxies_target(run, proxy);
    PyObject *text = target ? operators_format(run, target, 0, specification) : NULL;

    Py_XDECREF(target);
    return text;
}

static PyObject *format_converted(Run *run, PyObject *value, int conversion, PyObject *specification)
{
    PyObject *text = conversion == 'r'   ? texts_repr(run, value)
                     : conversion == 'a' ? texts_ascii(run, value)
                                         : texts_str(run, value);
    PyObject *formatted;

    if (!text || PyUnicode_GET_LENGTH(specification) == 0)
        return text;
    formatted =
        check_result(run, sequence_bytes(text, KIND_TEXT) * 4) ? PyObject_Format(text, specification) : NULL;
    Py_DECREF(text);
    return run->outcome ? NULL : run_take(run, formatted);
}

PyObject *operators_format(Run *run, PyObject *value, int conversion, PyObject *specification)
{
    Kind kind = kind_of(value);
    bool is_empty = PyUnicode_GET_LENGTH(specification) == 0;

    if (!check_specification(run, specification))
        return NULL;
    if (conversion)
        return format_converted(run, value, conversion, specification);
    if (is_empty && fractions_is(value) && fractions_formats_as_text(value))
        return texts_str(run, value);
    if (kind == KIND_OTHER && proxies_is(value) && !formats_as_object(value))
        return format_of_proxy(run, value, specification);
    if (kind == KIND_OTHER) {
        PyObject *text = bases_format(run, value, specification);

        if (text || run->outcome)
            return text;
    }
    if (kind == KIND_OTHER && special_has_format(value))
        return special_format(run, value, specification);
    if (!is_empty && (kind == KIND_DATE || kind == KIND_OTHER) && dates_have_strftime(value))
        return dates_strftime(run, value, specification);
    if (is_empty &&
        (kind == KIND_DATE || zones_is_foreign(value) || kind == KIND_BYTES || formats_as_object(value)))
        return texts_str(run, value);
    if (!is_empty && formats_as_object(value))
        return run_raise(run, PyExc_TypeError, "unsupported format string passed to %.200s.__format__",
                         Py_TYPE(value)->tp_name);
    if (!kind_is_scalar(kind) && kind != KIND_DECIMAL)
        return run_refuse_method(run, value, "__format__");
    if (!decimals_check_plain(run, value) || !plain_check_decimal(run, value) ||
        !check_result(run, kind == KIND_TEXT ? sequence_bytes(value, kind) * 4 : 64) ||
        (is_integral(kind) && !charge_product(run, num_bits(value), num_bits(value))))
        return NULL;
    return run_take(run, PyObject_Format(value, specification));
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
    return run_take(run, joined);
}
