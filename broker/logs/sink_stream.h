/* Lines of logpoints on stdout, on stderr, or at the end of a file, as JSON or as text. See sink.h. */
#pragma once

#include "broker/logs/sink.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Output Output;

typedef enum LineFormat {
    LINE_FORMAT_JSON, /* as Cloud Logging understands it */
    LINE_FORMAT_TEXT,
} LineFormat;

/* sink_stream_new() - writes to @output: borrowed until sink_free(), or owned by the sink then, and on
 * failure by the caller still. The caller owns *ret. 0 or -ENOMEM. */
int sink_stream_new(Output *output, bool is_owner, LineFormat format, Sink **ret);

#ifdef __cplusplus
}
#endif
