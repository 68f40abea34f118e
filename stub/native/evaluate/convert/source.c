#include "stub/native/compat.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "stub/native/compat_audit.h"
#include "stub/native/evaluate/program.h"
#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/convert/source.h"

#define MESSAGE_BYTES_MAX 400

/* How many of its 1,500 places a construct may take on the stack of the parser up to 3.8, which writes to the
 * app's stderr when they are used up (measured on 3.6 to 3.8: 16 for a bracket, 9 for a lambda). */
#define NESTING_OF_BRACKET 17
#define NESTING_OF_WORD    9
#define NESTING_OF_SIGN    2
#define NESTING_MAX        1400

/* ------------------------------------------------------------------------------------- warnings */

/* f-strings in fields of f-strings. */
#define FIELDS_MAX 16

/* What stands before the quote of a literal. */
typedef struct Prefix {
    bool is_raw;
    bool is_bytes;
    bool is_format; /* it has {fields} */
} Prefix;

/* Copies a text without what the compiler would warn about, as a warning runs what the app has put in its
 * way. What is written means the same. @to has twice the room. */
typedef struct Copier {
    const char *from;
    char *to;
    const char *source; /* where the user's text begins */
    uint16_t *origin;   /* of what comes next */
    int brackets;       /* what those that are open take */
    int words;          /* what all may take that are followed by an operand */
    int nesting_max;
    int num_fields; /* that are open */
} Copier;

static void copy_code(Copier *copier, bool is_field);

/* Instead of what comes next, or before it. */
static void write_char(Copier *copier, char c)
{
    *copier->origin++ = (uint16_t)(copier->from - copier->source);
    *copier->to++ = c;
}

static void copy_chars(Copier *copier, size_t count)
{
    for (; count > 0; count--) {
        write_char(copier, *copier->from);
        copier->from++;
    }
}

