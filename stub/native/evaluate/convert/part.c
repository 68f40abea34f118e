#include "stub/native/compat.h"

#include <ctype.h>
#include <stdlib.h>

#include "stub/native/evaluate/convert/part.h"
#include "stub/native/evaluate/convert/tree.h"

/* -1: it has none. */
static long number_of(PyObject *node, const char *name)
{
    PyObject *value = PyObject_GetAttrString(node, name);
    long number = value && PyLong_Check(value) ? PyLong_AsLong(value) : -1;

    Py_XDECREF(value);
    PyErr_Clear();
    return number;
}

/* Lines count from 1, columns are bytes from 0. */
static const char *place_of(const char *text, long line, long column)
{
    while (line > 1 && text) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
        line--;
    }
    return text && line == 1 && column >= 0 && (size_t)column <= strlen(text) ? text + column : NULL;
}

/* ------------------------------------------------------------- up to 3.7: nodes know where they begin only
 */

static const char *skip_spaces(const char *c)
{
    while (isspace((unsigned char)*c))
        c++;
    return c;
}

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static const char *skip_word(const char *c)
{
    while (is_letter(*c))
        c++;
    return c;
}

/* From an opening quote to behind the closing one. */
static const char *skip_literal(const char *c)
{
    char quote = *c++;

    for (; *c && *c != quote; c++)
        if (*c == '\\' && c[1])
            c++;
    return *c ? c + 1 : c;
}

/* From an opening bracket to behind the closing one. NULL: there is none. */
static const char *skip_brackets(const char *c)
{
    int depth = 0;

    while (*c) {
        if (*c == '"' || *c == '\'') {
            c = skip_literal(c);
            continue;
        }
        depth += strchr("([{", *c) != NULL;
        depth -= strchr(")]}", *c) != NULL;
        c++;
        if (depth == 0)
            return c;
    }
    return NULL;
}

/* Attributes, calls and subscripts one after the other: how many there are behind the first name. -1: what
 * they begin with is no name, whose place would not be the text's. */
static int num_trailers(PyObject *node)
{
    int count = 0;
    PyObject *inner = Py_NewRef(node);

    while (inner && strcmp(Py_TYPE(inner)->tp_name, "Name") != 0 && count >= 0) {
        bool is_call = strcmp(Py_TYPE(inner)->tp_name, "Call") == 0;
        PyObject *next = PyObject_GetAttrString(inner, is_call ? "func" : "value");

        count = next && tree_field(next, "col_offset") != Py_None ? count + 1 : -1;
        Py_SETREF(inner, next);
    }
    PyErr_Clear();
    Py_XDECREF(inner);
    return count;
}

static const char *end_of_chain(const char *begin, PyObject *node)
{
    int count = num_trailers(node);
    const char *end = count >= 0 && is_letter(*begin) ? skip_word(begin) : NULL;

    for (; end && count > 0; count--) {
        const char *c = skip_spaces(end);

        if (*c == '.')
            end = skip_word(skip_spaces(c + 1));
        else
            end = *c == '(' || *c == '[' ? skip_brackets(c) : NULL;
    }
    return end;
}

/* -------------------------------------------------------------------------------------------------- face */

Part part_locate(const PartText *text, PyObject *node)
{
    const char *begin;
    const char *end;

    if (!text || !text->parsed || !node)
        return (Part){0};
    begin = place_of(text->parsed, number_of(node, "lineno"), number_of(node, "col_offset"));
    end = place_of(text->parsed, number_of(node, "end_lineno"), number_of(node, "end_col_offset"));
    if (begin && !end)
        end = end_of_chain(begin, node);
    if (!begin || !end || end <= begin)
        return (Part){0};
    uint16_t origin = text->origins[begin - text->parsed];
    return (Part){origin, (uint16_t)(text->origins[end - text->parsed] - origin)};
}

void part_text_deinit(PartText *text)
{
    free(text->parsed);
    free(text->origins);
    *text = (PartText){NULL, NULL};
}
