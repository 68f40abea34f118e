#include "broker/http/call.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "broker/util/cleanup.h"

enum {
    KEEPALIVE_IDLE_S = 10, /* 40 KB per hour of packets; these three are untuned */
    KEEPALIVE_PERIOD_S = 5,
    UNACKNOWLEDGED_MS = 20000,
};

/* ----------------------------------------------------------------------------------------------- bytes */

/* Not realloc(), which would leave copies of what may be a secret behind. */
static int bytes_add(HttpBytes *bytes, const char *text, size_t length)
{
    size_t capacity = bytes->capacity ? bytes->capacity : 1024;
    char *larger;

    if (bytes->length + length >= bytes->capacity) {
        while (capacity <= bytes->length + length)
            capacity *= 2;
        larger = malloc(capacity);
        if (!larger)
            return -ENOMEM;
        if (bytes->length)
            memcpy(larger, bytes->text, bytes->length);
        if (bytes->text)
            explicit_bzero(bytes->text, bytes->length);
        free(bytes->text);
        bytes->text = larger;
        bytes->capacity = capacity;
    }
    memcpy(bytes->text + bytes->length, text, length);
    bytes->length += length;
    bytes->text[bytes->length] = '\0';
    return 0;
}

void http_bytes_deinit(HttpBytes *bytes)
{
    free(bytes->text);
    *bytes = (HttpBytes){0};
}

static void free_secret(char *text, size_t length)
{
    if (text)
        explicit_bzero(text, length);
    free(text);
}

/* ------------------------------------------------------------------------------------------- addresses */

static void cleanup_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void cleanup_curl_text(char **text)
{
    curl_free(*text);
}

static bool is_loopback_host(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

/* 0, -EINVAL, or -ENOMEM. */
static int look_at_url(const char *text, bool *ret_is_https, bool *ret_is_loopback)
{
    CLEANUP(cleanup_url) CURLU *url = curl_url();
    CLEANUP(cleanup_curl_text) char *scheme = NULL;
    CLEANUP(cleanup_curl_text) char *host = NULL;

    if (!url)
        return -ENOMEM;
    if (curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return -EINVAL;
    if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
        return -EINVAL;
    *ret_is_https = strcmp(scheme, "https") == 0;
    *ret_is_loopback = is_loopback_host(host);
    return 0;
}

bool http_url_is_loopback(const char *url)
{
    bool is_https;
    bool is_loopback = false;

    return look_at_url(url, &is_https, &is_loopback) == 0 && is_loopback;
}

static int set_url(HttpCall *call, const char *url)
{
    bool is_https = false;
    bool is_loopback = false;
    int result = look_at_url(url, &is_https, &is_loopback);

    if (result < 0)
        return result;
    if (!is_https && !is_loopback && !call->is_plain_allowed)
        return -EINVAL;
    free(call->url);
    call->url = strdup(url);
    if (!call->url || curl_easy_setopt(call->easy, CURLOPT_URL, url) != CURLE_OK)
        return -ENOMEM;
    call->is_https = is_https;
    /* Waits for a connection that is being made rather than make a second one; without TLS it would wait for
     * the first answer, and find that HTTP/1 carries one call at a time. */
    (void)curl_easy_setopt(call->easy, CURLOPT_PIPEWAIT, is_https ? 1L : 0L);
    /* A proxy's loopback is another machine's. NULL: what https_proxy and so on say. */
    (void)curl_easy_setopt(call->easy, CURLOPT_PROXY, is_loopback || call->is_direct ? "" : NULL);
    return 0;
}

/* ------------------------------------------------------------------------------------ within libcurl */

static int status_of(const HttpCall *call)
{
    long status = 0;

    (void)curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
    HttpCall *call = context;
    size_t length = size * count;
    int status = status_of(call);
    bool is_streamed = call->on_bytes && status / 100 == 2;

    call->stats->bytes_received += length;
    if (call_is_redirected(call))
        return length;
    if (!is_streamed && call->received.length + length > call->body_bytes_max)
        call->fault = -EMSGSIZE;
    else
        call->fault = bytes_add(&call->received, bytes, length);
    if (call->fault < 0)
        return CURL_WRITEFUNC_ERROR;
    if (is_streamed)
        call->has_bytes(call);
    return length;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    HttpCall *call = context;

    (void)bytes;
    call->stats->bytes_received += size * count;
    return size * count;
}

/* The request is about to be sent. */
static int note_connected(void *context, char *their_address, char *own_address, int their_port, int own_port)
{
    HttpCall *call = context;

    (void)their_address;
    (void)own_address;
    (void)their_port;
    (void)own_port;
    call->is_connected = true;
    return CURL_PREREQFUNC_OK;
}

/* -------------------------------------------------------------------------------------------- the call */

static int add_header(HttpCall *call, const char *header)
{
    struct curl_slist *headers = curl_slist_append(call->headers, header);

    if (!headers)
        return -ENOMEM;
    call->headers = headers;
    return 0;
}

static int add_token(HttpCall *call)
{
    char *header = NULL;
    int length = asprintf(&header, "Authorization: Bearer %s", call->token);
    int result;

    if (length < 0)
        return -ENOMEM;
    result = add_header(call, header);
    free_secret(header, (size_t)length);
    return result;
}

/* The copies that libcurl's list made, of which some are secrets. */
static void wipe_header(struct curl_slist *header)
{
    explicit_bzero(header->data, strlen(header->data));
}

static void drop_token(HttpCall *call)
{
    for (struct curl_slist *header = call->headers; header; header = header->next) {
        if (strncasecmp(header->data, "Authorization:", 14) == 0) {
            wipe_header(header);
            /* "Name:" makes libcurl send no such header. */
            memcpy(header->data, "Authorization:", 15);
        }
    }
}

static int set_headers(HttpCall *call, const HttpCallRequest *request)
{
    int result = add_header(call, "Expect:"); /* no waiting for "100 Continue" before large bodies */

    for (size_t i = 0; result == 0 && request->headers && request->headers[i]; i++)
        result = i < HTTP_CALL_NUM_HEADERS_MAX ? add_header(call, request->headers[i]) : -EINVAL;
    if (result == 0 && request->token)
        result = add_token(call);
    if (result == 0)
        (void)curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
    return result;
}

static void set_callbacks(HttpCall *call)
{
    CURL *easy = call->easy;

    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, note_connected);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_bytes);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
}

