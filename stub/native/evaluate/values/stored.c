#include "stub/native/compat.h"

#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/stored.h"
#include "stub/native/layout.h"

#define NAME_BYTES 120

/* Where the value is. */
typedef enum Place {
    PLACE_NONE,
    PLACE_INSTANCE, /* object.__dict__[name] */
    PLACE_STATE,    /* object._state.fields_cache[name] */
} Place;

static const struct {
    const char *name;
    Place place;
} known[] = {
    /* sqlalchemy/orm/attributes.py, 1.3 to 2.1 */
    {"sqlalchemy.orm.attributes.InstrumentedAttribute", PLACE_INSTANCE},
    /* werkzeug/utils.py, 1.0 to 3.1 */
    {"werkzeug.utils.cached_property", PLACE_INSTANCE},
    /* django/db/models/fields/related_descriptors.py, 3.0 to 5.2 */
    {"django.db.models.fields.related_descriptors.ForeignKeyDeferredAttribute", PLACE_INSTANCE},
    {"django.db.models.fields.related_descriptors.ForwardManyToOneDescriptor", PLACE_STATE},
    {"django.db.models.fields.related_descriptors.ForwardOneToOneDescriptor", PLACE_STATE},
};

static Place place_of(PyTypeObject *type)
{
    char name[NAME_BYTES];
    size_t len_bytes;

    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || !type->tp_descr_set)
        return PLACE_NONE;
    len_bytes = type_name(type, TYPE_NAME_MODULE, name, sizeof(name));
    for (size_t i = 0; i < Py_ARRAY_LENGTH(known); i++)
        if (len_bytes == strlen(known[i].name) && memcmp(name, known[i].name, len_bytes) == 0)
            return known[i].place;
    return PLACE_NONE;
}

bool stored_is_known(PyObject *descriptor)
{
    return place_of(Py_TYPE(descriptor)) != PLACE_NONE;
}

static PyObject *find(PyObject *object, PyObject *name)
{
    bool is_unsure = false;
    PyObject *value = object_has_dict(Py_TYPE(object)) ? object_find(object, name, &is_unsure) : NULL;

    return is_unsure ? NULL : value;
}

static PyObject *find_in_state(PyObject *object, PyObject *name)
{
    PyObject *state = object_find_named(object, "_state");
    PyObject *cache = state ? object_find_named(state, "fields_cache") : NULL;
    bool is_unsure = false;
    PyObject *value = cache && PyDict_CheckExact(cache) ? dict_find_text(cache, name, &is_unsure) : NULL;

    /* Whether None is an error is the field's to say. */
    return is_unsure || value == Py_None ? NULL : value;
}

/* Properties that note that they were asked for, and give what is in the instance. */
static const struct {
    const char *class;
    const char *name;
    const char *stored;
} noting[] = {
    /* flask/ctx.py, 3.1.3 and newer */
    {"flask.ctx.RequestContext", "session", "_session"},
    {"flask.ctx.AppContext", "session", "_session"},
    /* django/contrib/sessions/backends/base.py, 3.0 to 5.2: read once it has been loaded */
    {"django.contrib.sessions.backends.base.SessionBase", "_session", "_session_cache"},
};

static bool is_class_called(PyTypeObject *type, const char *full_name)
{
    char name[NAME_BYTES];
    size_t len_bytes = type_name(type, TYPE_NAME_MODULE, name, sizeof(name));

    return len_bytes == strlen(full_name) && memcmp(name, full_name, len_bytes) == 0;
}

static PyObject *find_noted(PyObject *object, PyObject *name)
{
    PyTypeObject *owner = NULL;
    PyObject *value;
    bool is_unsure;

    for (size_t i = 0; i < Py_ARRAY_LENGTH(noting); i++) {
        if (PyUnicode_CompareWithASCIIString(name, noting[i].name) != 0 ||
            !type_find(Py_TYPE(object), name, &owner, &is_unsure) || !owner ||
            !is_class_called(owner, noting[i].class))
            continue;
        value = object_find_named(object, noting[i].stored);
        return value == Py_None ? NULL : value;
    }
    return NULL;
}

