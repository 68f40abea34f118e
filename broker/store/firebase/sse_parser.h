/* Server-sent events out of bytes, however they are cut. Pure; one owner.
 *
 * The bytes are pulled: sse_parser_next() takes what it needs and gives one event at a time, so that who
 * handles an event may end the parser. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SSE_NAME_BYTES_MAX 64 /* of an event's name; a longer one is cut, and known by nobody */

typedef struct SseParser SseParser;

/* Borrowed until the next call. */
typedef struct SseEvent {
    const char *name; /* "message" if it has none */
    const char *data; /* terminated; lines joined by '\n' */
    size_t length;
} SseEvent;

/* sse_parser_new() - @event_bytes_max: of the data of one event. The caller owns *ret. 0 or -ENOMEM. */
int sse_parser_new(size_t event_bytes_max, SseParser **ret);

/* sse_parser_free() - NULL is nothing; returns NULL. */
SseParser *sse_parser_free(SseParser *parser);

/* sse_parser_next() - reads from *bytes, of which *length are left, and moves both on.
 * Returns 1 with an event in *ret; 0 if there is none before the end of the bytes; -EMSGSIZE if an event is
 * too large, or -ENOMEM: the parser is of no use any more. */
int sse_parser_next(SseParser *parser, const char **bytes, size_t *length, SseEvent *ret);

#ifdef __cplusplus
}
#endif
