#include "stub/native/compat.h"

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

static PyObject *find_by_text(PyObject *object, const char *text)
{
    PyObject *name = PyUnicode_InternFromString(text);
    PyObject *value = name ? find(object, name) : NULL;

    Py_XDECREF(name);
    PyErr_Clear();
    return value;
}

static PyObject *find_in_state(PyObject *object, PyObject *name)
{
    PyObject *state = find_by_text(object, "_state");
    PyObject *cache = state ? find_by_text(state, "fields_cache") : NULL;
    bool is_unsure = false;
    PyObject *value = cache && PyDict_CheckExact(cache) ? dict_find_text(cache, name, &is_unsure) : NULL;

    /* Whether None is an error is the field's to say. */
    return is_unsure || value == Py_None ? NULL : value;
}

PyObject *stored_find(PyObject *object, PyObject *name, PyObject *descriptor)
{
    switch (place_of(Py_TYPE(descriptor))) {
    case PLACE_INSTANCE:
        return find(object, name);
    case PLACE_STATE:
        return find_in_state(object, name);
    default:
        return NULL;
    }
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
    return find_by_text(descriptor, "func");
}
