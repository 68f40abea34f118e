#include "broker/store/firebase/sse_parser.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEPT_BYTES = 64 * 1024,    /* of room for later events; a first event may be much larger; untuned */
    FIELD_BYTES_MAX = 64 + 16, /* of a line but for its data: a name, and what leads to the data */
};

typedef struct Bytes {
    char *text;
    size_t length;
    size_t capacity;
} Bytes;

struct SseParser {
    size_t event_bytes_max;
    Bytes line; /* that is not complete yet */
    Bytes data;
    bool has_data;
    bool was_cr;  /* the last byte was a CR, to which a LF belongs */
    bool is_told; /* an event was given; it is to be forgotten first */
    char name[SSE_NAME_BYTES_MAX + 1];
};

static int add(Bytes *bytes, const char *text, size_t length)
{
    size_t capacity = bytes->capacity ? bytes->capacity : 256;
    char *larger;

    while (capacity <= bytes->length + length)
        capacity *= 2;
    if (capacity != bytes->capacity) {
        larger = realloc(bytes->text, capacity);
        if (!larger)
            return -ENOMEM;
        bytes->text = larger;
        bytes->capacity = capacity;
    }
    memcpy(bytes->text + bytes->length, text, length);
    bytes->length += length;
    bytes->text[bytes->length] = '\0';
    return 0;
}

static void clear(Bytes *bytes)
{
    bytes->length = 0;
    if (bytes->capacity <= KEPT_BYTES)
        return;
    free(bytes->text);
    *bytes = (Bytes){0};
}

int sse_parser_new(size_t event_bytes_max, SseParser **ret)
{
    SseParser *parser = calloc(1, sizeof *parser);

    if (!parser)
        return -ENOMEM;
    parser->event_bytes_max = event_bytes_max;
    *ret = parser;
    return 0;
}

SseParser *sse_parser_free(SseParser *parser)
{
    if (!parser)
        return NULL;
    free(parser->line.text);
    free(parser->data.text);
    free(parser);
    return NULL;
}

/* The value of the field @name in the line, one leading blank apart; NULL: it is another field. */
static const char *value_of(const char *line, const char *name)
{
    size_t length = strlen(name);

    if (strncmp(line, name, length) != 0)
        return NULL;
    if (line[length] == '\0')
        return line + length;
    if (line[length] != ':')
        return NULL;
    return line + length + 1 + (line[length + 1] == ' ');
}

static int add_data(SseParser *parser, const char *value, size_t length)
{
    int result = 0;

    if (parser->data.length + length + 1 > parser->event_bytes_max)
        return -EMSGSIZE;
    if (parser->has_data)
        result = add(&parser->data, "\n", 1);
    parser->has_data = true;
    return result < 0 ? result : add(&parser->data, value, length);
}

/* A NUL in a name only cuts it; in data it counts like any byte. */
static int take_field(SseParser *parser)
{
    const char *line = parser->line.text;
    const char *value = value_of(line, "data");

    if (value)
        return add_data(parser, value, parser->line.length - (size_t)(value - line));
    value = value_of(line, "event");
    if (value) {
        size_t length = strnlen(value, SSE_NAME_BYTES_MAX);

        memcpy(parser->name, value, length);
        parser->name[length] = '\0';
    }
    return 0; /* comments, "id" and "retry" mean nothing here */
}

/* The end of a line. 1: with it an event is complete. */
static int end_line(SseParser *parser)
{
    int result = 0;

    if (parser->line.length) {
        result = take_field(parser);
    } else if (parser->has_data) {
        parser->is_told = true;
        return 1;
    } else {
        parser->name[0] = '\0'; /* an event without data is none */
    }
    clear(&parser->line);
    return result;
}

static void forget_event(SseParser *parser)
{
    clear(&parser->data);
    clear(&parser->line);
    parser->has_data = false;
    parser->name[0] = '\0';
    parser->is_told = false;
}

/* Bytes up to the end of the line, or all; 1: the line is complete. */
static int take_line(SseParser *parser, const char **bytes, size_t *length)
{
    size_t num = 0;
    bool is_complete;

    if (parser->was_cr && **bytes == '\n') {
        (*bytes)++;
        (*length)--;
    }
    parser->was_cr = false;
    while (num < *length && (*bytes)[num] != '\n' && (*bytes)[num] != '\r')
        num++;
    is_complete = num < *length;
    if (parser->line.length + num > parser->event_bytes_max + FIELD_BYTES_MAX)
        return -EMSGSIZE;
    if (num && add(&parser->line, *bytes, num) < 0)
        return -ENOMEM;
    if (is_complete)
        parser->was_cr = (*bytes)[num] == '\r';
    *bytes += num + is_complete;
    *length -= num + is_complete;
    return is_complete;
}

int sse_parser_next(SseParser *parser, const char **bytes, size_t *length, SseEvent *ret)
{
    int result = 0;

    if (parser->is_told)
        forget_event(parser);
    while (*length && result == 0) {
        result = take_line(parser, bytes, length);
        if (result > 0)
            result = end_line(parser);
    }
    if (result <= 0)
        return result;
    ret->name = parser->name[0] ? parser->name : "message";
    ret->data = parser->data.text;
    ret->length = parser->data.length;
    return 1;
}
