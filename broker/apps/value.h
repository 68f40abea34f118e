/* The text of one captured value: what stands in "value", in the name of a dict's member, in a log message.
 * Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "broker/apps/text.h"
#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Values in values: keys in keys (a tuple in a frozenset in a tuple), containers in a log message. Untuned;
 * what is deeper reads "...". */
#define VALUE_NESTING_MAX 32

/* The type names of a packet. Borrowed. */
typedef struct ValueStrings {
    const ProtobufCBinaryData *data;
    size_t num;
} ValueStrings;

typedef enum ValueStyle {
    VALUE_STYLE_REPR, /* as repr(): (1,) and set() */
    VALUE_STYLE_LOG,  /* as the original's log messages: (1) and {}, ten members, then five, three levels */
} ValueStyle;

/* value_type() - the name of its type: the one that was sent, or what the kind of the value implies. False:
 * it has none. *ret_type is borrowed from @strings or lives for ever; it is text of the app. */
bool value_type(const Snapshot__Variable *variable, ValueStrings strings, ProtobufCBinaryData *ret_type);

/* value_append_simple() - appends a value that has a text of its own: cut after variable->max_chars, or
 * @max_chars where that is 0. False, and nothing appended: it is a container, a reference or a status. */
bool value_append_simple(Text *text, const Snapshot__Variable *variable, size_t max_chars);

/* value_append() - appends any value, with what it contains; every simple one is cut as above. */
void value_append(Text *text, const Snapshot__Variable *variable, ValueStrings strings, size_t max_chars,
                  ValueStyle style);

/* value_append_status() - appends the message to the user with its parameters. */
void value_append_status(Text *text, const Snapshot__StatusMessage *status);

/* What fills "$0" and so on: appends parameter @index of @context to @text. False: there is none. */
typedef bool (*ValueParameter)(Text *text, size_t index, const void *context);

/* value_append_format() - @format with "$0" replaced by the first parameter and so on, "$$" by a dollar. An
 * index that has no parameter reads "<N/A>". */
void value_append_format(Text *text, const char *format, ValueParameter parameter, const void *context);

#ifdef __cplusplus
}
#endif
