#include "broker/cli/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broker/cli/must.h"
#include "broker/cli/options.h"
#include "broker/cli/snapshot_view.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

typedef struct Parser {
    const Command *command;
    const char *const *words; /* what is left */
    Arguments *arguments;
    size_t num_positionals; /* taken so far */
    Text unrecognized;
    bool are_options_over; /* after "--" */
    bool is_help;
    char *problem;
} Parser;

static const char *environment_or(const char *name, const char *fallback)
{
    const char *value = getenv(name);

    return value && *value ? value : fallback;
}

void arguments_init(Arguments *arguments)
{
    *arguments = (Arguments){
        .database_url = environment_or(DATABASE_URL_VARIABLE, DATABASE_URL_DEFAULT),
        .debuggee_id = environment_or(DEBUGGEE_ID_VARIABLE, NULL),
        .token_file = environment_or(TOKEN_FILE_VARIABLE, NULL),
        .levels_max = SNAPSHOT_LEVELS_DEFAULT,
        .log_level = "INFO",
    };
}

void arguments_deinit(Arguments *arguments)
{
    json_decref(arguments->expressions);
    json_decref(arguments->limits);
    json_decref(arguments->location);
    json_decref(arguments->log_expressions);
    free(arguments->log_format);
    free(arguments->ids);
    *arguments = (Arguments){0};
}

static bool is_same_name(const char *name, const char *typed)
{
    for (; *name && *typed; name++, typed++)
        if (*name != (*typed == '-' ? '_' : *typed))
            return false;
    return *name == *typed;
}

static const Command *find_command(const Command commands[], const char *typed)
{
    for (; commands->name; commands++)
        if (is_same_name(commands->name, typed))
            return commands;
    return NULL;
}

/* The option that the first @length bytes of @typed name, whole or by their beginning; NULL with the
 * problem set if several begin so, NULL without if none does. */
static const Option *find_option(Parser *parser, const char *typed, size_t length)
{
    const Option *found = NULL;
    CLEANUP(text_deinit) Text names = {0};
    size_t count = 0;

    for (const Option *const *option = parser->command->options; *option; option++) {
        if (strncmp((*option)->name, typed, length) != 0)
            continue;
        if ((*option)->name[length] == '\0')
            return *option;
        text_append_format(&names, "%s%s", count++ > 0 ? ", " : "", (*option)->name);
        found = *option;
    }
    if (count > 1) {
        parser->problem =
            text_format("ambiguous option: %.*s could match %s", (int)length, typed, names.bytes);
        return NULL;
    }
    return found;
}

static bool is_negative_number(const char *word)
{
    size_t digits = strspn(word + 1, "0123456789");
    const char *rest = word + 1 + digits;

    if (*rest == '.' && rest[1] != '\0') {
        size_t fraction = strspn(rest + 1, "0123456789");

        return fraction > 0 && rest[1 + fraction] == '\0';
    }
    return digits > 0 && *rest == '\0';
}

/* Whether a word may be the value of the option before it, or a positional argument. */
static bool is_value(Parser *parser, const char *word)
{
    if (word[0] != '-' || word[1] == '\0' || is_negative_number(word))
        return true;
    if (strcmp(word, "-h") == 0 || strcmp(word, "--") == 0)
        return false;
    if (strncmp(word, "--", 2) == 0 && find_option(parser, word, strcspn(word, "=")))
        return false;
    return !parser->problem && strchr(word, ' ') != NULL;
}

static void set_value(Parser *parser, const char *name, ArgumentSetter set, const char *value)
{
    AUTO_FREE char *why = NULL;

    if (set(parser->arguments, value, &why) < 0)
        parser->problem = text_format("argument %s: %s", name, why);
}

static void take_option(Parser *parser, const Option *option, const char *word)
{
    const char *equals = strchr(word, '=');
    const char *value = equals ? equals + 1 : NULL;

    if (option->value == OPTION_VALUE_NONE && value) {
        parser->problem = text_format("argument %s: ignored explicit argument '%s'", option->name, value);
        return;
    }
    if (option->value == OPTION_VALUE_REQUIRED && !value) {
        if (!*parser->words || !is_value(parser, *parser->words)) {
            if (!parser->problem)
                parser->problem = text_format("argument %s: expected one argument", option->name);
            return;
        }
        value = *parser->words++;
    }
    set_value(parser, option->name, option->set, value);
}

