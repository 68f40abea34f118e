/* Tree: the nodes of CPython's module `ast`, read one by one. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tree_is() - whether it is a node of this class. */
bool tree_is(PyObject *node, const char *type);

/* tree_is_one_of() - @types are separated by spaces, with one in front and at the end. */
bool tree_is_one_of(PyObject *node, const char *types);

/* tree_field() - a field of a node, borrowed: it lives as long as the tree. None: it has none of the
 * name. */
PyObject *tree_field(PyObject *node, const char *name);

/* tree_imported_name() - what an alias of an `import` binds: a new reference; NULL when memory is out. */
PyObject *tree_imported_name(PyObject *alias);

/* Called for a node. 0: its children are next; 1: they are left out; negative: the end. */
typedef int (*TreeVisit)(void *context, PyObject *node);

/* tree_walk() - over @node and all that is in it, in the order of the source. Returns 0, what @visit has
 * returned to end it, or -E2BIG: it is nested too deeply. */
int tree_walk(PyObject *node, TreeVisit visit, void *context);

/* tree_walk_list() - the same for the nodes of a list. */
int tree_walk_list(PyObject *nodes, TreeVisit visit, void *context);

#ifdef __cplusplus
}
#endif
