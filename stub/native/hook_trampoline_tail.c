#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_trampoline_detour.h"

#include <errno.h>

typedef struct Writer {
    const DetourMap *map;
    const Detour *detour;
    int constant;
    Tail *tail;
    int line; /* of what is being written */
    bool is_too_long;
    struct {
        int unit;             /* of the jump, in the tail */
        int instruction;      /* whose jump it is */
    } jumps[TAIL_PLACES_MAX]; /* that need their target's place in the tail */
    int num_jumps;
} Writer;

/* Enough for any place of any code. */
#define JUMP_UNITS 3

static void write_unit(Writer *self, int opcode, int argument)
{
    Tail *tail = self->tail;

    if (tail->num_units == TAIL_UNITS_MAX) {
        self->is_too_long = true;
        return;
    }
    tail->bytes[2 * tail->num_units] = (uint8_t)opcode;
    tail->bytes[2 * tail->num_units + 1] = (uint8_t)argument;
    tail->lines[tail->num_units++] = self->line;
}

static void write_wide(Writer *self, int opcode, unsigned argument, int units)
{
    for (int shift = 8 * (units - 1); shift > 0; shift -= 8)
        write_unit(self, EXTENDED_ARG, (int)(argument >> shift & 0xFF));
    write_unit(self, opcode, (int)(argument & 0xFF));
}

static void write_instruction(Writer *self, int opcode, unsigned argument)
{
    int units = 1;

    while (units < 4 && argument >> (8 * units))
        units++;
    write_wide(self, opcode, argument, units);
}

static int current_unit(const Writer *self)
{
    return self->detour->tail_unit - TAIL_PADDING + self->tail->num_units;
}

static void add_place(Writer *self, const TailPlace *place)
{
    Tail *tail = self->tail;

    if (tail->num_places == TAIL_PLACES_MAX) {
        self->is_too_long = true;
        return;
    }
    tail->places[tail->num_places] = *place;
    tail->places[tail->num_places++].unit = current_unit(self);
}

/* What is written next is there for the instruction at @origin. */
static void note_origin(Writer *self, int origin)
{
    add_place(self, &(TailPlace){.origin = origin});
}

static const Instruction *instruction_at(const Writer *self, int index)
{
    return &self->map->bytecode.instructions[index];
}

static void write_jump_to(Writer *self, int instruction)
{
    int unit = instruction_at(self, instruction)->first_unit;

    write_instruction(self, JUMP_ABSOLUTE, (unsigned)(unit * HOOK_OPCODES_JUMP_UNIT));
}

static bool has_calls(const Writer *self, int instruction, DetourWhen when)
{
    const DetourCalls *calls = &self->detour->calls;

    for (int i = 0; i < calls->num_calls; i++) {
        if (calls->calls[i].instruction == instruction && calls->calls[i].when == when)
            return true;
    }
    return false;
}

/* @line: NULL tells that control is here to tracing alone. */
static void write_call(Writer *self, int origin, void *line, int line_unit)
{
    note_origin(self, origin);
    write_instruction(self, LOAD_CONST, (unsigned)self->constant);
    add_place(self, &(TailPlace){.origin = origin, .is_call = true, .line = line, .line_unit = line_unit});
    write_unit(self, UNARY_NOT, 0);
    note_origin(self, origin);
    write_unit(self, POP_TOP, 0);
}

static void write_calls(Writer *self, int instruction, DetourWhen when)
{
    const DetourCalls *calls = &self->detour->calls;

    for (int i = 0; i < calls->num_calls; i++) {
        const DetourCall *call = &calls->calls[i];

        if (call->instruction == instruction && call->when == when)
            write_call(self, instruction_at(self, instruction)->first_unit, call->line, call->unit);
    }
}

/* The jump of a displaced instruction goes to a place in the tail, from where any other can be reached; and
 * where the hooks of that way are called. */
static void write_jump_to_tail(Writer *self, int index, int units)
{
    if (self->num_jumps == TAIL_PLACES_MAX) {
        self->is_too_long = true;
        return;
    }
    self->jumps[self->num_jumps].unit = self->tail->num_units;
    self->jumps[self->num_jumps++].instruction = index;
    write_wide(self, instruction_at(self, index)->opcode, 0, units);
}

