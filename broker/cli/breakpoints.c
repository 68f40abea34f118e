#include "broker/cli/breakpoints.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "broker/cli/children.h"
#include "broker/cli/log_format.h"
#include "broker/cli/must.h"
#include "broker/cli/python_text.h"
#include "broker/cli/status_message.h"
#include "broker/cli/text.h"
#include "broker/cli/timestamps.h"
#include "broker/util/cleanup.h"

int breakpoint_location_parse(const char *text, json_t **ret_location)
{
    size_t path_length = strcspn(text, ":");
    const char *digits = text + path_length + 1;
    json_int_t line;
    size_t num_digits;

    if (path_length == 0 || text[path_length] == '\0')
        return -EINVAL;
    num_digits = strspn(digits, "0123456789");
    if (num_digits == 0 || num_digits > 10 || digits[num_digits] != '\0' || digits[0] == '0')
        return -EINVAL;
    line = strtoll(digits, NULL, 10);
    if (line > BREAKPOINT_LINE_MAX)
        return -EINVAL;
    *ret_location = MUST(json_pack("{s:o, s:I}", "path", json_stringn(text, path_length), "line", line));
    return 0;
}

char *breakpoint_location_text(const json_t *location)
{
    const json_t *path = json_object_get(location, "path");
    const json_t *line = json_object_get(location, "line");
    AUTO_FREE char *path_text = NULL, *line_text = NULL;

    if (!path || !line)
        return NULL;
    path_text = python_display(path);
    line_text = python_display(line);
    return text_format("%s:%s", path_text, line_text);
}

/* Sets @object[@key] unless it is there. Consumes @value. */
static void set_default(json_t *object, const char *key, json_t *value)
{
    if (json_object_get(object, key))
        json_decref(value);
    else if (json_object_set_new(object, key, MUST(value)) != 0)
        must_have_memory();
}

static void complete_logpoint(json_t *logpoint)
{
    AUTO_FREE char *message = NULL;
    const char *format;

    set_default(logpoint, "logLevel", json_string("INFO"));
    set_default(logpoint, "logMessageFormat", json_string(""));
    format = children_string(logpoint, "logMessageFormat");
    message = log_format_merge(format ? format : "", json_object_get(logpoint, "expressions"));
    if (json_object_set_new(logpoint, "logMessageFormatString", json_string(message)) != 0)
        must_have_memory();
}

bool breakpoint_normalize(json_t *breakpoint, const char *key)
{
    const json_t *location;

    if (!json_is_object(breakpoint))
        return false;
    if (key)
        set_default(breakpoint, "id", json_string(key));
    location = json_object_get(breakpoint, "location");
    if (!json_object_get(breakpoint, "id") || !json_object_get(location, "path") ||
        !json_object_get(location, "line"))
        return false;

    set_default(breakpoint, "action", json_string(BREAKPOINT_ACTION_SNAPSHOT));
    set_default(breakpoint, "isFinalState", json_false());
    set_default(breakpoint, "createTimeUnixMsec", json_integer(0));
    if (breakpoint_is_final(breakpoint))
        set_default(breakpoint, "finalTimeUnixMsec", json_integer(0));
    set_default(breakpoint, "userEmail", json_string("unknown"));
    timestamp_add(breakpoint, "createTime", "createTimeUnixMsec");
    timestamp_add(breakpoint, "finalTime", "finalTimeUnixMsec");
    if (breakpoint_has_action(breakpoint, BREAKPOINT_ACTION_LOGPOINT))
        complete_logpoint(breakpoint);
    return true;
}

bool breakpoint_has_action(const json_t *breakpoint, const char *action)
{
    const char *its_action = children_string(breakpoint, "action");

    return its_action && strcmp(its_action, action) == 0;
}

bool breakpoint_is_final(const json_t *breakpoint)
{
    return python_is_true(json_object_get(breakpoint, "isFinalState"));
}

