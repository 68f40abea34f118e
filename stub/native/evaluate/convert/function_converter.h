/* Function converter: what the files that convert the statements of a function share. Nobody else includes
 * it. */
#pragma once

#include "stub/native/evaluate/convert/converter.h"
#include "stub/native/evaluate/functions/function_names.h"

/* Blocks in blocks; the parser allows 20 loops and try statements in one another. */
#define BLOCK_DEPTH_MAX 24

#define NO_JUMP UINT32_MAX

typedef enum BlockKind {
    BLOCK_LOOP,
    BLOCK_FINALLY, /* what is left by a jump would have to be run on the way */
} BlockKind;

/* What `break`, `continue` and `return` have around them. */
typedef struct Block {
    struct Block *outer;
    BlockKind kind;
    int iteration; /* of a `for`; -1 */
    int stack_size;
    size_t start;        /* where `continue` goes */
    uint32_t last_break; /* these form a list through their targets until the end is known */
} Block;

typedef struct FunctionConverter {
    Converter base;
    ConverterScope scope;
    FunctionNames names;
    bool is_exception[PROGRAM_VARIABLES_MAX]; /* `except .. as` it: there is no object */
    Block *block;
    int depth;
    int caught_place;   /* of the stack, where the class is that an `except` around has caught; -1: none */
    unsigned num_jumps; /* that wait for their target */
    const char *reason; /* of the statement that is converted */
} FunctionConverter;

/* convert_statements() - a body. */
void convert_statements(FunctionConverter *self, PyObject *statements);

static inline void refuse_for(FunctionConverter *self, const char *reason)
{
    if (!self->reason)
        self->reason = reason;
    refuse(&self->base);
}

static inline void enter_block(FunctionConverter *self, Block *block, BlockKind kind, int iteration)
{
    *block = (Block){
        .outer = self->block,
        .kind = kind,
        .iteration = iteration,
        .stack_size = self->base.stack_size,
        .start = here(&self->base),
        .last_break = NO_JUMP,
    };
    self->block = block;
}

static inline void leave_block(FunctionConverter *self)
{
    self->block = self->block->outer;
}
