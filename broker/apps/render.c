#include "broker/apps/render.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "broker/apps/text.h"
#include "broker/apps/value.h"
#include "broker/util/cleanup.h"
#include "broker/util/json_whole.h"

#define LABELS_MAX 100 /* untuned; one is usual */

#define BUFFER_FULL  "Buffer full. Use an expression to see more data"
#define NUM_SHOWN    "Only first $0 items were captured. Use in an expression to see all items."
#define NOT_CAPTURED "Failed to capture variable: $0"
#define BUDGET_IS_OUT                                                                                        \
    "The capture was ended by its time budget, after $0 ms: what it did not reach is shown as \"Buffer "     \
    "full\". "                                                                                               \
    "Use an expression to see more data"

/* One call of render_capture(). A failed allocation is remembered, so that only the end needs a check. */
typedef struct Renderer {
    const Snapshot__Capture *capture;
    const RenderContext *context;
    ValueStrings strings;
    Text text; /* of one name, type or value at a time */
    size_t num_variables;
    size_t num_text_bytes;
    bool is_failed;
} Renderer;

static json_t *render_variable(Renderer *renderer, const Snapshot__Variable *variable, json_t *name,
                               unsigned depth);

/* ------------------------------------------------------------------------------------------------- JSON made
 */

/* Consumes @value, which is NULL when memory was out. */
static void set_member(Renderer *renderer, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new_nocheck(object, key, value) < 0)
        renderer->is_failed = true;
}

static void append_element(Renderer *renderer, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) < 0)
        renderer->is_failed = true;
}

/* The renderer's text, which is empty after it. */
static json_t *text_to_string(Renderer *renderer)
{
    json_t *string = text_to_json(&renderer->text);

    renderer->is_failed |= !string;
    renderer->num_text_bytes += text_len_bytes(&renderer->text);
    text_clear(&renderer->text);
    return string;
}

static json_t *clean_string(Renderer *renderer, const void *data, size_t len)
{
    text_append_clean(&renderer->text, data, len);
    return text_to_string(renderer);
}

/* ----------------------------------------------------------------------------------------------------
 * statuses */

static const char *refers_to_name(Snapshot__StatusMessage__RefersTo refers_to)
{
    switch (refers_to) {
    case SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION:
        return "BREAKPOINT_SOURCE_LOCATION";
    case SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_CONDITION:
        return "BREAKPOINT_CONDITION";
    case SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_EXPRESSION:
        return "BREAKPOINT_EXPRESSION";
    case SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_AGE:
        return "BREAKPOINT_AGE";
    case SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME:
        return "VARIABLE_NAME";
    case SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_VALUE:
        return "VARIABLE_VALUE";
    default: /* unspecified, or of a newer stub */
        return NULL;
    }
}

static json_t *status_to_json(Renderer *renderer, const Snapshot__StatusMessage *status)
{
    const char *refers_to = refers_to_name(status->refers_to);
    json_t *object = json_object();
    json_t *description = json_object();

    if (status->is_error)
        set_member(renderer, object, "isError", json_true());
    if (refers_to)
        set_member(renderer, object, "refersTo", json_string_nocheck(refers_to));
    set_member(renderer, description, "format",
               clean_string(renderer, status->format, strlen(status->format)));
    if (status->n_parameters > 0) {
        json_t *parameters = json_array();

        for (size_t i = 0; i < status->n_parameters; i++)
            append_element(renderer, parameters,
                           clean_string(renderer, status->parameters[i], strlen(status->parameters[i])));
        set_member(renderer, description, "parameters", parameters);
    }
    set_member(renderer, object, "description", description);
    return object;
}