const char *breakpoint_snapshot_state(const json_t *snapshot)
{
    CLEANUP(status_message_deinit) StatusMessage status = status_message_read(snapshot);

    if (!breakpoint_is_final(snapshot))
        return "ACTIVE";
    if (!status.is_error)
        return "COMPLETED";
    return status_message_refers_to(&status, "BREAKPOINT_AGE") ? "EXPIRED" : "FAILED";
}

/* "SOURCE_LOCATION" of "BREAKPOINT_SOURCE_LOCATION": the prefix says nothing in a list of breakpoints. */
static char *short_kind(const json_t *refers_to)
{
    static const char prefix[] = "BREAKPOINT_";
    AUTO_FREE char *kind =
        python_is_true(refers_to) ? python_display(refers_to) : MUST(strdup("BREAKPOINT_FAILED"));
    Text text = {0};

    for (const char *cursor = kind; *cursor;) {
        if (strncmp(cursor, prefix, strlen(prefix)) == 0)
            cursor += strlen(prefix);
        else
            text_append(&text, cursor++, 1);
    }
    return text_take(&text);
}

char *breakpoint_logpoint_state(const json_t *logpoint)
{
    CLEANUP(status_message_deinit) StatusMessage status = status_message_read(logpoint);
    AUTO_FREE char *kind = NULL, *message = NULL;
    const char *sentence = status.text && *status.text ? status.text : "Unknown failure reason";

    if (!breakpoint_is_final(logpoint))
        return MUST(strdup("ACTIVE"));
    if (!status.is_error) /* not expected: logpoints end by expiring, which is an error */
        return MUST(strdup("COMPLETED"));
    if (status_message_refers_to(&status, "BREAKPOINT_AGE"))
        return MUST(strdup("EXPIRED"));
    kind = short_kind(status.refers_to);
    message = text_printable(sentence, strlen(sentence), TEXT_ONE_LINE);
    return text_format("%s: %s", kind, message);
}

/* What lies under the id in one of the breakpoint lists of a debuggee ("active", "final", "snapshot"). */
static int get_from(Database *database, const char *debuggee_id, const char *list, const char *id,
                    json_t **ret_value)
{
    AUTO_FREE char *path = database_path("cdbg", "breakpoints", debuggee_id, list, id, NULL);

    return database_get(database, path, ret_value);
}

static int get_active_or(Database *database, const char *debuggee_id, const char *other_list, const char *id,
                         json_t **ret_breakpoint)
{
    AUTO_JSON json_t *breakpoint = NULL;
    int error;

    *ret_breakpoint = NULL;
    if (!database_key_is_legal(id))
        return 0;
    error = get_from(database, debuggee_id, "active", id, &breakpoint);
    if (error == 0 && !breakpoint)
        error = get_from(database, debuggee_id, other_list, id, &breakpoint);
    if (error == 0 && breakpoint_normalize(breakpoint, id))
        *ret_breakpoint = TAKE(breakpoint);
    return error;
}

int breakpoint_get(Database *database, const char *debuggee_id, const char *id, json_t **ret_breakpoint)
{
    return get_active_or(database, debuggee_id, "final", id, ret_breakpoint);
}

int breakpoint_get_snapshot(Database *database, const char *debuggee_id, const char *id,
                            json_t **ret_snapshot)
{
    return get_active_or(database, debuggee_id, "snapshot", id, ret_snapshot);
}

static bool is_wanted(json_t *breakpoint, const char *key, const char *action, const char *user)
{
    const char *its_user;

    if (!breakpoint_normalize(breakpoint, key) || !breakpoint_has_action(breakpoint, action))
        return false;
    its_user = children_string(breakpoint, "userEmail");
    return !user || (its_user && strcmp(its_user, user) == 0);
}

