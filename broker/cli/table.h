/* Tables: a header row, a row of dashes, two spaces between columns, every column as wide as its widest
 * cell in characters. */
#pragma once

#include <stddef.h>

#include "broker/cli/output.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TABLE_COLUMNS_MAX 8

/* Begin with {.headers = ..., .num_columns = ...}; the headers are borrowed. */
typedef struct Table {
    const char *const *headers;
    size_t num_columns;
    char **cells; /* row by row */
    size_t num_cells;
} Table;

/* table_add() - the next cell, row by row. Consumes @cell. Cells are free of line feeds: see
 * python_display(). */
void table_add(Table *table, char *cell);

/* table_print() - the table and an empty line. */
void table_print(const Table *table, const Output *output);

/* table_deinit() - for CLEANUP(). */
void table_deinit(Table *table);

#ifdef __cplusplus
}
#endif
