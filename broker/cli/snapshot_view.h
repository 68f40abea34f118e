/* A captured snapshot for people: boxed sections with the summary, the evaluated expressions, one frame's
 * variables and the call stack. */
#pragma once

#include <jansson.h>

#include "broker/cli/output.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SNAPSHOT_LEVELS_DEFAULT 3
#define SNAPSHOT_LEVELS_MAX     500 /* keeps the recursion within any stack; captured data is 5 to 10 deep */

/* snapshot_variables() - variables (objects with name, type, value, members, varTableIndex, status) as a
 * list of {name: value}, to @levels_max levels below them. References are resolved through @table, cycles
 * and the limit are told in words, a variable's status in a member of its own. The caller owns it. */
json_t *snapshot_variables(const json_t *variables, const json_t *table, long long levels_max);

/* snapshot_view() - prints a normalized snapshot. With frame 0 all of it, with another only that frame's
 * variables; from the end if negative. Returns 0, or -ERANGE, told, if there is no such frame. */
int snapshot_view(const json_t *snapshot, long long frame_index, long long levels_max, const Output *output);

#ifdef __cplusplus
}
#endif
