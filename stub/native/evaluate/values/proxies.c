#include "stub/native/compat.h"
#include "stub/native/compat_code.h"

#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/rows.h"
#include "stub/native/layout.h"

/* Objects/descrobject.c, all versions. */
typedef struct MappingProxy {
    PyObject_HEAD PyObject *mapping;
} MappingProxy;

/* operator.attrgetter (Modules/_operator.c), all versions: a tuple of names. */
typedef struct AttributeGetter {
    PyObject_HEAD Py_ssize_t count;
    PyObject *names;
} AttributeGetter;

typedef enum ProxyKind { PROXY_NONE, PROXY_MAPPING, PROXY_LOCAL, PROXY_LAZY, PROXY_ROW } ProxyKind;

static bool is_named(PyTypeObject *type, const char *name)
{
    char text[64];
    size_t len_bytes = type_name(type, TYPE_NAME_MODULE, text, sizeof(text));

    return len_bytes == strlen(name) && memcmp(text, name, len_bytes) == 0;
}

static ProxyKind kind_of_class(PyTypeObject *type)
{
    if (strcmp(type->tp_name, "LocalProxy") == 0 && is_named(type, "werkzeug.local.LocalProxy"))
        return PROXY_LOCAL;
    if (strcmp(type->tp_name, "SimpleLazyObject") == 0 &&
        is_named(type, "django.utils.functional.SimpleLazyObject"))
        return PROXY_LAZY;
    /* Its values are those of what it wraps; only for URLs it adds a prefix. */
    if (strcmp(type->tp_name, "LazySettings") == 0 && is_named(type, "django.conf.LazySettings"))
        return PROXY_LAZY;
    return PROXY_NONE;
}

static ProxyKind kind(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);

    if (type == &PyDictProxy_Type)
        return PROXY_MAPPING;
    /* Both have a __getattr__ or __getattribute__ of their own. */
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || type->tp_getattro == PyObject_GenericGetAttr)
        return PROXY_NONE;
    return rows_is(value) ? PROXY_ROW : kind_of_class(type);
}

bool proxies_is(PyObject *value)
{
    return kind(value) != PROXY_NONE;
}

/* An attribute of the object's own, in its dictionary or slots: borrowed, or NULL. */
static PyObject *own_attribute(PyObject *object, const char *name)
{
    SlotCursor slots;
    const char *slot_name;
    PyObject *value;
    PyObject *key;
    bool is_unsure;

    slot_cursor_init(&slots, object);
    while (slot_cursor_next(&slots, &slot_name, &value))
        if (strcmp(slot_name, name) == 0)
            return value;
    if (!object_has_dict(Py_TYPE(object)))
        return NULL;
    key = PyUnicode_InternFromString(name);
    value = key ? object_find(object, key, &is_unsure) : NULL;
    Py_XDECREF(key);
    PyErr_Clear();
    return value;
}

/* A variable of the functions around @function, by its name: borrowed, or NULL. */
static PyObject *closure_variable(PyObject *function, const char *name)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    PyObject *cells = PyFunction_GET_CLOSURE(function);
    Py_ssize_t num_cells = cells && PyTuple_Check(cells) ? PyTuple_GET_SIZE(cells) : 0;

    for (Py_ssize_t i = 0; i < num_cells; i++) {
        PyObject *variable = compat_code_free_name(code, (int)i);

        if (variable && PyUnicode_CompareWithASCIIString(variable, name) == 0)
            return PyCell_GET(PyTuple_GET_ITEM(cells, i));
    }
    return NULL;
}

/* The names that an attrgetter asks for; NULL: it is none. */
static PyObject *getter_names(PyObject *getter)
{
    PyTypeObject *type = getter ? Py_TYPE(getter) : NULL;
    PyObject *names;

    if (!type || strcmp(type->tp_name, "operator.attrgetter") != 0 ||
        type->tp_basicsize < (Py_ssize_t)sizeof(AttributeGetter) || !compat_type_is_immutable(type))
        return NULL;
    names = ((AttributeGetter *)getter)->names;
    return names && PyTuple_CheckExact(names) && PyTuple_GET_SIZE(names) == 1 ? names : NULL;
}

/* LocalProxy(context variable, name): werkzeug 2.2 and newer. */
static PyObject *local_target(Run *run, PyObject *proxy)
{
    PyObject *function = own_attribute(proxy, "_get_current_object");
    PyObject *variable = function && PyFunction_Check(function) ? closure_variable(function, "local") : NULL;
    PyObject *names = variable ? getter_names(closure_variable(function, "get_name")) : NULL;
    PyObject *object = variable ? compat_context_variable(variable) : NULL;
    PyObject *name;
    PyObject *target;

    if (!object)
        return run_refuse_value(run,
                                "a LocalProxy that stands for nothing here, or in a way that is not known");
    /* Without a name get_name is a function that returns what it is given. */
    if (!names)
        return object;
    name = PyTuple_GET_ITEM(names, 0);
    if (!PyUnicode_CheckExact(name)) {
        Py_DECREF(object);
        return run_refuse_value(run, "a LocalProxy of an attribute of an attribute");
    }
    target = access_attribute(run, object, name);
    Py_DECREF(object);
    return target;
}

/* `_wrapped` is the object, or a marker of its own class while there is none. */
static PyObject *lazy_target(Run *run, PyObject *proxy)
{
    PyObject *wrapped = own_attribute(proxy, "_wrapped");

    if (!wrapped || Py_TYPE(wrapped) == &PyBaseObject_Type)
        return run_refuse_value(run, "a lazy object that has not been made yet");
    return Py_NewRef(wrapped);
}

static PyObject *target_of(Run *run, PyObject *proxy)
{
    switch (kind(proxy)) {
    case PROXY_MAPPING:
        return Py_NewRef(((MappingProxy *)proxy)->mapping);
    case PROXY_LOCAL:
        return local_target(run, proxy);
    case PROXY_ROW:
        return rows_data(run, proxy);
    default:
        return lazy_target(run, proxy);
    }
}

static PyObject *target_below(Run *run, PyObject *proxy)
{
    PyObject *target = run_enter(run) ? target_of(run, proxy) : NULL;

    run_leave(run);
    return target;
}

/* A proxy may stand for a proxy, even for itself. */
PyObject *proxies_target(Run *run, PyObject *proxy)
{
    PyObject *target = Py_NewRef(proxy);

    for (int i = 0; target && proxies_is(target); i++) {
        PyObject *next = NULL;

        if (i == RUN_DEPTH_MAX)
            (void)run_exhaust(run);
        else if (run_charge(run, 20))
            next = target_below(run, target);
        Py_SETREF(target, next);
    }
    return target;
}
