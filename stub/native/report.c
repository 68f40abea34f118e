#include "stub/native/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stub/native/link.h"

#define COVERAGE_BYTES_MAX 1024

static void send_state(Snapshot__BreakpointState *state, Status *status)
{
    Snapshot__StubMessage envelope = SNAPSHOT__STUB_MESSAGE__INIT;
    Snapshot__StatusMessage message;
    uint8_t *packet;

    if (status && status->format) {
        status_to_message(status, &message);
        state->status = &message;
    }
    envelope.message_case = SNAPSHOT__STUB_MESSAGE__MESSAGE_BREAKPOINT_STATE;
    envelope.breakpoint_state = state;
    packet = malloc(snapshot__stub_message__get_packed_size(&envelope));
    if (!packet)
        return;
    (void)link_send(packet, snapshot__stub_message__pack(&envelope, packet)); /* a drop is counted there */
    free(packet);
}

/* Each sentence once, however many code objects have it. */
static void describe_coverage(const Breakpoint *breakpoint, char *text)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < breakpoint->num_codes; i++) {
        const char *sentence = hook_coverage(breakpoint->codes[i].hook);
        int added;

        if (sentence[0] == '\0' || strstr(text, sentence))
            continue;
        added = snprintf(text + len, COVERAGE_BYTES_MAX - len, "%s%s", len > 0 ? "; " : "", sentence);
        if (added < 0 || (size_t)added >= COVERAGE_BYTES_MAX - len) {
            text[len] = '\0'; /* only whole sentences */
            return;
        }
        len += (size_t)added;
    }
}

void report_phase(Breakpoint *breakpoint)
{
    Snapshot__BreakpointState state = SNAPSHOT__BREAKPOINT_STATE__INIT;
    char coverage[COVERAGE_BYTES_MAX];

    state.id = breakpoint->id;
    switch (breakpoint->phase) {
    case BREAKPOINT_PENDING:
        state.state = SNAPSHOT__BREAKPOINT_STATE__STATE__PENDING;
        break;
    case BREAKPOINT_ARMED:
        state.state = SNAPSHOT__BREAKPOINT_STATE__STATE__ARMED;
        state.num_code_objects = (uint32_t)breakpoint->num_codes;
        describe_coverage(breakpoint, coverage);
        state.coverage = coverage;
        break;
    case BREAKPOINT_FAILED:
        state.state = SNAPSHOT__BREAKPOINT_STATE__STATE__FAILED;
        break;
    case BREAKPOINT_COMPLETED:
        return;
    }
    send_state(&state, breakpoint->phase == BREAKPOINT_FAILED ? &breakpoint->status : NULL);
}

void report_note(const Breakpoint *breakpoint, Status *status)
{
    Snapshot__BreakpointState state = SNAPSHOT__BREAKPOINT_STATE__INIT;

    state.id = breakpoint->id;
    state.state = SNAPSHOT__BREAKPOINT_STATE__STATE__NOTE;
    send_state(&state, status);
}
