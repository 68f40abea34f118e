#include "stub/native/compat.h"

#include "stub/native/hook_locations.h"
#include "stub/native/hook_original.h"

#include "stub/native/hook_trampoline_patch.h"

void code_locations_init(CodeLocations *self, PyCodeObject *code)
{
    PyObject *table = hook_original_line_table(code);

    *self = (CodeLocations){
        .next = (const uint8_t *)PyBytes_AS_STRING(table),
        .end = (const uint8_t *)PyBytes_AS_STRING(table) + PyBytes_GET_SIZE(table),
        .computed_line = code->co_firstlineno,
        .code_bytes = (int)PyBytes_GET_SIZE(patch_original_bytes(code)),
    };
}

/* The units that begin from where the last entry ended to @end_byte: entries can end within one. */
static void move_to(CodeLocations *self, int end_byte)
{
    self->first_unit = (self->end_byte + 1) / 2;
    self->num_units = (end_byte + 1) / 2 - self->first_unit;
    self->end_byte = end_byte;
}

static void set_line(CodeLocations *self, int line)
{
    self->location = (CodeLocation){.line = line, .end_line = line, .column = -1, .end_column = -1};
}

/* Objects/lnotab_notes.txt of CPython: pairs of how many bytes and how many lines further. */
#if PY_VERSION_HEX >= 0x030A0000

bool code_locations_next(CodeLocations *self)
{
    int line_delta;

    if (self->end - self->next < 2)
        return false;
    move_to(self, self->end_byte + self->next[0]);
    line_delta = (int8_t)self->next[1];
    self->next += 2;
    if (line_delta == INT8_MIN) {
        set_line(self, 0);
    } else {
        self->computed_line += line_delta;
        set_line(self, self->computed_line);
    }
    return true;
}

#else

/* Here a pair says how far the next place is, and how many lines further: the last one ends with the code. */
bool code_locations_next(CodeLocations *self)
{
    while (self->end - self->next >= 2) {
        int bytes = self->next[0];
        int line_delta = (int8_t)self->next[1];

        self->next += 2;
        if (bytes > 0) {
            set_line(self, self->computed_line);
            move_to(self, self->end_byte + bytes);
        }
        self->computed_line += line_delta;
        if (bytes > 0)
            return true;
    }
    if (self->end_byte >= self->code_bytes)
        return false;
    set_line(self, self->computed_line);
    move_to(self, self->code_bytes);
    return true;
}

#endif
