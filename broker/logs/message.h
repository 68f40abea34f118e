/* The text of a log entry: the logpoint's format with the values that the stub sent, as the original agent
 * wrote it. Pure; any thread. */
#pragma once

#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MESSAGE_PREFIX      "LOGPOINT: "
#define MESSAGE_VALUE_CHARS 256   /* the original's */
#define MESSAGE_CHARS_MAX   65536 /* untuned: a format may name a value many times */

/* What the original logs once when a logpoint is over its quota, and then is silent for a while. */
#define MESSAGE_PAUSED MESSAGE_PREFIX "Logpoint is paused due to high log rate until log quota is restored"

/* message_format() - MESSAGE_PREFIX and @format with "$0" replaced by the first value of @entry and so on,
 * "$$" by a dollar. @format is the breakpoint's logMessageFormat; NULL is empty. Control characters of the
 * format and of names are kept: log_line_json() and log_line_text() escape them, so that an entry is one
 * line. *ret_text is from malloc(). 0 or -ENOMEM. */
int message_format(const char *format, const Snapshot__LogEntry *entry, char **ret_text);

#ifdef __cplusplus
}
#endif
