#include <Python.h>

#include "stub/native/import_source.h"

#include <errno.h>
#include <string.h>

#include "stub/native/compat_api.h"

static struct {
    void (*on_code)(PyCodeObject *code);
    void (*on_swap)(PyCodeObject *code);
    PyInterpreterState *interpreter; /* others raise events here too */
    bool is_added;                   /* for the life of the process: CPython cannot remove an audit hook */
    bool is_enabled;
} source;

static void tell(void (*callback)(PyCodeObject *code), PyObject *arguments, Py_ssize_t index)
{
    PyObject *code = PyTuple_Check(arguments) && PyTuple_GET_SIZE(arguments) > index
                         ? PyTuple_GET_ITEM(arguments, index)
                         : NULL;

    if (code && PyCode_Check(code) && PyInterpreterState_Get() == source.interpreter)
        callback((PyCodeObject *)code);
}

/* The arguments of `exec` are the code object, or the source that it is going to be compiled from: exec()
 * raises the event again for that one on some versions, and on none before the code object is there. */
static void on_exec(PyObject *arguments)
{
    tell(source.on_code, arguments, 0);
}

/* The object, the name and the new value of one of the few attributes that CPython guards. */
static void on_setattr(PyObject *arguments)
{
    if (PyTuple_Check(arguments) && PyTuple_GET_SIZE(arguments) > 0 &&
        PyFunction_Check(PyTuple_GET_ITEM(arguments, 0)))
        tell(source.on_swap, arguments, 2);
}

static int on_audit_event(const char *event, PyObject *arguments, void *context)
{
    (void)context;
    /* Most events of a running app begin with another letter. */
    if (source.is_enabled && event[0] == 'e' && strcmp(event, "exec") == 0)
        on_exec(arguments);
    if (source.is_enabled && event[0] == 'o' && strcmp(event, "object.__setattr__") == 0)
        on_setattr(arguments);
    return 0;
}

int import_source_init(void (*on_code)(PyCodeObject *code), void (*on_swap)(PyCodeObject *code))
{
    source.on_code = on_code;
    source.on_swap = on_swap;
    source.interpreter = PyInterpreterState_Get();
    if (source.is_added)
        return 0;
    if (PySys_AddAuditHook(on_audit_event, NULL) < 0) {
        PyErr_Clear();
        return -EPERM; /* a hook of the app refuses it */
    }
    source.is_added = true;
    return 0;
}

void import_source_enable(bool is_enabled)
{
    source.is_enabled = is_enabled;
}
