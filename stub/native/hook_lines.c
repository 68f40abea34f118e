#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_lines.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* An evaluation of the line is open from its beginning, at some depth of the stack, until the stack is back
 * at that depth. Before an instruction this is the depth, or one of these; of several ways to an instruction
 * the greatest counts: what is not open on one of them is taken as not open. */
#define OPEN_UNKNOWN (-1)
#define OPEN_NONE    INT_MAX

typedef struct Analysis {
    const Bytecode *bytecode;
    LinePoints *points;
    int line;
    int *open; /* before each instruction */
    bool is_changed;
    bool must_flag;    /* the last pass: note the points */
    bool counts_quiet; /* note also where an evaluation is open: the line has no other beginning */
    bool is_any_flagged;
} Analysis;

static bool is_append(const Instruction *instruction)
{
    return (instruction->opcode == LIST_APPEND || instruction->opcode == SET_ADD ||
            instruction->opcode == MAP_ADD) &&
           instruction->argument >= 2; /* 1 is that of a display, [*a, b] */
}

/* Whether @source jumps back to the start of a comprehension's loop: that appends to what lies below its
 * iterator. Before 3.12, and in generator expressions always, the loop is a function with a name of its own.
 */
static bool is_comprehension_jump(const Bytecode *bytecode, int source)
{
    int target = bytecode->instructions[source].target;
    int end;

    if (target < 0 || target > source)
        return false;
    if (bytecode->is_comprehension)
        return true;
    end = bytecode->instructions[target].opcode == FOR_ITER ? bytecode->instructions[target].target : source;
    for (int i = target; i < end; i++) {
        if (is_append(&bytecode->instructions[i]))
            return true;
    }
    return false;
}

/* What the end of an evaluation says about its line is that of the whole expression, or of another part of
 * it. */
static bool ends_evaluation(const Instruction *instruction)
{
    return is_append(instruction) || hook_opcodes_is_conditional_jump(instruction->opcode) ||
           hook_opcodes_belongs_to_jump(instruction->opcode);
}

/* Goes on with what is on the stack, so what computed that began the line, if it was on it. */
static bool consumes(const Instruction *instruction, uint8_t point)
{
    if (hook_opcodes_takes_exception(instruction->opcode, point == LINE_POINT_HANDLER))
        return false;
    return hook_opcodes_continues_evaluation(instruction->opcode) ||
           bytecode_depth_after(instruction, false) < instruction->depth;
}

/* @is_exact: as the table has it, also where that is said of the end of an evaluation. */
static int line_of(const Bytecode *bytecode, const int *lines, int index, bool is_exact)
{
    const Instruction *instruction = &bytecode->instructions[index];

    if (index < bytecode->first_traceable || is_comprehension_jump(bytecode, index) ||
        (bytecode->is_comprehension && instruction->opcode == RETURN_VALUE))
        return 0;
    if (hook_opcodes_is_resume(instruction->opcode)) /* goes on where its YIELD_VALUE was */
        return lines[index - 1];
    if (!is_exact && ends_evaluation(instruction) && index > 0 &&
        bytecode_falls_through(bytecode, index - 1) && lines[index - 1] > 0)
        return lines[index - 1];
    return instruction->location.line;
}

static void find_lines(const Bytecode *bytecode, LinePoints *points, int line, bool is_exact)
{
    for (int i = 0; i < bytecode->num_instructions; i++) {
        const Instruction *instruction = &bytecode->instructions[i];

        points->lines[i] = line_of(bytecode, points->lines, i, is_exact);
        if (points->lines[i] == line && instruction->depth >= 0)
            points->has_line = true;
    }
}

/* Not the jumps of `await` and `yield from` to their own SEND, and from clean-up code back to the main road.
 */
static bool is_loop(const Bytecode *bytecode, int source, int target, bool is_jump)
{
    return is_jump && target <= source && source > 0 &&
           !hook_opcodes_is_quiet_jump(bytecode->instructions[source].opcode) &&
           !hook_opcodes_is_clean_up(bytecode->instructions[source - 1].opcode) &&
           !is_comprehension_jump(bytecode, source);
}

/* Whether what follows is the end of a `return`, `break` or `continue` that has run a copy of `finally` in
 * between (CPython 3.9, that says so of no line of its own). */
static bool ends_statement(const Analysis *self, int target)
{
    const Instruction *instructions = self->bytecode->instructions;
    const int *lines = self->points->lines;
    bool is_end =
        hook_opcodes_is_unconditional_jump(instructions[target].opcode) ||
        (instructions[target].opcode == LOAD_CONST && instructions[target + 1].opcode == RETURN_VALUE);

    if (!hook_opcodes_added_code_has_line() || !is_end)
        return false;
    for (int i = target - 1; i >= 0; i--) {
        if (lines[i] == self->line)
            return hook_opcodes_leaves_block(instructions[i].opcode) && lines[i + 1] != self->line;
    }
    return false;
}

