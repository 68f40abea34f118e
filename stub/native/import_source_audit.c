#include <Python.h>

#include "stub/native/import_source.h"

#include <errno.h>
#include <string.h>

#include "stub/native/compat_api.h"

static struct {
    void (*on_code)(PyCodeObject *code);
    PyInterpreterState *interpreter; /* others raise events here too */
    bool is_added;                   /* for the life of the process: CPython cannot remove an audit hook */
    bool is_enabled;
} source;

/* The arguments of `exec` are the code object, or the source that it is going to be compiled from: exec()
 * raises the event again for that one on some versions, and on none before the code object is there. */
static void on_exec(PyObject *arguments)
{
    PyObject *code =
        PyTuple_Check(arguments) && PyTuple_GET_SIZE(arguments) > 0 ? PyTuple_GET_ITEM(arguments, 0) : NULL;

    if (code && PyCode_Check(code) && PyInterpreterState_Get() == source.interpreter)
        source.on_code((PyCodeObject *)code);
}

static int on_audit_event(const char *event, PyObject *arguments, void *context)
{
    (void)context;
    /* Most events of a running app begin with another letter. */
    if (source.is_enabled && event[0] == 'e' && strcmp(event, "exec") == 0)
        on_exec(arguments);
    return 0;
}

int import_source_init(void (*on_code)(PyCodeObject *code))
{
    source.on_code = on_code;
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
