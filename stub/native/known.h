/* Known: which values have something better to show than their attributes: types of the standard library and
 * numpy's array, found by identity in the modules that the app has loaded. Nothing is imported, no code of
 * the app runs. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum KnownKind {
    KNOWN_NOTHING,
    /* Shown as one text, see known_text.h. */
    KNOWN_BUILTIN_FUNCTION,
    KNOWN_CLASS,
    KNOWN_DECIMAL,
    KNOWN_ENUM,
    KNOWN_FRACTION,
    KNOWN_GENERATOR, /* or a coroutine */
    KNOWN_MEMORYVIEW,
    KNOWN_MODULE,
    KNOWN_NDARRAY,
    KNOWN_PATH,
    KNOWN_RANGE,
    KNOWN_UUID,
    KNOWN_WEAKREF,
    KNOWN_LAST_TEXT = KNOWN_WEAKREF,
    /* Containers. */
    KNOWN_DEQUE,
    KNOWN_MAPPINGPROXY,
    /* Objects whose members are not in a dictionary. */
    KNOWN_FUTURE, /* or a task, of asyncio */
    KNOWN_PARTIAL,
    /* Shown like any other object; the evaluator asks. */
    KNOWN_ITEMS_VIEW, /* of collections.abc, as the next two */
    KNOWN_KEYS_VIEW,
    KNOWN_VALUES_VIEW,
    KNOWN_LRU_CACHE,
    KNOWN_PARTIAL_METHOD,
    KNOWN_ZONE,
    KNOWN_FIRST_UNSHOWN = KNOWN_ITEMS_VIEW,
} KnownKind;

/* known_refresh() - once per capture: the app may have loaded modules, and types may have died. */
void known_refresh(void);

/* known_kind() - of @value, also if it is of a subclass. */
KnownKind known_kind(PyObject *value);

/* known_type() - the very type of a kind that has one; NULL: the app has not loaded it, or there are several.
 */
PyTypeObject *known_type(KnownKind kind);

/* known_is_enum() - whether it is a member of an enumeration, which can be an int or a str as well. Quick for
 * what has no metaclass. */
static inline bool known_is_enum(PyObject *value)
{
    return Py_TYPE(Py_TYPE(value)) != &PyType_Type && known_kind(value) == KNOWN_ENUM;
}

/* Names of attributes that are read of known objects. */
typedef enum KnownName {
    KNOWN_NAME_DENOMINATOR,
    KNOWN_NAME_ENUM_NAME,
    KNOWN_NAME_ENUM_VALUE,
    KNOWN_NAME_FIELDS,
    KNOWN_NAME_FILE,
    KNOWN_NAME_INT,
    KNOWN_NAME_NAME,
    KNOWN_NAME_NUMERATOR,
    KNOWN_NAME_PATH_PARTS,
    KNOWN_NAME_PATH_RAW,
    KNOWN_NAME_PATH_TEXT,
    KNOWN_NUM_NAMES,
} KnownName;

/* known_attribute() - in the slots or the dictionary of @object, borrowed. NULL: it has none. */
PyObject *known_attribute(PyObject *object, KnownName name);

/* known_tuple_fields() - the names of a named tuple's fields: a tuple of as many str as @value, a tuple, has
 * items. Borrowed; NULL: it is none. */
PyObject *known_tuple_fields(PyObject *value);

#ifdef __cplusplus
}
#endif
