#include "stub/native/compat.h"

#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/imports.h"
#include "stub/native/layout.h"

#define NAME_BYTES 160

static PyObject *refuse_module(Run *run, PyObject *name)
{
    char text[NAME_BYTES];

    return run_refuse_act(run, "imports `%s`, which is not loaded", run_text(name, text, sizeof(text)));
}

/* Borrowed. NULL: it is not there, or cannot be told. */
static PyObject *find(PyObject *dict, PyObject *name)
{
    bool is_unsure = false;
    PyObject *found = dict && PyDict_CheckExact(dict) ? dict_find_text(dict, name, &is_unsure) : NULL;

    return is_unsure ? NULL : found;
}

/* Whether an `import` statement is CPython's own affair: it calls what the builtins have. */
static bool is_import_original(PyObject *builtins)
{
    PyObject *function = dict_find_named(builtins, "__import__");

    return function && PyCFunction_CheckExact(function) &&
           strcmp(((PyCFunctionObject *)function)->m_ml->ml_name, "__import__") == 0;
}

/* The package that @level dots mean: resolve_name() in Python/import.c, for a package that knows its name. */
static PyObject *package_of(PyObject *globals, int level)
{
    PyObject *package = dict_find_named(globals, "__package__");
    Py_ssize_t end = package && PyUnicode_CheckExact(package) ? PyUnicode_GET_LENGTH(package) : 0;

    while (end > 0 && --level > 0)
        end = PyUnicode_FindChar(package, '.', 0, end, -1);
    return end > 0 ? PyUnicode_Substring(package, 0, end) : NULL;
}

/* A new reference; NULL: it cannot be told. */
static PyObject *full_name(PyObject *globals, PyObject *name, int level)
{
    PyObject *package, *full;

    if (level == 0)
        return Py_NewRef(name);
    package = package_of(globals, level);
    if (!package || PyUnicode_GET_LENGTH(name) == 0)
        return package;
    full = PyUnicode_FromFormat("%U.%U", package, name);
    Py_DECREF(package);
    return full;
}

PyObject *imports_module(Run *run, PyObject *globals, PyObject *builtins, PyObject *name, int level)
{
    PyObject *full, *module;

    if (!run_charge(run, 10))
        return NULL;
    if (!is_import_original(builtins))
        return run_refuse_act(run, "imports a module in a way of the app's own");
    full = full_name(globals, name, level);
    module = full ? find(PyImport_GetModuleDict(), full) : NULL;
    PyErr_Clear();
    if (!module || module == Py_None)
        (void)refuse_module(run, full ? full : name);
    Py_XDECREF(full);
    return run->outcome ? NULL : Py_NewRef(module);
}

/* A module of a package that is being loaded, which is no attribute of it yet. */
static PyObject *find_in_package(PyObject *package, PyObject *name)
{
    PyObject *prefix = object_find_named(package, "__name__");
    PyObject *full =
        prefix && PyUnicode_CheckExact(prefix) ? PyUnicode_FromFormat("%U.%U", prefix, name) : NULL;
    PyObject *module = full ? find(PyImport_GetModuleDict(), full) : NULL;

    Py_XDECREF(full);
    PyErr_Clear();
    return module;
}

PyObject *imports_from(Run *run, PyObject *module, PyObject *name)
{
    PyObject *value = access_attribute(run, module, name);
    PyObject *found;

    if (value || !PyModule_Check(module) || !run_has_raised(run, PyExc_AttributeError))
        return value;
    run_recover(run);
    found = find_in_package(module, name);
    return found ? Py_NewRef(found) : refuse_module(run, name);
}
