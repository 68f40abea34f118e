#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_trampoline_detour.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------------------------------------- instructions
 */

/* Whether it does the same in the tail, and leaves no trace of having been there. A generator is resumed at
 * its YIELD_FROM; blocks hold the places of their handlers, CALL_FINALLY that of its successor; debuggers
 * that set f_lineno pair the instructions that begin and end blocks; the message about what cannot be awaited
 * depends on the instruction before GET_AWAITABLE. */
static bool can_opcode_be_displaced(int opcode)
{
    switch (opcode) {
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

/* Up to 3.8 CPython recognizes by it that f_lineno cannot be set to an `except` line. */
static bool marks_except(const Bytecode *bytecode, const Instruction *setup)
{
    int opcode = bytecode->instructions[block_target(bytecode, setup)].opcode;

    return PY_VERSION_HEX < 0x03090000 && (opcode == DUP_TOP || opcode == POP_TOP);
}

static void find_fixed(DetourMap *self)
{
    const Bytecode *bytecode = &self->bytecode;

    for (int i = 0; i < bytecode->num_instructions; i++) {
        const Instruction *instruction = &bytecode->instructions[i];

        self->is_fixed[i] |= !can_opcode_be_displaced(instruction->opcode);
        if (hook_opcodes_block_kind(instruction->opcode) == BLOCK_CATCH &&
            marks_except(bytecode, instruction))
            self->is_fixed[block_target(bytecode, instruction)] = true;
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
        if (instruction->opcode == YIELD_FROM)
            self->is_entry[i] = true;
        if (is_left_and_resumed(instruction->opcode))
            self->is_entry[i + 1] = true;
    }
}

int detour_map_init(DetourMap *self, PyCodeObject *code)
{
    DetourMap fresh = {.stack_size = code->co_stacksize};
    int result = bytecode_init(&fresh.bytecode, code);

    if (result < 0)
        return result;
    fresh.is_entry = calloc((size_t)fresh.bytecode.num_instructions + 1, sizeof(*fresh.is_entry));
    fresh.is_fixed = calloc((size_t)fresh.bytecode.num_instructions + 1, sizeof(*fresh.is_fixed));
    if (!fresh.is_entry || !fresh.is_fixed) {
        detour_map_deinit(&fresh);
        return -ENOMEM;
    }
    find_entries(&fresh);
    find_fixed(&fresh);
    *self = fresh;
    return 0;
}

void detour_map_deinit(DetourMap *self)
{
    bytecode_deinit(&self->bytecode);
    free(self->is_entry);
    free(self->is_fixed);
    *self = (DetourMap){0};
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

static void find_properties(const DetourMap *map, Detour *detour)
{
    const Instruction *instructions = map->bytecode.instructions;

    detour->boundary_unit = detour->first_unit;
    detour->is_quiet = true;
    detour->has_yield = false;
    for (int i = detour->first; i < detour->end; i++)
        detour->has_yield |= instructions[i].opcode == YIELD_VALUE;
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
        if (map->is_fixed[i] || (i > detour->first && map->is_entry[i]))
            return false;
    }
    return true;
}

/* The first detour of the list that ends behind @instruction; there may be none. */
static const Detour *first_ending_behind(const DetourList *list, int instruction)
{
    int low = 0;
    int high = list->num_detours;

    while (low < high) {
        int middle = (low + high) / 2;

        if (list->detours[middle].end > instruction)
            high = middle;
        else
            low = middle + 1;
    }
    return &list->detours[low];
}

/* Extends the range by the detours that it overlaps; false if there is nothing to extend it by. */
static bool take_in_overlapping(const DetourList *list, int *first, int *end)
{
    const Detour *detour = first_ending_behind(list, *first);
    const Detour *behind = list->detours + list->num_detours;
    bool is_extended = false;

    for (; detour < behind && detour->first < *end; detour++) {
        is_extended |= detour->first < *first || detour->end > *end;
        if (detour->first < *first)
            *first = detour->first;
        if (detour->end > *end)
            *end = detour->end;
    }
    return is_extended;
}

/* The range from @first that has @instruction and room for the jump, and takes in what it overlaps. False if
 * the code ends before. */
static bool find_range(const DetourMap *map, const DetourList *list, int instruction, int *first,
                       int *ret_end)
{
    const Instruction *instructions = map->bytecode.instructions;
    int end = instruction + 1;

    do {
        int first_unit = instructions[*first].first_unit;
        int units = jump_units(first_unit, list->tail_unit);

        while (end < map->bytecode.num_instructions && instructions[end].first_unit - first_unit < units)
            end++;

        const Instruction *last = &instructions[end - 1];

        if (last->first_unit + last->num_units - first_unit < units)
            return false;
    } while (take_in_overlapping(list, first, &end));
    *ret_end = end;
    return true;
}

/* A range can begin so many instructions before the one that is to be displaced. */
#define INSTRUCTIONS_BEFORE_MAX 3

/* Where the range of an instruction begins that is displaced already; else the instruction. */
static int first_start(const DetourList *list, int instruction)
{
    const Detour *detour = first_ending_behind(list, instruction);

    if (detour < list->detours + list->num_detours && detour->first <= instruction)
        return detour->first;
    return instruction;
}

bool detour_choose(const DetourMap *map, const DetourList *list, int instruction, bool must_be_quiet,
                   bool may_yield, Detour *ret_detour)
{
    const Instruction *instructions = map->bytecode.instructions;
    int start = first_start(list, instruction);

    for (int i = 0; i <= INSTRUCTIONS_BEFORE_MAX && start >= 0; i++, start--) {
        int first = start;
        int end;

        if (!find_range(map, list, instruction, &first, &end))
            continue;

        Detour detour = {
            .first = first,
            .end = end,
            .first_unit = instructions[first].first_unit,
            .end_unit = instructions[end - 1].first_unit + instructions[end - 1].num_units,
            .tail_unit = list->tail_unit,
            .jump_units = jump_units(instructions[first].first_unit, list->tail_unit),
        };

        find_properties(map, &detour);
        if (can_displace(map, &detour) && (detour.is_quiet || !must_be_quiet) &&
            (may_yield || !detour.has_yield)) {
            *ret_detour = detour;
            return true;
        }
    }
    return false;
}

bool detour_has_room(const DetourMap *map, int depth)
{
    return depth >= 0 && depth < map->stack_size;
}

void detour_calls_deinit(DetourCalls *self)
{
    free(self->calls);
    *self = (DetourCalls){0};
}
