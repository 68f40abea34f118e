/* The address of a database: checked, made into the addresses of requests, and compared with where a redirect
 * points. Pure; any thread. */
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct RtdbUrl {
    char *base;   /* "https://x.firebaseio.com:443": scheme, host in lower case, port */
    char *folder; /* the path below it, "" as a rule; no slash at the end */
    char *query;  /* "ns=x", or "" */
    bool is_https;
    bool is_google; /* https, and a host of Google's that serves databases */
} RtdbUrl;

/* rtdb_url_parse() - https://host, or http://loopback; no user, no fragment. 0, -EINVAL or -ENOMEM; then
 * nothing is left to free. */
int rtdb_url_parse(const char *text, RtdbUrl *ret);

void rtdb_url_deinit(RtdbUrl *url);

/* rtdb_url_make() - the address of @path (keys joined by '/', not encoded; "" is the root) with @parameters
 * ("print=silent", or ""). The caller frees *ret. 0, -EINVAL (an empty key, "." or ".."), -ENOMEM. */
int rtdb_url_make(const RtdbUrl *url, const char *path, const char *parameters, char **ret);

/* rtdb_url_trusts() - whether what is meant for the database, its token above all, may go to @target. */
bool rtdb_url_trusts(const RtdbUrl *url, const char *target);

#ifdef __cplusplus
}
#endif
