#include "broker/apps/value.h"

#include <string.h>

/* Of a log message, as the original has them. */
#define LOG_LEVEL_MAX      2
#define LOG_MEMBERS_TOP    10
#define LOG_MEMBERS_INNER  5
#define LOG_MEMBERS_MAPPED 10 /* of a dict or object, on every level */

/* What stays the same through the recursion. */
typedef struct ValueWriter {
    Text *text;
    ValueStrings strings;
    size_t max_chars;
    ValueStyle style;
} ValueWriter;

static void append_value(const ValueWriter *writer, const Snapshot__Variable *variable, unsigned level);

/* ----------------------------------------------------------------------------------------------------- types
 */

static ProtobufCBinaryData type_literal(const char *name)
{
    return (ProtobufCBinaryData){.len = strlen(name), .data = (uint8_t *)(uintptr_t)name};
}

static const char *singleton_type(Snapshot__Variable__Singleton singleton)
{
    switch (singleton) {
    case SNAPSHOT__VARIABLE__SINGLETON__FALSE:
    case SNAPSHOT__VARIABLE__SINGLETON__TRUE:
        return "bool";
    case SNAPSHOT__VARIABLE__SINGLETON__ELLIPSIS:
        return "ellipsis";
    case SNAPSHOT__VARIABLE__SINGLETON__NOT_IMPLEMENTED:
        return "NotImplementedType";
    default:
        return NULL;
    }
}

static const char *container_type(Snapshot__Variable__Container container)
{
    switch (container) {
    case SNAPSHOT__VARIABLE__CONTAINER__MAPPING:
        return "dict";
    case SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE:
        return "list";
    case SNAPSHOT__VARIABLE__CONTAINER__SET:
        return "set";
    default:
        return NULL;
    }
}

static const char *implied_type(const Snapshot__Variable *variable)
{
    switch (variable->value_case) {
    case SNAPSHOT__VARIABLE__VALUE_SINGLETON:
        return singleton_type(variable->singleton);
    case SNAPSHOT__VARIABLE__VALUE_INTEGER:
    case SNAPSHOT__VARIABLE__VALUE_BIG_INTEGER:
        return "int";
    case SNAPSHOT__VARIABLE__VALUE_REAL:
        return "float";
    case SNAPSHOT__VARIABLE__VALUE_COMPLEX:
        return "complex";
    case SNAPSHOT__VARIABLE__VALUE_TEXT:
        return "str";
    case SNAPSHOT__VARIABLE__VALUE_BLOB:
        return variable->is_bytearray ? "bytearray" : "bytes";
    case SNAPSHOT__VARIABLE__VALUE_CONTAINER:
        return container_type(variable->container);
    default:
        return NULL;
    }
}

bool value_type(const Snapshot__Variable *variable, ValueStrings strings, ProtobufCBinaryData *ret_type)
{
    const char *implied;

    if (variable->type > 0 && variable->type <= strings.num) {
        *ret_type = strings.data[variable->type - 1];
        return ret_type->len > 0;
    }
    implied = implied_type(variable);
    if (!implied)
        return false;
    *ret_type = type_literal(implied);
    return true;
}

static bool type_is(ProtobufCBinaryData type, const char *name)
{
    return type.len == strlen(name) && memcmp(type.data, name, type.len) == 0;
}

/* ---------------------------------------------------------------------------------------------- simple
 * values */

static void append_singleton(Text *text, Snapshot__Variable__Singleton singleton)
{
    switch (singleton) {
    case SNAPSHOT__VARIABLE__SINGLETON__FALSE:
        text_append(text, "False");
        return;
    case SNAPSHOT__VARIABLE__SINGLETON__TRUE:
        text_append(text, "True");
        return;
    case SNAPSHOT__VARIABLE__SINGLETON__ELLIPSIS:
        text_append(text, "Ellipsis");
        return;
    case SNAPSHOT__VARIABLE__SINGLETON__NOT_IMPLEMENTED:
        text_append(text, "NotImplemented");
        return;
    default:
        text_append(text, "None");
    }
}

static bool append_raw(Text *text, const Snapshot__Variable *variable)
{
    bool is_cut = variable->full_length > 0;

    switch (variable->value_case) {
    case SNAPSHOT__VARIABLE__VALUE_SINGLETON:
        append_singleton(text, variable->singleton);
        return true;
    case SNAPSHOT__VARIABLE__VALUE_INTEGER:
        text_append_repr_int(text, variable->integer);
        return true;
    case SNAPSHOT__VARIABLE__VALUE_BIG_INTEGER:
        text_append_repr_big_int(text, variable->big_integer.data, variable->big_integer.len,
                                 variable->is_negative);
        return true;
    case SNAPSHOT__VARIABLE__VALUE_REAL:
        text_append_repr_float(text, variable->real);
        return true;
    case SNAPSHOT__VARIABLE__VALUE_COMPLEX:
        text_append_repr_complex(text, variable->complex->real, variable->complex->imaginary);
        return true;
    case SNAPSHOT__VARIABLE__VALUE_TEXT:
        text_append_repr_str(text, variable->text.data, variable->text.len, is_cut);
        return true;
    case SNAPSHOT__VARIABLE__VALUE_BLOB:
        text_append_repr_bytes(text, variable->blob.data, variable->blob.len, is_cut, variable->is_bytearray);
        return true;
    default:
        return false;
    }
}

