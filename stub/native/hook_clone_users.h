/* Users: whoever holds a code object in order to run it (CPython 3.11): functions, the constants from which
 * more functions are made, suspended generators and coroutines, and frames. Found in the lists of the garbage
 * collector, frozen objects included, and on the stacks of all threads. Holds the GIL; runs no code of the
 * app. */
#pragma once

#include "stub/native/hook_clone_patch.h"

/* How far patch_apply() came. */
typedef struct PatchResult {
    int num_functions;
    int num_running;   /* frames that go on without the hooks, unless they are traced */
    int num_suspended; /* generators and coroutines that go on without them */
    bool has_others;   /* more have the original, and may be frames that are on no thread's stack */
} PatchResult;

/* patch_apply() - gives all users of the patch's code objects what they should have (patch_wanted_code()).
 * Returns 0 with *ret_result, or -ENOMEM: then nothing has changed, or some users still have what they had.
 */
int patch_apply(CodePatch *self, PatchResult *ret_result);

/* patch_revert() - gives the users that are remembered the original back; others find it when they next come
 * to a line that has no hook any more. Never fails, and allocates nothing. */
void patch_revert(CodePatch *self);
