/* Conversion of `import` statements of functions; see imports.h for what they do. */
#pragma once

#include "stub/native/evaluate/convert/converter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* convert_import() - a node Import. */
void convert_import(Converter *self, PyObject *node);

/* convert_import_from() - a node ImportFrom. */
void convert_import_from(Converter *self, PyObject *node);

#ifdef __cplusplus
}
#endif
