#include "broker/store/embedded/rest_call.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "broker/store/embedded/json_input.h"
#include "broker/store/embedded/tree.h"
#include "broker/store/embedded/tree_hash.h"
#include "broker/store/embedded/tree_query.h"
#include "broker/store/embedded/tree_text.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"
#include "broker/util/log.h"

#define TIMEOUT_MS_MAX (15 * 60 * 1000) /* of the timeout parameter, as the real service */
#define ETAG_BYTES     TREE_HASH_BYTES

/* A value of this size on its way leaves megabytes of freed tree behind, which the C library would keep. */
#define LARGE_BYTES (64 * 1024)

static const char content_type[] = "application/json; charset=utf-8";

/* ---- Errors ---- */

void rest_error(RestShared *shared, HttpRequest *request, int status, const char *text)
{
    shared->num_errors++;
    http_request_reply_error(request, status, text);
}

void rest_database_error(RestShared *shared, HttpRequest *request, int error)
{
    if (error != -EFBIG && error != shared->last_logged_error) {
        shared->last_logged_error = error;
        log_error("store_failed", "the embedded store cannot serve a request: %s", strerror(-error));
    }
    switch (-error) {
    case EFBIG:
        rest_error(shared, request, 400,
                   "Data requested exceeds the maximum size that can be accessed with a single request.");
        break;
    case ENOSPC:
        rest_error(shared, request, 503, "The disk is full; nothing was written.");
        break;
    case EBUSY:
        rest_error(shared, request, 503, "The database is busy; nothing was written.");
        break;
    default:
        rest_error(shared, request, 500, "An internal error occurred");
    }
}

static void reply_error(RestCall *call, int status, const char *text)
{
    rest_error(call->shared, call->request, status, text);
}

/* With the place where the key stands in the body. */
static void reply_bad_key(RestCall *call, bool may_be_path)
{
    size_t length;
    const char *body = http_request_body(call->request, &length);
    size_t line = 1;
    size_t column = 1;
    char text[160];

    (void)json_input_find_bad_key(body, length, may_be_path, &line, &column); /* there is one */
    (void)snprintf(
        text, sizeof text,
        "Invalid data; couldn't parse key beginning at %zu:%zu. Key value can't be empty or contain "
        "$ # [ ] / or .",
        line, column);
    reply_error(call, 400, text);
}

/* @result: what live_tree_put() or live_tree_update() said. */
static void reply_write_error(RestCall *call, int result, bool is_update)
{
    switch (result) {
    case TREE_BAD_KEY:
    case LIVE_TREE_BAD_UPDATE_PATH:
        reply_bad_key(call, is_update);
        break;
    case TREE_TOO_DEEP:
        reply_error(call, 400, "Invalid data; nested more than 32 levels deep.");
        break;
    case TREE_STRING_TOO_LONG:
        reply_error(call, 400, "Invalid data; a string is longer than 10485760 bytes.");
        break;
    case TREE_BAD_SERVER_VALUE:
        reply_error(call, 400, "Invalid data; unknown server value.");
        break;
    case LIVE_TREE_UPDATE_CONFLICT:
        reply_error(call, 400, "Invalid data; a path of the update is an ancestor of another.");
        break;
    default:
        rest_database_error(call->shared, call->request, result);
    }
}

/* ---- Answers ---- */

static void add_etag(RestCall *call, const char *etag)
{
    http_request_add_header(call->request, "ETag", etag);
    http_request_add_header(call->request, "Access-Control-Expose-Headers", "ETag");
}

/* "null_etag" for nothing. */
static int make_etag(const json_t *tree, char ret[ETAG_BYTES])
{
    if (tree)
        return tree_hash(tree, ret);
    (void)snprintf(ret, ETAG_BYTES, "null_etag");
    return 0;
}

static bool is_etag_wanted(const RestCall *call)
{
    const char *header = http_request_header(call->request, "X-Firebase-ETag");

    return header && strcasecmp(header, "true") == 0;
}

static void reply_text(RestCall *call, int status, Text *text)
{
    if (call->is_pretty)
        store_text_append(text, "\n", 1);
    if (text->is_failed) {
        rest_database_error(call->shared, call->request, -ENOMEM);
        return;
    }
    call->is_large = call->is_large || text->length > LARGE_BYTES;
    http_request_reply_owned(call->request, status, content_type, TAKE(text->bytes), text->length);
}

