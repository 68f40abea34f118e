#include "stub/native/compat.h"

#include "stub/native/date_text.h"
#include "stub/native/evaluate/values/bases.h"
#include "stub/native/evaluate/values/fractions.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/reprs.h"
#include "stub/native/evaluate/values/rows.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/texts.h"
#include "stub/native/evaluate/values/zones.h"
#include "stub/native/known.h"
#include "stub/native/known_text.h"

/* ---------------------------------------------------------------------------------------- exceptions */

static bool has_str_of(PyObject *value, PyObject *exception)
{
    return PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)exception) &&
           Py_TYPE(value)->tp_str == ((PyTypeObject *)exception)->tp_str;
}

/* What an exception with arguments says, where it is C code that says it. NULL and no outcome: there is no
 * telling. */
static PyObject *exception_str(Run *run, PyObject *value)
{
    PyObject *arguments = ((PyBaseExceptionObject *)value)->args;

    if (!arguments || !PyTuple_CheckExact(arguments))
        return NULL;
    if (has_str_of(value, PyExc_KeyError) && PyTuple_GET_SIZE(arguments) == 1)
        return texts_repr(run, PyTuple_GET_ITEM(arguments, 0));
    if (has_str_of(value, PyExc_OSError)) {
        PyOSErrorObject *error = (PyOSErrorObject *)value;
        PyObject *fields[] = {arguments, error->myerrno, error->strerror, error->filename, error->filename2};
        PlainBound bound = {0, 1, 0};

        for (size_t i = 0; i < Py_ARRAY_LENGTH(fields); i++) {
            if (i > 0 && fields[i] && !kind_is_scalar(kind_of(fields[i])))
                return NULL;
            if (fields[i] && !plain_add_repr(run, fields[i], &bound))
                return NULL;
        }
        return plain_charge_bound(run, &bound) ? run_take(run, PyObject_Str(value)) : NULL;
    }
    if (!has_str_of(value, PyExc_BaseException) && !has_str_of(value, PyExc_KeyError))
        return NULL;
    if (PyTuple_GET_SIZE(arguments) == 0)
        return run_take(run, PyUnicode_FromString(""));
    return PyTuple_GET_SIZE(arguments) == 1 ? texts_str(run, PyTuple_GET_ITEM(arguments, 0))
                                            : texts_repr(run, arguments);
}

/* BaseException_repr() in Objects/exceptions.c: the name of the class without what is before a dot. */
static PyObject *exception_repr(Run *run, PyObject *value)
{
    PyObject *arguments = ((PyBaseExceptionObject *)value)->args;
    const char *name = strrchr(Py_TYPE(value)->tp_name, '.');
    PyObject *parts[4] = {NULL};
    bool is_single;
    PyObject *text = NULL;

    if (!arguments || !PyTuple_CheckExact(arguments))
        return run_refuse_method(run, value, "__repr__");
    is_single = PyTuple_GET_SIZE(arguments) == 1 && COMPAT_EXCEPTION_IS_SHOWN_AS_CALL;
    parts[0] = PyUnicode_FromString(name ? name + 1 : Py_TYPE(value)->tp_name);
    parts[1] = PyUnicode_FromString(is_single ? "(" : "");
    parts[2] = texts_repr(run, is_single ? PyTuple_GET_ITEM(arguments, 0) : arguments);
    parts[3] = PyUnicode_FromString(is_single ? ")" : "");
    if (!run->outcome)
        text = parts[0] && parts[1] && parts[2] && parts[3]
                   ? operators_join(run, parts, Py_ARRAY_LENGTH(parts))
                   : run_raise_pending(run);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(parts); i++)
        Py_XDECREF(parts[i]);
    return text;
}

/* --------------------------------------------------------------------------------------------- classes */

static PyObject *class_repr(Run *run, PyObject *value)
{
    char name[512];
    size_t len_bytes = type_name((PyTypeObject *)value, TYPE_NAME_CLASS, name, sizeof(name));

    if (Py_TYPE(value)->tp_repr != PyType_Type.tp_repr || len_bytes == sizeof(name))
        return run_refuse_method(run, value, "__repr__");
    return run_take(run, PyUnicode_DecodeUTF8(name, (Py_ssize_t)len_bytes, "surrogatepass"));
}

/* ------------------------------------------------------------------------------------------------ known */

/* Values whose str() or repr() is code in Python, with a layout that is known. NULL and no outcome: it is
 * none of them. */
static PyObject *known_repr(Run *run, PyObject *value)
{
    char text[KNOWN_TEXT_BYTES_MAX];
    KnownKind kind = known_kind(value);
    size_t len_bytes;

    if (fractions_is(value))
        return fractions_text(run, value, true);
    if (kind != KNOWN_UUID || Py_TYPE(value) != known_type(kind))
        return NULL;
    len_bytes = known_text(value, kind, text);
    return len_bytes > 0 && len_bytes < sizeof(text) - 4
               ? run_take(run, PyUnicode_DecodeUTF8(text, (Py_ssize_t)len_bytes, "surrogatepass"))
               : NULL;
}

