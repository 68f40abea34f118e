/* Frames: who runs a code object that hooks change (CPython 3.6 to 3.10).
 *
 * A frame reads where its instructions are when it starts or is resumed, and goes on there until it returns
 * or yields. Frames of greenlets that are switched away are on no thread's stack and are not found. Holds the
 * GIL. */
#pragma once

#include "stub/native/hook_trampoline_patch.h"

/* frames_unit() - the unit that @frame is at. */
int frames_unit(const PyFrameObject *frame);

/* frames_set_unit() - changes that. */
void frames_set_unit(PyFrameObject *frame, int unit);

/* frames_is_in_tail() - whether a frame of the patch's code is in the tail. */
bool frames_is_in_tail(const CodePatch *patch);

/* frames_is_within() - whether a frame runs an instruction of the units from @first up to @end of the
 * original, wherever that is now. */
bool frames_is_within(const CodePatch *patch, int first, int end);

/* frames_note_old() - the frames that run now stay where they are, though the code object is about to get
 * other bytes. Without memory some are forgotten. */
void frames_note_old(CodePatch *patch);

/* frames_add_old() - @frame too, which runs now. */
void frames_add_old(CodePatch *patch, PyFrameObject *frame);

/* frames_is_old() - whether @frame may run other bytes than the code object has. */
bool frames_is_old(const CodePatch *patch, const PyFrameObject *frame);

/* frames_forget_old() - @frame is about to return or to yield. */
void frames_forget_old(CodePatch *patch, const PyFrameObject *frame);

/* frames_count_old() - how many there are, without those that are over. */
int frames_count_old(CodePatch *patch);
