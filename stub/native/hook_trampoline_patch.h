/* Patch: what the hooks have made of one code object (CPython 3.6 to 3.10), in place.
 *
 * While a hook is armed in it, the code object has the bytes and the table of lines of a Buffer, and a
 * constant more, which is the patch itself. With the last hook its own come back, as soon as no frame is in
 * the tail. The buffer, the calls of lines that once were hooked and the constant are kept until the code
 * object dies: frames may be anywhere in them. Holds the GIL. */
#pragma once

#include <Python.h>
#include <frameobject.h>

#include <stdbool.h>

#include "stub/native/hook_site.h"
#include "stub/native/hook_trampoline_buffer.h"
#include "stub/native/hook_trampoline_detour.h"

typedef struct HookedLine {
    struct HookedLine *next;
    HookSite site; /* its owner is the CodePatch */
    DetourCalls calls;
    int *units; /* where it begins, in the original; owned */
    int num_units;
    bool is_traced; /* no call can be put there: frames are traced by the patch's trigger */
} HookedLine;

/* A thread that is calling hooks. Meanwhile its frame says that it is where the line begins. */
typedef struct CallingFrame {
    struct CallingFrame *next;
    const PyFrameObject *frame;
    int unit; /* where it really is, in the tail */
} CallingFrame;

/* The constant whose truth is asked for. */
typedef struct CodePatch {
    PyObject ob_base;
    Py_hash_t hash; /* such that the hash of the constants stays what it was */
    struct CodePatch *next;
    struct CodePatch *previous;
    PyCodeObject *code; /* borrowed; NULL: it is gone */
    PyObject *bytes;    /* owned, as the compiler made them */
    PyObject *constants;
    PyObject *line_table;
    PyObject *hooked_constants; /* owned; NULL: not made yet */
    Buffer *buffer;             /* NULL: not made yet */
    Detour *detours;            /* in the order of their instructions */
    int num_detours;
    TailPlace *places; /* of all tails, in their order */
    int num_places;
    HookedLine *lines;
    int num_armed_lines;
    HookedLine *trigger; /* no line: its calls tell that a frame runs, and must be traced; NULL: none yet */
    CallingFrame *calling;
    PyFrameObject **old_frames; /* borrowed, for comparison: may run other bytes than the code object has */
    int num_old_frames;
    bool is_in_place;
    bool misses_detached; /* frames that are on no thread's stack may run other bytes too */
    bool must_stay;       /* a generator may be suspended in the tail */
    DetourMap *map;       /* only while something is hooked */
} CodePatch;

/* patch_init() - once per process. 0 or -ENOTSUP. */
int patch_init(HookCallback callback);

/* patch_callback() - what hook_init() was given. */
HookCallback patch_callback(void);

/* patch_first() - all patches whose code lives, newest first. */
CodePatch *patch_first(void);

/* patch_of() - that of @code; NULL: it was never hooked. */
CodePatch *patch_of(PyCodeObject *code);

/* patch_find_or_add() - that of @code. NULL when memory is out. */
CodePatch *patch_find_or_add(PyCodeObject *code);

/* patch_find_or_add_line() - Returns 0 and *ret_line (borrowed), HOOK_E_*, or -ENOMEM. */
int patch_find_or_add_line(CodePatch *self, int number, HookedLine **ret_line);

/* patch_find_map() - makes sure that the map is there. Returns 0, -ENOMEM or -EINVAL. */
int patch_find_map(CodePatch *self);

/* patch_finish() - drops what only arming needs. */
void patch_finish(CodePatch *self);

/* patch_detours() - what there is, and where the next tail comes. Borrowed. */
DetourList patch_detours(const CodePatch *self);

/* patch_place_at() - what the instruction at @unit of the tail is for; NULL: it is not in the tail. */
const TailPlace *patch_place_at(const CodePatch *self, int unit);

/* patch_detour_at() - the first unit of the detour that displaces the instruction at @unit. False: there is
 * none. */
bool patch_detour_at(const CodePatch *self, int unit, int *ret_first);

/* patch_num_units() - of the code as the compiler made it. */
int patch_num_units(const CodePatch *self);

/* patch_line_table_of() - where a code object has its table of lines. */
PyObject **patch_line_table_of(PyCodeObject *code);

/* patch_original_bytes() - the instructions of any code object as the compiler made them. Borrowed. */
PyObject *patch_original_bytes(PyCodeObject *code);

/* patch_deinit() - frees what a patch has when nobody refers to it any more. For constant.c. */
void patch_deinit(CodePatch *self);
