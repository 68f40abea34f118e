#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_trampoline_plan.h"

#include <errno.h>
#include <stdlib.h>

/* Whether a line that begins with it may as well be said to begin with the next instruction: nothing that
 * the app could notice happens in between, or @is_needed and nearly nothing: keys are hashed. */
static bool is_transparent(int opcode, bool is_needed)
{
    switch (opcode) {
    case BUILD_LIST:
    case BUILD_MAP:
    case BUILD_SLICE:
    case BUILD_TUPLE:
        return is_needed;
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

typedef struct Planner {
    const DetourMap *map;
    const LinePoints *points;
    DetourList list;
    void *line;
    DetourCalls *result;
    int covered; /* up to this instruction the ways on which the line begins have their calls; -1: none */
    bool may_yield;
    bool allows_more;
} Planner;

/* The tails of the line's first calls come before those of its last: at most so many units for each. */
enum { TAIL_UNITS_PER_CALL = 16 };

static bool can_call(const Planner *self, int index, DetourWhen when)
{
    const Instruction *instruction = &self->map->bytecode.instructions[index];
    DetourList list = self->list;
    Detour detour;
    int depth = when == DETOUR_BEFORE ? instruction->depth
                                      : bytecode_depth_after(instruction, when == DETOUR_ON_JUMP);

    list.tail_unit += TAIL_UNITS_PER_CALL * self->result->num_calls;
    return instruction->depth >= 0 && !self->map->is_fixed[index] && detour_has_room(self->map, depth) &&
           detour_choose(self->map, &list, index, false, self->may_yield, &detour);
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
        if (!is_transparent(bytecode->instructions[i].opcode, self->allows_more))
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

static bool plan_start_exactly(Planner *self, int start)
{
    Ways ways = find_ways(self, start);
    bool is_always_beginning = !ways.continues_by_fall && !ways.continues_otherwise;

    return (is_always_beginning && plan_arrival(self, start)) || plan_ways(self, start, &ways);
}

static bool plan_start(Planner *self, int start)
{
    bool is_possible = plan_start_exactly(self, start);

    if (is_possible)
        return true;
    self->may_yield = true;
    is_possible = plan_start_exactly(self, start);
    self->allows_more = true; /* better a call too many than none */
    is_possible = is_possible || plan_arrival(self, start);
    self->may_yield = false;
    self->allows_more = false;
    return is_possible;
}

static int compare_starts(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

/* The instructions at which the line begins in some way, in their order. Returns how many, or -ENOMEM. */
static int find_starts(const DetourMap *map, const LinePoints *points, int **ret_starts)
{
    const Bytecode *bytecode = &map->bytecode;
    int *starts = malloc(sizeof(*starts) * 2 * (size_t)bytecode->num_instructions);
    int num_found = 0;
    int num_starts = 0;

    if (!starts)
        return -ENOMEM;
    for (int i = 0; i < bytecode->num_instructions; i++) {
        if (points->flags[i] & (LINE_POINT_FALL | LINE_POINT_HANDLER))
            starts[num_found++] = i;
        if (points->flags[i] & LINE_POINT_JUMP)
            starts[num_found++] = bytecode->instructions[i].target;
    }
    qsort(starts, (size_t)num_found, sizeof(*starts), compare_starts);
    for (int i = 0; i < num_found; i++) {
        if (i == 0 || starts[i] != starts[i - 1])
            starts[num_starts++] = starts[i];
    }
    *ret_starts = starts;
    return num_starts;
}

static bool plan_starts(Planner *self)
{
    int *starts;
    int num_starts = find_starts(self->map, self->points, &starts);
    bool is_possible = num_starts > 0;

    if (num_starts < 0)
        return false;
    for (int i = 0; i < num_starts && is_possible; i++)
        is_possible = starts[i] <= self->covered || plan_start(self, starts[i]);
    free(starts);
    return is_possible;
}

/* Where frames start, and go on after a yield. */
static bool plan_entries(Planner *self)
{
    const Bytecode *bytecode = &self->map->bytecode;
    bool is_possible;

    self->may_yield = true;
    self->allows_more = true;
    is_possible = plan_arrival(self, bytecode->first_traceable);
    for (int i = 0; i + 1 < bytecode->num_instructions && is_possible; i++) {
        int opcode = bytecode->instructions[i].opcode;

        if ((opcode == YIELD_VALUE || opcode == YIELD_FROM) && bytecode->instructions[i + 1].depth >= 0)
            is_possible = plan_arrival(self, i + 1);
    }
    return is_possible;
}

static int make_plan(const DetourMap *map, const LinePoints *points, const DetourList *list, void *line,
                     bool (*plan_calls)(Planner *), DetourCalls *ret_calls)
{
    /* One way begins at most one line, and there are two ways on from an instruction. */
    size_t room = 2 * (size_t)map->bytecode.num_instructions + 1;
    DetourCalls calls = {.calls = malloc(sizeof(DetourCall) * room)};
    Planner planner = {
        .map = map, .points = points, .list = *list, .line = line, .result = &calls, .covered = -1};

    if (!calls.calls)
        return -ENOMEM;
    if (!plan_calls(&planner)) {
        detour_calls_deinit(&calls);
        return -EINVAL;
    }
    *ret_calls = calls;
    return 0;
}

int plan_line(const DetourMap *map, const LinePoints *points, const DetourList *list, void *line,
              DetourCalls *ret_calls)
{
    return make_plan(map, points, list, line, plan_starts, ret_calls);
}

int plan_frames(const DetourMap *map, const LinePoints *points, const DetourList *list, void *line,
                DetourCalls *ret_calls)
{
    return make_plan(map, points, list, line, plan_entries, ret_calls);
}

int plan_find_starts(const DetourMap *map, const LinePoints *points, int **ret_units)
{
    int *starts;
    int num_starts = find_starts(map, points, &starts);

    if (num_starts < 0)
        return num_starts;
    for (int i = 0; i < num_starts; i++)
        starts[i] = map->bytecode.instructions[starts[i]].first_unit;
    *ret_units = starts;
    return num_starts;
}
