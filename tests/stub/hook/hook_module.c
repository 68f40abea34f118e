/* hooktest: the hooks, the location of code and the import watch as a Python module, so that tests in Python
 * can use them without a broker.
 *
 * A hit is counted per context (a number), and recorded as (context, function name, line) while recording is
 * on. */
#include "stub/native/compat_gc.h"

#include <stdlib.h>

#include "stub/native/hook.h"
#include "stub/native/hook_original.h"
#include "stub/native/import_watch.h"
#include "stub/native/locate.h"

#define CONTEXTS_MAX 65536

static long hits[CONTEXTS_MAX];
static Hook *hooks[CONTEXTS_MAX];    /* by context */
static bool is_once[CONTEXTS_MAX];   /* disarm in the callback */
static PyObject *record;             /* a list, or NULL */
static PyObject *on_import_function; /* called with the code object, or NULL */
static PyObject *on_hit_function;    /* called with the context, or NULL */

static void note_hit(long context)
{
    const CompatFrame *frame = compat_current_frame(compat_thread_state());
    PyCodeObject *code = compat_frame_code(frame);
    int unit = compat_frame_unit(frame);
    PyObject *entry = Py_BuildValue("lOi", context, code->co_name,
                                    PyCode_Addr2Line(code, unit * (int)sizeof(_Py_CODEUNIT)));

    if (entry)
        (void)PyList_Append(record, entry);
    Py_XDECREF(entry);
}

static void on_hit(void *pointer)
{
    long context = (long)(intptr_t)pointer;

    hits[context]++;
    if (record)
        note_hit(context);
    if (is_once[context]) {
        hook_disarm(hooks[context]);
        hooks[context] = NULL;
    }
    if (on_hit_function)
        Py_XDECREF(PyObject_CallFunction(on_hit_function, "l", context));
    if (PyErr_Occurred())
        PyErr_WriteUnraisable(NULL);
}

static void on_import(PyCodeObject *code)
{
    if (on_import_function) {
        Py_XDECREF(PyObject_CallFunctionObjArgs(on_import_function, code, NULL));
        if (PyErr_Occurred())
            PyErr_WriteUnraisable(on_import_function);
    }
}

static void on_swap(PyCodeObject *code)
{
    (void)code;
}

static PyObject *outcome(int result)
{
    if (PyErr_Occurred()) {
        PyErr_SetString(PyExc_AssertionError, "an exception was left set");
        return NULL;
    }
    return PyLong_FromLong(result);
}

static PyObject *outcome_without_collection(int result, Py_ssize_t collections_before)
{
    if (compat_num_collections() != collections_before) {
        PyErr_SetString(PyExc_AssertionError, "garbage was collected");
        return NULL;
    }
    return outcome(result);
}

static PyObject *py_init(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return outcome(hook_init(on_hit));
}

static PyObject *py_deinit(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    hook_deinit();
    return outcome(0);
}

static bool is_good(long context)
{
    if (context >= 0 && context < CONTEXTS_MAX)
        return true;
    PyErr_SetString(PyExc_ValueError, "no such context");
    return false;
}

static PyObject *py_arm(PyObject *module, PyObject *arguments)
{
    PyObject *code;
    int line;
    long context;
    int once = 0;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "O!il|p", &PyCode_Type, &code, &line, &context, &once) ||
        !is_good(context))
        return NULL;
    if (hooks[context]) {
        PyErr_SetString(PyExc_ValueError, "the context is in use");
        return NULL;
    }
    hits[context] = 0;
    is_once[context] = once;

    Py_ssize_t collections = compat_num_collections();
    int result = hook_arm((PyCodeObject *)code, line, (void *)(intptr_t)context, &hooks[context]);

    return outcome_without_collection(result, collections);
}

static PyObject *py_disarm(PyObject *module, PyObject *argument)
{
    long context = PyLong_AsLong(argument);

    (void)module;
    if (!is_good(context))
        return NULL;

    Hook *hook = hooks[context];
    Py_ssize_t collections = compat_num_collections();

    hooks[context] = NULL;
    hook_disarm(hook);
    return outcome_without_collection(0, collections);
}

