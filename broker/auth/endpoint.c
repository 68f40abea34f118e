#include "broker/auth/endpoint.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "broker/util/cleanup.h"

static void cleanup_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void cleanup_curl_text(char **text)
{
    curl_free(*text);
}

#define AUTO_URL       CLEANUP(cleanup_url)
#define AUTO_CURL_TEXT CLEANUP(cleanup_curl_text)

static int refuse(const char **ret_why, const char *why)
{
    *ret_why = why;
    return -EINVAL;
}

/* Sets what kind of place the host is. */
static void classify(Endpoint *endpoint)
{
    const char *host = endpoint->host;
    struct in_addr four;
    struct in6_addr six;
    char bare[INET6_ADDRSTRLEN] = "";
    size_t length = strlen(host);

    if (strcmp(host, "localhost") == 0) {
        endpoint->is_loopback = true;
    } else if (inet_pton(AF_INET, host, &four) == 1) {
        endpoint->is_loopback = ntohl(four.s_addr) >> 24 == 127;
        endpoint->is_link_local = ntohl(four.s_addr) >> 16 == (169 << 8 | 254);
    } else if (host[0] == '[' && length - 2 < sizeof bare) {
        memcpy(bare, host + 1, length - 2);
        endpoint->is_loopback = inet_pton(AF_INET6, bare, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
    }
}

/* Labels of letters, digits and hyphens, or an address. What DNS would not have is no host to send a secret
 * to. */
static bool is_host(const char *host)
{
    size_t label = 0;

    if (host[0] == '[')
        return true; /* libcurl has parsed it */
    for (; *host; host++) {
        if (*host == '.' && label == 0)
            return false;
        label = *host == '.' ? 0 : label + 1;
        if (label > 63 || !(isalnum((unsigned char)*host) || strchr("-_.", *host)))
            return false;
    }
    return label > 0;
}

static bool is_plain(const char *url)
{
    for (; *url; url++) {
        if (*url <= ' ' || *url > '~' || strchr("\\\"<>^`{|}", *url))
            return false;
    }
    return true;
}

static int take_host(CURLU *url, Endpoint *endpoint, const char **ret_why)
{
    AUTO_CURL_TEXT char *host = NULL;

    if (curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK || !*host ||
        strlen(host) > ENDPOINT_HOST_BYTES_MAX)
        return refuse(ret_why, "has no host");
    for (size_t i = 0; host[i]; i++)
        endpoint->host[i] = (char)tolower((unsigned char)host[i]);
    if (!is_host(endpoint->host))
        return refuse(ret_why, "has a host that cannot be");
    classify(endpoint);
    return 0;
}

static int take_rest(CURLU *url, Endpoint *endpoint, const char **ret_why)
{
    AUTO_CURL_TEXT char *port = NULL;
    AUTO_CURL_TEXT char *path = NULL;
    AUTO_CURL_TEXT char *query = NULL;
    AUTO_CURL_TEXT char *fragment = NULL;

    if (curl_url_get(url, CURLUPART_FRAGMENT, &fragment, 0) == CURLUE_OK)
        return refuse(ret_why, "has a fragment");
    if (curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK)
        return refuse(ret_why, "has no port");
    endpoint->port = (uint16_t)strtoul(port, NULL, 10);
    if (endpoint->port == 0)
        return refuse(ret_why, "has no port");
    endpoint->has_query = curl_url_get(url, CURLUPART_QUERY, &query, 0) == CURLUE_OK;
    endpoint->has_path =
        curl_url_get(url, CURLUPART_PATH, &path, 0) == CURLUE_OK && strcmp(path, "/") != 0 && *path;
    return 0;
}

static int parse(const char *text, Endpoint *endpoint, const char **ret_why)
{
    AUTO_URL CURLU *url = curl_url();
    CURLUcode code;
    int result;

    if (!url)
        return refuse(ret_why, "cannot be read: out of memory");
    if (strlen(text) > ENDPOINT_URL_BYTES_MAX)
        return refuse(ret_why, "is too long for a URL");
    if (!is_plain(text))
        return refuse(ret_why, "has characters that no URL has");
    endpoint->is_https = strncasecmp(text, "https://", 8) == 0;
    if (!endpoint->is_https && strncasecmp(text, "http://", 7) != 0)
        return refuse(ret_why, "is no https URL");
    if (strncmp(strchr(text, ':'), ":///", 4) == 0) /* libcurl would skip the third */
        return refuse(ret_why, "has no host");
    code = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER);
    if (code == CURLUE_USER_NOT_ALLOWED)
        return refuse(ret_why, "has a user name");
    if (code != CURLUE_OK)
        return refuse(ret_why, "is no https URL");
    result = take_host(url, endpoint, ret_why);
    return result == 0 ? take_rest(url, endpoint, ret_why) : result;
}

int endpoint_parse(const char *url, Endpoint *ret, const char **ret_why)
{
    Endpoint endpoint = {0};
    int result = parse(url, &endpoint, ret_why);

    if (result == 0 && !endpoint.is_https && !endpoint.is_loopback)
        return refuse(ret_why, "is not https (http is for this machine alone)");
    if (result == 0)
        *ret = endpoint;
    return result;
}

int endpoint_parse_source(const char *url, Endpoint *ret, const char **ret_why)
{
    Endpoint endpoint = {0};
    int result = parse(url, &endpoint, ret_why);

    if (result == 0 && !endpoint.is_https && !endpoint.is_loopback && !endpoint.is_link_local)
        return refuse(ret_why, "is not https (http is for this machine and link-local addresses)");
    if (result == 0)
        *ret = endpoint;
    return result;
}

bool endpoint_is_on_domain(const Endpoint *endpoint, const char *domain)
{
    size_t length = strlen(endpoint->host);
    size_t domain_length = strlen(domain);

    if (length < domain_length || strcmp(endpoint->host + length - domain_length, domain) != 0)
        return false;
    return length == domain_length || endpoint->host[length - domain_length - 1] == '.';
}

bool endpoint_is_google_api(const Endpoint *endpoint)
{
    return endpoint->is_https && (endpoint_is_on_domain(endpoint, "googleapis.com") ||
                                  strcmp(endpoint->host, "accounts.google.com") == 0);
}
