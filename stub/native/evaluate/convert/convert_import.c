#include "stub/native/compat.h"

#include "stub/native/evaluate/convert/convert_import.h"
#include "stub/native/evaluate/convert/tree.h"

/* Of a dotted name the part from @start on; @ret_next: where the next begins, or -1. A new reference. */
static PyObject *part_of_name(PyObject *name, Py_ssize_t start, Py_ssize_t *ret_next)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', start, length, 1);

    *ret_next = dot < 0 ? -1 : dot + 1;
    return PyUnicode_Substring(name, start, dot < 0 ? length : dot);
}

/* `import a.b as c`: a, then its b. */
static void emit_parts(Converter *self, PyObject *name)
{
    Py_ssize_t at = 0;

    while (at >= 0 && !self->outcome) {
        bool is_first = at == 0;
        PyObject *part = part_of_name(name, at, &at);

        if (!part)
            fail_with_memory(self);
        else
            emit(self, is_first ? OP_IMPORT : OP_IMPORT_FROM, 0, part, is_first);
        Py_XDECREF(part);
    }
}

static void store(Converter *self, PyObject *alias)
{
    PyObject *name = tree_imported_name(alias);

    if (name) {
        self->scope->convert_store(self, name);
        emit(self, OP_DROP, 0, NULL, -1);
    } else {
        fail_with_memory(self);
    }
    Py_XDECREF(name);
}

void convert_import(Converter *self, PyObject *node)
{
    PyObject *aliases = field(self, node, "names");

    for (Py_ssize_t i = 0; i < num_nodes(aliases) && !self->outcome; i++) {
        PyObject *alias = PyList_GET_ITEM(aliases, i);
        PyObject *name = field(self, alias, "name");
        PyObject *bound = field(self, alias, "asname") == Py_None ? tree_imported_name(alias) : NULL;

        emit(self, OP_IMPORT, 0, name, 1); /* all of it has to be there */
        emit(self, OP_DROP, 0, NULL, -1);
        if (bound)
            emit(self, OP_IMPORT, 0, bound, 1);
        else
            emit_parts(self, name);
        store(self, alias);
        Py_XDECREF(bound);
    }
}

void convert_import_from(Converter *self, PyObject *node)
{
    PyObject *aliases = field(self, node, "names");
    PyObject *module = field(self, node, "module");
    PyObject *level = field(self, node, "level");
    PyObject *name = PyUnicode_Check(module) ? Py_NewRef(module) : PyUnicode_FromString("");

    for (Py_ssize_t i = 0; name && i < num_nodes(aliases) && !self->outcome; i++) {
        PyObject *alias = PyList_GET_ITEM(aliases, i);

        emit(self, OP_IMPORT, PyLong_Check(level) ? (int32_t)PyLong_AsLong(level) : 0, name, 1);
        emit_named(self, OP_IMPORT_FROM, 0, field(self, alias, "name"), 0);
        store(self, alias);
    }
    if (!name)
        fail_with_memory(self);
    Py_XDECREF(name);
}
