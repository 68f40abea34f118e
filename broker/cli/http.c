#include "broker/cli/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/cli/must.h"
#include "broker/util/cleanup.h"

struct Http {
    CURL *curl;
    const DatabaseUrl *url;
    const char *token;
    long silence_max_s;
    char *problem;
    char curl_message[CURL_ERROR_SIZE];
};

typedef struct curl_slist HeaderList;

static void cleanup_headers(HeaderList **headers)
{
    curl_slist_free_all(*headers);
}

int http_new(const DatabaseUrl *url, const char *token, long silence_max_s, Http **ret_http)
{
    Http *http = MUST((Http *)calloc(1, sizeof *http));

    http->curl = curl_easy_init();
    if (!http->curl) {
        free(http);
        return -EIO;
    }
    http->url = url;
    http->token = token;
    http->silence_max_s = silence_max_s;
    *ret_http = http;
    return 0;
}

Http *http_free(Http *http)
{
    if (!http)
        return NULL;
    curl_easy_cleanup(http->curl);
    free(http->problem);
    free(http);
    return NULL;
}

const char *http_problem(const Http *http)
{
    return http->problem ? http->problem : "";
}

static void set_problem(Http *http, char *problem)
{
    free(http->problem);
    http->problem = text_printable(problem, strlen(problem), TEXT_ONE_LINE);
    free(problem);
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
    Text *body = context;

    if (body->length + size * count > HTTP_ANSWER_BYTES_MAX)
        return 0; /* libcurl ends the exchange with CURLE_WRITE_ERROR */
    text_append(body, bytes, size * count);
    return size * count;
}

static HeaderList *add_header(HeaderList *headers, const char *header)
{
    return MUST(curl_slist_append(headers, header));
}

static HeaderList *make_headers(const HttpRequest *request, const char *token)
{
    HeaderList *headers = add_header(NULL, "Accept: application/json");

    headers = add_header(headers, "Expect:"); /* no waiting for "100 Continue" before large bodies */
    if (request->body)
        headers = add_header(headers, "Content-Type: application/json");
    if (request->if_absent)
        headers = add_header(headers, "if-match: null_etag");
    if (token) {
        AUTO_FREE char *authorization = text_format("Authorization: Bearer %s", token);

        headers = add_header(headers, authorization);
        explicit_bzero(authorization, strlen(authorization));
    }
    return headers;
}

static void prepare(Http *http, const HttpRequest *request, const char *address, HeaderList *headers,
                    Text *body)
{
    CURL *curl = http->curl;

    curl_easy_reset(curl); /* keeps the connection */
    http->curl_message[0] = '\0';
    (void)curl_easy_setopt(curl, CURLOPT_URL, address);
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (request->body)
        (void)curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, request->body);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "snapdbg");
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->curl_message);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, http->silence_max_s);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, http->silence_max_s);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)HTTP_EXCHANGE_MAX_S);
    if (http->url->is_loopback) /* a proxy's loopback is another machine's */
        (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

static int explain(Http *http, CURLcode code)
{
    const char *base = http->url->base;
    const char *hint = http->url->is_firebase ? "" : ". Is snapshot-broker running?";
    const char *message = http->curl_message[0] ? http->curl_message : curl_easy_strerror(code);
    long os_error = 0;
    double seconds = 0;

    switch (code) {
    case CURLE_COULDNT_CONNECT:
        (void)curl_easy_getinfo(http->curl, CURLINFO_OS_ERRNO, &os_error);
        if (os_error)
            message = strerror((int)os_error);
        set_problem(http, text_format("cannot reach %s: %s%s", base, message, hint));
        return -ECONNREFUSED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        set_problem(http, text_format("cannot reach %s: %s", base, message));
        return -EHOSTUNREACH;
    case CURLE_OPERATION_TIMEDOUT:
        (void)curl_easy_getinfo(http->curl, CURLINFO_TOTAL_TIME, &seconds);
        set_problem(http, text_format("no answer from %s within %.0f s", base, seconds));
        return -ETIMEDOUT;
    case CURLE_WRITE_ERROR:
        set_problem(http, text_format("the answer of %s is larger than %u MiB", base,
                                      HTTP_ANSWER_BYTES_MAX / (1024 * 1024)));
        return -EIO;
    default:
        set_problem(http, text_format("the exchange with %s failed: %s", base, message));
        return -EIO;
    }
}

/* Whether the token may go where a redirect points: to the server that it was meant for, or on to another
 * of Firebase's, which is how its databases move requests about. */
static bool is_trusted(const DatabaseUrl *original, const DatabaseUrl *target)
{
    const char *authority = strstr(original->base, "://") + strlen("://");
    size_t length = (size_t)(authority - original->base) + strcspn(authority, "/");

    if (target->is_firebase)
        return original->is_firebase;
    return strncmp(original->base, target->base, length) == 0 &&
           (target->base[length] == '\0' || target->base[length] == '/');
}

/* Whether the answer moves the request elsewhere, and where. 0 if not, 1 if so, or -EIO. */
static int find_redirect(Http *http, const HttpRequest *request, long status, char **address,
                         bool *is_token_kept)
{
    CLEANUP(database_url_deinit) DatabaseUrl target = {0};
    const char *problem = NULL;
    char *location = NULL;
    bool is_any_method = status == 307 || status == 308;
    bool is_read_only = status == 301 || status == 302 || status == 303;

    if (!is_any_method && !(is_read_only && strcmp(request->method, "GET") == 0))
        return 0;
    (void)curl_easy_getinfo(http->curl, CURLINFO_REDIRECT_URL, &location);
    if (!location)
        return 0;
    if (database_url_parse(location, &target, &problem) != 0 || (http->url->is_https && !target.is_https)) {
        set_problem(http, text_format("%s redirects to an address that cannot be trusted", http->url->base));
        return -EIO;
    }
    *is_token_kept = is_trusted(http->url, &target);
    free(*address);
    *address = MUST(strdup(location));
    return 1;
}

int http_exchange(Http *http, const HttpRequest *request, HttpAnswer *ret_answer)
{
    const char *separator = *request->query && *http->url->query ? "&" : "";
    AUTO_FREE char *query = text_format("%s%s%s", request->query, separator, http->url->query);
    AUTO_FREE char *address =
        text_format("%s%s%s%s", http->url->base, request->path, *query ? "?" : "", query);
    bool is_token_kept = true;

    for (int redirects = 0; redirects <= HTTP_REDIRECTS_MAX; redirects++) {
        CLEANUP(cleanup_headers)
        HeaderList *headers = make_headers(request, is_token_kept ? http->token : NULL);
        CLEANUP(text_deinit) Text body = {0};
        long status = 0;
        CURLcode code;
        int is_moved;

        prepare(http, request, address, headers, &body);
        code = curl_easy_perform(http->curl);
        if (code != CURLE_OK)
            return explain(http, code);
        (void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);

        is_moved = find_redirect(http, request, status, &address, &is_token_kept);
        if (is_moved < 0)
            return is_moved;
        if (is_moved == 0) {
            *ret_answer = (HttpAnswer){.status = status, .body = body};
            body = (Text){0};
            return 0;
        }
    }
    set_problem(http, text_format("%s redirects more than %d times", http->url->base, HTTP_REDIRECTS_MAX));
    return -EIO;
}
