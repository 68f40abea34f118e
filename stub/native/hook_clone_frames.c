#include "stub/native/hook_clone_frames.h"

/* The frame object is the frame's own until somebody asks for it. */
static bool is_held_by_others(const _PyInterpreterFrame *frame)
{
    return frame->frame_obj && Py_REFCNT(frame->frame_obj) > 1;
}

bool frames_move(_PyInterpreterFrame *frame, const PatchedCode *from, PyCodeObject *wanted)
{
    PatchedCode *to = patch_code_of(wanted);
    PyCodeObject *old = frame->f_code;
    int unit = (int)(frame->prev_instr - _PyCode_CODE(old));

    /* A frame always has the room that its code object asks for. */
    if (!to || is_held_by_others(frame) || wanted->co_stacksize > old->co_stacksize)
        return false;
    if (from->num_hooks > 0)
        unit = clone_map_to_original(&from->map, unit);
    if (to->num_hooks > 0)
        unit = clone_map_to_clone(&to->map, unit);
    frame->f_code = (PyCodeObject *)Py_NewRef(wanted);
    frame->prev_instr = _PyCode_CODE(wanted) + unit;
    Py_DECREF(old);
    return true;
}

bool frames_waits_for_function(const _PyInterpreterFrame *callee)
{
    return callee->previous && !callee->is_entry;
}

int frames_move_waiting(PyThreadState *thread)
{
    _PyInterpreterFrame *callee = NULL;
    int num_left = 0;

    for (_PyInterpreterFrame *frame = thread->cframe->current_frame; frame; frame = frame->previous) {
        PatchedCode *code = patch_code_of(frame->f_code);

        if (code && patch_misses_lines(code)) {
            PyCodeObject *wanted = patch_wanted_code(code->patch);

            if (!wanted || !callee || !frames_waits_for_function(callee) || !frames_move(frame, code, wanted))
                num_left++;
        }
        callee = frame;
    }
    return num_left;
}

bool frames_move_generator(PyGenObject *generator, const PatchedCode *from, PyCodeObject *wanted)
{
    PyCodeObject *old = generator->gi_code;

    if (!frames_move((_PyInterpreterFrame *)generator->gi_iframe, from, wanted))
        return false;
    generator->gi_code = (PyCodeObject *)Py_NewRef(wanted);
    Py_DECREF(old);
    return true;
}
