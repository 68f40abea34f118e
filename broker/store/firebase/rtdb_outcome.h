/* What an answer of a database means. Pure; any thread. */
#pragma once

#include <jansson.h>

#include "broker/store/firebase/rtdb.h"

#ifdef __cplusplus
extern "C" {
#endif

/* rtdb_outcome() - of an answer with this result and status (see HttpAnswer). */
RtdbOutcome rtdb_outcome(int result, int status);

/* rtdb_is_away() - it is no answer of a working database: there was no connection, it broke, or 5xx. */
bool rtdb_is_away(int result, int status);

/* rtdb_metric() - which count of requests it belongs to. */
Metric rtdb_metric(int result, int status);

/* rtdb_error_text() - the text of an error's body, cut; "" if it has none. */
void rtdb_error_text(const json_t *body, char *ret, size_t size);

#ifdef __cplusplus
}
#endif
