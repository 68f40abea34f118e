#include "stub/native/compat.h"

#include "stub/native/date_text.h"
#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/known_values.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/zones.h"

/* As kind_of(), and instances of subclasses that compare as their base does. */
Kind compare_kind(PyObject *value)
{
    static const struct {
        PyTypeObject *type;
        Kind kind;
    } bases[] = {
        {&PyLong_Type, KIND_INT},    {&PyUnicode_Type, KIND_TEXT},  {&PyFloat_Type, KIND_FLOAT},
        {&PyTuple_Type, KIND_TUPLE}, {&PyList_Type, KIND_LIST},     {&PyDict_Type, KIND_DICT},
        {&PySet_Type, KIND_SET},     {&PyFrozenSet_Type, KIND_SET}, {&PyBytes_Type, KIND_BYTES},
    };
    Kind kind = kind_of(value);

    if (kind != KIND_OTHER || plain_is_unready(value))
        return kind;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(bases); i++)
        if (Py_TYPE(value)->tp_richcompare == bases[i].type->tp_richcompare &&
            PyType_IsSubtype(Py_TYPE(value), bases[i].type))
            return bases[i].kind;
    return KIND_OTHER;
}

/* Whether == of this type is identity. */
bool compare_is_identity(PyObject *value)
{
    richcmpfunc compare = Py_TYPE(value)->tp_richcompare;

    return !compare || compare == PyBaseObject_Type.tp_richcompare;
}

static const char *const operation_texts[] = {
    [Py_LT] = "<", [Py_LE] = "<=", [Py_EQ] = "==", [Py_NE] = "!=", [Py_GT] = ">", [Py_GE] = ">=",
};

static const int swapped[] = {
    [Py_LT] = Py_GT, [Py_LE] = Py_GE, [Py_EQ] = Py_EQ, [Py_NE] = Py_NE, [Py_GT] = Py_LT, [Py_GE] = Py_LE,
};

