/* Change: how a code object comes by the calls of its armed lines, and by its own parts again (CPython 3.6 to
 * 3.10). Holds the GIL. */
#pragma once

#include "stub/native/hook_trampoline_patch.h"

/* change_arm_line() - a first hook has been armed at @line. Returns 0, HOOK_E_UNPATCHABLE or -ENOMEM; the
 * caller then disarms it. */
int change_arm_line(CodePatch *patch, HookedLine *line);

/* change_disarm_line() - no hook is armed at @line any more. The code object gets back what is its own with
 * the last, unless a frame is in the tail. */
void change_disarm_line(CodePatch *patch, HookedLine *line);

/* change_has_to_wait() - whether it is such a one. */
bool change_has_to_wait(const CodePatch *patch);

/* change_settle() - does so for those that had to wait. */
void change_settle(void);

/* change_undo_detours() - the bytes with the calls are as without: others than the code object may use them.
 */
void change_undo_detours(CodePatch *patch);
