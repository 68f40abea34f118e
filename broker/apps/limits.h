/* Limits: how much a snapshot takes: what the broker's flags say, or what an app or one breakpoint asks for
 * instead.
 *
 * An app asks by arguments of enable(), e.g. max_items=100; a breakpoint by the object "limits" in the
 * database, e.g.
 * {"maxItems": 100}. They may ask for more than the flags say, since the packet and the time bound a capture
 * all the same; but the time itself is the operator's: it can only be shortened. Pure. */
#pragma once

#include <jansson.h>

#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

/* limits_from_flags() - @defaults with what the flags of an app ask for. What is no number from 1 is ignored,
 * what is too much is cut. */
Snapshot__Limits limits_from_flags(const Snapshot__Limits *defaults, Snapshot__Fact *const *flags,
                                   size_t num_flags);

/* limits_from_json() - @defaults with what the "limits" of a breakpoint ask for; NULL and null ask for
 * nothing. */
Snapshot__Limits limits_from_json(const Snapshot__Limits *defaults, const json_t *json);

/* limits_problem() - the member of @json that limits_from_json() would not understand, or "limits" if @json
 * is no object; NULL: there is none. Borrowed from @json. */
const char *limits_problem(const json_t *json);

#ifdef __cplusplus
}
#endif