static int raise_not_supported(Run *run, PyObject *a, PyObject *b, int operation)
{
    (void)run_raise(run, PyExc_TypeError, "'%s' not supported between instances of '%.100s' and '%.100s'",
                    operation_texts[operation], Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
    return -1;
}

/* The answer of a comparison of CPython: a bool, or NotImplemented. */
static int take_answer(Run *run, PyObject *answer, PyObject *a, PyObject *b, int operation)
{
    if (!answer) {
        (void)run_raise_pending(run);
        return -1;
    }
    int result = answer == Py_True;
    bool is_answer = answer == Py_True || answer == Py_False;
    Py_DECREF(answer);
    if (is_answer)
        return result;
    if (operation == Py_EQ || operation == Py_NE)
        return operation == Py_NE;
    return raise_not_supported(run, a, b, operation);
}

static uint64_t number_bytes(PyObject *value)
{
    return PyLong_Check(value) ? compat_long_num_digits(value) * sizeof(digit) : sizeof(double);
}

static int compare_numbers(Run *run, PyObject *a, PyObject *b, Kind a_kind, Kind b_kind, int operation)
{
    Kind widest = a_kind > b_kind ? a_kind : b_kind;
    PyTypeObject *type = widest == KIND_COMPLEX ? &PyComplex_Type
                         : widest == KIND_FLOAT ? &PyFloat_Type
                                                : &PyLong_Type;

    if (!run_charge_bytes(run, number_bytes(a) + number_bytes(b)))
        return -1;
    /* The function of a type wants a value of that type first. */
    if (a_kind == widest || type == &PyLong_Type)
        return take_answer(run, type->tp_richcompare(a, b, operation), a, b, operation);
    return take_answer(run, type->tp_richcompare(b, a, swapped[operation]), a, b, operation);
}

static int compare_with_type(Run *run, PyTypeObject *type, PyObject *a, PyObject *b, uint64_t num_bytes,
                             int operation)
{
    if (!run_charge_bytes(run, num_bytes))
        return -1;
    return take_answer(run, type->tp_richcompare(a, b, operation), a, b, operation);
}

static int order_of_sizes(Py_ssize_t a, Py_ssize_t b, int operation)
{
    switch (operation) {
    case Py_LT:
        return a < b;
    case Py_LE:
        return a <= b;
    case Py_EQ:
        return a == b;
    case Py_NE:
        return a != b;
    case Py_GT:
        return a > b;
    default:
        return a >= b;
    }
}

/* Lists and tuples: the first pair that differs decides. */
static int compare_sequences(Run *run, PyObject *a, PyObject *b, int operation)
{
    Py_ssize_t a_size = PySequence_Fast_GET_SIZE(a);
    Py_ssize_t b_size = PySequence_Fast_GET_SIZE(b);
    bool is_equality = operation == Py_EQ || operation == Py_NE;

    if (is_equality && a_size != b_size && PyList_Check(a))
        return operation == Py_NE;
    for (Py_ssize_t i = 0; i < a_size && i < b_size; i++) {
        PyObject *a_item = PySequence_Fast_GET_ITEM(a, i);
        PyObject *b_item = PySequence_Fast_GET_ITEM(b, i);
        int equal = compare_equal(run, a_item, b_item);

        if (equal < 0)
            return -1;
        if (equal)
            continue;
        return is_equality ? operation == Py_NE : compare_values(run, a_item, b_item, operation);
    }
    return order_of_sizes(a_size, b_size, operation);
}

static int dicts_are_equal(Run *run, PyObject *a, PyObject *b)
{
    DictCursor cursor;
    PyObject *key;
    PyObject *value;
    bool is_unsure;

    if (((PyDictObject *)a)->ma_used != ((PyDictObject *)b)->ma_used)
        return 0;
    dict_cursor_init(&cursor, a);
    while (dict_cursor_next(&cursor, &key, &value)) {
        if (!run_charge(run, 1))
            return -1;
        PyObject *other = dict_find(b, key, cursor.hash, compare_key, run, &is_unsure);
        int equal = is_unsure ? -1 : other ? compare_equal(run, value, other) : 0;

        if (equal != 1)
            return equal;
    }
    return 1;
}

static int is_subset(Run *run, PyObject *a, PyObject *b)
{
    SetCursor cursor;
    PyObject *key;
    bool is_unsure;

    set_cursor_init(&cursor, a);
    while (set_cursor_next(&cursor, &key)) {
        if (!run_charge(run, 1))
            return -1;
        if (!set_find(b, key, cursor.hash, compare_key, run, &is_unsure))
            return is_unsure ? -1 : 0;
    }
    return 1;
}

static int compare_sets(Run *run, PyObject *a, PyObject *b, int operation)
{
    Py_ssize_t a_size = ((PySetObject *)a)->used;
    Py_ssize_t b_size = ((PySetObject *)b)->used;

    switch (operation) {
    case Py_EQ:
        return a_size != b_size ? 0 : is_subset(run, a, b);
    case Py_NE: {
        int equal = compare_sets(run, a, b, Py_EQ);

        return equal < 0 ? -1 : !equal;
    }
    case Py_LE:
        return a_size > b_size ? 0 : is_subset(run, a, b);
    case Py_LT:
        return a_size >= b_size ? 0 : is_subset(run, a, b);
    default:
        return compare_sets(run, b, a, swapped[operation]);
    }
}

/* Whether two datetimes or times have the same tzinfo, which is then not asked. */
static bool are_in_one_zone(PyObject *a, PyObject *b)
{
    return Py_TYPE(a) == Py_TYPE(b) && date_text_is_own_type(Py_TYPE(a)) && date_text_tzinfo(a) &&
           date_text_tzinfo(a) == date_text_tzinfo(b);
}

static bool is_real(Kind kind)
{
    return kind >= KIND_BOOL && kind <= KIND_FLOAT;
}

/* Decimals with each other and with real numbers. */
static int compare_decimals(Run *run, PyObject *a, PyObject *b, int operation)
{
    PyObject *decimal = decimals_is(a) ? a : b;
    PyObject *other = decimal == a ? b : a;

    if (!decimals_check(run, a) || !decimals_check(run, b))
        return -1;
    if (PyLong_Check(other) && compat_long_num_digits(other) > 1000) {
        (void)run_exhaust(run);
        return -1;
    }
    return take_answer(
        run, Py_TYPE(decimal)->tp_richcompare(decimal, other, decimal == a ? operation : swapped[operation]),
        a, b, operation);
}

/* What a value is compared as: a new reference, or NULL: the run has failed. */
static PyObject *stand_in(Run *run, PyObject *value)
{
    if (PyByteArray_CheckExact(value))
        return iterate_to_bytes(run, value);
    return proxies_is(value) ? proxies_target(run, value) : Py_NewRef(value);
}

/* A bytearray as its bytes, a proxy as what it stands for, two deques as lists. */
static int compare_stand_ins(Run *run, PyObject *a, PyObject *b, int operation)
{
    bool are_deques = plain_is_deque(a) && plain_is_deque(b);
    PyObject *left;
    PyObject *right;
    int result = -1;

    if (!are_deques && (plain_is_deque(a) || plain_is_deque(b))) {
        (void)run_refuse_act(run, "compares a deque with something else");
        return -1;
    }
    left = are_deques ? iterate_to_list(run, a) : stand_in(run, a);
    right = are_deques ? iterate_to_list(run, b) : stand_in(run, b);
    if (left && right && run_enter(run))
        result = compare_values(run, left, right, operation);
    if (left && right)
        run_leave(run);
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

/* Datetimes with a tzinfo of the app's. One and a date are two things, whatever versions say about their
 * order. */
static int compare_in_zones(Run *run, PyObject *a, PyObject *b, Kind a_kind, Kind b_kind, int operation)
{
    bool a_is_builtin = a_kind != KIND_OTHER || zones_is_foreign(a);
    bool b_is_builtin = b_kind != KIND_OTHER || zones_is_foreign(b);

    if (zones_are_comparable(a, b))
        return zones_compare(run, a, b, operation);
    if (!a_is_builtin || !b_is_builtin)
        return special_compare(run, a, b, a_is_builtin, b_is_builtin, operation);
    if (operation == Py_EQ || operation == Py_NE)
        return operation == Py_NE;
    return raise_not_supported(run, a, b, operation);
}

/* Whether it is compared as a set is: the view of a dict's keys or items. */
static bool is_set_view(PyObject *value)
{
    return plain_view_kind(value) == VIEW_KEYS || plain_view_kind(value) == VIEW_ITEMS;
}

static int all_are_in(Run *run, PyObject *a, PyObject *b)
{
    Iteration iteration;
    PyObject *item;
    int found = 1;

    if (!iterate_begin(run, &iteration, a))
        return -1;
    while (found > 0 && (item = iterate_next(run, &iteration))) {
        found = lookup_contains(run, b, item);
        Py_DECREF(item);
    }
    iterate_end(&iteration);
    return run->outcome ? -1 : found;
}

/* dictview_richcompare() in Objects/dictobject.c */
static int compare_views(Run *run, PyObject *a, PyObject *b, int operation)
{
    Py_ssize_t a_size = plain_length(run, a);
    Py_ssize_t b_size = plain_length(run, b);
    int result;

    if (run->outcome)
        return -1;
    if (operation == Py_GT || operation == Py_GE)
        return compare_views(run, b, a, swapped[operation]);
    if (operation == Py_NE) {
        result = compare_views(run, a, b, Py_EQ);
        return result < 0 ? -1 : !result;
    }
    return order_of_sizes(a_size, b_size, operation) ? all_are_in(run, a, b) : 0;
}

static int compare_different_kinds(Run *run, PyObject *a, PyObject *b, Kind a_kind, Kind b_kind,
                                   int operation)
{
    bool are_sets =
        (is_set_view(a) && (is_set_view(b) || b_kind == KIND_SET)) || (is_set_view(b) && a_kind == KIND_SET);
    bool is_known = (a_kind != KIND_OTHER || compare_is_identity(a) || is_set_view(a)) &&
                    (b_kind != KIND_OTHER || compare_is_identity(b) || is_set_view(b));
    int result = are_in_one_zone(a, b)
                     ? take_answer(run, PyObject_RichCompare(a, b, operation), a, b, operation)
                     : known_values_compare(run, a, b, operation);

    if (result != KNOWN_VALUES_NO_ANSWER)
        return result;
    if (are_sets)
        return compare_views(run, a, b, operation);
    if (!is_known && (zones_is_foreign(a) || zones_is_foreign(b)))
        return compare_in_zones(run, a, b, a_kind, b_kind, operation);
    if (!is_known && (PyByteArray_CheckExact(a) || PyByteArray_CheckExact(b) || plain_is_deque(a) ||
                      plain_is_deque(b) || proxies_is(a) || proxies_is(b)))
        return compare_stand_ins(run, a, b, operation);
    if (!is_known)
        return special_compare(run, a, b, a_kind != KIND_OTHER, b_kind != KIND_OTHER, operation);
    if (operation == Py_EQ || operation == Py_NE)
        return (a == b) == (operation == Py_EQ);
    return raise_not_supported(run, a, b, operation);
}

static int compare_same_kind(Run *run, PyObject *a, PyObject *b, Kind kind, int operation)
{
    switch (kind) {
    case KIND_TEXT:
        return compare_with_type(run, &PyUnicode_Type, a, b,
                                 4 * (uint64_t)Py_MIN(PyUnicode_GET_LENGTH(a), PyUnicode_GET_LENGTH(b)),
                                 operation);
    case KIND_BYTES:
        return compare_with_type(run, &PyBytes_Type, a, b, (uint64_t)Py_MIN(Py_SIZE(a), Py_SIZE(b)),
                                 operation);
    case KIND_TUPLE:
    case KIND_LIST:
        return compare_sequences(run, a, b, operation);
    case KIND_DICT:
        if (operation == Py_EQ || operation == Py_NE) {
            int equal = dicts_are_equal(run, a, b);

            return equal < 0 ? -1 : equal == (operation == Py_EQ);
        }
        return raise_not_supported(run, a, b, operation);
    case KIND_SET:
        return compare_sets(run, a, b, operation);
    case KIND_DATE: /* a date and a datetime ask each other */
        return run_charge(run, 10) ? take_answer(run, PyObject_RichCompare(a, b, operation), a, b, operation)
                                   : -1;
    case KIND_RANGE: /* its numbers are ints */
        return compare_with_type(run, &PyRange_Type, a, b, 0, operation);
    default:
        break;
    }
    return compare_different_kinds(run, a, b, kind, kind, operation);
}

/* Numbers of one machine word, the most common case by far. */
static bool are_small_integers(PyObject *a, PyObject *b)
{
    return PyLong_CheckExact(a) && PyLong_CheckExact(b) && compat_long_num_digits(a) <= 2 &&
           compat_long_num_digits(b) <= 2;
}

int compare_values(Run *run, PyObject *a, PyObject *b, int operation)
{
    if (are_small_integers(a, b) && run_charge(run, 1))
        return take_answer(run, PyLong_Type.tp_richcompare(a, b, operation), a, b, operation);

    Kind a_kind = compare_kind(a);
    Kind b_kind = compare_kind(b);
    int result = -1;

    if (!run_charge(run, 1))
        return -1;
    if (kind_is_number(a_kind) && kind_is_number(b_kind))
        return compare_numbers(run, a, b, a_kind, b_kind, operation);
    if ((a_kind == KIND_DECIMAL && (b_kind == KIND_DECIMAL || is_real(b_kind))) ||
        (b_kind == KIND_DECIMAL && is_real(a_kind)))
        return compare_decimals(run, a, b, operation);
    if (a_kind != b_kind || a_kind == KIND_OTHER)
        return compare_different_kinds(run, a, b, a_kind, b_kind, operation);
    if (run_enter(run))
        result = compare_same_kind(run, a, b, a_kind, operation);
    run_leave(run);
    return result;
}

int compare_equal(Run *run, PyObject *a, PyObject *b)
{
    if (a == b)
        return run_charge(run, 1) ? 1 : -1;
    return compare_values(run, a, b, Py_EQ);
}

int compare_key(void *context, PyObject *in_table, PyObject *key)
{
    return compare_equal(context, in_table, key);
}
