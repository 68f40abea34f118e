/* Whether an expression of the user names something that is protected: a variable, an attribute, a function,
 * a keyword argument, or a key: the constant text of a subscript, or of a call of get() and its like.
 *
 * It is read as Python's own tokens, and not compiled. What is not caught: a key that is computed in other
 * ways than by putting constants together, one that is in a variable, and a value that is reached by its
 * place (args[1], list(d.values())[0]). What comes of these is judged like any other value. Pure, but for the
 * memory of the names. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "broker/privacy/redact_name.h"

#ifdef __cplusplus
extern "C" {
#endif

/* expression_names_secret() - the first name that is protected, or that cannot be judged, is in @ret_name,
 * cut after @size - 1 bytes of whole characters. */
bool expression_names_secret(NameRules *rules, const char *expression, char *ret_name, size_t size);

#ifdef __cplusplus
}
#endif
