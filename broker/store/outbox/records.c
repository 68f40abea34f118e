#include "broker/store/outbox/records.h"

#include <errno.h>
#include <string.h>

#include "broker/store/outbox/outbox.h"
#include "broker/util/cleanup.h"
#include "broker/util/json_whole.h"

static const char *const only_in_snapshot[] = {"stackFrames", "variableTable", "evaluatedExpressions"};

json_t *records_final_of(const json_t *snapshot)
{
    json_t *final = json_whole_copy(snapshot);

    for (size_t i = 0; final && i < ARRAY_SIZE(only_in_snapshot); i++)
        (void)json_object_del(final, only_in_snapshot[i]); /* it need not be there */
    return final;
}

int records_make(const json_t *breakpoint, const char *mark, json_t **ret_snapshot, json_t **ret_final)
{
    AUTO_JSON json_t *snapshot = json_whole_copy(breakpoint);
    AUTO_JSON json_t *final = NULL;

    if (!snapshot || json_object_set_new(snapshot, "isFinalState", json_true()) < 0 ||
        json_object_set_new(snapshot, "finalTimeUnixMsec", json_pack("{s:s}", ".sv", "timestamp")) < 0 ||
        json_object_set_new(snapshot, OUTBOX_MARK_KEY, json_string(mark)) < 0)
        return -ENOMEM;
    final = records_final_of(snapshot);
    if (!final)
        return -ENOMEM;
    *ret_snapshot = records_is_logpoint(breakpoint) ? NULL : TAKE(snapshot);
    *ret_final = TAKE(final);
    return 0;
}

const char *records_mark(const json_t *record)
{
    return json_string_value(json_object_get(record, OUTBOX_MARK_KEY));
}

bool records_is_logpoint(const json_t *breakpoint)
{
    const char *action = json_string_value(json_object_get(breakpoint, "action"));

    return action && strcmp(action, "LOG") == 0; /* a missing action is CAPTURE */
}

bool records_is_capture(const json_t *breakpoint)
{
    for (size_t i = 0; i < ARRAY_SIZE(only_in_snapshot); i++) {
        if (json_object_get(breakpoint, only_in_snapshot[i]))
            return true;
    }
    return false;
}
