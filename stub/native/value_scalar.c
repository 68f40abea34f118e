#include "stub/native/compat.h"

#include <math.h>
#include <stdio.h>

#include "proto/snapshot.pb-c.h"
#include "stub/native/date_text.h"
#include "stub/native/text.h"
#include "stub/native/value_scalar.h"
#include "stub/native/wire_fields.h"

/* CPython itself refuses to print longer ints: the conversion is quadratic. */
#define LONG_CHARS_MAX 4300

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static size_t type_literal(PyTypeObject *type, char *buffer, size_t size_bytes)
{
    char name[WALK_TYPE_NAME_BYTES_MAX];
    size_t name_bytes = type_name(type, TYPE_NAME_QUALIFIED, name, sizeof(name));

    return (size_t)snprintf(buffer, size_bytes, "<class '%.*s'>", (int)name_bytes, name);
}

void value_put_literal(Walk *walk, const char *utf8, size_t len_bytes, size_t num_chars)
{
    if (!walk_has_value_room(walk, WALK_VARIABLE_BYTES + len_bytes)) {
        value_put_reference(walk, 0);
        return;
    }
    wire_bytes(&walk->wire, VARIABLE_LITERAL, utf8, len_bytes);
    walk->payload_chars += (uint32_t)num_chars;
}

void value_put_type_literal(Walk *walk, PyTypeObject *type)
{
    char text[WALK_TYPE_NAME_BYTES_MAX + 16];
    size_t len_bytes = type_literal(type, text, sizeof(text));

    value_put_literal(walk, text, len_bytes, len_bytes);
}

void value_put_reference(Walk *walk, uint32_t reference)
{
    wire_uint(&walk->wire, VARIABLE_REFERENCE, reference);
}

void value_put_refusal(Walk *walk, const char *reason)
{
    const Status status = {
        .is_error = true,
        .refers_to = SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME,
        .format = reason,
    };

    if (walk_has_value_room(walk, WALK_STATUS_BYTES_MAX))
        walk_put_status(walk, VARIABLE_STATUS, &status);
    else
        value_put_reference(walk, 0);
}

void value_put_failure(Walk *walk, const char *reason)
{
    const Status status = {
        .is_error = true,
        .refers_to = SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_VALUE,
        .format = "Failed to capture variable: $0",
        .parameters = {(char *)reason},
        .num_parameters = 1,
    };

    if (walk_has_value_room(walk, WALK_STATUS_BYTES_MAX))
        walk_put_status(walk, VARIABLE_STATUS, &status);
    else
        value_put_reference(walk, 0);
}

/* Where the repr of a value is cut, and how much of it counts. */
static uint32_t max_chars_of(const Walk *walk, const ValueLimits *limits)
{
    return limits->is_log ? limits->max_chars : smaller(limits->max_chars, walk_payload_left(walk));
}

static void count_cut(Walk *walk, size_t length, uint32_t max_chars)
{
    walk->payload_chars += (uint32_t)(length <= max_chars ? length : (size_t)max_chars + strlen("x..."));
    /* The broker cuts at the default where it is not told; both answers differ only for what is longer. */
    if (max_chars != walk->value_chars_default && length > smaller(max_chars, walk->value_chars_default))
        wire_uint(&walk->wire, VARIABLE_MAX_CHARS, max_chars);
}

static void put_type(Walk *walk, PyObject *value, PyTypeObject *implied)
{
    if (Py_TYPE(value) != implied) {
        uint32_t type = walk_type(walk, Py_TYPE(value), TYPE_NAME_BARE);

        if (type)
            wire_uint(&walk->wire, VARIABLE_TYPE, type);
    }
}