static PyObject *py_hits(PyObject *module, PyObject *argument)
{
    long context = PyLong_AsLong(argument);

    (void)module;
    return is_good(context) ? PyLong_FromLong(hits[context]) : NULL;
}

static PyObject *py_coverage(PyObject *module, PyObject *argument)
{
    long context = PyLong_AsLong(argument);

    (void)module;
    if (!is_good(context) || !hooks[context])
        Py_RETURN_NONE;
    return PyUnicode_FromString(hook_coverage(hooks[context]));
}

static PyObject *set(PyObject **place, PyObject *value)
{
    Py_XSETREF(*place, value == Py_None ? NULL : Py_NewRef(value));
    Py_RETURN_NONE;
}

static PyObject *py_record_into(PyObject *module, PyObject *list)
{
    (void)module;
    return set(&record, list);
}

static PyObject *py_on_hit(PyObject *module, PyObject *function)
{
    (void)module;
    return set(&on_hit_function, function);
}

static PyObject *py_original(PyObject *module, PyObject *code)
{
    (void)module;
    return Py_NewRef((PyObject *)hook_original_code((PyCodeObject *)code));
}

static PyObject *py_parts(PyObject *module, PyObject *object)
{
    PyCodeObject *code = (PyCodeObject *)object;

    (void)module;
    return Py_BuildValue("NOO", hook_original_bytecode(code), hook_original_constants(code),
                         hook_original_line_table(code));
}

#if PY_VERSION_HEX < 0x03080000
/* Another user of PEP 523: counts the frames that it evaluates. */
static _PyFrameEvalFunction other_previous;
static long num_evaluated;

static PyObject *evaluate_and_count(PyFrameObject *frame, int is_throw)
{
    num_evaluated++;
    return other_previous(frame, is_throw);
}

static PyObject *py_set_evaluator(PyObject *module, PyObject *is_on)
{
    PyInterpreterState *interpreter = PyInterpreterState_Get();

    (void)module;
    if (PyObject_IsTrue(is_on)) {
        other_previous = interpreter->eval_frame;
        interpreter->eval_frame = evaluate_and_count;
    } else {
        interpreter->eval_frame = other_previous;
    }
    return PyLong_FromLong(num_evaluated);
}

static PyObject *py_evaluator_is_default(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyBool_FromLong(PyInterpreterState_Get()->eval_frame == _PyEval_EvalFrameDefault);
}
#endif

static PyObject *py_watch(PyObject *module, PyObject *function)
{
    int result = import_watch_init(on_import, on_swap);

    (void)module;
    Py_XDECREF(set(&on_import_function, function));
    import_watch_enable(function != Py_None);
    return outcome(result);
}

/* The code objects, or a tuple of the status, or "pending". */
static PyObject *location_result(int result, Location *location, Status *status)
{
    if (result == LOCATE_PENDING)
        return PyUnicode_FromString("pending");
    if (result == LOCATE_FAILED) {
        PyObject *tuple = PyTuple_New((Py_ssize_t)status->num_parameters + 1);

        PyTuple_SET_ITEM(tuple, 0, PyUnicode_FromString(status->format));
        for (size_t i = 0; i < status->num_parameters; i++)
            PyTuple_SET_ITEM(tuple, (Py_ssize_t)i + 1, PyUnicode_FromString(status->parameters[i]));
        status_deinit(status);
        return tuple;
    }
    if (result < 0)
        return outcome(result);

    PyObject *list = PyList_New(0);

    for (size_t i = 0; i < location->num_codes; i++)
        (void)PyList_Append(list, (PyObject *)location->codes[i]);
    location_deinit(location);
    return list;
}

