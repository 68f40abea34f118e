#include "broker/http/multi.h"

#include <errno.h>
#include <stdlib.h>

#include "broker/util/cleanup.h"

enum {
    /* Streams of one connection; a server allows fewer, 100 as a rule, and libcurl heeds that. */
    STREAMS_MAX = 4096,
    IDLE_CONNECTIONS_MAX = 8, /* kept for later; untuned */
};

struct Multi {
    CURLM *curl;
    struct event_base *base;
    MultiHandler handler;
    struct event *timer;
    unsigned num_handles;
};

/* ------------------------------------------------------------------------------------------ libevent's */

static void tell_done(Multi *multi)
{
    CURLMsg *message;
    int num_left;

    while ((message = curl_multi_info_read(multi->curl, &num_left))) {
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        multi_remove(multi, easy);
        multi->handler.done(multi->handler.context, easy, code);
    }
}

static void turn(Multi *multi, curl_socket_t fd, int flags)
{
    int num_running;

    (void)curl_multi_socket_action(multi->curl, fd, flags, &num_running); /* faults are told per handle */
    multi->handler.turned(multi->handler.context);
    tell_done(multi);
}

static void on_descriptor(evutil_socket_t fd, short what, void *context)
{
    int flags = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);

    turn(context, fd, flags);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    turn(context, CURL_SOCKET_TIMEOUT, 0);
}

/* ------------------------------------------------------------------------------------------- libcurl's */

static int watch_descriptor(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
    Multi *multi = context;
    struct event *event = socket_context;
    short flags = EV_PERSIST;

    (void)easy;
    if (event)
        event_free(event);
    (void)curl_multi_assign(multi->curl, fd, NULL);
    if (what == CURL_POLL_REMOVE)
        return 0;
    if (what & CURL_POLL_IN)
        flags |= EV_READ;
    if (what & CURL_POLL_OUT)
        flags |= EV_WRITE;
    event = event_new(multi->base, fd, flags, on_descriptor, multi);
    if (!event || event_add(event, NULL) < 0) {
        if (event)
            event_free(event);
        return -1; /* libcurl fails its handles */
    }
    (void)curl_multi_assign(multi->curl, fd, event);
    return 0;
}

static int watch_timer(CURLM *curl, long timeout_ms, void *context)
{
    Multi *multi = context;
    struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};

    (void)curl;
    if (timeout_ms < 0)
        (void)event_del(multi->timer);
    else
        (void)event_add(multi->timer, &timeout); /* room for it was made in multi_new() */
    return 0;
}

/* ------------------------------------------------------------------------------------------------ life */

static void set_options(Multi *multi)
{
    (void)curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, watch_descriptor);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, watch_timer);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS_MAX);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS_MAX);
}

static void cleanup_multi(Multi **multi)
{
    (void)multi_free(*multi);
}

int multi_new(struct event_base *base, const MultiHandler *handler, Multi **ret)
{
    CLEANUP(cleanup_multi) Multi *multi = calloc(1, sizeof *multi);
    const struct timeval never = {.tv_sec = 3600};

    if (!multi)
        return -ENOMEM;
    multi->base = base;
    multi->handler = *handler;
    multi->timer = evtimer_new(base, on_timer, multi);
    multi->curl = curl_multi_init();
    /* Adding it once makes the room that later additions need. */
    if (!multi->timer || !multi->curl || event_add(multi->timer, &never) < 0)
        return -ENOMEM;
    (void)event_del(multi->timer);
    set_options(multi);
    *ret = TAKE(multi);
    return 0;
}

Multi *multi_free(Multi *multi)
{
    if (!multi)
        return NULL;
    if (multi->curl)
        (void)curl_multi_cleanup(multi->curl);
    if (multi->timer)
        event_free(multi->timer);
    free(multi);
    return NULL;
}

int multi_add(Multi *multi, CURL *easy)
{
    if (curl_multi_add_handle(multi->curl, easy) != CURLM_OK)
        return -ENOMEM;
    multi->num_handles++;
    return 0;
}

void multi_remove(Multi *multi, CURL *easy)
{
    if (curl_multi_remove_handle(multi->curl, easy) == CURLM_OK)
        multi->num_handles--;
}

unsigned multi_num_handles(const Multi *multi)
{
    return multi->num_handles;
}
