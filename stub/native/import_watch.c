#include <Python.h>

#include "stub/native/import_watch.h"

#include <errno.h>
#include <string.h>

#include "stub/native/hook.h"

static struct {
    ImportCallback callback;
    PyInterpreterState *interpreter; /* others raise events here too */
    bool is_added;
    bool is_enabled;
} watch;

/* initial-exec: see hook_site.c. */
static __thread PyCodeObject *current_code __attribute__((tls_model("initial-exec")));

/* The arguments of `exec` are the code object, or the source that it is going to be compiled from: exec()
 * raises the event again for that one on some versions, and on none before the code object is there. */
static void on_exec(PyObject *arguments)
{
    PyObject *code =
        PyTuple_Check(arguments) && PyTuple_GET_SIZE(arguments) > 0 ? PyTuple_GET_ITEM(arguments, 0) : NULL;

    if (!code || !PyCode_Check(code) || PyInterpreterState_Get() != watch.interpreter)
        return;

    PyCodeObject *outer = current_code;

    current_code = (PyCodeObject *)code;
    watch.callback(current_code);
    hook_code_starts(current_code);
    current_code = outer;
}

static int on_audit_event(const char *event, PyObject *arguments, void *context)
{
    (void)context;
    /* Most events of a running app begin with another letter. */
    if (watch.is_enabled && event[0] == 'e' && strcmp(event, "exec") == 0)
        on_exec(arguments);
    return 0;
}

int import_watch_init(ImportCallback callback)
{
    watch.callback = callback;
    watch.interpreter = PyInterpreterState_Get();
    if (watch.is_added)
        return 0;
    if (PySys_AddAuditHook(on_audit_event, NULL) < 0) {
        PyErr_Clear();
        return -EPERM; /* a hook of the app refuses it */
    }
    watch.is_added = true;
    return 0;
}

PyCodeObject *import_watch_code(void)
{
    return current_code;
}

void import_watch_enable(bool is_enabled)
{
    watch.is_enabled = is_enabled;
}
