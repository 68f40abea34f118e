/* Enclosing class: the class in whose body the code that runs is written, which is what private names
 * (`self.__x`) are made of. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* enclosing_class_name() - its name as UTF-8 with a NUL. Where CPython does not keep the qualified name of
 * code it is looked for among the classes of @object, whose attribute is asked for. False: there is none, or
 * it cannot be told, or the run has failed. */
bool enclosing_class_name(Run *run, PyObject *object, char *buffer, size_t size_bytes);

#ifdef __cplusplus
}
#endif
