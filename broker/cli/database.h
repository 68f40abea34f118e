/* The database over its REST interface: values in, values out. Retries what is worth it, and says in one
 * sentence what went wrong. Blocks: a command line tool has nothing else to do. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "broker/cli/database_url.h"
#include "broker/cli/output.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DATABASE_GET_RETRIES_MAX    4 /* as the original: of a server that says 429, 500, 502, 503 or 504 */
#define DATABASE_DELETE_RETRIES_MAX 5 /* as the original */
#define DATABASE_RETRY_FIRST_MS     1000 /* doubles with every retry; as the original */

/* The named outcome of database_create(). */
#define DATABASE_E_EXISTS 1

typedef struct Database Database;

typedef struct DatabaseOptions {
    const DatabaseUrl *url;  /* this and the next two are borrowed until database_free() */
    const char *token;       /* NULL: none is sent */
    const Output *output;    /* for --debug */
    long silence_max_s;      /* HTTP_SILENCE_MAX_S but for tests */
    unsigned retry_first_ms; /* DATABASE_RETRY_FIRST_MS but for tests */
} DatabaseOptions;

/* database_new() - does not connect. The caller owns *ret_database. Returns 0 or a negative errno. */
int database_new(const DatabaseOptions *options, Database **ret_database);

/* database_free() - returns NULL. */
Database *database_free(Database *database);

/* database_key_is_legal() - whether something can lie under this key: not empty, at most 768 bytes, no
 * control character, none of . $ # [ ] /. An id that is no legal key must not be made part of a path. */
bool database_key_is_legal(const char *key);

/* database_path() - the segments, up to NULL, percent-encoded and joined. The caller owns it. */
char *database_path(const char *first, ...) __attribute__((sentinel));

/* The rest returns 0 or a negative errno with a sentence in database_problem(). *ret_value is NULL where
 * nothing is (the database's null); the caller owns the reference. */
int database_get(Database *database, const char *path, json_t **ret_value);

/* database_has() - whether something is there; fetches names only. */
int database_has(Database *database, const char *path, bool *ret_is_there);

/* database_create() - writes where nothing is yet, and returns what is there then, server values resolved.
 * DATABASE_E_EXISTS if something was there. Never retried: a write whose answer was lost may have happened.
 */
int database_create(Database *database, const char *path, const json_t *value, json_t **ret_value);

/* database_delete() - it is no error if nothing was there. */
int database_delete(Database *database, const char *path);

/* database_problem() - what went wrong, one line without control characters. Borrowed until the next call. */
const char *database_problem(const Database *database);

#ifdef __cplusplus
}
#endif
