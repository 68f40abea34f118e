/* Back: frames that are in the tail, and what a tracer is to see when they come back (CPython 3.6 to 3.10).
 *
 * CPython tells tracers of a line whenever control jumps back. From a tail it always does. Holds the GIL. */
#pragma once

#include <Python.h>
#include <frameobject.h>

#include <stdbool.h>

#include "stub/native/hook_trampoline_patch.h"

/* A frame of one thread. The code that is displaced can call other functions that are hooked. */
typedef struct FrameInTail {
    struct FrameInTail *outer;
    const PyFrameObject *frame; /* borrowed, for comparison */
    int detour_unit;            /* the first of the original that is displaced */
    int line;                   /* that the tracer was told of last */
} FrameInTail;

/* back_expect() - @frame is at @place of the tail. Without memory it is forgotten. */
void back_expect(FrameInTail **innermost, const CodePatch *patch, PyFrameObject *frame,
                 const TailPlace *place);

/* back_is_hidden() - whether the tracer is not to see this event of @frame. Frames that it shows to be back
 * are taken out, and their code objects get what is their own if they wait for it. */
bool back_is_hidden(FrameInTail **innermost, PyFrameObject *frame, int event);

/* back_forget_all() - nothing is expected any more. */
void back_forget_all(FrameInTail **innermost);
