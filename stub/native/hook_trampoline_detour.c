#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_trampoline_detour.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------------------------------------- instructions
 */

/* Whether it does the same in the tail, and leaves no trace of having been there. A generator is resumed
 * after its YIELD_VALUE and at its YIELD_FROM; blocks hold the places of their handlers, CALL_FINALLY that
 * of its successor; debuggers that set f_lineno pair the instructions that begin and end blocks; the message
 * about what cannot be awaited depends on the instruction before GET_AWAITABLE. */
static bool can_be_displaced(int opcode)
{
    switch (opcode) {
    case YIELD_VALUE:
    case YIELD_FROM:
    case GET_AWAITABLE:
    case BEFORE_ASYNC_WITH:
    case POP_BLOCK:
#ifdef GEN_START
    case GEN_START:
#endif
#ifdef END_FINALLY
    case END_FINALLY:
    case WITH_CLEANUP_START:
    case WITH_CLEANUP_FINISH:
#endif
#ifdef CALL_FINALLY
    case BEGIN_FINALLY:
    case CALL_FINALLY:
    case POP_FINALLY:
#endif
#ifdef RERAISE
    case RERAISE:
    case WITH_EXCEPT_START:
#endif
        return false;
    default:
        return hook_opcodes_block_kind(opcode) == BLOCK_NONE;
    }
}

/* Whether a line that begins with it may as well be said to begin with the next instruction: nothing that
 * the app could notice happens in between. */
static bool is_transparent(int opcode)
{
    switch (opcode) {
    case NOP:
    case POP_TOP:
    case POP_BLOCK:
    case DUP_TOP:
    case LOAD_CONST:
#ifdef CALL_FINALLY
    case BEGIN_FINALLY:
#endif
        return true;
    default:
        return hook_opcodes_block_kind(opcode) != BLOCK_NONE && opcode != SETUP_WITH;
    }
}

/* Whether no code of the app can run while the instruction does. */
static bool is_quiet(int opcode)
{
    switch (opcode) {
    case DUP_TOP:
    case DUP_TOP_TWO:
    case JUMP_ABSOLUTE:
    case JUMP_FORWARD:
    case LOAD_CLOSURE:
    case LOAD_CONST:
    case LOAD_DEREF:
    case LOAD_FAST:
    case LOAD_GLOBAL:
    case LOAD_NAME:
    case NOP:
    case ROT_THREE:
    case ROT_TWO:
        return true;
    default:
        return false;
    }
}

