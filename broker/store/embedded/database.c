#include "broker/store/embedded/database.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "broker/store/embedded/checkpointer.h"
#include "broker/store/embedded/path.h"
#include "broker/store/embedded/text.h"
#include "broker/store/embedded/tree.h"
#include "broker/store/embedded/tree_text.h"
#include "broker/util/cleanup.h"

#define PAGE_BYTES      4096
#define BUSY_TIMEOUT_MS 5000       /* a sync of the log's header by the checkpointer; usually a few ms */
#define APPLICATION_ID  1397637456 /* "SNAP", in the file's header */
#define FORMAT_VERSION  1
#define STRINGIFY_(x)   #x
#define STRINGIFY(x)    STRINGIFY_(x)
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
    int lock_fd;
    sqlite3 *connection;
    sqlite3_stmt *statements[NUM_STATEMENTS];
    Checkpointer *checkpointer;
};

/* ---- Errors ---- */

static int error_of(Database *self, int result)
{
    int system_error = self->connection ? sqlite3_system_errno(self->connection) : 0;

    switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EUCLEAN;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return -EACCES;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        if (system_error == ENOSPC || system_error == EDQUOT || system_error == EACCES)
            return system_error == EACCES ? -EACCES : -ENOSPC;
        return result == SQLITE_IOERR_NOMEM ? -ENOMEM : -EIO;
    default:
        return -EIO;
    }
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
    if (!sqlite3_get_autocommit(self->connection))
        (void)run(self, STATEMENT_ROLLBACK, NULL, NULL); /* nothing of it was in the file */
    /* If the disk is full: what the log holds may fit into the file, and the log's space be used anew. */
    checkpointer_notify(self->checkpointer, 0, true);
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

/* ---- Opening ---- */

static int make_directory(const char *directory)
{
    AUTO_FREE char *path = strdup(directory);
    struct stat status;

    if (!path)
        return -ENOMEM;
    for (char *slash = path + 1; *path; slash++) {
        bool is_end = *slash == '\0';

        if (!is_end && *slash != '/')
            continue;
        *slash = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return -errno;
        if (is_end)
            break;
        *slash = '/';
    }
    if (stat(directory, &status) < 0)
        return -errno;
    return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
}

/* The mode is given before SQLite sees the file; its log and index take it over. The descriptor is closed
 * before SQLite locks the file: closing it later would take the locks away. */
static int make_file(const char *path)
{
    AUTO_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    return fd >= 0 ? 0 : -errno;
}

