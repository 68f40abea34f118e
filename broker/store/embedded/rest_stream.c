#include "broker/store/embedded/rest_stream.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/rest_call.h"
#include "broker/store/embedded/text.h"
#include "broker/store/embedded/tree.h"
#include "broker/store/embedded/tree_text.h"
#include "broker/util/cleanup.h"

typedef struct RestStream {
    TreeObserver observer;
    RestShared *shared;
    HttpRequest *request;
    char *path;
    struct event *keep_alive;
    bool is_broken; /* an event could not be made: the reader is to connect anew */
} RestStream;

static const char content_type[] = "text/event-stream; charset=utf-8";
static const char keep_alive_event[] = "event: keep-alive\ndata: null\n\n";

static void break_stream(RestStream *stream)
{
    stream->is_broken = true;
    event_active(stream->keep_alive, EV_TIMEOUT,
                 0); /* ends it: not from within a write, whose observers it is of */
}

/* @relative: "" or keys joined by '/'; @is_update: data is the object of an update, whose keys are paths. */
static void send_event(RestStream *stream, const char *relative, const json_t *data, bool is_update)
{
    AUTO_TEXT Text text = {0};
    AUTO_FREE char *path = NULL;

    if (stream->is_broken)
        return;
    if (asprintf(&path, "/%s", relative) < 0) {
        break_stream(stream);
        return;
    }
    store_text_append_string(&text,
                             is_update ? "event: patch\ndata: {\"path\":" : "event: put\ndata: {\"path\":");
    store_text_append_json_string(&text, path, strlen(path));
    store_text_append_string(&text, ",\"data\":");
    tree_text_append(&text, data, (TreeTextStyle){.keeps_outer_object = is_update});
    store_text_append_string(&text, "}\n\n");
    if (text.is_failed)
        break_stream(stream);
    else
        (void)http_request_send(stream->request, text.bytes,
                                text.length); /* if it fails, on_closed() follows */
}

/* @data is now at @path. */
static void tell_put(RestStream *stream, const char *path, json_t *data)
{
    const char *below = path_relative(stream->path, path);
    const char *above = path_relative(path, stream->path);

    if (below)
        send_event(stream, below, data, false);
    else if (above)
        send_event(stream, "", tree_get(data, above), false);
}

static void on_changed(TreeObserver *observer, const TreeChange *change)
{
    RestStream *stream = (RestStream *)((char *)observer - offsetof(RestStream, observer));
    const char *below = path_relative(stream->path, change->path);
    const char *key;
    json_t *member;

    if (!change->is_update) {
        tell_put(stream, change->path, change->data);
        return;
    }
    if (below) {
        send_event(stream, below, change->data, true);
        return;
    }
    /* An update that begins above may touch several places here, or none. */
    json_object_foreach(change->data, key, member)
    {
        AUTO_FREE char *path = NULL;

        if (asprintf(&path, "%s%s%s", change->path, *change->path ? "/" : "", key) < 0)
            break_stream(stream);
        else
            tell_put(stream, path, json_is_null(member) ? NULL : member);
    }
}

static void destroy(RestStream *stream)
{
    live_tree_remove_observer(&stream->observer);
    stream->shared->num_streams--;
    event_free(stream->keep_alive);
    free(stream->path);
    free(stream);
}

static void on_closed(void *context, HttpRequest *request)
{
    (void)request;
    destroy(context);
}

static void on_keep_alive(evutil_socket_t fd, short events, void *context)
{
    RestStream *stream = context;

    (void)fd;
    (void)events;
    if (stream->is_broken) {
        http_request_end_stream(stream->request);
        destroy(stream);
    } else {
        /* If it fails, on_closed() follows. */
        (void)http_request_send(stream->request, keep_alive_event, sizeof keep_alive_event - 1);
    }
}

int rest_stream_begin(RestShared *shared, HttpRequest *request, const TreePath *path)
{
    const struct timeval interval = {.tv_sec = shared->keep_alive_ms / 1000,
                                     .tv_usec = (shared->keep_alive_ms % 1000) * 1000};
    AUTO_JSON json_t *tree = NULL;
    AUTO_FREE RestStream *stream = calloc(1, sizeof *stream);
    AUTO_FREE char *path_copy = strdup(path->text);
    int error = live_tree_read(shared->tree, path->text, &tree);

    if (error < 0)
        return error;
    if (!stream || !path_copy)
        return -ENOMEM;
    stream->keep_alive = event_new(shared->base, -1, EV_PERSIST, on_keep_alive, stream);
    if (!stream->keep_alive)
        return -ENOMEM;
    if (event_add(stream->keep_alive, &interval) < 0) {
        event_free(stream->keep_alive);
        return -ENOMEM;
    }
    stream->shared = shared;
    stream->request = request;
    stream->path = TAKE(path_copy);
    stream->observer.changed = on_changed;
    live_tree_add_observer(shared->tree, &stream->observer);
    shared->num_streams++;
    http_request_on_closed(request, on_closed, stream);
    http_request_begin_stream(request, 200, content_type);
    send_event(TAKE(stream), "", tree, false);
    return 0;
}
