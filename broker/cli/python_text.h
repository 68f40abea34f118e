/* JSON values as Python writes them. The tool this one succeeds is a Python program, and scripts read its
 * output: numbers, lists and JSON documents must look the same to the byte. Any thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum JsonLayout {
    JSON_LAYOUT_RAW,    /* one line, ", " and ": " between */
    JSON_LAYOUT_PRETTY, /* two spaces of indentation per level */
} JsonLayout;

/* python_json() - json.dumps(): ASCII only, members in the order they were added. The caller owns it. */
char *python_json(const json_t *value, JsonLayout layout);

/* python_repr() - repr(): strings in quotes, None, True. The caller owns it. It differs where Unicode has
 * not yet assigned a code point: Python escapes those, this does not. */
char *python_repr(const json_t *value);

/* python_display() - str(), made fit for a terminal: a string as it is, the rest as repr(), one line,
 * control characters escaped. NULL is None. The caller owns it. */
char *python_display(const json_t *value);

/* python_is_true() - bool(): false for NULL, null, false, zero and what is empty. */
bool python_is_true(const json_t *value);

#ifdef __cplusplus
}
#endif
