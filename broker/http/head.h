/* The head of an HTTP/1 request: request line and headers. Pure: text in, structure out; any thread.
 *
 * Strict where two readers of the same bytes could disagree (folded lines, blanks before the colon, two
 * lengths, a length with chunks): such a head is refused, never interpreted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HTTP_NUM_HEADERS_MAX 100

typedef struct HttpHeader {
    const char *name;
    const char *value; /* without blanks around it */
} HttpHeader;

typedef struct HttpHead {
    const char *method;
    const char *path;      /* begins with '/', or is "*" */
    const char *query;     /* "" if there is none */
    const char *authority; /* of the absolute form, which beats Host; else NULL */
    HttpHeader headers[HTTP_NUM_HEADERS_MAX];
    size_t num_headers;
    int minor_version; /* 0 or 1 */
    uint64_t content_length;
    bool is_chunked;
    bool is_keep_alive;
    bool is_continue_expected;
} HttpHead;

/* http_head_parse() - takes @text apart, in place; @ret borrows it.
 * @text: everything up to and with the blank line; text[length] must be writable.
 * Returns 0, or the HTTP status to refuse it with: 400, 417, 431, 501, 505. */
int http_head_parse(char *text, size_t length, HttpHead *ret);

/* http_head_get() - the first value of a header, whatever the case of @name, or NULL. */
const char *http_head_get(const HttpHead *head, const char *name);

#ifdef __cplusplus
}
#endif
