#include "broker/privacy/visibility.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "broker/util/cleanup.h"

#define REASON_PREFIX "Could not process debugger config: "

/* How much of the file a reason repeats. */
#define EXCERPT_BYTES_MAX 64

typedef struct Patterns {
    char **texts; /* each from strndup() */
    size_t num;
    bool is_given; /* the file has the key */
} Patterns;

struct Visibility {
    Snapshot__Visibility wire;
    Snapshot__StatusMessage reason; /* why nothing is visible; borrowed by messages */
    Patterns blacklist;
    Patterns whitelist;
    char *error; /* NULL: the file could be read */
};

/* Every function of the parser returns 0; a negative errno; or UNREADABLE, with the reason in the Reader. */
enum { UNREADABLE = 1 };

typedef struct Reader {
    yaml_parser_t parser;
    Visibility *visibility;
    char reason[256];
} Reader;

/* --------------------------------------------------------------------------------------------- reasons */

__attribute__((format(printf, 2, 3))) static int unreadable(Reader *reader, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reader->reason, sizeof reader->reason, format, arguments); /* longer ones are cut */
    va_end(arguments);
    return UNREADABLE;
}

/* A part of the file for a reason, which is the format of a status: printable ASCII, dollars doubled. */
typedef struct Excerpt {
    char text[2 * EXCERPT_BYTES_MAX + 1];
} Excerpt;

static Excerpt excerpt(const yaml_event_t *scalar)
{
    const char *bytes = (const char *)scalar->data.scalar.value;
    size_t len = scalar->data.scalar.length;
    Excerpt result = {""};
    size_t used = 0;

    for (size_t i = 0; i < len && i < EXCERPT_BYTES_MAX; i++) {
        if (bytes[i] == '$')
            result.text[used++] = '$';
        result.text[used++] = bytes[i];
        if (bytes[i] < 0x20 || bytes[i] >= 0x7f)
            result.text[used - 1] = '?';
    }
    return result;
}

static int parser_failed(Reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    unsigned line = (unsigned)parser->problem_mark.line + 1;
    const char *problem = parser->problem ? parser->problem : "it is no YAML";

    if (parser->error == YAML_MEMORY_ERROR)
        return -ENOMEM;
    if (parser->error == YAML_SCANNER_ERROR && strstr(problem, "alphabetic or numeric"))
        return unreadable(reader, "a pattern that begins with * or & needs quotes (line %u)", line);
    return unreadable(reader, "%s (line %u)", problem, line);
}

/* ---------------------------------------------------------------------------------------------- events */

/* Frees what @event holds, if anything; it may be given again. */
static void event_clear(yaml_event_t *event)
{
    yaml_event_delete(event);
    *event = (yaml_event_t){0};
}

static int next_event(Reader *reader, yaml_event_t *event)
{
    event_clear(event);
    if (!yaml_parser_parse(&reader->parser, event))
        return parser_failed(reader);
    return 0;
}

static bool is_word(const char *text, size_t len, const char *const *words, size_t num_words)
{
    for (size_t i = 0; i < num_words; i++) {
        if (strlen(words[i]) == len && strncasecmp(text, words[i], len) == 0)
            return true;
    }
    return false;
}

/* Whether YAML 1.1 takes a text without quotes for something else: null, a truth, a number, a date. */
static bool is_other_type(const char *text, size_t len)
{
    static const char *const words[] = {"",    "~", "null", "true", "false", "yes",   "no",  "on",
                                        "off", "=", "<<",   ".inf", "-.inf", "+.inf", ".nan"};
    static const char number[] = "0123456789abcdefABCDEFxXoO_.:+-tTzZ ";
    size_t num_numeric = 0;

    if (is_word(text, len, words, ARRAY_SIZE(words)))
        return true;
    while (num_numeric < len && strchr(number, text[num_numeric]))
        num_numeric++;
    return num_numeric == len && strchr("0123456789+-.", text[0]) && strpbrk(text, "0123456789");
}

static bool is_text(const yaml_event_t *event)
{
    const char *tag = (const char *)event->data.scalar.tag;

    if (event->type != YAML_SCALAR_EVENT)
        return false;
    if (tag && strcmp(tag, "!") != 0)
        return strcmp(tag, YAML_STR_TAG) == 0;
    return tag || event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
           !is_other_type((const char *)event->data.scalar.value, event->data.scalar.length);
}

/* What a name points to is not repeated: a file of a few lines would be gigabytes. */
static bool has_anchor(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return true;
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor != NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL;
    default:
        return false;
    }
}

