/* Lines: where in the bytecode a line begins to run, so that a hook there is called once for each time it
 * does.
 *
 * A line begins where control comes to it from another line, or jumps back to it (a loop on one line). It
 * does not begin again where an expression or a `with` statement that spans several lines comes back to it:
 * an evaluation that was begun on this line is then still on the stack. Nor does a comprehension on one line,
 * which older versions run as a function. Pure, but for reading the bytecode. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/hook_bytecode.h"

/* Where a line begins, as flags of an instruction. */
#define LINE_POINT_FALL    1 /* on arriving at this instruction from the one before it, or as the first */
#define LINE_POINT_HANDLER 2 /* on arriving at it as a handler of exceptions */
#define LINE_POINT_JUMP    4 /* on taking the jump of this instruction */

typedef struct LinePoints {
    uint8_t *flags; /* one for each instruction */
    int *lines;     /* the line of each; 0: none */
    bool has_line;  /* the line has an instruction that can run */
} LinePoints;

/* line_points_init() - finds the points of @line. Returns 0 or -ENOMEM. */
int line_points_init(LinePoints *self, const Bytecode *bytecode, int line);

/* line_points_deinit() - frees what line_points_init() made. */
void line_points_deinit(LinePoints *self);