bool value_append_simple(Text *text, const Snapshot__Variable *variable, size_t max_chars)
{
    TextLimit limit;
    bool is_simple;

    if (variable->value_case == SNAPSHOT__VARIABLE__VALUE_LITERAL) {
        text_append_clean(text, variable->literal.data, variable->literal.len);
        return true;
    }
    limit = text_begin_value(text, variable->max_chars ? variable->max_chars : max_chars);
    is_simple = append_raw(text, variable);
    text_end_value(text, limit);
    return is_simple;
}

/* -----------------------------------------------------------------------------------------------------
 * messages */

/* The number at *@digits, which moves past it; huge for what no list has. */
static size_t read_index(const char **digits)
{
    size_t index = 0;

    for (; **digits >= '0' && **digits <= '9'; (*digits)++) {
        if (index < 1000000)
            index = index * 10 + (size_t)(**digits - '0');
    }
    return index;
}

/* A format is split at each "$$" from the left, and numbers are replaced in the pieces: "$$$0" is a dollar
 * and a parameter, a "$" before anything else is itself. */
void value_append_format(Text *text, const char *format, ValueParameter parameter, const void *context)
{
    while (*format && !text_is_full(text)) {
        size_t len = strcspn(format, "$");

        text_append_clean(text, format, len);
        format += len;
        if (*format == '\0')
            return;
        format++;
        if (*format >= '0' && *format <= '9') {
            if (!parameter(text, read_index(&format), context))
                text_append(text, "<N/A>");
            continue;
        }
        if (*format == '$')
            format++;
        text_append(text, "$");
    }
}

static bool append_status_parameter(Text *text, size_t index, const void *context)
{
    const Snapshot__StatusMessage *status = (const Snapshot__StatusMessage *)context;

    if (index >= status->n_parameters)
        return false;
    text_append_clean(text, status->parameters[index], strlen(status->parameters[index]));
    return true;
}

void value_append_status(Text *text, const Snapshot__StatusMessage *status)
{
    value_append_format(text, status->format, append_status_parameter, status);
}

/* ----------------------------------------------------------------------------------------------------
 * containers */

static void append_class(const ValueWriter *writer, const Snapshot__Variable *variable)
{
    ProtobufCBinaryData type;

    if (!value_type(variable, writer->strings, &type)) {
        text_append(writer->text, "...");
        return;
    }
    text_append(writer->text, "<class '");
    text_append_clean(writer->text, type.data, type.len);
    text_append(writer->text, "'>");
}

/* repr() of an object whose class has none of its own, without the address. */
static void append_object(const ValueWriter *writer, const Snapshot__Variable *variable)
{
    ProtobufCBinaryData type = type_literal("object");

    (void)value_type(variable, writer->strings, &type); /* none: "object" stays */
    text_append(writer->text, "<");
    text_append_clean(writer->text, type.data, type.len);
    text_append(writer->text, " object>");
}

static bool is_mapped(const Snapshot__Variable *variable)
{
    return variable->container == SNAPSHOT__VARIABLE__CONTAINER__MAPPING ||
           variable->container == SNAPSHOT__VARIABLE__CONTAINER__OBJECT;
}

static size_t members_max(const ValueWriter *writer, const Snapshot__Variable *variable, unsigned level)
{
    if (writer->style != VALUE_STYLE_LOG)
        return SIZE_MAX;
    if (is_mapped(variable))
        return LOG_MEMBERS_MAPPED;
    return level == 0 ? LOG_MEMBERS_TOP : LOG_MEMBERS_INNER;
}

static void append_member(const ValueWriter *writer, const Snapshot__Variable *parent,
                          const Snapshot__Variable *member, unsigned level)
{
    if (is_mapped(parent)) {
        if (member->key)
            append_value(writer, member->key, level);
        else
            text_append_repr_str(writer->text, member->name.data, member->name.len, false);
        text_append(writer->text, ": ");
    } else if (member->name.len > 0) { /* a named tuple's */
        text_append_clean(writer->text, member->name.data, member->name.len);
        text_append(writer->text, "=");
    }
    append_value(writer, member, level);
}

