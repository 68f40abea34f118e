/* Takes the secrets out of what a stub sends, before anything of it is stored, logged, served or sent on: the
 * one place that every value of an app passes.
 *
 * By name: what a variable, an attribute, a key of a dict, a keyword argument or a header is called (see
 * redact_name.h). The value reads "<redacted: name>", and with it goes all that is in it. An object of the
 * table that a protected name refers to is hidden from every other name, too, and so is what only such
 * objects lead to; what another way leads to is shown there, by its own names. A text that has a protected
 * name is hidden under the other names of the same message, too, where it is the whole value.
 *
 * By value: what a text looks like (see redact_value.h). Only the secret is taken out of a longer text.
 *
 * Left as they are: None, True, False and their like, types, paths and the names of functions, and all that
 * the user wrote. What is not found is said in redact_value.h and redact_expression.h.
 *
 * A message is changed in place. It borrows from the Redactor until the next message is given to it. Without
 * memory more is hidden, never less. One owner; loop thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "broker/util/metrics.h"
#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define REDACT_MEMORY_BYTES_MAX (4 * 1024 * 1024) /* for what replaces secrets; untuned */

/* Containers in containers; what is deeper is hidden. A packet cannot have more (PACKET_NESTING_MAX). */
#define REDACT_DEPTH_MAX 64

/* Of the name that redact_refuses() found, with its end; longer ones are cut. */
#define REDACT_NAME_BYTES_MAX 64

typedef struct Redactor Redactor;

/* Lists end with NULL, or are NULL. They are borrowed during redactor_new(), @metrics until the end. */
typedef struct RedactorOptions {
    char *const *names;         /* more names that are protected; see name_rules_new() */
    char *const *allowed_names; /* names that are not, whatever they look like */
    char *const *prefixes;      /* more tokens, by how they begin; see secret_scanner_new() */
    Metrics *metrics;           /* NULL: nothing is counted */
} RedactorOptions;

/* redactor_new() - the caller owns *ret. 0, -EINVAL (one of the lists makes no sense) or -ENOMEM. */
int redactor_new(const RedactorOptions *options, Redactor **ret);

/* redactor_free() - NULL is nothing; returns NULL. */
Redactor *redactor_free(Redactor *redactor);

/* redact_capture(), redact_log_entry(), redact_state() - a message of a stub. @redactor NULL: nothing is
 * done. */
void redact_capture(Redactor *redactor, Snapshot__Capture *capture);
void redact_log_entry(Redactor *redactor, Snapshot__LogEntry *entry);
void redact_state(Redactor *redactor, Snapshot__BreakpointState *state);

/* redact_json() - the texts in @json, facts of an app, by their form and by the names of members. 0, or
 * -ENOMEM with a part of it done. @redactor NULL: nothing is done. */
int redact_json(Redactor *redactor, json_t *json);

/* redact_refuses() - whether an expression or a condition of a user names something that is protected, so
 * that it must not be evaluated. The first such name is in @ret_name, of REDACT_NAME_BYTES_MAX bytes.
 * @redactor NULL: no. */
bool redact_refuses(Redactor *redactor, const char *expression, char *ret_name);

#ifdef __cplusplus
}
#endif
