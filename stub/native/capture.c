#include "stub/native/compat.h"

#include <errno.h>
#include <time.h>

#include "stub/native/capture.h"
#include "stub/native/clock.h"
#include "stub/native/date_text.h"
#include "stub/native/known.h"
#include "stub/native/text.h"
#include "stub/native/trace_context.h"
#include "stub/native/value.h"
#include "stub/native/visibility.h"
#include "stub/native/walk.h"
#include "stub/native/wire_fields.h"

_Static_assert(CAPTURE_PACKET_BYTES_MAX == WALK_PACKET_BYTES, "one packet, two names");

/* Expressions of one breakpoint whose values are shown: the values are kept until the packet is complete. */
#define EXPRESSIONS_MAX 64

/* Every expression gets a Variable, at least a mark; more than this many are passed over. */
#define MARKED_EXPRESSIONS_MAX 256

/* What is longer is cut. A path of PATH_MAX in every frame would be most of the packet. */
#define FUNCTION_CHARS_MAX 128
#define PATH_CHARS_MAX     1024
#define ID_BYTES_MAX       256

/* Tags, lengths, line and type of a Frame; the fields of a message that follow the values. */
#define FRAME_BYTES   48
#define TRAILER_BYTES 64

/* Frames take at most this much of the packet; with paths of usual length that is several hundred. */
#define FRAMES_BYTES_MAX (48 * 1024)

/* The limits of log messages, the original's. */
static const ValueLimits log_limits = {
    .max_chars = 256,
    .max_items = 10,
    .max_nested_items = 5,
    .max_depth = 2,
    .is_log = true,
};

static uint32_t or_default(uint32_t value, uint32_t default_value)
{
    return value ? value : default_value;
}

void capture_limits_from_message(CaptureLimits *limits, const Snapshot__Limits *message)
{
    static const Snapshot__Limits none = SNAPSHOT__LIMITS__INIT;

    if (!message)
        message = &none;
    *limits = (CaptureLimits){
        .max_frames = or_default(message->max_frames, 20),
        .max_expanded_frames = or_default(message->max_expanded_frames, 5),
        .max_items = or_default(message->max_items, 25),
        .max_value_chars = or_default(message->max_value_chars, 256),
        .max_depth = or_default(message->max_depth, 5),
        .max_payload_chars = or_default(message->max_payload_chars, 32768),
        .max_expression_items = or_default(message->max_expression_items, 32768),
        .max_expression_chars = or_default(message->max_expression_chars, 32768),
        .capture_budget_us = or_default(message->capture_budget_us, 5000),
        .evaluation_budget_us = or_default(message->evaluation_budget_us, 5000),
    };
}

/* --------------------------------------------------------------------------------------- frames */

static uint64_t time_unix_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static size_t chars_bound(PyObject *text, Py_ssize_t max_chars)
{
    return text_utf8_bound(text, Py_MIN(text_length(text), max_chars));
}

static size_t frame_bytes(const Frame *frame)
{
    PyCodeObject *code = frame_code(frame);

    return FRAME_BYTES + chars_bound(code->co_name, FUNCTION_CHARS_MAX) +
           chars_bound(code->co_filename, PATH_CHARS_MAX);
}

static void put_chars(Wire *wire, uint32_t field, PyObject *text, Py_ssize_t max_chars)
{
    WireMessage bytes = wire_begin(wire, field);

    wire->at += text_to_utf8(text, max_chars, (char *)wire->at, chars_bound(text, max_chars));
    wire_end(wire, bytes);
}

/* The type of the first argument if it is called `self`, as the bare name that goes before the function's. */
static uint32_t self_type(Walk *walk, const Frame *frame)
{
    PyObject *name;
    PyObject *value;
    bool is_argument;

    if (frame_code(frame)->co_argcount == 0)
        return 0;
    frame_local(frame, 0, &name, &value, &is_argument);
    if (!value || PyUnicode_CompareWithASCIIString(name, "self") != 0)
        return 0;
    return walk_type(walk, Py_TYPE(value), TYPE_NAME_BARE);
}

