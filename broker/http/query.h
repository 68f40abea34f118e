/* Percent-decoding, and the query of a URL as a list of names and values. Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HTTP_NUM_PARAMETERS_MAX 64

typedef struct HttpParameter {
    char *name;
    char *value; /* "" where there was no '=' */
} HttpParameter;

typedef struct HttpQuery {
    HttpParameter parameters[HTTP_NUM_PARAMETERS_MAX];
    size_t num_parameters;
    char *storage; /* the decoded text that the pointers lead into */
} HttpQuery;

/* http_percent_decode() - decodes @text in place and once; a '+' becomes a space if @is_plus_space. Returns
 * the new length (a NUL is put behind it), or -1 if a '%' is not followed by two hex digits. The result may
 * hold NUL. */
long http_percent_decode(char *text, size_t length, bool is_plus_space);

/* http_query_init() - splits and decodes "a=1&b=2". Returns 0; -EINVAL (bad percent-encoding, a NUL, or
 * too many parameters); -ENOMEM. On success http_query_deinit() is due. */
int http_query_init(HttpQuery *query, const char *text);
void http_query_deinit(HttpQuery *query);

/* http_query_get() - the first value of @name, or NULL. Borrowed from the query. */
const char *http_query_get(const HttpQuery *query, const char *name);

#ifdef __cplusplus
}
#endif
