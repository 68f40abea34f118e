/* Carries what was committed from the page cache to the disk, on a thread of its own.
 *
 * A commit to SQLite's write-ahead log with synchronous=NORMAL is a write to the page cache: a killed process
 * loses nothing, and the loop does not wait for the disk. What does wait for the disk happens here:
 *  - a second after a commit the log is synced, so that a power cut costs a second at most;
 *  - past CHECKPOINT_PAGES the log is moved into the database file (a passive checkpoint: no writer waits for
 *    it), and then begun anew by a small write from here, because SQLite syncs the log's header at the first
 *    write after a checkpoint, in whoever makes that write. A write of the loop that falls into exactly that
 *    moment waits for that one sync.
 * At rest the thread sleeps without a timer. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CHECKPOINT_PAGES  1000 /* of 4 KiB; SQLite's own default */
#define LOG_SYNC_DELAY_MS 1000 /* untuned */

typedef struct Checkpointer Checkpointer;

/* checkpointer_new() - starts the thread for the database at @path, which is open and in WAL mode.
 * @restart_statement: SQL that writes a little and changes nothing; borrowed for the object's life.
 * Returns 0, or a negative errno. */
int checkpointer_new(const char *path, const char *restart_statement, Checkpointer **ret);

/* checkpointer_free() - ends the thread, waiting for what it does. NULL is nothing; returns NULL. */
Checkpointer *checkpointer_free(Checkpointer *checkpointer);

/* checkpointer_notify() - something was committed, or could not be for lack of space.
 * @num_pages: now in the log; @is_urgent: do not wait for more. Any thread; never waits for the disk. */
void checkpointer_notify(Checkpointer *checkpointer, int num_pages, bool is_urgent);

/* checkpointer_num_failures() - syncs and checkpoints that failed so far; each is tried again after the next
 * commit. Any thread. */
uint64_t checkpointer_num_failures(const Checkpointer *checkpointer);

#ifdef __cplusplus
}
#endif
