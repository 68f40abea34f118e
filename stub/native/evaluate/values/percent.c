#include "stub/native/compat.h"

#include <stdio.h>

#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/conversions.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/percent.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/texts.h"

/* A width or precision is at most 9999 characters. */
#define NUMBER_MAX 9999

/* A number without width and precision: 309 digits before the point of a float and some behind, 1,000 digits
 * of CPython's of an int (see plain_check_decimal()). */
#define NUMBER_CHARS_MAX (10 * 1000 + 400)

static const char flags[] = "-+ #0";

/* One field, behind its percent sign. */
typedef struct Field {
    bool has_flag[sizeof(flags)];
    int width;     /* -1: none */
    int precision; /* -1: none */
    Py_UCS4 conversion;
} Field;

typedef struct Percent {
    PyObject *format;
    Py_ssize_t position;
    Py_ssize_t length;
    PyObject *values;
    bool is_mapping; /* what fields with names are looked up in */
    bool is_tuple;   /* the fields without one take its items in turn */
    Py_ssize_t next;
    PyObject *single; /* borrowed: what the next field takes, else; NULL: has been taken */
    PyObject *named;  /* owned: the value of the last name */
    PyObject *parts;  /* owned: a list */
} Percent;

/* NUL behind the end, as in CPython's own strings. */
static Py_UCS4 peek(const Percent *self)
{
    return self->position < self->length ? PyUnicode_READ_CHAR(self->format, self->position) : 0;
}

/* Borrowed; NULL: the run has failed. */
static PyObject *next_value(Run *run, Percent *self)
{
    PyObject *value = self->single;

    if (self->is_tuple)
        value =
            self->next < PyTuple_GET_SIZE(self->values) ? PyTuple_GET_ITEM(self->values, self->next++) : NULL;
    self->single = NULL;
    return value ? value : run_raise(run, PyExc_TypeError, "not enough arguments for format string");
}

/* ------------------------------------------------------------------------------------------ parsing */

/* `(name)`: the field's value is that of the name. */
static bool parse_name(Run *run, Percent *self)
{
    Py_ssize_t begin = self->position + 1;
    int depth = 0;
    PyObject *name;

    if (peek(self) != '(')
        return true;
    if (!self->is_mapping)
        return run_raise(run, PyExc_TypeError, "format requires a mapping");
    do {
        Py_UCS4 c = peek(self);

        if (self->position >= self->length)
            return run_raise(run, PyExc_ValueError, "incomplete format key");
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        self->position++;
    } while (depth > 0);
    name = PyUnicode_Substring(self->format, begin, self->position - 1);
    if (!name)
        return run_raise_pending(run);
    Py_XSETREF(self->named, access_subscript(run, self->values, name));
    Py_DECREF(name);
    self->single = self->named;
    self->is_tuple = false;
    return self->named != NULL;
}

/* `*`: the number is a value. */
static bool take_number(Run *run, Percent *self, int *ret_number)
{
    PyObject *value;
    int overflow;
    long long number;

    self->position++;
    value = next_value(run, self);
    if (!value)
        return false;
    if (!PyLong_Check(value))
        return run_raise(run, PyExc_TypeError, "* wants int");
    number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow || number > NUMBER_MAX || number < -NUMBER_MAX)
        return run_exhaust(run);
    *ret_number = (int)number;
    return true;
}

static bool parse_number(Run *run, Percent *self, int *ret_number)
{
    int number = 0;

    if (peek(self) == '*')
        return take_number(run, self, ret_number);
    for (; peek(self) >= '0' && peek(self) <= '9'; self->position++) {
        number = number * 10 + (int)(peek(self) - '0');
        if (number > NUMBER_MAX)
            return run_exhaust(run);
        *ret_number = number;
    }
    return true;
}

static void parse_flags(Percent *self, Field *field)
{
    const char *flag;

    while (peek(self) && peek(self) < 0x80 && (flag = strchr(flags, (int)peek(self)))) {
        field->has_flag[flag - flags] = true;
        self->position++;
    }
}