/* UUID('..'): what is between the quotes. */
static PyObject *known_str(Run *run, PyObject *value)
{
    char text[KNOWN_TEXT_BYTES_MAX];
    PyObject *repr = fractions_is(value) ? fractions_text(run, value, false) : known_repr(run, value);
    char *first;
    char *end;

    if (!repr || fractions_is(value))
        return repr;
    run_text(repr, text, sizeof(text));
    Py_DECREF(repr);
    first = strchr(text, '\'');
    end = strrchr(text, '\'');
    if (!first || end == first)
        return NULL;
    *end = '\0';
    return run_take(run, PyUnicode_FromString(first + 1));
}

/* ------------------------------------------------------------------------------------------------- face */

/* What the class of the app says, or a refusal. An exact str: what is done with it must not ask it anything.
 */
static PyObject *other_text(Run *run, PyObject *value, bool is_repr)
{
    PyObject *text;

    if (run->outcome || !own_check(run, value))
        return NULL;
    if (!is_repr && Py_TYPE(value)->tp_str == PyBaseObject_Type.tp_str)
        return texts_repr(run, value);
    text = bases_text(run, value, is_repr);
    if (text || run->outcome)
        return text;
    if (!special_has_text(value, is_repr))
        return is_repr ? reprs_other(run, value) : run_refuse_method(run, value, "__str__");
    text = special_text(run, value, is_repr);
    if (!text || PyUnicode_CheckExact(text))
        return text;
    (void)run_refuse_value(run, "a %.80s, which is no str of Python's own", Py_TYPE(text)->tp_name);
    Py_DECREF(text);
    return NULL;
}

static PyObject *proxy_str(Run *run, PyObject *value)
{
    PyObject *target = proxies_target(run, value);
    PyObject *text = target ? texts_str(run, target) : NULL;

    Py_XDECREF(target);
    return text;
}

/* Of a builtin kind: CPython's own, or for a container of the app's objects the same. */
static PyObject *plain_repr_or_str(Run *run, PyObject *value, PyObject *(*function)(PyObject *))
{
    int printability = plain_printability(run, value);

    if (printability < 0)
        return NULL;
    return printability ? run_take(run, function(value)) : reprs_other(run, value);
}

static PyObject *str_in_zone(Run *run, PyObject *value)
{
    PyObject *fixed = zones_fixed(run, value);
    PyObject *text = fixed ? run_take(run, PyObject_Str(fixed)) : NULL;

    Py_XDECREF(fixed);
    return text;
}

PyObject *texts_str(Run *run, PyObject *value)
{
    PyObject *text = NULL;

    if (PyUnicode_CheckExact(value))
        return plain_is_unready(value) ? run_refuse(run) : Py_NewRef(value);
    /* str() of bytes warns under -b, and a warning runs what the app has put in its way. */
    if (PyBytes_Check(value))
        return run_refuse_act(run, "turns bytes into a str, about which Python may warn");
    if (kind_of(value) != KIND_OTHER)
        return plain_repr_or_str(run, value, PyObject_Str);
    if (zones_is_foreign(value))
        return str_in_zone(run, value);
    if (rows_is(value))
        return rows_repr(run, value);
    if (PyUnicode_Check(value) && Py_TYPE(value)->tp_str == PyUnicode_Type.tp_str && !plain_is_unready(value))
        return run_take(run, PyUnicode_FromObject(value));
    if (!run_enter(run))
        ;
    else if (proxies_is(value))
        text = proxy_str(run, value);
    else if (PyExceptionInstance_Check(value))
        text = exception_str(run, value);
    else if (PyType_Check(value))
        text = class_repr(run, value);
    else
        text = known_str(run, value);
    run_leave(run);
    return text ? text : other_text(run, value, false);
}

PyObject *texts_repr(Run *run, PyObject *value)
{
    PyObject *text;

    if (kind_of(value) != KIND_OTHER)
        return plain_repr_or_str(run, value, PyObject_Repr);
    if (PyExceptionInstance_Check(value) &&
        Py_TYPE(value)->tp_repr == ((PyTypeObject *)PyExc_BaseException)->tp_repr)
        return exception_repr(run, value);
    if (zones_is_foreign(value))
        return zones_repr(run, value);
    if (rows_is(value))
        return rows_repr(run, value);
    if (proxies_is(value))
        return reprs_other(run, value);
    text = PyType_Check(value) ? class_repr(run, value) : known_repr(run, value);
    return text ? text : other_text(run, value, true);
}

PyObject *texts_ascii(Run *run, PyObject *value)
{
    PyObject *repr = texts_repr(run, value);
    PyObject *result;

    if (!repr || PyUnicode_IS_ASCII(repr))
        return repr;
    result =
        plain_is_printable(run, repr) ? PyUnicode_AsEncodedString(repr, "ascii", "backslashreplace") : NULL;
    Py_DECREF(repr);
    if (run->outcome)
        return NULL;
    if (!result)
        return run_raise_pending(run);
    Py_SETREF(result, PyUnicode_DecodeASCII(PyBytes_AS_STRING(result), PyBytes_GET_SIZE(result), NULL));
    return run_take(run, result);
}
