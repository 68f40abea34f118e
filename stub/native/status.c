#include "stub/native/status.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void status_set(Status *status, Snapshot__StatusMessage__RefersTo refers_to, const char *format,
                size_t num_parameters, ...)
{
    Status fresh = {.is_error = true, .refers_to = refers_to, .format = format};
    va_list arguments;

    va_start(arguments, num_parameters);
    for (size_t i = 0; i < num_parameters; i++) {
        const char *parameter = va_arg(arguments, const char *);

        if (fresh.num_parameters == STATUS_PARAMETERS_MAX)
            break;
        fresh.parameters[fresh.num_parameters] = strdup(parameter ? parameter : "");
        if (!fresh.parameters[fresh.num_parameters])
            break;
        fresh.num_parameters++;
    }
    va_end(arguments);

    /* Only now: a parameter may be one of the old status's own. */
    status_deinit(status);
    *status = fresh;
}

void status_to_message(Status *status, Snapshot__StatusMessage *message)
{
    snapshot__status_message__init(message);
    message->is_error = status->is_error;
    message->refers_to = status->refers_to;
    if (status->format)
        message->format = (char *)status->format; /* protobuf-c packs through it and never writes */
    message->parameters = status->parameters;
    message->n_parameters = status->num_parameters;
}

void status_deinit(Status *status)
{
    for (size_t i = 0; i < status->num_parameters; i++)
        free(status->parameters[i]);
    *status = (Status){0};
}
