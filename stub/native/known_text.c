#include "stub/native/compat.h"

#include <structmember.h>

#include "stub/native/decimal_text.h"
#include "stub/native/frame.h"
#include "stub/native/known_text.h"
#include "stub/native/layout.h"
#include "stub/native/text.h"
#include "stub/native/text_line.h"

#define NAME_CHARS_MAX  100
#define PATH_CHARS_MAX  300
#define VALUE_CHARS_MAX 64

static void add_type_name(TextLine *line, PyTypeObject *type, TypeNameStyle style)
{
    char name[256];
    size_t len_bytes = type_name(type, style, name, sizeof(name));

    text_line_add(line, "%.*s", (int)len_bytes, name);
}

/* False for what does not fit into a machine word. */
static bool add_int(TextLine *line, PyObject *value)
{
    int overflow = 1;
    long long number = value && PyLong_Check(value) ? PyLong_AsLongLongAndOverflow(value, &overflow) : 0;

    if (overflow)
        return false;
    text_line_add(line, "%lld", number);
    return true;
}

/* ---------------------------------------------------------------------------------------------------- kinds
 */

static bool add_builtin_function(TextLine *line, PyObject *value)
{
    const PyCFunctionObject *function = (const PyCFunctionObject *)value;

    if (!function->m_ml || !function->m_ml->ml_name)
        return false;
    if (!function->m_self || PyModule_Check(function->m_self)) {
        text_line_add(line, "<built-in function %.100s>", function->m_ml->ml_name);
        return true;
    }
    text_line_add(line, "<built-in method %.100s of ", function->m_ml->ml_name);
    add_type_name(line, Py_TYPE(function->m_self), TYPE_NAME_QUALIFIED);
    text_line_add(line, ">");
    return true;
}

static bool add_class(TextLine *line, PyObject *value)
{
    text_line_add(line, "<class '");
    add_type_name(line, (PyTypeObject *)value, TYPE_NAME_QUALIFIED);
    text_line_add(line, "'>");
    return true;
}

/* The value of a member: nearly always an int or a str. False: it is left out. */
static bool add_simple(TextLine *line, PyObject *value)
{
    if (value == Py_None || value == Py_True || value == Py_False) {
        text_line_add(line, "%s", value == Py_None ? "None" : value == Py_True ? "True" : "False");
        return true;
    }
    if (value && PyUnicode_CheckExact(value)) {
        text_line_add_quoted(line, value, VALUE_CHARS_MAX);
        return true;
    }
    return value && PyLong_CheckExact(value) && add_int(line, value);
}

static bool add_enum(TextLine *line, PyObject *value)
{
    PyObject *name = known_attribute(value, KNOWN_NAME_ENUM_NAME);
    PyObject *number = known_attribute(value, KNOWN_NAME_ENUM_VALUE);
    size_t before_value;

    text_line_add(line, "<");
    add_type_name(line, Py_TYPE(value), TYPE_NAME_BARE);
    if (name && PyUnicode_CheckExact(name)) {
        text_line_add(line, ".");
        text_line_add_text(line, name, NAME_CHARS_MAX);
    }
    before_value = line->len_bytes;
    text_line_add(line, ": ");
    if (!add_simple(line, number))
        line->len_bytes = before_value;
    text_line_add(line, ">");
    return name || number;
}

static bool add_fraction(TextLine *line, PyObject *value)
{
    text_line_add(line, "Fraction(");
    if (!add_int(line, known_attribute(value, KNOWN_NAME_NUMERATOR)))
        return false;
    text_line_add(line, ", ");
    if (!add_int(line, known_attribute(value, KNOWN_NAME_DENOMINATOR)))
        return false;
    text_line_add(line, ")");
    return true;
}

static const char *generator_word(PyObject *value)
{
    return Py_TYPE(value) == &PyCoro_Type  ? "coroutine"
           : Py_TYPE(value) == &PyGen_Type ? "generator"
                                           : "async generator";
}

/* Where it goes on: the last component of the path says enough beside the function's name. */
static void add_place(TextLine *line, const Frame *frame, bool is_started)
{
    PyCodeObject *code = frame_code(frame);
    char path[1024];
    TextLine whole;
    const char *slash;

    text_line_init(&whole, path, sizeof(path));
    text_line_add_text(&whole, code->co_filename, PATH_CHARS_MAX);
    slash = strrchr(path, '/');
    text_line_add(line, " at %.100s:%d", slash ? slash + 1 : path,
                  is_started ? frame_line(frame) : code->co_firstlineno);
}

