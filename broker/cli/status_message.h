/* The status that a breakpoint, a debuggee or a variable may carry: a sentence with $0..$9 for parameters,
 * whether it is an error, and what it refers to. Any thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct StatusMessage {
    char *text; /* the sentence as UTF-8, unfiltered; NULL if there is none */
    bool is_error;
    const json_t *refers_to; /* "BREAKPOINT_AGE" and the like, NULL if not said; borrowed from the parent */
} StatusMessage;

/* status_message_read() - the status of @parent; all empty if it has none. Deinit the result. */
StatusMessage status_message_read(const json_t *parent);

/* status_message_refers_to() - whether it refers to @what. */
bool status_message_refers_to(const StatusMessage *message, const char *what);

/* status_message_deinit() - for CLEANUP(). */
void status_message_deinit(StatusMessage *message);

#ifdef __cplusplus
}
#endif
