#include "stub/native/compat.h"

#include <ctype.h>

#include "stub/native/evaluate/functions/function_warnings.h"
#include "stub/native/evaluate/convert/tree.h"

/* ----------------------------------------------------------------------------------------- text */

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* What follows the backslash at @text. An octal number of more than 0o377 is warned of since 3.12. */
static bool is_escape(const char *text)
{
    if (text[1] == '\0' || !strchr("\r\n\\'\"abfnrtvxNuU01234567", text[1]))
        return false;
    return !(text[1] >= '4' && is_octal(text[1]) && is_octal(text[2]) && is_octal(text[3]));
}

/* Past a literal that begins at its quote. NULL: the compiler would warn about it. */
static const char *skip_literal(const char *text, bool is_raw)
{
    char quote = *text;
    bool is_triple = text[1] == quote && text[2] == quote;

    text += is_triple ? 3 : 1;
    while (*text) {
        if (*text == '\\' && text[1]) {
            if (!is_raw && !is_escape(text))
                return NULL;
            text += 2;
        } else if (*text == quote && (!is_triple || (text[1] == quote && text[2] == quote))) {
            return text + (is_triple ? 3 : 1);
        } else if (*text == '\n' && !is_triple) {
            return text;
        } else {
            text++;
        }
    }
    return text;
}

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

bool function_warnings_in_text(const char *text)
{
    while (text && *text) {
        size_t len = 0;

        while (is_letter(text[len]))
            len++;
        if (*text == '\'' || *text == '"') {
            text = skip_literal(text, false);
        } else if (*text == '#') {
            text += strcspn(text, "\n");
        } else if (len == 0) {
            text++;
        } else {
            bool is_raw = len <= 2 && (memchr(text, 'r', len) || memchr(text, 'R', len));

            text += len;
            if (*text == '\'' || *text == '"')
                text = skip_literal(text, is_raw);
        }
    }
    return text == NULL;
}

/* ----------------------------------------------------------------------------------------- tree */

#define CONSTANTS " Constant Num Str Bytes NameConstant Ellipsis "
#define DISPLAYS                                                                                             \
    " Tuple List Set Dict ListComp SetComp DictComp GeneratorExp JoinedStr FormattedValue TemplateStr "      \
    "Interpolation "

static bool is_constant(PyObject *node)
{
    return tree_is_one_of(node, CONSTANTS);
}

static bool is_literal(PyObject *node)
{
    return is_constant(node) || tree_is_one_of(node, DISPLAYS);
}

/* None, True, False and ... are what `is` is for. */
static bool is_odd_with_is(PyObject *node)
{
    PyObject *value = tree_field(node, "value");

    if (!is_constant(node) || tree_is(node, "NameConstant") || tree_is(node, "Ellipsis"))
        return tree_is(node, "Tuple");
    return !tree_is(node, "Constant") || !(value == Py_None || PyBool_Check(value) || value == Py_Ellipsis);
}

static bool compares_identity(PyObject *node)
{
    PyObject *operators = tree_field(node, "ops");
    PyObject *others = tree_field(node, "comparators");
    PyObject *left = tree_field(node, "left");

    if (!PyList_Check(operators) || !PyList_Check(others))
        return true;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(operators) && i < PyList_GET_SIZE(others); i++) {
        PyObject *right = PyList_GET_ITEM(others, i);

        if (tree_is_one_of(PyList_GET_ITEM(operators, i), " Is IsNot ") &&
            (is_odd_with_is(left) || is_odd_with_is(right)))
            return true;
        left = right;
    }
    return false;
}

static bool is_odd_index(PyObject *index)
{
    PyObject *value = tree_field(index, "value");

    if (tree_is(index, "Index"))
        return is_odd_index(value);
    return (is_literal(index) && !(tree_is(index, "Constant") && PyLong_CheckExact(value)) &&
            !tree_is(index, "Num")) ||
           tree_is(index, "Lambda");
}

static bool is_odd_subscript(PyObject *node)
{
    PyObject *value = tree_field(node, "value");

    return (is_literal(value) && !tree_is(value, "Dict") && !tree_is(value, "DictComp") &&
            (tree_is_one_of(value, " Set SetComp GeneratorExp ") ||
             is_odd_index(tree_field(node, "slice")))) ||
           tree_is(value, "Lambda");
}

static int find_jump(void *context, PyObject *node)
{
    (void)context;
    if (tree_is_one_of(node, " FunctionDef AsyncFunctionDef ClassDef Lambda "))
        return 1;
    return tree_is_one_of(node, " Return Break Continue ") ? -1 : 0;
}

/* Since 3.14; some of the jumps it would find are warned of by no version. */
static bool jumps_out_of_finally(PyObject *node)
{
    PyObject *body = tree_field(node, "finalbody");

    return PyList_Check(body) && tree_walk_list(body, find_jump, NULL) != 0;
}

static int find_warning(void *context, PyObject *node)
{
    PyObject *test;

    (void)context;
    if (tree_is(node, "Compare") && compares_identity(node))
        return -1;
    if (tree_is(node, "Call") &&
        (is_literal(tree_field(node, "func")) || tree_is(tree_field(node, "func"), "Lambda")))
        return -1;
    if (tree_is(node, "Subscript") && is_odd_subscript(node))
        return -1;
    if (tree_is_one_of(node, " Try TryStar ") && jumps_out_of_finally(node))
        return -1;
    test = tree_is(node, "Assert") ? tree_field(node, "test") : Py_None;
    return tree_is(test, "Tuple") ? -1 : 0;
}

bool function_warnings_in_tree(PyObject *tree)
{
    return tree_walk(tree, find_warning, NULL) != 0;
}
