/* Decimal text: repr() of decimal.Decimal, from the fields of the object (Modules/_decimal and libmpdec, the
 * same since 3.3). Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/text_line.h"

#ifdef __cplusplus
extern "C" {
#endif

/* decimal_text_add() - appends Decimal('1.50'), cut after some hundred digits. @value is of the type in C, or
 * of a subclass. False: it is not as expected. */
bool decimal_text_add(TextLine *line, PyObject *value);

/* decimal_text_measure() - the digits of its coefficient, and the place of the first of them: 2 for 150.
 * False: it is not as expected; both are 0 then, and of what is no number. */
bool decimal_text_measure(PyObject *value, int64_t *ret_num_digits, int64_t *ret_adjusted);

#ifdef __cplusplus
}
#endif
