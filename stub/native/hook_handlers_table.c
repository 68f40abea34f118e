#include "stub/native/hook_opcodes.h"

#if PY_VERSION_HEX >= 0x030B0000

#include "stub/native/hook_handlers.h"

#include <errno.h>
#include <stdlib.h>

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

int hook_handlers_find(Bytecode *self, PyCodeObject *code, int *index_of_unit, int num_units)
{
    int result = decode_handlers(self, code, num_units, index_of_unit);

    return result == 0 ? find_depths(self, code, index_of_unit) : result;
}

#endif
