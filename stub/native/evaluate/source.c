#include "stub/native/compat.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "stub/native/evaluate/program.h"
#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/source.h"

#define MESSAGE_BYTES_MAX 400

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
} Copier;

static void copy_chars(Copier *copier, size_t count)
{
    memcpy(copier->to, copier->from, count);
    copier->to += count;
    copier->from += count;
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
                *copier->to++ = '\\';
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

/* Doubles the backslashes that stand for themselves: '\d' becomes '\\d', the same value. The compiler would
 * warn about it, and a warning runs what the app has put in its way. @to has twice the room of @source. */
static void copy_without_warnings(const char *source, char *to)
{
    Copier copier = {source, to};
    bool is_raw = false;

    while (*copier.from) {
        char c = *copier.from;

        if (c == '\'' || c == '"') {
            copy_literal(&copier, is_raw);
            is_raw = false;
            continue;
        }
        if (isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80) {
            /* A whole word: only as a prefix of a literal does an r mean something. */
            size_t len = 0;
            while (isalnum((unsigned char)copier.from[len]) || copier.from[len] == '_' ||
                   (unsigned char)copier.from[len] >= 0x80)
                len++;
            is_raw = len <= 2 && (memchr(copier.from, 'r', len) || memchr(copier.from, 'R', len));
            copy_chars(&copier, len);
            continue;
        }
        is_raw = false;
        copy_chars(&copier, 1);
    }
    *copier.to = '\0';
}

/* --------------------------------------------------------------------------------------- errors */

static void set_status(Status *status, const char *format, PyObject *text)
{
    char buffer[MESSAGE_BYTES_MAX];

    status_set(status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME, format, 1,
               text && PyUnicode_Check(text) ? run_text(text, buffer, sizeof(buffer)) : "");
}

static int take_error(Status *ret_status)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    int result = PROGRAM_E_SYNTAX;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (!value || PyErr_GivenExceptionMatches(value, PyExc_MemoryError)) {
        result = -ENOMEM;
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

int source_parse(const char *source, PyObject **ret_node, Status *ret_status)
{
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    PyObject *file_name;
    PyObject *tree = NULL;
    PyObject *node;
    char *text;

    source += strspn(source, " \t"); /* as eval() does */
    if (strlen(source) > SOURCE_BYTES_MAX) {
        status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME,
                   "Expression could not be compiled: $0", 1, "expression too long");
        return PROGRAM_E_SYNTAX;
    }
    text = malloc(strlen(source) * 2 + 1);
    if (!text)
        return -ENOMEM;
    copy_without_warnings(source, text);

    flags.cf_flags = PyCF_ONLY_AST | PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE;
    file_name = PyUnicode_FromString("<expression>");
    if (file_name)
        tree = Py_CompileStringObject(text, file_name, Py_eval_input, &flags, -1);
    Py_XDECREF(file_name);
    free(text);
    if (!tree)
        return take_error(ret_status);
    node = PyObject_GetAttrString(tree, "body");
    Py_DECREF(tree);
    if (!node)
        return take_error(ret_status);
    *ret_node = node;
    return 0;
}
