#include "broker/apps/definition.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/apps/limits.h"
#include "broker/apps/render.h"
#include "broker/util/timestamp.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"

#define LOCATION   SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION
#define CONDITION  SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_CONDITION
#define EXPRESSION SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_EXPRESSION
#define NOTHING    SNAPSHOT__STATUS_MESSAGE__REFERS_TO__UNSPECIFIED

typedef struct Check {
    Definition *definition;
    json_t *status; /* why it is invalid */
    int result;
} Check;

json_t *status_new(Snapshot__StatusMessage__RefersTo refers_to, const char *format, const char *parameter)
{
    Snapshot__StatusMessage message = SNAPSHOT__STATUS_MESSAGE__INIT;
    char *parameters[] = {(char *)parameter};

    message.is_error = true;
    message.refers_to = refers_to;
    message.format = (char *)format;
    message.n_parameters = parameter ? 1 : 0;
    message.parameters = parameters;
    return render_status(&message);
}

/* Always returns false, so that a check can end with it. */
static bool refuse(Check *check, Snapshot__StatusMessage__RefersTo refers_to, const char *format,
                   const char *parameter)
{
    check->status = status_new(refers_to, format, parameter);
    check->result = check->status ? DEFINITION_E_INVALID : -ENOMEM;
    return false;
}

/* The text of a JSON string; NULL if it is none, or has a NUL in it, which no path or expression has. */
static const char *plain_text(const json_t *json)
{
    const char *text = json_string_value(json);

    return text && strlen(text) == json_string_length(json) ? text : NULL;
}

/* The text of a member; "" if there is none. False: there is something else. */
static bool optional_text(const json_t *object, const char *name, const char **ret)
{
    const json_t *member = json_object_get(object, name);
    const char *text = !member || json_is_null(member) ? "" : plain_text(member);

    if (text)
        *ret = text;
    return text != NULL;
}

static bool check_action(Check *check)
{
    Definition *definition = check->definition;
    const char *action;

    if (!optional_text(definition->json, "action", &action))
        return refuse(check, NOTHING, "The action of the breakpoint is no text", NULL);
    definition->is_logpoint = strcmp(action, "LOG") == 0;
    if (!definition->is_logpoint && *action && strcmp(action, "CAPTURE") != 0)
        return refuse(check, NOTHING, "The action $0 is not supported; CAPTURE and LOG are", action);
    return true;
}

static bool check_location(Check *check)
{
    Definition *definition = check->definition;
    const json_t *location = json_object_get(definition->json, "location");
    const json_t *line = json_object_get(location, "line");

    if (!json_is_object(location))
        return refuse(check, LOCATION, "The breakpoint has no location", NULL);
    definition->path = plain_text(json_object_get(location, "path"));
    if (!definition->path || !*definition->path)
        return refuse(check, LOCATION, "The location of the breakpoint has no path", NULL);
    if (!json_is_integer(line) || json_integer_value(line) < 1 || json_integer_value(line) > INT32_MAX)
        return refuse(check, LOCATION, "The location of the breakpoint has no line, which is a number from 1",
                      NULL);
    definition->line = (uint32_t)json_integer_value(line);
    return true;
}

/* The database gives an array with holes, or with one element that is not the first, as an object or with
 * nulls: both stand for the elements that are there. */
static bool add_expression(Check *check, const json_t *json)
{
    Definition *definition = check->definition;
    const char *text = plain_text(json);

    if (json_is_null(json))
        return true;
    if (!text)
        return refuse(check, EXPRESSION, "An expression of the breakpoint is no text", NULL);
    definition->expressions[definition->num_expressions++] = text;
    return true;
}

static bool check_expressions(Check *check)
{
    Definition *definition = check->definition;
    json_t *expressions = json_object_get(definition->json, "expressions");
    size_t num = json_is_array(expressions) ? json_array_size(expressions) : json_object_size(expressions);
    const char *key;
    json_t *value;
    size_t i;

    if (!expressions || json_is_null(expressions))
        return true;
    if (!json_is_array(expressions) && !json_is_object(expressions))
        return refuse(check, EXPRESSION, "The expressions of the breakpoint are no list", NULL);
    if (num > DEFINITION_NUM_EXPRESSIONS_MAX)
        return refuse(check, EXPRESSION, "The breakpoint has too many expressions", NULL);
    definition->expressions = calloc(num ? num : 1, sizeof *definition->expressions);
    if (!definition->expressions) {
        check->result = -ENOMEM;
        return false;
    }
    if (json_is_array(expressions)) {
        json_array_foreach(expressions, i, value) if (!add_expression(check, value)) return false;
    } else {
        json_object_foreach(expressions, key, value) if (!add_expression(check, value)) return false;
    }
    return true;
}

