/* Trees as JSON text: keys in the database's order, arrays where the database's rule says so. Pure; any
 * thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "broker/store/embedded/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TreeTextStyle {
    bool is_pretty;          /* indented by two, " : ", arrays in one line */
    bool keeps_objects;      /* never an array (format=export, and what is stored) */
    bool keeps_outer_object; /* the outermost is not an array (the keys of an update are no elements) */
} TreeTextStyle;

/* tree_text_append() - @tree may be NULL, or hold json_null() where an update removes something: both are
 * "null". A failure shows in text->is_failed. */
void tree_text_append(Text *text, const json_t *tree, TreeTextStyle style);

/* tree_to_json() - the JSON value that the text would be parsed to: with arrays. The caller owns it. NULL if
 * memory is short, or @tree is NULL. */
json_t *tree_to_json(const json_t *tree);

#ifdef __cplusplus
}
#endif
