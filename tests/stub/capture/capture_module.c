/* The module _capture: capture and evaluation without hooks, agent and broker, for tests and benches.
 *
 * The frame is that of the caller, or of one of its callers. */
#define PY_SSIZE_T_CLEAN
#include "stub/native/compat.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>

#include "stub/native/capture.h"
#include "stub/native/visibility.h"
#include "tests/stub/capture/message_dict.h"

#define PATTERNS_MAX 64

static int find_frame(int depth, Frame *ret_frame)
{
    if (!frame_current(ret_frame)) {
        PyErr_SetString(PyExc_RuntimeError, "no frame");
        return -1;
    }
    while (depth-- > 0) {
        if (!frame_previous(ret_frame, ret_frame)) {
            PyErr_SetString(PyExc_ValueError, "not that many frames");
            return -1;
        }
    }
    return 0;
}

static PyObject *status_to_tuple(const Status *status)
{
    PyObject *parameters = PyList_New(0);
    PyObject *result;

    for (size_t i = 0; parameters && i < status->num_parameters; i++) {
        PyObject *parameter = PyUnicode_FromString(status->parameters[i]);

        if (!parameter || PyList_Append(parameters, parameter) < 0)
            Py_CLEAR(parameters);
        Py_XDECREF(parameter);
    }
    if (!parameters)
        return NULL;
    result = Py_BuildValue("(ziN)", status->format, (int)status->refers_to, parameters);
    return result;
}

/* ----------------------------------------------------------------------------------- evaluation */

/* evaluate(source, depth=0, budget_us=5000, tells_class=False) -> (0, value) or
 * (outcome, (format, refers_to, parameters)); with tells_class and an exception its class is the third. */
static PyObject *evaluate(PyObject *module, PyObject *arguments, PyObject *keywords)
{
    static const char *const names[] = {"source", "depth", "budget_us", "tells_class", NULL};
    const char *source;
    int depth = 0;
    unsigned budget_us = 5000;
    int tells_class = 0;
    Program *program = NULL;
    Status status = {0};
    PyObject *value = NULL;
    PyObject *exception = NULL;
    Frame frame;
    int outcome;

    (void)module;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "s|iIp", (char **)names, &source, &depth,
                                     &budget_us, &tells_class) ||
        find_frame(depth, &frame) < 0)
        return NULL;
    outcome = program_new(source, &program, &status);
    if (outcome == 0)
        outcome = program_run_and_tell(program, &frame, budget_us, &value, &exception, &status);
    program_free(program);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        PyErr_SetString(PyExc_SystemError, "an exception was left set");
        return NULL;
    }
    PyObject *result;
    if (outcome == 0 && status.format == NULL)
        result = Py_BuildValue("(iN)", outcome, value);
    else if (tells_class && exception)
        result = Py_BuildValue("(iNO)", outcome, status_to_tuple(&status), exception);
    else
        result = Py_BuildValue("(iN)", outcome, status_to_tuple(&status));
    status_deinit(&status);
    return result;
}

/* condition(source, depth=0, budget_us=5000, repeat=1) -> (outcome, is_true or status, ns per evaluation) */
static PyObject *condition(PyObject *module, PyObject *arguments, PyObject *keywords)
{
    static const char *const names[] = {"source", "depth", "budget_us", "repeat", NULL};
    const char *source;
    int depth = 0;
    unsigned budget_us = 5000;
    unsigned repeat = 1;
    Program *program = NULL;
    Status status = {0};
    bool is_true = false;
    struct timespec start;
    struct timespec end;
    Frame frame;
    int outcome;

    (void)module;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "s|iII", (char **)names, &source, &depth,
                                     &budget_us, &repeat) ||
        find_frame(depth, &frame) < 0)
        return NULL;
    outcome = program_new(source, &program, &status);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned i = 0; i < repeat && outcome == 0; i++) {
        /* As the hook does it: the frame is looked for at every hit. */
        (void)find_frame(depth, &frame);
        outcome = program_run_condition(program, &frame, budget_us, &is_true, &status);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    program_free(program);

    double ns = (double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec);
    PyObject *result = Py_BuildValue(
        "(iNd)", outcome, outcome == 0 ? PyBool_FromLong(is_true) : status_to_tuple(&status), ns / repeat);
    status_deinit(&status);
    return result;
}