/* A connection whose other end is gone without a word: found out by the kernel's keep-alives where nothing is
 * sent, and by this limit where something is. */
static int set_socket_options(void *context, curl_socket_t fd, curlsocktype purpose)
{
    const unsigned limit_ms = UNACKNOWLEDGED_MS;

    (void)context;
    (void)purpose;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof limit_ms); /* or it takes longer */
    return CURL_SOCKOPT_OK;
}

static void set_connection(CURL *easy, const char *ca_file)
{
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CALL_CONNECT_MS);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_PERIOD_S);
    (void)curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, set_socket_options);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!ca_file)
        return;
    (void)curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

static int set_request(HttpCall *call, const HttpCallRequest *request, const char *user_agent)
{
    CURL *easy = call->easy;

    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    if (curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent) != CURLE_OK)
        return -ENOMEM;
    if (call->body) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_length);
    }
    if (curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) != CURLE_OK)
        return -ENOMEM;
    return set_headers(call, request);
}

void call_free(HttpCall *call)
{
    if (!call)
        return;
    if (call->easy)
        curl_easy_cleanup(call->easy);
    for (struct curl_slist *header = call->headers; header; header = header->next)
        wipe_header(header);
    curl_slist_free_all(call->headers);
    free(call->url);
    free_secret(call->token, call->token ? strlen(call->token) : 0);
    free_secret(call->body, call->body_length);
    if (call->is_secret && call->received.text)
        explicit_bzero(call->received.text, call->received.capacity);
    http_bytes_deinit(&call->received);
    free(call);
}

static void cleanup_call(HttpCall **call)
{
    call_free(*call);
}

static void copy_request(HttpCall *call, const HttpCallRequest *request)
{
    call->body_bytes_max = request->body_bytes_max ? request->body_bytes_max : HTTP_CALL_BYTES_MAX;
    call->is_plain_allowed = request->is_plain_allowed;
    call->is_direct = request->is_direct;
    call->is_secret = request->is_secret;
    call->on_redirect = request->on_redirect;
    call->on_bytes = request->on_bytes;
    call->on_done = request->on_done;
    call->context = request->context;
}

int call_new(const HttpCallRequest *request, const CallSettings *settings, HttpCall **ret)
{
    CLEANUP(cleanup_call) HttpCall *call = calloc(1, sizeof *call);
    int result;

    if (!call) {
        free_secret(request->body, request->body_length);
        return -ENOMEM;
    }
    call->body = request->body;
    call->body_length = request->body_length;
    call->stats = settings->stats;
    call->has_bytes = settings->has_bytes;
    copy_request(call, request);
    call->token = request->token ? strdup(request->token) : NULL;
    call->easy = curl_easy_init();
    if (!call->easy || (request->token && !call->token))
        return -ENOMEM;
    set_callbacks(call);
    set_connection(call->easy, settings->ca_file);
    result = set_url(call, request->url);
    if (result == 0)
        result = set_request(call, request, settings->user_agent);
    if (result < 0)
        return result;
    *ret = TAKE(call);
    return 0;
}

