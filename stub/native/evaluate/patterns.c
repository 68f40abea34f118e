#include "stub/native/compat.h"

#include "stub/native/evaluate/patterns.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/layout.h"

/* About 10 ns each: half of the default budget. */
#define STEPS_MAX         250000
#define PATTERN_CHARS_MAX 500

/* --------------------------------------------------------------------------------------------- the text */

typedef struct Scan {
    const char *next;
    const char *end;
    unsigned num_repeats;  /* `*`, `+` and `{`: each may stop at any character */
    unsigned num_optional; /* `?` and `|`: each is gone through with and without */
} Scan;

/* Behind a class in brackets. */
static void skip_class(Scan *scan)
{
    scan->next++;
    if (scan->next < scan->end && *scan->next == '^')
        scan->next++;
    if (scan->next < scan->end && *scan->next == ']')
        scan->next++;
    while (scan->next < scan->end && *scan->next != ']')
        scan->next += *scan->next == '\\' ? 2 : 1;
    scan->next++;
}

/* Groups that only group, have a number or a name. False: one that looks around, refers back, or sets flags,
 * of which verbose would give the characters another meaning. */
static bool open_group(Scan *scan)
{
    scan->next++;
    if (scan->next >= scan->end || *scan->next != '?')
        return true;
    scan->next++;
    if (scan->end - scan->next >= 2 && scan->next[0] == 'P' && scan->next[1] == '<') {
        while (scan->next < scan->end && *scan->next != '>')
            scan->next++;
        scan->next++;
        return true;
    }
    if (scan->next < scan->end && *scan->next == ':') {
        scan->next++;
        return true;
    }
    return false;
}

static bool is_repeat(const Scan *scan)
{
    return scan->next < scan->end && strchr("*+?{", *scan->next);
}

/* Behind an escaped character. False: it refers to a group. */
static bool skip_escape(Scan *scan)
{
    char c = scan->next + 1 < scan->end ? scan->next[1] : '0';

    scan->next += 2;
    return c < '0' || c > '9';
}

/* One more character of the pattern. False: it has something that is not known to be quick. */
static bool step(Scan *scan)
{
    switch (*scan->next) {
    case '\\':
        return skip_escape(scan);
    case '[':
        skip_class(scan);
        return true;
    case '(':
        return open_group(scan);
    case ')':
        scan->next++;
        return !is_repeat(scan) ||
               *scan->next == '?'; /* repeats in repeats are what takes exponential time */
    case '*':
    case '+':
    case '{':
        scan->num_repeats++;
        scan->next++;
        return true;
    case '?':
    case '|':
        scan->num_optional++;
        scan->next++;
        return true;
    default:
        scan->next++;
        return true;
    }
}

uint64_t patterns_steps(const char *pattern, size_t len_bytes, uint64_t length)
{
    Scan scan = {.next = pattern, .end = pattern + len_bytes};
    uint64_t steps = 1;

    while (scan.next < scan.end)
        if (!step(&scan))
            return 0;
    if (scan.num_optional > 16 || scan.num_repeats > 8 || length > UINT32_MAX)
        return 0;
    /* Where it begins and where each repeat ends: so many places one after the other, of length + 1. */
    for (uint64_t i = 1; i <= scan.num_repeats + 1u && steps <= STEPS_MAX; i++)
        steps = steps * (length + i) / i;
    return steps > STEPS_MAX ? steps : (steps + len_bytes) << scan.num_optional;
}

/* ------------------------------------------------------------------------------------------- the objects */

/* A class of the app may have the name, but it cannot be immutable. */
static bool is_of_type(PyObject *value, const char *name, const char *old_name)
{
    PyTypeObject *type = Py_TYPE(value);

    return (strcmp(type->tp_name, name) == 0 || strcmp(type->tp_name, old_name) == 0) &&
           compat_type_is_immutable(type);
}

static bool is_pattern(PyObject *value)
{
    return is_of_type(value, "re.Pattern", "_sre.SRE_Pattern");
}

bool patterns_is(PyObject *value)
{
    const char first = Py_TYPE(value)->tp_name[0];

    return (first == 'r' || first == '_') &&
           (is_pattern(value) || is_of_type(value, "re.Match", "_sre.SRE_Match"));
}

static PyObject *pass(Run *run, PyObject *object, PyObject *name, const Arguments *arguments)
{
    PyObject *method = PyObject_GetAttr(object, name); /* of C's own */
    PyObject *result =
        method ? PyObject_Vectorcall(method, arguments->values, (size_t)arguments->count, NULL) : NULL;

    Py_XDECREF(method);
    return run_take(run, result);
}

