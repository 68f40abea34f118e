/* What is written of a finished breakpoint: its snapshot and its final record. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* records_make() - of @breakpoint, the definition plus the result, which is borrowed. The snapshot is whole
 * (NULL in *ret_snapshot for a logpoint), the final record without what was captured; both bear @mark. The
 * caller owns them. 0 or -ENOMEM. */
int records_make(const json_t *breakpoint, const char *mark, json_t **ret_snapshot, json_t **ret_final);

/* records_final_of() - the final record for a snapshot that is in the database, whoever made it. The caller
 * owns it; NULL: no memory. */
json_t *records_final_of(const json_t *snapshot);

/* records_mark() - the mark of a record, or NULL. Borrowed from it. */
const char *records_mark(const json_t *record);

/* records_is_logpoint() - of a definition. */
bool records_is_logpoint(const json_t *breakpoint);

/* records_is_capture() - it holds something that was captured, not a status only. */
bool records_is_capture(const json_t *breakpoint);

#ifdef __cplusplus
}
#endif
