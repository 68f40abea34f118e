#include "broker/cli/output.h"

#include <errno.h>
#include <string.h>

#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

static void write_line(FILE *stream, const char *prefix, TextLines lines, const char *format,
                       va_list arguments) __attribute__((format(printf, 4, 0)));

static void write_line(FILE *stream, const char *prefix, TextLines lines, const char *format,
                       va_list arguments)
{
    CLEANUP(text_deinit) Text text = {0};
    AUTO_FREE char *printable = NULL;

    text_append_format_va(&text, format, arguments);
    printable = text_printable(text.bytes, text.length, lines);
    (void)fprintf(stream, "%s%s\n", prefix, printable); /* output_flush() tells of failures */
}

void output_line(const Output *output, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line(output->people, "", TEXT_ONE_LINE, format, arguments);
    va_end(arguments);
}

void output_text(const Output *output, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line(output->people, "", TEXT_KEEP_LINES, format, arguments);
    va_end(arguments);
}

void output_error(const Output *output, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line(output->people, "snapdbg: ", TEXT_ONE_LINE, format, arguments);
    va_end(arguments);
}

void output_debug(const Output *output, const char *format, ...)
{
    va_list arguments;

    if (!output->is_debug)
        return;
    va_start(arguments, format);
    write_line(output->people, "snapdbg: debug: ", TEXT_ONE_LINE, format, arguments);
    va_end(arguments);
}

void output_prompt(const Output *output, const char *prompt)
{
    (void)fputs(prompt, output->people);
    (void)fflush(
        output->people); /* if nobody sees the question, the answer is end-of-file or theirs to regret */
}

void output_json(const Output *output, const json_t *value, OutputFormat format)
{
    AUTO_FREE char *text =
        python_json(value, format == OUTPUT_FORMAT_PRETTY_JSON ? JSON_LAYOUT_PRETTY : JSON_LAYOUT_RAW);

    (void)fprintf(output->data, "%s\n", text); /* output_flush() tells of failures */
}

int output_flush(const Output *output)
{
    if (fflush(output->data) != 0)
        return -errno;
    if (ferror(output->data))
        return -EIO;
    (void)fflush(output->people); /* nowhere left to tell of it */
    return 0;
}
