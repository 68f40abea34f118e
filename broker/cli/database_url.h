/* The address of a database, taken apart. Any thread. */
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct DatabaseUrl {
    char *base;  /* "http://127.0.0.1:9000": no slash at the end, no query; fit to be shown */
    char *query; /* "ns=x" or "": goes with every request, is never shown (it may hold a secret) */
    char *host;  /* lower case, no port, IPv6 without brackets */
    bool is_https;
    bool is_loopback;
    bool is_firebase; /* https and a host of Google's that serves databases: may be sent a Google token */
} DatabaseUrl;

/* database_url_parse() - http and https only, no user name in it; slashes at the end are dropped. Returns
 * 0, or -EINVAL with *ret_problem, static, saying why. Deinit the result. */
int database_url_parse(const char *text, DatabaseUrl *ret_url, const char **ret_problem);

/* database_url_deinit() - for CLEANUP(). */
void database_url_deinit(DatabaseUrl *url);

#ifdef __cplusplus
}
#endif
