/* Copies and texts of JSON that are whole, or are not there: where jansson 2.14 has no memory for a member,
 * json_copy() and json_dumps() leave it out and do not say so. Pure. */
#pragma once

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* json_whole_copy() - of an object; its members are shared, as with json_copy(). The caller owns it; NULL: no
 * memory, or @object is NULL. */
json_t *json_whole_copy(const json_t *object);

/* json_whole_text() - of any value, compact; NULL in *ret for a @json of NULL. The caller frees it. 0 or
 * -ENOMEM. */
int json_whole_text(const json_t *json, char **ret);

#ifdef __cplusplus
}
#endif
