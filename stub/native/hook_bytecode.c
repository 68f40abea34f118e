#include "stub/native/hook_opcodes.h"

#define NEED_OPCODE_TABLES   1
#define NEED_OPCODE_METADATA 1
#if PY_VERSION_HEX >= 0x030D0000
#include "internal/pycore_opcode_metadata.h"
#elif PY_VERSION_HEX >= 0x030B0000
#include "internal/pycore_opcode.h"
#endif

#include "stub/native/hook_bytecode.h"
#include "stub/native/hook_handlers.h"
#include "stub/native/hook_original.h"

#include <errno.h>
#include <stdlib.h>

/* --------------------------------------------------------------------------------------------- instructions
 */

static int num_caches_of(int opcode)
{
#if PY_VERSION_HEX >= 0x030B0000
    return _PyOpcode_Caches[opcode];
#else
    (void)opcode;
    return 0;
#endif
}

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
        int num_caches = num_caches_of(opcode);

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
        int distance = hook_opcodes_jump_units(instruction->argument);
        int unit = kind == JUMP_TO ? 0 : instruction->first_unit + instruction->num_units;

        if (kind == JUMP_NONE)
            continue;
        unit += kind == JUMP_BACK ? -distance : distance;
        if (unit < 0 || unit >= num_units || index_of_unit[unit] < 0)
            return -EINVAL;
        instruction->target = index_of_unit[unit];
    }
    return 0;
}

static void find_locations(Bytecode *self, PyCodeObject *code)
{
    bool is_any_place_good = !hook_opcodes_added_code_has_line();
    CodeLocations locations;
    int previous_line = 0;
    int i = 0;

    code_locations_init(&locations, code);
    while (code_locations_next(&locations)) {
        int end = locations.first_unit + locations.num_units;
        int line = locations.location.line;

        if (i < self->num_instructions)
            self->instructions[i].can_begin_line = line != previous_line;
        for (; i < self->num_instructions && self->instructions[i].first_unit < end; i++) {
            self->instructions[i].location = locations.location;
            self->instructions[i].can_begin_line |= is_any_place_good;
        }
        previous_line = line;
    }
}

static int find_first_traceable(Bytecode *self, PyCodeObject *code)
{
    int unit = hook_opcodes_body_unit(code);

    while (self->first_traceable < self->num_instructions &&
           self->instructions[self->first_traceable].first_unit < unit)
        self->first_traceable++;
    return self->first_traceable < self->num_instructions ? 0 : -EINVAL;
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
    int effect = hook_opcodes_stack_effect(instruction->opcode, instruction->argument, is_jump_taken);

    return effect == PY_INVALID_STACK_EFFECT ? -1 : instruction->depth + effect;
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
        result = find_first_traceable(self, code);
    if (result == 0) {
        find_locations(self, code);
        result = hook_handlers_find(self, code, scratch, num_units);
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
    PyObject *bytes = hook_original_bytecode(code);
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
