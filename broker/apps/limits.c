#include "broker/apps/limits.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "broker/util/cleanup.h"

typedef struct Limit {
    const char *flag;
    const char *member; /* of the JSON */
    size_t offset;
    uint32_t most; /* 0: the default is */
} Limit;

/* What is beyond these finds no room in a packet, or, of the depth, on the stub's stack. */
static const Limit limits[] = {
    {"max_frames", "maxFrames", offsetof(Snapshot__Limits, max_frames), 1000},
    {"max_expanded_frames", "maxExpandedFrames", offsetof(Snapshot__Limits, max_expanded_frames), 1000},
    {"max_items", "maxItems", offsetof(Snapshot__Limits, max_items), 131072},
    {"max_value_chars", "maxValueChars", offsetof(Snapshot__Limits, max_value_chars), 131072},
    {"max_depth", "maxDepth", offsetof(Snapshot__Limits, max_depth), 32},
    {"max_payload_chars", "maxPayloadChars", offsetof(Snapshot__Limits, max_payload_chars), 131072},
    {"max_expression_items", "maxExpressionItems", offsetof(Snapshot__Limits, max_expression_items), 131072},
    {"max_expression_chars", "maxExpressionChars", offsetof(Snapshot__Limits, max_expression_chars), 131072},
    {"capture_budget_us", "captureBudgetUs", offsetof(Snapshot__Limits, capture_budget_us), 0},
    {"evaluation_budget_us", "evaluationBudgetUs", offsetof(Snapshot__Limits, evaluation_budget_us), 0},
};

static void set(Snapshot__Limits *self, const Limit *limit, uint64_t value)
{
    uint32_t *field = (uint32_t *)((char *)self + limit->offset);
    uint64_t most = limit->most > *field ? limit->most : *field;

    *field = (uint32_t)(value < most ? value : most);
}

/* A decimal number from 1. */
static bool parse(const char *text, uint64_t *ret_value)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *ret_value = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *ret_value > 0;
}

Snapshot__Limits limits_from_flags(const Snapshot__Limits *defaults, Snapshot__Fact *const *flags,
                                   size_t num_flags)
{
    Snapshot__Limits result = *defaults;
    uint64_t value;

    for (size_t i = 0; i < num_flags; i++) {
        for (size_t j = 0; j < ARRAY_SIZE(limits); j++) {
            if (strcmp(flags[i]->name, limits[j].flag) == 0 && parse(flags[i]->value, &value))
                set(&result, &limits[j], value);
        }
    }
    return result;
}

Snapshot__Limits limits_from_json(const Snapshot__Limits *defaults, const json_t *json)
{
    Snapshot__Limits result = *defaults;

    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        json_int_t value = json_integer_value(json_object_get(json, limits[i].member));

        if (value > 0)
            set(&result, &limits[i], (uint64_t)value);
    }
    return result;
}

static bool is_known(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        if (strcmp(limits[i].member, name) == 0)
            return true;
    }
    return false;
}

const char *limits_problem(const json_t *json)
{
    const char *name;
    json_t *value;

    if (!json || json_is_null(json))
        return NULL;
    if (!json_is_object(json))
        return "limits";
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        if (!is_known(name) || json_integer_value(value) < 1)
            return name;
    }
    return NULL;
}
