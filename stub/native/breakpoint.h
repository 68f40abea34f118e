/* Breakpoint: one entry of the table, for the files that set it (breakpoints.c), run it (hit.c) and report on
 * it (report.c). Everything holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stub/native/capture.h"
#include "stub/native/condition_cost.h"
#include "stub/native/hook.h"
#include "stub/native/kept_snapshot.h"
#include "stub/native/log_allowance.h"
#include "stub/native/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The original's words for a condition that would change state, or cannot be told not to. */
#define CONDITION_IS_MUTABLE "Only immutable expressions can be used in snapshot conditions"

typedef enum BreakpointPhase {
    BREAKPOINT_PENDING,   /* its module is not loaded */
    BREAKPOINT_ARMED,     /* hooked */
    BREAKPOINT_FAILED,    /* final, reported; `status` says why */
    BREAKPOINT_COMPLETED, /* final: the snapshot is taken */
} BreakpointPhase;

/* breakpoint_tell_refusal() - makes the status of a refused program that of a condition: the original's
 * words, and which part was refused and why as a parameter. */
void breakpoint_tell_refusal(Status *status);

/* A code object that has a hook of the breakpoint. */
typedef struct ArmedCode {
    Hook *hook;         /* owned */
    PyObject *code_ref; /* weak reference to the code object, owned; NULL when memory was out */
} ArmedCode;

typedef struct Breakpoint {
    struct Breakpoint *next;
    struct Breakpoint *next_retired;
    BreakpointPhase phase;
    bool is_retired;  /* not in the table any more, but somebody may be using it */
    bool is_locating; /* its line is being looked for; the GIL is given up meanwhile */
    bool must_locate; /* it is to be looked for, again or still */

    char *id;   /* owned */
    char *path; /* owned */
    int line;
    bool is_logpoint;
    Program *condition; /* owned; NULL: always */
    Expression *expressions;
    size_t num_expressions;
    bool has_own_limits; /* else they follow the session's */
    CaptureLimits limits;
    Status status;

    ArmedCode *codes;
    size_t num_codes;
    PyObject *filename;   /* co_filename of what is armed, owned; NULL: nothing is yet */
    PyObject *module_ref; /* weak reference to the module's code that was armed last, owned; or NULL */

    uint64_t set_at_ns;
    uint64_t retry_at_ns;   /* not before: the last capture found no room */
    uint64_t noted_at_ns;   /* the user was last told of a condition that failed; 0: never */
    uint64_t waiting_at_ns; /* of the condition: since then it was put off every time; 0: not the last time */
    ConditionMeter meter;   /* of its condition */
    LogAllowance allowance; /* logpoint */
    KeptSnapshot kept;
} Breakpoint;

/* breakpoint_sends_later() - it has a kept snapshot, to which breakpoints_work() will see. */
void breakpoint_sends_later(const Breakpoint *breakpoint);

/* breakpoint_disarm() - takes its hooks out. May be called from a hit of the breakpoint. */
void breakpoint_disarm(Breakpoint *breakpoint);

#ifdef __cplusplus
}
#endif
