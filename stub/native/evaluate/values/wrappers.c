#include "stub/native/compat.h"

#include "stub/native/compat_functools.h"
#include "stub/native/evaluate/instructions.h"
#include "stub/native/evaluate/values/calls.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/wrappers.h"
#include "stub/native/known.h"
#include "stub/native/layout.h"

static bool is_partial(PyObject *object)
{
    return strcmp(Py_TYPE(object)->tp_name, "functools.partial") == 0 &&
           Py_TYPE(object) == known_type(KNOWN_PARTIAL);
}

bool wrappers_is_cache(PyObject *callable)
{
    return strcmp(Py_TYPE(callable)->tp_name, "functools._lru_cache_wrapper") == 0 &&
           Py_TYPE(callable) == known_type(KNOWN_LRU_CACHE) &&
           Py_TYPE(callable)->tp_basicsize >= (Py_ssize_t)sizeof(LruCache);
}

bool wrappers_is(PyObject *callable)
{
    return is_partial(callable) || wrappers_is_cache(callable);
}

/* --------------------------------------------------------------------------------------- partial */

/* Those of the partial object and those of the call, as one call. Borrows everything but the names. */
typedef struct Joined {
    PyObject *values[PROGRAM_VARIABLES_MAX];
    PyObject *names[PROGRAM_VARIABLES_MAX]; /* of the last values */
    Py_ssize_t count;                       /* without a name */
    Py_ssize_t num_names;
} Joined;

static bool is_placeholder(PyObject *value)
{
    return strcmp(Py_TYPE(value)->tp_name, "functools._PlaceholderType") == 0; /* 3.14 */
}

static PyObject *given_by_name(PyObject *name, PyObject *const *values, PyObject *names)
{
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++)
        if (PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name) == 0)
            return values[i];
    return NULL;
}

static bool add_named(Run *run, Joined *joined, PyObject *name, PyObject *value)
{
    if (!PyUnicode_CheckExact(name) || joined->count + joined->num_names >= PROGRAM_VARIABLES_MAX)
        return run_refuse(run) != NULL;
    joined->names[joined->num_names] = name;
    joined->values[joined->count + joined->num_names++] = value;
    return true;
}

static bool add_positional(Run *run, Joined *joined, PyObject *const *values, Py_ssize_t count)
{
    if (count > PROGRAM_VARIABLES_MAX - joined->count)
        return run_refuse(run) != NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (is_placeholder(values[i]))
            return run_refuse_act(run, "fills the place of an argument") != NULL;
        joined->values[joined->count++] = values[i];
    }
    return true;
}

/* A name that is given again has the value of the call, in the place of the first. */
static bool join(Run *run, const Partial *partial, PyObject *const *values, Py_ssize_t count, PyObject *names,
                 Joined *joined)
{
    DictCursor cursor;
    PyObject *name, *value;
    bool is_unsure = false;

    if (!PyTuple_CheckExact(partial->arguments) || !PyDict_CheckExact(partial->keywords))
        return run_refuse(run) != NULL;
    joined->count = joined->num_names = 0;
    if (!add_positional(run, joined, &PyTuple_GET_ITEM(partial->arguments, 0),
                        PyTuple_GET_SIZE(partial->arguments)) ||
        !add_positional(run, joined, values, count))
        return false;
    dict_cursor_init(&cursor, partial->keywords);
    while (dict_cursor_next(&cursor, &name, &value)) {
        PyObject *given = PyUnicode_CheckExact(name) ? given_by_name(name, values + count, names) : NULL;

        if (!add_named(run, joined, name, given ? given : value))
            return false;
    }
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++) {
        name = PyTuple_GET_ITEM(names, i);
        if (!dict_find_text(partial->keywords, name, &is_unsure) &&
            !add_named(run, joined, name, values[count + i]))
            return false;
    }
    return true;
}

static PyObject *call_partial(Run *run, const Partial *partial, PyObject *const *values, Py_ssize_t count,
                              PyObject *names)
{
    Joined joined;
    PyObject *joined_names = NULL;
    PyObject *result = NULL;

    if (!join(run, partial, values, count, names, &joined))
        return NULL;
    if (joined.num_names > 0) {
        joined_names = operators_tuple(run, joined.names, joined.num_names);
        if (!joined_names)
            return NULL;
    }
    result = calls_function(run, partial->function, joined.values, joined.count, joined_names);
    Py_XDECREF(joined_names);
    return result;
}

