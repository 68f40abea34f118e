/* Value scalar: values that are shown as text. Part of value.c's work; see value.h. */
#pragma once

#include <Python.h>

#include "stub/native/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/* value_put_scalar() - writes @value into the open Variable if it is None, a bool, number, str, bytes, slice,
 * date or the like (also of a subclass). False: it is none of these, and nothing was written. */
bool value_put_scalar(Walk *walk, PyObject *value, const ValueLimits *limits);

/* value_put_literal() - text that is shown as it is; counted as @num_chars. */
void value_put_literal(Walk *walk, const char *utf8, size_t len_bytes, size_t num_chars);

/* value_put_type_literal() - "<class 'module.Name'>". */
void value_put_type_literal(Walk *walk, PyTypeObject *type);

/* value_put_reference() - a mark with 0. */
void value_put_reference(Walk *walk, uint32_t reference);

/* value_put_refusal() - the value is hidden, and this is why: the format of a status. */
void value_put_refusal(Walk *walk, const char *reason);

/* value_put_failure() - "Failed to capture variable: $0". */
void value_put_failure(Walk *walk, const char *reason);

#ifdef __cplusplus
}
#endif
