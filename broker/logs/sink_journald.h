/* Lines of logpoints to systemd's journal, by its native protocol and with fields of their own. Written here
 * and not by libsystemd, which would be one more library, and whose sd_journal_sendv() waits for a slow
 * journal. The protocol: systemd.io/JOURNAL_NATIVE_PROTOCOL. See sink.h. */
#pragma once

#include "broker/logs/sink.h"

#ifdef __cplusplus
extern "C" {
#endif

#define JOURNALD_SOCKET_PATH "/run/systemd/journal/socket"

/* journald_entry() - one record as fields: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER, CODE_FILE, CODE_LINE,
 * CODE_FUNC, and SNAPSHOT_DEBUGGEE, _MODULE, _VERSION, _BREAKPOINT, _PID, _THREAD, _TIME_USEC, _TRACE, _SPAN,
 * _INSERT_ID, _SUPPRESSED. From malloc(), *ret_length bytes, some of which may be NUL; NULL when memory is
 * out. */
char *journald_entry(const LogRecord *record, size_t *ret_length);

/* sink_journald_new() - @path is JOURNALD_SOCKET_PATH, or another. 0, -EINVAL or -ENOMEM as datagrams_new().
 */
int sink_journald_new(const OutputOptions *options, const char *path, Sink **ret);

#ifdef __cplusplus
}
#endif
