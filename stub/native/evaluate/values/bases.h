/* Bases: instances of subclasses of int, float and str, such as members of IntEnum and StrEnum, where what is
 * asked of them is the base's own: it is asked of a value of the base itself. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* bases_copy() - its value, of the very base: a new reference. NULL: the run has failed, or, without an
 * outcome, it is of no such class. */
PyObject *bases_copy(Run *run, PyObject *value);

/* bases_text() - str() or repr(), where the method that the class has is the base's. NULL and no outcome: it
 * is another. */
PyObject *bases_text(Run *run, PyObject *value, bool is_repr);

/* bases_format() - as above, for format(). */
PyObject *bases_format(Run *run, PyObject *value, PyObject *specification);

#ifdef __cplusplus
}
#endif
