/* A logpoint's message, in its two forms: "a={a}", as people write it, and "a=$0" with the expressions
 * ["a"], as the database has it. Any thread. */
#pragma once

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* log_format_split() - from people's form to the database's. A dollar becomes two; equal expressions share
 * a number. Returns 0 and what the caller owns, or -EINVAL with *ret_problem (static) saying which brace
 * is too many. */
int log_format_split(const char *text, char **ret_format, json_t **ret_expressions, const char **ret_problem);

/* log_format_merge() - the way back. A number without an expression stays as it is. The caller owns it. */
char *log_format_merge(const char *format, const json_t *expressions);

#ifdef __cplusplus
}
#endif
