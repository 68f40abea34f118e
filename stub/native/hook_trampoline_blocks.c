#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_handlers.h"

#include <errno.h>
#include <stdlib.h>

/* What an instruction has set up. The blocks that are open at a place are the innermost and its outer ones.
 */
typedef struct Block {
    int outer;   /* index of a block; NO_BLOCK: it is the outermost */
    int handler; /* index of the instruction that BREAK_LOOP or exceptions go to */
    int level;   /* what the stack is unwound to */
    BlockKind kind;
} Block;

#define NO_BLOCK (-1)

/* The walk over the instructions that can be reached. */
typedef struct Walk {
    Bytecode *bytecode;
    const int *index_of_unit;
    int num_units;
    Block *blocks;
    int num_blocks;
    int *inside; /* the innermost block at each instruction */
    int *todo;
    int num_todo;
} Walk;

/* The first to come decides. Where ways meet with stacks of different heights, as at the start of `finally`,
 * that is the handler of exceptions, and the highest: it is entered when its block is set up. */
static void reach(Walk *self, int index, int depth, int block)
{
    Instruction *instruction = &self->bytecode->instructions[index];

    if (index >= self->bytecode->num_instructions || instruction->depth >= 0)
        return;
    instruction->depth = depth < 0 ? 0 : depth;
    self->inside[index] = block;
    self->todo[self->num_todo++] = index;
}

/* Returns the block, or -EINVAL. */
static int set_up_block(Walk *self, int index)
{
    const Instruction *instruction = &self->bytecode->instructions[index];
    BlockKind kind = hook_opcodes_block_kind(instruction->opcode);
    int unit =
        instruction->first_unit + instruction->num_units + hook_opcodes_jump_units(instruction->argument);
    int level = instruction->depth + hook_opcodes_block_level(instruction->opcode);

    if (unit >= self->num_units || self->index_of_unit[unit] < 0)
        return -EINVAL;
    self->blocks[self->num_blocks] = (Block){
        .outer = self->inside[index],
        .handler = self->index_of_unit[unit],
        .level = level,
        .kind = kind,
    };
    reach(self, self->index_of_unit[unit], level + (kind == BLOCK_CATCH ? HOOK_OPCODES_EXCEPTION_DEPTH : 0),
          self->inside[index]);
    return self->num_blocks++;
}

static int find_block(const Walk *self, int block, BlockKind kind)
{
    while (block != NO_BLOCK && self->blocks[block].kind != kind)
        block = self->blocks[block].outer;
    return block;
}

/* Leaving and repeating a loop unwinds the stack to what the loop has found: that is reached from elsewhere.
 */
static bool unwinds_to_loop(int opcode)
{
#ifdef BREAK_LOOP
    return opcode == BREAK_LOOP || opcode == CONTINUE_LOOP;
#else
    (void)opcode;
    return false;
#endif
}

static int visit(Walk *self, int index)
{
    Instruction *instruction = &self->bytecode->instructions[index];
    int inside = self->inside[index];

    if (hook_opcodes_block_kind(instruction->opcode) != BLOCK_NONE) {
        inside = set_up_block(self, index);
        if (inside < 0)
            return inside;
    } else if (instruction->opcode == POP_BLOCK && inside != NO_BLOCK) {
        inside = self->blocks[inside].outer;
    }
    if (unwinds_to_loop(instruction->opcode)) {
        int loop = find_block(self, inside, BLOCK_LOOP);

        if (instruction->target < 0 && loop != NO_BLOCK)
            instruction->target = self->blocks[loop].handler;
    } else if (instruction->target >= 0) {
        reach(self, instruction->target, bytecode_depth_after(instruction, true), inside);
    }
    if (bytecode_falls_through(self->bytecode, index))
        reach(self, index + 1, bytecode_depth_after(instruction, false), inside);
    return 0;
}

/* Runs of instructions whose exceptions go to the same place. */
static void enter_handlers(Walk *self)
{
    Bytecode *bytecode = self->bytecode;
    int previous = NO_BLOCK;

    for (int i = 0; i < bytecode->num_instructions; i++) {
        bool is_reached = bytecode->instructions[i].depth >= 0;
        int block = is_reached ? find_block(self, self->inside[i], BLOCK_CATCH) : NO_BLOCK;

        if (block != NO_BLOCK && block == previous) {
            bytecode->handlers[bytecode->num_handlers - 1].end = i + 1;
        } else if (block != NO_BLOCK) {
            bytecode->handlers[bytecode->num_handlers++] = (Handler){
                .start = i,
                .end = i + 1,
                .target = self->blocks[block].handler,
                .depth = self->blocks[block].level,
            };
        }
        previous = block;
    }
}

static int walk(Walk *self, PyCodeObject *code)
{
    int result = 0;

    reach(self, 0, hook_opcodes_first_depth(code), NO_BLOCK);
    while (self->num_todo > 0 && result == 0)
        result = visit(self, self->todo[--self->num_todo]);
    if (result == 0)
        enter_handlers(self);
    return result;
}

int hook_handlers_find(Bytecode *self, PyCodeObject *code, int *index_of_unit, int num_units)
{
    size_t room = (size_t)self->num_instructions + 1;
    Walk state = {
        .bytecode = self,
        .index_of_unit = index_of_unit,
        .num_units = num_units,
        .blocks = malloc(sizeof(Block) * room),
        .inside = malloc(sizeof(int) * room),
        .todo = malloc(sizeof(int) * room),
    };
    int result = -ENOMEM;

    self->handlers = malloc(sizeof(*self->handlers) * room);
    if (self->handlers && state.blocks && state.inside && state.todo)
        result = walk(&state, code);
    free(state.blocks);
    free(state.inside);
    free(state.todo);
    return result;
}
