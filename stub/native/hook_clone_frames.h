/* Frames: what runs a code object now, and how it is moved to another one of the same patch (CPython 3.11).
 *
 * A frame that waits for the end of a Python function it called reads its code object anew when it goes on,
 * so it can be moved in between; so can a suspended generator. A frame whose interpreter loop is active, or
 * waits in C, cannot. Holds the GIL. */
#pragma once

#include "stub/native/compat.h"

#include "stub/native/hook_clone_patch.h"

/* frames_move() - lets @frame go on in @wanted. Returns false, and changes nothing, if it would need more
 * room than it has, or if somebody else has a reference to it: places in it may be remembered, as tracebacks
 * do. The caller has made sure that it can be moved now. */
bool frames_move(_PyInterpreterFrame *frame, const PatchedCode *from, PyCodeObject *wanted);

/* frames_waits_for_function() - whether @frame, the caller of @callee, can be moved now. */
bool frames_waits_for_function(const _PyInterpreterFrame *callee);

/* frames_move_waiting() - moves what can be moved on the stack of @thread to the copies that its patches
 * want. Returns how many frames remain that miss a hook. */
int frames_move_waiting(PyThreadState *thread);

/* frames_move_generator() - the same for a suspended generator or coroutine of @from's code; moves its
 * `gi_code` too. */
bool frames_move_generator(PyGenObject *generator, const PatchedCode *from, PyCodeObject *wanted);
