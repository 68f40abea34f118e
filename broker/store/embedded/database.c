#include "broker/store/embedded/database.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/path.h"
#include "broker/store/embedded/text.h"
#include "broker/store/embedded/tree.h"
#include "broker/store/embedded/tree_text.h"
#include "broker/store/sqlite/checkpointer.h"
#include "broker/store/sqlite/sqlite_file.h"
#include "broker/util/cleanup.h"

#define APPLICATION_ID 1397637456 /* "SNAP", in the file's header */
#define FORMAT_VERSION 1
#define STRINGIFY_(x)  #x
#define STRINGIFY(x)   STRINGIFY_(x)
/* Writes the version that is there already: one page, the header's. */
#define RESTART_LOG "PRAGMA user_version = " STRINGIFY(FORMAT_VERSION)

typedef enum Statement {
    STATEMENT_GET,
    STATEMENT_RANGE,
    STATEMENT_FIRST_PATH,
    STATEMENT_SET,
    STATEMENT_REMOVE,
    STATEMENT_REMOVE_RANGE,
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    NUM_STATEMENTS,
} Statement;

static const char *const statement_texts[NUM_STATEMENTS] = {
    [STATEMENT_GET] = "SELECT value FROM node WHERE path = ?1",
    [STATEMENT_RANGE] = "SELECT path, value FROM node WHERE path >= ?1 AND path < ?2",
    [STATEMENT_FIRST_PATH] = "SELECT path FROM node WHERE path >= ?1 AND path < ?2 ORDER BY path LIMIT 1",
    [STATEMENT_SET] = ("INSERT INTO node (path, value) VALUES (?1, ?2)"
                       " ON CONFLICT (path) DO UPDATE SET value = excluded.value"),
    [STATEMENT_REMOVE] = "DELETE FROM node WHERE path = ?1",
    [STATEMENT_REMOVE_RANGE] = "DELETE FROM node WHERE path >= ?1 AND path < ?2",
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
};

struct Database {
    SqliteFile file;
    sqlite3_stmt *statements[NUM_STATEMENTS];
};

static int error_of(const Database *self, int result)
{
    return sqlite_file_error(&self->file, result);
}

/* ---- Statements ---- */

/* Binds up to two texts, which are borrowed until the statement is reset. */
static sqlite3_stmt *bind(Database *self, Statement which, const char *first, const char *second)
{
    sqlite3_stmt *statement = self->statements[which];

    /* Binding to a statement that was reset can only fail without memory; then it runs on NULL and finds
       nothing, so that is checked by those who bind values of any size. */
    if (first)
        (void)sqlite3_bind_text(statement, 1, first, -1, SQLITE_STATIC);
    if (second)
        (void)sqlite3_bind_text(statement, 2, second, -1, SQLITE_STATIC);
    return statement;
}

static void reset(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement); /* repeats the error of the step before, which was handled */
    (void)sqlite3_clear_bindings(statement);
}

static int run(Database *self, Statement which, const char *first, const char *second)
{
    sqlite3_stmt *statement = bind(self, which, first, second);
    int result = sqlite3_step(statement);
    int error = error_of(self, result);

    reset(statement);
    return error;
}

/* ---- Ranges: the rows below a path are those from "path/" to, but without, "path0" ('0' follows '/'). ----
 */

typedef struct Range {
    char *begin;
    char *end;
} Range;

static void cleanup_range(Range *range)
{
    free(range->begin);
    free(range->end);
}

static int range_init(Range *range, const char *path)
{
    /* Below the root is everything but the root itself; no byte of UTF-8 is 0xff. */
    bool is_root = *path == '\0';

    range->begin = NULL;
    range->end = NULL;
    if (asprintf(&range->begin, "%s%s", path, is_root ? "\x01" : "/") < 0 ||
        asprintf(&range->end, "%s%s", path, is_root ? "\xff" : "0") < 0)
        return -ENOMEM;
    return 0;
}

/* ---- Reading ---- */

static size_t depth_of(const char *path)
{
    size_t depth = *path != '\0';

    for (; *path; path++)
        depth += *path == '/';
    return depth;
}

/* The length of the first @depth keys of @path. */
static size_t prefix_length(const char *path, size_t depth)
{
    const char *end = path;

    while (*end && (*end != '/' || --depth > 0))
        end++;
    return (size_t)(end - path);
}

static int parse_row(sqlite3_stmt *statement, int column, json_t **ret)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    json_error_t error = {0}; /* as in json_input.c */

    if (!text)
        return -ENOMEM;
    *ret = json_loadb(text, (size_t)sqlite3_column_bytes(statement, column), JSON_DECODE_ANY | JSON_ALLOW_NUL,
                      &error);
    if (!*ret)
        return json_error_code(&error) == json_error_unknown ? -ENOMEM : -EUCLEAN;
    return 0;
}

