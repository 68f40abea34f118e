/* Any text, and any message of a stub: what is found lies within the text, in its order, and is not found
 * again in what is left; a message stays one that can be shown. */
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include <jansson.h>

#include "broker/apps/render.h"
#include "broker/logs/message.h"
#include "broker/privacy/redact.h"
#include "broker/privacy/redact_expression.h"
#include "broker/privacy/redact_value.h"
#include "broker/stubs/packet.h"

namespace
{

void require(bool is_so)
{
    if (!is_so)
        abort();
}

/* What is shown of @text; the spans are checked. */
std::string redacted(const SecretScanner *scanner, const std::string &text, bool is_cut)
{
    SecretSpan spans[SECRET_SPANS_MAX];
    size_t num = secret_scan(scanner, text.data(), text.size(), is_cut, spans);
    std::string result;
    size_t begin = 0;

    require(num <= SECRET_SPANS_MAX);
    for (size_t i = 0; i < num; i++) {
        require(spans[i].begin >= begin && spans[i].begin < spans[i].end && spans[i].end <= text.size());
        result += text.substr(begin, spans[i].begin - begin) + secret_marker(spans[i].kind);
        begin = spans[i].end;
    }
    return result + text.substr(begin);
}

void check_text(const std::string &text)
{
    NameRules *names = nullptr;
    SecretScanner *scanner = nullptr;
    char name[16];

    require(name_rules_new(nullptr, nullptr, &names) == 0 &&
            secret_scanner_new(names, nullptr, &scanner) == 0);
    (void)redacted(scanner, text, false);
    (void)redacted(scanner, text, true);
    (void)name_is_protected(names, text.data(), text.size());
    if (expression_names_secret(names, text.c_str(), name, sizeof name))
        require(strlen(name) < sizeof name);
    secret_scanner_free(scanner);
    name_rules_free(names);
}

void check_capture(Redactor *redactor, Snapshot__Capture *capture)
{
    const RenderContext context = {};
    size_t num_table = capture->n_table;
    json_t *json = json_object();
    char *text;

    redact_capture(redactor, capture);
    require(capture->n_table == num_table && render_capture(capture, &context, json) == 0);
    text = json_dumps(json, JSON_COMPACT);
    require(text);
    free(text);
    json_decref(json);
}

void check_log_entry(Redactor *redactor, Snapshot__LogEntry *entry)
{
    char *text = nullptr;

    redact_log_entry(redactor, entry);
    require(message_format("$0 $1", entry, &text) == 0);
    free(text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Redactor *redactor;
    const RedactorOptions options = {};
    Arena *arena = nullptr;
    Snapshot__StubMessage *message = nullptr;

    check_text(std::string(reinterpret_cast<const char *>(data), size));
    if (!redactor)
        require(redactor_new(&options, &redactor) == 0);
    require(arena_new(PACKET_MEMORY_BYTES_MAX, &arena) == 0);
    if (packet_decode(data, size, arena, &message) == 0) {
        if (message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE)
            check_capture(redactor, message->capture);
        if (message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE_LOG_ENTRY)
            check_log_entry(redactor, message->log_entry);
        if (message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE_BREAKPOINT_STATE)
            redact_state(redactor, message->breakpoint_state);
    }
    arena_free(arena);
    return 0;
}
