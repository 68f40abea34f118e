#include <Python.h>

#include "stub/native/import_watch.h"

#include "stub/native/hook.h"
#include "stub/native/import_source.h"

static ImportCallback import_callback;

/* initial-exec: see hook_site.c. */
static __thread PyCodeObject *current_code __attribute__((tls_model("initial-exec")));

static void on_code(PyCodeObject *code)
{
    PyCodeObject *outer = current_code;

    current_code = code;
    import_callback(code);
    hook_code_starts(code);
    current_code = outer;
}

int import_watch_init(ImportCallback callback, ImportCallback swap_callback)
{
    import_callback = callback;
    return import_source_init(on_code, swap_callback);
}

PyCodeObject *import_watch_code(void)
{
    return current_code;
}

void import_watch_enable(bool is_enabled)
{
    import_source_enable(is_enabled);
}
