/* Breakpoints: the table of what the broker wants hooked in this process, by id. Sets, clears and lists come
 * from the link thread; hits and imports from the app's. Everything holds the GIL, leaves no Python
 * exception, and runs no code of the app. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>

#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BREAKPOINTS_NUM_MAX                                                                                  \
    2000 /* live and remembered ones; the database of an app has far fewer. Untuned                          \
          */
#define BREAKPOINTS_CODES_MAX                                                                                \
    4096 /* hooked code objects of one breakpoint; beyond, the oldest are unhooked */
#define BREAKPOINTS_EXPRESSIONS_MAX 256

/* breakpoints_init() - @before_send is called on the app's thread before a hit is sent. @is_canceled is asked
 * on the thread that looks for a line, now and then, with the GIL or without: whether it is to be left for
 * breakpoints_work(). @wake: there is work for breakpoints_work(); any thread. */
void breakpoints_init(void (*before_send)(void), bool (*is_canceled)(void), void (*wake)(void));

/* breakpoints_set_limits() - the session's; NULL: the defaults. */
void breakpoints_set_limits(const Snapshot__Limits *limits);

/* breakpoints_set_terms() - how much logpoints may send without a lease; NULL: the session is over. */
void breakpoints_set_terms(const Snapshot__QuotaLease *terms);

/* breakpoints_grant() - a lease of one logpoint. */
void breakpoints_grant(const Snapshot__QuotaLease *lease);

/* breakpoints_set() - compiles, locates, arms, and reports what became of it. A known id is left as it is and
 * reported again. Gives up the GIL now and then. */
void breakpoints_set(const Snapshot__Breakpoint *message);

/* breakpoints_clear() - disarms and forgets. That a snapshot was taken is remembered: the same id may still
 * come again, from a broker that knows less. */
void breakpoints_clear(const char *id);

/* breakpoints_keep_only() - forgets all that are not in the list, also that a snapshot was taken. */
void breakpoints_keep_only(char *const *ids, size_t num_ids);

/* breakpoints_clear_all() - disarms and forgets everything. */
void breakpoints_clear_all(void);

/* breakpoints_have_work() - whether breakpoints_work() has anything to do. Without the GIL. */
bool breakpoints_have_work(void);

/* breakpoints_work() - looks for the lines that were left, and sends the kept snapshots that are due. Gives
 * up the GIL now and then. */
void breakpoints_work(void);

/* breakpoints_wait_ms() - until there is more to be done, if nothing happens; -1: nothing. Without the GIL.
 */
int breakpoints_wait_ms(void);

/* breakpoints_finish() - sends what is kept, before the end of the process. */
void breakpoints_finish(void);

/* breakpoints_after_fork_child() - the thread that may have been in here is gone. */
void breakpoints_after_fork_child(void);

/* breakpoints_imported() - for import_watch_init(): arms what waits for the module, and what was armed in an
 * earlier execution of its file. */
void breakpoints_imported(PyCodeObject *code);

/* breakpoints_swapped() - for import_watch_init(): a function is about to be given @code, which may have a
 * line that is armed in other code of the file. That is seen to a moment later, by breakpoints_work(). */
void breakpoints_swapped(PyCodeObject *code);

#ifdef __cplusplus
}
#endif