typedef struct FrameFields {
    uint32_t function;
    uint32_t self_type;
    uint32_t path;
    uint32_t line;
} FrameFields;

static void put_place(Walk *walk, const Frame *frame, int line, const FrameFields *fields)
{
    PyCodeObject *code = frame_code(frame);
    uint32_t type = self_type(walk, frame);

    put_chars(&walk->wire, fields->function, code->co_name, FUNCTION_CHARS_MAX);
    if (type)
        wire_uint(&walk->wire, fields->self_type, type);
    put_chars(&walk->wire, fields->path, code->co_filename, PATH_CHARS_MAX);
    wire_uint(&walk->wire, fields->line, (uint64_t)line);
}

/* Variables of a frame start at depth 1, as in the original. */
static void put_namespace(Walk *walk, PyObject *namespace, const ValueLimits *limits)
{
    DictCursor cursor;
    PyObject *name;
    PyObject *value;

    if (!compat_dict_type(namespace))
        return; /* of a metaclass whose __prepare__ gave something else: reading it would run its code */
    dict_cursor_init(&cursor, namespace);
    while (dict_cursor_next(&cursor, &name, &value))
        if (PyUnicode_CheckExact(name) &&
            !value_put(walk, FRAME_LOCALS, &(ValueName){.text = name}, value, 1, limits))
            return;
}

static void put_variables(Walk *walk, const Frame *frame, const ValueLimits *limits)
{
    PyObject *namespace = frame_locals_dict(frame);
    int num_locals = frame_num_locals(frame);

    for (int i = 0; i < num_locals; i++) {
        PyObject *name;
        PyObject *value;
        bool is_argument;

        frame_local(frame, i, &name, &value, &is_argument);
        if (value && !value_put(walk, is_argument ? FRAME_ARGUMENTS : FRAME_LOCALS,
                                &(ValueName){.text = name}, value, 1, limits))
            return;
    }
    if (namespace)
        put_namespace(walk, namespace, limits);
}

/* How many frames are shown; their fixed parts are taken from the packet before any value is written. */
static uint32_t reserve_frames(Walk *walk, const Frame *top, uint32_t max_frames)
{
    Frame frame = *top;
    uint32_t num_frames = 0;
    size_t num_bytes = 0;

    do {
        num_bytes += frame_bytes(&frame);
        if (num_bytes > FRAMES_BYTES_MAX)
            break;
        walk_reserve(walk, frame_bytes(&frame));
        num_frames++;
    } while (num_frames < max_frames && frame_previous(&frame, &frame));
    return num_frames;
}

static void put_frames(Walk *walk, const CaptureRequest *request, const Frame *top, uint32_t num_frames,
                       const ValueLimits *limits)
{
    static const FrameFields fields = {FRAME_FUNCTION, FRAME_SELF_TYPE, FRAME_PATH, FRAME_LINE};
    Frame frame = *top;

    for (uint32_t i = 0; i < num_frames; i++) {
        WireMessage message = wire_begin(&walk->wire, CAPTURE_FRAMES);

        put_place(walk, &frame, i == 0 ? request->line : frame_line(&frame), &fields);
        walk_release(walk, frame_bytes(&frame));
        if (i < request->limits->max_expanded_frames)
            put_variables(walk, &frame, limits);
        wire_end(&walk->wire, message);
        (void)frame_previous(&frame, &frame); /* there were as many when they were counted */
    }
}

/* ---------------------------------------------------------------------------------- expressions */

/* The values of expressions, which nothing else may keep alive. */
typedef struct Results {
    PyObject *values[EXPRESSIONS_MAX];
    size_t count;
    bool is_put_off; /* one more, of which the next hit may show the value */
} Results;