/* The digits of CPython (30 or 15 bits) as bytes, little endian. */
static void put_magnitude(Wire *wire, PyObject *value)
{
    WireMessage bytes = wire_begin(wire, VARIABLE_BIG_INTEGER);
    const digit *digits = compat_long_digits(value);
    size_t num_digits = compat_long_num_digits(value);
    uint64_t accumulator = 0;
    unsigned num_bits = 0;

    for (size_t i = 0; i < num_digits; i++) {
        accumulator |= (uint64_t)digits[i] << num_bits;
        for (num_bits += PyLong_SHIFT; num_bits >= 8; num_bits -= 8, accumulator >>= 8)
            *wire->at++ = (uint8_t)accumulator;
    }
    if (num_bits > 0)
        *wire->at++ = (uint8_t)accumulator;
    wire_end(wire, bytes);
}

static void put_integer(Walk *walk, PyObject *value, const ValueLimits *limits)
{
    int overflow;
    long long small = PyLong_AsLongLongAndOverflow(value, &overflow);

    if (!overflow) {
        put_type(walk, value, &PyLong_Type);
        wire_sint(&walk->wire, VARIABLE_INTEGER, small);
        count_cut(walk, long_repr_length(value), max_chars_of(walk, limits));
        return;
    }

    size_t num_digits = compat_long_num_digits(value);
    /* An int of this many digits is past the limit whatever they are. */
    if (num_digits > LONG_CHARS_MAX || long_repr_length(value) > LONG_CHARS_MAX + 1) {
        value_put_failure(walk, "Exceeds the limit (4300 digits) for integer string conversion");
        return;
    }
    if (!walk_has_value_room(walk, WALK_VARIABLE_BYTES + num_digits * sizeof(digit) + sizeof(uint64_t))) {
        value_put_reference(walk, 0);
        return;
    }
    put_type(walk, value, &PyLong_Type);
    put_magnitude(&walk->wire, value);
    if (compat_long_is_negative(value))
        wire_uint(&walk->wire, VARIABLE_IS_NEGATIVE, 1);
    count_cut(walk, long_repr_length(value), max_chars_of(walk, limits));
}

static void put_float(Walk *walk, PyObject *value, const ValueLimits *limits)
{
    double real = PyFloat_AS_DOUBLE(value);

    put_type(walk, value, &PyFloat_Type);
    wire_double(&walk->wire, VARIABLE_REAL, real);
    count_cut(walk, float_repr_length(real), max_chars_of(walk, limits));
}

/* Length of a float as complex numbers print it: without ".0". */
static size_t part_repr_length(double part)
{
    size_t length = float_repr_length(part);
    bool is_whole = part < 1e16 && part > -1e16 && part == (double)(long long)part;

    return is_whole ? length - strlen(".0") : length;
}

/* "(1+2j)", or "2j" where the real part is a positive zero. */
static size_t complex_repr_length(Py_complex number)
{
    size_t imaginary = part_repr_length(number.imag) + strlen("j");

    if (number.real == 0.0 && !signbit(number.real))
        return imaginary;
    return part_repr_length(number.real) + !signbit(number.imag) + imaginary + strlen("()");
}

static void put_complex(Walk *walk, PyObject *value, const ValueLimits *limits)
{
    Py_complex number = ((PyComplexObject *)value)->cval;

    put_type(walk, value, &PyComplex_Type);
    WireMessage message = wire_begin(&walk->wire, VARIABLE_COMPLEX);
    wire_double(&walk->wire, COMPLEX_REAL, number.real);
    wire_double(&walk->wire, COMPLEX_IMAGINARY, number.imag);
    wire_end(&walk->wire, message);
    count_cut(walk, complex_repr_length(number), max_chars_of(walk, limits));
}

static void put_text_chars(Wire *wire, PyObject *text, Py_ssize_t num_chars)
{
    CompatText chars = compat_text(text);

    if (chars.is_ascii) {
        wire_bytes(wire, VARIABLE_TEXT, chars.data, (size_t)num_chars);
    } else {
        WireMessage bytes = wire_begin(wire, VARIABLE_TEXT);

        wire->at += text_to_utf8(text, num_chars, (char *)wire->at, text_utf8_bound(text, num_chars));
        wire_end(wire, bytes);
    }
    if (num_chars < chars.length)
        wire_uint(wire, VARIABLE_FULL_LENGTH, (uint64_t)chars.length);
}

