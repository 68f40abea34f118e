/* Flags: | & ^ and ~ of members of enum.Flag and enum.IntFlag, whose classes are written in Python and note
 * each new combination in a table of the class. A combination that is there is found there; another one is an
 * object of the evaluation's own, which the class never hears of. Only where the class has the library's own
 * operators. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/values/operators.h"

#ifdef __cplusplus
extern "C" {
#endif

/* flags_binary() - NULL and no outcome: they are no such members, or it is for the class to tell. */
PyObject *flags_binary(Run *run, BinaryOperator operation, PyObject *a, PyObject *b);

/* flags_invert() - as above. */
PyObject *flags_invert(Run *run, PyObject *value);

#ifdef __cplusplus
}
#endif
