/* Status: a message to the user of a breakpoint, in the form of the database ("$0" in the format is the first
 * parameter). A value type: no thread of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define STATUS_PARAMETERS_MAX 4

typedef struct Status {
    bool is_error;
    Snapshot__StatusMessage__RefersTo refers_to;
    const char *format;                      /* a literal; NULL: there is no message */
    char *parameters[STATUS_PARAMETERS_MAX]; /* owned */
    size_t num_parameters;
} Status;

/* status_set() - replaces @status by an error message. @format is a literal; the rest are @num_parameters
 * strings (const char *), which are copied. When memory is out the parameters that could not be copied are
 * left out. */
void status_set(Status *status, Snapshot__StatusMessage__RefersTo refers_to, const char *format,
                size_t num_parameters, ...);

/* status_to_message() - fills @message, which borrows from @status (its strings and its parameters array). */
void status_to_message(Status *status, Snapshot__StatusMessage *message);

/* status_deinit() - frees the parameters; @status may be used again. */
void status_deinit(Status *status);

#ifdef __cplusplus
}
#endif