/* One character more than are shown: the broker sees by it that there is more. */
static Py_ssize_t num_sent(Py_ssize_t num_all, uint32_t max_chars)
{
    return (uint64_t)num_all > (uint64_t)max_chars + 1 ? (Py_ssize_t)max_chars + 1 : num_all;
}

static void put_text(Walk *walk, PyObject *value, const ValueLimits *limits)
{
    uint32_t max_chars = max_chars_of(walk, limits);
    Py_ssize_t num_chars = num_sent(text_length(value), max_chars);

    if (!walk_has_value_room(walk, WALK_VARIABLE_BYTES + text_utf8_bound(value, num_chars))) {
        value_put_reference(walk, 0);
        return;
    }
    put_type(walk, value, &PyUnicode_Type);
    put_text_chars(&walk->wire, value, num_chars);
    count_cut(walk, text_repr_length(value, max_chars), max_chars);
}

static void put_bytes(Walk *walk, PyObject *value, const char *bytes, Py_ssize_t num_all,
                      const ValueLimits *limits)
{
    bool is_bytearray = PyByteArray_Check(value);
    uint32_t max_chars = max_chars_of(walk, limits);
    Py_ssize_t num_bytes = num_sent(num_all, max_chars);

    if (!walk_has_value_room(walk, WALK_VARIABLE_BYTES + (size_t)num_bytes)) {
        value_put_reference(walk, 0);
        return;
    }
    put_type(walk, value, is_bytearray ? &PyByteArray_Type : &PyBytes_Type);
    wire_bytes(&walk->wire, VARIABLE_BLOB, bytes, (size_t)num_bytes);
    if (num_bytes < num_all)
        wire_uint(&walk->wire, VARIABLE_FULL_LENGTH, (uint64_t)num_all);
    if (is_bytearray)
        wire_uint(&walk->wire, VARIABLE_IS_BYTEARRAY, 1);
    count_cut(walk,
              bytes_repr_length(bytes, (size_t)num_all, max_chars) +
                  (is_bytearray ? strlen("bytearray()") : 0),
              max_chars);
}

/* Bytes in a row that are CPython's own: a mapped file may be shorter than it was, and reading it ends the
 * process. */
static bool is_plain_memory(PyObject *value)
{
    const PyMemoryViewObject *view = (const PyMemoryViewObject *)value;

    if (!PyMemoryView_Check(value) || view->flags & _Py_MEMORYVIEW_RELEASED || !view->view.obj)
        return false;
    return view->flags & _Py_MEMORYVIEW_C && view->view.itemsize == 1 && view->view.buf &&
           (PyBytes_CheckExact(view->view.obj) || PyByteArray_CheckExact(view->view.obj));
}

static void put_memory(Walk *walk, PyObject *value, const ValueLimits *limits)
{
    const Py_buffer *view = &((const PyMemoryViewObject *)value)->view;

    put_bytes(walk, value, view->buf, view->len, limits);
}

static void put_blob(Walk *walk, PyObject *value, const ValueLimits *limits)
{
    put_bytes(walk, value, PyByteArray_Check(value) ? PyByteArray_AS_STRING(value) : PyBytes_AS_STRING(value),
              Py_SIZE(value), limits);
}

static void put_singleton(Walk *walk, Snapshot__Variable__Singleton singleton, const char *text)
{
    wire_uint(&walk->wire, VARIABLE_SINGLETON, singleton);
    walk->payload_chars += (uint32_t)strlen(text);
}

/* One of the three of a slice: nearly always None or an int. */
static int slice_part(PyObject *part, char *buffer, size_t size_bytes)
{
    int overflow = 1;
    long long small = PyLong_CheckExact(part) ? PyLong_AsLongLongAndOverflow(part, &overflow) : 0;

    if (part == Py_None)
        return snprintf(buffer, size_bytes, "None");
    if (!overflow)
        return snprintf(buffer, size_bytes, "%lld", small);
    return (int)type_literal(Py_TYPE(part), buffer, size_bytes);
}

