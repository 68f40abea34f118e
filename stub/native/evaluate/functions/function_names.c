#include "stub/native/compat.h"

#include <errno.h>

#include "stub/native/compat_code.h"
#include "stub/native/evaluate/functions/function_names.h"
#include "stub/native/evaluate/convert/tree.h"

typedef struct Collector {
    FunctionNames *names;
    Converter *converter;
    PyObject *not_own; /* a list of the names that `global` and `nonlocal` have declared */
} Collector;

static bool has_name(PyObject *list, PyObject *name)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++)
        if (PyList_GET_ITEM(list, i) == name)
            return true;
    return false;
}

static int add(Collector *self, PyObject *text)
{
    FunctionNames *names = self->names;
    PyObject *name;

    if (!PyUnicode_Check(text))
        return 0;
    name = converter_mangled(self->converter, text);
    if (!name)
        return -ENOMEM;
    if (function_names_find(names, name) >= 0 || has_name(self->not_own, name)) {
        Py_DECREF(name);
        return 0;
    }
    if (names->count == PROGRAM_VARIABLES_MAX) {
        Py_DECREF(name);
        return -E2BIG;
    }
    names->names[names->count++] = name;
    return 0;
}

static int collect_declared(void *context, PyObject *node)
{
    Collector *self = context;
    PyObject *declared;
    int result = 0;

    if (tree_is_one_of(node, " FunctionDef AsyncFunctionDef ClassDef Lambda "))
        return 1;
    if (!tree_is_one_of(node, " Global Nonlocal "))
        return 0;
    declared = tree_field(node, "names");
    for (Py_ssize_t i = 0; result == 0 && PyList_Check(declared) && i < PyList_GET_SIZE(declared); i++) {
        PyObject *name = converter_mangled(self->converter, PyList_GET_ITEM(declared, i));

        result = name ? PyList_Append(self->not_own, name) : -1;
        Py_XDECREF(name);
    }
    PyErr_Clear();
    return result < 0 ? -ENOMEM : 1;
}

/* `:=` in a comprehension binds a variable of the function. */
static int collect_in_comprehension(void *context, PyObject *node)
{
    if (tree_is(node, "Lambda"))
        return 1;
    return tree_is(node, "NamedExpr") ? add(context, tree_field(tree_field(node, "target"), "id")) : 0;
}

static int collect_imported(Collector *self, PyObject *alias)
{
    PyObject *name = tree_imported_name(alias);
    int result = name ? add(self, name) : -ENOMEM;

    Py_XDECREF(name);
    return result;
}

static int collect(void *context, PyObject *node)
{
    Collector *self = context;

    if (tree_is(node, "Name"))
        return tree_is(tree_field(node, "ctx"), "Load") ? 0 : add(self, tree_field(node, "id"));
    if (tree_is_one_of(node, " FunctionDef AsyncFunctionDef ClassDef ")) {
        int result = add(self, tree_field(node, "name"));

        return result < 0 ? result : 1;
    }
    if (tree_is(node, "Lambda"))
        return 1;
    if (tree_is_one_of(node, " ListComp SetComp DictComp GeneratorExp ")) {
        int result = tree_walk(node, collect_in_comprehension, self);

        return result < 0 ? result : 1;
    }
    if (tree_is_one_of(node, " ExceptHandler MatchAs MatchStar "))
        return add(self, tree_field(node, "name"));
    if (tree_is(node, "MatchMapping"))
        return add(self, tree_field(node, "rest"));
    return tree_is(node, "alias") ? collect_imported(self, node) : 0;
}

static int collect_all(Collector *self, PyObject *body)
{
    int result = tree_walk_list(body, collect_declared, self);

    return result < 0 ? result : tree_walk_list(body, collect, self);
}

int function_names_init(FunctionNames *self, Converter *converter, PyCodeObject *code, PyObject *node)
{
    int num_parameters = code->co_argcount + code->co_kwonlyargcount + !!(code->co_flags & CO_VARARGS) +
                         !!(code->co_flags & CO_VARKEYWORDS);
    Collector collector = {self, converter, PyList_New(0)};
    PyObject *body = tree_field(node, "body");
    int result = 0;

    *self = (FunctionNames){.code = code};
    if (!collector.not_own) {
        PyErr_Clear();
        return -ENOMEM;
    }
    if (num_parameters > PROGRAM_VARIABLES_MAX)
        result = -E2BIG;
    for (int i = 0; result == 0 && i < num_parameters; i++)
        self->names[self->count++] = Py_NewRef(compat_code_variable(code, i));
    if (result == 0 && PyList_Check(body))
        result = collect_all(&collector, body);
    Py_DECREF(collector.not_own);
    return result;
}

int function_names_find(const FunctionNames *self, PyObject *name)
{
    for (int i = 0; i < self->count; i++)
        if (self->names[i] == name)
            return i;
    return -1;
}

int function_names_find_free(const FunctionNames *self, PyObject *name)
{
    for (int i = 0; i < compat_code_num_free(self->code); i++)
        if (compat_code_free_name(self->code, i) == name)
            return i;
    return -1;
}

void function_names_deinit(FunctionNames *self)
{
    for (int i = 0; i < self->count; i++)
        Py_DECREF(self->names[i]);
    self->count = 0;
}
