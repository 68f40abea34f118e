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

static void find_lines(const Bytecode *bytecode, LinePoints *points, int line)
{
    for (int i = 0; i < bytecode->num_instructions; i++) {
        const Instruction *instruction = &bytecode->instructions[i];

        if (i < bytecode->first_traceable)
            points->lines[i] = 0;
        else if (instruction->opcode == RESUME) /* goes on where its YIELD_VALUE was */
            points->lines[i] = points->lines[i - 1];
        else
            points->lines[i] = instruction->location.line;
        if (points->lines[i] == line && instruction->depth >= 0)
            points->has_line = true;
    }
}

/* Whether the loop that @source jumps back to the start of is a comprehension's: it appends to what lies
 * below the iterator. */
static bool is_comprehension_loop(const Bytecode *bytecode, int source, int target)
{
    for (int i = target; i < source; i++) {
        const Instruction *instruction = &bytecode->instructions[i];

        if ((instruction->opcode == LIST_APPEND || instruction->opcode == SET_ADD ||
             instruction->opcode == MAP_ADD) &&
            instruction->argument >= 2)
            return true;
    }
    return false;
}

/* Not the jumps of `await` and `yield from` to their own SEND, and from clean-up code back to the main road.
 */
static bool is_loop(const Bytecode *bytecode, int source, int target, bool is_jump)
{
    return is_jump && target <= source &&
           bytecode->instructions[source].opcode != JUMP_BACKWARD_NO_INTERRUPT &&
           !hook_opcodes_is_clean_up(bytecode->instructions[source > 0 ? source - 1 : 0].opcode);
}

static bool does_line_change(const Analysis *self, int source, int target, bool is_jump)
{
    const int *lines = self->points->lines;

    if (lines[target] != self->line)
        return false;
    if (lines[source] != self->line)
        return true;
    return is_loop(self->bytecode, source, target, is_jump) &&
           !is_comprehension_loop(self->bytecode, source, target);
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
    if (does_line_change(self, source, target, point == LINE_POINT_JUMP)) {
        if (open == OPEN_NONE || self->counts_quiet ||
            is_loop(self->bytecode, source, target, point == LINE_POINT_JUMP))
            flag(self, flagged, point);
        else
            self->points->has_quiet |= self->must_flag;
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

static void pass(Analysis *self)
{
    const Bytecode *bytecode = self->bytecode;

    self->is_changed = false;
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
    self->open[0] = OPEN_NONE;
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
    find_lines(bytecode, self, line);
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
