#include "broker/cli/status_message.h"

#include <stdlib.h>
#include <string.h>

#include "broker/cli/children.h"
#include "broker/cli/must.h"
#include "broker/cli/python_text.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

static void append_parameter(Text *text, const json_t *parameter)
{
    AUTO_FREE char *display = NULL;

    if (json_is_string(parameter)) {
        text_append(text, json_string_value(parameter), json_string_length(parameter));
        return;
    }
    display = python_display(parameter);
    text_append_string(text, display);
}

/* $$ is a dollar, $N the N-th parameter; any other dollar stands for itself. */
static char *format_description(const char *format, const json_t *parameters)
{
    Text text = {0};

    for (const char *cursor = format; *cursor; cursor++) {
        char next = cursor[1];

        if (*cursor == '$' && next == '$') {
            text_append(&text, "$", 1);
            cursor++;
        } else if (*cursor == '$' && next >= '0' && next <= '9' &&
                   (size_t)(next - '0') < children_count(parameters)) {
            append_parameter(&text, children_at(parameters, next - '0'));
            cursor++;
        } else {
            text_append(&text, cursor, 1);
        }
    }
    /* The original's text has no place for why a condition is refused. */
    if (!strchr(format, '$') && children_count(parameters) == 1) {
        text_append_string(&text, ": ");
        append_parameter(&text, children_at(parameters, 0));
    }
    return text_take(&text);
}

StatusMessage status_message_read(const json_t *parent)
{
    const json_t *status = json_object_get(parent, "status");
    const json_t *description = json_object_get(status, "description");
    const char *format = children_string(description, "format");

    return (StatusMessage){
        .text = format ? format_description(format, json_object_get(description, "parameters")) : NULL,
        .is_error = python_is_true(json_object_get(status, "isError")),
        .refers_to = json_object_get(status, "refersTo"),
    };
}

bool status_message_refers_to(const StatusMessage *message, const char *what)
{
    return json_is_string(message->refers_to) && strcmp(json_string_value(message->refers_to), what) == 0;
}

void status_message_deinit(StatusMessage *message)
{
    free(message->text);
    *message = (StatusMessage){0};
}
