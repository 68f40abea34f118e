#include "broker/http/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static HttpGate *find(struct HttpGates *gates, const char *origin, size_t length)
{
    HttpGate *gate;

    LIST_FOREACH(gate, gates, next)
    {
        if (strncmp(gate->origin, origin, length) == 0 && gate->origin[length] == '\0')
            return gate;
    }
    gate = calloc(1, sizeof *gate);
    if (!gate)
        return NULL;
    gate->origin = strndup(origin, length);
    if (!gate->origin) {
        free(gate);
        return NULL;
    }
    TAILQ_INIT(&gate->waiting);
    LIST_INSERT_HEAD(gates, gate, next);
    return gate;
}

int gate_enter(struct HttpGates *gates, HttpCall *call)
{
    HttpGate *gate = find(gates, call->url, call_origin_length(call->url));

    if (!gate)
        return -ENOMEM;
    call->gate = gate;
    if (!gate->opener) {
        gate->opener = call;
        return 0;
    }
    TAILQ_INSERT_TAIL(&gate->waiting, call, next_waiting);
    return 1;
}

bool gate_leave(HttpCall *call)
{
    HttpGate *gate = call->gate;

    if (!gate)
        return false;
    if (gate->opener == call)
        gate->opener = NULL;
    else
        TAILQ_REMOVE(&gate->waiting, call, next_waiting);
    call->gate = NULL;
    return !gate->opener && !TAILQ_EMPTY(&gate->waiting);
}

HttpCall *gate_next(HttpGate *gate)
{
    HttpCall *call = TAILQ_FIRST(&gate->waiting);

    if (gate->opener || !call)
        return NULL;
    TAILQ_REMOVE(&gate->waiting, call, next_waiting);
    gate->opener = call;
    return call;
}

HttpCall *gate_pop(HttpGate *gate, uint64_t number)
{
    HttpCall *call = TAILQ_FIRST(&gate->waiting);

    if (!call || call->number >= number)
        return NULL;
    TAILQ_REMOVE(&gate->waiting, call, next_waiting);
    call->gate = NULL;
    return call;
}

void gates_free_idle(struct HttpGates *gates)
{
    HttpGate *gate = LIST_FIRST(gates);

    while (gate) {
        HttpGate *next = LIST_NEXT(gate, next);

        if (!gate->opener && TAILQ_EMPTY(&gate->waiting)) {
            LIST_REMOVE(gate, next);
            free(gate->origin);
            free(gate);
        }
        gate = next;
    }
}
