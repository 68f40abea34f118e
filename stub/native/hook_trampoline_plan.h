/* Plan: which instructions are to be displaced so that the hook is called where a line begins (CPython 3.6 to
 * 3.10). Pure. */
#pragma once

#include "stub/native/hook_lines.h"
#include "stub/native/hook_trampoline_detour.h"

/* plan_line() - the calls that @line needs, given where it begins. @list: the detours that there are. Returns
 * 0 and *ret_calls (detour_calls_deinit() them), -EINVAL if there is no way to call the hook there, -ENOMEM.
 */
int plan_line(const DetourMap *map, const LinePoints *points, const DetourList *list, void *line,
              DetourCalls *ret_calls);

/* plan_frames() - calls wherever a frame of the code object starts, and goes on after it has yielded;
 * otherwise as plan_line(). */
int plan_frames(const DetourMap *map, const LinePoints *points, const DetourList *list, void *line,
                DetourCalls *ret_calls);

/* plan_find_starts() - the units at which the line begins: *ret_units (owned, free()). Returns how many they
 * are, or -ENOMEM. */
int plan_find_starts(const DetourMap *map, const LinePoints *points, int **ret_units);
