/* Convert, calls. For the files of the converter. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/convert/converter.h"

#ifdef __cplusplus
extern "C" {
#endif

void convert_call(Converter *self, PyObject *node);

#ifdef __cplusplus
}
#endif