static int list_from(Database *database, const char *debuggee_id, const char *list, const char *action,
                     const char *user, Records *records)
{
    AUTO_FREE char *path = database_path("cdbg", "breakpoints", debuggee_id, list, NULL);
    AUTO_JSON json_t *answer = NULL, *breakpoints = NULL;
    int error = database_get(database, path, &answer);

    if (error < 0)
        return error;
    breakpoints = children_object(answer);
    for (void *at = json_object_iter(breakpoints); at; at = json_object_iter_next(breakpoints, at)) {
        const char *key = json_object_iter_key(at);
        json_t *breakpoint = json_object_iter_value(at);

        if (is_wanted(breakpoint, key, action, user))
            records_add(records, key, breakpoint);
    }
    return 0;
}

int breakpoint_list(Database *database, const char *debuggee_id, const char *action, bool include_inactive,
                    const char *user, Records *records)
{
    int error = list_from(database, debuggee_id, "active", action, user, records);

    if (error == 0 && include_inactive)
        error = list_from(database, debuggee_id, "final", action, user, records);
    return error;
}

/* Whether nothing, active or final, has this id. */
static int check_is_free(Database *database, const char *debuggee_id, const char *id, bool *ret_is_free)
{
    static const char *const lists[] = {"active", "final"};
    bool is_taken = false;

    for (size_t i = 0; i < ARRAY_SIZE(lists) && !is_taken; i++) {
        AUTO_FREE char *path = database_path("cdbg", "breakpoints", debuggee_id, lists[i], id, NULL);
        int error = database_has(database, path, &is_taken);

        if (error < 0)
            return error;
    }
    *ret_is_free = !is_taken;
    return 0;
}

/* Writes @breakpoint under @id. DATABASE_E_EXISTS if the id is taken, if only since a moment ago. */
static int create_as(Database *database, const char *debuggee_id, const char *id, json_t *breakpoint,
                     json_t **ret_answer)
{
    AUTO_FREE char *path = database_path("cdbg", "breakpoints", debuggee_id, "active", id, NULL);
    bool is_free = false;
    int error = check_is_free(database, debuggee_id, id, &is_free);

    if (error < 0)
        return error;
    if (!is_free)
        return DATABASE_E_EXISTS;
    if (json_object_set_new(breakpoint, "id", json_string(id)) != 0)
        must_have_memory();
    return database_create(database, path, breakpoint, ret_answer);
}

/* Ids are "b-<seconds>": never integers, which the database would turn into an array. */
int breakpoint_create(Database *database, const char *debuggee_id, json_t *breakpoint,
                      json_t **ret_breakpoint)
{
    long long now_s = (long long)time(NULL);

    for (int i = 0; i < BREAKPOINT_ID_TRIES_MAX; i++) {
        AUTO_FREE char *id = text_format("b-%lld", now_s + i);
        AUTO_JSON json_t *answer = NULL;
        int outcome = create_as(database, debuggee_id, id, breakpoint, &answer);

        if (outcome == DATABASE_E_EXISTS)
            continue;
        if (outcome < 0)
            return outcome;
        if (!breakpoint_normalize(answer, NULL))
            return BREAKPOINT_E_NOT_CONFIRMED;
        *ret_breakpoint = TAKE(answer);
        return 0;
    }
    return BREAKPOINT_E_NO_FREE_ID;
}

int breakpoint_delete(Database *database, const char *debuggee_id, const Record *record)
{
    /* The final list is cleared even for one that was active: it may have ended while the user was asked. */
    const struct {
        const char *list;
        bool is_used;
    } places[] = {
        {"active", !breakpoint_is_final(record->value)},
        {"final", true},
        {"snapshot", breakpoint_has_action(record->value, BREAKPOINT_ACTION_SNAPSHOT)},
    };

    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        AUTO_FREE char *path =
            database_path("cdbg", "breakpoints", debuggee_id, places[i].list, record->key, NULL);
        int error = places[i].is_used ? database_delete(database, path) : 0;

        if (error < 0)
            return error;
    }
    return 0;
}
