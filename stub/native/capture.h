/* Capture: walks the frames and values of a hit and encodes them, straight into the packet that is sent.
 *
 * Reads by layout; runs no code of the app, changes nothing, allocates nothing per value. What is rendered
 * where: the stub takes raw values (an int, the characters of a str), the broker makes the JSON of the
 * database from them. All functions hold the GIL and leave no Python exception set. */
#pragma once

#include <Python.h>

#include <stdint.h>

#include "stub/native/evaluate/program.h"
#include "stub/native/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A packet on the wire, DESIGN's bound (protocol of proto/snapshot.proto). */
#define CAPTURE_PACKET_BYTES_MAX (128 * 1024)

/* An expression of a breakpoint: compiled, or the reason why not. */
typedef struct Expression {
    Program *program; /* NULL: see status */
    Status status;
} Expression;

/* The Limits message with every default filled in. */
typedef struct CaptureLimits {
    uint32_t max_frames;
    uint32_t max_expanded_frames;
    uint32_t max_items;
    uint32_t max_value_chars;
    uint32_t max_depth;
    uint32_t max_payload_chars;
    uint32_t max_expression_items;
    uint32_t max_expression_chars;
    uint32_t capture_budget_us;
    uint32_t evaluation_budget_us;
} CaptureLimits;

/* capture_limits_from_message() - the defaults where @limits is NULL or has 0. */
void capture_limits_from_message(CaptureLimits *limits, const Snapshot__Limits *message);

typedef struct CaptureRequest {
    const char *breakpoint_id;
    int line; /* of the breakpoint: what the innermost frame reports */
    const Expression *expressions;
    size_t num_expressions;
    const CaptureLimits *limits;
    uint64_t sequence;       /* snapshots: of this session */
    uint32_t num_suppressed; /* logpoints */
} CaptureRequest;

/* An expression was put off: the next hit may show its value. There is a packet all the same. */
#define CAPTURE_E_PUT_OFF 1

/* capture_snapshot() - encodes a StubMessage with a Capture. @top: the frame at the line. Always makes a
 * packet that fits: what does not fit is marked. Returns 0 or CAPTURE_E_PUT_OFF with *ret_packet, which is
 * borrowed until the next capture_*() of this process (the GIL is what keeps it valid: do not release it
 * before the packet is sent or copied), or a negative errno. */
int capture_snapshot(const CaptureRequest *request, const Frame *top, const uint8_t **ret_packet,
                     size_t *ret_len_bytes);

/* capture_log_entry() - the same for a logpoint: a StubMessage with a LogEntry, values captured with the
 * limits of log messages (10 items, then 5 in sub-lists, depth 2, 256 characters). Never CAPTURE_E_PUT_OFF.
 */
int capture_log_entry(const CaptureRequest *request, const Frame *top, const uint8_t **ret_packet,
                      size_t *ret_len_bytes);

#ifdef __cplusplus
}
#endif
