#include "stub/native/process.h"

#include <Python.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stub/native/interpreter.h"
#include "stub/native/link.h"

static struct {
    ProcessOptions options;
    unsigned num_forks;     /* between their "before" and "after"; several threads may fork */
    bool is_resume_pending; /* in this process */
    bool is_finished;
} process;

/* Keeps the GIL, which saves a turn of every other thread: nobody can be in link_pause() or link_stop(),
 * which begin and end with it, so link_resume() does not wait. */
static void resume_link(uint32_t delay_ms)
{
    if (!process.is_finished && process.num_forks == 0)
        (void)link_resume(delay_ms); /* it complains itself; the next fork tries again */
}

static void begin_child(uint32_t delay_ms)
{
    process.num_forks = 0;
    process.is_resume_pending = false;
    process.options.after_fork_child();
    resume_link(delay_ms);
}

/* A pending call: Python's main thread is about to run the app's next instruction. */
static int resume_link_pending(void *unused)
{
    (void)unused;
    if (link_is_inherited()) {
        interpreter_begin_child();
        begin_child(PROCESS_CHILD_DELAY_MS);
    } else {
        process.is_resume_pending = false;
        resume_link(0);
    }
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
    begin_child(PROCESS_CHILD_DELAY_MS);
    Py_RETURN_NONE;
}

/* In the child of any fork() that the C library is asked for, before it goes on. If Python has not announced
 * the fork, it will not call after_fork_child() either, and the child may be about to run another program, or
 * may never run Python again; if it does, that is its first chance. Takes no lock that another thread may
 * have had for longer than a moment. */
static void in_forked_child(void)
{
    process.is_resume_pending = false;
    if (process.num_forks > 0 || process.is_finished)
        return;
    interpreter_forget_waiters();
    (void)Py_AddPendingCall(resume_link_pending, NULL); /* else the next hit does it */
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

/* Python 3.6 cannot announce forks. */
static bool can_announce_forks(void)
{
    PyObject *os = PyImport_ImportModule("os");
    PyObject *function = os ? PyObject_GetAttrString(os, "register_at_fork") : NULL;
    bool can = function != NULL;

    PyErr_Clear();
    Py_XDECREF(function);
    Py_XDECREF(os);
    return can;
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
    if (result == 0 && can_announce_forks())
        result = register_at_fork();
    /* Never undone: CPython does not unload a module. */
    return result != 0 ? result : -pthread_atfork(NULL, NULL, in_forked_child);
}

void process_ensure_link(void)
{
    if (!process.is_finished && link_is_inherited())
        begin_child(0);
}
