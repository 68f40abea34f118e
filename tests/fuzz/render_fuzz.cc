/* What becomes of a stub's words, whatever they are: a capture is JSON that the database takes, a log entry
 * is one valid text, an app has an identity. */
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <jansson.h>

#include "broker/apps/identity.h"
#include "broker/apps/render.h"
#include "broker/apps/text.h"
#include "broker/logs/message.h"
#include "broker/stubs/packet.h"

namespace
{

/* Levels that the database takes, without the five that are the way to a snapshot. */
constexpr unsigned LEVELS_MAX = 32 - 5;

void require(bool is_so)
{
    if (!is_so)
        abort();
}

/* @num_variables: length of the table that indexes point into. */
void check(json_t *json, size_t num_variables, unsigned num_levels)
{
    const char *key;
    json_t *child;
    size_t i;

    require(num_levels <= LEVELS_MAX);
    json_object_foreach(json, key, child)
    {
        require(text_is_database_key(key));
        if (strcmp(key, "varTableIndex") == 0)
            require(json_integer_value(child) >= 0 &&
                    static_cast<size_t>(json_integer_value(child)) < num_variables);
        check(child, num_variables, num_levels + 1);
    }
    json_array_foreach(json, i, child)
    {
        /* An empty one vanishes, which leaves a hole where indexes point to. */
        require(!json_is_object(child) || json_object_size(child) > 0);
        check(child, num_variables, num_levels + 1);
    }
}

/* What was written can be read, and is what it was: all text is UTF-8. */
void check_text(const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    require(text);
    json_t *again = json_loads(text, JSON_ALLOW_NUL, nullptr);

    require(json_equal(json, again));
    json_decref(again);
    free(text);
}

void render(const Snapshot__Capture *capture)
{
    static char first[] = "/srv/app";
    static char second[] = "";
    static char *const sys_path[] = {second, first};
    static const char *const expressions[] = {"a", "b.c"};
    const RenderContext context = {sys_path, 2, 0, expressions, 2};
    json_t *breakpoint = json_object();
    json_t *table;

    require(render_capture(capture, &context, breakpoint) == 0);
    table = json_object_get(breakpoint, "variableTable");
    require(json_array_size(table) == capture->n_table + 1);
    check(breakpoint, json_array_size(table), 0);
    check_text(breakpoint);
    json_decref(breakpoint);
}

void format(const Snapshot__LogEntry *entry)
{
    char *text = nullptr;
    json_t *string;

    require(message_format("$0 $$ $1 $", entry, &text) == 0);
    require(strncmp(text, MESSAGE_PREFIX, strlen(MESSAGE_PREFIX)) == 0);
    string = json_string(text); /* NULL for what is no UTF-8 */
    require(string);
    json_decref(string);
    free(text);
}

void identify(const Snapshot__Hello *hello)
{
    Snapshot__SourceFiles files = SNAPSHOT__SOURCE_FILES__INIT;
    Identity *identity = nullptr;
    json_t *debuggee;

    require(identity_new(hello, "project", &identity) == 0);
    files.is_last = true;
    require(identity_add_source_files(identity, &files) == 0);
    require(strlen(identity_debuggee_id(identity)) == 18);
    debuggee = identity_to_debuggee(identity);
    check(debuggee, 0, 0);
    check_text(debuggee);
    json_decref(debuggee);
    identity_free(identity);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = nullptr;
    Snapshot__StubMessage *message = nullptr;

    require(arena_new(PACKET_MEMORY_BYTES_MAX, &arena) == 0);
    if (packet_decode(data, size, arena, &message) == 0) {
        if (message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE)
            render(message->capture);
        if (message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE_LOG_ENTRY)
            format(message->log_entry);
        if (message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE_HELLO)
            identify(message->hello);
    }
    arena_free(arena);
    return 0;
}
