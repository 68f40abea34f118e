/* One request to the HTTP face, understood: what its methods work on. Internal to store/embedded/; loop
 * thread only. */
#pragma once

#include <stdbool.h>

#include "broker/http/query.h"
#include "broker/http/server.h"
#include "broker/store/embedded/live_tree.h"
#include "broker/store/embedded/path.h"
#include "broker/store/embedded/push_id.h"
#include "broker/store/embedded/rest_stream.h"
#include "broker/store/embedded/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What all requests of a server share; owned by it. */
typedef struct RestShared {
    LiveTree *tree;
    struct event_base *base;
    unsigned keep_alive_ms;
    PushIdMaker push_ids;
    uint64_t num_errors;
    unsigned num_streams;
    int last_logged_error; /* each cause is logged once until another one comes */
} RestShared;

typedef struct RestCall {
    RestShared *shared;
    HttpRequest *request;
    HttpQuery query;
    TreePath path;
    const char *method; /* after the override */
    bool is_pretty;
    bool is_silent;
    bool is_shallow;
    bool keeps_objects; /* format=export */
    bool is_large;      /* much memory was needed: it is given back */
} RestCall;

/* rest_call_init() - understands path and parameters. True, and rest_call_deinit() is due; or false, and the
 * request was answered with an error. */
bool rest_call_init(RestCall *call, RestShared *shared, HttpRequest *request);
void rest_call_deinit(RestCall *call);

/* rest_call_run() - does what the method says, and answers. */
void rest_call_run(RestCall *call);

/* rest_error() - answers with an error, counted. @error: a negative errno of the database, for
 * rest_database_error(). */
void rest_error(RestShared *shared, HttpRequest *request, int status, const char *text);
void rest_database_error(RestShared *shared, HttpRequest *request, int error);

#ifdef __cplusplus
}
#endif