static bool parse_field(Run *run, Percent *self, Field *field)
{
    *field = (Field){.width = -1, .precision = -1};
    if (!parse_name(run, self))
        return false;
    parse_flags(self, field);
    if (!parse_number(run, self, &field->width))
        return false;
    if (field->width < -1) {
        field->has_flag[0] = true;
        field->width = -field->width;
    }
    if (peek(self) == '.') {
        self->position++;
        field->precision = 0;
        if (!parse_number(run, self, &field->precision))
            return false;
        field->precision = Py_MAX(field->precision, 0);
    }
    if (peek(self) == 'h' || peek(self) == 'l' || peek(self) == 'L')
        self->position++;
    if (self->position >= self->length)
        return run_raise(run, PyExc_ValueError, "incomplete format");
    field->conversion = peek(self);
    self->position++;
    return true;
}

/* ----------------------------------------------------------------------------------------- writing */

static uint64_t text_bytes(PyObject *text)
{
    return (uint64_t)PyUnicode_GET_LENGTH(text) * PyUnicode_KIND(text);
}

static bool check_size(Run *run, const Field *field, uint64_t num_bytes)
{
    num_bytes += 4 * (uint64_t)(Py_MAX(field->width, 0) + Py_MAX(field->precision, 0));
    if (num_bytes <= RUN_RESULT_BYTES_MAX)
        return run_charge_bytes(run, num_bytes);
    (void)run_exhaust(run);
    return false;
}

/* Has CPython write the field, with a value of a builtin type. */
static PyObject *write_field(Run *run, const Field *field, PyObject *value, char conversion)
{
    char format[48] = "%";
    char *end = format + 1;
    PyObject *text;
    PyObject *values;
    PyObject *result;

    for (size_t i = 0; flags[i]; i++)
        if (field->has_flag[i])
            *end++ = flags[i];
    if (field->width >= 0)
        end += snprintf(end, 8, "%d", field->width);
    if (field->precision >= 0)
        end += snprintf(end, 8, ".%d", field->precision);
    *end++ = conversion;
    text = PyUnicode_FromStringAndSize(format, end - format);
    values = text ? PyTuple_Pack(1, value) : NULL;
    result = values ? PyUnicode_Format(text, values) : NULL;
    Py_XDECREF(text);
    Py_XDECREF(values);
    return run_take(run, result);
}

static PyObject *write_text(Run *run, const Field *field, PyObject *value)
{
    PyObject *text = field->conversion == 's'   ? texts_str(run, value)
                     : field->conversion == 'r' ? texts_repr(run, value)
                                                : texts_ascii(run, value);
    PyObject *result =
        text && check_size(run, field, text_bytes(text)) ? write_field(run, field, text, 's') : NULL;

    Py_XDECREF(text);
    return result;
}

/* What CPython asks a value that is no number. */
static const char *method_of(const Field *field)
{
    if (field->conversion < 0x80 && strchr("eEfFgG", (int)field->conversion))
        return "__float__";
    return field->conversion < 0x80 && strchr("oxX", (int)field->conversion) ? "__index__" : "__int__";
}

/* The int or float that CPython takes an instance of a subclass for without asking it; else itself. A new
 * reference; NULL: the run has failed. */
static PyObject *as_number(Run *run, const Field *field, PyObject *value)
{
    PyNumberMethods *numbers = Py_TYPE(value)->tp_as_number;
    bool is_for_float = field->conversion < 0x80 && strchr("eEfFgG", (int)field->conversion);
    PyObject *number;

    if (kind_of(value) != KIND_OTHER)
        return Py_NewRef(value);
    if (PyLong_Check(value) && (!is_for_float || numbers->nb_float == PyLong_Type.tp_as_number->nb_float))
        number = _PyLong_Copy((PyLongObject *)value);
    else if (PyFloat_Check(value) && is_for_float)
        number = PyFloat_FromDouble(PyFloat_AS_DOUBLE(value));
    else {
        if (field->conversion == 'c')
            return run_refuse_act(run, "writes a %.80s as a character", Py_TYPE(value)->tp_name);
        number = conversions_call(run, value, method_of(field));
        return number || run->outcome
                   ? number
                   : run_raise(run, PyExc_TypeError, "%%%c format: a number is required, not %.200s",
                               (int)field->conversion, Py_TYPE(value)->tp_name);
    }
    return run_take(run, number);
}

