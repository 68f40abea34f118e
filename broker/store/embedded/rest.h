/* The HTTP face of the embedded store: the REST and streaming API of the Realtime Database.
 *
 * Loop thread only. Foreign Host and Origin headers are refused below, in broker/http/. */
#pragma once

#include <stdint.h>

#include "broker/http/server.h"
#include "broker/store/embedded/embedded_store.h"

#ifdef __cplusplus
extern "C" {
#endif

#define REST_KEEP_ALIVE_MS 30000 /* as the real service; clients give up between 45 s and 120 s */

typedef struct RestServer RestServer;

typedef struct RestServerOptions {
    HttpServerOptions http; /* its handler and context are not used */
    const char *token;      /* that every request but OPTIONS must bring; NULL: none. Copied */
    unsigned keep_alive_ms; /* between the signs of life of a stream; 0: REST_KEEP_ALIVE_MS */
} RestServerOptions;

typedef struct RestStats {
    uint64_t num_requests;      /* since the start; so are all but the streams */
    uint64_t num_errors;        /* answers with a status of 400 or more */
    unsigned num_streams;       /* open now */
    uint64_t num_slow_readers;  /* connections closed because nobody read them */
    unsigned num_connections;   /* open now */
    uint64_t num_sync_failures; /* of the database's file, see checkpointer.h */
} RestStats;

/* rest_server_new() - serves @store, which must outlive it. Results as http_server_new(). The caller owns
 * *ret. */
int rest_server_new(EmbeddedStore *store, const RestServerOptions *options, RestServer **ret);

/* rest_server_free() - closes everything, streams too. NULL is nothing; returns NULL. */
RestServer *rest_server_free(RestServer *server);

/* rest_server_port() - that is bound; for port 0. */
uint16_t rest_server_port(const RestServer *server);

void rest_server_stats(const RestServer *server, RestStats *ret);

#ifdef __cplusplus
}
#endif
