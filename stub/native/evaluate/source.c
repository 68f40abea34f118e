#include "stub/native/compat.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "stub/native/evaluate/program.h"
#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/source.h"

#define MESSAGE_BYTES_MAX 400

/* How many of its 1,500 places a construct may take on the stack of the parser up to 3.8, which writes to the
 * app's stderr when they are used up (measured on 3.6 to 3.8: 16 for a bracket, 9 for a lambda). */
#define NESTING_OF_BRACKET 17
#define NESTING_OF_WORD    9
#define NESTING_OF_SIGN    2
#define NESTING_MAX        1400

/* ---------------------------------------------------------------------------------- backslashes */

/* What may follow a backslash in a literal; after anything else the compiler keeps the backslash, and warns.
 */
static bool is_escape(char c)
{
    return c != '\0' && strchr("\n\\'\"abfnrtvxNuU01234567", c) != NULL;
}

typedef struct Copier {
    const char *from;
    char *to;
    const char *source; /* where the user's text begins */
    uint16_t *origin;   /* of what comes next */
    int brackets;       /* what those that are open take */
    int words;          /* what all may take that are followed by an operand */
    int nesting_max;
} Copier;

static void copy_chars(Copier *copier, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *copier->origin++ = (uint16_t)(copier->from - copier->source);
        *copier->to++ = *copier->from++;
    }
}

static void add_backslash(Copier *copier)
{
    *copier->origin++ = (uint16_t)(copier->from - copier->source);
    *copier->to++ = '\\';
}

/* A literal from its opening quote to behind its closing one. */
static void copy_literal(Copier *copier, bool is_raw)
{
    char quote = *copier->from;
    bool is_triple = copier->from[1] == quote && copier->from[2] == quote;
    size_t quote_chars = is_triple ? 3 : 1;

    copy_chars(copier, quote_chars);
    while (*copier->from) {
        if (*copier->from == '\\' && copier->from[1]) {
            if (!is_raw && !is_escape(copier->from[1]))
                add_backslash(copier);
            copy_chars(copier, 2);
        } else if (*copier->from == quote &&
                   (!is_triple || (copier->from[1] == quote && copier->from[2] == quote))) {
            copy_chars(copier, quote_chars);
            return;
        } else {
            copy_chars(copier, 1);
        }
    }
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

/* A whole word. Returns whether it is what makes a literal that follows it a raw one. */
static bool copy_word(Copier *copier)
{
    const char *word = copier->from;
    size_t len = 0;

    while (is_letter(word[len]))
        len++;
    if (is_word(word, len, "not") || is_word(word, len, "else") || is_word(word, len, "lambda"))
        copier->words += NESTING_OF_WORD;
    note_nesting(copier);
    copy_chars(copier, len);
    return len <= 2 && (memchr(word, 'r', len) || memchr(word, 'R', len));
}

/* Doubles the backslashes that stand for themselves: '\d' becomes '\\d', the same value. The compiler would
 * warn about it, and a warning runs what the app has put in its way. @text has twice the room of @source.
 * Returns how many places of the parser's stack it may take. */
static int copy_without_warnings(const char *source, const char *from, PartText *text)
{
    Copier copier = {.from = from, .to = text->parsed, .source = source, .origin = text->origins};
    bool is_raw = false;

    while (*copier.from) {
        char c = *copier.from;

        if (c == '\'' || c == '"') {
            copy_literal(&copier, is_raw);
            is_raw = false;
            continue;
        }
        if (is_letter(c)) {
            is_raw = copy_word(&copier);
            continue;
        }
        is_raw = false;
        copy_mark(&copier);
    }
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
    PyObject *file_name = PyUnicode_FromString("<expression>");
    PyObject *tree = NULL;
    PyObject *node;

    flags.cf_flags = PyCF_ONLY_AST | PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE;
    if (file_name)
        tree = Py_CompileStringObject(text, file_name, Py_eval_input, &flags, -1);
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
