/* Run: one evaluation of a program: its budget, and how it failed.
 *
 * The pieces of the evaluator (values, operators, access, calls) are functions that take a Run and return
 * NULL, -1 or false when the run has failed; why is in the Run, never in CPython's error indicator. Holds the
 * GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/evaluate/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A unit is about 20 ns of work on the slowest machine that was measured: one element compared, 32 bytes
 * copied. */
#define RUN_UNITS_PER_US      50
#define RUN_BYTES_PER_UNIT    32
#define RUN_UNITS_UNTIL_CLOCK 256

/* No operation makes a result of more than this, whatever the time. */
#define RUN_RESULT_BYTES_MAX (1024 * 1024)

/* Objects of own.h at a time: one may hold the next, and they are freed in one another. */
#define RUN_OWNED_MAX 100

/* Of values in values. */
#define RUN_DEPTH_MAX 40

/* Why a part of an expression is refused, until it is known which. */
typedef struct RunReason {
    bool is_value; /* what a value is, not what an operation would do */
    char text[240];
} RunReason;

struct Writing; /* see reprs.h */

typedef struct Run {
    const Frame *frame;
    Status *status;      /* NULL: no text is made */
    int outcome;         /* 0, PROGRAM_E_*, or a negative errno */
    PyObject *exception; /* of PROGRAM_E_RAISED: its class, borrowed */
    RunReason *reason;   /* borrowed; NULL: nobody reads it */
    bool has_reason;     /* the part that it is about is not known yet */
    uint32_t budget_us;
    int64_t units_left;   /* until the next look at the clock */
    uint64_t deadline_ns; /* 0: the clock has not been looked at */
    uint64_t making_ns;   /* of the processor's time, on programs of functions, which are made only once */
    unsigned depth;
    unsigned num_calls;            /* of functions of the app that are being walked */
    unsigned num_owned;            /* objects of own.h that may hold one another */
    const struct Writing *writing; /* what repr() is being asked of; NULL: nothing */
    PyObject *decimal_variables;   /* see decimals.h; owned, or NULL */
    PyObject *decimal_context;
    PyObject *flags; /* a list of what flags.h has made; owned, or NULL */
} Run;

/* The original's answer to whatever may change state. */
#define RUN_REFUSAL "Only immutable methods can be called from expressions"

/* run_refuse() - what is asked for could run code of the app, or change something, and there is nothing more
 * to say about it. */
void *run_refuse(Run *run);

/* run_refuse_act() - the same, with what the refused part would do: "changes a list". It ends a sentence that
 * begins with the part's source. */
void *run_refuse_act(Run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* run_refuse_value() - with what the part, or what it is given, is: "a generator: reading it would use it
 * up". */
void *run_refuse_value(Run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* run_refuse_method() - it would run a special method of the value's type, which is not a builtin one. */
void *run_refuse_method(Run *run, PyObject *value, const char *method);

/* run_tell_part() - completes the message of a refusal with the source of the part that was refused. The
 * first that is told counts. @is_call: it is a function that was called. */
void run_tell_part(Run *run, const char *source, size_t len_bytes, bool is_call);

/* run_set_refusal() - the message of a refusal without a run. @reason may be NULL, @len_bytes 0. */
void run_set_refusal(Status *status, const char *reason, const char *source, size_t len_bytes);

/* run_wait() - the function called @name cannot be looked at now; @reason ends a sentence that begins with
 * it. */
void *run_wait(Run *run, PyObject *name, const char *reason);

/* Time that is spent on what is done only once: the deadline moves. */
typedef struct RunPause {
    uint64_t begin_ns;
    uint64_t begin_cpu_ns;
} RunPause;

RunPause run_pause(void);
void run_resume(Run *run, RunPause pause);

/* run_exhaust() - it would take more time or memory than the budget has. */
void *run_exhaust(Run *run);

/* run_raise() - Python would raise an exception of this class, which outlives the run, with this text (UTF-8,
 * cut at about 400 bytes). */
void *run_raise(Run *run, PyObject *exception, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* run_raise_pending() - a function of CPython has failed: takes its exception. */
void *run_raise_pending(Run *run);

/* run_drop_pending() - a function of CPython may have failed, and nobody asks why. What the handler of a
 * signal has raised by the way is given to the app. */
void run_drop_pending(void);

/* run_take() - what a function of CPython has made, or NULL: then the run has failed with its exception. */
static inline PyObject *run_take(Run *run, PyObject *result)
{
    return result ? result : (PyObject *)run_raise_pending(run);
}

/* run_truth() - True or False, a new reference; negative: NULL, the run has failed. */
PyObject *run_truth(int truth);

/* run_fail() - a negative errno. */
void *run_fail(Run *run, int negative_errno);

/* run_raise_again() - what was raised before, with the text that it had. */
static inline void *run_raise_again(Run *run, PyObject *exception)
{
    run->outcome = PROGRAM_E_RAISED;
    run->exception = exception;
    return NULL;
}

/* run_has_raised() - whether it has failed with an exception that `except @exception` would catch. */
bool run_has_raised(const Run *run, PyObject *exception);

/* run_recover() - goes on as if it had not failed. */
static inline void run_recover(Run *run)
{
    run->outcome = 0;
    run->exception = NULL;
}

/* run_charge_slowly() - for run_charge(). */
bool run_charge_slowly(Run *run, uint64_t units);

/* run_charge() - before the work is done. False: the budget is used up, and the run has failed. */
static inline bool run_charge(Run *run, uint64_t units)
{
    if (run->units_left > 0 && (uint64_t)run->units_left > units) {
        run->units_left -= (int64_t)units;
        return true;
    }
    return run_charge_slowly(run, units);
}

/* run_charge_bytes() - as much work as copying so many. */
static inline bool run_charge_bytes(Run *run, uint64_t num_bytes)
{
    return run_charge(run, 1 + num_bytes / RUN_BYTES_PER_UNIT);
}

/* run_enter() - one level deeper. False: the run has failed. Pairs with run_leave(), also when it has failed.
 */
static inline bool run_enter(Run *run)
{
    if (++run->depth <= RUN_DEPTH_MAX)
        return true;
    run_exhaust(run);
    return false;
}

static inline void run_leave(Run *run)
{
    run->depth--;
}

/* run_text() - @text as UTF-8 into @buffer, for messages: cut, lone surrogates as '?', with a NUL. Returns
 * @buffer. */
const char *run_text(PyObject *text, char *buffer, size_t size_bytes);

#ifdef __cplusplus
}
#endif