static PyObject *py_locate(PyObject *module, PyObject *arguments)
{
    const char *path;
    int line;
    int result;
    Location location = {0};
    Status status = {0};
    Piece piece;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "si", &path, &line))
        return NULL;
    piece_begin(&piece, NULL);
    result = locate_line(path, line, &piece, &location, &status);
    piece_end(&piece);
    return location_result(result, &location, &status);
}

/* As the agent does it: what was found is hooked before the GIL is given up again. */
static PyObject *py_locate_and_arm(PyObject *module, PyObject *arguments)
{
    const char *path;
    int line;
    long context;
    int result;
    Location location = {0};
    Status status = {0};
    Piece piece;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "sil", &path, &line, &context))
        return NULL;
    piece_begin(&piece, NULL);
    result = locate_line(path, line, &piece, &location, &status);
    if (result == 0) {
        live_code_assume((PyObject *const *)location.found->holders.items, location.found->holders.count);
        for (size_t i = 0; i < location.num_codes && result == 0 && is_good(context); i++, context++) {
            hits[context] = 0;
            is_once[context] = false;
            result = hook_arm(location.codes[i], line, (void *)(intptr_t)context, &hooks[context]);
        }
        live_code_assume(NULL, 0);
    }
    piece_end(&piece);
    if (result != 0 && location.codes) {
        location_deinit(&location);
        return outcome(result);
    }
    return location_result(result, &location, &status);
}

static PyObject *py_longest_piece_ns(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyLong_FromUnsignedLongLong(piece_longest_ns());
}

static PyObject *py_locate_in(PyObject *module, PyObject *arguments)
{
    PyObject *code;
    const char *path;
    int line;
    Location location = {0};
    Status status = {0};

    (void)module;
    if (!PyArg_ParseTuple(arguments, "O!si", &PyCode_Type, &code, &path, &line))
        return NULL;
    return location_result(locate_in_module_code((PyCodeObject *)code, path, line, &location, &status),
                           &location, &status);
}

static PyObject *py_matches(PyObject *module, PyObject *arguments)
{
    const char *path;
    PyObject *filename;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "sO", &path, &filename))
        return NULL;
    return PyBool_FromLong(locate_matches(path, filename));
}

static PyMethodDef methods[] = {
    {"init", py_init, METH_NOARGS, "hook_init()"},
    {"deinit", py_deinit, METH_NOARGS, "hook_deinit()"},
    {"arm", py_arm, METH_VARARGS, "arm(code, line, context, once=False) -> outcome"},
    {"disarm", py_disarm, METH_O, "disarm(context)"},
    {"hits", py_hits, METH_O, "hits(context) since it was armed"},
    {"coverage", py_coverage, METH_O, "coverage(context)"},
    {"record_into", py_record_into, METH_O, "record_into(list or None)"},
    {"on_hit", py_on_hit, METH_O, "on_hit(function or None)"},
    {"original", py_original, METH_O, "original(code)"},
    {"parts", py_parts, METH_O, "parts(code) -> its bytecode, constants and line table, as they were made"},
#if PY_VERSION_HEX < 0x03080000
    {"set_evaluator", py_set_evaluator, METH_O, "set_evaluator(is_on) -> frames evaluated by it so far"},
    {"evaluator_is_default", py_evaluator_is_default, METH_NOARGS, "evaluator_is_default()"},
#endif
    {"watch", py_watch, METH_O, "watch(function or None): the import watch"},
    {"locate", py_locate, METH_VARARGS, "locate(path, line)"},
    {"locate_and_arm", py_locate_and_arm, METH_VARARGS, "locate_and_arm(path, line, first context)"},
    {"longest_piece_ns", py_longest_piece_ns, METH_NOARGS, "of work under the GIL, since the last call"},
    {"locate_in", py_locate_in, METH_VARARGS, "locate_in(code, path, line)"},
    {"matches", py_matches, METH_VARARGS, "matches(path, filename)"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "hooktest", .m_size = -1,
                                 .m_methods = methods};

PyMODINIT_FUNC PyInit_hooktest(void);

PyMODINIT_FUNC PyInit_hooktest(void)
{
    return PyModule_Create(&definition);
}
