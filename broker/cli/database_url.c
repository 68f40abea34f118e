#include "broker/cli/database_url.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/cli/must.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

static void cleanup_curl_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

/* A part of the URL as a string of our own, "" if it is not there. */
static char *part_of(CURLU *url, CURLUPart part)
{
    char *value = NULL;
    char *copy;

    if (curl_url_get(url, part, &value, 0) != CURLUE_OK)
        return MUST(strdup(""));
    copy = MUST(strdup(value));
    curl_free(value);
    return copy;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), ending_length = strlen(ending);

    return length > ending_length && strcmp(text + length - ending_length, ending) == 0;
}

static char *without_brackets(char *host)
{
    size_t length = strlen(host);

    if (length > 2 && host[0] == '[') {
        memmove(host, host + 1, length - 2);
        host[length - 2] = '\0';
    }
    for (char *cursor = host; *cursor; cursor++)
        if (*cursor >= 'A' && *cursor <= 'Z')
            *cursor = (char)(*cursor - 'A' + 'a');
    return host;
}

static char *join_base(CURLU *url, const char *scheme)
{
    AUTO_FREE char *host = part_of(url, CURLUPART_HOST);
    AUTO_FREE char *port = part_of(url, CURLUPART_PORT);
    AUTO_FREE char *path = part_of(url, CURLUPART_PATH);
    size_t length = strlen(path);

    while (length > 0 && path[length - 1] == '/')
        path[--length] = '\0';
    return text_format("%s://%s%s%s%s", scheme, host, *port ? ":" : "", port, path);
}

int database_url_parse(const char *text, DatabaseUrl *ret_url, const char **ret_problem)
{
    CLEANUP(cleanup_curl_url) CURLU *url = MUST(curl_url());
    AUTO_FREE char *scheme = NULL, *user = NULL, *password = NULL;
    DatabaseUrl parsed = {0};

    if (!utf8_is_valid(text, strlen(text)) || curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK) {
        *ret_problem = "it must have the form http://host:port or https://host";
        return -EINVAL;
    }
    scheme = part_of(url, CURLUPART_SCHEME);
    if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) {
        *ret_problem = "it must begin with http:// or https://";
        return -EINVAL;
    }
    user = part_of(url, CURLUPART_USER);
    password = part_of(url, CURLUPART_PASSWORD);
    if (*user || *password) {
        *ret_problem = "it must not contain a user name or a password; for a token see --token-file";
        return -EINVAL;
    }

    parsed.base = join_base(url, scheme);
    parsed.query = part_of(url, CURLUPART_QUERY);
    parsed.host = without_brackets(part_of(url, CURLUPART_HOST));
    parsed.is_https = strcmp(scheme, "https") == 0;
    parsed.is_loopback = strcmp(parsed.host, "localhost") == 0 || strncmp(parsed.host, "127.", 4) == 0 ||
                         strcmp(parsed.host, "::1") == 0;
    parsed.is_firebase = parsed.is_https && (ends_with(parsed.host, ".firebaseio.com") ||
                                             ends_with(parsed.host, ".firebasedatabase.app"));
    *ret_url = parsed;
    return 0;
}

void database_url_deinit(DatabaseUrl *url)
{
    free(url->base);
    free(url->query);
    free(url->host);
    *url = (DatabaseUrl){0};
}
