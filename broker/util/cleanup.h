/* Scope-bound ownership: a local that is declared with one of these attributes is released when its scope
 * ends, and TAKE() moves it out. The pattern of every constructor: build in a cleanup local, TAKE() it into
 * *ret_x last. */
#pragma once

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

/* TAKE() - the value of an lvalue pointer, which becomes NULL. The caller owns the result. */
#define TAKE(pointer)                                                                                        \
    __extension__({                                                                                          \
        __typeof__(pointer) take_ = (pointer);                                                               \
        (pointer) = NULL;                                                                                    \
        take_;                                                                                               \
    })

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static inline void cleanup_free(void *pointer_to_pointer)
{
    free(*(void **)pointer_to_pointer);
}

static inline void cleanup_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* Linux: the descriptor is gone whatever close() says */
}

static inline void cleanup_json(json_t **json)
{
    json_decref(*json);
}

#define AUTO_FREE  CLEANUP(cleanup_free)
#define AUTO_CLOSE CLEANUP(cleanup_close)
#define AUTO_JSON  CLEANUP(cleanup_json)
