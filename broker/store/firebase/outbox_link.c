#include "broker/store/firebase/outbox_link.h"

#include <errno.h>
#include <stdlib.h>

/* A call with what it needs to tell its end. */
typedef struct LinkCall {
    RtdbCall *rtdb;
    OutboxDone done;
    void *done_context;
} LinkCall;

static OutboxResult result_of(const RtdbAnswer *answer)
{
    switch (answer->outcome) {
    case RTDB_DONE:
        return OUTBOX_DONE;
    case RTDB_CONFLICT:
        return OUTBOX_CONFLICT;
    case RTDB_REFUSED:
        return OUTBOX_REFUSED;
    case RTDB_TEMPORARY:
        return answer->status == 404 ? OUTBOX_NOT_FOUND : OUTBOX_FAILED;
    }
    return OUTBOX_FAILED;
}

static void on_done(void *context, const RtdbAnswer *answer)
{
    LinkCall *call = context;
    OutboxDone done = call->done;
    void *done_context = call->done_context;
    const OutboxAnswer told = {
        .result = result_of(answer),
        .value = answer->value,
        .etag = answer->etag,
        .retry_after_ms = answer->retry_after_ms,
        .problem = answer->problem,
    };

    free(call);
    done(done_context, &told);
}

static int send_request(void *link_context, const OutboxRequest *request, OutboxDone done, void *done_context,
                        void **ret_call)
{
    LinkCall *call = malloc(sizeof *call);
    const RtdbRequest asked = {
        .method = request->method,
        .path = request->path,
        .body = request->body,
        .if_match = request->if_match,
        .is_etag_wanted = request->is_etag_wanted,
        .is_silent = request->is_silent,
        .done = on_done,
        .context = call,
    };
    int result;

    if (!call)
        return -ENOMEM;
    *call = (LinkCall){.done = done, .done_context = done_context};
    result = rtdb_call(link_context, &asked, &call->rtdb);
    if (result < 0) {
        free(call);
        return result;
    }
    *ret_call = call;
    return 0;
}

static void cancel(void *link_context, void *cancelled)
{
    LinkCall *call = cancelled;

    (void)link_context;
    (void)rtdb_cancel(call->rtdb);
    free(call);
}

const OutboxLink outbox_link_rtdb = {send_request, cancel};