static bool check_log(Check *check)
{
    Definition *definition = check->definition;
    const char *level;

    if (!definition->is_logpoint)
        return true;
    if (!optional_text(definition->json, "logMessageFormat", &definition->log_format))
        return refuse(check, NOTHING, "The message of the logpoint is no text", NULL);
    if (!optional_text(definition->json, "logLevel", &level))
        return refuse(check, NOTHING, "The level of the logpoint is no text", NULL);
    if (!*level || strcmp(level, "INFO") == 0)
        definition->severity = "INFO";
    else if (strcmp(level, "WARNING") == 0 || strcmp(level, "ERROR") == 0)
        definition->severity = level;
    else
        return refuse(check, NOTHING, "The log level $0 is not supported; INFO, WARNING and ERROR are",
                      level);
    return true;
}

static bool check_limits(Check *check)
{
    const json_t *limits = json_object_get(check->definition->json, "limits");
    const char *problem = limits_problem(limits);

    if (problem)
        return refuse(check, NOTHING, "The limit $0 of the breakpoint is unknown, or no number from 1",
                      problem);
    check->definition->limits = json_is_object(limits) ? limits : NULL;
    return true;
}

static bool check_condition(Check *check)
{
    if (!optional_text(check->definition->json, "condition", &check->definition->condition))
        return refuse(check, CONDITION, "The condition of the breakpoint is no text", NULL);
    return true;
}

static bool check_size(Check *check)
{
    Snapshot__Breakpoint wire;

    if (strlen(check->definition->id) > DEFINITION_ID_BYTES_MAX)
        return refuse(check, NOTHING, "The id of the breakpoint is too long", NULL);
    definition_to_wire(check->definition, &wire);
    if (snapshot__breakpoint__get_packed_size(&wire) > DEFINITION_PACKET_BYTES_MAX)
        return refuse(check, NOTHING, "The breakpoint is too large", NULL);
    return true;
}

/* createTimeUnixMsec, else createTime. What is neither is as good as none. */
static uint64_t creation_time(const json_t *json)
{
    const json_t *milliseconds = json_object_get(json, "createTimeUnixMsec");
    const char *text = plain_text(json_object_get(json, "createTime"));
    uint64_t unix_us = 0;

    if (json_is_number(milliseconds) && json_number_value(milliseconds) > 0 &&
        json_number_value(milliseconds) < (double)(INT64_MAX / US_PER_MS))
        return (uint64_t)json_number_value(milliseconds) * US_PER_MS;
    if (text && timestamp_parse(text, &unix_us) < 0)
        return 0;
    return unix_us;
}

void definition_strip_result(json_t *json)
{
    static const char *const members[] = {"status",       "stackFrames",       "variableTable",
                                          "isFinalState", "finalTimeUnixMsec", "evaluatedExpressions"};

    for (size_t i = 0; i < ARRAY_SIZE(members); i++)
        (void)json_object_del(json, members[i]); /* it may not be there */
}

Definition *definition_free(Definition *definition)
{
    if (!definition)
        return NULL;
    for (size_t i = 0; definition->refusals && i < definition->num_expressions; i++)
        free(definition->refusals[i]);
    free(definition->refusals);
    free(definition->asked);
    free(definition->expressions);
    json_decref(definition->json);
    free(definition);
    return NULL;
}

static void cleanup_definition(Definition **definition)
{
    (void)definition_free(*definition);
}

int definition_new(const char *id, const json_t *json, Definition **ret, json_t **ret_status)
{
    CLEANUP(cleanup_definition) Definition *definition = NULL;
    Check check = {0};

    if (!json_is_object(json))
        return DEFINITION_E_NO_OBJECT;
    definition = calloc(1, sizeof *definition);
    if (!definition)
        return -ENOMEM;
    definition->json = json_deep_copy(json); /* it will be added to */
    if (!definition->json || json_object_set_new(definition->json, "id", json_string(id)) < 0)
        return -ENOMEM;
    definition_strip_result(definition->json);
    definition->id = json_string_value(json_object_get(definition->json, "id"));
    definition->created_unix_us = creation_time(definition->json);
    definition->path = definition->condition = definition->log_format = "";

    check.definition = definition;
    if (check_action(&check) && check_location(&check) && check_condition(&check) &&
        check_expressions(&check) && check_limits(&check) && check_log(&check) && check_size(&check))
        *ret = TAKE(definition);
    else if (check.status)
        *ret_status = check.status;
    return check.result;
}