json_t *render_status(const Snapshot__StatusMessage *status)
{
    Renderer renderer = {0};
    json_t *object;

    text_init(&renderer.text);
    object = status_to_json(&renderer, status);
    text_deinit(&renderer.text);
    if (renderer.is_failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* A message of the renderer itself; @parameter may be NULL. */
static json_t *own_status(Renderer *renderer, bool is_error, Snapshot__StatusMessage__RefersTo refers_to,
                          const char *format, const char *parameter)
{
    Snapshot__StatusMessage status = SNAPSHOT__STATUS_MESSAGE__INIT;
    char *parameters[] = {(char *)(uintptr_t)parameter};

    status.is_error = is_error;
    status.refers_to = refers_to;
    status.format = (char *)(uintptr_t)format;
    status.parameters = parameters;
    status.n_parameters = parameter != NULL;
    return status_to_json(renderer, &status);
}

static json_t *buffer_full(Renderer *renderer)
{
    return own_status(renderer, true, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_VALUE, BUFFER_FULL, NULL);
}

/* ---------------------------------------------------------------------------------------------------
 * variables */

/* Whether the result has grown past what a real capture needs. */
static bool is_spent(const Renderer *renderer)
{
    return renderer->is_failed || renderer->num_variables >= RENDER_VARIABLES_MAX ||
           renderer->num_text_bytes >= RENDER_TEXT_BYTES_MAX;
}

/* A member that is no variable, only a message. */
static void append_note(Renderer *renderer, json_t *members, json_t *status)
{
    json_t *note = json_object();

    set_member(renderer, note, "status", status);
    append_element(renderer, members, note);
}

static const char *empty_message(Snapshot__Variable__Container container)
{
    switch (container) {
    case SNAPSHOT__VARIABLE__CONTAINER__MAPPING:
        return "Empty dictionary";
    case SNAPSHOT__VARIABLE__CONTAINER__OBJECT:
        return "Object has no fields";
    default:
        return "Empty collection";
    }
}

/* The name of a member in the renderer's text: of a dict's item the repr of its key; its own; its place. */
static void append_name(Renderer *renderer, const Snapshot__Variable *parent, size_t index)
{
    const Snapshot__Variable *member = parent->members[index];
    bool is_numbered = parent->container == SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE ||
                       parent->container == SNAPSHOT__VARIABLE__CONTAINER__SET;

    if (member->key)
        value_append(&renderer->text, member->key, renderer->strings, TEXT_CHARS_UNLIMITED, VALUE_STYLE_REPR);
    else if (member->name.len > 0 || !is_numbered)
        text_append_clean(&renderer->text, member->name.data, member->name.len);
    else
        text_append_format(&renderer->text, "[%zu]", index);
}

static void append_num_shown(Renderer *renderer, json_t *members, size_t num_shown)
{
    char number[24];

    (void)snprintf(number, sizeof(number), "%zu", num_shown);
    append_note(
        renderer, members,
        own_status(renderer, false, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_VALUE, NUM_SHOWN, number));
}

static json_t *render_members(Renderer *renderer, const Snapshot__Variable *variable, unsigned depth)
{
    json_t *members = json_array();
    size_t i;

    for (i = 0; i < variable->n_members && !is_spent(renderer); i++) {
        json_t *name;

        append_name(renderer, variable, i);
        name = text_to_string(renderer);
        append_element(renderer, members, render_variable(renderer, variable->members[i], name, depth + 1));
    }
    if (i < variable->n_members)
        append_num_shown(renderer, members, i);
    else if (variable->num_shown > 0)
        append_num_shown(renderer, members, variable->num_shown);
    else if (i == 0)
        append_note(renderer, members,
                    own_status(renderer, false, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME,
                               empty_message(variable->container), NULL));
    return members;
}

/* Entry 0 of the table is "Buffer full"; what is not in the table is shown by it. */
static json_t *table_index(const Renderer *renderer, uint32_t reference)
{
    return json_integer(reference <= renderer->capture->n_table ? reference : 0);
}

static void set_container(Renderer *renderer, json_t *object, const Snapshot__Variable *variable,
                          unsigned depth)
{
    if (depth >= RENDER_DEPTH_MAX)
        set_member(renderer, object, "varTableIndex", json_integer(0));
    else
        set_member(renderer, object, "members", render_members(renderer, variable, depth));
}

static void set_type(Renderer *renderer, json_t *object, const Snapshot__Variable *variable)
{
    ProtobufCBinaryData type;

    if (value_type(variable, renderer->strings, &type))
        set_member(renderer, object, "type", clean_string(renderer, type.data, type.len));
}

/* A value of a kind that this version does not know. */
static json_t *not_captured(Renderer *renderer)
{
    return own_status(renderer, true, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_VALUE, NOT_CAPTURED,
                      "the broker does not know this kind of value");
}

static void set_value(Renderer *renderer, json_t *object, const Snapshot__Variable *variable, unsigned depth)
{
    size_t max_chars = renderer->context->max_value_chars;

    if (value_append_simple(&renderer->text, variable, max_chars ? max_chars : RENDER_VALUE_CHARS_DEFAULT)) {
        set_member(renderer, object, "value", text_to_string(renderer));
        set_type(renderer, object, variable);
        return;
    }
    switch (variable->value_case) {
    case SNAPSHOT__VARIABLE__VALUE_REFERENCE:
        set_member(renderer, object, "varTableIndex", table_index(renderer, variable->reference));
        return;
    case SNAPSHOT__VARIABLE__VALUE_STATUS:
        set_member(renderer, object, "status", status_to_json(renderer, variable->status));
        return;
    case SNAPSHOT__VARIABLE__VALUE_CONTAINER:
        set_container(renderer, object, variable, depth);
        set_type(renderer, object, variable);
        return;
    default:
        set_member(renderer, object, "status", not_captured(renderer));
    }
}

/* @name is consumed; NULL: it has none. @depth: how many containers it is in. */
static json_t *render_variable(Renderer *renderer, const Snapshot__Variable *variable, json_t *name,
                               unsigned depth)
{
    json_t *object = json_object();

    renderer->num_variables++;
    if (name)
        set_member(renderer, object, "name", name);
    set_value(renderer, object, variable, depth);
    return object;
}

/* Variables that are called by their own names. */
static json_t *render_variables(Renderer *renderer, Snapshot__Variable *const *variables,
                                size_t num_variables)
{
    json_t *array = json_array();

    for (size_t i = 0; i < num_variables && !is_spent(renderer); i++) {
        json_t *name = clean_string(renderer, variables[i]->name.data, variables[i]->name.len);

        append_element(renderer, array, render_variable(renderer, variables[i], name, 0));
    }
    return array;
}

/* ------------------------------------------------------------------------------------------ parts of the
 * capture */

/* Consumes @string, which is from malloc(). */
static json_t *take_string(Renderer *renderer, char *string)
{
    AUTO_FREE char *owned = string;

    if (!owned)
        return NULL;
    renderer->num_text_bytes += strlen(owned);
    return json_string_nocheck(owned);
}

static json_t *render_location(Renderer *renderer, const Snapshot__Frame *frame)
{
    json_t *location = json_object();
    char *path = render_path(&frame->path, renderer->context->sys_path, renderer->context->num_sys_path);

    set_member(renderer, location, "path", take_string(renderer, path));
    set_member(renderer, location, "line", json_integer(frame->line));
    return location;
}

static json_t *render_frame(Renderer *renderer, const Snapshot__Frame *frame)
{
    json_t *object = json_object();
    char *function =
        render_function(&frame->function, frame->self_type, renderer->strings.data, renderer->strings.num);

    set_member(renderer, object, "function", take_string(renderer, function));
    set_member(renderer, object, "location", render_location(renderer, frame));
    set_member(renderer, object, "arguments",
               render_variables(renderer, frame->arguments, frame->n_arguments));
    set_member(renderer, object, "locals", render_variables(renderer, frame->locals, frame->n_locals));
    return object;
}

static json_t *render_frames(Renderer *renderer)
{
    const Snapshot__Capture *capture = renderer->capture;
    json_t *frames = json_array();

    for (size_t i = 0; i < capture->n_frames && i < RENDER_FRAMES_MAX && !is_spent(renderer); i++)
        append_element(renderer, frames, render_frame(renderer, capture->frames[i]));
    return frames;
}

static json_t *render_expressions(Renderer *renderer)
{
    const Snapshot__Capture *capture = renderer->capture;
    const RenderContext *context = renderer->context;
    json_t *expressions = json_array();

    for (size_t i = 0; i < capture->n_expressions && i < context->num_expressions; i++) {
        const char *text = context->expressions[i];
        json_t *name = clean_string(renderer, text, strlen(text));

        if (is_spent(renderer)) {
            json_decref(name);
            break;
        }
        append_element(renderer, expressions, render_variable(renderer, capture->expressions[i], name, 0));
    }
    return expressions;
}

/* Keeps its length whatever happens, since what was rendered before refers to it. */
static json_t *render_table(Renderer *renderer)
{
    const Snapshot__Capture *capture = renderer->capture;
    json_t *table = json_array();

    append_note(renderer, table, buffer_full(renderer));
    for (size_t i = 0; i < capture->n_table; i++) {
        if (is_spent(renderer))
            append_note(renderer, table, buffer_full(renderer));
        else
            append_element(renderer, table, render_variable(renderer, capture->table[i], NULL, 0));
    }
    return table;
}

/* Unless there is such a label already. */
static void add_label(Renderer *renderer, json_t *labels, const char *name, const char *value)
{
    if (text_is_database_key(name) && !json_object_get(labels, name))
        set_member(renderer, labels, name, clean_string(renderer, value, strlen(value)));
}

/* The labels that are there already and those that were collected: the former win. Names that the database
 * would refuse, together with the whole snapshot, are left out. */
static json_t *render_labels(Renderer *renderer, const json_t *existing)
{
    const Snapshot__Capture *capture = renderer->capture;
    json_t *labels = existing ? json_whole_copy(existing) : json_object();

    for (size_t i = 0; i < capture->n_labels && i < LABELS_MAX && labels; i++) {
        const Snapshot__Fact *label = capture->labels[i];

        add_label(renderer, labels, label->name, label->value);
    }
    if (capture->trace && labels) {
        add_label(renderer, labels, "trace_id", capture->trace->trace_id);
        add_label(renderer, labels, "span_id", capture->trace->span_id);
    }
    return labels;
}

static json_t *render_capture_status(Renderer *renderer)
{
    const Snapshot__Capture *capture = renderer->capture;
    char held_ms[32];

    if (capture->status)
        return status_to_json(renderer, capture->status);
    (void)snprintf(held_ms, sizeof(held_ms), "%.1f", capture->capture_ns / 1e6);
    /* Not an error: the CLI shows no data of a snapshot whose status is one. */
    return own_status(renderer, false, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__UNSPECIFIED, BUDGET_IS_OUT,
                      held_ms);
}

/* ------------------------------------------------------------------------------------------------------ the
 * whole */

/* What is added, in the original's order. */
static json_t *render_result(Renderer *renderer, const json_t *breakpoint)
{
    const Snapshot__Capture *capture = renderer->capture;
    const json_t *labels = json_object_get(breakpoint, "labels");
    json_t *expressions = render_expressions(renderer);
    json_t *result = json_object();

    set_member(renderer, result, "stackFrames", render_frames(renderer));
    set_member(renderer, result, "evaluatedExpressions", expressions);
    set_member(renderer, result, "variableTable", render_table(renderer));
    if ((capture->n_labels > 0 || capture->trace) && (!labels || json_is_object(labels)))
        set_member(renderer, result, "labels", render_labels(renderer, labels));
    if (capture->status || capture->is_budget_exhausted)
        set_member(renderer, result, "status", render_capture_status(renderer));
    return result;
}

int render_capture(const Snapshot__Capture *capture, const RenderContext *context, json_t *breakpoint)
{
    Renderer renderer = {
        .capture = capture,
        .context = context,
        .strings = {.data = capture->strings, .num = capture->n_strings},
    };
    AUTO_JSON json_t *result = NULL;

    text_init(&renderer.text);
    result = render_result(&renderer, breakpoint);
    text_deinit(&renderer.text);
    if (renderer.is_failed || !result || json_object_update(breakpoint, result) < 0)
        return -ENOMEM;
    if (!json_object_get(result, "status"))
        (void)json_object_del(breakpoint, "status"); /* mostly there is none */
    return 0;
}
