#include "stub/native/hook_locations.h"

#if PY_VERSION_HEX >= 0x030B0000

/* Objects/locations.md of CPython: the first byte of an entry is 0x80 | kind << 3 | (units - 1). */
enum {
    KIND_SHORT_FIRST = 0,     /* to 9: same line, columns in one byte more */
    KIND_ONE_LINE_FIRST = 10, /* to 12: 0 to 2 lines further, two columns */
    KIND_NO_COLUMNS = 13,
    KIND_LONG = 14,
    KIND_NONE = 15,
    UNITS_MAX = 8,
};

void code_locations_init(CodeLocations *self, PyCodeObject *code)
{
    const uint8_t *table = (const uint8_t *)PyBytes_AS_STRING(code->co_linetable);

    *self = (CodeLocations){
        .next = table,
        .end = table + PyBytes_GET_SIZE(code->co_linetable),
        .computed_line = code->co_firstlineno,
    };
}

static uint8_t read_byte(CodeLocations *self)
{
    return self->next < self->end ? *self->next++ : 0;
}

static unsigned read_varint(CodeLocations *self)
{
    unsigned byte = read_byte(self);
    unsigned value = byte & 63;

    for (unsigned shift = 6; (byte & 64) && shift < 32; shift += 6) {
        byte = read_byte(self);
        value |= (byte & 63) << shift;
    }
    return value;
}

static int read_signed_varint(CodeLocations *self)
{
    unsigned value = read_varint(self);

    return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

static void read_location(CodeLocations *self, int kind)
{
    CodeLocation *location = &self->location;

    *location = (CodeLocation){.column = -1, .end_column = -1};
    if (kind == KIND_NONE)
        return;
    if (kind == KIND_NO_COLUMNS) {
        self->computed_line += read_signed_varint(self);
        location->end_line = self->computed_line;
    } else if (kind == KIND_LONG) {
        self->computed_line += read_signed_varint(self);
        location->end_line = self->computed_line + (int)read_varint(self);
        location->column = (int)read_varint(self) - 1;
        location->end_column = (int)read_varint(self) - 1;
    } else if (kind >= KIND_ONE_LINE_FIRST) {
        self->computed_line += kind - KIND_ONE_LINE_FIRST;
        location->end_line = self->computed_line;
        location->column = read_byte(self);
        location->end_column = read_byte(self);
    } else {
        uint8_t columns = read_byte(self);

        location->end_line = self->computed_line;
        location->column = kind << 3 | columns >> 4;
        location->end_column = location->column + (columns & 15);
    }
    location->line = self->computed_line;
}

bool code_locations_next(CodeLocations *self)
{
    if (self->next >= self->end)
        return false;

    uint8_t first = read_byte(self);

    self->first_unit += self->num_units;
    self->num_units = (first & 7) + 1;
    read_location(self, first >> 3 & 15);
    return true;
}

static void write_varint(CodeLocationsWriter *self, unsigned value)
{
    for (; value >= 64; value >>= 6)
        *self->next++ = (uint8_t)(64 | (value & 63));
    *self->next++ = (uint8_t)value;
}

static void write_entry(CodeLocationsWriter *self, const CodeLocation *location, int num_units)
{
    int kind = location->line == 0 ? KIND_NONE : location->column < 0 ? KIND_NO_COLUMNS : KIND_LONG;

    *self->next++ = (uint8_t)(0x80 | kind << 3 | (num_units - 1));
    if (kind == KIND_NONE)
        return;

    int delta = location->line - self->line;

    write_varint(self, delta < 0 ? (unsigned)-delta << 1 | 1 : (unsigned)delta << 1);
    self->line = location->line;
    if (kind == KIND_NO_COLUMNS)
        return;
    write_varint(self, (unsigned)(location->end_line - location->line));
    write_varint(self, (unsigned)location->column + 1);
    write_varint(self, (unsigned)location->end_column + 1);
}

void code_locations_write(CodeLocationsWriter *self, const CodeLocation *location, int num_units)
{
    for (; num_units > UNITS_MAX; num_units -= UNITS_MAX)
        write_entry(self, location, UNITS_MAX);
    if (num_units > 0)
        write_entry(self, location, num_units);
}

#endif
