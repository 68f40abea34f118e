#include "stub/native/compat.h"

#include "stub/native/evaluate/functions/function_call.h"
#include "stub/native/evaluate/patterns.h"
#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/calls.h"
#include "stub/native/evaluate/values/dates.h"
#include "stub/native/evaluate/values/fractions.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/match.h"
#include "stub/native/evaluate/values/method.h"
#include "stub/native/evaluate/values/methods.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/slots.h"
#include "stub/native/evaluate/values/stored.h"
#include "stub/native/evaluate/values/zones.h"
#include "stub/native/layout.h"

static const struct {
    Kind kind;
    PyTypeObject *type; /* NULL: the object's own */
    const KnownMethod *methods;
} known_types[] = {
    {KIND_TEXT, &PyUnicode_Type, methods_of_text},
    {KIND_BYTES, &PyBytes_Type, methods_of_bytes},
    {KIND_DICT, &PyDict_Type, methods_of_dict},
    {KIND_OTHER, &PyODict_Type, methods_of_odict},
    {KIND_OTHER, &PyDictKeys_Type, methods_of_view},
    {KIND_OTHER, &PyDictItems_Type, methods_of_view},
    {KIND_LIST, &PyList_Type, methods_of_list},
    {KIND_TUPLE, &PyTuple_Type, methods_of_tuple},
    {KIND_SET, &PySet_Type, methods_of_set},
    {KIND_SET, &PyFrozenSet_Type, methods_of_set},
    {KIND_INT, &PyLong_Type, methods_of_int},
    {KIND_BOOL, &PyLong_Type, methods_of_int},
    {KIND_FLOAT, &PyFloat_Type, methods_of_float},
    {KIND_COMPLEX, &PyComplex_Type, methods_of_complex},
    {KIND_DATE, NULL, methods_of_date},
    {KIND_RANGE, &PyRange_Type, methods_of_range},
    {KIND_DECIMAL, NULL, methods_of_decimal},
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

static MethodImplementation find_by_name(const KnownMethod *known, PyObject *name)
{
    for (; known->names; known++)
        if (method_has_word(known->names, name))
            return known->implementation;
    return NULL;
}

static MethodImplementation find_method(PyObject *object, Kind kind, PyObject *name, PyTypeObject **ret_type)
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

    if (!is_container(object, kind) || !method_has_word(words, name))
        return false;
    method = type_find(Py_TYPE(object), name, NULL, &is_unsure);
    return method && !is_unsure && !PyFunction_Check(method);
}

static PyObject *call_slot(Run *run, PyObject *slot, PyObject *self, const MethodCall *call)
{
    PyObject *stack[1 + METHOD_ARGUMENTS_MAX] = {self};

    if (call->count > METHOD_ARGUMENTS_MAX || call->names)
        return run_refuse_act(run, "is given more than %d arguments", METHOD_ARGUMENTS_MAX);
    for (Py_ssize_t i = 0; i < call->count; i++)
        stack[i + 1] = call->arguments[i];
    return slots_call(run, &(Arguments){slot, stack, call->count + 1, NULL});
}

/* Whatever the attribute is: a function of a module, a method of the app's own. */
static PyObject *call_of_app(Run *run, const MethodCall *call)
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

static PyObject *call_of_proxy(Run *run, const MethodCall *call)
{
    PyObject *target = proxies_target(run, call->object);
    PyObject *result =
        target ? methods_call(run, target, call->name, call->arguments, call->count, call->names) : NULL;

    Py_XDECREF(target);
    return result;
}

/* Questions to a deque are asked of a list, those to a bytearray of bytes, where the answer is the same. */
static PyObject *call_of_copy(Run *run, const MethodCall *call)
{
    bool is_deque = plain_is_deque(call->object);
    PyObject *copy;
    PyObject *result;

    if (!method_has_word(
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
    MethodCall call = {object, name, NULL, arguments, count, names};
    MethodImplementation implementation = find_method(object, kind, name, &call.type);

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
    if (method_has_word(" get __getitem__ ", name) && stored_notes_reads(object))
        return find_by_name(methods_of_dict, name)(run, &call);
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
        MethodImplementation implementation = find_by_name(known_types[i].methods, name);

        if (type && implementation && PyObject_TypeCheck(object, type) &&
            is_of_type(type, name, function->m_ml))
            return implementation(run, &(MethodCall){object, name, type, arguments, count, names});
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
