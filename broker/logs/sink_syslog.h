/* Lines of logpoints to the host's syslog daemon, in the form that syslog(3) writes to /dev/log: RFC 3164
 * without a host name, which rsyslog, syslog-ng, busybox and journald all read there; RFC 5424 is for the
 * network, and journald does not know it. See sink.h. */
#pragma once

#include "broker/logs/sink.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SYSLOG_SOCKET_PATH "/dev/log"

/* syslog_line() - one record as such a datagram: facility user, the severity's priority, local time, the
 * broker's name and the process of the app. Control characters are escaped. From malloc(); NULL when memory
 * is out. */
char *syslog_line(const LogRecord *record);

/* sink_syslog_new() - @path is SYSLOG_SOCKET_PATH, or another. 0, -EINVAL or -ENOMEM as datagrams_new(). */
int sink_syslog_new(const OutputOptions *options, const char *path, Sink **ret);

#ifdef __cplusplus
}
#endif
