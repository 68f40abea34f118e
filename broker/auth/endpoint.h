/* Which URLs may be given something secret. Pure; any thread.
 *
 * https with a host name or address; http only to this machine itself (emulators, token agents beside the
 * app). A URL with a user, a fragment, or characters that programs read differently is none. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ENDPOINT_URL_BYTES_MAX  2048 /* untuned */
#define ENDPOINT_HOST_BYTES_MAX 253  /* DNS */

typedef struct Endpoint {
    bool is_https;
    bool is_loopback;   /* "localhost", 127.0.0.0/8 or ::1, by what is written: nothing is looked up */
    bool is_link_local; /* 169.254.0.0/16 */
    bool has_query;
    bool has_path;                          /* other than "/" */
    uint16_t port;                          /* of the scheme, if none is written */
    char host[ENDPOINT_HOST_BYTES_MAX + 1]; /* lower case; IPv6 in brackets */
} Endpoint;

/* endpoint_parse() - 0, or -EINVAL with the reason in *ret_why, which lives for ever ("is not https"). */
int endpoint_parse(const char *url, Endpoint *ret, const char **ret_why);

/* endpoint_parse_source() - as endpoint_parse(), and http also to link-local addresses, where clouds have the
 * agents that hand out subject tokens. */
int endpoint_parse_source(const char *url, Endpoint *ret, const char **ret_why);

/* endpoint_is_on_domain() - whether the host is @domain or below it. */
bool endpoint_is_on_domain(const Endpoint *endpoint, const char *domain);

/* endpoint_is_google_api() - https at a host that Google's own libraries exchange tokens with. */
bool endpoint_is_google_api(const Endpoint *endpoint);

#ifdef __cplusplus
}
#endif
