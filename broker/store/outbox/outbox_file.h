/* The entries of the outbox on disk: the file <state_dir>/outbox.db. Loop thread only; no write waits for the
 * disk (see checkpointer.h). */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct OutboxFile OutboxFile;

/* What is known of an entry without its texts. */
typedef struct OutboxRow {
    int64_t number; /* given by the file, in the order of entry */
    const char *database;
    const char *debuggee_id;
    const char *id; /* of the breakpoint */
    const char *mark;
    bool is_logpoint;
    bool is_capture; /* it counts among the captures */
    int stage;       /* these three: see delivery.h */
    int outcome;
    bool was_active;
    size_t text_bytes;
} OutboxRow;

/* outbox_file_open() - opens or makes it. Returns 0 or a negative errno, as sqlite_file_open(). The caller
 * owns *ret. */
int outbox_file_open(const char *state_dir, OutboxFile **ret);

/* outbox_file_close() - NULL is nothing; returns NULL. */
OutboxFile *outbox_file_close(OutboxFile *file);

/* outbox_file_set_aside() - renames a file that is damaged to outbox.db.damaged, in the place of an earlier
 * one. It must be closed. 0 or a negative errno. */
int outbox_file_set_aside(const char *state_dir);

/* outbox_file_list() - tells every entry, oldest first; stops at the first that returns a negative errno, and
 * returns it. Rows are borrowed during the call. */
int outbox_file_list(OutboxFile *file, int (*each)(void *context, const OutboxRow *row), void *context);

/* These return 0 or a negative errno: -ENOSPC, -EACCES, -EUCLEAN, -EIO, -ENOMEM; the file is then as before.
 */

/* outbox_file_add() - @snapshot may be NULL; both are borrowed. Gives the row its number and its text_bytes.
 */
int outbox_file_add(OutboxFile *file, OutboxRow *row, const json_t *snapshot, const json_t *final);

/* outbox_file_read() - *ret_snapshot is NULL if there is none, both if the texts are gone. The caller owns
 * them. Either may be NULL. -ENOENT: there is no such entry; -EUCLEAN: it is damaged, or memory is out. */
int outbox_file_read(OutboxFile *file, int64_t number, json_t **ret_snapshot, json_t **ret_final);

/* outbox_file_update() - writes the mark and the state of @row; its texts are dropped unless @keeps_texts. */
int outbox_file_update(OutboxFile *file, const OutboxRow *row, bool keeps_texts);

int outbox_file_remove(OutboxFile *file, int64_t number);

/* outbox_file_shrink() - gives space back that is not used any more, a bounded amount. Its failure harms
 * nobody. */
void outbox_file_shrink(OutboxFile *file);

#ifdef __cplusplus
}
#endif