/* The next event within the document. */
static int next_node(Reader *reader, yaml_event_t *event)
{
    int result = next_event(reader, event);

    if (result == 0 && has_anchor(event))
        return unreadable(reader, "anchors and aliases are not supported (line %u)",
                          (unsigned)event->start_mark.line + 1);
    return result;
}

/* -------------------------------------------------------------------------------------------- the file */

static int add_pattern(Reader *reader, Patterns *patterns, const char *text, size_t len)
{
    const Visibility *visibility = reader->visibility;
    char **longer;

    if (visibility->blacklist.num + visibility->whitelist.num >= VISIBILITY_NUM_PATTERNS_MAX)
        return unreadable(reader, "there are more than %d patterns", VISIBILITY_NUM_PATTERNS_MAX);
    if (len == 0 || len > VISIBILITY_PATTERN_BYTES_MAX || memchr(text, '\0', len))
        return unreadable(reader, "a pattern has from 1 to %d bytes, none of them NUL",
                          VISIBILITY_PATTERN_BYTES_MAX);
    longer = realloc(patterns->texts, (patterns->num + 1) * sizeof *longer);
    if (!longer)
        return -ENOMEM;
    patterns->texts = longer;
    longer[patterns->num] = strndup(text, len);
    if (!longer[patterns->num])
        return -ENOMEM;
    patterns->num++;
    return 0;
}

static int bad_element(Reader *reader, const char *key, const yaml_event_t *event)
{
    Excerpt element = {"of another kind"};

    if (event->type == YAML_SCALAR_EVENT)
        element = excerpt(event);
    return unreadable(reader, "Unsupported list element %s found in %s: it is no string", element.text, key);
}

static int read_patterns(Reader *reader, Patterns *patterns, const char *key, yaml_event_t *event)
{
    int result = next_node(reader, event);

    if (result == 0 && event->type != YAML_SEQUENCE_START_EVENT)
        return unreadable(reader, "%s must be a list", key);
    while (result == 0) {
        result = next_node(reader, event);
        if (result != 0 || event->type == YAML_SEQUENCE_END_EVENT)
            break;
        if (!is_text(event))
            return bad_element(reader, key, event);
        result =
            add_pattern(reader, patterns, (const char *)event->data.scalar.value, event->data.scalar.length);
    }
    return result;
}

static bool is_key(const yaml_event_t *event, const char *key)
{
    return is_text(event) && event->data.scalar.length == strlen(key) &&
           memcmp(event->data.scalar.value, key, strlen(key)) == 0;
}

/* One key, which is in @event, and its list. */
static int read_member(Reader *reader, yaml_event_t *event)
{
    const char *key = is_key(event, "blacklist") ? "blacklist" : "whitelist";
    Patterns *patterns = *key == 'b' ? &reader->visibility->blacklist : &reader->visibility->whitelist;
    Excerpt unknown = {"one is no string"};

    if (!is_key(event, key)) {
        if (event->type == YAML_SCALAR_EVENT)
            unknown = excerpt(event);
        return unreadable(reader, "Unknown keys in configuration: %s", unknown.text);
    }
    if (patterns->is_given)
        return unreadable(reader, "%s is there twice", key);
    patterns->is_given = true;
    return read_patterns(reader, patterns, key, event);
}

/* Also what a stub says of a file that it could not send. */
static int not_a_mapping(Reader *reader, const yaml_event_t *event)
{
    Excerpt text = excerpt(event);

    return unreadable(reader, "it is no mapping, but: %s", text.text);
}

static int read_root(Reader *reader, yaml_event_t *event)
{
    int result = next_node(reader, event);

    if (result != 0)
        return result;
    if (event->type == YAML_SCALAR_EVENT && event->data.scalar.length == 0 &&
        event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return 0; /* a document with nothing in it */
    if (event->type == YAML_SCALAR_EVENT)
        return not_a_mapping(reader, event);
    if (event->type != YAML_MAPPING_START_EVENT)
        return unreadable(reader, "it must be a mapping with the keys blacklist and whitelist");
    for (;;) {
        result = next_node(reader, event);
        if (result != 0 || event->type == YAML_MAPPING_END_EVENT)
            return result;
        result = read_member(reader, event);
        if (result != 0)
            return result;
    }
}

/* At most one document. */
static int read_stream(Reader *reader, yaml_event_t *event)
{
    int result = next_event(reader, event); /* the stream's start */

    if (result == 0)
        result = next_event(reader, event);
    if (result != 0 || event->type == YAML_STREAM_END_EVENT)
        return result;
    result = read_root(reader, event);
    if (result == 0)
        result = next_event(reader, event); /* the document's end */
    if (result == 0)
        result = next_event(reader, event);
    if (result == 0 && event->type != YAML_STREAM_END_EVENT)
        return unreadable(reader, "there is more than one document");
    return result;
}

static int read_config(Reader *reader, const void *config, size_t len)
{
    yaml_event_t event = {0};
    int result;

    if (len > VISIBILITY_CONFIG_BYTES_MAX)
        return unreadable(reader, "the file is too large");
    if (!yaml_parser_initialize(&reader->parser))
        return -ENOMEM;
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, config ? config : (const unsigned char *)"", len);
    result = read_stream(reader, &event);
    event_clear(&event);
    yaml_parser_delete(&reader->parser);
    return result;
}

