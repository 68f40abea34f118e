/* Strings: a growing buffer, UTF-8 in steps of one character, and the filter between the database and the
 * terminal.
 *
 * Whoever can write to the database chooses the strings that are shown here: conditions, paths, captured
 * values. A terminal obeys escape sequences (it can be made to retitle, to repaint what was shown, to
 * answer into the shell's input), so no control character of such a string may reach it. text_printable()
 * is that filter; output.h applies it to every line. The json formats escape by their own rules. Any
 * thread. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A growing buffer, always terminated once something was appended. Begin with {0}. */
typedef struct Text {
    char *bytes;
    size_t length;
    size_t capacity;
} Text;

void text_append(Text *text, const char *bytes, size_t length);
void text_append_string(Text *text, const char *string);
void text_append_format(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_append_format_va(Text *text, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
void text_append_repeated(Text *text, char byte, size_t count);

/* text_append_utf8() - one character, given as its code point. */
void text_append_utf8(Text *text, uint32_t code_point);

/* text_take() - the string, which the caller owns; the buffer is empty again. Never NULL. */
char *text_take(Text *text);

/* text_deinit() - for CLEANUP(). */
void text_deinit(Text *text);

/* text_format() - a new string; the caller owns it. Never NULL. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* utf8_next() - the code point at *cursor, which moves past it. A byte that begins no valid character is
 * U+FFFD and one byte long. *cursor must be before @end. */
uint32_t utf8_next(const char **cursor, const char *end);

bool utf8_is_valid(const char *bytes, size_t length);

/* utf8_count() - characters (code points) in a string: the width that tables are laid out by. */
size_t utf8_count(const char *string);

typedef enum TextLines {
    TEXT_ONE_LINE,   /* a line feed is escaped as any control character */
    TEXT_KEEP_LINES, /* line feeds stay: text composed here, of parts that were filtered */
} TextLines;

/* text_printable() - a copy in which control characters, and those that reorder text, are written as
 * escape sequences (\n, \x1b, \u202e). The caller owns it. */
char *text_printable(const char *bytes, size_t length, TextLines lines);

#ifdef __cplusplus
}
#endif