/* -------------------------------------------------------------------------------------- capture */

#define EXPRESSIONS_MAX 300

typedef struct Request {
    CaptureRequest capture;
    CaptureLimits limits;
    Expression expressions[EXPRESSIONS_MAX];
    Frame frame;
    unsigned repeat;
    int send_to; /* a socket that the packet is sent to, within the time; -1: none */
} Request;

static void request_deinit(Request *request)
{
    for (size_t i = 0; i < request->capture.num_expressions; i++) {
        program_free(request->expressions[i].program);
        status_deinit(&request->expressions[i].status);
    }
}

static int set_limit(Snapshot__Limits *limits, PyObject *name, PyObject *value)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(limits->base.descriptor, PyUnicode_AsUTF8(name));
    unsigned long number = PyLong_AsUnsignedLong(value);

    if (!field) {
        PyErr_SetObject(PyExc_TypeError, name);
        return -1;
    }
    if (PyErr_Occurred())
        return -1;
    *(uint32_t *)((char *)limits + field->offset) = (uint32_t)number;
    return 0;
}

static int compile_expressions(Request *request, PyObject *expressions)
{
    PyObject *sources = PySequence_Fast(expressions, "expressions");

    for (Py_ssize_t i = 0; sources && i < PySequence_Fast_GET_SIZE(sources) && i < EXPRESSIONS_MAX; i++) {
        Expression *expression = &request->expressions[i];
        const char *source = PyUnicode_AsUTF8(PySequence_Fast_GET_ITEM(sources, i));

        *expression = (Expression){0};
        if (!source || program_new(source, &expression->program, &expression->status) < 0)
            break;
        request->capture.num_expressions++;
    }
    Py_XDECREF(sources);
    return PyErr_Occurred() ? -1 : 0;
}

/* (depth=0, expressions=(), *, line=1, repeat=1, send_to=-1, max_..=0) */
static int parse_request(PyObject *arguments, PyObject *keywords, Request *request)
{
    Snapshot__Limits limits = SNAPSHOT__LIMITS__INIT;
    PyObject *expressions = NULL;
    PyObject *name;
    PyObject *value;
    Py_ssize_t position = 0;
    int depth = 0;

    request->capture = (CaptureRequest){
        .breakpoint_id = "b-1",
        .line = 1,
        .expressions = request->expressions,
        .limits = &request->limits,
        .sequence = 7,
        .num_suppressed = 3,
    };
    request->repeat = 1;
    request->send_to = -1;
    if (!PyArg_ParseTuple(arguments, "|iO", &depth, &expressions) || find_frame(depth, &request->frame) < 0)
        return -1;
    while (keywords && PyDict_Next(keywords, &position, &name, &value)) {
        if (PyUnicode_CompareWithASCIIString(name, "line") == 0)
            request->capture.line = (int)PyLong_AsLong(value);
        else if (PyUnicode_CompareWithASCIIString(name, "repeat") == 0)
            request->repeat = (unsigned)PyLong_AsUnsignedLong(value);
        else if (PyUnicode_CompareWithASCIIString(name, "send_to") == 0)
            request->send_to = (int)PyLong_AsLong(value);
        else if (set_limit(&limits, name, value) < 0)
            return -1;
    }
    capture_limits_from_message(&request->limits, &limits);
    return expressions ? compile_expressions(request, expressions) : 0;
}

typedef int (*CaptureFunction)(const CaptureRequest *, const Frame *, const uint8_t **, size_t *);

