/* How a value, or a part of it, is taken out of a message. */
#include "broker/privacy/redact_walk.h"

#include <string.h>

#include "broker/util/arena.h"

/* ----------------------------------------------------------------------------------------------- types */

static ImpliedType implied_type(const Variable *variable)
{
    switch (variable->value_case) {
    case SNAPSHOT__VARIABLE__VALUE_INTEGER:
    case SNAPSHOT__VARIABLE__VALUE_BIG_INTEGER:
        return IMPLIED_INT;
    case SNAPSHOT__VARIABLE__VALUE_REAL:
        return IMPLIED_FLOAT;
    case SNAPSHOT__VARIABLE__VALUE_COMPLEX:
        return IMPLIED_COMPLEX;
    case SNAPSHOT__VARIABLE__VALUE_TEXT:
        return IMPLIED_STR;
    case SNAPSHOT__VARIABLE__VALUE_BLOB:
        return variable->is_bytearray ? IMPLIED_BYTEARRAY : IMPLIED_BYTES;
    case SNAPSHOT__VARIABLE__VALUE_CONTAINER:
        switch (variable->container) {
        case SNAPSHOT__VARIABLE__CONTAINER__MAPPING:
            return IMPLIED_DICT;
        case SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE:
            return IMPLIED_LIST;
        case SNAPSHOT__VARIABLE__CONTAINER__SET:
            return IMPLIED_SET;
        default:
            return IMPLIED_NONE;
        }
    default:
        return IMPLIED_NONE;
    }
}

/* Room for every implied type behind those that came. */
static bool make_room_for_types(Walk *walk)
{
    if (walk->new_types)
        return true;
    walk->new_types =
        arena_take(walk->redactor->arena, (walk->num_types + NUM_IMPLIED) * sizeof *walk->new_types);
    if (!walk->new_types)
        return false;
    if (walk->num_types > 0)
        memcpy(walk->new_types, walk->types, walk->num_types * sizeof *walk->new_types);
    walk->num_new_types = walk->num_types;
    return true;
}

/* The index of an implied type's name; 0: without memory it is not shown. */
static uint32_t type_index(Walk *walk, ImpliedType implied)
{
    static const char *const names[] = {
        [IMPLIED_INT] = "int",   [IMPLIED_FLOAT] = "float", [IMPLIED_COMPLEX] = "complex",
        [IMPLIED_STR] = "str",   [IMPLIED_BYTES] = "bytes", [IMPLIED_BYTEARRAY] = "bytearray",
        [IMPLIED_DICT] = "dict", [IMPLIED_LIST] = "list",   [IMPLIED_SET] = "set",
    };

    if (implied == IMPLIED_NONE)
        return 0;
    if (walk->implied[implied])
        return walk->implied[implied];
    if (!make_room_for_types(walk))
        return 0;
    walk->new_types[walk->num_new_types++] = (ProtobufCBinaryData){
        .len = strlen(names[implied]),
        .data = (uint8_t *)(uintptr_t)names[implied],
    };
    walk->implied[implied] = (uint32_t)walk->num_new_types;
    return walk->implied[implied];
}

bool walk_is_type(const Walk *walk, const Variable *variable, const char *name)
{
    ProtobufCBinaryData type;

    if (variable->type == 0 || variable->type > walk->num_types)
        return false;
    type = walk->types[variable->type - 1];
    return type.len == strlen(name) && memcmp(type.data, name, type.len) == 0;
}

/* ---------------------------------------------------------------------------------------------- hiding */

void walk_count(Walk *walk, Metric metric)
{
    if (walk->redactor->metrics)
        metrics_count(walk->redactor->metrics, metric);
}

Variable *walk_referent(const Walk *walk, const Variable *variable)
{
    if (variable->value_case != SNAPSHOT__VARIABLE__VALUE_REFERENCE || variable->reference == 0 ||
        variable->reference > walk->num_table)
        return NULL;
    return walk->table[variable->reference - 1];
}

/* The marker in the place of the value, whose type stays. */
void walk_replace(Walk *walk, Variable *variable, SecretKind kind)
{
    const char *marker = secret_marker(kind);
    const Variable *shown = walk_referent(walk, variable);

    if (!shown)
        shown = variable;
    variable->type = shown->type ? shown->type : type_index(walk, implied_type(shown));
    variable->value_case = SNAPSHOT__VARIABLE__VALUE_LITERAL;
    variable->literal = (ProtobufCBinaryData){.len = strlen(marker), .data = (uint8_t *)(uintptr_t)marker};
    variable->n_members = 0;
    variable->num_shown = 0;
    variable->full_length = 0;
}

uint8_t *walk_marks(Walk *walk)
{
    if (!walk->marks && !walk->is_out_of_memory) {
        walk->marks = arena_take(walk->redactor->arena, walk->num_table);
        if (walk->marks)
            memset(walk->marks, 0, walk->num_table);
        else
            walk->is_out_of_memory = true;
    }
    return walk->marks;
}

static void mark_hidden(Walk *walk, const Variable *variable)
{
    walk->is_any_hidden = true;
    if (walk_marks(walk))
        walk->marks[variable->reference - 1] |= MARK_HIDDEN;
}

