/* Values and what they contain: which are called as a secret is. */
#include "broker/privacy/redact_walk.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "broker/util/cleanup.h"

static void redact_variable(Walk *walk, Variable *variable, unsigned depth);

/* ---------------------------------------------------------------------------------------------- numbers */

static void redact_integer(Walk *walk, Variable *variable)
{
    if (variable->integer > 0 && secret_is_card((uint64_t)variable->integer)) {
        walk_replace(walk, variable, SECRET_CARD);
        walk_count(walk, METRIC_VALUES_REDACTED_FORM);
    }
}

/* A column of numbers in which some are missing has them as floats. */
static void redact_real(Walk *walk, Variable *variable)
{
    double real = variable->real;

    if (real > 0 && real < 9007199254740992.0 /* 2**53: exact up to there */ && floor(real) == real &&
        secret_is_card((uint64_t)real)) {
        walk_replace(walk, variable, SECRET_CARD);
        walk_count(walk, METRIC_VALUES_REDACTED_FORM);
    }
}

/* ------------------------------------------------------------------------------------------------ names */

/* The text of a value that can be a name; len 0: it is none. */
static ProtobufCBinaryData text_of(const Variable *variable)
{
    switch (variable->value_case) {
    case SNAPSHOT__VARIABLE__VALUE_TEXT:
        return variable->text;
    case SNAPSHOT__VARIABLE__VALUE_BLOB:
        return variable->blob;
    case SNAPSHOT__VARIABLE__VALUE_LITERAL: /* a member of an enum */
        return variable->literal;
    default:
        return (ProtobufCBinaryData){0};
    }
}

static bool is_protected_text(const Walk *walk, ProtobufCBinaryData text)
{
    return text.len > 0 && name_is_protected(walk->redactor->names, text.data, text.len);
}

/* A key may be a tuple with the name in it. */
static bool is_protected_key(const Walk *walk, const Variable *key, unsigned depth)
{
    if (is_protected_text(walk, text_of(key)))
        return true;
    for (size_t i = 0; i < key->n_members && depth < REDACT_DEPTH_MAX; i++) {
        if (is_protected_key(walk, key->members[i], depth + 1))
            return true;
    }
    return false;
}

static bool has_protected_name(const Walk *walk, const Variable *variable)
{
    return is_protected_text(walk, variable->name) ||
           (variable->key && is_protected_key(walk, variable->key, 0));
}