static void results_deinit(Results *results)
{
    while (results->count > 0)
        Py_DECREF(results->values[--results->count]);
}

/* The text of an exception may have a value in it. */
static void hide_text(const Walk *walk, Status *status)
{
    const char *reason = walk->hides_values ? visibility_refusal(&PyUnicode_Type) : NULL;

    if (reason) {
        status_deinit(status);
        status_set(status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME, reason, 0);
    }
}

static bool put_evaluated(Walk *walk, uint32_t field, const CaptureRequest *request, const Program *program,
                          const Frame *top, const ValueLimits *limits, Results *results)
{
    Status status = {0};
    PyObject *value;
    bool has_room;
    uint64_t start_ns = clock_now_ns();
    int result = program_run(program, top, request->limits->evaluation_budget_us, &value, &status);

    /* An evaluation has a budget of its own. */
    walk->deadline_ns += clock_now_ns() - start_ns;
    if (result == 0) {
        const ValueName name = {.num_implied_chars = (uint32_t)program_num_chars(program)};

        results->values[results->count++] = value;
        return value_put(walk, field, &name, value, 0, limits);
    }
    results->is_put_off |= result == PROGRAM_E_WAITING;
    if (!status.format)
        status_set(&status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_VALUE, "Exception occurred: $0", 1,
                   "out of memory");
    hide_text(walk, &status);
    has_room = value_put_status(walk, field, &status);
    status_deinit(&status);
    return has_room;
}

/* Every expression gets its Variable, in their order: the broker knows them by it. */
static void put_expressions(Walk *walk, uint32_t field, const CaptureRequest *request, const Frame *top,
                            const ValueLimits *limits, Results *results)
{
    size_t num_expressions = Py_MIN(request->num_expressions, MARKED_EXPRESSIONS_MAX);

    walk_reserve(walk, num_expressions * WALK_VARIABLE_BYTES);
    for (size_t i = 0; i < num_expressions; i++) {
        const Expression *expression = &request->expressions[i];
        bool is_written = false;

        walk_release(walk, WALK_VARIABLE_BYTES);
        if (expression->program && results->count < EXPRESSIONS_MAX)
            is_written = put_evaluated(walk, field, request, expression->program, top, limits, results);
        else if (!expression->program)
            is_written = value_put_status(walk, field, &expression->status);
        if (!is_written) {
            WireMessage message = wire_begin(&walk->wire, field);

            wire_uint(&walk->wire, VARIABLE_REFERENCE, 0);
            wire_end(&walk->wire, message);
        }
    }
}

/* ------------------------------------------------------------------------------------- messages */

static void put_id(Wire *wire, uint32_t field, const char *id)
{
    wire_bytes(wire, field, id, strnlen(id, ID_BYTES_MAX));
}

/* Before any value: the packet has room. */
static void put_trace(Wire *wire, uint32_t field)
{
    TraceContext trace;
    WireMessage message;

    if (!trace_context_read(&trace))
        return;
    message = wire_begin(wire, field);
    wire_bytes(wire, TRACE_TRACE_ID, trace.trace_id, TRACE_ID_CHARS);
    wire_bytes(wire, TRACE_SPAN_ID, trace.span_id, SPAN_ID_CHARS);
    wire_end(wire, message);
}

/* Breadth first: an entry may add others, which follow it. */
static void put_table(Walk *walk, const ValueLimits *limits)
{
    for (uint32_t i = 0; i < walk->num_objects; i++) {
        if (walk_payload_left(walk) == 0 || walk->is_out_of_time || !walk_has_room(walk, WALK_VARIABLE_BYTES))
            return; /* references past the end of the table are shown as "Buffer full" */
        value_put_object(walk, CAPTURE_TABLE, walk->objects[i], limits);
    }
}

