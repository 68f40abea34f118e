#include "broker/store/firebase/rtdb.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/firebase/rtdb_call.h"
#include "broker/util/backoff.h"
#include "broker/util/cleanup.h"

const Clock *rtdb_clock(const Rtdb *rtdb)
{
    return timers_clock(rtdb->options.timers);
}

/* ------------------------------------------------------------------------------------------ what time it is
 */

void rtdb_note_date(Rtdb *rtdb, const char *date)
{
    time_t seconds = date ? curl_getdate(date, NULL) : -1;

    if (seconds <= 0)
        return;
    rtdb->date_us = (uint64_t)seconds * US_PER_S;
    rtdb->date_boottime_us = rtdb_clock(rtdb)->boottime_us(rtdb_clock(rtdb));
}

uint64_t rtdb_unix_us(const Rtdb *rtdb)
{
    uint64_t now = rtdb_clock(rtdb)->boottime_us(rtdb_clock(rtdb));

    return rtdb->date_us ? rtdb->date_us + (now - rtdb->date_boottime_us) : 0;
}

/* -------------------------------------------------------------------------------- away, and back again */

static uint64_t now_us(const Rtdb *rtdb)
{
    return rtdb_clock(rtdb)->monotonic_us(rtdb_clock(rtdb));
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static bool is_probe_wanted(const Rtdb *rtdb)
{
    return !rtdb->probe && !rtdb->probe_due.timers && !TAILQ_EMPTY(&rtdb->waiting) &&
           (!rtdb->is_reachable || rtdb->is_refusing || rtdb->is_doubted);
}

void rtdb_probe_later(Rtdb *rtdb)
{
    uint64_t due_us;

    if (!is_probe_wanted(rtdb))
        return;
    due_us =
        now_us(rtdb) + backoff_next_ms(&rtdb->probe_backoff, rtdb->options.random()) * (uint64_t)US_PER_MS;
    timer_set(rtdb->options.timers, &rtdb->probe_due,
              later(due_us, later(rtdb->not_before_us, rtdb->probe_from_us)));
}

static void on_probe_due(void *context)
{
    Rtdb *rtdb = context;

    if (now_us(rtdb) < rtdb->not_before_us) /* another call was asked to wait meanwhile */
        timer_set(rtdb->options.timers, &rtdb->probe_due, rtdb->not_before_us);
    else if (is_probe_wanted(rtdb) && rtdb_call_probe(rtdb) < 0)
        rtdb_probe_later(rtdb);
}

static void on_back_due(void *context)
{
    Rtdb *rtdb = context;
    RtdbWait *wait;

    rtdb->round++; /* who waits anew in a callback waits for the next time */
    while ((wait = TAILQ_FIRST(&rtdb->waiting)) && wait->round < rtdb->round) {
        rtdb_wait_cancel(wait);
        wait->is_back(wait->context);
    }
}

void rtdb_note(Rtdb *rtdb, bool is_away, uint64_t retry_after_s, const char *problem)
{
    bool was_reachable = rtdb->is_reachable;

    if (retry_after_s > RTDB_RETRY_AFTER_S_MAX)
        retry_after_s = RTDB_RETRY_AFTER_S_MAX;
    rtdb->is_reachable = !is_away;
    if (retry_after_s)
        rtdb->not_before_us = later(rtdb->not_before_us, now_us(rtdb) + retry_after_s * US_PER_S);
    (void)snprintf(rtdb->problem, sizeof rtdb->problem, "%s", problem); /* a longer one is cut */
    if (!was_reachable && rtdb->is_reachable) {
        backoff_reset(&rtdb->probe_backoff);
        timer_unset(&rtdb->probe_due);
        timer_set(rtdb->options.timers, &rtdb->back_due, 0);
    }
    rtdb_probe_later(rtdb);
}

void rtdb_note_probe(Rtdb *rtdb, bool is_granted)
{
    if (is_granted) {
        if (rtdb->is_refusing)
            timer_set(rtdb->options.timers, &rtdb->back_due, 0);
        rtdb->is_refusing = false;
        rtdb->is_doubted = false;
        backoff_reset(&rtdb->probe_backoff);
        rtdb->probe_from_us = now_us(rtdb) + RTDB_PROBE_LAST_MS * (uint64_t)US_PER_MS;
    } else if (rtdb->is_reachable) {
        rtdb->is_refusing = true;
    }
    rtdb_probe_later(rtdb);
}

void rtdb_wait_init(RtdbWait *wait, void (*is_back)(void *context), void *context)
{
    wait->is_back = is_back;
    wait->context = context;
}

void rtdb_wait(Rtdb *rtdb, RtdbWait *wait)
{
    if (wait->rtdb)
        return;
    wait->rtdb = rtdb;
    wait->round = rtdb->round;
    if (rtdb->is_reachable && *rtdb->problem)
        rtdb->is_doubted = true;
    TAILQ_INSERT_TAIL(&rtdb->waiting, wait, next);
    rtdb_probe_later(rtdb);
}

void rtdb_wait_cancel(RtdbWait *wait)
{
    if (wait->rtdb)
        TAILQ_REMOVE(&wait->rtdb->waiting, wait, next);
    wait->rtdb = NULL;
}

bool rtdb_is_reachable(const Rtdb *rtdb)
{
    return rtdb->is_reachable;
}

const char *rtdb_problem(const Rtdb *rtdb)
{
    const char *problem = rtdb->options.tokens ? token_source_problem(rtdb->options.tokens) : NULL;

    if (!problem && rtdb->problem[0])
        problem = rtdb->problem;
    return problem;
}

const char *rtdb_host(const Rtdb *rtdb)
{
    return strstr(rtdb->url.base, "://") + 3;
}

const char *rtdb_name(const Rtdb *rtdb)
{
    return rtdb->name;
}

/* ------------------------------------------------------------------------------------------------ life */

static int set_url(Rtdb *rtdb, const char *url)
{
    int result = rtdb_url_parse(url, &rtdb->url);

    if (result == 0 && asprintf(&rtdb->name, "%s%s%s%s", rtdb->url.base, rtdb->url.folder,
                                *rtdb->url.query ? "?" : "", rtdb->url.query) < 0) {
        rtdb->name = NULL;
        result = -ENOMEM;
    }
    return result;
}

int rtdb_new(const RtdbOptions *options, Rtdb **ret)
{
    Rtdb *rtdb = calloc(1, sizeof *rtdb);
    int result;

    if (!rtdb)
        return -ENOMEM;
    result = set_url(rtdb, options->url);
    if (result < 0) {
        rtdb_url_deinit(&rtdb->url);
        free(rtdb);
        return result;
    }
    rtdb->options = *options;
    rtdb->options.url = NULL;
    if (!rtdb->options.random)
        rtdb->options.random = backoff_random;
    if (!rtdb->options.timeout_ms)
        rtdb->options.timeout_ms = RTDB_TIMEOUT_MS;
    rtdb->probe_backoff = (Backoff){RTDB_PROBE_FIRST_MS, RTDB_PROBE_LAST_MS, 0};
    rtdb->is_reachable = true;
    LIST_INIT(&rtdb->calls);
    TAILQ_INIT(&rtdb->waiting);
    timer_init(&rtdb->probe_due, on_probe_due, rtdb);
    timer_init(&rtdb->back_due, on_back_due, rtdb);
    *ret = rtdb;
    return 0;
}

Rtdb *rtdb_free(Rtdb *rtdb)
{
    if (!rtdb)
        return NULL;
    while (!LIST_EMPTY(&rtdb->calls))
        (void)rtdb_cancel(LIST_FIRST(&rtdb->calls));
    while (!TAILQ_EMPTY(&rtdb->waiting))
        rtdb_wait_cancel(TAILQ_FIRST(&rtdb->waiting));
    timer_unset(&rtdb->probe_due);
    timer_unset(&rtdb->back_due);
    rtdb_url_deinit(&rtdb->url);
    free(rtdb->name);
    free(rtdb);
    return NULL;
}