/* The row at exactly @path; NULL in *ret if there is none. */
static int read_row(Database *self, const char *path, json_t **ret)
{
    sqlite3_stmt *statement = bind(self, STATEMENT_GET, path, NULL);
    int result = sqlite3_step(statement);
    int error = error_of(self, result);

    *ret = NULL;
    if (result == SQLITE_ROW)
        error = parse_row(statement, 0, ret);
    reset(statement);
    return error;
}

static int read_range(Database *self, const char *path, json_t **ret)
{
    CLEANUP(cleanup_range) Range range;
    AUTO_JSON json_t *tree = NULL;
    sqlite3_stmt *statement;
    size_t num_bytes = 0;
    int result = SQLITE_DONE;
    int error = range_init(&range, path);

    if (error < 0)
        return error;
    statement = bind(self, STATEMENT_RANGE, range.begin, range.end);
    while (error == 0 && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *row_path = (const char *)sqlite3_column_text(statement, 0);
        const char *relative = row_path ? path_relative(path, row_path) : NULL;
        json_t *value;

        num_bytes += (size_t)sqlite3_column_bytes(statement, 1);
        error = !row_path                    ? -ENOMEM
                : !relative                  ? -EUCLEAN
                : num_bytes > READ_BYTES_MAX ? -EFBIG
                                             : parse_row(statement, 1, &value);
        if (error == 0)
            error = tree_set(&tree, relative, value);
    }
    if (error == 0)
        error = error_of(self, result);
    reset(statement);
    if (error == 0)
        *ret = TAKE(tree);
    return error;
}

/* @path is below the cut: its value is inside of a row. */
static int read_inside(Database *self, const char *path, json_t **ret)
{
    size_t length = prefix_length(path, CUT_DEPTH);
    AUTO_FREE char *row_path = strndup(path, length);
    AUTO_JSON json_t *row = NULL;
    int error = row_path ? read_row(self, row_path, &row) : -ENOMEM;

    if (error < 0)
        return error;
    *ret = json_incref(tree_get(row, path[length] == '/' ? path + length + 1 : ""));
    return 0;
}

int database_read(Database *self, const char *path, json_t **ret)
{
    json_t *tree = NULL;
    int error;

    if (depth_of(path) > CUT_DEPTH)
        return read_inside(self, path, ret);
    error = read_row(self, path, &tree);
    if (error == 0 && !tree && depth_of(path) < CUT_DEPTH)
        error = read_range(self, path, &tree);
    if (error == 0)
        *ret = tree;
    return error;
}

/* Goes from child to child by the index alone: after "path/key..." comes what is at least "path/key0". */
static int list_children(Database *self, const char *path, json_t *ret_object)
{
    CLEANUP(cleanup_range) Range range;
    int error = range_init(&range, path);
    bool is_done = error < 0;

    while (!is_done) {
        sqlite3_stmt *statement = bind(self, STATEMENT_FIRST_PATH, range.begin, range.end);
        int result = sqlite3_step(statement);
        const char *found = result == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
        const char *relative = found ? path_relative(path, found) : NULL;
        char key[KEY_BYTES_MAX + 1];
        char *next = NULL;

        is_done = true;
        error = error_of(self, result);
        if (relative && path_next_key(&relative, key)) {
            /* Behind the row itself, or behind all rows below the child. */
            int length = asprintf(&next, "%.*s%s", (int)(relative - found) - (*relative != '\0'), found,
                                  *relative == '\0' ? "\x01" : "0");

            is_done = length < 0 || json_object_set_new(ret_object, key, json_true()) < 0;
            error = is_done ? -ENOMEM : 0;
        } else if (result == SQLITE_ROW) {
            error = found ? -EUCLEAN : -ENOMEM;
        }
        reset(statement);
        if (next) {
            free(range.begin);
            range.begin = next;
        }
    }
    return error;
}

/* Each child of an object becomes true. */
static int make_shallow(json_t **tree)
{
    AUTO_JSON json_t *shallow = NULL;
    const char *key;
    json_t *member;

    if (!json_is_object(*tree))
        return 0;
    shallow = json_object();
    json_object_foreach(*tree, key,
                        member) if (json_object_set_new(shallow, key, json_true()) < 0) return -ENOMEM;
    if (!shallow)
        return -ENOMEM;
    json_decref(*tree);
    *tree = TAKE(shallow);
    return 0;
}

int database_read_keys(Database *self, const char *path, json_t **ret)
{
    AUTO_JSON json_t *tree = NULL;
    int error;

    error = depth_of(path) > CUT_DEPTH ? read_inside(self, path, &tree) : read_row(self, path, &tree);
    if (error == 0)
        error = make_shallow(&tree);
    if (error == 0 && !tree && depth_of(path) < CUT_DEPTH) {
        tree = json_object();
        error = tree ? list_children(self, path, tree) : -ENOMEM;
        if (error == 0 && json_object_size(tree) == 0) {
            json_decref(tree);
            tree = NULL;
        }
    }
    if (error == 0)
        *ret = TAKE(tree);
    return error;
}

/* ---- Writing ---- */

