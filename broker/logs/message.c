#include "broker/logs/message.h"

#include <errno.h>

#include "broker/apps/text.h"
#include "broker/apps/value.h"
#include "broker/util/cleanup.h"

/* What "$0" stands for: the value of the first expression, or in brackets why there is none. */
static bool append_value(Text *text, size_t index, const void *context)
{
    const Snapshot__LogEntry *entry = context;
    ValueStrings strings = {.data = entry->strings, .num = entry->n_strings};

    if (index >= entry->n_values)
        return false;
    value_append(text, entry->values[index], strings, MESSAGE_VALUE_CHARS, VALUE_STYLE_LOG);
    return true;
}

int message_format(const char *format, const Snapshot__LogEntry *entry, char **ret_text)
{
    CLEANUP(text_deinit) Text text;
    TextLimit limit;
    char *result;

    text_init(&text);
    limit = text_begin_value(&text, MESSAGE_CHARS_MAX);
    text_append(&text, MESSAGE_PREFIX);
    value_append_format(&text, format ? format : "", append_value, entry);
    text_end_value(&text, limit);
    result = text_take(&text);
    if (!result)
        return -ENOMEM;
    *ret_text = result;
    return 0;
}
