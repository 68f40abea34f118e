#include "stub/native/process.h"

#include <Python.h>

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stub/native/link.h"

static struct {
    ProcessOptions options;
    unsigned num_forks; /* between their "before" and "after"; several threads may fork */
    bool is_resume_pending;
    bool is_finished;
} process;

/* Keeps the GIL, which saves a turn of every other thread: nobody can be in link_pause() or link_stop(),
 * which begin and end with it, so link_resume() does not wait. */
static void resume_link(uint32_t delay_ms)
{
    if (!process.is_finished && process.num_forks == 0)
        (void)link_resume(delay_ms); /* it complains itself; the next fork tries again */
}

static int resume_link_pending(void *unused)
{
    (void)unused;
    process.is_resume_pending = false;
    resume_link(0);
    return 0;
}

static PyObject *before_fork(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    process.num_forks++;
    if (!link_try_pause()) {
        Py_BEGIN_ALLOW_THREADS
        link_pause();
        Py_END_ALLOW_THREADS
    }
    Py_RETURN_NONE;
}

static bool is_main_thread(void)
{
    return (pid_t)syscall(SYS_gettid) == getpid();
}

/* os.fork() counts the threads after this, and warns if there are several. In the main thread the link's is
 * therefore made a moment later, when Python runs its pending calls, before the next instruction of the
 * caller. A fork in another thread is warned about with or without us, and the main thread may not come to
 * its pending calls for a long time. */
static PyObject *after_fork_parent(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    if (process.num_forks > 0)
        process.num_forks--;
    if (process.num_forks == 0 && is_main_thread()) {
        if (process.is_resume_pending || Py_AddPendingCall(resume_link_pending, NULL) == 0) {
            process.is_resume_pending = true;
            Py_RETURN_NONE;
        }
    }
    resume_link(0);
    Py_RETURN_NONE;
}

static PyObject *after_fork_child(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    process.num_forks = 0;
    process.is_resume_pending = false;
    process.options.after_fork_child();
    resume_link(PROCESS_CHILD_DELAY_MS);
    Py_RETURN_NONE;
}

static PyObject *at_exit(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    process.is_finished = true;
    process.options.at_exit();
    Py_RETURN_NONE;
}

static PyMethodDef before_fork_method = {"before_fork", before_fork, METH_NOARGS, NULL};
static PyMethodDef after_fork_parent_method = {"after_fork_parent", after_fork_parent, METH_NOARGS, NULL};
static PyMethodDef after_fork_child_method = {"after_fork_child", after_fork_child, METH_NOARGS, NULL};
static PyMethodDef at_exit_method = {"at_exit", at_exit, METH_NOARGS, NULL};

/* Calls @function of @module with the keyword arguments, or the one positional argument. */
static int call(const char *module, const char *function, PyObject *argument, PyObject *keywords)
{
    PyObject *imported = PyImport_ImportModule(module);
    PyObject *callable = imported ? PyObject_GetAttrString(imported, function) : NULL;
    PyObject *arguments = argument ? PyTuple_Pack(1, argument) : PyTuple_New(0);
    PyObject *result = callable && arguments ? PyObject_Call(callable, arguments, keywords) : NULL;
    int outcome = result ? 0 : -ENOTSUP;

    Py_XDECREF(imported);
    Py_XDECREF(callable);
    Py_XDECREF(arguments);
    Py_XDECREF(result);
    PyErr_Clear();
    return outcome;
}

static int register_at_fork(void)
{
    PyObject *before = PyCFunction_New(&before_fork_method, NULL);
    PyObject *parent = PyCFunction_New(&after_fork_parent_method, NULL);
    PyObject *child = PyCFunction_New(&after_fork_child_method, NULL);
    PyObject *keywords =
        before && parent && child
            ? Py_BuildValue("{sOsOsO}", "before", before, "after_in_parent", parent, "after_in_child", child)
            : NULL;
    int result = keywords ? call("os", "register_at_fork", NULL, keywords) : -ENOMEM;

    Py_XDECREF(before);
    Py_XDECREF(parent);
    Py_XDECREF(child);
    Py_XDECREF(keywords);
    PyErr_Clear();
    return result;
}

static int register_at_exit(void)
{
    PyObject *function = PyCFunction_New(&at_exit_method, NULL);
    int result = function ? call("atexit", "register", function, NULL) : -ENOMEM;

    Py_XDECREF(function);
    PyErr_Clear();
    return result;
}

int process_watch(const ProcessOptions *options)
{
    int result;

    process.options = *options;
    result = register_at_exit();
    return result != 0 ? result : register_at_fork();
}

void process_ensure_link(void)
{
    if (process.is_finished || !link_is_inherited())
        return;
    process.num_forks = 0;
    process.is_resume_pending = false;
    process.options.after_fork_child();
    (void)link_resume(0); /* the one thread of this process: nobody has what it might wait for */
}
