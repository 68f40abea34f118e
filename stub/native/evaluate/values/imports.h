/* Imports: `import` statements of functions that are walked, where the modules are loaded already. Nothing is
 * ever loaded. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* imports_module() - the module that a statement in code with these @globals and @builtins means: a new
 * reference. @level: the dots of a relative name. */
PyObject *imports_module(Run *run, PyObject *globals, PyObject *builtins, PyObject *name, int level);

/* imports_from() - what `from module import name` binds. */
PyObject *imports_from(Run *run, PyObject *module, PyObject *name);

#ifdef __cplusplus
}
#endif
