/* Frame: reads a Python frame of the current thread by layout: no frame object is made, no dictionary of
 * locals, no GC run, no code of the app. What differs between CPython versions is in compat.h. Holds the GIL;
 * a Frame is valid while the thread is inside the hook's callback. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Frame {
    void *internal; /* a CompatFrame: _PyInterpreterFrame, or PyFrameObject up to 3.10 */
} Frame;

/* frame_current() - the innermost Python frame of the calling thread. False if there is none. */
bool frame_current(Frame *ret_frame);

/* frame_previous() - the caller's frame; shims and incomplete frames are skipped. False at the outermost. */
bool frame_previous(const Frame *frame, Frame *ret_frame);

/* frame_of_generator() - of one that waits to be started or resumed, or of a coroutine. False: it runs, or
 * has ended. */
bool frame_of_generator(PyObject *generator, Frame *ret_frame);

/* Borrowed for as long as the frame lives. */
PyCodeObject *frame_code(const Frame *frame);
PyObject *frame_globals(const Frame *frame);
PyObject *frame_builtins(const Frame *frame);

/* frame_line() - the line that runs now, 0 if the instruction has none. Costs 110-150 ns. */
int frame_line(const Frame *frame);

/* frame_num_locals() - how many slots frame_local() has: arguments, locals, cells, free variables. */
int frame_num_locals(const Frame *frame);

/* frame_local() - slot @index. *ret_name and *ret_value are borrowed; *ret_value is NULL where the variable
 * is not bound. A cell is looked through. @ret_is_argument: one of the arguments, in their order, *args and
 * **kwargs included. */
void frame_local(const Frame *frame, int index, PyObject **ret_name, PyObject **ret_value,
                 bool *ret_is_argument);

/* frame_locals_dict() - the namespace of a class body or module (borrowed), NULL for a function. */
PyObject *frame_locals_dict(const Frame *frame);

#ifdef __cplusplus
}
#endif