static int take_lock(Database *self, const char *directory)
{
    AUTO_FREE char *path = NULL;

    if (asprintf(&path, "%s/store.lock", directory) < 0)
        return -ENOMEM;
    self->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (self->lock_fd < 0)
        return -errno;
    if (flock(self->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? -EBUSY : -errno;
    return 0;
}

static int execute(Database *self, const char *text)
{
    return error_of(self, sqlite3_exec(self->connection, text, NULL, NULL, NULL));
}

/* The number that a PRAGMA answers. */
static int read_number(Database *self, const char *text, int *ret)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(self->connection, text, -1, &statement, NULL);

    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *ret = sqlite3_column_int(statement, 0);
    (void)sqlite3_finalize(statement); /* repeats the error of the step */
    return result == SQLITE_ROW ? 0 : error_of(self, result);
}

/* An empty file becomes ours; a foreign or newer one is left alone. */
static int check_format(Database *self)
{
    int application_id = 0;
    int version = 0;
    int num_tables = 0;
    int error = read_number(self, "PRAGMA application_id", &application_id);

    if (error == 0)
        error = read_number(self, "PRAGMA user_version", &version);
    if (error == 0)
        error = read_number(self, "SELECT count(*) FROM sqlite_master", &num_tables);
    if (error < 0)
        return error;
    if (application_id != APPLICATION_ID)
        return num_tables > 0 ? -EUCLEAN : 0;
    return version > FORMAT_VERSION ? -EPROTONOSUPPORT : 0;
}

static int configure(Database *self, uint64_t bytes_max)
{
    char limits[160];
    int length = snprintf(limits, sizeof limits, "PRAGMA journal_size_limit = %d;", LOG_LEFTOVER_BYTES);
    int error = check_format(self);

    if (bytes_max > 0)
        (void)snprintf(limits + length, sizeof limits - (size_t)length, "PRAGMA max_page_count = %llu;",
                       (unsigned long long)(bytes_max / PAGE_BYTES + 1));
    if (error == 0)
        error =
            execute(self, "PRAGMA journal_mode = WAL;"
                          "PRAGMA synchronous = NORMAL;"
                          "PRAGMA cache_size = -512;" /* KiB: the broker at rest is to stay small */
                          "PRAGMA temp_store = MEMORY;"
                          "PRAGMA cell_size_check = ON;"
                          "PRAGMA trusted_schema = OFF;"
                          "BEGIN IMMEDIATE;"
                          "CREATE TABLE IF NOT EXISTS node (path TEXT NOT NULL UNIQUE, value TEXT NOT NULL);"
                          "PRAGMA application_id = " STRINGIFY(APPLICATION_ID) ";" RESTART_LOG ";"
                                                                               "COMMIT;");
    return error == 0 ? execute(self, limits) : error;
}

static int prepare_statements(Database *self)
{
    for (size_t i = 0; i < NUM_STATEMENTS; i++) {
        int result = sqlite3_prepare_v3(self->connection, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                        &self->statements[i], NULL);

        if (result != SQLITE_OK)
            return error_of(self, result);
    }
    return 0;
}

static int on_commit(void *context, sqlite3 *connection, const char *name, int num_pages)
{
    Database *self = context;

    (void)connection;
    (void)name;
    checkpointer_notify(self->checkpointer, num_pages, false);
    return SQLITE_OK;
}

static int open_connection(Database *self, const char *path, uint64_t bytes_max)
{
    int result = sqlite3_open_v2(path, &self->connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    int error = error_of(self, result);

    if (error < 0)
        return error;
    (void)sqlite3_extended_result_codes(self->connection, 1);
    (void)sqlite3_busy_timeout(self->connection, BUSY_TIMEOUT_MS);
    error = configure(self, bytes_max);
    if (error == 0)
        error = prepare_statements(self);
    if (error == 0)
        error = checkpointer_new(path, RESTART_LOG, &self->checkpointer);
    if (error == 0)
        (void)sqlite3_wal_hook(self->connection, on_commit,
                               self); /* and no checkpoint from within a commit */
    return error;
}

static void cleanup_database(Database **database)
{
    (void)database_close(*database);
}

int database_open(const DatabaseOptions *options, Database **ret)
{
    CLEANUP(cleanup_database) Database *self = calloc(1, sizeof *self);
    AUTO_FREE char *path = NULL;
    int error;

    if (!self || asprintf(&path, "%s/store.db", options->directory) < 0)
        return -ENOMEM;
    self->lock_fd = -1;
    error = make_directory(options->directory);
    if (error == 0)
        error = take_lock(self, options->directory);
    if (error == 0)
        error = make_file(path);
    if (error == 0)
        error = open_connection(self, path, options->bytes_max);
    if (error < 0)
        return error;
    *ret = TAKE(self);
    return 0;
}

Database *database_close(Database *self)
{
    if (!self)
        return NULL;
    self->checkpointer = checkpointer_free(self->checkpointer);
    if (self->connection)
        (void)sqlite3_wal_hook(self->connection, NULL, NULL); /* the last close checkpoints */
    for (size_t i = 0; i < NUM_STATEMENTS; i++)
        (void)sqlite3_finalize(self->statements[i]);
    (void)sqlite3_close(self->connection); /* nothing is open on it */
    cleanup_close(&self->lock_fd);
    free(self);
    return NULL;
}

uint64_t database_num_sync_failures(const Database *self)
{
    return checkpointer_num_failures(self->checkpointer);
}
