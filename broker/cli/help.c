#include "broker/cli/help.h"

#include <string.h>

#include "broker/cli/identity.h"
#include "broker/cli/options.h"

#define LINE_WIDTH  80
#define NAME_INDENT 2
#define HELP_INDENT 26

/* @text in lines of LINE_WIDTH, all but the first (which begins at @column) indented. */
static void print_wrapped(FILE *stream, const char *text, int column, int indent)
{
    bool is_first_word = true;

    while (*text) {
        int length = (int)strcspn(text, " ");

        if (!is_first_word && column + 1 + length > LINE_WIDTH) {
            (void)fprintf(stream, "\n%*s", indent, "");
            column = indent;
        } else if (!is_first_word) {
            (void)fputc(' ', stream);
            column++;
        }
        (void)fprintf(stream, "%.*s", length, text);
        column += length;
        text += length;
        text += strspn(text, " ");
        is_first_word = false;
    }
    (void)fputc('\n', stream);
}

static void print_entry(FILE *stream, const char *name, const char *help)
{
    int column = NAME_INDENT + (int)strlen(name);

    (void)fprintf(stream, "%*s%s", NAME_INDENT, "", name);
    if (column + 2 > HELP_INDENT)
        (void)fprintf(stream, "\n%*s", HELP_INDENT, "");
    else
        (void)fprintf(stream, "%*s", HELP_INDENT - column, "");
    print_wrapped(stream, help, HELP_INDENT, HELP_INDENT);
}

static void print_option(FILE *stream, const Option *option)
{
    char name[80];

    if (option->value == OPTION_VALUE_NONE)
        (void)snprintf(name, sizeof name, "%s", option->name);
    else if (option->value == OPTION_VALUE_OPTIONAL)
        (void)snprintf(name, sizeof name, "%s[=%s]", option->name, option->metavar);
    else
        (void)snprintf(name, sizeof name, "%s %s", option->name, option->metavar);
    print_entry(stream, name, option->help);
}

static void print_command(const Command *command, FILE *stream)
{
    (void)fprintf(stream, "usage: snapdbg %s [option...]", command->name);
    for (size_t i = 0; i < COMMAND_POSITIONALS_MAX && command->positionals[i].metavar; i++)
        (void)fprintf(stream, command->positionals[i].is_list ? " [%s...]" : " %s",
                      command->positionals[i].metavar);
    (void)fprintf(stream, "\n\n");
    print_wrapped(stream, command->description, 0, 0);

    if (command->positionals[0].metavar)
        (void)fprintf(stream, "\narguments:\n");
    for (size_t i = 0; i < COMMAND_POSITIONALS_MAX && command->positionals[i].metavar; i++)
        print_entry(stream, command->positionals[i].metavar, command->positionals[i].help);

    (void)fprintf(stream, "\noptions:\n");
    for (const Option *const *option = command->options; *option; option++)
        print_option(stream, *option);
    if (command->is_signed) {
        (void)fprintf(stream, "\nenvironment:\n");
        print_entry(stream, IDENTITY_USER_VARIABLE,
                    "Who you are: breakpoints are signed with it (userEmail), and listed by it. Default: "
                    "user@host of "
                    "the operating system; for a database of Firebase, gcloud's account.");
    }
}

static void print_overview(const Command commands[], FILE *stream)
{
    (void)fprintf(stream, "usage: snapdbg COMMAND [option...]\n\n");
    print_wrapped(
        stream,
        "Sets and shows snapshots and logpoints of running apps. The commands, options and outputs are those "
        "of snapshot-dbg-cli; dashes may be written for the underscores.",
        0, 0);
    (void)fprintf(stream, "\ncommands:\n");
    for (; commands->name; commands++)
        print_entry(stream, commands->name, commands->summary);
    (void)fprintf(stream, "\n");
    print_wrapped(
        stream,
        "snapdbg COMMAND --help tells more of each. Tables and sentences go to stderr, JSON to stdout. Exit "
        "codes: 0 done, 1 failed, 2 wrong usage.",
        0, 0);
}

void help_print(const Command commands[], const Command *command, FILE *stream)
{
    if (command)
        print_command(command, stream);
    else
        print_overview(commands, stream);
}
