/* Source: from the text of an expression to CPython's AST, or the message why not. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/evaluate/convert/part.h"
#include "stub/native/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Longer texts are refused: the parser's time is bounded by their length. */
#define SOURCE_BYTES_MAX (16 * 1024)

/* source_parse() - the expr node of @source (UTF-8). Returns 0 with *ret_node (a new reference) and *ret_text
 * (the caller's to deinit), PROGRAM_E_SYNTAX with *ret_status, or a negative errno. */
int source_parse(const char *source, PyObject **ret_node, PartText *ret_text, Status *ret_status);

#ifdef __cplusplus
}
#endif
