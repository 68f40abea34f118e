#include <Python.h>

#include <errno.h>
#include <string.h>

#include "stub/native/import_watch.h"

static ImportCallback import_callback;
static bool is_watch_on;

/* The event's name is compared before anything else: every audit event of the process passes here. */
static int on_audit_event(const char *event, PyObject *arguments, void *unused)
{
    PyObject *code;

    (void)unused;
    if (!is_watch_on || strcmp(event, "exec") != 0)
        return 0;
    if (!arguments || !PyTuple_Check(arguments) || PyTuple_GET_SIZE(arguments) < 1)
        return 0;
    code = PyTuple_GET_ITEM(arguments, 0);
    if (PyCode_Check(code))
        import_callback((PyCodeObject *)code);
    return 0;
}

int import_watch_init(ImportCallback callback)
{
    static bool is_hooked;

    import_callback = callback;
    if (is_hooked)
        return 0;
    if (PySys_AddAuditHook(on_audit_event, NULL) < 0) {
        PyErr_Clear();
        return -EPERM; /* another audit hook refused it */
    }
    is_hooked = true;
    return 0;
}

void import_watch_enable(bool is_enabled)
{
    is_watch_on = is_enabled;
}
