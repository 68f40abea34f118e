#include "stub/native/hook_opcodes.h"

#define NEED_OPCODE_TABLES   1
#define NEED_OPCODE_METADATA 1
#if PY_VERSION_HEX >= 0x030D0000
#include "internal/pycore_opcode_metadata.h"
#else
#include "internal/pycore_opcode.h"
#endif

#include "stub/native/hook_bytecode.h"

#include <errno.h>
#include <stdlib.h>

/* --------------------------------------------------------------------------------------------- instructions
 */

/* Fills the instructions, and for each unit the index of the instruction that begins there (-1: none). */
static void decode_instructions(Bytecode *self, const uint8_t *code, int num_units, int *index_of_unit)
{
    int unit = 0;

    for (int i = 0; i < num_units; i++)
        index_of_unit[i] = -1;
    while (unit < num_units) {
        Instruction *instruction = &self->instructions[self->num_instructions];
        int first = unit;
        unsigned argument = code[2 * unit + 1];

        while (code[2 * unit] == EXTENDED_ARG && unit + 1 < num_units) {
            unit++;
            argument = argument << 8 | code[2 * unit + 1];
        }
        int opcode = code[2 * unit];
        int num_caches = _PyOpcode_Caches[opcode];

        *instruction = (Instruction){
            .first_unit = first,
            .num_units = unit + 1 + num_caches - first,
            .num_caches = num_caches,
            .opcode = opcode,
            .argument = (int)argument,
            .target = -1,
            .depth = -1,
        };
        index_of_unit[first] = self->num_instructions++;
        unit += 1 + num_caches;
    }
}

static int find_targets(Bytecode *self, int num_units, const int *index_of_unit)
{
    for (int i = 0; i < self->num_instructions; i++) {
        Instruction *instruction = &self->instructions[i];
        JumpKind kind = hook_opcodes_jump_kind(instruction->opcode);
        int unit = instruction->first_unit + instruction->num_units;

        if (kind == JUMP_NONE)
            continue;
        unit += kind == JUMP_AHEAD ? instruction->argument : -instruction->argument;
        if (unit < 0 || unit >= num_units || index_of_unit[unit] < 0)
            return -EINVAL;
        instruction->target = index_of_unit[unit];
    }
    return 0;
}

static void find_locations(Bytecode *self, PyCodeObject *code)
{
    CodeLocations locations;
    int i = 0;

    code_locations_init(&locations, code);
    while (code_locations_next(&locations)) {
        int end = locations.first_unit + locations.num_units;

        for (; i < self->num_instructions && self->instructions[i].first_unit < end; i++)
            self->instructions[i].location = locations.location;
    }
}

static int find_first_traceable(Bytecode *self)
{
    for (int i = 0; i < self->num_instructions; i++) {
        if (self->instructions[i].opcode == RESUME) {
            self->first_traceable = i + 1;
            return 0;
        }
    }
    return -EINVAL;
}

/* ------------------------------------------------------------------------------------------------- handlers
 */

static int read_varint(const uint8_t **next, const uint8_t *end)
{
    int value = 0;
    uint8_t byte;

    do {
        if (*next == end)
            return value;
        byte = *(*next)++;
        value = value << 6 | (byte & 63);
    } while (byte & 64);
    return value;
}

/* The index of the instruction at @unit; the end of the code is one past the last. */
static int index_at(const Bytecode *self, const int *index_of_unit, int num_units, int unit)
{
    if (unit == num_units)
        return self->num_instructions;
    return unit >= 0 && unit < num_units ? index_of_unit[unit] : -1;
}

static int decode_handlers(Bytecode *self, PyCodeObject *code, int num_units, const int *index_of_unit)
{
    const uint8_t *next = (const uint8_t *)PyBytes_AS_STRING(code->co_exceptiontable);
    const uint8_t *end = next + PyBytes_GET_SIZE(code->co_exceptiontable);

    /* An entry has four numbers of at least a byte. */
    self->handlers = calloc((size_t)(end - next) / 4 + 1, sizeof(*self->handlers));
    if (!self->handlers)
        return -ENOMEM;
    while (end - next >= 4) {
        Handler *handler = &self->handlers[self->num_handlers++];
        int start = read_varint(&next, end);
        int size = read_varint(&next, end);
        int target = read_varint(&next, end);
        int depth_and_lasti = read_varint(&next, end);

        handler->start = index_at(self, index_of_unit, num_units, start);
        handler->end = index_at(self, index_of_unit, num_units, start + size);
        handler->target = index_at(self, index_of_unit, num_units, target);
        handler->depth = depth_and_lasti >> 1;
        handler->has_lasti = depth_and_lasti & 1;
        if (handler->start < 0 || handler->end < 0 || handler->target < 0 ||
            handler->target == self->num_instructions)
            return -EINVAL;
    }
    return 0;
}

