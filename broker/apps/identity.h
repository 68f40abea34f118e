/* Identity: which debuggee an app is, from the facts of its Hello.
 *
 * The same on all instances of the same code, different for different code. An app without a minor version
 * and without a source context is told apart by its files, which are asked for and come in parts. Pure; one
 * owner.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IDENTITY_FILES_MAX            100000      /* untuned; a monorepo below one sys.path[0] */
#define IDENTITY_SOURCE_CONTEXT_BYTES (64 * 1024) /* untuned; a real one has under 1 KiB */
#define IDENTITY_LABEL_CHARS_MAX      1024        /* untuned */

/* What identity_add_source_files() says. */
enum {
    IDENTITY_NEEDS_MORE = 1, /* this was not the last part */
};

typedef struct Identity Identity;

/* identity_new() - @default_project_id is used where the app's flags name none; NULL: there is no default.
 * Both are borrowed during the call. The caller owns *ret_identity. 0 or -ENOMEM. */
int identity_new(const Snapshot__Hello *hello, const char *default_project_id, Identity **ret_identity);

/* identity_free() - NULL is nothing; returns NULL. */
Identity *identity_free(Identity *identity);

/* identity_needs_source_files() - whether the debuggee's id is unknown until the app's files are known. */
bool identity_needs_source_files(const Identity *identity);

/* identity_has_bad_source_context() - the app has a source-context.json that was ignored: no JSON object, too
 * large, or nothing the database would take. For the log. */
bool identity_has_bad_source_context(const Identity *identity);

/* identity_add_source_files() - one part; neither the order of the parts nor that of the files matters. Parts
 * that were not asked for, or come after the last one, are ignored.
 * Returns 0 (the identity is complete), IDENTITY_NEEDS_MORE, -E2BIG (more than IDENTITY_FILES_MAX files) or
 * -ENOMEM. */
int identity_add_source_files(Identity *identity, const Snapshot__SourceFiles *part);

/* identity_debuggee_id() - "d-" and 16 hex digits; NULL while identity_needs_source_files(). Borrowed until
 * identity_free(). */
const char *identity_debuggee_id(const Identity *identity);

/* identity_to_debuggee() - the object for store_register_debuggee(): description, labels, agentVersion,
 * sourceContexts, uniquifier, id. New reference; NULL when memory is out, or the identity is not complete. */
json_t *identity_to_debuggee(const Identity *identity);

#ifdef __cplusplus
}
#endif
