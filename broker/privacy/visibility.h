/* What of an app may be seen: the text of its visibility file (debugger-blacklist.yaml), parsed.
 *
 * The patterns are applied by the stub, to types that only it knows. Where that cannot be relied on (the file
 * makes no sense, or the stub is too old), nothing is visible, and the broker itself takes the values out.
 * The text is the app's and is not trusted: it is bounded in size, patterns and nesting, and has no aliases.
 * Pure; one owner. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VISIBILITY_CONFIG_BYTES_MAX  (64 * 1024) /* a stub sends at most 24 KiB */
#define VISIBILITY_NUM_PATTERNS_MAX  1000 /* so that a Welcome fits a packet with all of them; untuned */
#define VISIBILITY_PATTERN_BYTES_MAX 512  /* untuned */

typedef struct Visibility Visibility;

/* visibility_new() - of an app whose file has the text @config. Empty text hides nothing; text that is no
 * such file hides everything, and the reason says why. @is_applied: the stub applies patterns; of one that
 * does not, a file that hides anything hides everything. @config is borrowed during the call. The caller owns
 * *ret. 0 or -ENOMEM. */
int visibility_new(const void *config, size_t len, bool is_applied, Visibility **ret);

/* visibility_free() - NULL is nothing; returns NULL. */
Visibility *visibility_free(Visibility *visibility);

/* visibility_wire() - what the stub is told. Borrowed until visibility_free(). */
const Snapshot__Visibility *visibility_wire(const Visibility *visibility);

/* visibility_hide_capture(), visibility_hide_log_entry() - where nothing is visible: the reason in the place
 * of every value. The message is changed in place and borrows from @visibility from then on. */
void visibility_hide_capture(const Visibility *visibility, Snapshot__Capture *capture);
void visibility_hide_log_entry(const Visibility *visibility, Snapshot__LogEntry *entry);

#ifdef __cplusplus
}
#endif
