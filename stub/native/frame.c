#include "stub/native/compat.h"

#include "stub/native/frame.h"

static CompatFrame *internal(const Frame *frame)
{
    return frame->internal;
}

static bool first_complete(CompatFrame *candidate, Frame *ret_frame)
{
    while (candidate && !compat_frame_is_complete(candidate))
        candidate = compat_frame_previous(candidate);
    if (!candidate)
        return false;
    ret_frame->internal = candidate;
    return true;
}

bool frame_current(Frame *ret_frame)
{
    PyThreadState *thread = compat_thread_state();

    return thread && first_complete(compat_current_frame(thread), ret_frame);
}

bool frame_previous(const Frame *frame, Frame *ret_frame)
{
    return first_complete(compat_frame_previous(internal(frame)), ret_frame);
}

bool frame_of_generator(PyObject *generator, Frame *ret_frame)
{
    ret_frame->internal = compat_suspended_frame((PyGenObject *)generator);
    return ret_frame->internal != NULL;
}

PyCodeObject *frame_code(const Frame *frame)
{
    return compat_frame_code(internal(frame));
}

PyObject *frame_globals(const Frame *frame)
{
    return internal(frame)->f_globals;
}

PyObject *frame_builtins(const Frame *frame)
{
    return internal(frame)->f_builtins;
}

int frame_line(const Frame *frame)
{
    int unit = compat_frame_unit(internal(frame));
    int line = PyCode_Addr2Line(frame_code(frame), unit * (int)sizeof(_Py_CODEUNIT));

    return line < 0 ? 0 : line;
}

int frame_num_locals(const Frame *frame)
{
    return compat_code_num_variables(frame_code(frame));
}

static int num_arguments(const PyCodeObject *code)
{
    return code->co_argcount + code->co_kwonlyargcount + !!(code->co_flags & CO_VARARGS) +
           !!(code->co_flags & CO_VARKEYWORDS);
}

void frame_local(const Frame *frame, int index, PyObject **ret_name, PyObject **ret_value,
                 bool *ret_is_argument)
{
    PyCodeObject *code = frame_code(frame);

    *ret_name = compat_code_variable(code, index);
    *ret_value = compat_frame_variable(internal(frame), index);
    *ret_is_argument = index < num_arguments(code);
}

PyObject *frame_locals_dict(const Frame *frame)
{
    /* A function up to 3.12 can have a dictionary here too: the one that locals() once made, out of date. */
    if (frame_code(frame)->co_flags & CO_OPTIMIZED)
        return NULL;
    return internal(frame)->f_locals;
}
