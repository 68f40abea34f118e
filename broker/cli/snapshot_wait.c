#include "broker/cli/snapshot_wait.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <time.h>

#include "broker/cli/breakpoints.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"

static double now_ms(void)
{
    return (double)clock_monotonic_us() / 1000;
}

static void sleep_ms(double milliseconds)
{
    struct timespec left = {.tv_sec = (time_t)(milliseconds / 1000),
                            .tv_nsec = (long)(fmod(milliseconds, 1000) * 1e6)};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        continue;
}

/* Since when something has been so; NAN while it is not. */
static double since(double start_ms, bool is_so)
{
    if (!is_so)
        return NAN;
    return isnan(start_ms) ? now_ms() : start_ms;
}

static bool is_longer_than(double start_ms, double limit_ms)
{
    return !isnan(start_ms) && now_ms() - start_ms > limit_ms;
}

int snapshot_wait(Database *database, const char *debuggee_id, const char *id, double max_s,
                  json_t **ret_snapshot)
{
    double deadline_ms = max_s > 0 ? now_ms() + max_s * 1000 : INFINITY;
    double pause_ms = SNAPSHOT_WAIT_FIRST_MS;
    double away_since_ms = NAN, missing_since_ms = NAN;

    for (;;) {
        AUTO_JSON json_t *snapshot = NULL;
        int error = breakpoint_get_snapshot(database, debuggee_id, id, &snapshot);

        away_since_ms = since(away_since_ms, error < 0);
        if (error < 0 && (error == -EACCES || is_longer_than(away_since_ms, SNAPSHOT_WAIT_AWAY_MAX_MS)))
            return error;
        /* Agents remove the active entry before they write the result. */
        missing_since_ms = since(missing_since_ms, error == 0 && !snapshot);
        if (is_longer_than(missing_since_ms, SNAPSHOT_WAIT_GAP_MS))
            return SNAPSHOT_WAIT_E_DELETED;
        if (snapshot && breakpoint_is_final(snapshot)) {
            *ret_snapshot = TAKE(snapshot);
            return 0;
        }
        if (now_ms() >= deadline_ms)
            return error < 0 ? error : SNAPSHOT_WAIT_E_TIMEOUT;
        sleep_ms(fmin(pause_ms, deadline_ms - now_ms() > 0 ? deadline_ms - now_ms() : 0));
        pause_ms = fmin(pause_ms * 1.2, SNAPSHOT_WAIT_LAST_MS);
    }
}
