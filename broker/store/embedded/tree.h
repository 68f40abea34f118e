/* A value of the database in memory: the canonical form of a JSON value. Pure; any thread.
 *
 * A tree is a json_t made of objects, strings, numbers and booleans: no arrays (they are objects with keys
 * "0", "1", ...), no null, no empty object. A whole number is an integer wherever a double holds it exactly.
 * Nothing at all is NULL, not json_null(). */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREE_STRING_BYTES_MAX (10 * 1024 * 1024) /* the Realtime Database's own limit */

/* Why a JSON value cannot be stored. */
typedef enum TreeProblem {
    TREE_BAD_KEY = 1,
    TREE_TOO_DEEP,
    TREE_STRING_TOO_LONG,
    TREE_BAD_SERVER_VALUE,
} TreeProblem;

/* tree_get() - the tree at @path (keys joined by '/') in @tree, borrowed from it; NULL if nothing is there.
 */
json_t *tree_get(json_t *tree, const char *path);

/* tree_set() - puts @value (NULL: nothing) at @path in *tree, which is changed in place and becomes NULL when
 * nothing is left of it. A primitive on the way gives way to a value, not to nothing. Consumes @value, also
 * on failure. 0 or -ENOMEM; then *tree has lost nothing but may hold an empty object. */
int tree_set(json_t **tree, const char *path, json_t *value);

/* tree_from_json() - the canonical form of what a client sent.
 * @depth: of the place it is for; @now_ms: what {".sv":"timestamp"} becomes (Unix time);
 * @existing: the tree that is there now, for {".sv":{"increment":n}}; NULL if nothing is.
 * Returns 0 and a tree of its own in *ret (NULL if nothing is left), a TreeProblem, or -ENOMEM. */
int tree_from_json(const json_t *json, size_t depth, uint64_t now_ms, json_t *existing, json_t **ret);

/* tree_needs_existing() - whether there is an increment in @json. */
bool tree_needs_existing(const json_t *json);

/* tree_sorted_keys() - the keys of an object in the database's order. The caller frees the array; the keys
 * are borrowed from @object. NULL without memory. */
const char **tree_sorted_keys(const json_t *object);

/* tree_number() - a double as the tree has it. NULL without memory. */
json_t *tree_number(double number);

#ifdef __cplusplus
}
#endif
