#include "stub/native/compat.h"

#include "stub/native/date_text.h"
#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/bases.h"
#include "stub/native/evaluate/values/calls.h"
#include "stub/native/evaluate/values/dates.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/formats.h"
#include "stub/native/evaluate/values/fractions.h"
#include "stub/native/evaluate/functions/function_call.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/match.h"
#include "stub/native/evaluate/values/methods.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/patterns.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/search.h"
#include "stub/native/evaluate/values/slots.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/stored.h"
#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/zones.h"

#define ARGUMENTS_MAX 4

typedef struct Call {
    PyObject *object;
    PyObject *name;
    PyTypeObject *type;         /* the builtin one, of which the object may be a subclass's */
    PyObject *const *arguments; /* @count by place, then those that have names */
    Py_ssize_t count;
    PyObject *names; /* NULL: none */
} Call;

typedef PyObject *(*Implementation)(Run *run, const Call *call);

static Py_ssize_t num_arguments(const Call *call)
{
    return call->count + (call->names ? PyTuple_GET_SIZE(call->names) : 0);
}

/* Hands over to CPython: the method of the builtin type itself, which a subclass was seen not to override. */
static PyObject *call_cpython(Run *run, const Call *call)
{
    PyObject *stack[1 + ARGUMENTS_MAX] = {call->object};
    Py_ssize_t num_all = num_arguments(call);
    bool is_unsure;
    PyObject *method = type_find(call->type, call->name, NULL, &is_unsure);
    PyObject *result;

    if (num_all > ARGUMENTS_MAX || !method)
        return run_refuse_act(run, "is given too many arguments");
    for (Py_ssize_t i = 0; i < num_all; i++)
        stack[i + 1] = call->arguments[i];
    result = PyObject_Vectorcall(method, stack, (size_t)call->count + 1, call->names);
    return run_take(run, result);
}

