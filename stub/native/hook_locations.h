/* Locations: the table of a code object that says which source each instruction comes from.
 *
 * Reads it as the compiler made it, whatever hooks have made of the code object; writes that of 3.11 and
 * later. Up to 3.10 the table has lines alone, and is read by hook_trampoline_locations.c. Any thread that
 * holds the GIL; nothing is cached in the code object. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct CodeLocation {
    int line; /* 0: the instruction belongs to no line */
    int end_line;
    int column; /* -1: not known; then the end is not known either */
    int end_column;
} CodeLocation;

/* An entry of the table: the location of units [first_unit, first_unit + num_units). */
typedef struct CodeLocations {
    const uint8_t *next;
    const uint8_t *end;
    int computed_line;
    int first_unit;
    int num_units;
    int end_byte; /* of the entry, and of the code; up to 3.10 alone, whose table counts bytes */
    int code_bytes;
    CodeLocation location;
} CodeLocations;

/* code_locations_init() - before the first entry. Borrows the code object's table. */
void code_locations_init(CodeLocations *self, PyCodeObject *code);

/* code_locations_next() - moves to the next entry. False at the end. */
bool code_locations_next(CodeLocations *self);

/* The most bytes that one location of 3.11 and later takes when it is written. */
#define CODE_LOCATION_BYTES_MAX 32

/* A table being written. */
typedef struct CodeLocationsWriter {
    uint8_t *next;
    int line;
} CodeLocationsWriter;

/* code_locations_write() - appends the location of the next @num_units units. The caller provides room:
 * CODE_LOCATION_BYTES_MAX for every 8 units or part of them. */
void code_locations_write(CodeLocationsWriter *self, const CodeLocation *location, int num_units);