static void reply_tree(RestCall *call, int status, const json_t *tree, bool is_update)
{
    AUTO_TEXT Text text = {0};
    const TreeTextStyle style = {
        .is_pretty = call->is_pretty, .keeps_objects = call->keeps_objects, .keeps_outer_object = is_update};

    if (call->is_silent && status == 200) {
        http_request_reply(call->request, 204, NULL, NULL, 0);
        return;
    }
    tree_text_append(&text, tree, style);
    reply_text(call, status, &text);
}

/* The answer to a write: with the ETag of what is there now, if it is wanted. */
static void reply_written(RestCall *call, const json_t *tree)
{
    char etag[ETAG_BYTES];

    if (is_etag_wanted(call)) {
        if (make_etag(tree, etag) < 0) {
            rest_database_error(call->shared, call->request, -ENOMEM);
            return;
        }
        add_etag(call, etag);
    }
    reply_tree(call, 200, tree, false);
}

/* ---- Understanding ---- */

static bool is_parameter(const RestCall *call, const char *name, const char *value)
{
    const char *given = http_query_get(&call->query, name);

    return given && strcmp(given, value) == 0;
}

/* "3ms", "3s", "3min": more than nothing, and 15 minutes at most. */
static bool is_timeout_valid(const char *text)
{
    char *unit;
    unsigned long number = strtoul(text, &unit, 10);
    unsigned long scale = strcmp(unit, "ms") == 0    ? 1
                          : strcmp(unit, "s") == 0   ? 1000
                          : strcmp(unit, "min") == 0 ? 60000
                                                     : 0;

    if (*text < '0' || *text > '9' || scale == 0)
        return false;
    return number > 0 && number <= TIMEOUT_MS_MAX / scale;
}

static bool is_write_size_limit_valid(const char *text)
{
    static const char *const limits[] = {"tiny", "small", "medium", "large", "unlimited"};

    for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
        if (strcmp(text, limits[i]) == 0)
            return true;
    return false;
}

/* The parameters that only have to be well-formed: no request here lasts long enough for them to matter. */
static const char *find_bad_parameter(const RestCall *call)
{
    const char *timeout = http_query_get(&call->query, "timeout");
    const char *limit = http_query_get(&call->query, "writeSizeLimit");

    if (timeout && !is_timeout_valid(timeout))
        return "timeout must be a positive number of ms, s or min, and at most 15min";
    if (limit && !is_write_size_limit_valid(limit))
        return "writeSizeLimit must be tiny, small, medium, large or unlimited";
    if (http_query_get(&call->query, "callback"))
        return "callback is not supported: it would let every web page read the database";
    return NULL;
}

/* A POST may stand for another method. */
static const char *find_method(const RestCall *call)
{
    const char *method = http_request_method(call->request);
    const char *override = http_request_header(call->request, "X-HTTP-Method-Override");

    if (strcmp(method, "POST") != 0)
        return method;
    if (!override)
        override = http_query_get(&call->query, "x-http-method-override");
    return override ? override : method;
}

/* The path of the URL without ".json". */
static int parse_path(RestCall *call)
{
    const char *path = http_request_path(call->request);
    size_t length = strlen(path);
    AUTO_FREE char *bare = length >= 5 ? strndup(path, length - 5) : NULL;

    return bare ? path_parse_url(&call->path, bare) : -ENOMEM;
}

static bool is_json_path(const char *path)
{
    size_t length = strlen(path);

    return length >= 6 && strcmp(path + length - 5, ".json") == 0; /* "/.json" is the shortest */
}

bool rest_call_init(RestCall *call, RestShared *shared, HttpRequest *request)
{
    const char *problem;
    int result;

    memset(call, 0, sizeof *call);
    call->shared = shared;
    call->request = request;
    if (!is_json_path(http_request_path(request))) {
        reply_error(call, 404, "append .json to your request URI to use the REST API.");
        return false;
    }
    result = http_query_init(&call->query, http_request_query(request));
    if (result == 0)
        result = parse_path(call);
    problem = result == -EINVAL         ? "Malformed query string"
              : result == PATH_TOO_DEEP ? "Invalid path: more than 32 levels deep"
              : result > 0              ? "Invalid path: Invalid token in path"
              : result == 0             ? find_bad_parameter(call)
                                        : NULL;
    if (problem)
        reply_error(call, 400, problem);
    else if (result < 0)
        rest_database_error(shared, request, result);
    if (problem || result != 0) {
        rest_call_deinit(call);
        return false;
    }
    call->method = find_method(call);
    call->is_pretty = is_parameter(call, "print", "pretty");
    call->is_silent = is_parameter(call, "print", "silent") && strcmp(call->method, "DELETE") != 0;
    call->is_shallow = is_parameter(call, "shallow", "true");
    call->keeps_objects = is_parameter(call, "format", "export");
    return true;
}

