/* Clone: a copy of a code object with calls of hooks in it (CPython 3.11).
 *
 * The call is `LOAD_CONST hook; POP_JUMP_FORWARD_IF_TRUE 0`: asking a constant for its truth runs C of the
 * stub, makes no event for profilers, checks for no signal and needs one place of the stack. It stands before
 * the instruction that begins the line, and everything behind it moves: jumps, the table of exceptions and
 * the table of lines are written anew. Thus any line can be hooked, and tracers see the lines that they would
 * see without it. Holds the GIL. */
#pragma once

#include <Python.h>

#include "stub/native/hook_bytecode.h"

/* A hook to be called at a line. */
typedef struct CloneLine {
    int line;
    PyObject *constant; /* borrowed; its truth is asked for, and is False */
} CloneLine;

/* From this unit on the clone's instructions are so many units further than the original's. */
typedef struct CloneShift {
    int original_unit;
    int clone_unit;
} CloneShift;

/* How places of the original and the clone correspond. */
typedef struct CloneMap {
    CloneShift *shifts;
    int num_shifts;
} CloneMap;

/* clone_code() - a copy of @original that calls the constants of @lines. Returns 0 with a new reference in
 * *ret_clone and *ret_map (clone_map_deinit() it), -ENOMEM, or -EINVAL (a code object that the compiler did
 * not make). Lines that
 * @original does not have are left out. */
int clone_code(PyCodeObject *original, const CloneLine *lines, int num_lines, PyCodeObject **ret_clone,
               CloneMap *ret_map);

/* clone_map_to_clone() and clone_map_to_original() - of a place that is not in an inserted call, in code
 * units. */
int clone_map_to_clone(const CloneMap *self, int original_unit);
int clone_map_to_original(const CloneMap *self, int clone_unit);

/* clone_map_deinit() - frees the shifts. */
void clone_map_deinit(CloneMap *self);
