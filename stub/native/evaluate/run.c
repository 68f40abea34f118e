#include "stub/native/compat.h"

#include <stdarg.h>
#include <stdio.h>

#include "stub/native/clock.h"
#include "stub/native/evaluate/run.h"
#include "stub/native/text.h"

#define MESSAGE_BYTES_MAX 400
#define PART_BYTES_MAX    80 /* of the source of a refused part */

static void set_status(Run *run, const char *text)
{
    if (run->status)
        status_set(run->status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_VALUE, "Exception occurred: $0",
                   1, text);
}

void *run_refuse(Run *run)
{
    run->outcome = PROGRAM_E_REFUSED;
    run->has_reason = false;
    set_status(run, RUN_REFUSAL);
    return NULL;
}

/* Names of the app's types may have been cut in the middle of a character. */
static void mend_utf8(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c;) {
        int num_more = *c < 0x80 ? 0 : *c < 0xC2 ? -1 : *c < 0xE0 ? 1 : *c < 0xF0 ? 2 : *c < 0xF5 ? 3 : -1;
        int found = 0;

        while (found < num_more && (c[found + 1] & 0xC0) == 0x80)
            found++;
        if (found != num_more)
            *c = '?';
        c += found == num_more ? num_more + 1 : 1;
    }
}

__attribute__((format(printf, 3, 0))) static void refuse_with_reason(Run *run, bool is_value,
                                                                     const char *format, va_list arguments)
{
    run->outcome = PROGRAM_E_REFUSED;
    if (!run->reason)
        return;
    vsnprintf(run->reason->text, sizeof(run->reason->text), format, arguments);
    run->reason->is_value = is_value;
    run->has_reason = true;
}

void *run_refuse_act(Run *run, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    refuse_with_reason(run, false, format, arguments);
    va_end(arguments);
    return NULL;
}

void *run_refuse_value(Run *run, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    refuse_with_reason(run, true, format, arguments);
    va_end(arguments);
    return NULL;
}

void *run_refuse_method(Run *run, PyObject *value, const char *method)
{
    return run_refuse_act(run, "would run `%.80s.%s`", Py_TYPE(value)->tp_name, method);
}

void run_set_refusal(Status *status, const char *reason, const char *source, size_t len_bytes)
{
    char text[MESSAGE_BYTES_MAX];
    bool is_long = len_bytes > PART_BYTES_MAX;

    if (!reason)
        snprintf(text, sizeof(text), RUN_REFUSAL);
    else if (len_bytes == 0)
        snprintf(text, sizeof(text), RUN_REFUSAL ": this %s", reason);
    else
        snprintf(text, sizeof(text), RUN_REFUSAL ": `%.*s%s` %s", is_long ? PART_BYTES_MAX : (int)len_bytes,
                 source, is_long ? "..." : "", reason);
    mend_utf8(text);
    status_set(status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_VALUE, "Exception occurred: $0", 1,
               text);
}

void run_tell_part(Run *run, const char *source, size_t len_bytes, bool is_call)
{
    char reason[sizeof(run->reason->text) + 16];

    if (run->outcome != PROGRAM_E_REFUSED || !run->has_reason)
        return;
    run->has_reason = false;
    snprintf(reason, sizeof(reason), "%s%s",
             !run->reason->is_value ? ""
             : is_call              ? "is given "
                                    : "is ",
             run->reason->text);
    run_set_refusal(run->status, reason, source, len_bytes);
}

void *run_wait(Run *run, PyObject *name, const char *reason)
{
    char name_text[160];
    char text[MESSAGE_BYTES_MAX];

    run->outcome = PROGRAM_E_WAITING;
    if (!run->status)
        return NULL;
    snprintf(text, sizeof(text), "`%s` %s", run_text(name, name_text, sizeof(name_text)), reason);
    set_status(run, text);
    return NULL;
}

void *run_exhaust(Run *run)
{
    run->outcome = PROGRAM_E_BUDGET;
    set_status(run, "The expression takes too much time or memory");
    return NULL;
}

void *run_fail(Run *run, int negative_errno)
{
    run->outcome = negative_errno;
    return NULL;
}

void *run_raise(Run *run, PyObject *exception, const char *format, ...)
{
    char text[MESSAGE_BYTES_MAX];
    va_list arguments;

    run->outcome = PROGRAM_E_RAISED;
    run->exception = exception;
    if (!run->status)
        return NULL; /* a condition: nobody reads the text */
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    set_status(run, text);
    return NULL;
}

