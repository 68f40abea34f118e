#include "broker/store/outbox/outbox_file.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/sqlite/sqlite_file.h"
#include "broker/util/cleanup.h"
#include "broker/util/json_whole.h"

#define FILE_NAME      "outbox.db"
#define APPLICATION_ID 1397706050 /* "SOUB", in the file's header */
#define FORMAT_VERSION 1
#define STRINGIFY_(x)  #x
#define STRINGIFY(x)   STRINGIFY_(x)
#define SHRINK_PAGES   256 /* of 4 KiB at a time: a write of a megabyte; untuned */

typedef enum Statement {
    STATEMENT_LIST,
    STATEMENT_ADD,
    STATEMENT_READ,
    STATEMENT_UPDATE,
    STATEMENT_DROP_TEXTS,
    STATEMENT_REMOVE,
    NUM_STATEMENTS,
} Statement;

static const char *const statement_texts[NUM_STATEMENTS] = {
    [STATEMENT_LIST] = "SELECT number, database, debuggee, breakpoint, mark, is_logpoint, is_capture, stage,"
                       " outcome, was_active, text_bytes FROM entry ORDER BY number",
    [STATEMENT_ADD] =
        "INSERT INTO entry (database, debuggee, breakpoint, mark, is_logpoint, is_capture, stage,"
        " outcome, was_active, text_bytes, snapshot, final)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [STATEMENT_READ] = "SELECT snapshot, final FROM entry WHERE number = ?1",
    [STATEMENT_UPDATE] =
        "UPDATE entry SET mark = ?2, stage = ?3, outcome = ?4, was_active = ?5 WHERE number = ?1",
    [STATEMENT_DROP_TEXTS] = "UPDATE entry SET mark = ?2, stage = ?3, outcome = ?4, was_active = ?5,"
                             " text_bytes = 0, snapshot = NULL, final = NULL WHERE number = ?1",
    [STATEMENT_REMOVE] = "DELETE FROM entry WHERE number = ?1",
};

/* AUTOINCREMENT: a number is never used twice, so that the order of entry survives. The texts come last, for
 * the columns before them are read without them. */
static const char schema[] = "CREATE TABLE IF NOT EXISTS entry ("
                             " number INTEGER PRIMARY KEY AUTOINCREMENT,"
                             " database TEXT NOT NULL, debuggee TEXT NOT NULL, breakpoint TEXT NOT NULL,"
                             " mark TEXT NOT NULL, is_logpoint INTEGER NOT NULL, is_capture INTEGER NOT NULL,"
                             " stage INTEGER NOT NULL, outcome INTEGER NOT NULL, was_active INTEGER NOT NULL,"
                             " text_bytes INTEGER NOT NULL, snapshot TEXT, final TEXT);";

struct OutboxFile {
    SqliteFile file;
    sqlite3_stmt *statements[NUM_STATEMENTS];
};

/* ------------------------------------------------------------------------------------------- statements */

static void reset(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement); /* repeats the error of the step before, which was handled */
    (void)sqlite3_clear_bindings(statement);
}

/* Runs a statement whose parameters are bound, which @result says. */
static int run(OutboxFile *self, sqlite3_stmt *statement, int result)
{
    int error;

    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    error = sqlite_file_error(&self->file, result);
    reset(statement);
    if (error < 0)
        sqlite_file_make_room(&self->file);
    return error;
}

static int bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    return text ? sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC)
                : sqlite3_bind_null(statement, place);
}

/* --------------------------------------------------------------------------------------------- entries */

static const char *text_of(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    return text ? text : "";
}

static OutboxRow row_of(sqlite3_stmt *statement)
{
    return (OutboxRow){
        .number = sqlite3_column_int64(statement, 0),
        .database = text_of(statement, 1),
        .debuggee_id = text_of(statement, 2),
        .id = text_of(statement, 3),
        .mark = text_of(statement, 4),
        .is_logpoint = sqlite3_column_int(statement, 5) != 0,
        .is_capture = sqlite3_column_int(statement, 6) != 0,
        .stage = sqlite3_column_int(statement, 7),
        .outcome = sqlite3_column_int(statement, 8),
        .was_active = sqlite3_column_int(statement, 9) != 0,
        .text_bytes = (size_t)sqlite3_column_int64(statement, 10),
    };
}

int outbox_file_list(OutboxFile *self, int (*each)(void *context, const OutboxRow *row), void *context)
{
    sqlite3_stmt *statement = self->statements[STATEMENT_LIST];
    int error = 0;
    int result = SQLITE_DONE;

    while (error == 0 && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        const OutboxRow row = row_of(statement);

        error = each(context, &row);
    }
    if (error == 0)
        error = sqlite_file_error(&self->file, result);
    reset(statement);
    return error;
}

int outbox_file_add(OutboxFile *self, OutboxRow *row, const json_t *snapshot, const json_t *final)
{
    sqlite3_stmt *statement = self->statements[STATEMENT_ADD];
    AUTO_FREE char *snapshot_text = NULL;
    AUTO_FREE char *final_text = NULL;
    int result;
    int error;

    if (json_whole_text(snapshot, &snapshot_text) < 0 || json_whole_text(final, &final_text) < 0)
        return -ENOMEM;
    row->text_bytes = strlen(final_text) + (snapshot_text ? strlen(snapshot_text) : 0);
    result = bind_text(statement, 1, row->database);
    result |= bind_text(statement, 2, row->debuggee_id);
    result |= bind_text(statement, 3, row->id);
    result |= bind_text(statement, 4, row->mark);
    result |= sqlite3_bind_int(statement, 5, row->is_logpoint);
    result |= sqlite3_bind_int(statement, 6, row->is_capture);
    result |= sqlite3_bind_int(statement, 7, row->stage);
    result |= sqlite3_bind_int(statement, 8, row->outcome);
    result |= sqlite3_bind_int(statement, 9, row->was_active);
    result |= sqlite3_bind_int64(statement, 10, (sqlite3_int64)row->text_bytes);
    result |= bind_text(statement, 11, snapshot_text);
    result |= bind_text(statement, 12, final_text);
    error = run(self, statement, result == SQLITE_OK ? SQLITE_OK : SQLITE_NOMEM);
    if (error == 0)
        row->number = sqlite3_last_insert_rowid(self->file.connection);
    return error;
}

