/* Bytecode: the instructions of a code object, where they go, and how high the stack is before each. Made
 * anew for each hook that is set and dropped again: nothing of it is kept. Holds the GIL; no code of the app.
 */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>

#include "stub/native/hook_locations.h"

/* An instruction with its EXTENDED_ARGs and caches. Places are in code units of two bytes. */
typedef struct Instruction {
    int first_unit;
    int num_units;
    int num_caches;
    int opcode;
    int argument;
    int target; /* index of the instruction that it may jump to, or -1 */
    int depth;  /* of the stack before it; -1: it is never reached */
    CodeLocation location;
    bool can_begin_line; /* by coming from elsewhere and ahead, see hook_opcodes_added_code_has_line() */
} Instruction;

/* An entry of the exception table; indices of instructions, @end is the first that is not covered. */
typedef struct Handler {
    int start;
    int end;
    int target;
    int depth;
    bool has_lasti;
} Handler;

typedef struct Bytecode {
    Instruction *instructions;
    int num_instructions;
    Handler *handlers;
    int num_handlers;
    bool is_comprehension; /* the loop of a comprehension or generator expression, as a function */
    int first_traceable;   /* index of what follows the start (RESUME, GEN_START): before it no line runs */
} Bytecode;

/* bytecode_init() - decodes @code. Returns 0, -ENOMEM, or -EINVAL (not as CPython's compiler would have made
 * it). */
int bytecode_init(Bytecode *self, PyCodeObject *code);

/* bytecode_falls_through() - whether the instruction after @index may run after it. */
bool bytecode_falls_through(const Bytecode *self, int index);

/* bytecode_depth_after() - of the stack, if the jump is taken or not. */
int bytecode_depth_after(const Instruction *instruction, bool is_jump_taken);

/* bytecode_deinit() - frees what bytecode_init() made. A zeroed one is nothing. */
void bytecode_deinit(Bytecode *self);
