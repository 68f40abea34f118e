/* App log: a logpoint's line in the app's own log, where the operator of the broker wants it there
 * (--log-output=app): a record for the root logger of the module `logging`, as the original agent made it.
 *
 * It is the one place where the stub runs code of the app, the handlers and filters of its log, and it does
 * so on the link thread alone. Nothing is imported for it: an app that has not imported `logging` gets
 * nothing. */
#pragma once

#include "proto/snapshot.pb-c.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* app_log_write() - one record. Holds the GIL, which the app's handlers may give up; leaves no Python
 * exception set: what the app's code raises is the app's. Borrows @message during the call. */
void app_log_write(const Snapshot__AppLog *message);

/* app_log_is_this_thread() - whether the calling thread is in app_log_write(): logpoints in what logs would
 * make a line for each line. Holds the GIL. */
bool app_log_is_this_thread(void);

/* app_log_after_fork_child() - the thread that was in it is not there. */
void app_log_after_fork_child(void);

#ifdef __cplusplus
}
#endif
