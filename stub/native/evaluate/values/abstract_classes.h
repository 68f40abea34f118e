/* Abstract classes: isinstance() with those of collections.abc and numbers, whose metaclass is written in
 * Python and keeps caches: the answer is told from their methods and from what CPython registers. Holds the
 * GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ABSTRACT_CLASSES_NO_ANSWER (-2)

/* abstract_classes_has() - whether instances of @type are instances of @class: 1, 0, or no answer: the class
 * is another one, or the app may have registered the type. What an app registers builtin types as is not
 * seen. */
int abstract_classes_has(PyTypeObject *class, PyTypeObject *type);

#ifdef __cplusplus
}
#endif