static void put_slice(Walk *walk, PyObject *value)
{
    enum { PART_BYTES = WALK_TYPE_NAME_BYTES_MAX + 16 };
    PySliceObject *slice = (PySliceObject *)value;
    PyObject *parts[] = {slice->start, slice->stop, slice->step};
    char text[3 * (PART_BYTES + 2) + 16];
    size_t len_bytes = (size_t)sprintf(text, "slice(");

    for (int i = 0; i < 3; i++) {
        len_bytes += (size_t)slice_part(parts[i], text + len_bytes, PART_BYTES);
        len_bytes += (size_t)sprintf(text + len_bytes, i < 2 ? ", " : ")");
    }
    put_type(walk, value, NULL);
    value_put_literal(walk, text, len_bytes, len_bytes);
}

static void put_date(Walk *walk, PyObject *value)
{
    char text[DATE_TEXT_BYTES_MAX];
    size_t len_bytes = date_text_str(value, text);
    /* The original wrote "datetime." before the name, also for classes of the app, whose own module is shown.
     */
    uint32_t type = walk_type(walk, Py_TYPE(value), TYPE_NAME_MODULE);

    if (type)
        wire_uint(&walk->wire, VARIABLE_TYPE, type);
    value_put_literal(walk, text, len_bytes, len_bytes);
}

/* What value_put_scalar() shows, in its order; None is shown whatever is left. */
static bool is_scalar(PyObject *value)
{
    return PyUnicode_Check(value) || PyLong_Check(value) || PyBytes_Check(value) || PyFloat_Check(value) ||
           PyComplex_Check(value) || PyByteArray_Check(value) || PySlice_Check(value) ||
           date_text_is_date(value) || is_plain_memory(value) || value == Py_Ellipsis ||
           value == Py_NotImplemented;
}

bool value_put_scalar(Walk *walk, PyObject *value, const ValueLimits *limits)
{
    if (value == Py_None)
        put_singleton(walk, SNAPSHOT__VARIABLE__SINGLETON__NONE, "None");
    else if (Py_TYPE(value)->tp_flags &
             (Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_TUPLE_SUBCLASS | Py_TPFLAGS_DICT_SUBCLASS))
        return false; /* most of what is no scalar, before the slower questions */
    else if (walk_payload_left(walk) == 0 && !limits->is_log && is_scalar(value))
        value_put_reference(walk, 0);
    else if (PyUnicode_Check(value))
        put_text(walk, value, limits);
    else if (value == Py_True)
        put_singleton(walk, SNAPSHOT__VARIABLE__SINGLETON__TRUE, "True");
    else if (value == Py_False)
        put_singleton(walk, SNAPSHOT__VARIABLE__SINGLETON__FALSE, "False");
    else if (PyLong_Check(value))
        put_integer(walk, value, limits);
    else if (PyBytes_Check(value))
        put_blob(walk, value, limits);
    else if (PyFloat_Check(value))
        put_float(walk, value, limits);
    else if (PyComplex_Check(value))
        put_complex(walk, value, limits);
    else if (PyByteArray_Check(value))
        put_blob(walk, value, limits);
    else if (PySlice_Check(value))
        put_slice(walk, value);
    else if (date_text_is_date(value))
        put_date(walk, value);
    else if (is_plain_memory(value))
        put_memory(walk, value, limits);
    else if (value == Py_Ellipsis)
        put_singleton(walk, SNAPSHOT__VARIABLE__SINGLETON__ELLIPSIS, "Ellipsis");
    else if (value == Py_NotImplemented)
        put_singleton(walk, SNAPSHOT__VARIABLE__SINGLETON__NOT_IMPLEMENTED, "NotImplemented");
    else
        return false;
    return true;
}
