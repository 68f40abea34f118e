#include <Python.h>
#include <pythread.h> /* Python.h has it from 3.7 on */

#include "stub/native/app_log.h"

#include "stub/native/link.h"

static struct {
    bool is_writing;
    unsigned long thread_ident;
} app_log;

static unsigned long this_thread(void)
{
    return (unsigned long)PyThread_get_thread_ident(); /* a long up to 3.6 */
}

bool app_log_is_this_thread(void)
{
    return app_log.is_writing && this_thread() == app_log.thread_ident;
}

static PyObject *text_of(const ProtobufCBinaryData *bytes)
{
    return PyUnicode_DecodeUTF8((const char *)bytes->data, (Py_ssize_t)bytes->len, "replace");
}

/* A module that the app has imported, or NULL. Borrowed. */
static PyObject *imported(const char *name)
{
    return PyDict_GetItemString(PyImport_GetModuleDict(), name);
}

/* threading._active, by the identifiers of threads, or NULL. */
static PyObject *active_threads(void)
{
    PyObject *threading = imported("threading");
    PyObject *active = threading ? PyObject_GetAttrString(threading, "_active") : NULL;

    PyErr_Clear();
    if (active && !PyDict_CheckExact(active))
        Py_CLEAR(active);
    return active;
}

/* The object that threading makes for a thread that it does not know, once somebody asks who is running: the
 * link thread is none of the app's. */
static void forget_dummy_thread(bool was_known)
{
    PyObject *ident = PyLong_FromUnsignedLong(this_thread());
    PyObject *active = was_known ? NULL : active_threads();

    if (ident && active)
        (void)PyDict_DelItem(active, ident);
    PyErr_Clear();
    Py_XDECREF(active);
    Py_XDECREF(ident);
}

static bool is_known_thread(void)
{
    PyObject *ident = PyLong_FromUnsignedLong(this_thread());
    PyObject *active = active_threads();
    bool is_known = ident && active && PyDict_GetItem(active, ident);

    Py_XDECREF(active);
    Py_XDECREF(ident);
    return is_known;
}

/* Failures do not matter. Consumes @value, which may be NULL. */
static void set(PyObject *record, const char *name, PyObject *value)
{
    if (value)
        (void)PyObject_SetAttrString(record, name, value);
    Py_XDECREF(value);
    PyErr_Clear();
}

static double number_of(PyObject *record, const char *name)
{
    PyObject *value = PyObject_GetAttrString(record, name);
    double number = value ? PyFloat_AsDouble(value) : 0;

    Py_XDECREF(value);
    PyErr_Clear();
    return number;
}

/* The time and the thread of the hit. */
static void set_origin(PyObject *record, const Snapshot__AppLog *message)
{
    double created = (double)message->time_unix_us / 1e6;
    double later = number_of(record, "created") - created;
    PyObject *ident = PyLong_FromUnsignedLongLong(message->thread_id);
    PyObject *active = active_threads();
    PyObject *thread = ident && active ? PyDict_GetItem(active, ident) : NULL;

    Py_XINCREF(thread); /* a record may be of a class of the app's, which runs code */
    set(record, "relativeCreated", PyFloat_FromDouble(number_of(record, "relativeCreated") - later * 1000));
    set(record, "created", PyFloat_FromDouble(created));
    set(record, "msecs", PyFloat_FromDouble((double)(message->time_unix_us / 1000 % 1000)));
    set(record, "threadName", thread ? PyObject_GetAttrString(thread, "name") : NULL);
    set(record, "thread", ident);
    Py_XDECREF(thread);
    Py_XDECREF(active);
}

/* New reference, or NULL with an exception. */
static PyObject *make_record(PyObject *root, const Snapshot__AppLog *message)
{
    PyObject *name = PyObject_GetAttrString(root, "name");
    PyObject *path = text_of(&message->path);
    PyObject *text = text_of(&message->message);
    PyObject *function = text_of(&message->function);
    PyObject *record = NULL;

    if (name && path && text && function)
        record = PyObject_CallMethod(root, "makeRecord", "OIOIO()OO", name, message->level, path,
                                     message->line, text, Py_None, function);
    Py_XDECREF(name);
    Py_XDECREF(path);
    Py_XDECREF(text);
    Py_XDECREF(function);
    return record;
}

static void log_to(PyObject *root, const Snapshot__AppLog *message)
{
    PyObject *is_enabled = PyObject_CallMethod(root, "isEnabledFor", "I", message->level);
    PyObject *record = NULL;
    PyObject *result = NULL;

    if (is_enabled && PyObject_IsTrue(is_enabled) == 1)
        record = make_record(root, message);
    if (record) {
        set_origin(record, message);
        result = PyObject_CallMethod(root, "handle", "O", record);
    }
    PyErr_Clear();
    Py_XDECREF(result);
    Py_XDECREF(record);
    Py_XDECREF(is_enabled);
}

void app_log_write(const Snapshot__AppLog *message)
{
    PyObject *logging = imported("logging");
    PyObject *root =
        logging ? PyObject_GetAttrString(logging, "root") : NULL; /* not yet, in its own import */
    bool was_known;

    PyErr_Clear();
    if (!root)
        return;
    was_known = is_known_thread();
    app_log.thread_ident = this_thread();
    app_log.is_writing = true;
    link_enter_app();
    log_to(root, message);
    Py_DECREF(root);
    forget_dummy_thread(was_known);
    PyErr_Clear();
    link_leave_app();
    app_log.is_writing = false;
}

void app_log_after_fork_child(void)
{
    app_log.is_writing = false;
}
