#include "broker/store/embedded/key.h"

#include <string.h>

/* The length of the character at @text, which has @left bytes; 0 if it is not UTF-8. */
static size_t character_length(const unsigned char *text, size_t left)
{
    static const struct {
        unsigned char lead_mask, lead, length;
        uint32_t smallest;
    } forms[] = {{0x80, 0x00, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        uint32_t code = text[0] & (unsigned char)~forms[i].lead_mask;

        if ((text[0] & forms[i].lead_mask) != forms[i].lead)
            continue;
        if (forms[i].length > left)
            return 0;
        for (size_t j = 1; j < forms[i].length; j++) {
            if ((text[j] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (text[j] & 0x3f);
        }
        if (code < forms[i].smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return 0;
        return forms[i].length;
    }
    return 0;
}

bool key_is_valid(const char *key, size_t length)
{
    const unsigned char *text = (const unsigned char *)key;

    if (length == 0 || length > KEY_BYTES_MAX)
        return false;
    for (size_t i = 0; i < length;) {
        size_t step = character_length(text + i, length - i);

        if (step == 0 || text[i] < 0x20 || text[i] == 0x7f || memchr(".$#[]/", text[i], 6))
            return false;
        i += step;
    }
    return true;
}

/* As the SDKs: -?0*\d{1,10}, within 32 bits. */
static bool parse_integer(const char *key, int64_t *ret)
{
    bool is_negative = *key == '-';
    const char *digits = key + is_negative;
    int64_t value = 0;

    if (*digits < '0' || *digits > '9') /* the usual key, at once */
        return false;
    if (strspn(digits, "0123456789") != strlen(digits))
        return false;
    digits += strspn(digits, "0");
    if (strlen(digits) > 10)
        return false;
    for (; *digits; digits++)
        value = value * 10 + (*digits - '0');
    if (is_negative)
        value = -value;
    *ret = value;
    return value >= INT32_MIN && value <= INT32_MAX;
}

/* In UTF-16 the characters past U+FFFF begin with a surrogate, which sorts before U+E000..U+FFFF; in UTF-8
 * their first byte (F0..) sorts behind that of the others (EE, EF). */
static int utf16_rank(unsigned char byte)
{
    return byte == 0xee || byte == 0xef ? byte + 0x10 : byte;
}

int key_compare_text(const char *left, const char *right)
{
    while (*left && *left == *right) {
        left++;
        right++;
    }
    return utf16_rank((unsigned char)*left) - utf16_rank((unsigned char)*right);
}

int key_compare(const char *left, const char *right)
{
    int64_t left_number = 0;
    int64_t right_number = 0;
    bool is_left_number = parse_integer(left, &left_number);
    bool is_right_number = parse_integer(right, &right_number);

    if (is_left_number != is_right_number)
        return is_left_number ? -1 : 1;
    if (!is_left_number)
        return key_compare_text(left, right);
    if (left_number != right_number)
        return left_number < right_number ? -1 : 1;
    /* "1", "01": the shorter first. "0" and "-0" come here too. */
    return (strlen(left) > strlen(right)) - (strlen(left) < strlen(right));
}

bool key_is_index(const char *key, uint32_t *ret_index)
{
    size_t length = strlen(key);
    uint32_t index = 0;

    if (length == 0 || length > 9 || (key[0] == '0' && length > 1))
        return false;
    for (; *key; key++) {
        if (*key < '0' || *key > '9')
            return false;
        index = index * 10 + (uint32_t)(*key - '0');
    }
    *ret_index = index;
    return true;
}
