#include "stub/native/compat.h"

#include "stub/native/date_text.h"
#include "stub/native/evaluate/access.h"
#include "stub/native/evaluate/calls.h"
#include "stub/native/evaluate/function_call.h"
#include "stub/native/evaluate/iterate.h"
#include "stub/native/evaluate/methods.h"
#include "stub/native/evaluate/operators.h"
#include "stub/native/evaluate/compare.h"
#include "stub/native/evaluate/lookup.h"
#include "stub/native/evaluate/plain.h"

#define ARGUMENTS_MAX 4

typedef struct Call {
    PyObject *object;
    PyObject *name;
    PyTypeObject *type; /* the builtin one, of which the object may be a subclass's */
    PyObject *const *arguments;
    Py_ssize_t count;
} Call;

typedef PyObject *(*Implementation)(Run *run, const Call *call);

/* Hands over to CPython: the method of the builtin type itself, which a subclass was seen not to override. */
static PyObject *call_cpython(Run *run, const Call *call)
{
    PyObject *stack[1 + ARGUMENTS_MAX] = {call->object};
    bool is_unsure;
    PyObject *method = type_find(call->type, call->name, NULL, &is_unsure);
    PyObject *result;

    if (call->count > ARGUMENTS_MAX || !method)
        return run_refuse(run);
    for (Py_ssize_t i = 0; i < call->count; i++)
        stack[i + 1] = call->arguments[i];
    result = PyObject_Vectorcall(method, stack, (size_t)call->count + 1, NULL);
    return result ? result : run_raise_pending(run);
}

/* Arguments that are plain texts and numbers, or a tuple of texts ("startswith"). */
static bool check_arguments(Run *run, const Call *call)
{
    for (Py_ssize_t i = 0; i < call->count; i++) {
        Kind kind = kind_of(call->arguments[i]);
        bool is_plain = kind_is_scalar(kind);

        if (kind == KIND_TUPLE)
            is_plain = PyTuple_GET_SIZE(call->arguments[i]) < 100 && plain_is_deep(run, call->arguments[i]);
        if (!is_plain) {
            if (!run->outcome)
                (void)run_refuse(run);
            return false;
        }
    }
    return true;
}

static uint64_t num_bytes(PyObject *value)
{
    if (PyUnicode_Check(value)) {
        CompatText chars = compat_text(value);

        return (uint64_t)chars.length * (uint64_t)chars.kind;
    }
    return PyBytes_Check(value) ? (uint64_t)Py_SIZE(value) : 8;
}

/* Methods that read the object, or make something no larger than a few times its size. */
static PyObject *call_reading(Run *run, const Call *call)
{
    if (!check_arguments(run, call) || !run_charge_bytes(run, num_bytes(call->object) * 4))
        return NULL;
    return call_cpython(run, call);
}

/* startswith(), endswith(): the length of the object does not matter. */
static PyObject *call_prefix(Run *run, const Call *call)
{
    return check_arguments(run, call) && run_charge_bytes(run, 4096) ? call_cpython(run, call) : NULL;
}

