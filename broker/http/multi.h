/* libcurl's multi handle on a libevent loop: descriptors, its timer, and the handles that are done. For
 * client.c. Loop thread only.
 *
 * libcurl must not be called from its own callbacks; so they only collect, and what came of them is told from
 * here afterwards. */
#pragma once

#include <curl/curl.h>
#include <event2/event.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Multi Multi;

typedef struct MultiHandler {
    /* @easy is done; it has been removed. */
    void (*done)(void *context, CURL *easy, CURLcode code);
    /* libcurl has been called, and has returned; before done. */
    void (*turned)(void *context);
    void *context;
} MultiHandler;

/* multi_new() - borrows @base and @handler. The caller owns *ret. 0 or -ENOMEM. */
int multi_new(struct event_base *base, const MultiHandler *handler, Multi **ret);

/* multi_free() - all handles must have been removed. NULL is nothing; returns NULL. Not from a callback of
 * this multi. */
Multi *multi_free(Multi *multi);

/* multi_add() - begins with @easy, which is borrowed until done or multi_remove(). 0 or -ENOMEM. */
int multi_add(Multi *multi, CURL *easy);

void multi_remove(Multi *multi, CURL *easy);

/* multi_num_handles() - that were added and are neither done nor removed. */
unsigned multi_num_handles(const Multi *multi);

#ifdef __cplusplus
}
#endif
