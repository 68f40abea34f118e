/* Buffer: the instructions of a code object with a tail for detours, and the table of lines that goes with
 * them (CPython 3.6 to 3.10).
 *
 * Frames that run keep bare pointers into both. So what has been in use is changed in place, where no frame
 * can be in the midst of it, and given back only with the code object. When the tail is full a larger buffer
 * takes over, in which everything has the same place. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/hook_trampoline_detour.h"

typedef struct Buffer {
    struct Buffer *older;
    PyObject *bytes;      /* owned; as co_code */
    PyObject *line_table; /* owned; as co_lnotab or co_linetable */
    int num_units;        /* in use, of the original and the tail */
    int room_units;       /* in all */
    int table_used;       /* bytes of the table */
    int table_room;       /* that can be used */
    int table_bytes;      /* of the code, up to where its last pair is */
    int table_line;       /* the last in it */
    bool was_in_use;      /* frames may run it */
} Buffer;

/* buffer_new() - @code as the compiler made it and room for at least @room_units in its tail. NULL when
 * memory is out. */
Buffer *buffer_new(PyCodeObject *code, int room_units);

/* buffer_append() - adds @tail, which was written for the unit that is next: its tail_unit is one more than
 * num_units. False if there is no room, and nothing has changed. */
bool buffer_append(Buffer *self, const Tail *tail);

/* buffer_write() - overwrites @num_units from @unit on. */
void buffer_write(Buffer *self, int unit, const uint8_t *bytes, int num_units);

/* buffer_copy_from() - makes it what @older is. @self must be new, of the same code, and larger. */
void buffer_copy_from(Buffer *self, const Buffer *older);

/* buffer_free() - and those that are older. NULL is nothing. */
void buffer_free(Buffer *self);
