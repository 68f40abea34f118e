#include "broker/cli/debuggees.h"

#include <stdlib.h>
#include <string.h>

#include "broker/cli/children.h"
#include "broker/cli/must.h"
#include "broker/cli/python_text.h"
#include "broker/cli/text.h"
#include "broker/cli/timestamps.h"
#include "broker/util/cleanup.h"

static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, MUST(value)) != 0)
        must_have_memory();
}

/* The value of @labels[@key] as Python would put it into a string. */
static void append_label(Text *text, const json_t *labels, const char *key, const char *fallback)
{
    const json_t *label = json_object_get(labels, key);
    AUTO_FREE char *repr = NULL;

    if (!label) {
        text_append_string(text, fallback);
    } else if (json_is_string(label)) {
        text_append_string(text, json_string_value(label));
    } else {
        repr = python_repr(label);
        text_append_string(text, repr);
    }
}

static char *display_name(const json_t *labels)
{
    Text text = {0};

    append_label(&text, labels, "module", "default");
    text_append_string(&text, " - ");
    append_label(&text, labels, "version", "");
    return text_take(&text);
}

bool debuggee_normalize(json_t *debuggee, int64_t now_ms)
{
    AUTO_FREE char *name = NULL;
    double idle_ms;

    if (!json_is_object(debuggee) || !json_object_get(debuggee, "id"))
        return false;
    if (!json_object_get(debuggee, "description"))
        set(debuggee, "description", json_string(""));
    name = display_name(json_object_get(debuggee, "labels"));
    set(debuggee, "displayName", json_string(name));
    set(debuggee, "activeDebuggeeEnabled", json_boolean(json_object_get(debuggee, "lastUpdateTimeUnixMsec")));
    if (!json_object_get(debuggee, "registrationTimeUnixMsec"))
        set(debuggee, "registrationTimeUnixMsec", json_integer(0));
    if (!json_object_get(debuggee, "lastUpdateTimeUnixMsec"))
        set(debuggee, "lastUpdateTimeUnixMsec", json_integer(0));
    timestamp_add(debuggee, "registrationTime", "registrationTimeUnixMsec");
    timestamp_add(debuggee, "lastUpdateTime", "lastUpdateTimeUnixMsec");

    idle_ms = (double)now_ms - json_number_value(json_object_get(debuggee, "lastUpdateTimeUnixMsec"));
    set(debuggee, "isActive", json_boolean(idle_ms <= DEBUGGEE_ACTIVE_MAX_MS));
    set(debuggee, "isStale", json_boolean(idle_ms > DEBUGGEE_INACTIVE_MAX_MS));
    return true;
}

bool debuggee_flag(const json_t *debuggee, const char *name)
{
    return json_is_true(json_object_get(debuggee, name));
}

const char *debuggee_state(const json_t *debuggee)
{
    if (!debuggee_flag(debuggee, "activeDebuggeeEnabled"))
        return "UNKNOWN";
    if (debuggee_flag(debuggee, "isActive"))
        return "ACTIVE";
    return debuggee_flag(debuggee, "isStale") ? "STALE" : "INACTIVE";
}

/* Positive if @left comes after @right. */
static int compare(const json_t *left, const json_t *right)
{
    double left_ms = json_number_value(json_object_get(left, "lastUpdateTimeUnixMsec"));
    double right_ms = json_number_value(json_object_get(right, "lastUpdateTimeUnixMsec"));

    if (left_ms != right_ms)
        return left_ms < right_ms ? 1 : -1;
    return strcmp(children_string(right, "displayName"), children_string(left, "displayName"));
}

void debuggees_sort(Records *records)
{
    /* By insertion: equal ones keep their order, and a database has tens of debuggees. */
    for (size_t i = 1; i < records->count; i++) {
        Record moved = records->items[i];
        size_t at = i;

        for (; at > 0 && compare(records->items[at - 1].value, moved.value) > 0; at--)
            records->items[at] = records->items[at - 1];
        records->items[at] = moved;
    }
}

static int get(Database *database, const char *id, json_t **ret_value)
{
    AUTO_FREE char *path = database_path("cdbg", "debuggees", id, NULL);

    *ret_value = NULL;
    return database_key_is_legal(id) ? database_get(database, path, ret_value) : 0;
}

int debuggee_exists(Database *database, const char *id, bool *ret_exists)
{
    AUTO_JSON json_t *value = NULL;
    int error = get(database, id, &value);

    if (error == 0)
        *ret_exists = value != NULL;
    return error;
}

int debuggee_get(Database *database, const char *id, int64_t now_ms, json_t **ret_debuggee)
{
    AUTO_JSON json_t *debuggee = NULL;
    int error = get(database, id, &debuggee);

    if (error < 0)
        return error;
    *ret_debuggee = debuggee_normalize(debuggee, now_ms) ? TAKE(debuggee) : NULL;
    return 0;
}

int debuggees_get_all(Database *database, int64_t now_ms, Records *records)
{
    AUTO_FREE char *path = database_path("cdbg", "debuggees", NULL);
    AUTO_JSON json_t *answer = NULL, *debuggees = NULL;
    int error = database_get(database, path, &answer);

    if (error < 0)
        return error;
    debuggees = children_object(answer);
    for (void *at = json_object_iter(debuggees); at; at = json_object_iter_next(debuggees, at))
        if (debuggee_normalize(json_object_iter_value(at), now_ms))
            records_add(records, json_object_iter_key(at), json_object_iter_value(at));
    return 0;
}

int debuggee_delete(Database *database, const char *id)
{
    AUTO_FREE char *breakpoints = database_path("cdbg", "breakpoints", id, NULL);
    AUTO_FREE char *debuggee = database_path("cdbg", "debuggees", id, NULL);
    int error = database_delete(database, breakpoints);

    return error < 0 ? error : database_delete(database, debuggee);
}
