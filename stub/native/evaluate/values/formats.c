#include "stub/native/compat.h"

#include "stub/native/evaluate/values/formats.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"

typedef struct Format {
    PyObject *text;
    Py_ssize_t position;
    Py_ssize_t length;
    PyObject *const *arguments;
    Py_ssize_t count;
    PyObject *names;
    Py_ssize_t next; /* of the fields without a number */
    PyObject *parts; /* a list, owned */
} Format;

static bool add_part(Run *run, Format *self, PyObject *consumed)
{
    bool is_added = consumed && operators_append(run, self->parts, consumed);

    if (!consumed && !run->outcome)
        (void)run_raise_pending(run);
    Py_XDECREF(consumed);
    return is_added;
}

static Py_UCS4 peek(const Format *self, Py_ssize_t offset)
{
    Py_ssize_t place = self->position + offset;

    return place < self->length ? PyUnicode_READ_CHAR(self->text, place) : 0;
}

/* Up to the next brace; two of them stand for one. */
static bool add_literal(Run *run, Format *self)
{
    Py_ssize_t begin = self->position;

    while (self->position < self->length) {
        Py_UCS4 c = peek(self, 0);

        if (c != '{' && c != '}') {
            self->position++;
            continue;
        }
        if (peek(self, 1) == c) {
            self->position += 2;
            return add_part(run, self, PyUnicode_Substring(self->text, begin, self->position - 1));
        }
        break;
    }
    return add_part(run, self, PyUnicode_Substring(self->text, begin, self->position));
}

/* The value of a field, borrowed; NULL: the run has failed. */
static PyObject *find_argument(Run *run, Format *self, Py_ssize_t begin, Py_ssize_t end)
{
    Py_ssize_t number = 0;
    PyObject *name;
    PyObject *found = NULL;

    for (Py_ssize_t i = begin; i < end; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(self->text, i);

        if (c == '.' || c == '[')
            return run_refuse_act(run, "formats attributes or items of its arguments");
        number =
            number >= 0 && c >= '0' && c <= '9' && number < 1000 ? number * 10 + (Py_ssize_t)(c - '0') : -1;
    }
    if (begin == end)
        number = self->next++;
    if (number >= 0)
        return number < self->count ? self->arguments[number]
                                    : run_raise(run, PyExc_IndexError,
                                                "Replacement index %zd out of range for "
                                                "positional args tuple",
                                                number);
    name = PyUnicode_Substring(self->text, begin, end);
    for (Py_ssize_t i = 0; name && self->names && i < PyTuple_GET_SIZE(self->names); i++)
        if (PyUnicode_Compare(PyTuple_GET_ITEM(self->names, i), name) == 0)
            found = self->arguments[self->count + i];
    if (!found) {
        char text[200];

        (void)run_raise(run, PyExc_KeyError, "%s", name ? plain_repr(run, name, text, sizeof(text)) : "");
    }
    Py_XDECREF(name);
    return found;
}

/* One field, behind its opening brace. */
static bool add_field(Run *run, Format *self)
{
    Py_ssize_t begin = self->position;
    int conversion = 0;
    PyObject *value;
    PyObject *specification;
    Py_UCS4 c;

    while ((c = peek(self, 0)) && c != '}' && c != ':' && c != '!' && c != '{')
        self->position++;
    value = find_argument(run, self, begin, self->position);
    if (!value)
        return false;
    if (c == '!') {
        conversion = (int)peek(self, 1);
        self->position += 2;
        c = peek(self, 0);
        if (conversion != 'r' && conversion != 's' && conversion != 'a')
            return run_raise(run, PyExc_ValueError, "Unknown conversion specifier");
    }
    if (c == ':')
        self->position++;
    begin = self->position;
    while ((c = peek(self, 0)) && c != '}' && c != '{')
        self->position++;
    if (c == '{')
        return run_refuse_act(run, "formats with fields in fields");
    if (!c)
        return run_raise(run, PyExc_ValueError, "expected '}' before end of string");
    specification = PyUnicode_Substring(self->text, begin, self->position++);
    if (!specification)
        return run_raise_pending(run);
    bool is_added = add_part(run, self, operators_format(run, value, conversion, specification));
    Py_DECREF(specification);
    return is_added;
}

PyObject *formats_call(Run *run, PyObject *format, PyObject *const *arguments, Py_ssize_t count,
                       PyObject *names)
{
    Format self = {
        .text = format,
        .length = PyUnicode_GET_LENGTH(format),
        .arguments = arguments,
        .count = count,
        .names = names,
        .parts = operators_list(run, NULL, 0),
    };
    PyObject *result = NULL;

    while (self.parts && !run->outcome && self.position < self.length) {
        if (!add_literal(run, &self) || self.position >= self.length)
            break;
        Py_UCS4 c = peek(&self, 0);
        if (c == '{') {
            self.position++;
            (void)add_field(run, &self);
        } else if (c == '}') {
            (void)run_raise(run, PyExc_ValueError, "Single '}' encountered in format string");
        }
    }
    if (self.parts && !run->outcome)
        result = operators_join(run, PySequence_Fast_ITEMS(self.parts), PyList_GET_SIZE(self.parts));
    Py_XDECREF(self.parts);
    return result;
}
