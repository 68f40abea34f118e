/* Convert, loops: comprehensions, generator expressions and lambdas. For the files of the converter. Holds
 * the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/convert/converter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* convert_comprehension() - @display makes the container, @addition adds to it. */
void convert_comprehension(Converter *self, PyObject *node, Operation display, Operation addition);

/* convert_any_or_all() - any(.. for ..) and all(.. for ..): the loop ends when the answer is known. */
void convert_any_or_all(Converter *self, PyObject *function, PyObject *generator, bool is_any);

void convert_generator(Converter *self, PyObject *node);
void convert_lambda(Converter *self, PyObject *node);

#ifdef __cplusplus
}
#endif