void rest_call_deinit(RestCall *call)
{
    path_deinit(&call->path);
    http_query_deinit(&call->query);
    if (call->is_large)
        (void)malloc_trim(0);
}

/* ---- GET ---- */

static TreeQueryParameters query_parameters(const RestCall *call)
{
    return (TreeQueryParameters){
        .order_by = http_query_get(&call->query, "orderBy"),
        .start_at = http_query_get(&call->query, "startAt"),
        .start_after = http_query_get(&call->query, "startAfter"),
        .end_at = http_query_get(&call->query, "endAt"),
        .end_before = http_query_get(&call->query, "endBefore"),
        .equal_to = http_query_get(&call->query, "equalTo"),
        .limit_to_first = http_query_get(&call->query, "limitToFirst"),
        .limit_to_last = http_query_get(&call->query, "limitToLast"),
    };
}

/* The name is the client's: what could end the quoted string or the line becomes '_'. */
static void add_download_header(RestCall *call, const char *name)
{
    char value[256];
    int length = snprintf(value, sizeof value, "attachment; filename=\"%.200s\"", name);

    for (int i = (int)strlen("attachment; filename=\""); i < length - 1; i++)
        if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f || strchr("\"\\/", value[i]))
            value[i] = '_';
    http_request_add_header(call->request, "Content-Disposition", value);
}

static void reply_read(RestCall *call, const json_t *tree)
{
    const char *if_none_match = http_request_header(call->request, "If-None-Match");
    const char *download = http_query_get(&call->query, "download");
    char etag[ETAG_BYTES];

    if (if_none_match || is_etag_wanted(call)) {
        if (make_etag(tree, etag) < 0) {
            rest_database_error(call->shared, call->request, -ENOMEM);
            return;
        }
        add_etag(call, etag);
        if (if_none_match && strcmp(if_none_match, etag) == 0) {
            http_request_reply(call->request, 304, NULL, NULL, 0);
            return;
        }
    }
    if (download)
        add_download_header(call, download);
    reply_tree(call, 200, tree, false);
}

static void get_query(RestCall *call, const TreeQueryParameters *parameters)
{
    AUTO_JSON json_t *tree = NULL;
    AUTO_JSON json_t *part = NULL;
    TreeQuery query;
    const char *problem;
    int error = tree_query_init(&query, parameters, &problem);

    if (error == -EINVAL) {
        reply_error(call, 400, problem);
        return;
    }
    if (error == 0) {
        error = live_tree_read(call->shared->tree, call->path.text, &tree);
        if (error == 0)
            error = tree_query_apply(&query, tree, &part);
        tree_query_deinit(&query);
    }
    if (error < 0)
        rest_database_error(call->shared, call->request, error);
    else
        reply_read(call, part);
}

static bool wants_stream(const RestCall *call)
{
    const char *accept = http_request_header(call->request, "Accept");

    return accept && strcasestr(accept, "text/event-stream");
}

static void get_stream(RestCall *call, bool is_query)
{
    int error;

    if (is_query || call->is_shallow) {
        reply_error(call, 400, "A stream cannot be combined with 'shallow' or querying parameters");
        return;
    }
    error = rest_stream_begin(call->shared, call->request, &call->path);
    if (error < 0)
        rest_database_error(call->shared, call->request, error);
}

static void get(RestCall *call)
{
    const TreeQueryParameters parameters = query_parameters(call);
    bool is_query = tree_query_is_present(&parameters);
    AUTO_JSON json_t *tree = NULL;
    int error;

    if (http_request_header(call->request, "If-Match")) {
        reply_error(call, 400, "if-match is not supported for this method.");
    } else if (wants_stream(call)) {
        get_stream(call, is_query);
    } else if (is_query && call->is_shallow) {
        reply_error(call, 400, "Mixing 'shallow' and querying parameters is not supported");
    } else if (is_query) {
        get_query(call, &parameters);
    } else {
        error = call->is_shallow ? live_tree_read_keys(call->shared->tree, call->path.text, &tree)
                                 : live_tree_read(call->shared->tree, call->path.text, &tree);
        if (error < 0)
            rest_database_error(call->shared, call->request, error);
        else
            reply_read(call, tree);
    }
}

/* ---- Writes ---- */

