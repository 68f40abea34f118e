/* Decodes a chunked body (RFC 9112, 7.1). Pure; any thread.
 *
 * Fed byte ranges of any size, it says which of them are data. Trailers are skipped. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ChunkedState {
    CHUNKED_SIZE,
    CHUNKED_EXTENSION,
    CHUNKED_DATA,
    CHUNKED_DATA_END,
    CHUNKED_TRAILER,
    CHUNKED_DONE,
} ChunkedState;

/* Begins as all zeroes. */
typedef struct ChunkedDecoder {
    ChunkedState state;
    uint64_t left;           /* of the chunk: read so far of its size, then bytes of data to come */
    unsigned num_digits;     /* of the size */
    size_t num_overhead;     /* bytes of extensions and trailers so far */
    bool is_line_empty;      /* in the trailer: nothing yet but the line's beginning */
    bool is_carriage_return; /* the byte before was one */
} ChunkedDecoder;

/* chunked_step() - consumes the first bytes of @bytes.
 * @ret_data, @ret_data_length: the part of the consumed bytes that is data of the body, if any.
 * Returns how many bytes were consumed (0 only if @length is 0 or the body is over), or -1 if the body is
 * malformed. state is CHUNKED_DONE after the last byte. Call it again with the rest. */
long chunked_step(ChunkedDecoder *decoder, const char *bytes, size_t length, const char **ret_data,
                  size_t *ret_data_length);

#ifdef __cplusplus
}
#endif