static void append_members(const ValueWriter *writer, const Snapshot__Variable *variable, unsigned level)
{
    size_t max = members_max(writer, variable, level);
    size_t num = variable->n_members < max ? variable->n_members : max;

    for (size_t i = 0; i < num && !text_is_full(writer->text); i++) {
        if (i > 0)
            text_append(writer->text, ", ");
        append_member(writer, variable, variable->members[i], level + 1);
    }
    if (num < variable->n_members || variable->num_shown > 0)
        text_append(writer->text, num > 0 ? ", ..." : "...");
}

static void append_enclosed(const ValueWriter *writer, const char *before, const Snapshot__Variable *variable,
                            const char *after, unsigned level)
{
    text_append(writer->text, before);
    append_members(writer, variable, level);
    text_append(writer->text, after);
}

static void append_tuple(const ValueWriter *writer, const Snapshot__Variable *variable, unsigned level)
{
    bool is_single = variable->n_members == 1 && variable->num_shown == 0;

    append_enclosed(writer, "(", variable, is_single && writer->style == VALUE_STYLE_REPR ? ",)" : ")",
                    level);
}

static void append_set(const ValueWriter *writer, const Snapshot__Variable *variable,
                       ProtobufCBinaryData type, unsigned level)
{
    bool is_plain = type_is(type, "set");
    bool is_empty = variable->n_members == 0 && variable->num_shown == 0;

    if (is_plain && (!is_empty || writer->style == VALUE_STYLE_LOG)) {
        append_enclosed(writer, "{", variable, "}", level);
        return;
    }
    text_append_clean(writer->text, type.data, type.len);
    if (is_empty)
        text_append(writer->text, "()");
    else
        append_enclosed(writer, "({", variable, "})", level);
}

/* An exception, a named tuple, a deque: the wire does not say what its repr() is like. */
static void append_call(const ValueWriter *writer, const Snapshot__Variable *variable,
                        ProtobufCBinaryData type, unsigned level)
{
    text_append_clean(writer->text, type.data, type.len);
    append_enclosed(writer, "(", variable, ")", level);
}

static void append_sequence(const ValueWriter *writer, const Snapshot__Variable *variable, unsigned level)
{
    ProtobufCBinaryData type = type_literal("list");

    (void)value_type(variable, writer->strings, &type); /* never without one: a sequence implies it */
    if (variable->container == SNAPSHOT__VARIABLE__CONTAINER__SET)
        append_set(writer, variable, type, level);
    else if (type_is(type, "tuple"))
        append_tuple(writer, variable, level);
    else if (type_is(type, "list"))
        append_enclosed(writer, "[", variable, "]", level);
    else
        append_call(writer, variable, type, level);
}

static void append_container(const ValueWriter *writer, const Snapshot__Variable *variable, unsigned level)
{
    bool is_log = writer->style == VALUE_STYLE_LOG;

    switch (variable->container) {
    case SNAPSHOT__VARIABLE__CONTAINER__MAPPING:
        append_enclosed(writer, "{", variable, "}", level);
        return;
    case SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE:
    case SNAPSHOT__VARIABLE__CONTAINER__SET:
        append_sequence(writer, variable, level);
        return;
    case SNAPSHOT__VARIABLE__CONTAINER__OBJECT:
        if (is_log && (variable->n_members > 0 || variable->num_shown > 0))
            append_enclosed(writer, "{", variable, "}", level);
        else if (is_log)
            append_class(writer, variable);
        else
            append_object(writer, variable);
        return;
    default: /* of a newer stub */
        append_class(writer, variable);
    }
}

static void append_value(const ValueWriter *writer, const Snapshot__Variable *variable, unsigned level)
{
    if (value_append_simple(writer->text, variable, writer->max_chars))
        return;
    switch (variable->value_case) {
    case SNAPSHOT__VARIABLE__VALUE_CONTAINER:
        if (writer->style == VALUE_STYLE_LOG && level > LOG_LEVEL_MAX)
            append_class(writer, variable);
        else if (level > VALUE_NESTING_MAX)
            text_append(writer->text, "...");
        else
            append_container(writer, variable, level);
        return;
    case SNAPSHOT__VARIABLE__VALUE_STATUS:
        text_append(writer->text, "<");
        value_append_status(writer->text, variable->status);
        text_append(writer->text, ">");
        return;
    default: /* a reference: into a table that is shown elsewhere, or not at all */
        append_class(writer, variable);
    }
}

void value_append(Text *text, const Snapshot__Variable *variable, ValueStrings strings, size_t max_chars,
                  ValueStyle style)
{
    ValueWriter writer = {.text = text, .strings = strings, .max_chars = max_chars, .style = style};

    append_value(&writer, variable, 0);
}