static bool add_generator(TextLine *line, PyObject *value)
{
    const PyGenObject *generator = (const PyGenObject *)value;
    bool is_started = compat_generator_is_started(generator);
    Frame frame;

    text_line_add(line, "<%s ", generator_word(value));
    text_line_add_text(line, generator->gi_qualname, NAME_CHARS_MAX);
    if (frame_of_generator(value, &frame)) {
        text_line_add(line, is_started ? ", suspended" : ", not started");
        add_place(line, &frame, is_started);
    } else {
        text_line_add(line, compat_generator_is_running(generator) ? ", running" : ", finished");
    }
    text_line_add(line, ">");
    return true;
}

static bool add_memoryview(TextLine *line, PyObject *value)
{
    const PyMemoryViewObject *view = (const PyMemoryViewObject *)value;

    if (view->flags & _Py_MEMORYVIEW_RELEASED) {
        text_line_add(line, "<released memory>");
        return true;
    }
    text_line_add(line, "<%lld bytes of memory", (long long)view->view.len);
    if (view->view.obj) {
        text_line_add(line, " of ");
        add_type_name(line, Py_TYPE(view->view.obj), TYPE_NAME_QUALIFIED);
    }
    text_line_add(line, ">");
    return true;
}

static bool add_module(TextLine *line, PyObject *value)
{
    PyObject *name, *file;

    if (!PyModule_GetDict(value))
        return false;
    name = known_attribute(value, KNOWN_NAME_NAME);
    file = known_attribute(value, KNOWN_NAME_FILE);
    text_line_add(line, "<module ");
    text_line_add_quoted(line, name, NAME_CHARS_MAX);
    if (file && PyUnicode_CheckExact(file)) {
        text_line_add(line, " from ");
        text_line_add_quoted(line, file, PATH_CHARS_MAX);
    }
    text_line_add(line, ">");
    return true;
}

/* numpy's PyArrayObject and the beginning of its PyArray_Descr (numpy/core/include/numpy/ndarraytypes.h), the
 * same in numpy 1 and 2. */
typedef struct Array {
    PyObject_HEAD char *data;
    int num_dimensions;
    Py_ssize_t *dimensions;
    Py_ssize_t *strides;
    PyObject *base;
    struct ArrayItem {
        PyObject_HEAD PyTypeObject *type;
    } * item;
} Array;

static bool add_ndarray(TextLine *line, PyObject *value)
{
    enum { DIMENSIONS_MAX = 64 }; /* numpy's own limit is 32, since numpy 2 64 */
    const Array *array = (const Array *)value;

    if (Py_TYPE(value)->tp_basicsize < (Py_ssize_t)sizeof(*array) || !array->item ||
        array->num_dimensions < 0 || array->num_dimensions > DIMENSIONS_MAX)
        return false;
    text_line_add(line, "<");
    add_type_name(line, Py_TYPE(value), TYPE_NAME_QUALIFIED);
    text_line_add(line, " of ");
    add_type_name(line, array->item->type, TYPE_NAME_QUALIFIED);
    text_line_add(line, ", shape (");
    for (int i = 0; i < array->num_dimensions; i++)
        text_line_add(line, "%s%lld", i > 0 ? ", " : "", (long long)array->dimensions[i]);
    text_line_add(line, "%s)>", array->num_dimensions == 1 ? "," : "");
    return true;
}

/* The text that str() has made before, or else the parts it would be made of (Lib/pathlib of 3.6-3.11, and of
 * later versions: what the caller gave, joined). */
static bool add_path(TextLine *line, PyObject *value)
{
    PyObject *text = known_attribute(value, KNOWN_NAME_PATH_TEXT);
    PyObject *parts = known_attribute(value, KNOWN_NAME_PATH_PARTS);
    char joined[KNOWN_TEXT_BYTES_MAX];
    TextLine path;

    add_type_name(line, Py_TYPE(value), TYPE_NAME_BARE);
    text_line_add(line, "(");
    if (text && PyUnicode_CheckExact(text)) {
        text_line_add_quoted(line, text, PATH_CHARS_MAX);
        text_line_add(line, ")");
        return true;
    }
    if (!parts)
        parts = known_attribute(value, KNOWN_NAME_PATH_RAW);
    if (!parts || !PyList_CheckExact(parts))
        return false;
    text_line_init(&path, joined, sizeof(joined));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(parts); i++) {
        PyObject *part = PyList_GET_ITEM(parts, i);

        if (!PyUnicode_Check(part))
            return false;
        if (text_begins_with(part, "/"))
            path.len_bytes = 0;
        else if (path.len_bytes > 0 && joined[path.len_bytes - 1] != '/')
            text_line_add(&path, "/");
        text_line_add_text(&path, part, PATH_CHARS_MAX);
    }
    joined[path.len_bytes] = '\0';
    text_line_add(line, "'%s')", path.len_bytes > 0 ? joined : ".");
    return true;
}