/* Arguments that are plain texts and numbers, or a tuple of texts ("startswith"). */
static bool check_arguments(Run *run, const Call *call)
{
    for (Py_ssize_t i = 0; i < num_arguments(call); i++) {
        Kind kind = kind_of(call->arguments[i]);
        bool is_plain = kind_is_scalar(kind);

        if (kind == KIND_TUPLE)
            is_plain = PyTuple_GET_SIZE(call->arguments[i]) < 100 && plain_is_deep(run, call->arguments[i]);
        if (!is_plain) {
            if (!run->outcome)
                (void)run_refuse_value(run, "a %.80s, which it may ask for a method of its own",
                                       Py_TYPE(call->arguments[i])->tp_name);
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

static bool has_word(const char *words, PyObject *name)
{
    char word[40];

    if (PyUnicode_GET_LENGTH(name) > (Py_ssize_t)sizeof(word) - 3 || !PyUnicode_IS_ASCII(name))
        return false;
    snprintf(word, sizeof(word), " %s ", (const char *)PyUnicode_1BYTE_DATA(name));
    return strstr(words, word) != NULL;
}

/* What is searched for, or stripped off: the first argument, also by its name. NULL: it is not given. */
static PyObject *wanted_part(const Call *call)
{
    if (call->count > 0)
        return call->arguments[0];
    return arguments_named(&(Arguments){NULL, call->arguments, call->count, call->names}, "sep");
}

/* Charges a search, where the method makes one. */
static bool charge_search(Run *run, const Call *call)
{
    PyObject *part = wanted_part(call);

    if (!part ||
        !has_word(" count find index partition replace rfind rindex rpartition rsplit split ", call->name))
        return true;
    return search_check(run, call->object, part, has_word(" rfind rindex rpartition rsplit ", call->name));
}

/* Methods that read the object, or make something no larger than a few times its size. */
static PyObject *call_reading(Run *run, const Call *call)
{
    if (!check_arguments(run, call) || !run_charge_bytes(run, num_bytes(call->object) * 4) ||
        !charge_search(run, call))
        return NULL;
    return call_cpython(run, call);
}

static uint64_t compared_bytes(PyObject *object, PyObject *prefix)
{
    uint64_t sum = 0;

    if (!PyTuple_CheckExact(prefix))
        return Py_MIN(num_bytes(object), num_bytes(prefix));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(prefix); i++)
        sum += Py_MIN(num_bytes(object), num_bytes(PyTuple_GET_ITEM(prefix, i)));
    return sum;
}

/* startswith(), endswith(): the length of the object does not matter. */
static PyObject *call_prefix(Run *run, const Call *call)
{
    uint64_t sum = call->count > 0 ? compared_bytes(call->object, call->arguments[0]) : 0;

    return check_arguments(run, call) && run_charge_bytes(run, 4096 + sum) ? call_cpython(run, call) : NULL;
}

static PyObject *call_copying(Run *run, const Call *call)
{
    /* upper() of one character may be three; split() makes a str of 50 bytes of each. */
    if (num_bytes(call->object) * 3 > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return call_reading(run, call);
}

/* strip(chars) and its like: each character of the object is looked for in the others. */
static PyObject *call_stripping(Run *run, const Call *call)
{
    PyObject *chars = call->count > 0 ? call->arguments[0] : NULL;
    bool is_long = chars && (PyUnicode_Check(chars) || PyBytes_Check(chars));

    if (is_long && !run_charge_bytes(run, num_bytes(call->object) * num_bytes(chars)))
        return NULL;
    return call_copying(run, call);
}

static PyObject *call_splitting(Run *run, const Call *call)
{
    if (num_bytes(call->object) * 60 > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return call_reading(run, call);
}

static bool is_one_of(PyObject *text, const char *const *words)
{
    for (; *words; words++)
        if (PyUnicode_Check(text) && compat_text_is_ready(text) &&
            PyUnicode_CompareWithASCIIString(text, *words) == 0)
            return true;
    return false;
}

/* What to do about errors, and the functions that CPython has for it: the table in Python/codecs.c. */
static const struct {
    const char *name;
    const char *function;
} handlers[] = {
    {"strict", "strict_errors"},
    {"ignore", "ignore_errors"},
    {"replace", "replace_errors"},
    {"surrogateescape", "surrogateescape"},
};

/* It is looked up, "strict" too, where the app can put another function. */
static bool are_handlers_original(void)
{
    bool are_original = true;

    for (size_t i = 0; i < Py_ARRAY_LENGTH(handlers) && are_original; i++) {
        PyObject *handler = PyCodec_LookupError(handlers[i].name);

        are_original = handler && PyCFunction_CheckExact(handler) &&
                       strcmp(((PyCFunctionObject *)handler)->m_ml->ml_name, handlers[i].function) == 0;
        Py_XDECREF(handler);
        PyErr_Clear();
    }
    return are_original;
}

/* encode(encoding, errors), decode(encoding, errors) */
static bool is_about_errors(const Call *call, Py_ssize_t index)
{
    return index < call->count ? index == 1
                               : PyUnicode_CompareWithASCIIString(
                                     PyTuple_GET_ITEM(call->names, index - call->count), "errors") == 0;
}

/* Any other encoding is looked up in a table of the app's, and so is what to do with errors. CPython knows
 * these by their names. */
static PyObject *call_coding(Run *run, const Call *call)
{
    static const char *const encodings[] = {"utf-8",   "utf8",       "UTF-8", "UTF8",     "ascii",
                                            "latin-1", "iso-8859-1", "ASCII", "us-ascii", NULL};
    static const char *const names[] = {"strict", "ignore", "replace", "surrogateescape", NULL};

    if (num_arguments(call) > 2)
        return run_raise(run, PyExc_TypeError, "too many arguments");
    for (Py_ssize_t i = 0; i < num_arguments(call); i++)
        if (!is_one_of(call->arguments[i], is_about_errors(call, i) ? names : encodings))
            return run_refuse_act(run, "looks an encoding up, which may be code of the app");
    if (!are_handlers_original())
        return run_refuse_act(run, "looks up what to do about errors, which may be code of the app");
    return call_copying(run, call);
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

/* A tab may become so many spaces. */
static PyObject *call_expandtabs(Run *run, const Call *call)
{
    int overflow = 0;
    long long width = num_arguments(call) > 0 && PyLong_CheckExact(call->arguments[0])
                          ? PyLong_AsLongLongAndOverflow(call->arguments[0], &overflow)
                          : 8;
    uint64_t size = num_bytes(call->object);

    if (overflow > 0 || width > RUN_RESULT_BYTES_MAX || size > RUN_RESULT_BYTES_MAX ||
        (width > 0 && size * (uint64_t)width > RUN_RESULT_BYTES_MAX))
        return run_exhaust(run);
    return call_copying(run, call);
}

static PyObject *call_format(Run *run, const Call *call)
{
    return formats_call(run, call->object, call->arguments, call->count, call->names);
}

/* As a method of class str that classes of Python's own call, e.g. enum's. */
static PyObject *call_dunder_format(Run *run, const Call *call)
{
    PyObject *copy;
    PyObject *text = NULL;

    if (call->count != 1 || call->names || !PyUnicode_CheckExact(call->arguments[0]) ||
        plain_is_unready(call->arguments[0]))
        return run_refuse_act(run, "is given no str");
    copy = kind_of(call->object) == KIND_OTHER ? bases_copy(run, call->object) : Py_NewRef(call->object);
    if (copy)
        text = operators_format(run, copy, 0, call->arguments[0]);
    Py_XDECREF(copy);
    return text || run->outcome ? text : run_refuse_act(run, "formats something else");
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
    PyObject *list = call->count == 1 ? iterate_to_list(run, call->arguments[0]) : call_reading(run, call);
    uint64_t size = 0;
    PyObject *result = NULL;

    if (!list || call->count != 1)
        return list;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *part = PyList_GET_ITEM(list, i);

        if (kind_of(part) == KIND_OTHER && !(PyUnicode_Check(part) && !plain_is_unready(part)))
            (void)run_refuse_value(run, "a %.80s among the texts", Py_TYPE(part)->tp_name);
        size += 4 * (num_bytes(part) + num_bytes(call->object));
    }
    if (!run->outcome && size > RUN_RESULT_BYTES_MAX)
        (void)run_exhaust(run);
    if (!run->outcome && run_charge_bytes(run, size))
        result = call_cpython(run, &(Call){call->object, call->name, call->type, &list, 1, NULL});
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

/* Of a class of the app, which calls its base's. */
static PyObject *call_dict_subscript(Run *run, const Call *call)
{
    PyObject *value;

    if (call->count != 1)
        return run_refuse_act(run, "is given something else than a key");
    value = lookup_find(run, call->object, call->arguments[0]);
    if (value || run->outcome)
        return Py_XNewRef(value);
    if (special_find(call->object, "__missing__") || Py_TYPE(call->object)->tp_base == &PyODict_Type)
        return run_refuse_act(run, "would run `__missing__`");
    return run_raise(run, PyExc_KeyError, "%s", "");
}

static PyObject *call_dict_contains(Run *run, const Call *call)
{
    PyObject *value;

    if (call->count != 1)
        return run_refuse_act(run, "is given something else than a key");
    value = lookup_find(run, call->object, call->arguments[0]);
    return run->outcome ? NULL : Py_NewRef(value ? Py_True : Py_False);
}

/* Of views of dicts: whether none of the items is in it. */
static PyObject *call_isdisjoint(Run *run, const Call *call)
{
    Iteration iteration;
    PyObject *item;
    int found = 0;

    if (call->count != 1 || call->names)
        return run_raise(run, PyExc_TypeError, "isdisjoint() takes exactly one argument (%zd given)",
                         call->count);
    if (!iterate_begin(run, &iteration, call->arguments[0]))
        return NULL;
    while (found == 0 && (item = iterate_next(run, &iteration))) {
        found = lookup_contains(run, call->object, item);
        Py_DECREF(item);
    }
    iterate_end(&iteration);
    return run->outcome ? NULL : Py_NewRef(found ? Py_False : Py_True);
}

/* keys(), values(), items() */
static PyObject *call_view(Run *run, const Call *call)
{
    return call->count == 0 ? call_cpython(run, call) : call_reading(run, call);
}

/* list.index(), tuple.index() and those of a range: @start and @stop may be given. */
static PyObject *call_index(Run *run, const Call *call)
{
    Py_ssize_t begin = 0;
    Py_ssize_t end = PySequence_Fast_GET_SIZE(call->object);
    char text[200];

    if (call->count < 1 || call->count > 3)
        return run_raise(run, PyExc_TypeError, "index expected 1 to 3 arguments, got %zd", call->count);
    for (Py_ssize_t i = 1; i < call->count; i++)
        if (!PyLong_CheckExact(call->arguments[i]))
            return run_refuse_value(run, "a %.80s", Py_TYPE(call->arguments[i])->tp_name);
    if (call->count > 1) {
        PyObject *slice =
            PySlice_New(call->arguments[1], call->count > 2 ? call->arguments[2] : Py_None, NULL);
        Py_ssize_t step = 1;

        if (!slice || PySlice_Unpack(slice, &begin, &end, &step) < 0) {
            Py_XDECREF(slice);
            return run_raise_pending(run);
        }
        (void)PySlice_AdjustIndices(PySequence_Fast_GET_SIZE(call->object), &begin, &end, step);
        Py_DECREF(slice);
    }
    for (Py_ssize_t i = begin; i < end; i++) {
        int equal = compare_equal(run, PySequence_Fast_GET_ITEM(call->object, i), call->arguments[0]);

        if (equal < 0)
            return NULL;
        if (equal)
            return run_take(run, PyLong_FromSsize_t(i));
    }
    return PyList_Check(call->object) ? run_raise(run, PyExc_ValueError, "%s is not in list",
                                                  plain_repr(run, call->arguments[0], text, sizeof(text)))
                                      : run_raise(run, PyExc_ValueError, "tuple.index(x): x not in tuple");
}

static PyObject *call_count(Run *run, const Call *call)
{
    Py_ssize_t count = 0;

    if (call->count != 1)
        return run_raise(run, PyExc_TypeError, "count() takes exactly one argument (%zd given)", call->count);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(call->object); i++) {
        int equal = compare_equal(run, PySequence_Fast_GET_ITEM(call->object, i), call->arguments[0]);

        if (equal < 0)
            return NULL;
        count += equal;
    }
    return run_take(run, PyLong_FromSsize_t(count));
}

/* Those of a range compute, if they are given an int. */
static PyObject *call_of_range(Run *run, const Call *call)
{
    if (call->count != 1 || !PyLong_CheckExact(call->arguments[0]))
        return run_refuse_act(run, "may ask its argument what it is equal to");
    return run_charge(run, 100) ? call_cpython(run, call) : NULL;
}

/* list.copy(), dict.copy(), set.copy(). Of an instance of a subclass CPython may ask that for its keys, or
 * make another. */
static PyObject *call_copy(Run *run, const Call *call)
{
    Py_ssize_t length;

    if (Py_TYPE(call->object) != call->type)
        return run_refuse_act(run, "may run methods of a %.80s", Py_TYPE(call->object)->tp_name);
    length = plain_length(run, call->object);
    if (call->count != 0)
        return call_reading(run, call);
    if (length < 0)
        return NULL;
    if ((uint64_t)length * 32 > RUN_RESULT_BYTES_MAX)
        return run_exhaust(run);
    return run_charge(run, (uint64_t)length) ? call_cpython(run, call) : NULL;
}

static PyObject *set_of(Run *run, PyObject *container)
{
    PyObject *set;

    if (kind_of(container) == KIND_SET) {
        if (lookup_keys_are_plain(run, container))
            return Py_NewRef(container);
        return run->outcome ? NULL
                            : run_refuse_act(run, "would ask objects of the app whether they are equal");
    }
    set = operators_set(run, NULL, 0);
    if (set && !iterate_into_set(run, container, set))
        Py_CLEAR(set);
    return set;
}

/* The algebra of sets, with any containers. */
static PyObject *call_set_algebra(Run *run, const Call *call)
{
    PyObject *sets[ARGUMENTS_MAX];
    Py_ssize_t count = 0;
    uint64_t num_elements = (uint64_t)((PySetObject *)call->object)->used;
    PyObject *result = NULL;

    if (call->count > ARGUMENTS_MAX)
        return run_refuse_act(run, "is given more than %d arguments", ARGUMENTS_MAX);
    while (count < call->count && !run->outcome) {
        sets[count] = set_of(run, call->arguments[count]);
        if (sets[count])
            num_elements += (uint64_t)((PySetObject *)sets[count++])->used;
    }
    if (!run->outcome && num_elements * sizeof(setentry) > RUN_RESULT_BYTES_MAX)
        (void)run_exhaust(run);
    if (!run->outcome && !lookup_keys_are_plain(run, call->object) && !run->outcome)
        (void)run_refuse_act(run, "would ask objects of the app whether they are equal");
    if (!run->outcome && run_charge(run, num_elements * 2))
        result = call_cpython(run, &(Call){call->object, call->name, call->type, sets, count, NULL});
    while (count > 0)
        Py_DECREF(sets[--count]);
    return result;
}

/* Of numbers and dates: their fields, and other values made of them. */
static PyObject *call_number(Run *run, const Call *call)
{
    if (!check_arguments(run, call) || !run_charge_bytes(run, 4096))
        return NULL;
    if (PyLong_Check(call->object) && compat_long_num_digits(call->object) > 10000)
        return run_exhaust(run);
    return call_cpython(run, call);
}

/* int.to_bytes(length, ..): an array of that length is made. */
static PyObject *call_to_bytes(Run *run, const Call *call)
{
    for (Py_ssize_t i = 0; i < num_arguments(call); i++) {
        int overflow = 0;

        if (PyLong_CheckExact(call->arguments[i]) &&
            (PyLong_AsLongLongAndOverflow(call->arguments[i], &overflow) > RUN_RESULT_BYTES_MAX ||
             overflow > 0))
            return run_exhaust(run);
    }
    return call_number(run, call);
}

static PyObject *call_strftime(Run *run, const Call *call)
{
    if (num_arguments(call) != 1)
        return run_raise(run, PyExc_TypeError, "strftime() takes exactly 1 argument (%zd given)",
                         call->count);
    if (!dates_have_strftime(call->object))
        return run_raise(run, PyExc_AttributeError, "'%.100s' object has no attribute 'strftime'",
                         Py_TYPE(call->object)->tp_name);
    return dates_strftime(run, call->object, call->arguments[0]);
}

/* replace(tzinfo=..) keeps a tzinfo of any class, astimezone() asks it. */
static PyObject *call_with_zone(Run *run, const Call *call)
{
    const Arguments arguments = {call->object, call->arguments, call->count, call->names};
    Py_ssize_t count = num_arguments(call);

    if (count == 0 || !zones_is_tzinfo(call->arguments[count - 1]) ||
        kind_of(call->arguments[count - 1]) == KIND_DATE)
        return call_number(run, call);
    if (PyUnicode_CompareWithASCIIString(call->name, "replace") == 0)
        return zones_call(run, call->object, call->name, &arguments);
    return count == 1 ? dates_in_zone(run, call->object, call->arguments[0]) : call_number(run, call);
}

/* Of a Decimal: in the run's own decimal context. */
static PyObject *call_decimal(Run *run, const Call *call)
{
    for (Py_ssize_t i = 0; i < num_arguments(call); i++) {
        PyObject *value = call->arguments[i];

        if (!kind_is_scalar(kind_of(value)) && !decimals_is(value))
            return run_refuse_value(run, "a %.80s", Py_TYPE(value)->tp_name);
        if (!decimals_check_plain(run, value))
            return NULL;
    }
    return decimals_check_plain(run, call->object) && run_charge(run, 200) ? call_cpython(run, call) : NULL;
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
    {" capitalize casefold lower removeprefix removesuffix swapcase title upper ", call_copying},
    {" lstrip rstrip strip ", call_stripping},
    {" split rsplit splitlines partition rpartition ", call_splitting},
    {" center ljust rjust zfill ", call_padding},
    {" expandtabs ", call_expandtabs},
    {" encode ", call_coding},
    {" replace ", call_replace},
    {" join ", call_join},
    {" format ", call_format},
    {" __format__ ", call_dunder_format},
    {NULL, NULL},
};

static const Known of_bytes[] = {
    {" count find index isalnum isalpha isascii isdigit islower isspace istitle isupper rfind rindex ",
     call_reading},
    {" endswith startswith ", call_prefix},
    {" capitalize hex lower removeprefix removesuffix swapcase title upper ", call_copying},
    {" lstrip rstrip strip ", call_stripping},
    {" split rsplit splitlines partition rpartition ", call_splitting},
    {" center ljust rjust zfill ", call_padding},
    {" decode ", call_coding},
    {" replace ", call_replace},
    {" join ", call_join},
    {NULL, NULL},
};

static const Known of_dict[] = {
    {" get ", call_dict_get},
    {" __getitem__ ", call_dict_subscript},
    {" __contains__ ", call_dict_contains},
    {" items keys values ", call_view},
    {" copy ", call_copy},
    {NULL, NULL},
};

/* Of an OrderedDict, whose views are of its own. */
static const Known of_odict[] = {{" get ", call_dict_get}, {" items keys values ", call_view}, {NULL, NULL}};

static const Known of_list[] = {
    {" count ", call_count}, {" index ", call_index}, {" copy ", call_copy}, {NULL, NULL}};
static const Known of_tuple[] = {{" count ", call_count}, {" index ", call_index}, {NULL, NULL}};
static const Known of_range[] = {{" count index ", call_of_range}, {NULL, NULL}};

static const Known of_set[] = {
    {" difference intersection isdisjoint issubset issuperset symmetric_difference union ", call_set_algebra},
    {" copy ", call_copy},
    {NULL, NULL},
};

static const Known of_view[] = {{" isdisjoint ", call_isdisjoint}, {NULL, NULL}};

static const Known of_int[] = {{" bit_count bit_length conjugate as_integer_ratio is_integer ", call_number},
                               {" to_bytes ", call_to_bytes},
                               {" __format__ ", call_dunder_format},
                               {NULL, NULL}};
static const Known of_float[] = {{" conjugate as_integer_ratio is_integer hex ", call_number},
                                 {" __format__ ", call_dunder_format},
                                 {NULL, NULL}};
static const Known of_complex[] = {{" conjugate ", call_number}, {NULL, NULL}};

/* C code of the module's own, also with a tzinfo in C. timetuple() imports, timestamp() of a time without a
 * zone asks the system. */
static const Known of_date[] = {
    {" ctime date dst fromutc isocalendar isoformat isoweekday time timestamp timetz toordinal total_seconds "
     "tzname utcoffset weekday ",
     call_number},
    {" astimezone replace ", call_with_zone},
    {" strftime ", call_strftime},
    {NULL, NULL},
};

static const Known of_decimal[] = {
    {" adjusted as_integer_ratio as_tuple canonical compare compare_total conjugate copy_abs copy_negate "
     "copy_sign "
     "exp fma is_canonical is_finite is_infinite is_nan is_normal is_qnan is_signed is_snan is_subnormal "
     "is_zero "
     "ln log10 logb max max_mag min min_mag next_minus next_plus normalize number_class quantize radix "
     "remainder_near same_quantum scaleb sqrt to_eng_string to_integral to_integral_value ",
     call_decimal},
    {NULL, NULL},
};

static const struct {
    Kind kind;
    PyTypeObject *type; /* NULL: the object's own */
    const Known *methods;
} known_types[] = {
    {KIND_TEXT, &PyUnicode_Type, of_text},
    {KIND_BYTES, &PyBytes_Type, of_bytes},
    {KIND_DICT, &PyDict_Type, of_dict},
    {KIND_OTHER, &PyODict_Type, of_odict},
    {KIND_OTHER, &PyDictKeys_Type, of_view},
    {KIND_OTHER, &PyDictItems_Type, of_view},
    {KIND_LIST, &PyList_Type, of_list},
    {KIND_TUPLE, &PyTuple_Type, of_tuple},
    {KIND_SET, &PySet_Type, of_set},
    {KIND_SET, &PyFrozenSet_Type, of_set},
    {KIND_INT, &PyLong_Type, of_int},
    {KIND_BOOL, &PyLong_Type, of_int},
    {KIND_FLOAT, &PyFloat_Type, of_float},
    {KIND_COMPLEX, &PyComplex_Type, of_complex},
    {KIND_DATE, NULL, of_date},
    {KIND_RANGE, &PyRange_Type, of_range},
    {KIND_DECIMAL, NULL, of_decimal},
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
    for (; known->names; known++)
        if (has_word(known->names, name))
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

static bool is_container(PyObject *object, Kind kind)
{
    return kind == KIND_LIST || kind == KIND_DICT || kind == KIND_SET || PyList_Check(object) ||
           compat_dict_type(object) || PyAnySet_Check(object) || PyByteArray_Check(object) ||
           plain_is_deque(object);
}

/* Whether it is a method in C that changes a container. */
static bool is_changing(PyObject *object, Kind kind, PyObject *name)
{
    static const char words[] =
        " append extend insert remove pop clear sort reverse update setdefault popitem add discard "
        "difference_update intersection_update symmetric_difference_update move_to_end appendleft popleft "
        "extendleft rotate ";
    bool is_unsure = false;
    PyObject *method;

    if (!is_container(object, kind) || !has_word(words, name))
        return false;
    method = type_find(Py_TYPE(object), name, NULL, &is_unsure);
    return method && !is_unsure && !PyFunction_Check(method);
}

static PyObject *call_slot(Run *run, PyObject *slot, PyObject *self, const Call *call)
{
    PyObject *stack[1 + ARGUMENTS_MAX] = {self};

    if (call->count > ARGUMENTS_MAX || call->names)
        return run_refuse_act(run, "is given more than %d arguments", ARGUMENTS_MAX);
    for (Py_ssize_t i = 0; i < call->count; i++)
        stack[i + 1] = call->arguments[i];
    return slots_call(run, &(Arguments){slot, stack, call->count + 1, NULL});
}

/* Whatever the attribute is: a function of a module, a method of the app's own. */
static PyObject *call_of_app(Run *run, const Call *call)
{
    PyObject *self;
    PyObject *function = access_method(run, call->object, call->name, &self);
    PyObject *result = NULL;

    if (!function)
        return NULL;
    if (fractions_is(call->object) && call->count <= 1 && !call->names &&
        PyUnicode_CompareWithASCIIString(call->name, "limit_denominator") == 0)
        result = fractions_limit(run, call->object, call->count ? call->arguments[0] : NULL);
    if (result || run->outcome) {
        Py_DECREF(function);
        return result;
    }
    if (self && slots_is(function))
        result = call_slot(run, function, self, call);
    else
        result = self ? function_call(run, function, self, call->arguments, call->count, call->names)
                      : calls_function(run, function, call->arguments, call->count, call->names);
    Py_DECREF(function);
    return result;
}

static PyObject *call_of_proxy(Run *run, const Call *call)
{
    PyObject *target = proxies_target(run, call->object);
    PyObject *result =
        target ? methods_call(run, target, call->name, call->arguments, call->count, call->names) : NULL;

    Py_XDECREF(target);
    return result;
}

/* Questions to a deque are asked of a list, those to a bytearray of bytes, where the answer is the same. */
static PyObject *call_of_copy(Run *run, const Call *call)
{
    bool is_deque = plain_is_deque(call->object);
    PyObject *copy;
    PyObject *result;

    if (!has_word(
            is_deque
                ? " count index "
                : " count decode endswith find hex index isalnum isalpha isdigit islower isspace isupper "
                  "rfind rindex startswith ",
            call->name))
        return run_refuse_act(run, "is not known to be without effects");
    copy = is_deque ? iterate_to_list(run, call->object) : iterate_to_bytes(run, call->object);
    result = copy ? methods_call(run, copy, call->name, call->arguments, call->count, call->names) : NULL;
    Py_XDECREF(copy);
    return result;
}

PyObject *methods_call(Run *run, PyObject *object, PyObject *name, PyObject *const *arguments,
                       Py_ssize_t count, PyObject *names)
{
    Kind kind = kind_of(object);
    Call call = {object, name, NULL, arguments, count, names};
    Implementation implementation = find_method(object, kind, name, &call.type);

    if (!run_charge(run, 4))
        return NULL;
    if (plain_is_unready(object))
        return run_refuse_value(run, "a str that Python has yet to prepare");
    if (implementation)
        return implementation(run, &call);
    if (kind != KIND_OTHER && is_missing(object, name))
        return access_attribute(run, object, name);
    if (dates_is_class(object))
        return dates_class_method(run, object, name, &(Arguments){object, arguments, count, names});
    if (own_is_match(object))
        return match_call(run, object, name, &(Arguments){object, arguments, count, names});
    if (patterns_is(object))
        return patterns_call(run, object, name, &(Arguments){object, arguments, count, names});
    if (Py_TYPE(object) == &PyDictProxy_Type)
        return call_of_proxy(run, &call);
    if ((plain_is_deque(object) || PyByteArray_CheckExact(object)) && !is_changing(object, kind, name))
        return call_of_copy(run, &call);
    if (is_changing(object, kind, name))
        return run_refuse_act(run, "changes a %.80s", Py_TYPE(object)->tp_name);
    if (kind != KIND_OTHER)
        return run_refuse_act(run, "is not known to be without effects");
    if (zones_is_foreign(object))
        return zones_call(run, object, name, &(Arguments){object, arguments, count, names});
    if (has_word(" get __getitem__ ", name) && stored_notes_reads(object))
        return find_by_name(of_dict, name)(run, &call);
    return call_of_app(run, &call);
}

/* Whether the method of this name of @type is the one that was got. */
static bool is_of_type(PyTypeObject *type, PyObject *name, const PyMethodDef *definition)
{
    bool is_unsure = false;
    PyObject *found = type_find(type, name, NULL, &is_unsure);

    return found && !is_unsure && Py_TYPE(found) == &PyMethodDescr_Type &&
           ((PyMethodDescrObject *)found)->d_method == definition;
}

/* Whether methods_call() knows the methods of the very type that the object is of: for what it does not know
 * it gets the method from the object, which has been done. */
static bool knows_methods_of(PyObject *object)
{
    return kind_of(object) != KIND_OTHER || plain_is_deque(object) || PyByteArray_CheckExact(object) ||
           patterns_is(object) || zones_is_foreign(object);
}

static PyObject *call_bound(Run *run, PyCFunctionObject *function, PyObject *name, PyObject *const *arguments,
                            Py_ssize_t count, PyObject *names)
{
    PyObject *object = function->m_self;

    if (count == 1 && !names && zones_is_tzinfo(object) &&
        PyUnicode_CompareWithASCIIString(name, "fromutc") == 0 &&
        is_of_type(zones_tzinfo_class(), name, function->m_ml))
        return zones_from_utc_by_default(run, object, arguments[0]);
    if (knows_methods_of(object) && is_of_type(Py_TYPE(object), name, function->m_ml))
        return methods_call(run, object, name, arguments, count, names);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(known_types); i++) {
        PyTypeObject *type = known_types[i].type;
        Implementation implementation = find_by_name(known_types[i].methods, name);

        if (type && implementation && PyObject_TypeCheck(object, type) &&
            is_of_type(type, name, function->m_ml))
            return implementation(run, &(Call){object, name, type, arguments, count, names});
    }
    return run_refuse_act(run, "is not known to be without effects");
}

PyObject *methods_call_bound(Run *run, PyObject *function, PyObject *const *arguments, Py_ssize_t count,
                             PyObject *names)
{
    PyCFunctionObject *method = (PyCFunctionObject *)function;
    PyObject *name = PyUnicode_InternFromString(method->m_ml->ml_name);
    PyObject *result = NULL;

    if (!name)
        return run_raise_pending(run);
    /* A class may have a method that calls the one of its base, and so on. */
    if (run_enter(run))
        result = call_bound(run, method, name, arguments, count, names);
    run_leave(run);
    Py_DECREF(name);
    return result;
}
