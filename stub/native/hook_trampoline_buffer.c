#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_trampoline_buffer.h"

#include <stdlib.h>
#include <string.h>

#include "stub/native/hook_locations.h"
#include "stub/native/hook_original.h"

static uint8_t *units_of(const Buffer *self)
{
    return (uint8_t *)PyBytes_AS_STRING(self->bytes);
}

static uint8_t *table_of(const Buffer *self)
{
    return (uint8_t *)PyBytes_AS_STRING(self->line_table);
}

/* ------------------------------------------------------------------------------------------- table of lines
 */

/* It is written as pairs of bytes: how many bytes of code, how many lines further (Objects/lnotab_notes.txt
 * of CPython). Room that is not used yet is pairs of zeros, which mean nothing. */
enum {
    PAIR = 2,
    BYTES_MAX = 254,
    LINES_MAX = 127,
};

static bool write_pair(Buffer *self, int bytes, int lines)
{
    uint8_t *pair = table_of(self) + self->table_used;

    if (self->table_used + PAIR > self->table_room)
        return false;
    pair[0] = (uint8_t)bytes;
    pair[1] = (uint8_t)lines;
    self->table_used += PAIR;
    return true;
}

/* The part of the way to @line that one pair can say. */
static int part_of_lines(const Buffer *self, int line)
{
    int lines = line - self->table_line;

    return lines > LINES_MAX ? LINES_MAX : lines < -LINES_MAX ? -LINES_MAX : lines;
}

#if PY_VERSION_HEX >= 0x030A0000

/* Here the line is that of the bytes which the pair counts, and these are all the bytes of the code: behind
 * the room for pairs come those for the unused room of the tail, which has no line. */
enum { NO_LINE = INT8_MIN };

static int num_filler_bytes(int units)
{
    return (2 * units + BYTES_MAX - 1) / BYTES_MAX * PAIR;
}

static void write_filler(Buffer *self)
{
    uint8_t *first = table_of(self) + self->table_room;
    int bytes = 2 * (self->room_units - self->num_units);

    for (uint8_t *pair = table_of(self) + PyBytes_GET_SIZE(self->line_table); pair > first;) {
        int part = bytes > BYTES_MAX ? BYTES_MAX : bytes;

        pair -= PAIR;
        pair[0] = (uint8_t)part;
        pair[1] = (uint8_t)NO_LINE;
        bytes -= part;
    }
}

static bool write_run(Buffer *self, int first_unit, int end_unit, int line)
{
    int bytes = 2 * (end_unit - first_unit);
    bool has_room = true;

    while (has_room && line > 0 && line - self->table_line != part_of_lines(self, line)) {
        int part = part_of_lines(self, line);

        self->table_line += part;
        has_room = write_pair(self, 0, part);
    }
    for (bool is_first = true; has_room && bytes > 0; is_first = false) {
        int part = bytes > BYTES_MAX ? BYTES_MAX : bytes;
        int lines = line <= 0 ? NO_LINE : is_first ? line - self->table_line : 0;

        if (line > 0)
            self->table_line = line;
        bytes -= part;
        has_room = write_pair(self, part, lines);
    }
    return has_room;
}

#else

static int num_filler_bytes(int units)
{
    (void)units;
    return 0;
}

static void write_filler(Buffer *self)
{
    (void)self;
}

/* Here the line is that of what follows the bytes: a pair is needed where another line begins, and the last
 * line goes on to the end. */
static bool write_run(Buffer *self, int first_unit, int end_unit, int line)
{
    int bytes = 2 * first_unit - self->table_bytes;
    bool has_room = true;

    (void)end_unit;
    if (line <= 0 || line == self->table_line)
        return true;
    for (; has_room && bytes > BYTES_MAX; bytes -= BYTES_MAX)
        has_room = write_pair(self, BYTES_MAX, 0);
    while (has_room && line != self->table_line) {
        int part = part_of_lines(self, line);

        self->table_line += part;
        has_room = write_pair(self, bytes, part);
        bytes = 0;
    }
    self->table_bytes = 2 * first_unit;
    return has_room;
}

#endif