/* Checks the if-match header against what is there. False if the request was answered. */
static bool check_precondition(RestCall *call)
{
    const char *expected = http_request_header(call->request, "If-Match");
    AUTO_JSON json_t *tree = NULL;
    char etag[ETAG_BYTES];
    int error;

    if (!expected)
        return true;
    if (call->is_silent || strchr(expected, ',')) {
        reply_error(call, 400,
                    call->is_silent ? "if-match is not supported with print=silent."
                                    : "if-match must be exactly one ETag.");
        return false;
    }
    error = live_tree_read(call->shared->tree, call->path.text, &tree);
    if (error == 0)
        error = make_etag(tree, etag);
    if (error < 0) {
        rest_database_error(call->shared, call->request, error);
        return false;
    }
    if (strcmp(expected, etag) == 0)
        return true;
    call->shared->num_errors++;
    add_etag(call, etag);
    reply_tree(call, 412, tree, false);
    return false;
}

/* For POST and PATCH. False if the request was answered. */
static bool check_no_precondition(RestCall *call)
{
    if (!http_request_header(call->request, "If-Match"))
        return true;
    reply_error(call, 400, "if-match is not supported for this method.");
    return false;
}

/* The value that the body holds; NULL if the request was answered. The caller owns it. */
static json_t *parse_body(RestCall *call)
{
    size_t length;
    const char *body = http_request_body(call->request, &length);
    json_t *json = NULL;
    int error;

    if (length == 0) {
        reply_error(call, 400, "Error: No data supplied.");
        return NULL;
    }
    call->is_large = length > LARGE_BYTES;
    error = json_input_parse(body, length, &json);
    if (error == -EINVAL)
        reply_error(call, 400, "Invalid data; couldn't parse JSON object, array, or value.");
    else if (error < 0)
        rest_database_error(call->shared, call->request, error);
    return json;
}

static void put(RestCall *call)
{
    AUTO_JSON json_t *json = parse_body(call);
    AUTO_JSON json_t *tree = NULL;
    int result;

    if (!json || !check_precondition(call))
        return;
    result = live_tree_put(call->shared->tree, &call->path, json, &tree);
    if (result != 0)
        reply_write_error(call, result, false);
    else
        reply_written(call, tree);
}

static void delete (RestCall *call)
{
    int result;

    if (!check_precondition(call))
        return;
    result = live_tree_put(call->shared->tree, &call->path, NULL, NULL);
    if (result != 0)
        reply_write_error(call, result, false);
    else
        reply_written(call, NULL);
}

static void patch(RestCall *call)
{
    AUTO_JSON json_t *json = check_no_precondition(call) ? parse_body(call) : NULL;
    AUTO_JSON json_t *data = NULL;
    int result;

    if (!json)
        return;
    if (!json_is_object(json)) {
        reply_error(call, 400, "Invalid data; couldn't parse JSON object, array, or value.");
        return;
    }
    result = live_tree_update(call->shared->tree, &call->path, json, &data);
    if (result != 0)
        reply_write_error(call, result, true);
    else
        reply_tree(call, 200, data, true);
}

static void post(RestCall *call)
{
    AUTO_JSON json_t *json = check_no_precondition(call) ? parse_body(call) : NULL;
    AUTO_JSON json_t *tree = NULL;
    AUTO_JSON json_t *answer = NULL;
    AUTO_PATH TreePath path = {0};
    uint8_t random[PUSH_ID_RANDOM_BYTES];
    char name[PUSH_ID_BYTES];
    char etag[ETAG_BYTES];
    int result;

    if (!json)
        return;
    if (getrandom(random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random) {
        rest_database_error(call->shared, call->request, -EIO);
        return;
    }
    push_id_next(&call->shared->push_ids, clock_unix_us() / 1000, random, name);
    result = path_parse_below(&path, &call->path, name);
    if (result > 0)
        result = TREE_TOO_DEEP; /* the name is valid */
    if (result == 0)
        result = live_tree_put(call->shared->tree, &path, json, &tree);
    if (result == 0)
        result = make_etag(tree, etag);
    if (result != 0) {
        reply_write_error(call, result, false);
        return;
    }
    if (is_etag_wanted(call))
        add_etag(call, etag);
    answer = json_pack("{s:s}", "name", name);
    reply_tree(call, 200, answer, true);
}

void rest_call_run(RestCall *call)
{
    static const struct {
        const char *method;
        void (*run)(RestCall *call);
    } methods[] = {{"GET", get},   {"HEAD", get},    {"PUT", put},
                   {"POST", post}, {"PATCH", patch}, {"DELETE", delete}};

    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        if (strcmp(call->method, methods[i].method) == 0) {
            methods[i].run(call);
            return;
        }
    }
    http_request_add_header(call->request, "Allow", "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS");
    reply_error(call, 405, "Method not allowed.");
}
