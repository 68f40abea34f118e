#include "stub/native/compat.h"

#include "stub/native/evaluate/values/abstract_classes.h"
#include "stub/native/layout.h"

#define METHODS_MAX 3
#define TYPES_MAX   8

/* Lib/_collections_abc.py and Lib/numbers.py, all versions. */
static const struct {
    const char *module;
    const char *name;
    const char *methods[METHODS_MAX];     /* a class that has all of these is one */
    const PyTypeObject *types[TYPES_MAX]; /* that are registered with it, or with one derived from it */
} classes[] = {
    {"_collections_abc", "Callable", {"__call__"}, {0}},
    {"_collections_abc", "Collection", {"__len__", "__iter__", "__contains__"}, {0}},
    {"_collections_abc", "Container", {"__contains__"}, {0}},
    {"_collections_abc", "Hashable", {"__hash__"}, {0}},
    {"_collections_abc", "Iterable", {"__iter__"}, {0}},
    {"_collections_abc", "Iterator", {"__iter__", "__next__"}, {0}},
    {"_collections_abc",
     "Reversible",
     {"__reversed__", "__iter__"},
     {&PyUnicode_Type, &PyBytes_Type, &PyByteArray_Type, &PyTuple_Type, &PyRange_Type, &PyMemoryView_Type}},
    {"_collections_abc", "Sized", {"__len__"}, {0}},
    {"_collections_abc", "Mapping", {0}, {&PyDict_Type, &PyDictProxy_Type}},
    {"_collections_abc", "MutableMapping", {0}, {&PyDict_Type}},
    {"_collections_abc", "MutableSequence", {0}, {&PyList_Type, &PyByteArray_Type}},
    {"_collections_abc", "MutableSet", {0}, {&PySet_Type}},
    {"_collections_abc",
     "Sequence",
     {0},
     {&PyTuple_Type, &PyList_Type, &PyUnicode_Type, &PyRange_Type, &PyBytes_Type, &PyByteArray_Type,
      &PyMemoryView_Type}},
    {"_collections_abc", "Set", {0}, {&PySet_Type, &PyFrozenSet_Type, &PyDictKeys_Type, &PyDictItems_Type}},
    {"numbers", "Complex", {0}, {&PyLong_Type, &PyFloat_Type, &PyComplex_Type}},
    {"numbers", "Integral", {0}, {&PyLong_Type}},
    {"numbers", "Number", {0}, {&PyLong_Type, &PyFloat_Type, &PyComplex_Type}},
    {"numbers", "Rational", {0}, {&PyLong_Type}},
    {"numbers", "Real", {0}, {&PyLong_Type, &PyFloat_Type}},
};

/* Of which nobody registers more. */
static const PyTypeObject *const plain[] = {
    &PyLong_Type,  &PyBool_Type,      &PyFloat_Type, &PyComplex_Type, &PyUnicode_Type,
    &PyBytes_Type, &PyByteArray_Type, &PyTuple_Type, &PyList_Type,    &PyDict_Type,
    &PySet_Type,   &PyFrozenSet_Type, &PyRange_Type,
};

static bool is_of_module(PyTypeObject *class, const char *module_name)
{
    PyObject *module = dict_find_named(PyImport_GetModuleDict(), module_name);

    return module && PyModule_CheckExact(module) &&
           dict_find_named(PyModule_GetDict(module), class->tp_name) == (PyObject *)class;
}

/* The place in the table; -1: it is another class. */
static int find_class(PyTypeObject *class)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(classes); i++)
        if (strcmp(class->tp_name, classes[i].name) == 0)
            return is_of_module(class, classes[i].module) ? (int)i : -1;
    return -1;
}

/* _check_methods() in Lib/_collections_abc.py. -1: it cannot be told. */
static int has_methods(PyTypeObject *type, const char *const *methods)
{
    for (int i = 0; i < METHODS_MAX && methods[i]; i++) {
        PyObject *name = PyUnicode_InternFromString(methods[i]);
        bool is_unsure = !name;
        PyObject *method = name ? type_find(type, name, NULL, &is_unsure) : NULL;

        Py_XDECREF(name);
        PyErr_Clear();
        if (is_unsure)
            return -1;
        if (!method || method == Py_None)
            return 0;
    }
    return methods[0] != NULL;
}

static bool is_derived_from(PyTypeObject *type, const PyTypeObject *const *bases, size_t count)
{
    for (size_t i = 0; i < count && bases[i]; i++)
        if (PyType_IsSubtype(type, (PyTypeObject *)bases[i]))
            return true;
    return false;
}

static bool is_plain(PyTypeObject *type)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(plain); i++)
        if (type == plain[i])
            return true;
    return type == Py_TYPE(Py_None);
}

int abstract_classes_has(PyTypeObject *class, PyTypeObject *type)
{
    int i = strcmp(Py_TYPE(class)->tp_name, "ABCMeta") == 0 ? find_class(class) : -1;
    int has_all = i < 0 ? -1 : has_methods(type, classes[i].methods);

    if (has_all < 0)
        return ABSTRACT_CLASSES_NO_ANSWER;
    if (has_all || PyType_IsSubtype(type, class) || is_derived_from(type, classes[i].types, TYPES_MAX))
        return 1;
    return is_plain(type) ? 0 : ABSTRACT_CLASSES_NO_ANSWER;
}