const char *run_text(PyObject *text, char *buffer, size_t size_bytes)
{
    size_t len_bytes = text_to_utf8(text, text_length(text), buffer, size_bytes - 1);

    /* A lone surrogate is three bytes, of which the first two are ED A0..BF. */
    for (size_t i = 0; i + 2 < len_bytes; i++)
        if ((uint8_t)buffer[i] == 0xED && (uint8_t)buffer[i + 1] >= 0xA0)
            memset(buffer + i, '?', 3);
    buffer[len_bytes] = '\0';
    return buffer;
}

/* The exceptions that C code raises are of builtin types, whose str() is C code too. */
static void raise_exception(Run *run, PyObject *exception)
{
    char text[MESSAGE_BYTES_MAX];
    PyObject *string = Py_TYPE(exception)->tp_flags & Py_TPFLAGS_HEAPTYPE ? NULL : PyObject_Str(exception);

    if (string)
        (void)run_raise(run, (PyObject *)Py_TYPE(exception), "%s", run_text(string, text, sizeof(text)));
    else
        (void)run_raise(run, (PyObject *)Py_TYPE(exception), "%s", Py_TYPE(exception)->tp_name);
    Py_XDECREF(string);
    PyErr_Clear();
}

static int raise_in_app(void *consumed)
{
    PyObject *value = consumed;

    PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(value)), value, PyException_GetTraceback(value));
    return -1;
}

/* A signal has come: CPython runs its handler also in the midst of C code (PyErr_CheckSignals(), in repr()
 * and where ints are long), and what that raises is the app's. It is raised again where the app goes on. A
 * handler in Python leaves a traceback, which C code does not. */
static bool give_back(void)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    if (!traceback && !PyErr_GivenExceptionMatches(type, PyExc_KeyboardInterrupt)) {
        PyErr_Restore(type, value, traceback);
        return false;
    }
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback)
        (void)PyException_SetTraceback(value, traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    PyErr_Clear();
    /* Only when 32 other things wait for it. */
    if (value && Py_AddPendingCall(raise_in_app, value) < 0)
        Py_DECREF(value);
    return true;
}

void run_drop_pending(void)
{
    if (PyErr_Occurred() && !give_back())
        PyErr_Clear();
}

void *run_raise_pending(Run *run)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;

    if (PyErr_Occurred() && give_back())
        return run_raise(run, PyExc_KeyboardInterrupt, "interrupted by the handler of a signal");
    if (!run->status && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Fetch(&type, &value, &traceback);
        run->outcome = PROGRAM_E_RAISED;
        run->exception = type; /* a builtin one */
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return NULL;
    }
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (value && PyErr_GivenExceptionMatches(value, PyExc_MemoryError))
        (void)run_exhaust(run);
    else if (value)
        raise_exception(run, value);
    else
        (void)run_raise(run, PyExc_Exception, "unknown");
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return NULL;
}

PyObject *run_truth(int truth)
{
    return truth < 0 ? NULL : Py_NewRef(truth ? Py_True : Py_False);
}

bool run_has_raised(const Run *run, PyObject *exception)
{
    return run->outcome == PROGRAM_E_RAISED &&
           PyType_IsSubtype((PyTypeObject *)run->exception, (PyTypeObject *)exception);
}

RunPause run_pause(void)
{
    return (RunPause){clock_now_ns(), clock_ns(CLOCK_THREAD_CPUTIME_ID)};
}

void run_resume(Run *run, RunPause pause)
{
    run->making_ns += clock_ns(CLOCK_THREAD_CPUTIME_ID) - pause.begin_cpu_ns;
    if (run->deadline_ns != 0)
        run->deadline_ns += clock_now_ns() - pause.begin_ns;
}

bool run_charge_slowly(Run *run, uint64_t units)
{
    uint64_t now_ns;

    /* A single step that cannot be interrupted and would alone take the whole budget is not begun. */
    if (run->outcome || units > (uint64_t)run->budget_us * RUN_UNITS_PER_US) {
        if (!run->outcome)
            (void)run_exhaust(run);
        return false;
    }
    now_ns = clock_now_ns();
    if (run->deadline_ns == 0)
        run->deadline_ns = now_ns + (uint64_t)run->budget_us * 1000;
    if (now_ns >= run->deadline_ns) {
        (void)run_exhaust(run);
        return false;
    }
    run->units_left = RUN_UNITS_UNTIL_CLOCK;
    return true;
}
