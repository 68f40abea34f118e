#include "stub/native/compat.h"

#include <structmember.h>

#include "stub/native/known.h"
#include "stub/native/layout.h"

/* Where a type is found. One that is written in C is taken from its own extension module, which has a
 * definition: a module of the app in its place does not. */
typedef struct Source {
    const char *module;
    const char *name;
    KnownKind kind;
    bool is_extension;
    PyObject *module_key;
    PyObject *name_key;
    PyTypeObject *type; /* borrowed, while nothing runs; NULL: the app has not loaded it */
} Source;

/* Enumerations are known by their metaclass, which is the first. */
static Source sources[] = {
    {"enum", "EnumMeta", KNOWN_ENUM, false, NULL, NULL, NULL},
    {"_asyncio", "Future", KNOWN_FUTURE, true, NULL, NULL, NULL},
    {"_asyncio", "Task", KNOWN_FUTURE, true, NULL, NULL, NULL},
    {"_collections", "deque", KNOWN_DEQUE, true, NULL, NULL, NULL},
    {"_collections_abc", "ItemsView", KNOWN_ITEMS_VIEW, false, NULL, NULL, NULL},
    {"_collections_abc", "KeysView", KNOWN_KEYS_VIEW, false, NULL, NULL, NULL},
    {"_collections_abc", "ValuesView", KNOWN_VALUES_VIEW, false, NULL, NULL, NULL},
    {"_decimal", "Decimal", KNOWN_DECIMAL, true, NULL, NULL, NULL},
    {"_functools", "_lru_cache_wrapper", KNOWN_LRU_CACHE, true, NULL, NULL, NULL},
    {"_functools", "partial", KNOWN_PARTIAL, true, NULL, NULL, NULL},
    {"fractions", "Fraction", KNOWN_FRACTION, false, NULL, NULL, NULL},
    {"functools", "partialmethod", KNOWN_PARTIAL_METHOD, false, NULL, NULL, NULL},
    {"numpy._core._multiarray_umath", "ndarray", KNOWN_NDARRAY, true, NULL, NULL, NULL},
    {"numpy.core._multiarray_umath", "ndarray", KNOWN_NDARRAY, true, NULL, NULL, NULL}, /* before numpy 2 */
    {"pathlib", "PurePath", KNOWN_PATH, false, NULL, NULL, NULL},
    {"uuid", "UUID", KNOWN_UUID, false, NULL, NULL, NULL},
    {"_zoneinfo", "ZoneInfo", KNOWN_ZONE, true, NULL, NULL, NULL},
};
#define NUM_SOURCES  (sizeof(sources) / sizeof(sources[0]))
#define ENUM_META    0
#define FIRST_SOURCE 1

/* The last answers, by type. A power of two; more types than this in one capture are asked about anew. */
#define CACHE_SLOTS 128

/* A tuple with more fields shows numbers: every name has to be looked at. */
#define NAMED_FIELDS_MAX 255

static struct {
    bool is_fresh; /* the sources have been looked up for this capture */
    PyTypeObject *types[CACHE_SLOTS];
    uint8_t kinds[CACHE_SLOTS];
} known;

static PyObject *key(PyObject **cached, const char *text)
{
    if (!*cached) {
        *cached = PyUnicode_InternFromString(text);
        PyErr_Clear();
    }
    return *cached;
}

/* --------------------------------------------------------------------------------------------------- types
 */

static PyTypeObject *find_source(Source *source, PyObject *modules)
{
    PyObject *module_key = key(&source->module_key, source->module);
    PyObject *name_key = key(&source->name_key, source->name);
    PyObject *module, *found;
    bool is_unsure;

    if (!module_key || !name_key)
        return NULL;
    module = dict_find_text(modules, module_key, &is_unsure);
    if (!module || !PyModule_Check(module) || !PyModule_GetDict(module))
        return NULL;
    if (source->is_extension && !PyModule_GetDef(module)) {
        PyErr_Clear();
        return NULL;
    }
    found = dict_find_text(PyModule_GetDict(module), name_key, &is_unsure);
    return found && PyType_Check(found) ? (PyTypeObject *)found : NULL;
}

static void find_sources(void)
{
    PyObject *modules = PyImport_GetModuleDict();

    for (size_t i = 0; i < NUM_SOURCES; i++)
        sources[i].type = modules && PyDict_Check(modules) ? find_source(&sources[i], modules) : NULL;
    memset(known.types, 0, sizeof(known.types));
    known.is_fresh = true;
}

void known_refresh(void)
{
    known.is_fresh = false;
}

