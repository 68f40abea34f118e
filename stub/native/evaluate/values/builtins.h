/* Builtins: what the functions of the module `builtins` do, without running code of the app. Each returns a
 * new reference, or NULL: the run has failed. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of values (builtins_values.c). */
PyObject *builtins_abs(Run *run, const Arguments *arguments);
PyObject *builtins_bool(Run *run, const Arguments *arguments);
PyObject *builtins_bytes(Run *run, const Arguments *arguments);
PyObject *builtins_callable(Run *run, const Arguments *arguments);
PyObject *builtins_divmod(Run *run, const Arguments *arguments);
PyObject *builtins_format(Run *run, const Arguments *arguments);
PyObject *builtins_hash(Run *run, const Arguments *arguments);
PyObject *builtins_id(Run *run, const Arguments *arguments);
PyObject *builtins_number(Run *run, const Arguments *arguments); /* int, float, complex, hex, ord.. */
PyObject *builtins_pow(Run *run, const Arguments *arguments);
PyObject *builtins_round(Run *run, const Arguments *arguments);
PyObject *builtins_slice(Run *run, const Arguments *arguments);
PyObject *builtins_str(Run *run, const Arguments *arguments); /* str, repr, ascii */

/* Of containers (builtins_containers.c). */
PyObject *builtins_all(Run *run, const Arguments *arguments);
PyObject *builtins_any(Run *run, const Arguments *arguments);
PyObject *builtins_dict(Run *run, const Arguments *arguments);
PyObject *builtins_len(Run *run, const Arguments *arguments);
PyObject *builtins_list(Run *run, const Arguments *arguments); /* list, tuple, set, frozenset */
PyObject *builtins_max(Run *run, const Arguments *arguments);
PyObject *builtins_min(Run *run, const Arguments *arguments);
PyObject *builtins_range(Run *run, const Arguments *arguments);
PyObject *builtins_sorted(Run *run, const Arguments *arguments);
PyObject *builtins_sum(Run *run, const Arguments *arguments);

/* Of what is gone over once (builtins_streams.c). */
PyObject *builtins_enumerate(Run *run, const Arguments *arguments);
PyObject *builtins_filter(Run *run, const Arguments *arguments);
PyObject *builtins_iter(Run *run, const Arguments *arguments);
PyObject *builtins_map(Run *run, const Arguments *arguments);
PyObject *builtins_next(Run *run, const Arguments *arguments);
PyObject *builtins_reversed(Run *run, const Arguments *arguments);
PyObject *builtins_zip(Run *run, const Arguments *arguments);

/* Of objects and classes (builtins_objects.c). */
PyObject *builtins_getattr(Run *run, const Arguments *arguments);
PyObject *builtins_hasattr(Run *run, const Arguments *arguments);
PyObject *builtins_isinstance(Run *run, const Arguments *arguments);
PyObject *builtins_issubclass(Run *run, const Arguments *arguments);
PyObject *builtins_type(Run *run, const Arguments *arguments);
PyObject *builtins_vars(Run *run, const Arguments *arguments);

#ifdef __cplusplus
}
#endif