/* Whether a text in a list is a name, and not a sentence that has the word. */
static bool is_protected_item(const Walk *walk, const Variable *item)
{
    ProtobufCBinaryData text = text_of(item);

    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];

        if (!(byte == '_' || byte == '-' || byte == '.' || (byte >= '0' && byte <= '9') ||
              (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z')))
            return false;
    }
    return is_protected_text(walk, text);
}

/* ("X-Api-Key", "..."): a pair is what items() and headers are made of. */
static bool is_pair(const Walk *walk, const Variable *sequence, bool is_in_sequence)
{
    return sequence->n_members == 2 && (is_in_sequence || walk_is_type(walk, sequence, "tuple")) &&
           is_protected_item(walk, sequence->members[0]);
}

/* ["--password", "..."]: the arguments of a command. */
static bool is_option(const Walk *walk, const Variable *item)
{
    ProtobufCBinaryData text = text_of(item);

    return text.len > 2 && text.data[0] == '-' && text.data[1] == '-' && is_protected_item(walk, item);
}

/* What a member of a record is called that has a name in it, or the value of that name. */
static bool is_called(const Variable *member, const char *const *names, size_t num_names)
{
    ProtobufCBinaryData name = member->key ? text_of(member->key) : member->name;

    for (size_t i = 0; i < num_names; i++) {
        if (strlen(names[i]) == name.len && strncasecmp((const char *)name.data, names[i], name.len) == 0)
            return true;
    }
    return false;
}

#define RECORD_MEMBERS_MAX 12 /* of {"name": "DB_PASSWORD", "value": "..."}; untuned */

/* The member with the value, if the record says that it is one of a secret; else NULL. */
static Variable *record_value(const Walk *walk, const Variable *record)
{
    static const char *const values[] = {"value", "val", "default", "content"};
    static const char *const names[] = {"name", "key", "field", "header", "variable", "param", "setting"};
    Variable *value = NULL;

    for (size_t i = 0; i < record->n_members && !value; i++) {
        if (is_called(record->members[i], values, ARRAY_SIZE(values)))
            value = record->members[i];
    }
    for (size_t i = 0; value && i < record->n_members; i++) {
        if (is_called(record->members[i], names, ARRAY_SIZE(names)) &&
            is_protected_item(walk, record->members[i]))
            return value;
    }
    return NULL;
}

/* ------------------------------------------------------------------------------------------ containers */

static bool is_sequence(const Variable *container)
{
    return container->container == SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE;
}

/* Values that are named by another value beside them. */
static void hide_by_neighbours(Walk *walk, Variable *container, bool is_in_sequence)
{
    Variable *value = NULL;

    if (container->n_members < 2)
        return;
    if (!is_sequence(container)) {
        if (container->n_members <= RECORD_MEMBERS_MAX)
            value = record_value(walk, container);
        if (value)
            walk_hide(walk, value);
        return;
    }
    if (is_pair(walk, container, is_in_sequence))
        walk_hide(walk, container->members[1]);
    for (size_t i = 0; i + 1 < container->n_members; i++) {
        if (is_option(walk, container->members[i]))
            walk_hide(walk, container->members[i + 1]);
    }
}

static void redact_container(Walk *walk, Variable *container, unsigned depth)
{
    if (depth >= REDACT_DEPTH_MAX) {
        if (container->n_members > 0)
            walk_hide(walk, container);
        return;
    }
    hide_by_neighbours(walk, container, false);
    for (size_t i = 0; i < container->n_members; i++) {
        Variable *member = container->members[i];

        if (member->value_case == SNAPSHOT__VARIABLE__VALUE_CONTAINER && is_sequence(container) &&
            is_sequence(member) && member->n_members == 2)
            hide_by_neighbours(walk, member, true);
        redact_variable(walk, member, depth + 1);
    }
}

/* ------------------------------------------------------------------------------------------- the walk */

static void redact_value(Walk *walk, Variable *variable, unsigned depth)
{
    switch (variable->value_case) {
    case SNAPSHOT__VARIABLE__VALUE_TEXT:
        walk_data(walk, variable, &variable->text);
        return;
    case SNAPSHOT__VARIABLE__VALUE_BLOB:
        walk_data(walk, variable, &variable->blob);
        return;
    case SNAPSHOT__VARIABLE__VALUE_LITERAL:
        walk_data(walk, variable, &variable->literal);
        return;
    case SNAPSHOT__VARIABLE__VALUE_INTEGER:
        redact_integer(walk, variable);
        return;
    case SNAPSHOT__VARIABLE__VALUE_REAL:
        redact_real(walk, variable);
        return;
    case SNAPSHOT__VARIABLE__VALUE_STATUS:
        walk_status(walk, variable->status);
        return;
    case SNAPSHOT__VARIABLE__VALUE_CONTAINER:
        redact_container(walk, variable, depth);
        return;
    default: /* what says nothing; what a reference refers to comes by itself */
        return;
    }
}

static void redact_variable(Walk *walk, Variable *variable, unsigned depth)
{
    if (has_protected_name(walk, variable))
        walk_hide(walk, variable);
    else
        redact_value(walk, variable, depth);
    if (variable->name.len > 0)
        walk_name(walk, &variable->name);
    if (variable->key)
        redact_variable(walk, variable->key, depth + 1);
}

void walk_variables(Walk *walk, Variable **variables, size_t num)
{
    for (size_t i = 0; i < num; i++)
        redact_variable(walk, variables[i], 0);
}