/* What the table of the compiler says last. */
static void find_end_of_table(Buffer *self, PyCodeObject *code)
{
    const uint8_t *table = (const uint8_t *)PyBytes_AS_STRING(hook_original_line_table(code));

    self->table_line = code->co_firstlineno;
    for (int i = 0; i + PAIR <= self->table_used; i += PAIR) {
        int lines = (int8_t)table[i + 1];

        self->table_bytes += table[i];
        if (PY_VERSION_HEX < 0x030A0000 || lines != INT8_MIN)
            self->table_line += lines;
    }
}

static bool append_lines(Buffer *self, const Tail *tail)
{
    int first = 0;

    for (int i = 1; i <= tail->num_units; i++) {
        if (i < tail->num_units && tail->lines[i] == tail->lines[first])
            continue;
        if (!write_run(self, self->num_units + first, self->num_units + i, tail->lines[first]))
            return false;
        first = i;
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------ life cycle
 */

/* A detour has some 10 units, and one or two pairs. */
enum { UNITS_PER_PAIR = 2, PAIRS_MIN = 64 };

static PyObject *new_bytes(PyObject *start, Py_ssize_t size, int rest)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, size);

    if (!bytes) {
        PyErr_Clear();
        return NULL;
    }
    memset(PyBytes_AS_STRING(bytes), rest, (size_t)size);
    memcpy(PyBytes_AS_STRING(bytes), PyBytes_AS_STRING(start), (size_t)PyBytes_GET_SIZE(start));
    return bytes;
}

/* Nothing that runs, and nothing that means something to who reads it. */
static void fill_tail(Buffer *self)
{
    for (int i = self->num_units; i < self->room_units; i++) {
        units_of(self)[2 * i] = NOP;
        units_of(self)[2 * i + 1] = 0;
    }
}

Buffer *buffer_new(PyCodeObject *code, int room_units)
{
    Buffer *self = calloc(1, sizeof(*self));
    PyObject *bytes = hook_original_bytecode(code);
    PyObject *table = hook_original_line_table(code);
    Py_hash_t hash = -1;

    if (self && bytes) {
        self->num_units = (int)(PyBytes_GET_SIZE(bytes) / 2);
        self->room_units = self->num_units + room_units;
        self->table_used = (int)PyBytes_GET_SIZE(table) / PAIR * PAIR;
        self->table_room = self->table_used + PAIR * (room_units / UNITS_PER_PAIR + PAIRS_MIN);
        self->bytes = new_bytes(bytes, 2 * (Py_ssize_t)self->room_units, 0);
        hash = PyObject_Hash(bytes);
        self->line_table = new_bytes(table, self->table_room + num_filler_bytes(room_units), 0);
    }
    Py_XDECREF(bytes);
    if (!self || !self->bytes || !self->line_table) {
        buffer_free(self);
        return NULL;
    }
    /* Bytes keep their hash, and these change in place. So that of the code object stays what it was. */
    ((PyBytesObject *)self->bytes)->ob_shash = hash;
    fill_tail(self);
    find_end_of_table(self, code);
    write_filler(self);
    return self;
}

void buffer_copy_from(Buffer *self, const Buffer *older)
{
    memcpy(units_of(self), units_of(older), 2 * (size_t)older->num_units);
    memcpy(table_of(self), table_of(older), (size_t)older->table_used);
    self->num_units = older->num_units;
    self->table_used = older->table_used;
    self->table_bytes = older->table_bytes;
    self->table_line = older->table_line;
    write_filler(self);
}

bool buffer_append(Buffer *self, const Tail *tail)
{
    Buffer before = *self;

    /* One unit stays: on 3.10 the table must not end with nothing. */
    if (self->num_units + tail->num_units >= self->room_units)
        return false;
    if (!append_lines(self, tail)) {
        memset(table_of(self) + before.table_used, 0, (size_t)(self->table_used - before.table_used));
        *self = before;
        return false;
    }
    memcpy(units_of(self) + 2 * self->num_units, tail->bytes, 2 * (size_t)tail->num_units);
    self->num_units += tail->num_units;
    write_filler(self);
    return true;
}

void buffer_write(Buffer *self, int unit, const uint8_t *bytes, int num_units)
{
    memcpy(units_of(self) + 2 * unit, bytes, 2 * (size_t)num_units);
}

void buffer_free(Buffer *self)
{
    while (self) {
        Buffer *older = self->older;

        Py_XDECREF(self->bytes);
        Py_XDECREF(self->line_table);
        free(self);
        self = older;
    }
}
