#include "broker/store/sqlite/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "broker/store/sqlite/checkpointer.h"
#include "broker/util/cleanup.h"

#define PAGE_BYTES         4096
#define LOG_LEFTOVER_BYTES (8 * 1024 * 1024) /* the log's file is cut to this after a checkpoint; untuned */
#define BUSY_TIMEOUT_MS    5000 /* a sync of the log's header by the checkpointer; usually a few ms */

/* ---- Errors ---- */

int sqlite_file_error(const SqliteFile *self, int result)
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

static int take_lock(SqliteFile *self, const char *directory)
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

int sqlite_file_execute(SqliteFile *self, const char *text)
{
    return sqlite_file_error(self, sqlite3_exec(self->connection, text, NULL, NULL, NULL));
}

/* The number that a PRAGMA answers. */
static int read_number(SqliteFile *self, const char *text, int *ret)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(self->connection, text, -1, &statement, NULL);

    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *ret = sqlite3_column_int(statement, 0);
    (void)sqlite3_finalize(statement); /* repeats the error of the step */
    return result == SQLITE_ROW ? 0 : sqlite_file_error(self, result);
}

/* An empty file becomes ours; a foreign or newer one is left alone. */
static int check_format(SqliteFile *self, const SqliteFileOptions *options)
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
    if (application_id != options->application_id)
        return num_tables > 0 ? -EUCLEAN : 0;
    return version > options->format_version ? -EPROTONOSUPPORT : 0;
}

static int configure(SqliteFile *self, const SqliteFileOptions *options)
{
    AUTO_FREE char *schema = NULL;
    char limits[160];
    int length = snprintf(limits, sizeof limits, "PRAGMA journal_size_limit = %d;", LOG_LEFTOVER_BYTES);
    int error = check_format(self, options);

    if (options->bytes_max > 0)
        (void)snprintf(limits + length, sizeof limits - (size_t)length, "PRAGMA max_page_count = %llu;",
                       (unsigned long long)(options->bytes_max / PAGE_BYTES + 1));
    if (asprintf(&schema, "BEGIN IMMEDIATE; %s PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;",
                 options->schema, options->application_id, options->format_version) < 0) {
        schema = NULL;
        return -ENOMEM;
    }
    if (error == 0 && options->is_shrinkable)
        error = sqlite_file_execute(self, "PRAGMA auto_vacuum = INCREMENTAL");
    if (error == 0)
        error =
            sqlite_file_execute(self, "PRAGMA journal_mode = WAL;"
                                      "PRAGMA synchronous = NORMAL;"
                                      "PRAGMA cache_size = -512;" /* KiB: the broker at rest stays small */
                                      "PRAGMA temp_store = MEMORY;"
                                      "PRAGMA cell_size_check = ON;"
                                      "PRAGMA trusted_schema = OFF;");
    if (error == 0)
        error = sqlite_file_execute(self, schema);
    return error == 0 ? sqlite_file_execute(self, limits) : error;
}

int sqlite_file_prepare(SqliteFile *self, const char *const *texts, size_t num_texts, sqlite3_stmt **ret)
{
    for (size_t i = 0; i < num_texts; i++) {
        int result =
            sqlite3_prepare_v3(self->connection, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &ret[i], NULL);

        if (result != SQLITE_OK)
            return sqlite_file_error(self, result);
    }
    return 0;
}

static int on_commit(void *context, sqlite3 *connection, const char *name, int num_pages)
{
    SqliteFile *self = context;

    (void)connection;
    (void)name;
    checkpointer_notify(self->checkpointer, num_pages, false);
    return SQLITE_OK;
}

static int open_connection(SqliteFile *self, const char *path, const SqliteFileOptions *options)
{
    int result = sqlite3_open_v2(path, &self->connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    int error = sqlite_file_error(self, result);

    if (error < 0)
        return error;
    (void)sqlite3_extended_result_codes(self->connection, 1);
    (void)sqlite3_busy_timeout(self->connection, BUSY_TIMEOUT_MS);
    error = configure(self, options);
    if (error == 0)
        error = checkpointer_new(path, options->restart, &self->checkpointer);
    if (error == 0)
        (void)sqlite3_wal_hook(self->connection, on_commit,
                               self); /* and no checkpoint from within a commit */
    return error;
}

int sqlite_file_open(SqliteFile *self, const SqliteFileOptions *options)
{
    AUTO_FREE char *path = NULL;
    int error;

    *self = (SqliteFile){.lock_fd = -1};
    if (asprintf(&path, "%s/%s", options->directory, options->name) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    error = make_directory(options->directory);
    if (error == 0)
        error = take_lock(self, options->directory);
    if (error == 0)
        error = make_file(path);
    return error == 0 ? open_connection(self, path, options) : error;
}

void sqlite_file_close(SqliteFile *self)
{
    sqlite3_stmt *statement;

    self->checkpointer = checkpointer_free(self->checkpointer);
    if (self->connection)
        (void)sqlite3_wal_hook(self->connection, NULL, NULL); /* the last close checkpoints */
    while (self->connection && (statement = sqlite3_next_stmt(self->connection, NULL)))
        (void)sqlite3_finalize(statement); /* repeats the error of its last step */
    (void)sqlite3_close(self->connection); /* nothing is open on it */
    self->connection = NULL;
    cleanup_close(&self->lock_fd);
    self->lock_fd = -1;
}

void sqlite_file_make_room(SqliteFile *self)
{
    checkpointer_notify(self->checkpointer, 0, true);
}