/* What a value that is about to be hidden refers to is hidden with it, however deep it is. */
static void hide_referents(Walk *walk, const Variable *variable, unsigned depth)
{
    if (walk_referent(walk, variable))
        mark_hidden(walk, variable);
    for (size_t i = 0; i < variable->n_members && depth < REDACT_DEPTH_MAX; i++)
        hide_referents(walk, variable->members[i], depth + 1);
}

/* What says nothing: that there is no value, or which of two it is. */
static bool is_harmless(const Walk *walk, const Variable *variable)
{
    switch (variable->value_case) {
    case SNAPSHOT__VARIABLE__VALUE_SINGLETON:
        return true;
    case SNAPSHOT__VARIABLE__VALUE_STATUS:
        return variable->status->n_parameters == 0;
    case SNAPSHOT__VARIABLE__VALUE_REFERENCE:
        return walk_referent(walk, variable) == NULL;
    case SNAPSHOT__VARIABLE__VALUE_LITERAL: /* hidden already? */
        return (const char *)variable->literal.data == secret_marker(SECRET_NAME);
    default:
        return false;
    }
}

/* The value has a protected name. */
void walk_hide(Walk *walk, Variable *variable)
{
    if (is_harmless(walk, variable))
        return;
    if (variable->value_case == SNAPSHOT__VARIABLE__VALUE_TEXT)
        walk_remember(walk, variable->text);
    else if (variable->value_case == SNAPSHOT__VARIABLE__VALUE_BLOB)
        walk_remember(walk, variable->blob);
    hide_referents(walk, variable, 0);
    walk_replace(walk, variable, SECRET_NAME);
    walk_count(walk, METRIC_VALUES_REDACTED_NAME);
}

/* ----------------------------------------------------------------------------------------------- texts */

/* Copies what is between the secrets, and their markers. */
static bool rewrite(Walk *walk, const void *data, size_t len, size_t num_spans, ProtobufCBinaryData *ret)
{
    const SecretSpan *spans = walk->redactor->spans;
    const char *text = data;
    size_t size = len;
    size_t begin = 0;
    char *next;

    for (size_t i = 0; i < num_spans; i++)
        size += strlen(secret_marker(spans[i].kind)); /* more than is needed */
    next = arena_take(walk->redactor->arena, size + 1);
    if (!next)
        return false;
    ret->data = (uint8_t *)next;
    for (size_t i = 0; i < num_spans; i++) {
        next = mempcpy(next, text + begin, spans[i].begin - begin);
        next = stpcpy(next, secret_marker(spans[i].kind));
        begin = spans[i].end;
    }
    next = mempcpy(next, text + begin, len - begin);
    *next = '\0';
    ret->len = (size_t)(next - (char *)ret->data);
    return true;
}

typedef enum Finding {
    FINDING_NONE,
    FINDING_WHOLE, /* the text is a secret of *ret_kind, or memory is out */
    FINDING_PARTS, /* *ret is the text without its secrets, with a NUL after it */
} Finding;

static Finding examine(Walk *walk, const void *data, size_t len, bool is_cut, ProtobufCBinaryData *ret,
                       SecretKind *ret_kind)
{
    Redactor *redactor = walk->redactor;
    size_t num_spans = len > 0 ? secret_scan(redactor->scanner, data, len, is_cut, redactor->spans) : 0;

    if (num_spans == 0)
        return FINDING_NONE;
    walk_count(walk, METRIC_VALUES_REDACTED_FORM);
    *ret_kind = redactor->spans[0].kind;
    if (redactor->spans[0].begin == 0 && redactor->spans[0].end == len)
        return FINDING_WHOLE;
    return rewrite(walk, data, len, num_spans, ret) ? FINDING_PARTS : FINDING_WHOLE;
}

/* The text, bytes or literal of @variable, which are in @data. */
void walk_data(Walk *walk, Variable *variable, ProtobufCBinaryData *data)
{
    SecretKind kind;

    if (examine(walk, data->data, data->len, variable->full_length > 0, data, &kind) == FINDING_WHOLE)
        walk_replace(walk, variable, kind);
}

/* A text that is no variable's: a name, a label, a part of a message. */
char *walk_string(Walk *walk, char *text)
{
    ProtobufCBinaryData rewritten = {0};
    SecretKind kind;

    switch (examine(walk, text, strlen(text), false, &rewritten, &kind)) {
    case FINDING_WHOLE:
        return (char *)(uintptr_t)secret_marker(kind);
    case FINDING_PARTS:
        return (char *)rewritten.data;
    default:
        return text;
    }
}

void walk_name(Walk *walk, ProtobufCBinaryData *name)
{
    SecretKind kind;

    if (examine(walk, name->data, name->len, false, name, &kind) == FINDING_WHOLE)
        *name = (ProtobufCBinaryData){.len = strlen(secret_marker(kind)),
                                      .data = (uint8_t *)(uintptr_t)secret_marker(kind)};
}

void walk_status(Walk *walk, Snapshot__StatusMessage *status)
{
    if (!status)
        return;
    status->format = walk_string(walk, status->format);
    for (size_t i = 0; i < status->n_parameters; i++)
        status->parameters[i] = walk_string(walk, status->parameters[i]);
}
