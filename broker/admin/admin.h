/* The admin port: /startup, /live and /ready for probes, /metrics for Prometheus.
 *
 * /startup and /live say 200 whenever the loop answers at all: neither depends on a store, a network or a
 * clock, so that no outage elsewhere keeps an app from starting. Loop thread only. */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "broker/util/metrics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Admin Admin;

/* All pointers are borrowed; @listen_address and @allowed_hosts during admin_new() only. */
typedef struct AdminOptions {
    struct event_base *base;
    const char *listen_address;
    bool is_remote_allowed;
    const char *const *allowed_hosts; /* as in HttpServerOptions */
    Metrics *metrics;
    const char *version;
    bool (*is_ready)(void *context);
    /* What is wrong with the store, for people; NULL: nothing. The broker is ready all the same: it works on
     * and keeps what it has until the store is back. May be NULL. */
    const char *(*store_problem)(void *context);
    void (*refresh)(void *context); /* brings gauges up to date, before they are shown; may be NULL */
    void *context;
} AdminOptions;

/* admin_new() - results as http_server_new(). The caller owns *ret. */
int admin_new(const AdminOptions *options, Admin **ret);

/* admin_free() - NULL is nothing; returns NULL. */
Admin *admin_free(Admin *admin);

/* admin_port() - that is bound, for port 0. */
uint16_t admin_port(const Admin *admin);

#ifdef __cplusplus
}
#endif
