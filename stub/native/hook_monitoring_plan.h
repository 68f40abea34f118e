/* Monitoring plan: what to ask sys.monitoring for so that a hook is called each time its line begins.
 *
 * LINE is the event of choice. INSTRUCTION is needed where the version makes LINE slow (CPython 3.12 and 3.13
 * walk the table of lines on every hit where the distance to the first line does not fit a byte), or does not
 * report what counts (a jump back within the line). Never both in one code object: INSTRUCTION then is lost
 * to other tools' LINE. */
#pragma once

#include <Python.h>

#include <stdbool.h>

/* The code units [first, end) of an instruction. */
typedef struct MonitoringPlace {
    int first;
    int end;
} MonitoringPlace;

typedef struct MonitoringPlaces {
    MonitoringPlace *places;
    int num_places;
} MonitoringPlaces;

typedef struct MonitoringPlan {
    bool needs_instruction;
    bool needs_py_start; /* LINE is only reported if PY_START is on */
    MonitoringPlaces by_line;
    MonitoringPlaces by_instruction;
} MonitoringPlan;

/* monitoring_plan_init() - for @line of @code. Returns 0, HOOK_E_NO_LINE, HOOK_E_UNPATCHABLE, or -ENOMEM.
 * Holds the GIL. */
int monitoring_plan_init(MonitoringPlan *self, PyCodeObject *code, int line);

/* monitoring_places_have() - whether the instruction at @unit is one of them. */
bool monitoring_places_have(const MonitoringPlaces *self, int unit);

/* monitoring_plan_deinit() - frees the places. */
void monitoring_plan_deinit(MonitoringPlan *self);