/* ------------------------------------------------------------------------------------- what is protected */

#define REFUSED_CONDITION  "The condition names a protected variable: $0"
#define REFUSED_EXPRESSION "The expression names a protected variable: $0"

/* What a stub evaluates in the place of an expression that is refused: values come in their order. */
#define HARMLESS_EXPRESSION "None"

struct Refusal {
    Snapshot__Variable variable;
    Snapshot__StatusMessage status;
    char *parameters[1];
    char name[REDACT_NAME_BYTES_MAX];
};

static Refusal *refusal_new(const char *name)
{
    Refusal *refusal = calloc(1, sizeof *refusal);

    if (!refusal)
        return NULL;
    (void)snprintf(refusal->name, sizeof refusal->name, "%s", name);
    refusal->parameters[0] = refusal->name;
    snapshot__status_message__init(&refusal->status);
    refusal->status.is_error = true;
    refusal->status.refers_to = SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME;
    refusal->status.format = (char *)REFUSED_EXPRESSION;
    refusal->status.parameters = refusal->parameters;
    refusal->status.n_parameters = 1;
    snapshot__variable__init(&refusal->variable);
    refusal->variable.value_case = SNAPSHOT__VARIABLE__VALUE_STATUS;
    refusal->variable.status = &refusal->status;
    return refusal;
}

/* Room for refusals, and a copy of the expressions as the stubs get them. */
static int prepare_refusals(Definition *definition)
{
    size_t size = definition->num_expressions * sizeof *definition->asked;

    if (definition->refusals)
        return 0;
    definition->refusals = calloc(definition->num_expressions, sizeof *definition->refusals);
    definition->asked = malloc(size);
    if (!definition->refusals || !definition->asked)
        return -ENOMEM;
    memcpy(definition->asked, definition->expressions, size);
    return 0;
}

static int refuse_expression(Definition *definition, size_t i, const char *name)
{
    if (prepare_refusals(definition) < 0)
        return -ENOMEM;
    definition->asked[i] = HARMLESS_EXPRESSION;
    definition->refusals[i] = refusal_new(name);
    return definition->refusals[i] ? 0 : -ENOMEM;
}

int definition_guard(Definition *definition, Redactor *redactor, json_t **ret_status, size_t *ret_num_refused)
{
    char name[REDACT_NAME_BYTES_MAX];

    *ret_num_refused = 0;
    if (redact_refuses(redactor, definition->condition, name)) {
        *ret_status = status_new(CONDITION, REFUSED_CONDITION, name);
        return *ret_status ? DEFINITION_E_INVALID : -ENOMEM;
    }
    for (size_t i = 0; i < definition->num_expressions; i++) {
        if (!redact_refuses(redactor, definition->expressions[i], name))
            continue;
        if (refuse_expression(definition, i, name) < 0)
            return -ENOMEM;
        ++*ret_num_refused;
    }
    return 0;
}

int definition_shown_values(const Definition *definition, Snapshot__Variable *const *values,
                            size_t num_values, Snapshot__Variable ***ret)
{
    Snapshot__Variable **shown;

    *ret = NULL;
    if (!definition->refusals || num_values == 0)
        return 0;
    shown = malloc(num_values * sizeof *shown);
    if (!shown)
        return -ENOMEM;
    for (size_t i = 0; i < num_values; i++) {
        Refusal *refusal = i < definition->num_expressions ? definition->refusals[i] : NULL;

        shown[i] = refusal ? &refusal->variable : values[i];
    }
    *ret = shown;
    return 0;
}

void definition_to_wire(const Definition *definition, Snapshot__Breakpoint *ret)
{
    snapshot__breakpoint__init(ret);
    ret->id = (char *)definition->id;
    ret->action =
        definition->is_logpoint ? SNAPSHOT__BREAKPOINT__ACTION__LOG : SNAPSHOT__BREAKPOINT__ACTION__CAPTURE;
    ret->path = (char *)definition->path;
    ret->line = definition->line;
    ret->condition = (char *)definition->condition;
    ret->n_expressions = definition->num_expressions;
    ret->expressions = (char **)(definition->asked ? definition->asked : definition->expressions);
}
