/* Monitoring plan: which event of sys.monitoring to ask for so that a hook is called each time its line
 * begins.
 *
 * LINE, unless the version makes it slow at this place (CPython 3.12 and 3.13 walk the table of lines on
 * every hit where the distance to the first line does not fit a byte), or does not report what counts (a jump
 * back within the line). */
#pragma once

#include <Python.h>

#include <stdbool.h>

typedef enum MonitoringEvent {
    MONITORING_LINE,
    MONITORING_INSTRUCTION,
} MonitoringEvent;

/* The code units [first, end) of an instruction. */
typedef struct MonitoringPlace {
    int first;
    int end;
} MonitoringPlace;

typedef struct MonitoringPlan {
    MonitoringEvent event;
    bool needs_py_start; /* LINE is only reported if PY_START is on */
    MonitoringPlace *places;
    int num_places;
} MonitoringPlan;

/* monitoring_plan_init() - for @line of @code. Returns 0, HOOK_E_NO_LINE, HOOK_E_UNPATCHABLE, or -ENOMEM.
 * Holds the GIL. */
int monitoring_plan_init(MonitoringPlan *self, PyCodeObject *code, int line);

/* monitoring_plan_has() - whether the line begins at the instruction at @unit. */
bool monitoring_plan_has(const MonitoringPlan *self, int unit);

/* monitoring_plan_deinit() - frees the places. */
void monitoring_plan_deinit(MonitoringPlan *self);
