#include "stub/native/compat.h"

#include "stub/native/compat_code.h"
#include "stub/native/evaluate/values/match.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/regex.h"
#include "stub/native/evaluate/values/regex_call.h"
#include "stub/native/known.h"
#include "stub/native/layout.h"

enum { NAME_OF_PREFIX = REGEX_WAY_FULLMATCH + 1, NAME_OF_MODULE, NAME_OF_COMPILE, NUM_NAMES };

/* Borrowed; NULL: there is no memory. */
static PyObject *name(int index)
{
    static const char *const texts[NUM_NAMES] = {
        [REGEX_WAY_MATCH] = "match",      [REGEX_WAY_SEARCH] = "search", [REGEX_WAY_FULLMATCH] = "fullmatch",
        [NAME_OF_PREFIX] = "prefixmatch", [NAME_OF_MODULE] = "re",       [NAME_OF_COMPILE] = "_compile",
    };
    static PyObject *names[NUM_NAMES];

    if (!names[index]) {
        names[index] = PyUnicode_InternFromString(texts[index]);
        PyErr_Clear();
    }
    return names[index];
}

static PyObject *find(PyObject *dict, int index)
{
    bool is_unsure;

    return dict && PyDict_Check(dict) && name(index) ? dict_find_text(dict, name(index), &is_unsure) : NULL;
}

static const PyCodeObject *code_of(PyObject *function)
{
    return (const PyCodeObject *)((PyFunctionObject *)function)->func_code;
}

/* -1: none of the three. What match() is since 3.15 has another name as well. */
static int way_of(const PyCodeObject *code)
{
    for (int way = REGEX_WAY_MATCH; way <= REGEX_WAY_FULLMATCH; way++)
        if (name(way) && PyUnicode_Compare(code->co_name, name(way)) == 0)
            return way;
    return name(NAME_OF_PREFIX) && PyUnicode_Compare(code->co_name, name(NAME_OF_PREFIX)) == 0
               ? REGEX_WAY_MATCH
               : -1;
}

/* `return _compile(pattern, flags).match(string)`, as all versions have it, from the file that has
 * _compile(): an app's own module of this name is another, and so is a function that was put there. */
static bool is_of_library(const PyCodeObject *code, PyObject *compile)
{
    return PyFunction_Check(compile) &&
           PyUnicode_Compare(code->co_filename, code_of(compile)->co_filename) == 0 &&
           code->co_argcount == 3 && PyTuple_GET_SIZE(code->co_names) == 2 &&
           PyUnicode_Compare(PyTuple_GET_ITEM(code->co_names, 0), name(NAME_OF_COMPILE)) == 0 &&
           PyUnicode_Compare(PyTuple_GET_ITEM(code->co_names, 1), code->co_name) == 0;
}

bool regex_call_knows(PyObject *function)
{
    int way = way_of(code_of(function));
    PyObject *module, *dict, *compile;

    if (way < 0)
        return false;
    module = find(PyImport_GetModuleDict(), NAME_OF_MODULE);
    dict = module && PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    if (!dict || ((PyFunctionObject *)function)->func_globals != dict || find(dict, way) != function)
        return false;
    compile = find(dict, NAME_OF_COMPILE);
    return compile && is_of_library(code_of(function), compile);
}

/* ------------------------------------------------------------------------------------------------- calls */

/* @index: its place among the arguments. NULL: it was not given. */
static PyObject *argument(const Arguments *arguments, Py_ssize_t index, const char *by_name)
{
    return index < arguments->count ? arguments->values[index] : arguments_named(arguments, by_name);
}

static bool check_text(Run *run, PyObject *text)
{
    if (!text)
        (void)run_raise(run, PyExc_TypeError, "missing a required positional argument");
    else if (!PyUnicode_CheckExact(text))
        (void)run_refuse_value(run, "a %.80s, not a str", Py_TYPE(text)->tp_name);
    else if (plain_is_unready(text))
        (void)run_refuse_value(run, "a str that Python has yet to prepare");
    return !run->outcome;
}

/* False: the run has failed. */
static bool read_flags(Run *run, PyObject *flags, int *ret_flags)
{
    long value = 0;

    if (flags && PyLong_Check(flags) && (PyLong_CheckExact(flags) || known_is_enum(flags)))
        value = PyLong_AsLong(flags);
    else if (flags)
        value = -1;
    PyErr_Clear();
    *ret_flags = (int)value;
    if (value < 0 || value > INT_MAX)
        (void)run_refuse_act(run, "uses a pattern with flags that are not known");
    return !run->outcome;
}

PyObject *regex_call(Run *run, const Arguments *arguments)
{
    RegexWay way = (RegexWay)way_of(code_of(arguments->function));
    PyObject *pattern = argument(arguments, 0, "pattern");
    PyObject *text = argument(arguments, 1, "string");
    uint32_t slots[REGEX_SLOTS_MAX];
    Regex *regex;
    PyObject *result = NULL;
    int flags, found;

    if ((int)way < 0 || arguments->count > 3)
        return run_refuse_act(run, "is given too many arguments");
    if (!arguments_check(run, arguments, 0, 3, " pattern string flags ") || !check_text(run, pattern) ||
        !check_text(run, text) || !read_flags(run, argument(arguments, 2, "flags"), &flags))
        return NULL;
    regex = regex_new(run, pattern, flags);
    if (!regex)
        return NULL;
    found = regex_run(run, regex, text, way, slots);
    if (found == 0)
        result = Py_NewRef(Py_None);
    else if (found > 0)
        result = match_new(run, regex, text, slots);
    regex_free(regex);
    return result;
}
