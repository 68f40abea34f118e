#include "stub/native/compat.h"

#include <errno.h>

#include "stub/native/evaluate/convert/tree.h"

/* The parser nests up to 200 brackets and 100 blocks; each is two or three nodes. */
#define DEPTH_MAX 400

static const char *bare_name(PyObject *node)
{
    const char *name = Py_TYPE(node)->tp_name;

    return strncmp(name, "ast.", 4) == 0 ? name + 4 : strncmp(name, "_ast.", 5) == 0 ? name + 5 : name;
}

bool tree_is(PyObject *node, const char *type)
{
    return strcmp(bare_name(node), type) == 0;
}

bool tree_is_one_of(PyObject *node, const char *types)
{
    const char *name = bare_name(node);
    size_t len = strlen(name);

    for (const char *found = strstr(types, name); found; found = strstr(found + 1, name))
        if (found > types && found[-1] == ' ' && found[len] == ' ')
            return true;
    return false;
}

PyObject *tree_field(PyObject *node, const char *name)
{
    PyObject *value = PyObject_GetAttrString(node, name);

    if (!value) {
        PyErr_Clear();
        return Py_None;
    }
    Py_DECREF(value);
    return value;
}

static PyObject *fields_of(PyObject *node)
{
    PyObject *fields = tree_field((PyObject *)Py_TYPE(node), "_fields");

    return PyTuple_CheckExact(fields) ? fields : NULL;
}

static int walk(PyObject *node, TreeVisit visit, void *context, int depth);

static int walk_list(PyObject *nodes, TreeVisit visit, void *context, int depth)
{
    int result = 0;

    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(nodes); i++)
        result = walk(PyList_GET_ITEM(nodes, i), visit, context, depth);
    return result;
}

static int walk(PyObject *node, TreeVisit visit, void *context, int depth)
{
    PyObject *fields = Py_TYPE(node)->tp_base == &PyBaseObject_Type ? NULL : fields_of(node);
    int result;

    if (!fields)
        return 0; /* a name, a number, None */
    if (depth > DEPTH_MAX)
        return -E2BIG;
    result = visit(context, node);
    if (result != 0)
        return result < 0 ? result : 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(fields); i++) {
        PyObject *child = PyObject_GetAttr(node, PyTuple_GET_ITEM(fields, i));

        if (!child) {
            PyErr_Clear();
            continue;
        }
        Py_DECREF(child); /* the tree has it */
        result = PyList_CheckExact(child) ? walk_list(child, visit, context, depth + 1)
                                          : walk(child, visit, context, depth + 1);
    }
    return result;
}

int tree_walk(PyObject *node, TreeVisit visit, void *context)
{
    return walk(node, visit, context, 0);
}

int tree_walk_list(PyObject *nodes, TreeVisit visit, void *context)
{
    return walk_list(nodes, visit, context, 0);
}

/* `import a.b` binds a. */
PyObject *tree_imported_name(PyObject *alias)
{
    PyObject *name = tree_field(alias, "name");
    PyObject *given = tree_field(alias, "asname");
    Py_ssize_t dot;

    if (given != Py_None)
        return Py_NewRef(given);
    dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1);
    return dot < 0 ? Py_NewRef(name) : PyUnicode_Substring(name, 0, dot);
}
