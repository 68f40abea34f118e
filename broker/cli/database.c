#include "broker/cli/database.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "broker/cli/children.h"
#include "broker/cli/http.h"
#include "broker/cli/must.h"
#include "broker/cli/python_text.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

#define KEY_BYTES_MAX     768 /* of the service */
#define MESSAGE_BYTES_MAX 300 /* of a server's words that are repeated; untuned */

struct Database {
    const DatabaseUrl *url;
    Http *http;
    const Output *output;
    unsigned retry_first_ms;
    char *problem;
};

int database_new(const DatabaseOptions *options, Database **ret_database)
{
    Database *database = MUST((Database *)calloc(1, sizeof *database));
    int error = http_new(options->url, options->token, options->silence_max_s, &database->http);

    if (error < 0) {
        free(database);
        return error;
    }
    database->url = options->url;
    database->output = options->output;
    database->retry_first_ms = options->retry_first_ms;
    *ret_database = database;
    return 0;
}

Database *database_free(Database *database)
{
    if (!database)
        return NULL;
    (void)http_free(database->http);
    free(database->problem);
    free(database);
    return NULL;
}

const char *database_problem(const Database *database)
{
    return database->problem ? database->problem : "";
}

bool database_key_is_legal(const char *key)
{
    size_t length = strlen(key);

    if (length == 0 || length > KEY_BYTES_MAX || !utf8_is_valid(key, length))
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)key[i] < 0x20 || key[i] == 0x7F || strchr(".$#[]/", key[i]))
            return false;
    return true;
}

static void append_segment(Text *path, const char *segment)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~";

    text_append(path, "/", 1);
    for (const char *cursor = segment; *cursor; cursor++) {
        if (strchr(safe, *cursor))
            text_append(path, cursor, 1);
        else
            text_append_format(path, "%%%02X", (unsigned char)*cursor);
    }
}

char *database_path(const char *first, ...)
{
    Text path = {0};
    va_list segments;

    va_start(segments, first);
    for (const char *segment = first; segment; segment = va_arg(segments, const char *))
        append_segment(&path, segment);
    va_end(segments);
    return text_take(&path);
}

static void set_problem(Database *database, char *problem)
{
    free(database->problem);
    database->problem = text_printable(problem, strlen(problem), TEXT_ONE_LINE);
    free(problem);
}

/* The server's own words: {"error": "..."} if it sent that, else the beginning of what it sent. */
static char *server_message(const HttpAnswer *answer)
{
    const char *bytes = answer->body.length > 0 ? answer->body.bytes : "";
    AUTO_JSON json_t *body = json_loadb(bytes, answer->body.length, JSON_DECODE_ANY, NULL);
    const char *message = children_string(body, "error");
    size_t length;

    if (!message)
        message = bytes;
    length = strcspn(message, "\r\n");
    return MUST(strndup(message, length < MESSAGE_BYTES_MAX ? length : MESSAGE_BYTES_MAX));
}

static int refuse(Database *database, const HttpRequest *request, const HttpAnswer *answer)
{
    AUTO_FREE char *message = server_message(answer);
    const char *hint = answer->status == 401 ? " (a valid token is needed: see --token-file)" : "";

    set_problem(database, text_format("%s %s%s failed: HTTP %ld%s%s%s", request->method, database->url->base,
                                      request->path, answer->status, *message ? ": " : "", message, hint));
    return answer->status == 401 || answer->status == 403 ? -EACCES : -EPROTO;
}

static bool is_worth_a_retry(long status)
{
    return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

static void sleep_ms(unsigned long milliseconds)
{
    struct timespec left = {.tv_sec = (time_t)(milliseconds / 1000),
                            .tv_nsec = (long)(milliseconds % 1000) * 1000000};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        continue;
}

/* Sends until there is an answer that no retry would change. */
static int exchange(Database *database, const HttpRequest *request, int retries_max, HttpAnswer *ret_answer)
{
    for (int retries = 0;; retries++) {
        unsigned long pause_ms = (unsigned long)database->retry_first_ms << retries;
        HttpAnswer answer;
        int error;

        output_debug(database->output, "%s %s%s%s%s", request->method, database->url->base, request->path,
                     *request->query ? "?" : "", request->query);
        error = http_exchange(database->http, request, &answer);
        if (error < 0) {
            set_problem(database, MUST(strdup(http_problem(database->http))));
            return error;
        }
        output_debug(database->output, "HTTP %ld, %zu bytes", answer.status, answer.body.length);
        if (!is_worth_a_retry(answer.status) || retries == retries_max) {
            *ret_answer = answer;
            return 0;
        }
        text_deinit(&answer.body);
        output_debug(database->output, "trying again in %lu ms", pause_ms);
        sleep_ms(pause_ms);
    }
}

static int parse_value(Database *database, const HttpRequest *request, const Text *body, json_t **ret_value)
{
    AUTO_JSON json_t *value = NULL;
    json_error_t why;

    value =
        json_loadb(body->length > 0 ? body->bytes : "", body->length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (!value) {
        set_problem(database, text_format("%s %s%s: the answer is no JSON: %s (at byte %d)", request->method,
                                          database->url->base, request->path, why.text, why.position));
        return -EBADMSG;
    }
    *ret_value = json_is_null(value) ? NULL : TAKE(value);
    return 0;
}

/* One request whose answer is a value. */
static int ask(Database *database, HttpRequest request, const char *path, int retries_max, json_t **ret_value)
{
    AUTO_FREE char *full_path = text_format("%s.json", path);
    HttpAnswer answer;
    int error;

    request.path = full_path;
    error = exchange(database, &request, retries_max, &answer);
    if (error < 0)
        return error;
    if (answer.status == 412 && request.if_absent)
        error = DATABASE_E_EXISTS;
    else if (answer.status < 200 || answer.status > 299)
        error = refuse(database, &request, &answer);
    else
        error = parse_value(database, &request, &answer.body, ret_value);
    text_deinit(&answer.body);
    return error;
}

int database_get(Database *database, const char *path, json_t **ret_value)
{
    return ask(database, (HttpRequest){.method = "GET", .query = ""}, path, DATABASE_GET_RETRIES_MAX,
               ret_value);
}

int database_has(Database *database, const char *path, bool *ret_is_there)
{
    AUTO_JSON json_t *names = NULL;
    int error = ask(database, (HttpRequest){.method = "GET", .query = "shallow=true"}, path,
                    DATABASE_GET_RETRIES_MAX, &names);

    if (error == 0)
        *ret_is_there = names != NULL;
    return error;
}

int database_create(Database *database, const char *path, const json_t *value, json_t **ret_value)
{
    AUTO_FREE char *body = python_json(value, JSON_LAYOUT_RAW);

    return ask(database, (HttpRequest){.method = "PUT", .query = "", .body = body, .if_absent = true}, path,
               0, ret_value);
}

int database_delete(Database *database, const char *path)
{
    AUTO_JSON json_t *null = NULL;

    return ask(database, (HttpRequest){.method = "DELETE", .query = ""}, path, DATABASE_DELETE_RETRIES_MAX,
               &null);
}
