/* Text that grows. A failed allocation is remembered, so that only the end needs a check. Pure; one owner. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Begins as {0}. */
typedef struct TextBuffer {
    char *text; /* terminated, once something was added */
    size_t length;
    size_t capacity;
    int result; /* 0 or -ENOMEM */
} TextBuffer;

void text_buffer_add(TextBuffer *buffer, const char *text, size_t length);
void text_buffer_add_string(TextBuffer *buffer, const char *text);
void text_buffer_printf(TextBuffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* text_buffer_add_json() - @length bytes as a JSON string, with its quotes. Bytes that are no UTF-8 become
 * U+FFFD. */
void text_buffer_add_json(TextBuffer *buffer, const char *text, size_t length);

/* text_buffer_add_printable() - @length bytes for a person's eyes on one line: control characters become
 * "\n", "\x1b" and so on, bytes that are no UTF-8 become U+FFFD. */
void text_buffer_add_printable(TextBuffer *buffer, const char *text, size_t length);

/* text_buffer_take() - the text, from malloc(), which the caller owns; the buffer is empty again. NULL if an
 * allocation failed. */
char *text_buffer_take(TextBuffer *buffer);

/* text_buffer_deinit() - frees what was not taken. */
void text_buffer_deinit(TextBuffer *buffer);

/* utf8_length() - bytes of the character that begins at @text, of which @length bytes are there; 0 if it is
 * none (cut, overlong, a surrogate, or past U+10FFFF). */
size_t utf8_length(const char *text, size_t length);

#ifdef __cplusplus
}
#endif
