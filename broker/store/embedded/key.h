/* Keys of the Realtime Database: which are legal, and how they sort. Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KEY_BYTES_MAX 768 /* the Realtime Database's own limit */

/* key_is_valid() - 1..KEY_BYTES_MAX bytes of UTF-8 without . $ # [ ] / and ASCII control characters. */
bool key_is_valid(const char *key, size_t length);

/* key_compare() - as qsort() wants it: 32-bit integers first, by number; then the rest by UTF-16 code units,
 * which differs from the order of the bytes past U+FFFF. Both are UTF-8. */
int key_compare(const char *left, const char *right);

/* key_compare_text() - the order of the rest alone; also that of string values. */
int key_compare_text(const char *left, const char *right);

/* key_is_index() - the key of an array's element: "0", or digits that do not begin with 0, at most 9 of them
 * (a longer one is no array's). */
bool key_is_index(const char *key, uint32_t *ret_index);

#ifdef __cplusplus
}
#endif
