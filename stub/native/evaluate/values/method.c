#include "stub/native/compat.h"

#include "stub/native/evaluate/values/arguments.h"
#include "stub/native/evaluate/values/bases.h"
#include "stub/native/evaluate/values/method.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/search.h"
#include "stub/native/layout.h"

PyObject *method_call_cpython(Run *run, const MethodCall *call)
{
    PyObject *stack[1 + METHOD_ARGUMENTS_MAX] = {call->object};
    Py_ssize_t num_all = method_num_arguments(call);
    bool is_unsure;
    PyObject *method = type_find(call->type, call->name, NULL, &is_unsure);
    PyObject *result;

    if (num_all > METHOD_ARGUMENTS_MAX || !method)
        return run_refuse_act(run, "is given too many arguments");
    for (Py_ssize_t i = 0; i < num_all; i++)
        stack[i + 1] = call->arguments[i];
    result = PyObject_Vectorcall(method, stack, (size_t)call->count + 1, call->names);
    return run_take(run, result);
}

bool method_check_arguments(Run *run, const MethodCall *call)
{
    for (Py_ssize_t i = 0; i < method_num_arguments(call); i++) {
        Kind kind = kind_of(call->arguments[i]);
        bool is_plain = kind_is_scalar(kind);

        if (kind == KIND_TUPLE)
            is_plain = PyTuple_GET_SIZE(call->arguments[i]) < 100 && plain_is_deep(run, call->arguments[i]);
        if (!is_plain) {
            if (!run->outcome)
                (void)run_refuse_value(run, "a %.80s, which it may ask for a method of its own",
                                       Py_TYPE(call->arguments[i])->tp_name);
            return false;
        }
    }
    return true;
}

uint64_t method_num_bytes(PyObject *value)
{
    if (PyUnicode_Check(value)) {
        CompatText chars = compat_text(value);

        return (uint64_t)chars.length * (uint64_t)chars.kind;
    }
    return PyBytes_Check(value) ? (uint64_t)Py_SIZE(value) : 8;
}

bool method_has_word(const char *words, PyObject *name)
{
    char word[40];

    if (PyUnicode_GET_LENGTH(name) > (Py_ssize_t)sizeof(word) - 3 || !PyUnicode_IS_ASCII(name))
        return false;
    snprintf(word, sizeof(word), " %s ", (const char *)PyUnicode_1BYTE_DATA(name));
    return strstr(words, word) != NULL;
}

/* What is searched for, or stripped off: the first argument, also by its name. NULL: it is not given. */
static PyObject *wanted_part(const MethodCall *call)
{
    if (call->count > 0)
        return call->arguments[0];
    return arguments_named(&(Arguments){NULL, call->arguments, call->count, call->names}, "sep");
}

/* Charges a search, where the method makes one. */
static bool charge_search(Run *run, const MethodCall *call)
{
    PyObject *part = wanted_part(call);

    if (!part || !method_has_word(" count find index partition replace rfind rindex rpartition rsplit split ",
                                  call->name))
        return true;
    return search_check(run, call->object, part,
                        method_has_word(" rfind rindex rpartition rsplit ", call->name));
}

PyObject *method_call_reading(Run *run, const MethodCall *call)
{
    if (!method_check_arguments(run, call) || !run_charge_bytes(run, method_num_bytes(call->object) * 4) ||
        !charge_search(run, call))
        return NULL;
    return method_call_cpython(run, call);
}

PyObject *method_call_format(Run *run, const MethodCall *call)
{
    PyObject *copy;
    PyObject *text = NULL;

    if (call->count != 1 || call->names || !PyUnicode_CheckExact(call->arguments[0]) ||
        plain_is_unready(call->arguments[0]))
        return run_refuse_act(run, "is given no str");
    copy = kind_of(call->object) == KIND_OTHER ? bases_copy(run, call->object) : Py_NewRef(call->object);
    if (copy)
        text = operators_format(run, copy, 0, call->arguments[0]);
    Py_XDECREF(copy);
    return text || run->outcome ? text : run_refuse_act(run, "formats something else");
}