int database_begin(Database *self)
{
    return run(self, STATEMENT_BEGIN, NULL, NULL);
}

int database_commit(Database *self)
{
    return run(self, STATEMENT_COMMIT, NULL, NULL);
}

void database_rollback(Database *self)
{
    if (!sqlite3_get_autocommit(self->file.connection))
        (void)run(self, STATEMENT_ROLLBACK, NULL, NULL); /* nothing of it was in the file */
    sqlite_file_make_room(&self->file);
}

static int set_row(Database *self, const char *path, const json_t *tree)
{
    AUTO_TEXT Text text = {0};
    sqlite3_stmt *statement = self->statements[STATEMENT_SET];
    int result;

    tree_text_append(&text, tree, (TreeTextStyle){.keeps_objects = true});
    if (text.is_failed)
        return -ENOMEM;
    result = sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    if (result == SQLITE_OK)
        result = sqlite3_bind_text64(statement, 2, text.bytes, text.length, SQLITE_STATIC, SQLITE_UTF8);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    result = error_of(self, result);
    reset(statement);
    return result;
}

/* Inserts the rows of a tree where nothing is. */
static int insert_rows(Database *self, const char *path, size_t depth, json_t *tree)
{
    const char *key;
    json_t *member;

    if (depth == CUT_DEPTH || !json_is_object(tree))
        return set_row(self, path, tree);
    json_object_foreach(tree, key, member)
    {
        AUTO_FREE char *child_path = NULL;
        int error;

        if (asprintf(&child_path, "%s%s%s", path, *path ? "/" : "", key) < 0)
            return -ENOMEM;
        error = insert_rows(self, child_path, depth + 1, member);
        if (error < 0)
            return error;
    }
    return 0;
}

/* A primitive above a new value gives way to it. */
static int remove_above(Database *self, const char *path)
{
    size_t depth = depth_of(path);
    int error = *path ? run(self, STATEMENT_REMOVE, "", NULL) : 0;

    for (size_t i = 1; i < depth && i < CUT_DEPTH && error == 0; i++) {
        AUTO_FREE char *above = strndup(path, prefix_length(path, i));

        error = above ? run(self, STATEMENT_REMOVE, above, NULL) : -ENOMEM;
    }
    return error;
}

/* @path is at the cut or above it. */
static int replace_rows(Database *self, const char *path, json_t *tree)
{
    CLEANUP(cleanup_range) Range range;
    size_t depth = depth_of(path);
    int error = range_init(&range, path);

    if (error == 0 && (!tree || depth < CUT_DEPTH))
        error = run(self, STATEMENT_REMOVE, path, NULL);
    if (error == 0 && depth < CUT_DEPTH)
        error = run(self, STATEMENT_REMOVE_RANGE, range.begin, range.end);
    if (error == 0 && tree)
        error = insert_rows(self, path, depth, tree);
    return error;
}

static int replace_inside(Database *self, const char *path, json_t *tree)
{
    size_t length = prefix_length(path, CUT_DEPTH);
    AUTO_FREE char *row_path = strndup(path, length);
    AUTO_JSON json_t *row = NULL;
    int error = row_path ? read_row(self, row_path, &row) : -ENOMEM;

    if (error == 0)
        error = tree_set(&row, path + length + 1, json_incref(tree));
    if (error == 0)
        error = row ? set_row(self, row_path, row) : run(self, STATEMENT_REMOVE, row_path, NULL);
    return error;
}

int database_put(Database *self, const char *path, json_t *tree)
{
    int error = tree ? remove_above(self, path) : 0;

    if (error < 0)
        return error;
    return depth_of(path) > CUT_DEPTH ? replace_inside(self, path, tree) : replace_rows(self, path, tree);
}

/* ---- Life ---- */

static void cleanup_database(Database **database)
{
    (void)database_close(*database);
}

int database_open(const DatabaseOptions *options, Database **ret)
{
    const SqliteFileOptions file = {
        .directory = options->directory,
        .name = "store.db",
        .application_id = APPLICATION_ID,
        .format_version = FORMAT_VERSION,
        .schema = "CREATE TABLE IF NOT EXISTS node (path TEXT NOT NULL UNIQUE, value TEXT NOT NULL);",
        .restart = RESTART_LOG,
        .bytes_max = options->bytes_max,
    };
    CLEANUP(cleanup_database) Database *self = calloc(1, sizeof *self);
    int error;

    if (!self)
        return -ENOMEM;
    error = sqlite_file_open(&self->file, &file);
    if (error == 0)
        error = sqlite_file_prepare(&self->file, statement_texts, NUM_STATEMENTS, self->statements);
    if (error < 0)
        return error;
    *ret = TAKE(self);
    return 0;
}

Database *database_close(Database *self)
{
    if (!self)
        return NULL;
    sqlite_file_close(&self->file);
    free(self);
    return NULL;
}

uint64_t database_num_sync_failures(const Database *self)
{
    return checkpointer_num_failures(self->file.checkpointer);
}