static bool starts_with(const Copier *copier, const char *text)
{
    return strncmp(copier->from, text, strlen(text)) == 0;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* What may follow a backslash; after anything else the compiler keeps the backslash, and warns. */
static bool is_escape(char c, const Prefix *prefix)
{
    return c != '\0' &&
           strchr(prefix->is_bytes ? "\n\\'\"abfnrtvx01234567" : "\n\\'\"abfnrtvxNuU01234567", c);
}

/* '\777' is more than three octal digits may say: bytes keep the last eight bits of it. */
static bool copy_large_octal(Copier *copier, const Prefix *prefix)
{
    const char *digits = copier->from + 1;
    char escape[16];

    if (digits[0] < '4' || !is_octal(digits[0]) || !is_octal(digits[1]) || !is_octal(digits[2]))
        return false;
    int low = (digits[0] - '4') * 64 + (digits[1] - '0') * 8 + digits[2] - '0';
    snprintf(escape, sizeof(escape), prefix->is_bytes ? "\\x%02x" : "\\u01%02x", (unsigned)low);
    for (const char *c = escape; *c; c++)
        write_char(copier, *c);
    copier->from += 4;
    return true;
}

static void copy_escape(Copier *copier, const Prefix *prefix)
{
    bool is_name = prefix->is_format && starts_with(copier, "\\N{");

    if (!prefix->is_raw && copy_large_octal(copier, prefix))
        return;
    /* What stands for itself is doubled: '\d' becomes '\\d'. */
    if (!prefix->is_raw && !is_escape(copier->from[1], prefix))
        write_char(copier, '\\');
    copy_chars(copier, prefix->is_format && strchr("{}", copier->from[1]) ? 1 : 2);
    if (is_name && !prefix->is_raw)
        copy_chars(copier, strcspn(copier->from, "}"));
}

static void copy_part(Copier *copier, const Prefix *prefix, const char *end);

/* From behind the { of a field to its }. Since 3.12 it may have any literals in it. */
static void copy_field(Copier *copier, const Prefix *prefix)
{
    if (++copier->num_fields > FIELDS_MAX) {
        copier->nesting_max = INT_MAX;
    } else {
        copy_code(copier, true);
        if (*copier->from == ':')
            copy_part(copier, prefix, "}");
    }
    copier->num_fields--;
}

/* What is between the quotes of a literal, or a field's specification. */
static void copy_part(Copier *copier, const Prefix *prefix, const char *end)
{
    while (*copier->from && !starts_with(copier, end)) {
        if (copier->from[0] == '\\' && copier->from[1]) {
            copy_escape(copier, prefix);
        } else if (prefix->is_format && starts_with(copier, "{{")) {
            copy_chars(copier, 2);
        } else if (prefix->is_format && *copier->from == '{') {
            copy_chars(copier, 1);
            copy_field(copier, prefix);
            if (copier->nesting_max == INT_MAX)
                return;
        } else {
            copy_chars(copier, 1);
        }
    }
}

/* From its opening quote to behind its closing one. */
static void copy_literal(Copier *copier, const Prefix *prefix)
{
    char quote[4] = {*copier->from, *copier->from, *copier->from, '\0'};

    if (!starts_with(copier, quote))
        quote[1] = '\0';
    copy_chars(copier, strlen(quote));
    copy_part(copier, prefix, quote);
    if (*copier->from)
        copy_chars(copier, strlen(quote));
}

static void note_nesting(Copier *copier)
{
    if (copier->brackets + copier->words > copier->nesting_max)
        copier->nesting_max = copier->brackets + copier->words;
}

static void copy_mark(Copier *copier)
{
    if (strchr("([{", *copier->from))
        copier->brackets += NESTING_OF_BRACKET;
    else if (strchr(")]}", *copier->from))
        copier->brackets -= NESTING_OF_BRACKET;
    else if (strchr("+-~*", *copier->from))
        copier->words += NESTING_OF_SIGN;
    note_nesting(copier);
    copy_chars(copier, 1);
}

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

/* A whole word. Returns what it makes of a literal that follows it. */
static Prefix copy_word(Copier *copier)
{
    const char *word = copier->from;
    size_t len = 0;

    while (is_letter(word[len]))
        len++;
    if (is_word(word, len, "not") || is_word(word, len, "else") || is_word(word, len, "lambda"))
        copier->words += NESTING_OF_WORD;
    note_nesting(copier);
    copy_chars(copier, len);
    if (len > 2)
        return (Prefix){false};
    return (Prefix){
        .is_raw = memchr(word, 'r', len) || memchr(word, 'R', len),
        .is_bytes = memchr(word, 'b', len) || memchr(word, 'B', len),
        .is_format = memchr(word, 'f', len) || memchr(word, 'F', len) || memchr(word, 't', len) ||
                     memchr(word, 'T', len),
    };
}

static size_t num_digits(const char *text, const char *digits)
{
    return strspn(text, digits);
}

static size_t number_chars(const char *text)
{
    static const char decimal[] = "0123456789_";
    size_t len;

    if (text[0] == '0' && text[1] && strchr("xX", text[1]))
        return 2 + num_digits(text + 2, "0123456789abcdefABCDEF_");
    if (text[0] == '0' && text[1] && strchr("oObB", text[1]))
        return 2 + num_digits(text + 2, decimal);
    len = num_digits(text, decimal);
    if (text[len] == '.')
        len += 1 + num_digits(text + len + 1, decimal);
    if (text[len] == 'e' || text[len] == 'E') {
        size_t sign = text[len + 1] == '+' || text[len + 1] == '-';

        if (isdigit((unsigned char)text[len + 1 + sign]))
            len += 1 + sign + num_digits(text + len + 1 + sign, decimal);
    }
    return len + (text[len] == 'j' || text[len] == 'J');
}

/* `1if x else 2`: a space between a number and a keyword, which the compiler would rather see. */
static void copy_number(Copier *copier)
{
    static const char *const keywords[] = {"and", "else", "for", "if", "in", "is", "not", "or"};

    copy_chars(copier, number_chars(copier->from));
    for (size_t i = 0; i < Py_ARRAY_LENGTH(keywords); i++) {
        if (starts_with(copier, keywords[i])) {
            write_char(copier, ' ');
            return;
        }
    }
}

static bool is_number(const char *text)
{
    return isdigit((unsigned char)text[0]) || (text[0] == '.' && isdigit((unsigned char)text[1]));
}

/* To the end of the text, or of a field: to the : or } that is in no bracket of its own. */
static void copy_code(Copier *copier, bool is_field)
{
    int brackets = copier->brackets;
    Prefix prefix = {false};

    while (*copier->from && copier->nesting_max < INT_MAX) {
        char c = *copier->from;

        if (is_field && copier->brackets <= brackets && (c == ':' || c == '}'))
            return;
        if (is_number(copier->from)) {
            copy_number(copier);
        } else if (is_letter(c)) {
            prefix = copy_word(copier);
            continue;
        } else if (c == '\'' || c == '"') {
            copy_literal(copier, &prefix);
        } else {
            copy_mark(copier);
        }
        prefix = (Prefix){false};
    }
}

/* @text has twice the room of @source. Returns how many places of the parser's stack it may take. */
static int copy_without_warnings(const char *source, const char *from, PartText *text)
{
    Copier copier = {.from = from, .to = text->parsed, .source = source, .origin = text->origins};

    copy_code(&copier, false);
    *copier.to = '\0';
    *copier.origin = (uint16_t)(copier.from - source);
    return copier.nesting_max;
}

/* --------------------------------------------------------------------------------------- errors */

static void set_status(Status *status, const char *format, PyObject *text)
{
    char buffer[MESSAGE_BYTES_MAX];

    status_set(status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME, format, 1,
               text && PyUnicode_Check(text) ? run_text(text, buffer, sizeof(buffer)) : "");
}

static int fail(Status *ret_status, const char *why)
{
    status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME,
               "Expression could not be compiled: $0", 1, why);
    return PROGRAM_E_SYNTAX;
}