/* That it makes the same text again is checked: without memory jansson 2.14 leaves out what it cannot hold,
 * and does not say so. -EUCLEAN may thus be want of memory. */
static int parse_column(sqlite3_stmt *statement, int column, json_t **ret)
{
    AUTO_JSON json_t *json = NULL;
    const char *text;
    size_t length;

    *ret = NULL;
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return 0;
    text = (const char *)sqlite3_column_text(statement, column);
    if (!text)
        return -ENOMEM;
    length = (size_t)sqlite3_column_bytes(statement, column);
    json = json_loadb(text, length, JSON_ALLOW_NUL, NULL);
    if (!json || json_dumpb(json, NULL, 0, JSON_COMPACT) != length)
        return -EUCLEAN;
    *ret = TAKE(json);
    return 0;
}

int outbox_file_read(OutboxFile *self, int64_t number, json_t **ret_snapshot, json_t **ret_final)
{
    sqlite3_stmt *statement = self->statements[STATEMENT_READ];
    AUTO_JSON json_t *snapshot = NULL;
    AUTO_JSON json_t *final = NULL;
    int result;
    int error;

    (void)sqlite3_bind_int64(statement, 1, number); /* needs no memory */
    result = sqlite3_step(statement);
    error = sqlite_file_error(&self->file, result);
    if (error == 0 && result != SQLITE_ROW)
        error = -ENOENT;
    if (error == 0 && ret_snapshot)
        error = parse_column(statement, 0, &snapshot);
    if (error == 0 && ret_final)
        error = parse_column(statement, 1, &final);
    reset(statement);
    if (error < 0)
        return error;
    if (ret_snapshot)
        *ret_snapshot = TAKE(snapshot);
    if (ret_final)
        *ret_final = TAKE(final);
    return 0;
}

int outbox_file_update(OutboxFile *self, const OutboxRow *row, bool keeps_texts)
{
    sqlite3_stmt *statement = self->statements[keeps_texts ? STATEMENT_UPDATE : STATEMENT_DROP_TEXTS];
    int result = sqlite3_bind_int64(statement, 1, row->number);

    result |= bind_text(statement, 2, row->mark);
    result |= sqlite3_bind_int(statement, 3, row->stage);
    result |= sqlite3_bind_int(statement, 4, row->outcome);
    result |= sqlite3_bind_int(statement, 5, row->was_active);
    return run(self, statement, result == SQLITE_OK ? SQLITE_OK : SQLITE_NOMEM);
}

int outbox_file_remove(OutboxFile *self, int64_t number)
{
    sqlite3_stmt *statement = self->statements[STATEMENT_REMOVE];

    return run(self, statement, sqlite3_bind_int64(statement, 1, number));
}

void outbox_file_shrink(OutboxFile *self)
{
    (void)sqlite_file_execute(&self->file, "PRAGMA incremental_vacuum(" STRINGIFY(SHRINK_PAGES) ")");
}

/* ------------------------------------------------------------------------------------------------ life */

static void cleanup_outbox_file(OutboxFile **file)
{
    (void)outbox_file_close(*file);
}

int outbox_file_open(const char *state_dir, OutboxFile **ret)
{
    const SqliteFileOptions options = {
        .directory = state_dir,
        .name = FILE_NAME,
        .application_id = APPLICATION_ID,
        .format_version = FORMAT_VERSION,
        .schema = schema,
        .restart = "PRAGMA user_version = " STRINGIFY(FORMAT_VERSION),
        .is_shrinkable = true,
    };
    CLEANUP(cleanup_outbox_file) OutboxFile *self = calloc(1, sizeof *self);
    int error;

    if (!self)
        return -ENOMEM;
    error = sqlite_file_open(&self->file, &options);
    if (error == 0)
        error = sqlite_file_prepare(&self->file, statement_texts, NUM_STATEMENTS, self->statements);
    if (error < 0)
        return error;
    *ret = TAKE(self);
    return 0;
}

OutboxFile *outbox_file_close(OutboxFile *self)
{
    if (!self)
        return NULL;
    sqlite_file_close(&self->file);
    free(self);
    return NULL;
}

/* The log goes with its file; the index is made anew. */
int outbox_file_set_aside(const char *state_dir)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        AUTO_FREE char *from = NULL;
        AUTO_FREE char *to = NULL;

        if (asprintf(&from, "%s/" FILE_NAME "%s", state_dir, suffixes[i]) < 0) {
            from = NULL;
            return -ENOMEM;
        }
        if (asprintf(&to, "%s/" FILE_NAME ".damaged%s", state_dir, suffixes[i]) < 0) {
            to = NULL;
            return -ENOMEM;
        }
        if (rename(from, to) < 0 && errno != ENOENT)
            return -errno;
    }
    return 0;
}
