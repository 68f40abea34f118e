/* Proxies: objects that stand for others: types.MappingProxyType, werkzeug's LocalProxy (Flask's request, g,
 * current_app and session) and Django's SimpleLazyObject (request.user). What they stand for is read by
 * layout; one that has not made its object yet is refused. A row of a database (rows.h) stands for a tuple,
 * but for its attributes, class and text. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* proxies_is() - quick for what is none. */
bool proxies_is(PyObject *value);

/* proxies_target() - what a proxy stands for: a new reference; NULL: the run has failed. */
PyObject *proxies_target(Run *run, PyObject *proxy);

#ifdef __cplusplus
}
#endif