/* ------------------------------------------------------------------------------------- lru_cache */

/* With a limit the dict has links, whose type nobody else can make. */
static PyObject *result_of(PyObject *kept)
{
    return strcmp(Py_TYPE(kept)->tp_name, "functools._lru_list_elem") == 0 &&
                   Py_TYPE(kept)->tp_basicsize == sizeof(LruLink)
               ? ((LruLink *)kept)->result
               : kept;
}

/* Borrowed. NULL: it is not there, or the run has failed. */
static PyObject *find_kept(Run *run, PyObject *dict, PyObject *const *values, Py_ssize_t count)
{
    PyObject *key, *kept;

    /* Since 3.7 one number or str is its own key. */
    if (count == 1 && (PyUnicode_CheckExact(values[0]) || PyLong_CheckExact(values[0]))) {
        kept = lookup_find(run, dict, values[0]);
        if (kept || run->outcome)
            return kept;
    }
    key = operators_tuple(run, values, count);
    kept = key ? lookup_find(run, dict, key) : NULL;
    Py_XDECREF(key);
    return kept;
}

static PyObject *call_cached(Run *run, const LruCache *cache, PyObject *const *values, Py_ssize_t count,
                             PyObject *names)
{
    PyObject *dict = cache->dict;
    PyObject *kept = NULL;

    if (!dict || !PyDict_CheckExact(dict) || !cache->function)
        return run_refuse(run);
    if (PyDict_Size(dict) > 0) {
        if (names || cache->is_typed)
            return run_refuse_act(run, "looks in its cache for named or typed arguments");
        kept = find_kept(run, dict, values, count);
        if (run->outcome)
            return NULL;
    }
    return kept ? Py_NewRef(result_of(kept)) : calls_function(run, cache->function, values, count, names);
}

PyObject *wrappers_call(Run *run, PyObject *callable, PyObject *const *arguments, Py_ssize_t count,
                        PyObject *names)
{
    PyObject *result = NULL;

    if (run_charge(run, 10) && run_enter(run))
        result = is_partial(callable) ? call_partial(run, (const Partial *)callable, arguments, count, names)
                                      : call_cached(run, (const LruCache *)callable, arguments, count, names);
    run_leave(run);
    return result;
}

/* --------------------------------------------------------------------------------- partialmethod */

bool wrappers_is_partial_method(PyObject *attribute)
{
    return strcmp(Py_TYPE(attribute)->tp_name, "partialmethod") == 0 &&
           Py_TYPE(attribute) == known_type(KNOWN_PARTIAL_METHOD);
}

/* partial(function, object, *arguments, **keywords): partial() only copies. */
static PyObject *make_partial(PyObject *method, PyObject *arguments, PyObject *keywords)
{
    Py_ssize_t count = PyTuple_GET_SIZE(arguments);
    PyObject *all = PyTuple_New(count + 1);
    PyObject *result = NULL;

    if (all) {
        PyTuple_SET_ITEM(all, 0, Py_NewRef(method));
        for (Py_ssize_t i = 0; i < count; i++)
            PyTuple_SET_ITEM(all, i + 1, Py_NewRef(PyTuple_GET_ITEM(arguments, i)));
        result = PyObject_Call((PyObject *)known_type(KNOWN_PARTIAL), all, keywords);
    }
    Py_XDECREF(all);
    return result;
}

PyObject *wrappers_bind(Run *run, PyObject *object, PyObject *attribute)
{
    PyObject *function = object_find_named(attribute, "func");
    PyObject *arguments = object_find_named(attribute, "args");
    PyObject *keywords = object_find_named(attribute, "keywords");
    PyObject *method, *result;

    if (!function || !PyFunction_Check(function) || !arguments || !PyTuple_CheckExact(arguments) ||
        !keywords || !PyDict_CheckExact(keywords) || !lookup_keys_are_plain(run, keywords) ||
        !known_type(KNOWN_PARTIAL))
        return run->outcome ? NULL : run_refuse_value(run, "a partialmethod that is no function");
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(arguments); i++)
        if (is_placeholder(PyTuple_GET_ITEM(arguments, i)))
            return run_refuse_act(run, "fills the place of an argument");
    method = PyMethod_New(function, object);
    result = method ? make_partial(method, arguments, keywords) : NULL;
    Py_XDECREF(method);
    return run_take(run, result);
}
