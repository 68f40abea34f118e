/* The active breakpoints of one debuggee as a stream of events tells them, and what of them is news. Pure;
 * one owner.
 *
 * A JSON tree of the subscribed place, to which events are applied as they come: puts at any depth, patches
 * with paths for keys, nulls, arrays for objects with numbers for keys. Beside it, what was told of each
 * breakpoint: after a new connection the whole tree comes anew, and only what differs is told. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct LiveBreakpoints LiveBreakpoints;

typedef enum LiveNews {
    LIVE_NOTHING,
    LIVE_SET,     /* it is new, or other than was told */
    LIVE_REMOVED, /* it was told, and is gone */
} LiveNews;

/* live_breakpoints_new() - the caller owns *ret. 0 or -ENOMEM. */
int live_breakpoints_new(LiveBreakpoints **ret);

/* live_breakpoints_free() - NULL is nothing; returns NULL. */
LiveBreakpoints *live_breakpoints_free(LiveBreakpoints *live);

/* live_breakpoints_put() - the event put: what is at @path ("/b-1/condition") is @data now; JSON null:
 * nothing. Borrows both. 0; -EBADMSG: it makes no sense, or -ENOMEM: the tree may be wrong until the next put
 * at "/". */
int live_breakpoints_put(LiveBreakpoints *live, const char *path, const json_t *data);

/* live_breakpoints_patch() - the event patch: a put of each member of @data, whose keys may be paths. Results
 * as above. */
int live_breakpoints_patch(LiveBreakpoints *live, const char *path, const json_t *data);

/* live_breakpoints_next() - the next news, which counts as told now. *ret_id and, for LIVE_SET,
 * *ret_breakpoint (with arrays where the database's rule has them) belong to the caller. A negative errno is
 * -ENOMEM: it may be asked again. */
int live_breakpoints_next(LiveBreakpoints *live, char **ret_id, json_t **ret_breakpoint);

/* live_breakpoints_withhold() - what came as LIVE_SET was not passed on: it comes again when it is looked at
 * next, after an event about it or about everything. Its end is told in any case. */
void live_breakpoints_withhold(LiveBreakpoints *live, const char *id);

/* live_breakpoints_take_back() - what came as LIVE_SET could not be passed on: it comes again. */
void live_breakpoints_take_back(LiveBreakpoints *live, const char *id);

#ifdef __cplusplus
}
#endif
