/* Where a command's words go: sentences and tables for people on one stream (stderr), documents for
 * programs on the other (stdout), so that a pipe gets data alone. Tests give files of their own. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "broker/cli/python_text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum OutputFormat {
    OUTPUT_FORMAT_DEFAULT,
    OUTPUT_FORMAT_JSON,
    OUTPUT_FORMAT_PRETTY_JSON,
} OutputFormat;

/* Borrows both streams. */
typedef struct Output {
    FILE *people;
    FILE *data;
    bool is_debug;
} Output;

/* output_line() - one line for people. Control characters are escaped, line feeds too. */
void output_line(const Output *output, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* output_text() - the same where line feeds are wanted. Strings of the database that become part of it
 * have been through python_display(). */
void output_text(const Output *output, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* output_error() - "snapdbg: " and one line. */
void output_error(const Output *output, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* output_debug() - one line, only with --debug. Never give it a token. */
void output_debug(const Output *output, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* output_prompt() - text without a line feed, at once. */
void output_prompt(const Output *output, const char *prompt);

/* output_json() - a document for programs. @format is one of the JSON formats. */
void output_json(const Output *output, const json_t *value, OutputFormat format);

/* output_flush() - 0, or a negative errno if what was written did not arrive (a full disk). */
int output_flush(const Output *output);

#ifdef __cplusplus
}
#endif
