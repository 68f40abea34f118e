/* What Python's repr() and str() say about a value, written into a growing buffer of UTF-8.
 *
 * The stub sends raw values (the characters of a str, the bits of a float); how they look is decided here.
 * Every append_repr function follows CPython 3.13's repr() character for character. What comes from an app
 * may be cut, hold lone surrogates ("surrogatepass"), or be no UTF-8 at all: the result always is valid UTF-8
 * without NUL. Pure; one owner. Numbers are written for the C locale. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/util/text_buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* No limit, for text_begin_value(). */
#define TEXT_CHARS_UNLIMITED SIZE_MAX

/* An integer of more bytes is written in hexadecimal: decimal digits cost the square of their number (2 KiB:
 * 0.1 ms). Python itself refuses repr() past 4,300 digits, which are 1,786 bytes. */
#define TEXT_DECIMAL_BYTES_MAX 2048

#define TEXT_DATABASE_KEY_BYTES_MAX 768 /* the Realtime Database's own limit */

/* From text_init(); CLEANUP(text_deinit) suits it. The members are read by anybody and written here alone. */
typedef struct Text {
    TextBuffer buffer;
    size_t num_chars;  /* appended, those past the limit included */
    size_t stop_chars; /* what comes after so many characters is not stored */
    bool is_value_cut; /* the value that was begun is known to be longer than what was given */
} Text;

void text_init(Text *text);

/* text_deinit() - frees the buffer; @text may be used again. */
void text_deinit(Text *text);

/* text_clear() - empty again, limits and failure included; the memory is kept. */
void text_clear(Text *text);

/* text_result() - 0, or -ENOMEM if any append since text_init() or text_clear() found no memory. */
int text_result(const Text *text);

/* text_string() - the text so far, "" if there is none. Borrowed until the next call on @text. */
const char *text_string(const Text *text);
size_t text_len_bytes(const Text *text);

/* text_take() - the text, from malloc(), which the caller owns; @text is empty after it. NULL if memory was
 * out. */
char *text_take(Text *text);

/* text_to_json() - the text as a JSON string. New reference; NULL if memory was out. */
json_t *text_to_json(const Text *text);

/* What text_end_value() restores. */
typedef struct TextLimit {
    size_t start_chars;
    size_t max_chars;
    size_t outer_stop_chars;
    bool outer_is_value_cut;
} TextLimit;

/* text_begin_value() - what is appended until text_end_value() is one value of at most @max_chars characters;
 * a longer one is stored as the original did: its first @max_chars + 1 characters and "...". May be nested.
 */
TextLimit text_begin_value(Text *text, size_t max_chars);
void text_end_value(Text *text, TextLimit limit);

/* text_is_full() - nothing that is appended now would be stored; loops may end early. */
bool text_is_full(const Text *text);

/* text_append() - a string of this program or one that was made here: valid UTF-8. */
void text_append(Text *text, const char *string);
void text_append_format(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* text_append_ascii() - @len characters, all of them ASCII. */
void text_append_ascii(Text *text, const char *data, size_t len);

/* text_append_code_point() - one character, not a surrogate. */
void text_append_code_point(Text *text, uint32_t code_point);

/* text_append_escaped() - one character as repr() writes those that it does not show: \n, \x1b, \u2028. */
void text_append_escaped(Text *text, uint32_t code_point);

/* text_append_clean() - text of an app as it is, without quotes: what is no character (invalid UTF-8, lone
 * surrogates, NUL) becomes U+FFFD. */
void text_append_clean(Text *text, const void *data, size_t len);

/* text_append_repr_str() - @data is UTF-8 with surrogatepass. @is_cut: the str goes on after @data, whose
 * last character may be incomplete; then there is no closing quote, and the value counts as cut. */
void text_append_repr_str(Text *text, const void *data, size_t len, bool is_cut);

/* text_append_repr_bytes() - b'..', or bytearray(b'..'). @is_cut as above. */
void text_append_repr_bytes(Text *text, const void *data, size_t len, bool is_cut, bool is_bytearray);

void text_append_repr_int(Text *text, int64_t value);

/* text_append_repr_big_int() - @magnitude is little endian, of any length. */
void text_append_repr_big_int(Text *text, const void *magnitude, size_t len, bool is_negative);

/* text_append_repr_float() - the shortest digits that give @value again: 0.1, 1e+16, inf, nan, -0.0. */
void text_append_repr_float(Text *text, double value);
void text_append_repr_complex(Text *text, double real, double imaginary);

/* text_is_database_key() - whether the database takes @key as the name of a child: UTF-8 of at least 1 and at
 * most TEXT_DATABASE_KEY_BYTES_MAX bytes, without . $ # [ ] / and control characters. */
bool text_is_database_key(const char *key);

/* text_is_printable() - what str.isprintable() of CPython 3.13 says about one code point. */
bool text_is_printable(uint32_t code_point);

#ifdef __cplusplus
}
#endif
