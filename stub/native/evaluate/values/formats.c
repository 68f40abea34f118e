#include "stub/native/compat.h"

#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/formats.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"

#define INDEX_MAX               100000000
#define SPECIFICATION_CHARS_MAX 100

typedef struct Format {
    PyObject *text;
    Py_ssize_t position;
    Py_ssize_t length;
    PyObject *const *arguments;
    Py_ssize_t count;
    PyObject *names;
    Py_ssize_t next;  /* of the fields without a number */
    PyObject *parts;  /* a list, owned */
    bool has_numbers; /* of fields that have one; they and those without do not mix */
    bool is_nested;   /* the field is in the specification of another */
} Format;

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
            return operators_append_made(run, self->parts,
                                         PyUnicode_Substring(self->text, begin, self->position - 1));
        }
        break;
    }
    return operators_append_made(run, self->parts, PyUnicode_Substring(self->text, begin, self->position));
}

/* The argument that a field begins with, at [@begin, @end) of the text; borrowed. NULL: the run has failed.
 */
static PyObject *find_argument(Run *run, Format *self, Py_ssize_t begin, Py_ssize_t end)
{
    Py_ssize_t number = 0;
    PyObject *name;
    PyObject *found = NULL;

    for (Py_ssize_t i = begin; i < end; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(self->text, i);

        number =
            number >= 0 && c >= '0' && c <= '9' && number < 1000 ? number * 10 + (Py_ssize_t)(c - '0') : -1;
    }
    if (number >= 0 && (begin == end ? self->has_numbers : self->next > 0))
        return run_raise(run, PyExc_ValueError,
                         "cannot switch between manual field specification and automatic field numbering");
    if (begin == end)
        number = self->next++;
    else if (number >= 0)
        self->has_numbers = true;
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

/* Where the characters end that are not @stops. */
static Py_ssize_t skip_to(const Format *self, Py_ssize_t place, Py_ssize_t end, const char *stops)
{
    while (place < end) {
        Py_UCS4 c = PyUnicode_READ_CHAR(self->text, place);

        if (c < 0x80 && c != 0 && strchr(stops, (int)c))
            break;
        place++;
    }
    return place;
}

/* An index in brackets: a number if it is one, else a text. */
static PyObject *make_index(Run *run, const Format *self, Py_ssize_t begin, Py_ssize_t end)
{
    Py_ssize_t number = 0;
    PyObject *index;

    for (Py_ssize_t i = begin; i < end && number >= 0; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(self->text, i);

        number = c >= '0' && c <= '9' && number < INDEX_MAX ? number * 10 + (Py_ssize_t)(c - '0') : -1;
    }
    if (begin == end)
        return run_raise(run, PyExc_ValueError, "Empty attribute in format string");
    index = number >= 0 ? PyLong_FromSsize_t(number) : PyUnicode_Substring(self->text, begin, end);
    return run_take(run, index);
}

/* `.name` or `[index]` at *place, which moves behind it, of @value, which is consumed. */
static PyObject *follow(Run *run, const Format *self, PyObject *value, Py_ssize_t *place, Py_ssize_t end)
{
    bool is_item = PyUnicode_READ_CHAR(self->text, *place) == '[';
    Py_ssize_t begin = *place + 1;
    Py_ssize_t stop = skip_to(self, begin, end, is_item ? "]" : ".[");
    PyObject *result = NULL;
    PyObject *key;

    *place = is_item ? stop + 1 : stop;
    if (is_item && stop == end)
        (void)run_raise(run, PyExc_ValueError, "Missing ']' in format string");
    else if (is_item && *place < end && PyUnicode_READ_CHAR(self->text, *place) != '.' &&
             PyUnicode_READ_CHAR(self->text, *place) != '[')
        (void)run_raise(run, PyExc_ValueError, "Only '.' or '[' may follow ']' in format field specifier");
    else if (begin == stop)
        (void)run_raise(run, PyExc_ValueError, "Empty attribute in format string");
    key = run->outcome ? NULL
          : is_item    ? make_index(run, self, begin, stop)
                       : run_take(run, PyUnicode_Substring(self->text, begin, stop));
    if (key && !is_item)
        PyUnicode_InternInPlace(&key);
    if (key)
        result = is_item ? access_subscript(run, value, key) : access_attribute(run, value, key);
    Py_XDECREF(key);
    Py_DECREF(value);
    return result;
}

/* The value of a field: a new reference, or NULL: the run has failed. */
static PyObject *find_value(Run *run, Format *self, Py_ssize_t begin, Py_ssize_t end)
{
    Py_ssize_t place = skip_to(self, begin, end, ".[");
    PyObject *value = Py_XNewRef(find_argument(run, self, begin, place));

    while (value && place < end)
        value = follow(run, self, value, &place, end);
    return value;
}

/* The specification of a field, in which there may be fields as well, up to the brace that closes it, which
 * is gone over. A new reference. */
static PyObject *read_specification(Run *run, Format *self);

/* The name of a field may have braces in brackets. */
static Py_ssize_t end_of_name(const Format *self)
{
    bool is_in_brackets = false;
    Py_ssize_t place = self->position;

    for (; place < self->length; place++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(self->text, place);

        is_in_brackets = c == '[' || (is_in_brackets && c != ']');
        if (!is_in_brackets && (c == '}' || c == ':' || c == '!' || c == '{'))
            break;
    }
    return place;
}

/* `!r` and the like; 0: there is none; -1: the run has failed. */
static int read_conversion(Run *run, Format *self)
{
    int conversion;

    if (peek(self, 0) != '!')
        return 0;
    conversion = (int)peek(self, 1);
    self->position += 2;
    if (conversion == 'r' || conversion == 's' || conversion == 'a')
        return conversion;
    (void)run_raise(run, PyExc_ValueError, "Unknown conversion specifier");
    return -1;
}

/* The text of one field, behind its opening brace: a new reference. */
static PyObject *format_field(Run *run, Format *self)
{
    Py_ssize_t begin = self->position;
    PyObject *specification = NULL;
    PyObject *result = NULL;
    PyObject *value;
    int conversion;

    self->position = end_of_name(self);
    value = find_value(run, self, begin, self->position);
    conversion = value ? read_conversion(run, self) : -1;
    if (conversion >= 0) {
        if (peek(self, 0) == ':')
            self->position++;
        else if (peek(self, 0) != '}')
            (void)run_raise(run, PyExc_ValueError, "expected '}' before end of string");
        specification = run->outcome ? NULL : read_specification(run, self);
    }
    if (specification)
        result = operators_format(run, value, conversion, specification);
    Py_XDECREF(specification);
    Py_XDECREF(value);
    return result;
}

static PyObject *read_specification(Run *run, Format *self)
{
    Py_ssize_t begin = self->position;
    PyObject *text = NULL;
    Py_UCS4 c;

    for (;; begin = self->position) {
        PyObject *part;

        while ((c = peek(self, 0)) && c != '}' && c != '{')
            self->position++;
        part = run_take(run, PyUnicode_Substring(self->text, begin, self->position));
        if (c == '{' && self->is_nested)
            (void)run_raise(run, PyExc_ValueError, "Max string recursion exceeded");
        if (!c)
            (void)run_raise(run, PyExc_ValueError, "expected '}' before end of string");
        if (part && !run->outcome && text)
            Py_SETREF(part, run_take(run, PyUnicode_Concat(text, part)));
        Py_XSETREF(text, part);
        self->position++;
        if (!text || run->outcome || c != '{')
            break;
        self->is_nested = true;
        part = format_field(run, self);
        self->is_nested = false;
        if (part && PyUnicode_GET_LENGTH(part) > SPECIFICATION_CHARS_MAX)
            (void)run_exhaust(run);
        Py_SETREF(text, part && !run->outcome ? run_take(run, PyUnicode_Concat(text, part)) : NULL);
        Py_XDECREF(part);
        if (!text)
            break;
    }
    if (run->outcome)
        Py_CLEAR(text);
    return text;
}

static bool add_field(Run *run, Format *self)
{
    return operators_append_made(run, self->parts, format_field(run, self));
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
