/* Reading what comes back from the database with tolerance. The database keeps lists as objects with integer
 * keys, gives them back as arrays when most of the integers are there, and as objects when not; and what
 * somebody wrote by hand may have any shape. Nothing here fails: a wrong shape reads as nothing. Any thread.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* children_count() - members of an object or elements of an array; 0 for anything else, NULL too. */
size_t children_count(const json_t *container);

/* children_at() - the element with this index: an array's, or the member with the index as its key. NULL
 * if there is none. Borrowed. */
json_t *children_at(const json_t *container, json_int_t index);

/* children_object() - the container as an object: itself, or an array's elements under their indices
 * without the holes. NULL for what has no children. The caller owns the reference. */
json_t *children_object(json_t *container);

/* children_list() - the container's objects, in order, as an array; what is no object is left out. Never
 * NULL. The caller owns it. */
json_t *children_list(const json_t *container);

/* children_string() - the string under @key of an object, or NULL if there is none. Borrowed. */
const char *children_string(const json_t *object, const char *key);

#ifdef __cplusplus
}
#endif
