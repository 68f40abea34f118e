#include "broker/cli/snapshot_view.h"

#include <errno.h>
#include <string.h>

#include "broker/cli/breakpoints.h"
#include "broker/cli/children.h"
#include "broker/cli/must.h"
#include "broker/cli/status_message.h"
#include "broker/cli/table.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

#define RULER "--------------------------------------------------------------------------------"

static void print_header(const Output *output, const char *title)
{
    output_text(output, "\n" RULER "\n| %s\n" RULER "\n", title);
}

/* What the member holds, or @fallback where it is missing or empty. The caller owns it. */
static char *display_or(const json_t *object, const char *key, const char *fallback)
{
    const json_t *value = json_object_get(object, key);
    bool is_empty = json_is_string(value) ? json_string_length(value) == 0 : !value;

    if (is_empty || ((json_is_array(value) || json_is_object(value)) && children_count(value) == 0))
        return MUST(strdup(fallback));
    return python_display(value);
}

static char *status_sentence(const json_t *snapshot, const StatusMessage *status)
{
    AUTO_FREE char *message = NULL, *refers_to = NULL;

    if (!status->text)
        return MUST(strdup(breakpoint_is_final(snapshot) ? "Complete" : "Active"));
    message = text_printable(status->text, strlen(status->text), TEXT_ONE_LINE);
    if (!status->is_error || status_message_refers_to(status, "BREAKPOINT_AGE"))
        return TAKE(message);
    refers_to = python_display(status->refers_to);
    return text_format("ERROR: %s (refers to: %s)", message, refers_to);
}

static void print_summary(const Output *output, const json_t *snapshot, const StatusMessage *status)
{
    AUTO_FREE char *location = breakpoint_location_text(json_object_get(snapshot, "location"));
    AUTO_FREE char *condition = display_or(snapshot, "condition", "No condition set");
    AUTO_FREE char *expressions = display_or(snapshot, "expressions", "No expressions set");
    AUTO_FREE char *sentence = status_sentence(snapshot, status);
    AUTO_FREE char *create_time = display_or(snapshot, "createTime", "");
    AUTO_FREE char *final_time = display_or(snapshot, "finalTime", "");

    print_header(output, "Summary");
    output_line(output, "Location:    %s", location);
    output_line(output, "Condition:   %s", condition);
    output_line(output, "Expressions: %s", expressions);
    output_line(output, "Status:      %s", sentence);
    output_line(output, "Create Time: %s", create_time);
    output_line(output, "Final Time:  %s", final_time);
}

static void print_variables(const Output *output, const json_t *variables, const char *if_none)
{
    AUTO_FREE char *text = NULL;

    if (json_array_size(variables) == 0) {
        output_line(output, "%s", if_none);
        return;
    }
    text = python_json(variables, JSON_LAYOUT_PRETTY);
    output_text(output, "%s", text);
}

static void print_expressions(const Output *output, const json_t *snapshot, long long levels_max)
{
    AUTO_JSON json_t *variables = snapshot_variables(json_object_get(snapshot, "evaluatedExpressions"),
                                                     json_object_get(snapshot, "variableTable"), levels_max);

    print_header(output, "Evaluated Expressions");
    print_variables(output, variables, "There were no expressions specified.");
}

static void print_frame(const Output *output, const json_t *snapshot, const json_t *frame,
                        long long frame_index, long long levels_max)
{
    AUTO_JSON json_t *all = children_list(json_object_get(frame, "arguments"));
    AUTO_JSON json_t *locals = children_list(json_object_get(frame, "locals"));
    AUTO_JSON json_t *variables = NULL;
    AUTO_FREE char *title = text_format("Local Variables For Stack Frame Index %lld:", frame_index);

    if (json_array_extend(all, locals) != 0)
        must_have_memory();
    variables = snapshot_variables(all, json_object_get(snapshot, "variableTable"), levels_max);
    print_header(output, title);
    print_variables(output, variables, "There are no local variables.");
}

static void print_call_stack(const Output *output, const json_t *frames)
{
    static const char *const headers[] = {"Function", "Location"};
    CLEANUP(table_deinit) Table table = {.headers = headers, .num_columns = ARRAY_SIZE(headers)};

    for (size_t i = 0; i < children_count(frames); i++) {
        const json_t *frame = children_at(frames, (json_int_t)i);
        const json_t *function = json_object_get(frame, "function");
        char *location = breakpoint_location_text(json_object_get(frame, "location"));

        table_add(&table, function ? python_display(function) : MUST(strdup("unknown")));
        table_add(&table, location ? location : MUST(strdup("unknown")));
    }
    print_header(output, "CallStack:");
    table_print(&table, output);
}

/* The frame's place in the list, counted from the end if it is negative, or -1. */
static long long find_frame(long long frame_index, long long num_frames)
{
    long long place = frame_index < 0 ? frame_index + num_frames : frame_index;

    return place >= 0 && (place < num_frames || place == 0) ? place : -1;
}

int snapshot_view(const json_t *snapshot, long long frame_index, long long levels_max, const Output *output)
{
    CLEANUP(status_message_deinit) StatusMessage status = status_message_read(snapshot);
    const json_t *frames = json_object_get(snapshot, "stackFrames");
    long long num_frames = (long long)children_count(frames);
    long long place;

    if (levels_max > SNAPSHOT_LEVELS_MAX)
        levels_max = SNAPSHOT_LEVELS_MAX;
    if (frame_index == 0)
        print_summary(output, snapshot, &status);
    if (!breakpoint_is_final(snapshot) || status.is_error)
        return 0; /* nothing was captured */

    place = find_frame(frame_index, num_frames);
    if (place < 0) {
        output_line(output, "Stack frame index %lld too %s, there are only %lld stack frames.", frame_index,
                    frame_index < 0 ? "small" : "big", num_frames);
        return -ERANGE;
    }
    if (frame_index == 0)
        print_expressions(output, snapshot, levels_max);
    print_frame(output, snapshot, children_at(frames, place), frame_index, levels_max);
    if (frame_index == 0)
        print_call_stack(output, frames);
    return 0;
}
