#include "broker/apps/utf8.h"

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* How long a character says it is by its first byte; 0 for a byte that begins none. */
static size_t announced_size(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    if (first >= 0xf0 && first <= 0xf4)
        return 4;
    return 0;
}

size_t utf8_decode(const char *data, size_t len, uint32_t *ret_code_point)
{
    /* The smallest code point of each size: a smaller one has a shorter form, which is the only legal one. */
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)data[0];
    size_t size = announced_size(first);
    uint32_t code_point;

    *ret_code_point = UTF8_INVALID;
    if (size == 0 || size > len)
        return 1;
    code_point = size == 1 ? first : first & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if (!is_continuation(data[i]))
            return 1;
        code_point = code_point << 6 | ((unsigned char)data[i] & 0x3f);
    }
    if (code_point < smallest[size] || code_point > 0x10ffff)
        return 1;
    *ret_code_point = code_point;
    return size;
}

size_t utf8_encode(uint32_t code_point, char *data)
{
    if (code_point < 0x80) {
        data[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        data[0] = (char)(0xc0 | code_point >> 6);
        data[1] = (char)(0x80 | (code_point & 0x3f));
        return 2;
    }
    if (code_point < 0x10000) {
        data[0] = (char)(0xe0 | code_point >> 12);
        data[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        data[2] = (char)(0x80 | (code_point & 0x3f));
        return 3;
    }
    data[0] = (char)(0xf0 | code_point >> 18);
    data[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
    data[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
    data[3] = (char)(0x80 | (code_point & 0x3f));
    return 4;
}

size_t utf8_num_plain(const char *data, size_t len)
{
    size_t i = 0;

    while (i < len && data[i] != '\0' && !((unsigned char)data[i] & 0x80))
        i++;
    return i;
}

size_t utf8_num_chars(const char *data, size_t len)
{
    size_t num_chars = 0;

    for (size_t i = 0; i < len; i++)
        num_chars += !is_continuation(data[i]);
    return num_chars;
}

size_t utf8_size_of_chars(const char *data, size_t len, size_t num_chars)
{
    for (size_t i = 0; i < len; i++) {
        if (is_continuation(data[i]))
            continue;
        if (num_chars-- == 0)
            return i;
    }
    return len;
}

size_t utf8_size_whole(const char *data, size_t len)
{
    for (size_t back = 1; back < UTF8_BYTES_MAX && back <= len; back++) {
        unsigned char byte = (unsigned char)data[len - back];

        if (is_continuation((char)byte))
            continue;
        return announced_size(byte) > back ? len - back : len;
    }
    return len;
}
