/* Trace context: the trace and the span that the app's thread is in, as OpenTelemetry has them (W3C's ids),
 * read by layout from the context variable of opentelemetry-api: nothing is imported, no code of the app
 * runs. The layout is that of opentelemetry-api 1.0 to 1.45. Where anything is not as it is there, there is
 * no trace.
 */
#pragma once

#include <Python.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRACE_ID_CHARS 32
#define SPAN_ID_CHARS  16

typedef struct TraceContext {
    char trace_id[TRACE_ID_CHARS + 1]; /* lower-case hex digits */
    char span_id[SPAN_ID_CHARS + 1];
} TraceContext;

/* trace_context_read() - of the calling thread, or of the task or greenlet that it runs. False: it is in
 * none, or the app does not trace. Holds the GIL; leaves no exception set. */
bool trace_context_read(TraceContext *ret);

#ifdef __cplusplus
}
#endif
