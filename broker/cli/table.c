#include "broker/cli/table.h"

#include <stdlib.h>
#include <string.h>

#include "broker/cli/must.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

#define GAP "  " /* between two columns */

void table_add(Table *table, char *cell)
{
    table->cells = MUST(reallocarray(table->cells, table->num_cells + 1, sizeof *table->cells));
    table->cells[table->num_cells++] = cell;
}

static void measure(const Table *table, size_t widths[])
{
    for (size_t i = 0; i < table->num_columns; i++)
        widths[i] = utf8_count(table->headers[i]);
    for (size_t i = 0; i < table->num_cells; i++) {
        size_t width = utf8_count(table->cells[i]);

        if (width > widths[i % table->num_columns])
            widths[i % table->num_columns] = width;
    }
}

static void append_cell(Text *text, const char *cell, size_t width, size_t column)
{
    text_append_string(text, column > 0 ? GAP : "");
    text_append_string(text, cell);
    text_append_repeated(text, ' ', width - utf8_count(cell));
}

void table_print(const Table *table, const Output *output)
{
    CLEANUP(text_deinit) Text text = {0};
    size_t widths[TABLE_COLUMNS_MAX];

    measure(table, widths);
    for (size_t i = 0; i < table->num_columns; i++)
        append_cell(&text, table->headers[i], widths[i], i);
    text_append(&text, "\n", 1);

    for (size_t i = 0; i < table->num_columns; i++) {
        text_append_string(&text, i > 0 ? GAP : "");
        text_append_repeated(&text, '-', widths[i]);
    }
    text_append(&text, "\n", 1);

    for (size_t i = 0; i < table->num_cells; i++) {
        size_t column = i % table->num_columns;

        append_cell(&text, table->cells[i], widths[column], column);
        if (column + 1 == table->num_columns)
            text_append(&text, "\n", 1);
    }
    output_text(output, "%s", text.bytes);
}

void table_deinit(Table *table)
{
    for (size_t i = 0; i < table->num_cells; i++)
        free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->num_cells = 0;
}
