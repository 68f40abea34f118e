#include "broker/http/chunked.h"

#include <limits.h>

#define SIZE_DIGITS_MAX    15   /* of a chunk's size: more than any body */
#define OVERHEAD_BYTES_MAX 8192 /* extensions and trailers of one body; nobody here sends any */

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
        return (digit | 0x20) - 'a' + 10;
    return -1;
}

/* The size of a chunk has been read to its end. */
static bool begin_chunk(ChunkedDecoder *decoder)
{
    if (decoder->num_digits == 0)
        return false;
    decoder->state = decoder->left > 0 ? CHUNKED_DATA : CHUNKED_TRAILER;
    decoder->num_digits = 0;
    decoder->is_line_empty = true;
    return true;
}

static bool step_size(ChunkedDecoder *decoder, char byte)
{
    int digit = hex_digit(byte);

    if (digit >= 0) {
        decoder->left = decoder->left * 16 + (uint64_t)digit;
        return !decoder->is_carriage_return && ++decoder->num_digits <= SIZE_DIGITS_MAX;
    }
    if (byte == '\n')
        return begin_chunk(decoder);
    if (decoder->is_carriage_return)
        return false;
    if (byte == '\r')
        return true;
    if (byte != ';' && byte != ' ' && byte != '\t')
        return false;
    decoder->state = CHUNKED_EXTENSION;
    return true;
}

static bool step_data_end(ChunkedDecoder *decoder, char byte)
{
    if (byte == '\r')
        return !decoder->is_carriage_return;
    decoder->state = CHUNKED_SIZE;
    decoder->left = 0;
    return byte == '\n';
}

static bool step_trailer(ChunkedDecoder *decoder, char byte)
{
    if (byte == '\n') {
        if (decoder->is_line_empty)
            decoder->state = CHUNKED_DONE;
        decoder->is_line_empty = true;
    } else if (byte != '\r') {
        decoder->is_line_empty = false;
    }
    return ++decoder->num_overhead <= OVERHEAD_BYTES_MAX;
}

static bool step_byte(ChunkedDecoder *decoder, char byte)
{
    bool is_good = false;

    switch (decoder->state) {
    case CHUNKED_SIZE:
        is_good = step_size(decoder, byte);
        break;
    case CHUNKED_EXTENSION:
        is_good = ++decoder->num_overhead <= OVERHEAD_BYTES_MAX && (byte != '\n' || begin_chunk(decoder));
        break;
    case CHUNKED_DATA_END:
        is_good = step_data_end(decoder, byte);
        break;
    case CHUNKED_TRAILER:
        is_good = step_trailer(decoder, byte);
        break;
    case CHUNKED_DATA:
    case CHUNKED_DONE:
        break; /* not fed byte by byte */
    }
    decoder->is_carriage_return = byte == '\r';
    return is_good;
}

long chunked_step(ChunkedDecoder *decoder, const char *bytes, size_t length, const char **ret_data,
                  size_t *ret_data_length)
{
    size_t consumed = 0;

    *ret_data = NULL;
    *ret_data_length = 0;
    while (consumed < length && consumed < LONG_MAX / 2 && decoder->state != CHUNKED_DATA &&
           decoder->state != CHUNKED_DONE)
        if (!step_byte(decoder, bytes[consumed++]))
            return -1;

    if (decoder->state == CHUNKED_DATA && consumed < length) {
        size_t take = length - consumed < decoder->left ? length - consumed : (size_t)decoder->left;

        *ret_data = bytes + consumed;
        *ret_data_length = take;
        decoder->left -= take;
        consumed += take;
        if (decoder->left == 0)
            decoder->state = CHUNKED_DATA_END;
    }
    return (long)consumed;
}
