/* Trees in SQLite: the file <directory>/store.db.
 *
 * One row per path. A value at CUT_DEPTH (cdbg/breakpoints/<debuggee>/<state>/<id>) is one row with its whole
 * subtree as JSON, a primitive above it is a row too; so a snapshot is one row, and neither listing nor
 * writing one touches the others. No row's path is above another's.
 *
 * Writing is: database_begin(), any number of database_put(), then database_commit() or database_rollback().
 * Loop thread only. Commits do not wait for the disk (see checkpointer.h). */
#pragma once

#include <jansson.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CUT_DEPTH      5
#define READ_BYTES_MAX (64 * 1024 * 1024) /* of stored text for one answer; untuned */

typedef struct Database Database;

typedef struct DatabaseOptions {
    const char
        *directory;     /* made with mode 0700 if it is not there, with its parents; borrowed for the call */
    uint64_t bytes_max; /* of the file, beyond which a write is -ENOSPC; 0: as much as the disk has */
} DatabaseOptions;

/* database_open() - opens or makes the database; the file has mode 0600.
 * Returns 0; -EBUSY (another process, or this one, has it open); -EUCLEAN (the file is damaged, or no
 * database); -EPROTONOSUPPORT (written by a newer version); -ENOSPC; -EACCES; another negative errno. */
int database_open(const DatabaseOptions *options, Database **ret);

/* database_close() - NULL is nothing; returns NULL. */
Database *database_close(Database *database);

/* database_read() - the tree at @path; NULL in *ret if nothing is there. The caller owns it. Returns 0;
 * -EFBIG (more than READ_BYTES_MAX); -EUCLEAN, -EIO, -ENOMEM. */
int database_read(Database *database, const char *path, json_t **ret);

/* database_read_keys() - the same, but each child of an object is true, and above the cut no value is read.
 */
int database_read_keys(Database *database, const char *path, json_t **ret);

/* These return 0, -ENOSPC (nothing stored is lost, and writing works again when there is space), -EUCLEAN,
 * -EIO or -ENOMEM. After a failed put or commit the transaction is to be rolled back. @tree is borrowed; NULL
 * removes. */
int database_begin(Database *database);
int database_put(Database *database, const char *path, json_t *tree);
int database_commit(Database *database);
void database_rollback(Database *database);

/* database_num_sync_failures() - see checkpointer_num_failures(). */
uint64_t database_num_sync_failures(const Database *database);

#ifdef __cplusplus
}
#endif