static bool can_begin(const Analysis *self, int target, uint8_t point)
{
    const Instruction *instruction = &self->bytecode->instructions[target];
    int third = target + 2 < self->bytecode->num_instructions ? instruction[2].opcode : NOP;

    if (point == LINE_POINT_HANDLER && !hook_opcodes_is_added_handler(instruction->opcode, third))
        return true;
    return instruction->can_begin_line && !ends_statement(self, target);
}

static bool does_line_change(const Analysis *self, int source, int target, uint8_t point)
{
    const int *lines = self->points->lines;

    if (lines[target] != self->line)
        return false;
    if (is_loop(self->bytecode, source, target, point == LINE_POINT_JUMP))
        return true;
    return lines[source] != self->line && can_begin(self, target, point);
}

static void flag(Analysis *self, int index, uint8_t point)
{
    if (!self->must_flag)
        return;
    self->points->flags[index] |= point;
    self->is_any_flagged = true;
}

/* Control goes from @source, where @open was the state, to @target. @flagged: the instruction that gets
 * @point if the line begins there. */
static void follow(Analysis *self, int source, int target, int open, int flagged, uint8_t point)
{
    const Instruction *instructions = self->bytecode->instructions;
    int depth = instructions[target].depth;

    if (depth < 0)
        return;
    if (open != OPEN_NONE && depth <= open && depth < instructions[source].depth)
        open = OPEN_NONE;
    if (does_line_change(self, source, target, point)) {
        if ((open == OPEN_NONE && !consumes(&instructions[target], point)) || self->counts_quiet ||
            is_loop(self->bytecode, source, target, point == LINE_POINT_JUMP))
            flag(self, flagged, point);
        if (open == OPEN_NONE)
            open = depth;
    }
    if (open > self->open[target]) {
        self->open[target] = open;
        self->is_changed = true;
    }
}

static void follow_handlers(Analysis *self)
{
    const Bytecode *bytecode = self->bytecode;

    for (int i = 0; i < bytecode->num_handlers; i++) {
        const Handler *handler = &bytecode->handlers[i];

        for (int j = handler->start; j < handler->end; j++) {
            if (self->open[j] == OPEN_UNKNOWN)
                continue;
            int open = self->open[j];

            if (open != OPEN_NONE && handler->depth <= open)
                open = OPEN_NONE;
            follow(self, j, handler->target, open, handler->target, LINE_POINT_HANDLER);
        }
    }
}

/* Up to 3.10 nothing runs before the first line. */
static bool begins_with_line(const Analysis *self)
{
    return self->bytecode->first_traceable == 0 && self->points->lines[0] == self->line;
}

static void pass(Analysis *self)
{
    const Bytecode *bytecode = self->bytecode;

    self->is_changed = false;
    if (begins_with_line(self))
        flag(self, 0, LINE_POINT_FALL);
    for (int i = 0; i < bytecode->num_instructions; i++) {
        const Instruction *instruction = &bytecode->instructions[i];

        if (self->open[i] == OPEN_UNKNOWN)
            continue;
        if (bytecode_falls_through(bytecode, i))
            follow(self, i, i + 1, self->open[i], i + 1, LINE_POINT_FALL);
        if (instruction->target >= 0)
            follow(self, i, instruction->target, self->open[i], i, LINE_POINT_JUMP);
    }
    follow_handlers(self);
}

static void analyse(Analysis *self)
{
    for (int i = 0; i < self->bytecode->num_instructions; i++)
        self->open[i] = OPEN_UNKNOWN;
    self->open[0] = begins_with_line(self) ? self->bytecode->instructions[0].depth : OPEN_NONE;
    do
        pass(self);
    while (self->is_changed);

    self->must_flag = true;
    pass(self);
    if (!self->is_any_flagged) {
        self->counts_quiet = true;
        pass(self);
    }
}

int line_points_init(LinePoints *self, const Bytecode *bytecode, int line)
{
    size_t num = (size_t)bytecode->num_instructions;
    int *open = malloc(sizeof(*open) * (num + 1));

    *self = (LinePoints){.flags = calloc(num + 1, 1), .lines = malloc(sizeof(*self->lines) * (num + 1))};
    if (!open || !self->flags || !self->lines) {
        free(open);
        line_points_deinit(self);
        return -ENOMEM;
    }
    find_lines(bytecode, self, line, false);
    if (!self->has_line)
        find_lines(bytecode, self, line, true);
    if (self->has_line) {
        Analysis analysis = {.bytecode = bytecode, .points = self, .line = line, .open = open};

        analyse(&analysis);
        self->has_line = analysis.is_any_flagged;
    }
    free(open);
    return 0;
}

void line_points_deinit(LinePoints *self)
{
    free(self->flags);
    free(self->lines);
    *self = (LinePoints){0};
}