/* ------------------------------------------------------------------------------------------- redirects */

static const char *header_of(const HttpCall *call, const char *name)
{
    struct curl_header *header = NULL;

    return curl_easy_header(call->easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value
                                                                                         : NULL;
}

bool call_is_redirected(const HttpCall *call)
{
    int status = status_of(call);
    bool is_any_method = status == 307 || status == 308;
    bool is_read_only = status == 301 || status == 302 || status == 303;
    const char *method = NULL;

    if (!call->on_redirect || !(is_any_method || is_read_only) || !header_of(call, "Location"))
        return false;
    (void)curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_METHOD, &method);
    return is_any_method || (method && strcmp(method, "GET") == 0);
}

int call_follow(HttpCall *call)
{
    AUTO_FREE char *url = NULL;
    HttpRedirect verdict;

    (void)curl_easy_getinfo(call->easy, CURLINFO_REDIRECT_URL, &url);
    url = url ? strdup(url) : NULL;
    if (!url)
        return -EACCES; /* or memory is out */
    if (++call->num_hops > HTTP_CALL_NUM_HOPS_MAX)
        return -ELOOP;
    if (call->is_https && strncasecmp(url, "https:", 6) != 0)
        return -EACCES;
    call->is_busy = true;
    verdict = call->on_redirect(call->context, url);
    call->is_busy = false;
    if (verdict == HTTP_REDIRECT_REFUSE)
        return -EACCES;
    if (verdict != HTTP_REDIRECT_FOLLOW_WITH_TOKEN)
        drop_token(call);
    return set_url(call, url) < 0 ? -EACCES : 0;
}

/* --------------------------------------------------------------------------------------------- answers */

static int fault_of(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
        return -ECONNREFUSED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return -EHOSTUNREACH;
    case CURLE_OPERATION_TIMEDOUT:
        return -ETIMEDOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED:
        return -EKEYREJECTED;
    case CURLE_OUT_OF_MEMORY:
        return -ENOMEM;
    default:
        return -EIO;
    }
}

static const char *own_fault_text(int fault)
{
    switch (fault) {
    case -EMSGSIZE:
        return "the answer is too long";
    case -ELOOP:
        return "it redirects too often";
    case -EACCES:
        return "it redirects to an address that is not trusted";
    default:
        return "memory is out";
    }
}

bool call_is_unconnected(const HttpCall *call, CURLcode code)
{
    int fault = code == CURLE_OK ? 0 : fault_of(code);

    return !call->is_connected && (fault == -ECONNREFUSED || fault == -EHOSTUNREACH || fault == -ETIMEDOUT ||
                                   fault == -EKEYREJECTED);
}

/* What follows may be secret. */
size_t call_origin_length(const char *url)
{
    const char *authority = strstr(url, "://");

    authority = authority ? authority + 3 : url;
    return (size_t)(authority - url) + strcspn(authority, "/?#");
}

static void explain(HttpCall *call, CURLcode code)
{
    const char *reason = call->error[0] ? call->error : curl_easy_strerror(code);
    size_t length = call_origin_length(call->url);

    if (call->fault < 0)
        reason = own_fault_text(call->fault);
    (void)snprintf(call->problem, sizeof call->problem, "%.*s: %s", (int)(length < 280 ? length : 280),
                   call->url, reason); /* longer ones are cut */
}

void call_make_answer(HttpCall *call, CURLcode code, HttpAnswer *ret)
{
    curl_off_t retry_after_s = 0;

    *ret = (HttpAnswer){.call = call, .status = status_of(call), .problem = ""};
    ret->result = call->fault < 0 ? call->fault : code == CURLE_OK ? 0 : fault_of(code);
    ret->body = call->received.text ? call->received.text : "";
    ret->body_length = call->received.length;
    if (ret->result < 0) {
        explain(call, code);
        ret->problem = call->problem;
    }
    if (curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry_after_s) == CURLE_OK && retry_after_s > 0)
        ret->retry_after_s = (uint64_t)retry_after_s;
}

const char *http_answer_header(const HttpAnswer *answer, const char *name)
{
    return header_of(answer->call, name);
}
