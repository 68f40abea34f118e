#include "broker/store/firebase/rtdb_url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/http/client.h"
#include "broker/util/cleanup.h"
#include "broker/util/text_buffer.h"

static void cleanup_curl_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

/* A part as a string of our own, "" if it is not there; NULL without memory. */
static char *part_of(CURLU *url, CURLUPart part, unsigned flags)
{
    char *value = NULL;
    char *copy;

    if (curl_url_get(url, part, &value, flags) != CURLUE_OK)
        return strdup("");
    copy = strdup(value);
    curl_free(value);
    return copy;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text);
    size_t ending_length = strlen(ending);

    return length > ending_length && strcmp(text + length - ending_length, ending) == 0;
}

static void to_lower(char *text)
{
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

static bool is_google_host(const char *host)
{
    return ends_with(host, ".firebaseio.com") || ends_with(host, ".firebasedatabase.app");
}

static int fill(CURLU *url, RtdbUrl *ret)
{
    AUTO_FREE char *scheme = part_of(url, CURLUPART_SCHEME, 0);
    AUTO_FREE char *host = part_of(url, CURLUPART_HOST, 0);
    AUTO_FREE char *port = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);

    ret->folder = part_of(url, CURLUPART_PATH, 0);
    ret->query = part_of(url, CURLUPART_QUERY, 0);
    if (!scheme || !host || !port || !ret->folder || !ret->query)
        return -ENOMEM;
    to_lower(host);
    for (size_t length = strlen(ret->folder); length && ret->folder[length - 1] == '/'; length--)
        ret->folder[length - 1] = '\0';
    if (asprintf(&ret->base, "%s://%s:%s", scheme, host, port) < 0) {
        ret->base = NULL;
        return -ENOMEM;
    }
    ret->is_https = strcmp(scheme, "https") == 0;
    ret->is_google = ret->is_https && is_google_host(host) && strcmp(port, "443") == 0;
    return 0;
}

static int parse(const char *text, RtdbUrl *ret)
{
    CLEANUP(cleanup_curl_url) CURLU *url = curl_url();
    int result;

    if (!url)
        return -ENOMEM;
    if (curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) != CURLUE_OK || strchr(text, '#'))
        return -EINVAL;
    result = fill(url, ret);
    if (result == 0 && !ret->is_https &&
        (strncmp(ret->base, "http://", 7) != 0 || !http_url_is_loopback(ret->base)))
        return -EINVAL;
    return result;
}

int rtdb_url_parse(const char *text, RtdbUrl *ret)
{
    RtdbUrl url = {0};
    int result = parse(text, &url);

    if (result < 0)
        rtdb_url_deinit(&url);
    else
        *ret = url;
    return result;
}

void rtdb_url_deinit(RtdbUrl *url)
{
    free(url->base);
    free(url->folder);
    free(url->query);
    *url = (RtdbUrl){0};
}

static void add_encoded(TextBuffer *buffer, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (isalnum(byte) || strchr("-._~", byte))
            text_buffer_add(buffer, text + i, 1);
        else
            text_buffer_printf(buffer, "%%%02X", byte);
    }
}

static bool is_key(const char *key, size_t length)
{
    return length && !(length == 1 && key[0] == '.') && !(length == 2 && strncmp(key, "..", 2) == 0);
}

int rtdb_url_make(const RtdbUrl *url, const char *path, const char *parameters, char **ret)
{
    TextBuffer buffer = {0};
    const char *between = *parameters && *url->query ? "&" : "";

    text_buffer_printf(&buffer, "%s%s", url->base, url->folder);
    for (const char *key = path; *path;) {
        size_t length = strcspn(key, "/");

        if (!is_key(key, length)) {
            text_buffer_deinit(&buffer);
            return -EINVAL;
        }
        text_buffer_add(&buffer, "/", 1);
        add_encoded(&buffer, key, length);
        if (!key[length])
            break;
        key += length + 1;
    }
    text_buffer_printf(&buffer, "%s.json%s%s%s%s", *path ? "" : "/", *parameters || *url->query ? "?" : "",
                       parameters, between, url->query);
    *ret = text_buffer_take(&buffer);
    return *ret ? 0 : -ENOMEM;
}

bool rtdb_url_trusts(const RtdbUrl *url, const char *target)
{
    RtdbUrl other = {0};
    bool is_trusted;

    if (rtdb_url_parse(target, &other) < 0)
        return false;
    is_trusted = strcmp(url->base, other.base) == 0 || (url->is_google && other.is_google);
    rtdb_url_deinit(&other);
    return is_trusted;
}
