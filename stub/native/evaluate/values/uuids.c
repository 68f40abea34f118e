#include "stub/native/compat.h"

#include <stdio.h>

#include "stub/native/evaluate/values/originals.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/uuids.h"
#include "stub/native/known.h"
#include "stub/native/layout.h"
#include "stub/native/text.h"

#define HEX_DIGITS     32
#define TEXT_CHARS_MAX 200

bool uuids_is_class(PyObject *function)
{
    PyTypeObject *type = (PyTypeObject *)function;

    return PyType_Check(function) && strcmp(type->tp_name, "UUID") == 0 && known_type(KNOWN_UUID) == type &&
           Py_TYPE(type) == &PyType_Type && originals_has(type, "uuid", "UUID", "__init__") &&
           type->tp_alloc == PyType_GenericAlloc && type->tp_new == PyBaseObject_Type.tp_new &&
           !type->tp_finalize && !type->tp_del;
}

/* The default of the keyword `is_safe`, borrowed; NULL: there is none. */
static PyObject *safety(PyTypeObject *type)
{
    PyObject *init = type_find_named(type, "__init__");
    PyObject *defaults = init && PyFunction_Check(init) ? ((PyFunctionObject *)init)->func_kwdefaults : NULL;
    PyObject *key = PyUnicode_InternFromString("is_safe");
    bool is_unsure;
    PyObject *value =
        key && defaults && PyDict_CheckExact(defaults) ? dict_find_text(defaults, key, &is_unsure) : NULL;

    Py_XDECREF(key);
    PyErr_Clear();
    return value;
}

/* Into a slot of the class, or the dictionary of the object up to 3.7; its own __setattr__ raises. */
static bool set(PyTypeObject *type, PyObject *object, const char *name, PyObject *value)
{
    PyObject *found = type_find_named(type, name);
    PyObject *key = PyUnicode_InternFromString(name);
    bool is_set = key && (!found || Py_TYPE(found) == &PyMemberDescr_Type) &&
                  PyObject_GenericSetAttr(object, key, value) == 0;

    Py_XDECREF(key);
    PyErr_Clear();
    return is_set;
}

/* Consumes @number. */
static PyObject *make(Run *run, PyTypeObject *type, PyObject *number)
{
    PyObject *is_safe = safety(type);
    PyObject *result = number ? type->tp_alloc(type, 0) : NULL;

    if (!result) {
        Py_XDECREF(number);
        return run->outcome ? NULL : run_raise_pending(run);
    }
    if (!set(type, result, "int", number) || (is_safe && !set(type, result, "is_safe", is_safe))) {
        Py_CLEAR(result);
        (void)run_refuse_act(run, "makes a UUID, whose class is not the one of Python's library");
    }
    Py_DECREF(number);
    return result;
}

static PyObject *raise_badly_formed(Run *run)
{
    return run_raise(run, PyExc_ValueError, "badly formed hexadecimal UUID string");
}

/* Leaves out each @part of @text. */
static void remove_all(char *text, const char *part)
{
    size_t len = strlen(part);

    for (char *found = text; (found = strstr(found, part));)
        memmove(found, found + len, strlen(found + len) + 1);
}

static PyObject *number_of_text(Run *run, PyObject *text)
{
    char chars[TEXT_CHARS_MAX + 1];
    char *begin = chars;
    size_t len;

    if (!PyUnicode_IS_ASCII(text) || PyUnicode_GET_LENGTH(text) > TEXT_CHARS_MAX)
        return run_refuse_value(run, "a text that is long or not in ASCII");
    run_text(text, chars, sizeof(chars));
    if (strlen(chars) != (size_t)PyUnicode_GET_LENGTH(text))
        return raise_badly_formed(run);
    remove_all(chars, "urn:");
    remove_all(chars, "uuid:");
    begin += strspn(begin, "{}");
    for (len = strlen(begin); len > 0 && strchr("{}", begin[len - 1]);)
        begin[--len] = '\0';
    remove_all(begin, "-");
    if (strlen(begin) != HEX_DIGITS)
        return raise_badly_formed(run);
    /* int() reads more than digits. */
    if (strspn(begin, "0123456789abcdefABCDEF") != HEX_DIGITS)
        return strpbrk(begin, "_+ xX\t\n\r\f\v")
                   ? run_refuse_value(run, "no plain hexadecimal digits")
                   : run_raise(run, PyExc_ValueError, "invalid literal for int() with base 16: '%s'", begin);
    return run_take(run, PyLong_FromString(begin, NULL, 16));
}

static PyObject *number_of_bytes(Run *run, PyObject *bytes)
{
    char chars[HEX_DIGITS + 1];

    if (PyBytes_GET_SIZE(bytes) != HEX_DIGITS / 2)
        return run_raise(run, PyExc_ValueError, "bytes is not a 16-char string");
    for (int i = 0; i < HEX_DIGITS / 2; i++)
        snprintf(chars + 2 * i, 3, "%02x", (unsigned char)PyBytes_AS_STRING(bytes)[i]);
    return run_take(run, PyLong_FromString(chars, NULL, 16));
}

static PyObject *number_of_int(Run *run, PyObject *number)
{
    size_t num_digits = compat_long_num_digits(number);

    /* 128 bits are four digits and eight bits of a fifth one. */
    if (compat_long_is_negative(number) || num_digits > 5 ||
        (num_digits == 5 && compat_long_digits(number)[4] >> (128 - 4 * PyLong_SHIFT) != 0))
        return run_raise(run, PyExc_ValueError, "int is out of range (need a 128-bit value)");
    return Py_NewRef(number);
}

PyObject *uuids_make(Run *run, const Arguments *arguments)
{
    PyTypeObject *type = (PyTypeObject *)arguments->function;
    PyObject *hex = arguments->count == 1 ? arguments->values[0] : arguments_named(arguments, "hex");
    PyObject *number = arguments_named(arguments, "int");
    PyObject *bytes = arguments_named(arguments, "bytes");
    Py_ssize_t num_given = arguments->count + (arguments->names ? PyTuple_GET_SIZE(arguments->names) : 0);

    if (!arguments_check(run, arguments, 0, 1, " hex int bytes ") || !run_charge(run, 50))
        return NULL;
    if (num_given != 1)
        return run_raise(run, PyExc_TypeError,
                         "one of the hex, bytes, bytes_le, fields, or int arguments must be given");
    if (hex && PyUnicode_CheckExact(hex) && compat_text_is_ready(hex))
        return make(run, type, number_of_text(run, hex));
    if (bytes && PyBytes_CheckExact(bytes))
        return make(run, type, number_of_bytes(run, bytes));
    if (number && PyLong_CheckExact(number))
        return make(run, type, number_of_int(run, number));
    hex = hex ? hex : bytes ? bytes : number;
    return run_refuse_value(run, "a %.80s to make a UUID of", Py_TYPE(hex)->tp_name);
}