static void write_displaced(Writer *self, int index)
{
    const Instruction *instruction = instruction_at(self, index);
    JumpKind kind = hook_opcodes_jump_kind(instruction->opcode);

    if (instruction->location.line > 0)
        self->line = instruction->location.line;
    note_origin(self, instruction->first_unit);
    if (instruction->opcode == JUMP_FORWARD || instruction->opcode == JUMP_ABSOLUTE) {
        write_calls(self, index, DETOUR_ON_JUMP);
        write_jump_to(self, instruction->target);
    } else if (kind == JUMP_AHEAD) {
        write_jump_to_tail(self, index, 1);
    } else if (kind == JUMP_TO && has_calls(self, index, DETOUR_ON_JUMP)) {
        write_jump_to_tail(self, index, JUMP_UNITS);
    } else {
        write_instruction(self, instruction->opcode, (unsigned)instruction->argument);
    }
}

static void set_argument(Writer *self, int unit, int argument)
{
    uint8_t *bytes = &self->tail->bytes[2 * unit];

    while (bytes[0] == EXTENDED_ARG)
        bytes += 2;
    for (; argument > 0; argument >>= 8, bytes -= 2)
        bytes[1] = (uint8_t)argument;
}

/* Where the jump at @jump has to go to come to the end of what is written. */
static void land_jump(Writer *self, int jump)
{
    int unit = self->jumps[jump].unit;
    int opcode = instruction_at(self, self->jumps[jump].instruction)->opcode;

    if (hook_opcodes_jump_kind(opcode) == JUMP_AHEAD) {
        int distance = (self->tail->num_units - unit - 1) * HOOK_OPCODES_JUMP_UNIT;

        if (distance > 0xFF)
            self->is_too_long = true;
        else
            set_argument(self, unit, distance);
    } else {
        set_argument(self, unit, current_unit(self) * HOOK_OPCODES_JUMP_UNIT);
    }
}

static void write_padding(Writer *self)
{
    for (int i = 0; i < TAIL_PADDING; i++)
        write_unit(self, NOP, 0);
}

static void write_landings(Writer *self)
{
    for (int i = 0; i < self->num_jumps && !self->is_too_long; i++) {
        int index = self->jumps[i].instruction;
        int line = instruction_at(self, index)->location.line;

        if (line > 0 && line != self->line) {
            self->line = line;
            write_padding(self);
        }
        land_jump(self, i);
        note_origin(self, instruction_at(self, index)->first_unit);
        write_calls(self, index, DETOUR_ON_JUMP);
        write_jump_to(self, instruction_at(self, index)->target);
    }
}

/* Whether control can come by all that is displaced without a call. */
static bool has_way_without_call(const Writer *self)
{
    for (int i = self->detour->first; i < self->detour->end; i++) {
        const Instruction *instruction = instruction_at(self, i);

        if (has_calls(self, i, DETOUR_BEFORE))
            return false;
        if (instruction->target >= 0 && !has_calls(self, i, DETOUR_ON_JUMP))
            return true;
        if (!bytecode_falls_through(&self->map->bytecode, i) || has_calls(self, i, DETOUR_AFTER))
            return false;
    }
    return true;
}

/* Tracers of the app must not be told of the way back; so tracing is told of the detour at its start, and
 * when a generator that was suspended in the tail goes on. */
static void write_mark(Writer *self, int index, int depth)
{
    if (detour_has_room(self->map, depth))
        write_call(self, instruction_at(self, index)->first_unit, NULL, 0);
}

static void write_all(Writer *self)
{
    const Bytecode *bytecode = &self->map->bytecode;
    const Detour *detour = self->detour;

    write_padding(self);
    if (has_way_without_call(self))
        write_mark(self, detour->first, instruction_at(self, detour->first)->depth);
    for (int i = detour->first; i < detour->end && instruction_at(self, i)->depth >= 0; i++) {
        const Instruction *instruction = instruction_at(self, i);

        write_calls(self, i, DETOUR_BEFORE);
        write_displaced(self, i);
        if (instruction->opcode == YIELD_VALUE)
            write_mark(self, i, bytecode_depth_after(instruction, false));
        if (bytecode_falls_through(bytecode, i))
            write_calls(self, i, DETOUR_AFTER);
    }
    if (instruction_at(self, detour->end - 1)->depth >= 0 &&
        bytecode_falls_through(bytecode, detour->end - 1))
        write_jump_to(self, detour->end);
    write_landings(self);
}

int tail_write(const DetourMap *map, const Detour *detour, int constant, Tail *ret_tail)
{
    Writer writer = {.map = map, .detour = detour, .constant = constant, .tail = ret_tail};

    ret_tail->num_units = 0;
    ret_tail->num_places = 0;
    writer.line = instruction_at(&writer, detour->first)->location.line;
    write_all(&writer);
    return writer.is_too_long ? -EINVAL : 0;
}
