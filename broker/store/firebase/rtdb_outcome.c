#include "broker/store/firebase/rtdb_outcome.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Statuses that say that the request itself is wrong, and would be tomorrow. 404 is none of them: it is the
 * answer of a host without a database, as it is for some seconds when one has just been made. Nor are 401 and
 * 403, which whoever administers the database can mend. */
static bool is_refusal(int status)
{
    switch (status) {
    case 400:
    case 405:
    case 411:
    case 413:
    case 414:
    case 415:
    case 422:
    case 431:
        return true;
    default:
        return false;
    }
}

RtdbOutcome rtdb_outcome(int result, int status)
{
    if (result < 0)
        return RTDB_TEMPORARY;
    if (status / 100 == 2)
        return RTDB_DONE;
    if (status == 412)
        return RTDB_CONFLICT;
    return is_refusal(status) ? RTDB_REFUSED : RTDB_TEMPORARY;
}

bool rtdb_is_away(int result, int status)
{
    switch (result) {
    case 0:
        return status / 100 == 5;
    case -ECONNREFUSED:
    case -EHOSTUNREACH:
    case -ETIMEDOUT:
    case -EKEYREJECTED:
    case -EIO:
        return true;
    default:
        return false;
    }
}

Metric rtdb_metric(int result, int status)
{
    if (result < 0)
        return rtdb_is_away(result, status) ? METRIC_DATABASE_REQUESTS_NETWORK
                                            : METRIC_DATABASE_REQUESTS_OTHER;
    if (status / 100 == 2)
        return METRIC_DATABASE_REQUESTS_OK;
    if (status == 401 || status == 403)
        return METRIC_DATABASE_REQUESTS_DENIED;
    if (status == 412)
        return METRIC_DATABASE_REQUESTS_CONFLICT;
    if (status == 429)
        return METRIC_DATABASE_REQUESTS_TOO_MANY;
    if (status / 100 == 5)
        return METRIC_DATABASE_REQUESTS_SERVER;
    return METRIC_DATABASE_REQUESTS_OTHER;
}

void rtdb_error_text(const json_t *body, char *ret, size_t size)
{
    const char *text = json_string_value(json_object_get(body, "error"));

    (void)snprintf(ret, size, "%.200s", text ? text : ""); /* texts of the service are short */
}
