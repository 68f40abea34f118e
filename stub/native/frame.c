#include "stub/native/compat.h"

#include "stub/native/frame.h"

static _PyInterpreterFrame *internal(const Frame *frame)
{
    return frame->internal;
}

static bool first_complete(_PyInterpreterFrame *candidate, Frame *ret_frame)
{
    while (candidate && !compat_frame_is_complete(candidate))
        candidate = candidate->previous;
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
    return first_complete(internal(frame)->previous, ret_frame);
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
    PyCodeObject *code = frame_code(frame);
    ptrdiff_t unit = compat_frame_instruction(internal(frame)) - _PyCode_CODE(code);
    int line = PyCode_Addr2Line(code, (int)(unit * (ptrdiff_t)sizeof(_Py_CODEUNIT)));

    return line < 0 ? 0 : line;
}

int frame_num_locals(const Frame *frame)
{
    return frame_code(frame)->co_nlocalsplus;
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
    PyObject *value = compat_frame_slot(internal(frame), index);
    const char *kinds = PyBytes_AS_STRING(code->co_localspluskinds);

    /* By the first line of a function its cells have been made (MAKE_CELL, COPY_FREE_VARS come before
     * RESUME); a slot of that kind that holds anything else is one that has not been filled. */
    if (kinds[index] & (CO_FAST_CELL | CO_FAST_FREE) && value && PyCell_Check(value))
        value = PyCell_GET(value);

    *ret_name = PyTuple_GET_ITEM(code->co_localsplusnames, index);
    *ret_value = value;
    *ret_is_argument = index < num_arguments(code);
}

PyObject *frame_locals_dict(const Frame *frame)
{
    /* A function on 3.11 and 3.12 can have a dictionary here too: the one that locals() once made, out of
     * date. */
    if (frame_code(frame)->co_flags & CO_OPTIMIZED)
        return NULL;
    return internal(frame)->f_locals;
}