/* SecureCookieSession in flask/sessions.py, 0.10 to 3.1.2 */
bool stored_notes_reads(PyObject *object)
{
    static const char *const methods[] = {"__getitem__", "get"};
    PyTypeObject *owner;
    bool is_unsure;

    if (!PyDict_Check(object) || !(Py_TYPE(object)->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return false;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(methods); i++) {
        PyObject *name = PyUnicode_InternFromString(methods[i]);
        bool is_found = name && type_find(Py_TYPE(object), name, (owner = NULL, &owner), &is_unsure);

        Py_XDECREF(name);
        PyErr_Clear();
        if (!is_found || !owner || !is_class_called(owner, "flask.sessions.SecureCookieSession"))
            return false;
    }
    return true;
}

PyObject *stored_find(PyObject *object, PyObject *name, PyObject *descriptor)
{
    if (Py_TYPE(descriptor) == &PyProperty_Type)
        return find_noted(object, name);
    switch (place_of(Py_TYPE(descriptor))) {
    case PLACE_INSTANCE:
        return find(object, name);
    case PLACE_STATE:
        return find_in_state(object, name);
    default:
        return NULL;
    }
}

/* ------------------------------------------------------------------------------ SQLAlchemy, unset */

static bool is_of(PyObject *object, const char *const *names)
{
    char name[NAME_BYTES];
    size_t len_bytes = object ? type_name(Py_TYPE(object), TYPE_NAME_MODULE, name, sizeof(name)) : 0;

    for (; *names; names++)
        if (len_bytes == strlen(*names) && memcmp(name, *names, len_bytes) == 0)
            return true;
    return false;
}

/* In the slots or the dictionary of the object, else data of its class: borrowed, or NULL. */
static PyObject *attribute(PyObject *object, const char *text)
{
    SlotCursor slots;
    const char *slot_name;
    PyObject *value = NULL;
    PyObject *name;
    bool is_unsure = false;

    slot_cursor_init(&slots, object);
    while (slot_cursor_next(&slots, &slot_name, &value))
        if (strcmp(slot_name, text) == 0)
            return value;
    value = object_find_named(object, text);
    if (value)
        return value;
    name = PyUnicode_InternFromString(text);
    value = name ? type_find(Py_TYPE(object), name, NULL, &is_unsure) : NULL;
    Py_XDECREF(name);
    PyErr_Clear();
    return value && !is_unsure && !Py_TYPE(value)->tp_descr_get ? value : NULL;
}

static bool is_empty(PyObject *container)
{
    if (!container)
        return false;
    if (PyDict_Check(container))
        return ((PyDictObject *)container)->ma_used == 0;
    if (Py_TYPE(container) == &PySet_Type)
        return ((PySetObject *)container)->used == 0;
    return (PyTuple_CheckExact(container) || PyList_CheckExact(container) || plain_is_deque(container)) &&
           Py_SIZE(container) == 0;
}

/* Whether somebody has asked to be called for the value that an attribute begins with:
 * sqlalchemy/event/attr.py, 1.4 to 2.1. */
static bool has_no_listener(PyObject *dispatch)
{
    static const char *const names[] = {"sqlalchemy.event.attr._EmptyListener", NULL};
    PyObject *listener = attribute(dispatch, "init_scalar");

    if (!listener || Py_TYPE(listener)->tp_descr_get) {
        PyObject *table = attribute(dispatch, "_empty_listeners");
        PyObject *name = PyUnicode_InternFromString("init_scalar");
        bool is_unsure;

        listener = table && name && PyDict_CheckExact(table) ? dict_find_text(table, name, &is_unsure) : NULL;
        Py_XDECREF(name);
        PyErr_Clear();
    }
    return is_of(listener, names) && is_empty(attribute(listener, "parent_listeners"));
}

/* AttributeImpl.get() in sqlalchemy/orm/attributes.py, 1.4 to 2.1: a column that neither has expired nor is
 * to be loaded, of an object that is in no database. */
bool stored_is_unset(PyObject *object, PyObject *descriptor)
{
    static const char *const descriptors[] = {"sqlalchemy.orm.attributes.InstrumentedAttribute", NULL};
    static const char *const states[] = {"sqlalchemy.orm.state.InstanceState", NULL};
    static const char *const implementations[] = {"sqlalchemy.orm.attributes.ScalarAttributeImpl",
                                                  "sqlalchemy.orm.attributes._ScalarAttributeImpl", NULL};
    PyObject *state = object_find_named(object, "_sa_instance_state");
    PyObject *implementation = is_of(descriptor, descriptors) ? attribute(descriptor, "impl") : NULL;
    PyObject *key = implementation ? attribute(descriptor, "key") : NULL;
    PyObject *dispatch = implementation ? attribute(implementation, "dispatch") : NULL;
    PyObject *committed = state ? attribute(state, "committed_state") : NULL;
    PyObject *value = implementation ? attribute(implementation, "_default_scalar_value") : NULL;
    bool is_unsure = false;

    if (!is_of(state, states) || !is_of(implementation, implementations) || !dispatch || !key ||
        !PyUnicode_CheckExact(key) || !committed || !PyDict_CheckExact(committed))
        return false;
    if (object_find(object, key, &is_unsure) || is_unsure || dict_find_text(committed, key, &is_unsure) ||
        is_unsure)
        return false;
    return (!value || value == Py_None) && attribute(state, "key") == Py_None &&
           attribute(implementation, "callable_") == Py_None &&
           is_empty(attribute(state, "expired_attributes")) && is_empty(attribute(state, "callables")) &&
           has_no_listener(dispatch);
}

/* Lib/functools.py, 3.8 to 3.15; django/utils/functional.py, 3.0 to 5.2; werkzeug/utils.py, 1.0 to 3.1 */
bool stored_is_cached(PyObject *descriptor)
{
    static const char *const names[] = {"functools.cached_property",
                                        "django.utils.functional.cached_property",
                                        "werkzeug.utils.cached_property"};
    PyTypeObject *type = Py_TYPE(descriptor);
    char name[NAME_BYTES];
    size_t len_bytes;

    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || strcmp(type->tp_name, "cached_property") != 0)
        return false;
    len_bytes = type_name(type, TYPE_NAME_MODULE, name, sizeof(name));
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++)
        if (len_bytes == strlen(names[i]) && memcmp(name, names[i], len_bytes) == 0)
            return true;
    return false;
}

/* Objects/descrobject.c, all versions. */
typedef struct Property {
    PyObject_HEAD PyObject *getter;
} Property;

PyObject *stored_function(PyObject *descriptor)
{
    if (PyType_IsSubtype(Py_TYPE(descriptor), &PyProperty_Type))
        return ((Property *)descriptor)->getter;
    return object_find_named(descriptor, "func");
}