static int take_error(Status *ret_status)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    int result = PROGRAM_E_SYNTAX;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (!value) {
        result = -ENOMEM;
    } else if (PyErr_GivenExceptionMatches(value, PyExc_MemoryError)) {
        /* Hardly ever the memory: the parser says so of what is nested too deeply for it. */
        result = fail(ret_status, "expression too complex");
    } else if (PyErr_GivenExceptionMatches(value, PyExc_SyntaxError)) {
        set_status(ret_status, "Expression could not be compiled: $0", ((PySyntaxErrorObject *)value)->msg);
    } else {
        PyObject *text = PyObject_Str(value);

        set_status(ret_status, "Invalid expression", text);
        Py_XDECREF(text);
    }
    PyErr_Clear();
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return result;
}

static PyObject *parse(const char *text)
{
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    PyObject *audit_hooks;
    PyObject *file_name = PyUnicode_FromString("<expression>");
    PyObject *tree = NULL;
    PyObject *node;

    flags.cf_flags = PyCF_ONLY_AST | PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE;
    audit_hooks = compat_take_audit_hooks();
    if (file_name)
        tree = Py_CompileStringObject(text, file_name, Py_eval_input, &flags, -1);
    compat_give_audit_hooks(audit_hooks);
    Py_XDECREF(file_name);
    node = tree ? PyObject_GetAttrString(tree, "body") : NULL;
    Py_XDECREF(tree);
    return node;
}

int source_parse(const char *source, PyObject **ret_node, PartText *ret_text, Status *ret_status)
{
    const char *from = source + strspn(source, " \t"); /* as eval() does */
    size_t size = strlen(from) * 2 + 1;
    PartText text;
    PyObject *node;
    int result = 0;

    if (strlen(source) > SOURCE_BYTES_MAX)
        return fail(ret_status, "expression too long");
    text = (PartText){malloc(size), malloc(size * sizeof(*text.origins))};
    if (!text.parsed || !text.origins) {
        part_text_deinit(&text);
        return -ENOMEM;
    }
    if (copy_without_warnings(source, from, &text) > NESTING_MAX) {
        result = fail(ret_status, "expression too complex");
    } else {
        node = parse(text.parsed);
        if (!node)
            result = take_error(ret_status);
    }
    if (result != 0) {
        part_text_deinit(&text);
        return result;
    }
    *ret_node = node;
    *ret_text = text;
    return 0;
}
