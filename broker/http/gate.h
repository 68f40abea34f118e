/* One connection at a time is made to each server. Calls that begin meanwhile wait for it, and share it if it
 * has room: libcurl would give each of them a connection of its own as soon as the first ones are full. For
 * client.c. Loop thread only. */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>

#include "broker/http/call.h"

#ifdef __cplusplus
extern "C" {
#endif

TAILQ_HEAD(HttpCallQueue, HttpCall);

/* Of one server: scheme, host and port. */
struct HttpGate {
    LIST_ENTRY(HttpGate) next;
    char *origin;
    HttpCall *opener; /* has begun, and no connection yet; NULL: the next may begin */
    struct HttpCallQueue waiting;
};

LIST_HEAD(HttpGates, HttpGate);

/* gate_enter() - @call may begin now: 0. It waits: 1. Or -ENOMEM. */
int gate_enter(struct HttpGates *gates, HttpCall *call);

/* gate_leave() - @call has its connection, or has ended; also of one that is at no gate. True: somebody waits
 * for gate_next(). */
bool gate_leave(HttpCall *call);

/* gate_next() - who may begin now, being the opener, or NULL. */
HttpCall *gate_next(HttpGate *gate);

/* gate_pop() - takes the first who waits, if it came before the call with this number; it is at no gate then.
 * NULL: there is none. */
HttpCall *gate_pop(HttpGate *gate, uint64_t number);

/* gates_free_idle() - those that nobody is at. */
void gates_free_idle(struct HttpGates *gates);

#ifdef __cplusplus
}
#endif
