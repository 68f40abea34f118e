/* Lines of logpoints back to the app whose they are, which logs them itself: see AppLog in
 * proto/snapshot.proto. A session that does not read is not closed for it: the line is dropped. See sink.h.
 */
#pragma once

#include "broker/logs/sink.h"
#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sends to the session @origin (LogRecord.origin), or says false: there is no room. */
typedef bool (*SinkAppSend)(void *origin, const Snapshot__BrokerMessage *message);

/* sink_app_new() - 0 or -ENOMEM. */
int sink_app_new(const OutputOptions *options, SinkAppSend send, Sink **ret);

#ifdef __cplusplus
}
#endif
