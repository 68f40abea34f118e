#include "stub/native/compat.h"

#include "stub/native/evaluate/values/originals.h"
#include "stub/native/layout.h"
#include "stub/native/text.h"

#define PATH_BYTES_MAX 1024

/* Objects/descrobject.c and Objects/funcobject.c, all versions: property, staticmethod, classmethod. */
typedef struct Holder {
    PyObject_HEAD PyObject *function;
} Holder;

static bool is_text(PyObject *value, const char *text)
{
    return value && PyUnicode_CheckExact(value) && compat_text_is_ready(value) &&
           PyUnicode_CompareWithASCIIString(value, text) == 0;
}

/* The folder of the library, with the slash, as its module os has it. False: there is no telling. */
static bool library_folder(char path[PATH_BYTES_MAX])
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module = dict_find_named(modules, "os");
    PyObject *file =
        module && PyModule_Check(module) ? dict_find_named(PyModule_GetDict(module), "__file__") : NULL;
    size_t len_bytes;
    char *slash;

    if (!file || !PyUnicode_CheckExact(file) || !compat_text_is_ready(file))
        return false;
    len_bytes = text_to_utf8(file, text_length(file), path, PATH_BYTES_MAX - 1);
    path[len_bytes] = '\0';
    slash = strrchr(path, '/');
    if (!slash || len_bytes >= PATH_BYTES_MAX - 80)
        return false;
    slash[1] = '\0';
    return true;
}

static bool is_of_file(const PyCodeObject *code, const char *module)
{
    char path[PATH_BYTES_MAX];

    if (!library_folder(path) || !PyUnicode_CheckExact(code->co_filename))
        return false;
    strncat(path, module, PATH_BYTES_MAX - strlen(path) - 8);
    strncat(path, ".py", 4);
    return strlen(path) < PATH_BYTES_MAX - 8 &&
           PyUnicode_CompareWithASCIIString(code->co_filename, path) == 0;
}

bool originals_is_of_module(PyObject *function, const char *module, const char *name)
{
    PyFunctionObject *self = (PyFunctionObject *)function;

    return PyFunction_Check(function) && is_text(self->func_name, name) &&
           is_text(dict_find_named(self->func_globals, "__name__"), module) &&
           is_of_file((PyCodeObject *)self->func_code, module);
}

bool originals_has(PyTypeObject *type, const char *module, const char *class, const char *method)
{
    PyObject *key = PyUnicode_InternFromString(method);
    PyTypeObject *owner = NULL;
    bool is_unsure = true;
    PyObject *found = key ? type_find(type, key, &owner, &is_unsure) : NULL;

    Py_XDECREF(key);
    PyErr_Clear();
    if (!found || is_unsure || !owner)
        return false;
    if (Py_TYPE(found) == &PyStaticMethod_Type || Py_TYPE(found) == &PyClassMethod_Type ||
        Py_TYPE(found) == &PyProperty_Type)
        found = ((Holder *)found)->function;
    return found && originals_is_of_module(found, module, method) &&
           (PyObject *)owner == dict_find_named(((PyFunctionObject *)found)->func_globals, class);
}