/* Objects/rangeobject.c, the same since 3.2. */
typedef struct Range {
    PyObject_HEAD PyObject *start;
    PyObject *stop;
    PyObject *step;
    PyObject *length;
} Range;

static bool add_range(TextLine *line, PyObject *value)
{
    const Range *range = (const Range *)value;
    int overflow = 0;

    text_line_add(line, "range(");
    if (!add_int(line, range->start))
        return false;
    text_line_add(line, ", ");
    if (!add_int(line, range->stop))
        return false;
    if (PyLong_AsLongLongAndOverflow(range->step, &overflow) != 1 || overflow) {
        text_line_add(line, ", ");
        if (!add_int(line, range->step))
            return false;
    }
    text_line_add(line, ")");
    return true;
}

/* The least byte is the first. */
static unsigned byte_of(PyObject *number, int index)
{
    size_t num_digits = compat_long_num_digits(number);
    const digit *digits = compat_long_digits(number);
    size_t at = (size_t)index * 8 / PyLong_SHIFT;
    unsigned offset = (unsigned)index * 8 % PyLong_SHIFT;
    unsigned value = at < num_digits ? (unsigned)digits[at] >> offset : 0;

    if (at + 1 < num_digits && offset > PyLong_SHIFT - 8)
        value |= (unsigned)digits[at + 1] << (PyLong_SHIFT - offset);
    return value & 0xFF;
}

static bool add_uuid(TextLine *line, PyObject *value)
{
    PyObject *number = known_attribute(value, KNOWN_NAME_INT);

    if (!number || !PyLong_Check(number))
        return false;
    add_type_name(line, Py_TYPE(value), TYPE_NAME_BARE);
    text_line_add(line, "('");
    for (int i = 15; i >= 0; i--)
        text_line_add(line, "%02x%s", byte_of(number, i), i == 12 || i == 10 || i == 8 || i == 6 ? "-" : "");
    text_line_add(line, "')");
    return true;
}

static bool add_weakref(TextLine *line, PyObject *value)
{
    PyObject *target = compat_weakref_target(value);
    const char *word = PyWeakref_CheckProxy(value) ? "weakproxy" : "weakref";

    if (!target) {
        text_line_add(line, "<%s; dead>", word);
        return true;
    }
    text_line_add(line, "<%s to '", word);
    add_type_name(line, Py_TYPE(target), TYPE_NAME_QUALIFIED);
    text_line_add(line, "' at %p>", (void *)target);
    return true;
}

static bool add(TextLine *line, PyObject *value, KnownKind kind)
{
    switch (kind) {
    case KNOWN_BUILTIN_FUNCTION:
        return add_builtin_function(line, value);
    case KNOWN_CLASS:
        return add_class(line, value);
    case KNOWN_DECIMAL:
        return decimal_text_add(line, value);
    case KNOWN_ENUM:
        return add_enum(line, value);
    case KNOWN_FRACTION:
        return add_fraction(line, value);
    case KNOWN_GENERATOR:
        return add_generator(line, value);
    case KNOWN_MEMORYVIEW:
        return add_memoryview(line, value);
    case KNOWN_MODULE:
        return add_module(line, value);
    case KNOWN_NDARRAY:
        return add_ndarray(line, value);
    case KNOWN_PATH:
        return add_path(line, value);
    case KNOWN_RANGE:
        return add_range(line, value);
    case KNOWN_UUID:
        return add_uuid(line, value);
    case KNOWN_WEAKREF:
        return add_weakref(line, value);
    default:
        return false;
    }
}

size_t known_text(PyObject *value, KnownKind kind, char buffer[KNOWN_TEXT_BYTES_MAX])
{
    TextLine line;

    text_line_init(&line, buffer, KNOWN_TEXT_BYTES_MAX);
    return add(&line, value, kind) ? line.len_bytes : 0;
}