static PyObject *run_capture(CaptureFunction function, PyObject *arguments, PyObject *keywords)
{
    static Request request; /* not of this thread's stack: captures under sanitizers need it */
    const uint8_t *packet = NULL;
    size_t len_bytes = 0;
    struct timespec start;
    struct timespec end;
    int outcome = 0;

    if (parse_request(arguments, keywords, &request) < 0) {
        request_deinit(&request);
        return NULL;
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned i = 0; i < request.repeat && outcome == 0; i++) {
        outcome = function(&request.capture, &request.frame, &packet, &len_bytes);
        if (outcome == CAPTURE_E_PUT_OFF)
            outcome = 0;
        if (outcome == 0 && request.send_to >= 0 &&
            send(request.send_to, packet, len_bytes, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            outcome = -errno;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    request_deinit(&request);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        PyErr_SetString(PyExc_SystemError, "an exception was left set");
        return NULL;
    }
    if (outcome != 0)
        return PyErr_Format(PyExc_OSError, "outcome %d", outcome);
    double ns = (double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec);
    return Py_BuildValue("(y#d)", (const char *)packet, (Py_ssize_t)len_bytes, ns / request.repeat);
}

/* capture(...) -> (packet, ns per capture) */
static PyObject *capture(PyObject *module, PyObject *arguments, PyObject *keywords)
{
    (void)module;
    return run_capture(capture_snapshot, arguments, keywords);
}

static PyObject *log_entry(PyObject *module, PyObject *arguments, PyObject *keywords)
{
    (void)module;
    return run_capture(capture_log_entry, arguments, keywords);
}

static int list_of_texts(PyObject *sequence, char *texts[PATTERNS_MAX], size_t *ret_count)
{
    *ret_count = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(sequence) && i < PATTERNS_MAX; i++) {
        texts[i] = (char *)PyUnicode_AsUTF8(PyTuple_GET_ITEM(sequence, i));
        if (!texts[i])
            return -1;
        *ret_count = (size_t)i + 1;
    }
    return 0;
}

/* set_visibility(blacklist, whitelist, error=""), two tuples; set_visibility() for no restriction */
static PyObject *set_visibility(PyObject *module, PyObject *arguments)
{
    Snapshot__Visibility message = SNAPSHOT__VISIBILITY__INIT;
    PyObject *blacklist = NULL;
    PyObject *whitelist = NULL;
    const char *error = "";
    char *texts[2][PATTERNS_MAX];

    (void)module;
    if (!PyArg_ParseTuple(arguments, "|O!O!s", &PyTuple_Type, &blacklist, &PyTuple_Type, &whitelist, &error))
        return NULL;
    if (blacklist && whitelist) {
        message.is_restricted = 1;
        message.error = (char *)error;
        message.blacklist = texts[0];
        message.whitelist = texts[1];
        if (list_of_texts(blacklist, texts[0], &message.n_blacklist) < 0 ||
            list_of_texts(whitelist, texts[1], &message.n_whitelist) < 0)
            return NULL;
    }
    visibility_set(&message);
    Py_RETURN_NONE;
}

static PyObject *matches(PyObject *module, PyObject *arguments)
{
    const char *text;
    const char *pattern;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "ss", &text, &pattern))
        return NULL;
    return PyBool_FromLong(visibility_matches(text, pattern));
}

/* decode(packet) -> dict of a StubMessage */
static PyObject *decode(PyObject *module, PyObject *packet)
{
    Snapshot__StubMessage *message;
    PyObject *dict;

    (void)module;
    if (!PyBytes_Check(packet))
        return PyErr_Format(PyExc_TypeError, "bytes");
    message = snapshot__stub_message__unpack(NULL, (size_t)PyBytes_GET_SIZE(packet),
                                             (const uint8_t *)PyBytes_AS_STRING(packet));
    if (!message)
        return PyErr_Format(PyExc_ValueError, "not a StubMessage");
    dict = message_to_dict(&message->base);
    snapshot__stub_message__free_unpacked(message, NULL);
    return dict;
}

static PyMethodDef functions[] = {
    {"evaluate", (PyCFunction)(void (*)(void))evaluate, METH_VARARGS | METH_KEYWORDS, NULL},
    {"condition", (PyCFunction)(void (*)(void))condition, METH_VARARGS | METH_KEYWORDS, NULL},
    {"capture", (PyCFunction)(void (*)(void))capture, METH_VARARGS | METH_KEYWORDS, NULL},
    {"log_entry", (PyCFunction)(void (*)(void))log_entry, METH_VARARGS | METH_KEYWORDS, NULL},
    {"decode", decode, METH_O, NULL},
    {"set_visibility", set_visibility, METH_VARARGS, NULL},
    {"matches", matches, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "_capture", .m_size = -1,
                                        .m_methods = functions};

PyMODINIT_FUNC PyInit__capture(void);

PyMODINIT_FUNC PyInit__capture(void)
{
    return PyModule_Create(&definition);
}
