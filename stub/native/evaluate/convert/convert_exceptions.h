/* Conversion of what functions do about exceptions: `try`, `raise`, `assert`. */
#pragma once

#include "stub/native/evaluate/convert/function_converter.h"

/* convert_try() - a node Try. */
void convert_try(FunctionConverter *self, PyObject *node);

/* convert_raise() - a node Raise. */
void convert_raise(FunctionConverter *self, PyObject *node);

/* convert_assert() - a node Assert. */
void convert_assert(FunctionConverter *self, PyObject *node);