/* --------------------------------------------------------------------------------------------------- depths
 */

bool bytecode_falls_through(const Bytecode *self, int index)
{
    int opcode = self->instructions[index].opcode;

    return index + 1 < self->num_instructions && !hook_opcodes_is_unconditional_jump(opcode) &&
           !hook_opcodes_leaves_frame(opcode);
}

int bytecode_depth_after(const Instruction *instruction, bool is_jump_taken)
{
    int effect = PyCompile_OpcodeStackEffectWithJump(instruction->opcode, instruction->argument,
                                                     is_jump_taken ? 1 : 0);

    return effect == PY_INVALID_STACK_EFFECT ? -1 : instruction->depth + effect;
}

/* Sets the depth at @index, and notes it for a visit if it is new. False if it was another. */
static bool reach(Bytecode *self, int index, int depth, int *todo, int *num_todo)
{
    Instruction *instruction = &self->instructions[index];

    if (depth < 0)
        return false;
    if (instruction->depth < 0) {
        instruction->depth = depth;
        todo[(*num_todo)++] = index;
    }
    return instruction->depth == depth;
}

static bool visit_successors(Bytecode *self, int index, int *todo, int *num_todo)
{
    const Instruction *instruction = &self->instructions[index];

    if (instruction->target >= 0 &&
        !reach(self, instruction->target, bytecode_depth_after(instruction, true), todo, num_todo))
        return false;
    if (bytecode_falls_through(self, index) &&
        !reach(self, index + 1, bytecode_depth_after(instruction, false), todo, num_todo))
        return false;
    return true;
}

/* Handlers whose code is reached and that were not followed yet. */
static bool visit_handlers(Bytecode *self, int *todo, int *num_todo)
{
    for (int i = 0; i < self->num_handlers; i++) {
        const Handler *handler = &self->handlers[i];
        bool is_reached = false;

        for (int j = handler->start; j < handler->end && !is_reached; j++)
            is_reached = self->instructions[j].depth >= 0;
        if (is_reached &&
            !reach(self, handler->target, handler->depth + 1 + (handler->has_lasti ? 1 : 0), todo, num_todo))
            return false;
    }
    return true;
}

static int find_depths(Bytecode *self, PyCodeObject *code, int *todo)
{
    int num_todo = 0;

    (void)reach(self, 0, hook_opcodes_first_depth(code), todo, &num_todo);
    do {
        while (num_todo > 0) {
            int index = todo[--num_todo];

            if (!visit_successors(self, index, todo, &num_todo))
                return -EINVAL;
        }
        if (!visit_handlers(self, todo, &num_todo))
            return -EINVAL;
    } while (num_todo > 0);
    return 0;
}

/* ------------------------------------------------------------------------------------------------ life cycle
 */

static int decode(Bytecode *self, PyCodeObject *code, const uint8_t *bytes, int num_units)
{
    int *scratch = malloc(sizeof(int) * (size_t)(num_units + 1));
    int result = scratch ? 0 : -ENOMEM;

    self->instructions = malloc(sizeof(*self->instructions) * (size_t)(num_units + 1));
    if (!self->instructions)
        result = -ENOMEM;
    if (result == 0) {
        decode_instructions(self, bytes, num_units, scratch);
        result = find_targets(self, num_units, scratch);
    }
    if (result == 0)
        result = decode_handlers(self, code, num_units, scratch);
    if (result == 0)
        result = find_first_traceable(self);
    if (result == 0) {
        find_locations(self, code);
        result = find_depths(self, code, scratch);
    }
    free(scratch);
    return result;
}

static bool is_comprehension(PyCodeObject *code)
{
    static const char *const NAMES[] = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"};

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (PyUnicode_CompareWithASCIIString(code->co_name, NAMES[i]) == 0)
            return true;
    }
    return false;
}

int bytecode_init(Bytecode *self, PyCodeObject *code)
{
    Bytecode fresh = {.is_comprehension = is_comprehension(code)};
    PyObject *bytes = hook_opcodes_code(code);
    int result;

    if (!bytes)
        return -ENOMEM;
    result =
        decode(&fresh, code, (const uint8_t *)PyBytes_AS_STRING(bytes), (int)(PyBytes_GET_SIZE(bytes) / 2));
    Py_DECREF(bytes);
    if (result == 0)
        *self = fresh;
    else
        bytecode_deinit(&fresh);
    return result;
}

void bytecode_deinit(Bytecode *self)
{
    free(self->instructions);
    free(self->handlers);
    *self = (Bytecode){0};
}
