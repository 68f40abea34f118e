/* A SQLite file of the state directory, as every store has it: mode 0600, one owner at a time, a format that
 * is checked, a write-ahead log, and no write that waits for the disk (see checkpointer.h). Loop thread only.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Checkpointer Checkpointer;

/* All borrowed during sqlite_file_open(), but @schema's and @restart's texts, which live for ever. */
typedef struct SqliteFileOptions {
    const char *directory; /* made with mode 0700 if it is not there, with its parents */
    const char *name;      /* of the file in it: "store.db" */
    int application_id;    /* in the file's header; another's file is left alone */
    int format_version;    /* likewise; a newer one is left alone */
    const char *schema;    /* SQL, within a transaction: makes what is not there */
    const char *restart;   /* SQL that writes a little and changes nothing, see checkpointer.h */
    bool is_shrinkable;    /* PRAGMA incremental_vacuum gives unused space back; decided when it is made */
    uint64_t bytes_max;    /* of the file, beyond which a write is -ENOSPC; 0: as much as the disk has */
} SqliteFileOptions;

typedef struct SqliteFile {
    int lock_fd;
    sqlite3 *connection;
    Checkpointer *checkpointer;
} SqliteFile;

/* sqlite_file_open() - opens or makes it, and takes <directory>/store.lock. sqlite_file_close() is due also
 * after a failure.
 * Returns 0; -EBUSY (another process, or this one, has the directory); -EUCLEAN (the file is damaged, or no
 * database of ours); -EPROTONOSUPPORT (written by a newer version); -ENOSPC; -EACCES; another negative errno.
 */
int sqlite_file_open(SqliteFile *file, const SqliteFileOptions *options);

/* sqlite_file_close() - of one that failed to open, too; its statements end with it. */
void sqlite_file_close(SqliteFile *file);

/* sqlite_file_error() - what SQLite has answered, as 0 or a negative errno. */
int sqlite_file_error(const SqliteFile *file, int result);

/* sqlite_file_execute() - SQL without parameters. */
int sqlite_file_execute(SqliteFile *file, const char *text);

/* sqlite_file_prepare() - statements for as long as the file is open, whose they are. */
int sqlite_file_prepare(SqliteFile *file, const char *const *texts, size_t num_texts, sqlite3_stmt **ret);

/* sqlite_file_make_room() - a write failed for want of space: what the log holds may fit into the file. */
void sqlite_file_make_room(SqliteFile *file);

#ifdef __cplusplus
}
#endif
