/* Text that grows: what JSON answers and events are written into. Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Begins as all zeroes. After a failed allocation it stays as it was, and is_failed is set: many appends, one
 * check. */
typedef struct Text {
    char *bytes; /* ends with a NUL that @length does not count; NULL while empty */
    size_t length;
    size_t capacity;
    bool is_failed;
} Text;

void store_text_append(Text *text, const char *bytes, size_t length);
void store_text_append_string(Text *text, const char *string);

/* store_text_append_json_string() - quoted and escaped; UTF-8 stays as it is. */
void store_text_append_json_string(Text *text, const char *bytes, size_t length);

void store_text_deinit(Text *text);

#define AUTO_TEXT __attribute__((cleanup(store_text_deinit)))

#ifdef __cplusplus
}
#endif
