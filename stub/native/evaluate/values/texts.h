/* Texts: str(), repr() and ascii() of values, without running code of the app. Each returns a new reference,
 * or NULL: the run has failed. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

PyObject *texts_str(Run *run, PyObject *value);
PyObject *texts_repr(Run *run, PyObject *value);
PyObject *texts_ascii(Run *run, PyObject *value);

#ifdef __cplusplus
}
#endif
