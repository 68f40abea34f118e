/* Patch: what the hooks have made of one code object (CPython 3.11): its copies, and the hooks in them.
 *
 * A copy keeps the original alive, and is itself kept alive by who uses it alone: functions, the constants of
 * the code that makes such functions, and frames. A patch belongs to its original, and goes with it. Holds
 * the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/hook_site.h"
#include "stub/native/hook_clone_code.h"
#include "stub/native/pointer_set.h"

/* The constant of a copy whose truth is asked for at a line. Shared by all copies that have the line. */
typedef struct LineHook {
    PyObject ob_base;
    HookSite site; /* its owner is the CodePatch while hooks are armed here; else NULL */
    int *units;    /* where the line begins, in the original; for frames that run the original */
    int num_units;
} LineHook;

/* One code object of a patch: the original, or a copy. Found from the code object by its extra slot. */
typedef struct PatchedCode {
    struct PatchedCode *next;
    struct CodePatch *patch;
    PyCodeObject *code; /* borrowed: it frees this when it dies */
    CloneMap map;       /* of a copy */
    LineHook **hooks;   /* in a copy; borrowed from its constants */
    int num_hooks;
} PatchedCode;

typedef struct CodePatch {
    struct CodePatch *next;
    struct CodePatch *previous;
    PatchedCode original;
    PatchedCode *copies;
    PatchedCode *current; /* the copy that is to be used; NULL: the original, or none is left */
    LineHook **lines;     /* with armed hooks; owned references */
    int num_lines;
    int num_pins;     /* who works on the patch, and frees it by patch_unpin() */
    PointerSet users; /* weak references to the functions and the code objects that were given a copy */
} CodePatch;

/* patch_init() - once per process. 0 or -ENOTSUP. */
int patch_init(HookCallback callback);

/* patch_first() - all patches, newest first. */
CodePatch *patch_first(void);

/* patch_code_of() - what is known of @code; NULL: it is not patched. */
PatchedCode *patch_code_of(PyCodeObject *code);

/* patch_find_or_add() - the patch of @code, which may be a copy. NULL when memory is out. */
CodePatch *patch_find_or_add(PyCodeObject *code);

/* patch_find_or_add_line() - the constant for @line. Returns 0 and *ret_hook (borrowed), HOOK_E_*, or
 * -ENOMEM. */
int patch_find_or_add_line(CodePatch *self, int line, LineHook **ret_hook);

/* patch_drop_line() - no hook is armed at @hook any more. */
void patch_drop_line(CodePatch *self, LineHook *hook);

/* patch_wanted_code() - what functions should have now: a copy with the hooks, or the original. Borrowed;
 * NULL: there are hooks, but no copy has been made since the last one died. */
PyCodeObject *patch_wanted_code(const CodePatch *self);

/* patch_use_copy() - a copy with all lines, a new one if need be, becomes the current one. Returns 0 with a
 * new reference that the caller drops once somebody uses it, -ENOMEM or -EINVAL. */
int patch_use_copy(CodePatch *self, PyCodeObject **ret_copy);

/* patch_has_line() - whether frames that run @code call the hook; false for the original. */
bool patch_has_line(const PatchedCode *code, const LineHook *hook);

/* patch_misses_lines() - whether @code lacks a hook that is armed. */
bool patch_misses_lines(const PatchedCode *code);

/* patch_set_function() - gives @function another code object of the same patch. */
void patch_set_function(PyFunctionObject *function, PyCodeObject *code);

/* patch_pin() - keeps the patch until patch_unpin(), which frees it if it has no hooks and nobody uses its
 * copies. */
void patch_pin(CodePatch *self);
void patch_unpin(CodePatch *self);

/* patch_callback() - what hook_init() was given. */
HookCallback patch_callback(void);
