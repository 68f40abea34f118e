/* UTF-8 as CPython's "surrogatepass" writes it: lone surrogates are encoded as if they were characters. One
 * bounds-checked decoder for all text of apps. Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UTF8_BYTES_MAX   4          /* of one character */
#define UTF8_REPLACEMENT 0xfffdu    /* what stands for what is no character */
#define UTF8_INVALID     UINT32_MAX /* from utf8_decode() */

/* utf8_decode() - the code point at @data, or UTF8_INVALID. @len is at least 1. Returns how many bytes it
 * has; 1 for an invalid byte. */
size_t utf8_decode(const char *data, size_t len, uint32_t *ret_code_point);

/* utf8_encode() - returns the number of bytes written to @data, which has room for UTF8_BYTES_MAX. */
size_t utf8_encode(uint32_t code_point, char *data);

/* utf8_num_plain() - bytes at the start of @data that are ASCII and not NUL. */
size_t utf8_num_plain(const char *data, size_t len);

/* utf8_num_chars() - of valid UTF-8. */
size_t utf8_num_chars(const char *data, size_t len);

/* utf8_size_of_chars() - bytes of the first @num_chars characters of valid UTF-8, or @len. */
size_t utf8_size_of_chars(const char *data, size_t len, size_t num_chars);

/* utf8_size_whole() - @len without the last character if that is incomplete: for text that was cut. */
size_t utf8_size_whole(const char *data, size_t len);

static inline bool utf8_is_surrogate(uint32_t code_point)
{
    return code_point >= 0xd800 && code_point <= 0xdfff;
}

#ifdef __cplusplus
}
#endif