static PyObject *write_number(Run *run, const Field *field, PyObject *value)
{
    PyObject *number = as_number(run, field, value);
    PyObject *result = NULL;

    if (number && decimals_check_plain(run, number) && plain_check_decimal(run, number) &&
        (!PyLong_Check(number) || run_charge(run, 1 + (uint64_t)compat_long_num_digits(number) *
                                                          compat_long_num_digits(number) / 16)) &&
        check_size(run, field, 4 * NUMBER_CHARS_MAX))
        result = write_field(run, field, number, (char)field->conversion);
    Py_XDECREF(number);
    return result;
}

static bool add_field(Run *run, Percent *self)
{
    bool is_bare = peek(self) == '%';
    Field field;
    PyObject *value;

    if (!parse_field(run, self, &field))
        return false;
    if (is_bare)
        return operators_append_made(run, self->parts, PyUnicode_FromString("%"));
    if (field.conversion == '%') /* versions of CPython differ */
        return run_refuse_act(run, "writes a percent sign with a width");
    value = next_value(run, self);
    if (!value)
        return false;
    if (field.conversion == 's' || field.conversion == 'r' || field.conversion == 'a')
        return operators_append_made(run, self->parts, write_text(run, &field, value));
    if (field.conversion < 0x80 && strchr("diuoxXeEfFgGc", (int)field.conversion))
        return operators_append_made(run, self->parts, write_number(run, &field, value));
    return run_raise(run, PyExc_ValueError, "unsupported format character (0x%x) at index %zd",
                     (unsigned)field.conversion, self->position - 1);
}

static bool add_literal(Run *run, Percent *self)
{
    Py_ssize_t end = PyUnicode_FindChar(self->format, '%', self->position, self->length, 1);
    Py_ssize_t begin = self->position;

    self->position = end < 0 ? self->length : end;
    return run_charge_bytes(run, 4 * (uint64_t)(self->position - begin)) &&
           (begin == self->position ||
            operators_append_made(run, self->parts,
                                  PyUnicode_Substring(self->format, begin, self->position)));
}

/* An instance of a subclass of str is asked before the format is: its __rmod__. */
static bool is_asked_first(PyObject *values)
{
    PyNumberMethods *numbers = Py_TYPE(values)->tp_as_number;

    return PyUnicode_Check(values) && numbers->nb_remainder != PyUnicode_Type.tp_as_number->nb_remainder;
}

/* PyUnicode_Format() in Objects/unicodeobject.c */
PyObject *percent_format(Run *run, PyObject *format, PyObject *values)
{
    Percent self = {
        .format = format,
        .length = PyUnicode_GET_LENGTH(format),
        .values = values,
        .is_mapping = PyMapping_Check(values) && !PyTuple_Check(values) && !PyUnicode_Check(values),
        .is_tuple = PyTuple_Check(values),
        .single = values,
    };
    PyObject *result = NULL;

    if (is_asked_first(values))
        return run_refuse_method(run, values, "__rmod__");
    self.parts = operators_list(run, NULL, 0);
    while (self.parts && !run->outcome && add_literal(run, &self) && self.position < self.length) {
        self.position++;
        (void)add_field(run, &self);
    }
    if (self.parts && !run->outcome && !self.is_mapping &&
        (self.is_tuple ? self.next < PyTuple_GET_SIZE(values) : self.single != NULL))
        (void)run_raise(run, PyExc_TypeError, "not all arguments converted during string formatting");
    if (self.parts && !run->outcome)
        result = operators_join(run, PySequence_Fast_ITEMS(self.parts), PyList_GET_SIZE(self.parts));
    Py_XDECREF(self.parts);
    Py_XDECREF(self.named);
    return result;
}
