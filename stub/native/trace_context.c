#include "stub/native/compat.h"

#include <string.h>

#include "stub/native/compat_api.h"
#include "stub/native/layout.h"
#include "stub/native/trace_context.h"

/* The key of the span in a Context: this, and since 1.1 a dash and a UUID
 * (opentelemetry.context.create_key()). */
#define SPAN_KEY "current-span"

#define CONTEXT_ITEMS_MAX 64 /* looked at for the span; apps have two or three */

typedef enum Name {
    NAME_OF_MODULE,
    NAME_OF_RUNTIME, /* a ContextVarsRuntimeContext */
    NAME_OF_VARIABLE,
    NAME_OF_SPAN_CONTEXT,
    NUM_NAMES,
} Name;

static PyObject *name(Name index)
{
    static const char *const texts[NUM_NAMES] = {"opentelemetry.context", "_RUNTIME_CONTEXT",
                                                 "_current_context", "_context"};
    static PyObject *names[NUM_NAMES];

    if (!names[index]) {
        names[index] = PyUnicode_InternFromString(texts[index]);
        PyErr_Clear();
    }
    return names[index];
}

/* The attribute in the dictionary of @object, or NULL. */
static PyObject *attribute(PyObject *object, Name index)
{
    bool is_unsure;

    return object && name(index) && object_has_dict(Py_TYPE(object))
               ? object_find(object, name(index), &is_unsure)
               : NULL;
}

static PyObject *find_module(void)
{
    PyObject *modules = PyImport_GetModuleDict();
    bool is_unsure;
    PyObject *module = modules && PyDict_Check(modules) && name(NAME_OF_MODULE)
                           ? dict_find_text(modules, name(NAME_OF_MODULE), &is_unsure)
                           : NULL;

    return module && PyModule_Check(module) ? module : NULL;
}

static bool is_span_key(PyObject *key)
{
    const size_t length = strlen(SPAN_KEY);
    const char *text;

    if (!PyUnicode_CheckExact(key) || !PyUnicode_IS_COMPACT_ASCII(key) ||
        PyUnicode_GET_LENGTH(key) < (Py_ssize_t)length)
        return false;
    text = (const char *)PyUnicode_1BYTE_DATA(key); /* ends with a NUL */
    return memcmp(text, SPAN_KEY, length) == 0 && (text[length] == '-' || text[length] == '\0');
}

static PyObject *find_span(PyObject *context)
{
    DictCursor cursor;
    PyObject *key, *value;

    if (!PyDict_Check(context))
        return NULL;
    dict_cursor_init(&cursor, context);
    for (int i = 0; i < CONTEXT_ITEMS_MAX && dict_cursor_next(&cursor, &key, &value); i++) {
        if (is_span_key(key))
            return value;
    }
    return NULL;
}

/* @num_chars hex digits. False: it is no such number, or 0, which stands for no trace. */
static bool put_id(PyObject *number, size_t num_chars, char *ret)
{
    static const char hex_digits[] = "0123456789abcdef";
    unsigned char bytes[TRACE_ID_CHARS / 2 + 1] = {0};
    size_t num_bits = num_chars * 4;
    const digit *digits;
    size_t num_digits;
    bool is_zero = true;

    if (!PyLong_CheckExact(number) || compat_long_is_negative(number))
        return false;
    digits = compat_long_digits(number);
    num_digits = compat_long_num_digits(number);
    for (size_t i = 0; i < num_digits * PyLong_SHIFT; i++) {
        if (!(digits[i / PyLong_SHIFT] >> (i % PyLong_SHIFT) & 1))
            continue;
        if (i >= num_bits)
            return false;
        bytes[i / 8] |= (unsigned char)(1u << (i % 8));
        is_zero = false;
    }
    for (size_t i = 0; i < num_chars; i++)
        ret[num_chars - 1 - i] = hex_digits[bytes[i / 2] >> (i % 2 * 4) & 15];
    ret[num_chars] = '\0';
    return !is_zero;
}

/* A SpanContext is a tuple that begins with both ids. */
static bool read_span_context(PyObject *span_context, TraceContext *ret)
{
    return span_context && PyTuple_Check(span_context) && PyTuple_GET_SIZE(span_context) >= 2 &&
           put_id(PyTuple_GET_ITEM(span_context, 0), TRACE_ID_CHARS, ret->trace_id) &&
           put_id(PyTuple_GET_ITEM(span_context, 1), SPAN_ID_CHARS, ret->span_id);
}

bool trace_context_read(TraceContext *ret)
{
    PyObject *variable = attribute(attribute(find_module(), NAME_OF_RUNTIME), NAME_OF_VARIABLE);
    PyObject *context = variable ? compat_context_variable(variable) : NULL;
    PyObject *span = context ? find_span(context) : NULL;
    bool is_found = read_span_context(attribute(span, NAME_OF_SPAN_CONTEXT), ret);

    Py_XDECREF(context); /* the context of the thread has it, too */
    return is_found;
}