static void take_unrecognized(Parser *parser, const char *word)
{
    text_append_format(&parser->unrecognized, "%s%s", parser->unrecognized.length > 0 ? " " : "", word);
}

static void take_positional(Parser *parser, const char *word)
{
    size_t place = parser->num_positionals;
    const Positional *positional;

    if (place > 0 && parser->command->positionals[place - 1].is_list)
        place--;
    if (place >= COMMAND_POSITIONALS_MAX || !parser->command->positionals[place].metavar) {
        take_unrecognized(parser, word);
        return;
    }
    positional = &parser->command->positionals[place];
    parser->num_positionals = place + 1;
    set_value(parser, positional->metavar, positional->set, word);
}

static void take_word(Parser *parser)
{
    const char *word = *parser->words++;
    const Option *option;

    if (parser->are_options_over || is_value(parser, word)) {
        take_positional(parser, word);
        return;
    }
    if (parser->problem)
        return;
    if (strcmp(word, "--") == 0) {
        parser->are_options_over = true;
        return;
    }
    option = strcmp(word, "-h") == 0 ? &option_help : find_option(parser, word, strcspn(word, "="));
    if (option == &option_help)
        parser->is_help = true;
    else if (option)
        take_option(parser, option, word);
    else if (!parser->problem)
        take_unrecognized(parser, word);
}

static void check_complete(Parser *parser)
{
    CLEANUP(text_deinit) Text missing = {0};

    for (size_t i = parser->num_positionals; i < COMMAND_POSITIONALS_MAX; i++) {
        const Positional *positional = &parser->command->positionals[i];

        if (positional->metavar && !positional->is_list)
            text_append_format(&missing, "%s%s", missing.length > 0 ? ", " : "", positional->metavar);
    }
    if (missing.length > 0)
        parser->problem = text_format("the following arguments are required: %s", missing.bytes);
    else if (parser->unrecognized.length > 0)
        parser->problem = text_format("unrecognized arguments: %s", parser->unrecognized.bytes);
}

static ParseResult wrong(const Command *command, char *problem)
{
    return (ParseResult){.outcome = PARSE_WRONG, .command = command, .problem = problem};
}

static ParseResult parse_command(const Command *command, const char *const words[], Arguments *arguments)
{
    Parser parser = {.command = command, .words = words, .arguments = arguments};

    arguments->all_users = command->is_for_all_users;
    while (*parser.words && !parser.problem && !parser.is_help)
        take_word(&parser);
    if (!parser.problem && !parser.is_help)
        check_complete(&parser);
    text_deinit(&parser.unrecognized);
    if (parser.problem)
        return wrong(command, parser.problem);
    return (ParseResult){.outcome = parser.is_help ? PARSE_HELP : PARSE_RUN, .command = command};
}

ParseResult arguments_parse(const Command commands[], const char *const words[], Arguments *arguments)
{
    const Command *command;

    for (const char *const *word = words; *word; word++)
        if (!utf8_is_valid(*word, strlen(*word)))
            return wrong(NULL, text_format("argument %td is not valid UTF-8", word - words + 1));
    if (!words[0])
        return wrong(NULL,
                     text_format("Missing required argument, please specify --help for more information"));
    if (strcmp(words[0], "-h") == 0 || strcmp(words[0], "--help") == 0)
        return (ParseResult){.outcome = PARSE_HELP};
    if (strcmp(words[0], "init") == 0)
        return wrong(
            NULL, text_format("there is no init here: the embedded store needs none, and a Firebase database "
                              "is made ready by snapshot-dbg-cli init"));
    command = find_command(commands, words[0]);
    if (!command)
        return wrong(NULL, text_format("no command '%s'; snapdbg --help lists the commands", words[0]));
    return parse_command(command, words + 1, arguments);
}
