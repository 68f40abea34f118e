/* CPython 3.6 and 3.7 evaluate every frame by a function that can be replaced (PEP 523). */
#include "stub/native/compat.h"

#include "stub/native/import_source.h"

#include "stub/native/interpreter.h"

static struct {
    void (*on_code)(PyCodeObject *code);
    PyInterpreterState *interpreter;
    _PyFrameEvalFunction previous; /* what ours stands before; NULL: ours was never put in */
    bool is_enabled;
    bool was_called; /* since somebody wanted to know */
} source;

/* Class bodies and what eval() is given have no locals of their own either. */
static bool is_module(const PyCodeObject *code)
{
    return !(code->co_flags & CO_NEWLOCALS) &&
           PyUnicode_CompareWithASCIIString(code->co_name, "<module>") == 0;
}

static PyObject *evaluate(PyFrameObject *frame, int is_throw)
{
    source.was_called = true;
    if (source.is_enabled && is_module(frame->f_code))
        source.on_code(frame->f_code);
    return source.previous(frame, is_throw);
}

/* Whether a function that somebody has put before ours calls ours: it evaluates an expression of nobody. */
static bool is_called(void)
{
    bool was_gc_enabled = interpreter_pause_gc();
    PyObject *names = PyDict_New();
    PyObject *code = Py_CompileString("None", "", Py_eval_input);
    PyObject *result = NULL;

    source.was_called = false;
    if (names && code)
        result = PyEval_EvalCode(code, names, names);
    Py_XDECREF(result);
    Py_XDECREF(code);
    Py_XDECREF(names);
    PyErr_Clear();
    interpreter_resume_gc(was_gc_enabled);
    return source.was_called;
}

static void put_in(void)
{
    _PyFrameEvalFunction current = source.interpreter->eval_frame;

    if (current == evaluate || (source.previous && current != source.previous && is_called()))
        return;
    source.previous = current;
    source.interpreter->eval_frame = evaluate;
}

/* If somebody has put another function before ours, ours stays, as it may be called by that. */
static void take_out(void)
{
    if (source.interpreter && source.interpreter->eval_frame == evaluate)
        source.interpreter->eval_frame = source.previous;
}

int import_source_init(void (*on_code)(PyCodeObject *code), void (*on_swap)(PyCodeObject *code))
{
    (void)on_swap;
    source.on_code = on_code;
    source.interpreter = PyInterpreterState_Get();
    return 0;
}

void import_source_enable(bool is_enabled)
{
    source.is_enabled = false;
    if (is_enabled)
        put_in();
    else
        take_out();
    source.is_enabled = is_enabled;
}