/* ------------------------------------------------------------------------------------------ visibility */

static void patterns_deinit(Patterns *patterns)
{
    for (size_t i = 0; i < patterns->num; i++)
        free(patterns->texts[i]);
    free(patterns->texts);
    *patterns = (Patterns){0};
}

Visibility *visibility_free(Visibility *visibility)
{
    if (!visibility)
        return NULL;
    patterns_deinit(&visibility->blacklist);
    patterns_deinit(&visibility->whitelist);
    free(visibility->error);
    free(visibility);
    return NULL;
}

static void cleanup_visibility(Visibility **visibility)
{
    (void)visibility_free(*visibility);
}

/* Nothing is visible, for the reason @text. 0 or -ENOMEM. */
static int set_error(Visibility *visibility, const char *text)
{
    patterns_deinit(&visibility->blacklist);
    patterns_deinit(&visibility->whitelist);
    if (asprintf(&visibility->error, REASON_PREFIX "%s", text) < 0) {
        visibility->error = NULL;
        return -ENOMEM;
    }
    visibility->wire.is_restricted = true;
    visibility->wire.error = visibility->error;
    visibility->reason.is_error = true;
    visibility->reason.refers_to = SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME;
    visibility->reason.format = visibility->error;
    return 0;
}

static void set_wire(Visibility *visibility)
{
    static char everything[] = "*";
    static char *all[] = {everything};
    Snapshot__Visibility *wire = &visibility->wire;

    wire->is_restricted = visibility->blacklist.num > 0 || visibility->whitelist.is_given;
    if (!wire->is_restricted)
        return;
    wire->blacklist = visibility->blacklist.texts;
    wire->n_blacklist = visibility->blacklist.num;
    wire->whitelist = visibility->whitelist.is_given ? visibility->whitelist.texts : all;
    wire->n_whitelist = visibility->whitelist.is_given ? visibility->whitelist.num : 1;
}

int visibility_new(const void *config, size_t len, bool is_applied, Visibility **ret)
{
    CLEANUP(cleanup_visibility) Visibility *visibility = calloc(1, sizeof *visibility);
    Reader reader = {.visibility = visibility};
    int result;

    if (!visibility)
        return -ENOMEM;
    snapshot__visibility__init(&visibility->wire);
    snapshot__status_message__init(&visibility->reason);
    result = read_config(&reader, config, len);
    if (result == 0) {
        set_wire(visibility);
        if (visibility->wire.is_restricted && !is_applied) {
            snapshot__visibility__init(&visibility->wire);
            result = set_error(visibility, "the stub of the app is too old to apply debugger-blacklist.yaml");
        }
    } else if (result == UNREADABLE) {
        result = set_error(visibility, reader.reason);
    }
    if (result < 0)
        return result;
    *ret = TAKE(visibility);
    return 0;
}

const Snapshot__Visibility *visibility_wire(const Visibility *visibility)
{
    return &visibility->wire;
}

/* ------------------------------------------------------------------------------------------ to hide all */

static void hide(const Visibility *visibility, Snapshot__Variable **variables, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        Snapshot__Variable *variable = variables[i];

        variable->value_case = SNAPSHOT__VARIABLE__VALUE_STATUS;
        variable->status = (Snapshot__StatusMessage *)(uintptr_t)&visibility->reason;
        variable->n_members = 0;
        variable->type = 0;
    }
}

void visibility_hide_capture(const Visibility *visibility, Snapshot__Capture *capture)
{
    if (!visibility->error)
        return;
    for (size_t i = 0; i < capture->n_frames; i++) {
        Snapshot__Frame *frame = capture->frames[i];

        hide(visibility, frame->arguments, frame->n_arguments);
        hide(visibility, frame->locals, frame->n_locals);
    }
    hide(visibility, capture->expressions, capture->n_expressions);
    capture->n_table = 0; /* nothing refers to it any more */
}

void visibility_hide_log_entry(const Visibility *visibility, Snapshot__LogEntry *entry)
{
    if (visibility->error)
        hide(visibility, entry->values, entry->n_values);
}