/* Whether few steps are enough. False: the run has failed. */
static bool check_pattern(Run *run, PyObject *pattern, PyObject *text)
{
    PyObject *source = PyObject_GetAttrString(pattern, "pattern");
    PyObject *flags = PyObject_GetAttrString(pattern, "flags");
    char buffer[PATTERN_CHARS_MAX * 4 + 1];
    uint64_t steps = 0;

    PyErr_Clear();
    if (source && PyUnicode_CheckExact(source) && PyUnicode_GET_LENGTH(source) <= PATTERN_CHARS_MAX &&
        flags && PyLong_CheckExact(flags) && !(PyLong_AsLong(flags) & 64)) { /* not re.VERBOSE */
        run_text(source, buffer, sizeof(buffer));
        steps = patterns_steps(buffer, strlen(buffer), (uint64_t)PyUnicode_GET_LENGTH(text));
    }
    Py_XDECREF(source);
    Py_XDECREF(flags);
    if (steps == 0)
        (void)run_refuse_act(run, "uses a pattern that may take exponential time");
    else if (steps > STEPS_MAX)
        (void)run_refuse_act(run, "uses a pattern that may take long for a text of %zd characters",
                             PyUnicode_GET_LENGTH(text));
    return !run->outcome && run_charge(run, steps / 4 + 20);
}

static PyObject *call_pattern(Run *run, PyObject *object, PyObject *name, const Arguments *arguments)
{
    if (PyUnicode_CompareWithASCIIString(name, "match") != 0 &&
        PyUnicode_CompareWithASCIIString(name, "search") != 0 &&
        PyUnicode_CompareWithASCIIString(name, "fullmatch") != 0)
        return run_refuse_act(run, "is not known to be without effects");
    if (!arguments_check(run, arguments, 1, 1, ""))
        return NULL;
    if (!PyUnicode_CheckExact(arguments->values[0]) || plain_is_unready(arguments->values[0]))
        return run_refuse_value(run, "a %.80s", Py_TYPE(arguments->values[0])->tp_name);
    return check_pattern(run, object, arguments->values[0]) ? pass(run, object, name, arguments) : NULL;
}

/* Whether the names of a pattern's groups are compared by CPython. Who makes a pattern with _sre.compile()
 * can give it others. */
static bool has_plain_names(Run *run, PyObject *pattern)
{
    PyObject *names = pattern ? PyObject_GetAttrString(pattern, "groupindex") : NULL;
    PyObject *dict = names && proxies_is(names) ? proxies_target(run, names) : Py_XNewRef(names);
    bool is_plain = dict && PyDict_CheckExact(dict) && lookup_keys_are_plain(run, dict);

    PyErr_Clear();
    Py_XDECREF(dict);
    Py_XDECREF(names);
    return is_plain;
}

/* What a match reads from: a str or bytes is no code of the app's, but a buffer may be. What it makes is of
 * bounded size. False: the run has failed. */
static bool check_match(Run *run, PyObject *match, bool makes_texts)
{
    PyObject *text = PyObject_GetAttrString(match, "string");
    PyObject *pattern = PyObject_GetAttrString(match, "re");
    bool is_known =
        text && (PyUnicode_CheckExact(text) || PyBytes_CheckExact(text)) && !plain_is_unready(text);
    PyObject *groups = pattern ? PyObject_GetAttrString(pattern, "groups") : NULL;
    uint64_t size = !is_known                    ? 0
                    : PyUnicode_CheckExact(text) ? (uint64_t)PyUnicode_GET_LENGTH(text) * PyUnicode_KIND(text)
                                                 : (uint64_t)Py_SIZE(text);

    PyErr_Clear();
    if (!is_known)
        (void)run_refuse_value(run, "of something else than a str");
    else if (!has_plain_names(run, pattern) && !run->outcome)
        (void)run_refuse_value(run, "of a pattern whose groups have names of a class of the app's");
    else if (groups && PyLong_CheckExact(groups))
        size *= 1 + (uint64_t)PyLong_AsUnsignedLongMask(groups);
    if (!run->outcome && makes_texts && size > RUN_RESULT_BYTES_MAX)
        (void)run_exhaust(run);
    Py_XDECREF(groups);
    Py_XDECREF(pattern);
    Py_XDECREF(text);
    return !run->outcome;
}

static PyObject *call_match(Run *run, PyObject *object, PyObject *name, const Arguments *arguments)
{
    static const char *const names[] = {"group", "groups", "groupdict", "span", "start", "end"};

    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++) {
        if (PyUnicode_CompareWithASCIIString(name, names[i]) != 0)
            continue;
        if (arguments->names)
            return run_refuse_act(run, "is given arguments by name");
        if (!arguments_are_scalars(run, arguments) || !run_charge(run, 200) ||
            !check_match(run, object, names[i][0] == 'g'))
            return NULL;
        return pass(run, object, name, arguments);
    }
    return run_refuse_act(run, "is not known to be without effects");
}

PyObject *patterns_call(Run *run, PyObject *object, PyObject *name, const Arguments *arguments)
{
    return is_pattern(object) ? call_pattern(run, object, name, arguments)
                              : call_match(run, object, name, arguments);
}