int detour_instruction_at(const Bytecode *bytecode, int unit)
{
    int low = 0;
    int high = bytecode->num_instructions - 1;

    while (low < high) {
        int middle = (low + high + 1) / 2;

        if (bytecode->instructions[middle].first_unit <= unit)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* ------------------------------------------------------------------------------------------------------- map
 */

/* Where the block that @instruction sets up goes on. */
static int block_target(const Bytecode *bytecode, const Instruction *instruction)
{
    int unit =
        instruction->first_unit + instruction->num_units + hook_opcodes_jump_units(instruction->argument);

    return detour_instruction_at(bytecode, unit);
}

static bool is_left_and_resumed(int opcode)
{
    switch (opcode) {
    case YIELD_VALUE:
    case YIELD_FROM:
#ifdef CALL_FINALLY
    case CALL_FINALLY:
#endif
        return true;
    default:
        return false;
    }
}

static void find_entries(DetourMap *self)
{
    const Bytecode *bytecode = &self->bytecode;

    self->is_entry[0] = true;
    for (int i = 0; i < bytecode->num_instructions; i++) {
        const Instruction *instruction = &bytecode->instructions[i];

        if (instruction->target >= 0)
            self->is_entry[instruction->target] = true;
        if (hook_opcodes_block_kind(instruction->opcode) != BLOCK_NONE)
            self->is_entry[block_target(bytecode, instruction)] = true;
        if (is_left_and_resumed(instruction->opcode)) {
            self->is_entry[i] = true;
            self->is_entry[i + 1] = true;
        }
    }
}

int detour_map_init(DetourMap *self, PyCodeObject *code)
{
    DetourMap fresh = {.stack_size = code->co_stacksize};
    int result = bytecode_init(&fresh.bytecode, code);

    if (result < 0)
        return result;
    fresh.is_entry = calloc((size_t)fresh.bytecode.num_instructions + 1, sizeof(*fresh.is_entry));
    if (!fresh.is_entry) {
        bytecode_deinit(&fresh.bytecode);
        return -ENOMEM;
    }
    find_entries(&fresh);
    *self = fresh;
    return 0;
}

void detour_map_deinit(DetourMap *self)
{
    bytecode_deinit(&self->bytecode);
    free(self->is_entry);
    *self = (DetourMap){0};
}

/* ------------------------------------------------------------------------------------------------- of a line
 */

typedef struct Planner {
    const DetourMap *map;
    const LinePoints *points;
    void *line;
    DetourCalls *result;
    int covered; /* up to this instruction the ways on which the line begins have their calls; -1: none */
    bool allows_more;
} Planner;

/* The stack must not grow: frames that exist have no more room, and one of them is kept to be used again
 * (co_zombieframe). */
static bool has_room(const DetourMap *map, int depth)
{
    return depth >= 0 && depth < map->stack_size;
}

static bool can_call(const Planner *self, int index, DetourWhen when)
{
    const Instruction *instruction = &self->map->bytecode.instructions[index];
    int depth = when == DETOUR_BEFORE ? instruction->depth
                                      : bytecode_depth_after(instruction, when == DETOUR_ON_JUMP);

    return instruction->depth >= 0 && can_be_displaced(instruction->opcode) && has_room(self->map, depth);
}

static void add_call(Planner *self, int index, DetourWhen when, int start)
{
    self->result->calls[self->result->num_calls++] = (DetourCall){
        .instruction = index,
        .when = when,
        .unit = self->map->bytecode.instructions[start].first_unit,
        .line = self->line,
    };
}

/* The ways to an instruction on which the line begins there, and those on which it goes on. */
typedef struct Ways {
    bool begins_by_fall;
    bool begins_by_handler;
    bool continues_by_fall;
    bool continues_otherwise;
} Ways;

static bool is_reached_handler(const Bytecode *bytecode, int target)
{
    for (int i = 0; i < bytecode->num_handlers; i++) {
        if (bytecode->handlers[i].target == target)
            return true;
    }
    return false;
}

static Ways find_ways(const Planner *self, int start)
{
    const Bytecode *bytecode = &self->map->bytecode;
    const uint8_t *flags = self->points->flags;
    Ways ways = {
        .begins_by_fall = flags[start] & LINE_POINT_FALL,
        .begins_by_handler = flags[start] & LINE_POINT_HANDLER,
    };

    ways.continues_by_fall = !ways.begins_by_fall && start > 0 &&
                             bytecode->instructions[start - 1].depth >= 0 &&
                             bytecode_falls_through(bytecode, start - 1);
    ways.continues_otherwise = !ways.begins_by_handler && is_reached_handler(bytecode, start);
    for (int i = 0; i < bytecode->num_instructions && !ways.continues_otherwise; i++) {
        ways.continues_otherwise = bytecode->instructions[i].target == start &&
                                   bytecode->instructions[i].depth >= 0 && !(flags[i] & LINE_POINT_JUMP);
    }
    return ways;
}

/* Calls the hook at @start, by whatever way control comes there: the line begins there. It may call it later
 * than that, if nothing happens in between; and if the line begins whenever control comes there. */
static bool plan_arrival(Planner *self, int start)
{
    const Bytecode *bytecode = &self->map->bytecode;

    for (int i = start; i < bytecode->num_instructions; i++) {
        if (i > start && self->map->is_entry[i] && find_ways(self, i).continues_otherwise &&
            !self->allows_more)
            return false;
        if (can_call(self, i, DETOUR_BEFORE)) {
            add_call(self, i, DETOUR_BEFORE, start);
            self->covered = i;
            return true;
        }
        if (!is_transparent(bytecode->instructions[i].opcode))
            return false;
    }
    return false;
}

static bool plan_fall(Planner *self, int start)
{
    int previous = start - 1;

    if (previous < 0 || !bytecode_falls_through(&self->map->bytecode, previous) ||
        !can_call(self, previous, DETOUR_AFTER))
        return false;
    add_call(self, previous, DETOUR_AFTER, start);
    return true;
}

/* Calls the hook on each of the ways alone on which the line begins. */
static bool plan_ways(Planner *self, int start, const Ways *ways)
{
    const Bytecode *bytecode = &self->map->bytecode;
    int num_calls = self->result->num_calls;
    bool is_possible = !ways->begins_by_handler && (!ways->begins_by_fall || plan_fall(self, start));

    for (int i = 0; i < bytecode->num_instructions && is_possible; i++) {
        if (bytecode->instructions[i].target != start || !(self->points->flags[i] & LINE_POINT_JUMP))
            continue;
        is_possible = hook_opcodes_jump_kind(bytecode->instructions[i].opcode) != JUMP_NONE &&
                      can_call(self, i, DETOUR_ON_JUMP);
        if (is_possible)
            add_call(self, i, DETOUR_ON_JUMP, start);
    }
    if (!is_possible)
        self->result->num_calls = num_calls;
    return is_possible;
}

static bool plan_start(Planner *self, int start)
{
    Ways ways = find_ways(self, start);
    bool is_always_beginning = !ways.continues_by_fall && !ways.continues_otherwise;

    if ((is_always_beginning && plan_arrival(self, start)) || plan_ways(self, start, &ways))
        return true;
    self->allows_more = true; /* better a call too many than none */
    is_always_beginning = plan_arrival(self, start);
    self->allows_more = false;
    return is_always_beginning;
}

/* Whether the line begins at @index in some way. */
static bool is_start(const LinePoints *points, const Bytecode *bytecode, int index)
{
    if (points->flags[index] & (LINE_POINT_FALL | LINE_POINT_HANDLER))
        return true;
    for (int i = 0; i < bytecode->num_instructions; i++) {
        if (points->flags[i] & LINE_POINT_JUMP && bytecode->instructions[i].target == index)
            return true;
    }
    return false;
}

static bool plan(Planner *self)
{
    const Bytecode *bytecode = &self->map->bytecode;
    bool is_any = false;

    for (int i = 0; i < bytecode->num_instructions; i++) {
        if (self->points->lines[i] == 0 || !is_start(self->points, bytecode, i))
            continue;
        if (i > self->covered && !plan_start(self, i))
            return false;
        is_any = true;
    }
    return is_any;
}

int detour_plan_line(const DetourMap *map, const LinePoints *points, void *line, DetourCalls *ret_calls)
{
    /* One way begins at most one line, and there are two ways on from an instruction. */
    size_t room = 2 * (size_t)map->bytecode.num_instructions + 1;
    DetourCalls calls = {.calls = malloc(sizeof(DetourCall) * room)};
    Planner planner = {.map = map, .points = points, .line = line, .result = &calls, .covered = -1};

    if (!calls.calls)
        return -ENOMEM;
    if (!plan(&planner)) {
        detour_calls_deinit(&calls);
        return -EINVAL;
    }
    *ret_calls = calls;
    return 0;
}

void detour_calls_deinit(DetourCalls *self)
{
    free(self->calls);
    *self = (DetourCalls){0};
}

/* ------------------------------------------------------------------------------------------------- displaced
 */

/* How many units an instruction with this argument has. */
static int width_of(unsigned argument)
{
    return argument > 0xFFFFFF ? 4 : argument > 0xFFFF ? 3 : argument > 0xFF ? 2 : 1;
}

static int jump_argument(int first_unit, int jump_units, int tail_unit)
{
    return (tail_unit - first_unit - jump_units) * HOOK_OPCODES_JUMP_UNIT;
}

static int jump_units(int first_unit, int tail_unit)
{
    int units = 1;

    while (width_of((unsigned)jump_argument(first_unit, units, tail_unit)) > units)
        units++;
    return units;
}

void detour_jump(const Detour *detour, uint8_t *bytes)
{
    int argument = jump_argument(detour->first_unit, detour->jump_units, detour->tail_unit);

    for (int i = 0; i < detour->jump_units; i++) {
        int shift = 8 * (detour->jump_units - 1 - i);

        bytes[2 * i] = shift ? EXTENDED_ARG : JUMP_FORWARD;
        bytes[2 * i + 1] = (uint8_t)(argument >> shift);
    }
}

static void find_boundary(const DetourMap *map, Detour *detour)
{
    const Instruction *instructions = map->bytecode.instructions;

    detour->boundary_unit = detour->first_unit;
    detour->is_quiet = true;
    for (int i = detour->first + 1; i < detour->end; i++) {
        if (instructions[i].first_unit >= detour->first_unit + detour->jump_units)
            break;
        detour->boundary_unit = instructions[i].first_unit;
        detour->is_quiet &= is_quiet(instructions[i - 1].opcode);
    }
}

static bool can_displace(const DetourMap *map, const Detour *detour)
{
    for (int i = detour->first; i < detour->end; i++) {
        const Instruction *instruction = &map->bytecode.instructions[i];

        if (instruction->depth < 0 || !can_be_displaced(instruction->opcode))
            return false;
        if (i > detour->first && map->is_entry[i])
            return false;
        if (i < detour->end - 1 && !bytecode_falls_through(&map->bytecode, i))
            return false;
    }
    return true;
}

/* Extends the range by the detours that it overlaps; false if there is none. */
static bool take_in_overlapping(const Detour *detours, int num_detours, int *first, int *end)
{
    bool is_extended = false;

    for (int i = 0; i < num_detours; i++) {
        const Detour *detour = &detours[i];

        if (detour->first >= *end || detour->end <= *first ||
            (detour->first >= *first && detour->end <= *end))
            continue;
        if (detour->first < *first)
            *first = detour->first;
        if (detour->end > *end)
            *end = detour->end;
        is_extended = true;
    }
    return is_extended;
}

/* The range from @first that has @instruction and room for the jump, and takes in what it overlaps. False if
 * the code ends before. */
static bool find_range(const DetourMap *map, const Detour *detours, int num_detours, int instruction,
                       int tail_unit, int *first, int *ret_end)
{
    const Instruction *instructions = map->bytecode.instructions;
    int end = instruction + 1;

    do {
        int first_unit = instructions[*first].first_unit;
        int units = jump_units(first_unit, tail_unit);

        while (end < map->bytecode.num_instructions && instructions[end].first_unit - first_unit < units)
            end++;

        const Instruction *last = &instructions[end - 1];

        if (last->first_unit + last->num_units - first_unit < units)
            return false;
    } while (take_in_overlapping(detours, num_detours, first, &end));
    *ret_end = end;
    return true;
}

/* A range can begin so many instructions before the one that is to be displaced. */
#define INSTRUCTIONS_BEFORE_MAX 3

bool detour_choose(const DetourMap *map, const Detour *detours, int num_detours, int instruction,
                   int tail_unit, bool must_be_quiet, Detour *ret_detour)
{
    const Instruction *instructions = map->bytecode.instructions;

    for (int start = instruction; start >= 0 && start >= instruction - INSTRUCTIONS_BEFORE_MAX; start--) {
        int first = start;
        int end;

        if (!find_range(map, detours, num_detours, instruction, tail_unit, &first, &end))
            continue;

        Detour detour = {
            .first = first,
            .end = end,
            .first_unit = instructions[first].first_unit,
            .end_unit = instructions[end - 1].first_unit + instructions[end - 1].num_units,
            .tail_unit = tail_unit,
            .jump_units = jump_units(instructions[first].first_unit, tail_unit),
        };

        find_boundary(map, &detour);
        if (can_displace(map, &detour) && (detour.is_quiet || !must_be_quiet)) {
            *ret_detour = detour;
            return true;
        }
    }
    return false;
}