static PyObject *call_copying(Run *run, const Call *call)
{
    /* upper() of one character may be three; split() makes a str of 50 bytes of each. */
    if (num_bytes(call->object) * 3 > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return call_reading(run, call);
}

static PyObject *call_splitting(Run *run, const Call *call)
{
    if (num_bytes(call->object) * 60 > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return call_reading(run, call);
}

/* Without arguments: an encoding is looked up in a table of the app's. */
static PyObject *call_coding(Run *run, const Call *call)
{
    return call->count == 0 ? call_copying(run, call) : run_refuse(run);
}

/* ljust(width, ..), center, rjust, zfill */
static PyObject *call_padding(Run *run, const Call *call)
{
    int overflow = 0;
    long long width = call->count > 0 && PyLong_CheckExact(call->arguments[0])
                          ? PyLong_AsLongLongAndOverflow(call->arguments[0], &overflow)
                          : 0;

    if (overflow || width > RUN_RESULT_BYTES_MAX / 4)
        return run_exhaust(run);
    return call_copying(run, call);
}

static PyObject *call_replace(Run *run, const Call *call)
{
    uint64_t size = num_bytes(call->object);
    uint64_t addition = call->count > 1 ? num_bytes(call->arguments[1]) : 0;

    if (size > RUN_RESULT_BYTES_MAX || addition > RUN_RESULT_BYTES_MAX ||
        (size + 1) * (addition + 4) > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return call_reading(run, call);
}

static PyObject *call_join(Run *run, const Call *call)
{
    PyObject *list = call->count == 1 ? iterate_to_list(run, call->arguments[0]) : run_refuse(run);
    uint64_t size = 0;
    PyObject *result = NULL;

    if (!list)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *part = PyList_GET_ITEM(list, i);

        if (kind_of(part) == KIND_OTHER)
            (void)run_refuse(run);
        size += 4 * (num_bytes(part) + num_bytes(call->object));
    }
    if (!run->outcome && size > RUN_RESULT_BYTES_MAX)
        (void)run_exhaust(run);
    if (!run->outcome && run_charge_bytes(run, size))
        result = call_cpython(run, &(Call){call->object, call->name, call->type, &list, 1});
    Py_DECREF(list);
    return result;
}

static PyObject *call_dict_get(Run *run, const Call *call)
{
    PyObject *value;

    if (call->count < 1 || call->count > 2)
        return call_reading(run, call);
    value = lookup_find(run, call->object, call->arguments[0]);
    if (run->outcome)
        return NULL;
    return Py_NewRef(value ? value : call->count == 2 ? call->arguments[1] : Py_None);
}

/* keys(), values(), items() */
static PyObject *call_view(Run *run, const Call *call)
{
    return call->count == 0 ? call_cpython(run, call) : call_reading(run, call);
}

static PyObject *call_index_or_count(Run *run, const Call *call)
{
    bool is_count = PyUnicode_CompareWithASCIIString(call->name, "count") == 0;
    Py_ssize_t count = 0;
    char text[200];
    PyObject *result;

    if (call->count != 1)
        return run_refuse(run);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(call->object); i++) {
        int equal = compare_equal(run, PySequence_Fast_GET_ITEM(call->object, i), call->arguments[0]);

        if (equal < 0)
            return NULL;
        if (equal && !is_count) {
            count = i;
            result = PyLong_FromSsize_t(count);
            return result ? result : run_raise_pending(run);
        }
        count += equal;
    }
    if (!is_count)
        return PyList_Check(call->object)
                   ? run_raise(run, PyExc_ValueError, "%s is not in list",
                               plain_repr(run, call->arguments[0], text, sizeof(text)))
                   : run_raise(run, PyExc_ValueError, "tuple.index(x): x not in tuple");
    result = PyLong_FromSsize_t(count);
    return result ? result : run_raise_pending(run);
}

/* list.copy(), dict.copy(), set.copy() */
static PyObject *call_copy(Run *run, const Call *call)
{
    Py_ssize_t length = plain_length(run, call->object);

    if (call->count != 0)
        return run_refuse(run);
    if ((uint64_t)length * 32 > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return run_charge(run, (uint64_t)length) ? call_cpython(run, call) : NULL;
}

/* The algebra of sets, with sets. */
static PyObject *call_set_algebra(Run *run, const Call *call)
{
    uint64_t num_elements = (uint64_t)((PySetObject *)call->object)->used;

    for (Py_ssize_t i = 0; i < call->count; i++) {
        if (kind_of(call->arguments[i]) != KIND_SET || !lookup_keys_are_plain(run, call->arguments[i]))
            return run->outcome ? NULL : run_refuse(run);
        num_elements += (uint64_t)((PySetObject *)call->arguments[i])->used;
    }
    if (!lookup_keys_are_plain(run, call->object))
        return run->outcome ? NULL : run_refuse(run);
    if (num_elements * sizeof(setentry) > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return run_charge(run, num_elements * 2) ? call_cpython(run, call) : NULL;
}

static PyObject *call_number(Run *run, const Call *call)
{
    return call->count == 0 && run_charge_bytes(run, 4096) ? call_cpython(run, call)
           : run->outcome                                  ? NULL
                                                           : run_refuse(run);
}

/* ------------------------------------------------------------------------------------- dispatch */

typedef struct Known {
    const char *names; /* separated by spaces */
    Implementation implementation;
} Known;

static const Known of_text[] = {
    {" count find index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric "
     "isprintable isspace istitle isupper rfind rindex ",
     call_reading},
    {" endswith startswith ", call_prefix},
    {" capitalize casefold lower lstrip removeprefix removesuffix rstrip strip swapcase title upper ",
     call_copying},
    {" split rsplit splitlines partition rpartition ", call_splitting},
    {" center ljust rjust zfill ", call_padding},
    {" encode ", call_coding},
    {" replace ", call_replace},
    {" join ", call_join},
    {NULL, NULL},
};

static const Known of_bytes[] = {
    {" count find index isalnum isalpha isascii isdigit islower isspace istitle isupper rfind rindex ",
     call_reading},
    {" endswith startswith ", call_prefix},
    {" capitalize hex lower lstrip removeprefix removesuffix rstrip strip swapcase title upper ",
     call_copying},
    {" split rsplit splitlines partition rpartition ", call_splitting},
    {" decode ", call_coding},
    {NULL, NULL},
};

static const Known of_dict[] = {
    {" get ", call_dict_get},
    {" items keys values ", call_view},
    {" copy ", call_copy},
    {NULL, NULL},
};

static const Known of_list[] = {{" count index ", call_index_or_count}, {" copy ", call_copy}, {NULL, NULL}};
static const Known of_tuple[] = {{" count index ", call_index_or_count}, {NULL, NULL}};

static const Known of_set[] = {
    {" difference intersection isdisjoint issubset issuperset symmetric_difference union ", call_set_algebra},
    {" copy ", call_copy},
    {NULL, NULL},
};

static const Known of_int[] = {{" bit_count bit_length conjugate as_integer_ratio is_integer ", call_number},
                               {NULL, NULL}};
static const Known of_float[] = {{" conjugate as_integer_ratio is_integer hex ", call_number}, {NULL, NULL}};
static const Known of_complex[] = {{" conjugate ", call_number}, {NULL, NULL}};

/* C code of the module's own, without tzinfo; strftime is not, and timetuple imports. */
static const Known of_date[] = {
    {" ctime date isocalendar isoformat isoweekday time toordinal total_seconds weekday ", call_number},
    {NULL, NULL},
};

static const struct {
    Kind kind;
    PyTypeObject *type; /* NULL: the object's own */
    const Known *methods;
} known_types[] = {
    {KIND_TEXT, &PyUnicode_Type, of_text},       {KIND_BYTES, &PyBytes_Type, of_bytes},
    {KIND_DICT, &PyDict_Type, of_dict},          {KIND_LIST, &PyList_Type, of_list},
    {KIND_TUPLE, &PyTuple_Type, of_tuple},       {KIND_SET, &PySet_Type, of_set},
    {KIND_SET, &PyFrozenSet_Type, of_set},       {KIND_INT, &PyLong_Type, of_int},
    {KIND_BOOL, &PyLong_Type, of_int},           {KIND_FLOAT, &PyFloat_Type, of_float},
    {KIND_COMPLEX, &PyComplex_Type, of_complex}, {KIND_DATE, NULL, of_date},
};

/* Whether getting the method from an instance of a subclass gives the builtin type's: nothing stands before
 * it. */
static bool is_inherited(PyObject *object, PyTypeObject *base, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(object);
    bool is_unsure = false;
    PyObject *method = type_find(base, name, NULL, &is_unsure);

    if (is_unsure || !method || type->tp_getattro != PyObject_GenericGetAttr ||
        type_find(type, name, NULL, &is_unsure) != method || is_unsure)
        return false;
    return !object_has_dict(type) || (!object_find(object, name, &is_unsure) && !is_unsure);
}

static Implementation find_by_name(const Known *known, PyObject *name)
{
    char word[32];

    if (PyUnicode_GET_LENGTH(name) > (Py_ssize_t)sizeof(word) - 3 || !PyUnicode_IS_ASCII(name))
        return NULL;
    snprintf(word, sizeof(word), " %s ", (const char *)PyUnicode_1BYTE_DATA(name));
    for (; known->names; known++)
        if (strstr(known->names, word))
            return known->implementation;
    return NULL;
}

static Implementation find_method(PyObject *object, Kind kind, PyObject *name, PyTypeObject **ret_type)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(known_types); i++) {
        PyTypeObject *type = known_types[i].type;
        bool is_of_it = kind != KIND_OTHER
                            ? kind == known_types[i].kind && (!type || PyObject_TypeCheck(object, type))
                            : type && PyObject_TypeCheck(object, type) && is_inherited(object, type, name);

        if (is_of_it) {
            *ret_type = type ? type : Py_TYPE(object);
            return find_by_name(known_types[i].methods, name);
        }
    }
    return NULL;
}

/* Whether the type has no such method at all: then CPython says so, in its words. */
static bool is_missing(PyObject *object, PyObject *name)
{
    bool is_unsure;

    return !type_find(Py_TYPE(object), name, NULL, &is_unsure) && !is_unsure;
}

/* Whatever the attribute is: a function of a module, a method of the app's own. */
static PyObject *call_of_app(Run *run, const Call *call, PyObject *names)
{
    PyObject *self;
    PyObject *function = access_method(run, call->object, call->name, &self);
    PyObject *result;

    if (!function)
        return NULL;
    result = self ? function_call(run, function, self, call->arguments, call->count, names)
                  : calls_function(run, function, call->arguments, call->count, names);
    Py_DECREF(function);
    return result;
}

PyObject *methods_call(Run *run, PyObject *object, PyObject *name, PyObject *const *arguments,
                       Py_ssize_t count, PyObject *names)
{
    Kind kind = kind_of(object);
    Call call = {object, name, NULL, arguments, count};
    Implementation implementation = find_method(object, kind, name, &call.type);

    if (!run_charge(run, 4))
        return NULL;
    if (plain_is_unready(object))
        return run_refuse(run);
    if (implementation)
        return names ? run_refuse(run) : implementation(run, &call);
    if (kind != KIND_OTHER && is_missing(object, name))
        return access_attribute(run, object, name);
    return call_of_app(run, &call, names);
}