static bool is_weakref(PyTypeObject *type)
{
    return PyType_IsSubtype(type, &_PyWeakref_RefType) || type == &_PyWeakref_ProxyType ||
           type == &_PyWeakref_CallableProxyType;
}

static KnownKind find_kind(PyTypeObject *type)
{
    if (PyType_IsSubtype(type, &PyModule_Type))
        return KNOWN_MODULE;
    if (type->tp_flags & Py_TPFLAGS_TYPE_SUBCLASS)
        return KNOWN_CLASS;
    if (type == &PyCFunction_Type)
        return KNOWN_BUILTIN_FUNCTION;
    if (type == &PyGen_Type || type == &PyCoro_Type || type == &PyAsyncGen_Type)
        return KNOWN_GENERATOR;
    if (type == &PyRange_Type)
        return KNOWN_RANGE;
    if (type == &PyMemoryView_Type)
        return KNOWN_MEMORYVIEW;
    if (type == &PyDictProxy_Type)
        return KNOWN_MAPPINGPROXY;
    if (is_weakref(type))
        return KNOWN_WEAKREF;
    if (sources[ENUM_META].type && PyType_IsSubtype(Py_TYPE(type), sources[ENUM_META].type))
        return KNOWN_ENUM;
    for (size_t i = FIRST_SOURCE; i < NUM_SOURCES; i++) {
        if (sources[i].type && sources[i].kind < KNOWN_FIRST_UNSHOWN &&
            PyType_IsSubtype(type, sources[i].type))
            return sources[i].kind;
    }
    return KNOWN_NOTHING;
}

KnownKind known_kind(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    size_t slot = ((uintptr_t)type >> 4 ^ (uintptr_t)type >> 11) % CACHE_SLOTS;

    if (!known.is_fresh)
        find_sources();
    if (known.types[slot] != type) {
        known.kinds[slot] = (uint8_t)find_kind(type);
        known.types[slot] = type;
    }
    return (KnownKind)known.kinds[slot];
}

PyTypeObject *known_type(KnownKind kind)
{
    PyTypeObject *type = NULL;

    if (!known.is_fresh)
        find_sources();
    for (size_t i = FIRST_SOURCE; i < NUM_SOURCES; i++) {
        if (sources[i].kind != kind || !sources[i].type)
            continue;
        if (type)
            return NULL;
        type = sources[i].type;
    }
    return type;
}

/* ---------------------------------------------------------------------------------------------- attributes
 */

static const char *const NAMES[KNOWN_NUM_NAMES] = {
    [KNOWN_NAME_DENOMINATOR] = "_denominator",
    [KNOWN_NAME_ENUM_NAME] = "_name_",
    [KNOWN_NAME_ENUM_VALUE] = "_value_",
    [KNOWN_NAME_FIELDS] = "_fields",
    [KNOWN_NAME_FILE] = "__file__",
    [KNOWN_NAME_INT] = "int",
    [KNOWN_NAME_NAME] = "__name__",
    [KNOWN_NAME_NUMERATOR] = "_numerator",
    [KNOWN_NAME_PATH_PARTS] = "_parts",
    [KNOWN_NAME_PATH_RAW] = "_raw_paths",
    [KNOWN_NAME_PATH_TEXT] = "_str",
};

static PyObject *name_key(KnownName name)
{
    static PyObject *keys[KNOWN_NUM_NAMES];

    return key(&keys[name], NAMES[name]);
}

PyObject *known_attribute(PyObject *object, KnownName name)
{
    SlotCursor slots;
    const char *slot_name;
    PyObject *value;
    bool is_unsure;

    slot_cursor_init(&slots, object);
    while (slot_cursor_next(&slots, &slot_name, &value)) {
        if (strcmp(slot_name, NAMES[name]) == 0)
            return value;
    }
    return name_key(name) ? object_find(object, name_key(name), &is_unsure) : NULL;
}

PyObject *known_tuple_fields(PyObject *value)
{
    PyObject *fields;
    bool is_unsure;

    if (PyTuple_CheckExact(value) || !name_key(KNOWN_NAME_FIELDS))
        return NULL;
    fields = type_find(Py_TYPE(value), name_key(KNOWN_NAME_FIELDS), NULL, &is_unsure);
    if (!fields || !PyTuple_CheckExact(fields) || PyTuple_GET_SIZE(fields) != PyTuple_GET_SIZE(value) ||
        PyTuple_GET_SIZE(fields) > NAMED_FIELDS_MAX)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fields); i++) {
        if (!PyUnicode_CheckExact(PyTuple_GET_ITEM(fields, i)))
            return NULL;
    }
    return fields;
}
