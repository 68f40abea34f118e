#include "broker/privacy/redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/privacy/redact_expression.h"
#include "broker/privacy/redact_walk.h"
#include "broker/util/arena.h"
#include "broker/util/cleanup.h"

/* ---------------------------------------------------------------------------------------------- messages */

static void set_types(const Walk *walk, size_t *ret_num, ProtobufCBinaryData **ret_types)
{
    if (!walk->new_types)
        return;
    *ret_num = walk->num_new_types;
    *ret_types = walk->new_types;
}

static void redact_label(Walk *walk, Snapshot__Fact *label)
{
    if (name_is_protected(walk->redactor->names, label->name, strlen(label->name)))
        label->value = (char *)(uintptr_t)secret_marker(SECRET_NAME);
    else
        label->value = walk_string(walk, label->value);
}

static void for_all(Walk *walk, const Snapshot__Capture *capture,
                    void (*function)(Walk *walk, Variable **variables, size_t num))
{
    function(walk, capture->expressions, capture->n_expressions);
    for (size_t i = 0; i < capture->n_frames; i++) {
        function(walk, capture->frames[i]->arguments, capture->frames[i]->n_arguments);
        function(walk, capture->frames[i]->locals, capture->frames[i]->n_locals);
    }
    function(walk, capture->table, capture->n_table);
}

void redact_capture(Redactor *redactor, Snapshot__Capture *capture)
{
    Walk walk = {
        .redactor = redactor,
        .types = capture->strings,
        .num_types = capture->n_strings,
        .table = capture->table,
        .num_table = capture->n_table,
    };

    if (!redactor)
        return;
    arena_reset(redactor->arena);
    for_all(&walk, capture, walk_variables);
    for_all(&walk, capture, walk_repeats);
    walk_objects(&walk, capture);
    for (size_t i = 0; i < capture->n_labels; i++)
        redact_label(&walk, capture->labels[i]);
    walk_status(&walk, capture->status);
    set_types(&walk, &capture->n_strings, &capture->strings);
}

void redact_log_entry(Redactor *redactor, Snapshot__LogEntry *entry)
{
    Walk walk = {.redactor = redactor, .types = entry->strings, .num_types = entry->n_strings};

    if (!redactor)
        return;
    arena_reset(redactor->arena);
    walk_variables(&walk, entry->values, entry->n_values);
    walk_repeats(&walk, entry->values, entry->n_values);
    set_types(&walk, &entry->n_strings, &entry->strings);
}

void redact_state(Redactor *redactor, Snapshot__BreakpointState *state)
{
    Walk walk = {.redactor = redactor};

    if (!redactor)
        return;
    arena_reset(redactor->arena);
    walk_status(&walk, state->status);
    state->coverage = walk_string(&walk, state->coverage);
}

/* ------------------------------------------------------------------------------------------------- facts */

static int redact_json_text(Walk *walk, json_t *json)
{
    char *text = (char *)(uintptr_t)json_string_value(json);
    char *redacted = walk_string(walk, text);

    return redacted != text && json_string_set_nocheck(json, redacted) < 0 ? -ENOMEM : 0;
}

static int walk_json(Walk *walk, json_t *json, unsigned depth)
{
    const char *key;
    json_t *child;
    void *next;
    size_t i;
    int result = 0;

    if (json_is_string(json))
        return redact_json_text(walk, json);
    if (depth >= REDACT_DEPTH_MAX)
        return json_is_object(json)  ? json_object_clear(json)
               : json_is_array(json) ? json_array_clear(json)
                                     : 0;
    json_object_foreach_safe(json, next, key, child)
    {
        if (json_is_string(child) && name_is_protected(walk->redactor->names, key, strlen(key)))
            result |= json_string_set_nocheck(child, secret_marker(SECRET_NAME));
        else
            result |= walk_json(walk, child, depth + 1);
    }
    json_array_foreach(json, i, child) result |= walk_json(walk, child, depth + 1);
    return result ? -ENOMEM : 0;
}

int redact_json(Redactor *redactor, json_t *json)
{
    Walk walk = {.redactor = redactor};

    if (!redactor)
        return 0;
    arena_reset(redactor->arena);
    return walk_json(&walk, json, 0);
}

bool redact_refuses(Redactor *redactor, const char *expression, char *ret_name)
{
    return redactor && expression_names_secret(redactor->names, expression, ret_name, REDACT_NAME_BYTES_MAX);
}

/* ------------------------------------------------------------------------------------------------ life */

Redactor *redactor_free(Redactor *redactor)
{
    if (!redactor)
        return NULL;
    redactor->arena = arena_free(redactor->arena);
    redactor->scanner = secret_scanner_free(redactor->scanner);
    redactor->names = name_rules_free(redactor->names);
    free(redactor);
    return NULL;
}

static void cleanup_redactor(Redactor **redactor)
{
    (void)redactor_free(*redactor);
}

int redactor_new(const RedactorOptions *options, Redactor **ret)
{
    CLEANUP(cleanup_redactor) Redactor *redactor = calloc(1, sizeof *redactor);
    int result;

    if (!redactor)
        return -ENOMEM;
    redactor->metrics = options->metrics;
    result = name_rules_new(options->names, options->allowed_names, &redactor->names);
    if (result == 0)
        result = secret_scanner_new(redactor->names, options->prefixes, &redactor->scanner);
    if (result == 0)
        result = arena_new(REDACT_MEMORY_BYTES_MAX, &redactor->arena);
    if (result < 0)
        return result;
    *ret = TAKE(redactor);
    return 0;
}