int capture_snapshot(const CaptureRequest *request, const Frame *top, const uint8_t **ret_packet,
                     size_t *ret_len_bytes)
{
    const CaptureLimits *limits = request->limits;
    const ValueLimits value_limits = {
        .max_chars = limits->max_value_chars,
        .max_items = limits->max_items,
        .max_nested_items = limits->max_items,
        .max_depth = limits->max_depth,
    };
    const ValueLimits expression_limits = {
        .max_chars = limits->max_expression_chars,
        .max_items = limits->max_expression_items,
        .max_nested_items = limits->max_expression_items,
        .max_depth = limits->max_depth,
    };
    Walk *walk = walk_begin(limits->max_payload_chars, limits->max_value_chars, limits->capture_budget_us);
    Wire *wire = &walk->wire;
    Results results = {.count = 0};
    WireMessage message = wire_begin(wire, STUB_MESSAGE_CAPTURE);

    date_text_refresh();
    known_refresh();
    walk_reserve(walk, TRAILER_BYTES);
    put_id(wire, CAPTURE_BREAKPOINT_ID, request->breakpoint_id);
    wire_uint(wire, CAPTURE_SEQUENCE, request->sequence);
    wire_uint(wire, CAPTURE_TIME_UNIX_US, time_unix_us());
    wire_uint(wire, CAPTURE_THREAD_ID, PyThread_get_thread_ident());
    put_trace(wire, CAPTURE_TRACE);

    uint32_t num_frames = reserve_frames(walk, top, limits->max_frames);
    put_expressions(walk, CAPTURE_EXPRESSIONS, request, top, &expression_limits, &results);
    put_frames(walk, request, top, num_frames, &value_limits);
    put_table(walk, &value_limits);

    walk_put_types(walk, CAPTURE_STRINGS);
    if (walk->is_out_of_time)
        wire_uint(wire, CAPTURE_IS_BUDGET_EXHAUSTED, 1);
    walk_end(walk);
    results_deinit(&results);
    wire_uint(wire, CAPTURE_CAPTURE_NS, clock_now_ns() - walk->start_ns);
    wire_end(wire, message);

    *ret_packet = walk->packet;
    *ret_len_bytes = (size_t)(wire->at - walk->packet);
    return results.is_put_off ? CAPTURE_E_PUT_OFF : 0;
}

int capture_log_entry(const CaptureRequest *request, const Frame *top, const uint8_t **ret_packet,
                      size_t *ret_len_bytes)
{
    static const FrameFields fields = {LOG_ENTRY_FUNCTION, LOG_ENTRY_SELF_TYPE, LOG_ENTRY_PATH,
                                       LOG_ENTRY_LINE};
    Walk *walk = walk_begin(UINT32_MAX, log_limits.max_chars, request->limits->capture_budget_us);
    Wire *wire = &walk->wire;
    Results results = {.count = 0};
    WireMessage message = wire_begin(wire, STUB_MESSAGE_LOG_ENTRY);

    date_text_refresh();
    known_refresh();
    walk_reserve(walk, TRAILER_BYTES);
    put_id(wire, LOG_ENTRY_BREAKPOINT_ID, request->breakpoint_id);
    wire_uint(wire, LOG_ENTRY_TIME_UNIX_US, time_unix_us());
    put_place(walk, top, request->line, &fields);
    wire_uint(wire, LOG_ENTRY_THREAD_ID, PyThread_get_thread_ident());
    put_trace(wire, LOG_ENTRY_TRACE);
    if (request->num_suppressed)
        wire_uint(wire, LOG_ENTRY_NUM_SUPPRESSED, request->num_suppressed);
    put_expressions(walk, LOG_ENTRY_VALUES, request, top, &log_limits, &results);
    walk_put_types(walk, LOG_ENTRY_STRINGS);
    walk_end(walk);
    results_deinit(&results);
    wire_end(wire, message);

    *ret_packet = walk->packet;
    *ret_len_bytes = (size_t)(wire->at - walk->packet);
    return 0;
}
