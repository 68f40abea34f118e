#include "broker/cli/timestamps.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "broker/cli/must.h"
#include "broker/cli/python_text.h"
#include "broker/util/cleanup.h"

#define SECONDS_MIN -62135596800.0 /* 0001-01-01, the calendar's first day as Python has it */
#define SECONDS_MAX 253402300799.0 /* 9999-12-31T23:59:59 */

/* Rounded to microseconds and then cut, as Python does it: 1999.9999999 ms is second 2. */
static double whole_seconds(double milliseconds)
{
    double seconds;
    double fraction = modf(milliseconds / 1000, &seconds);
    double microseconds = nearbyint(fraction * 1e6);

    if (microseconds >= 1e6)
        return seconds + 1;
    return microseconds < 0 ? seconds - 1 : seconds;
}

char *timestamp_text(const json_t *milliseconds)
{
    double seconds = json_is_number(milliseconds) ? whole_seconds(json_number_value(milliseconds)) : 0;
    char text[64];
    struct tm utc;
    time_t moment;

    if (json_is_number(milliseconds) && !python_is_true(milliseconds))
        return MUST(strdup("not set"));
    if (!(seconds >= SECONDS_MIN && seconds <= SECONDS_MAX))
        seconds = 0;
    moment = (time_t)seconds;
    (void)gmtime_r(&moment, &utc); /* cannot fail within these years */
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return MUST(strdup(text));
}

void timestamp_add(json_t *object, const char *name, const char *source)
{
    const json_t *milliseconds = json_object_get(object, source);
    AUTO_FREE char *text = NULL;

    if (!milliseconds || json_object_get(object, name))
        return;
    text = timestamp_text(milliseconds);
    if (json_object_set_new(object, name, json_string(text)) != 0)
        must_have_memory();
}
