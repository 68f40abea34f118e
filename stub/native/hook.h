/* Hooks: a call of ours at a line of a code object.
 *
 * One face over one mechanism per CPython version; which files are built in is decided by the build:
 * hook_monitoring* (3.12+, sys.monitoring), hook_clone* (3.11, copies of code objects) or hook_trampoline*
 * (3.6-3.10, code objects patched in place). All functions hold the GIL. None runs code of the app; none
 * leaves a Python exception set. */
#pragma once

#include <Python.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Hook Hook;

/* Named outcomes of hook_arm(). */
#define HOOK_E_NO_LINE     1 /* the code object has no instruction that begins this line */
#define HOOK_E_UNPATCHABLE 2 /* it has, but this mechanism cannot hook it */

/* HookCallback - a thread of the app is about to run the line. The innermost Python frame of the current
 * thread is the one at the line. Holds the GIL; must not raise, block, or run code of the app. Not called
 * again on a thread that is in it. It may arm and disarm hooks, the one it is called for included. */
typedef void (*HookCallback)(void *context);

/* hook_init() - once per process, before anything else here. Returns 0, -EBUSY (every tool slot of
 * sys.monitoring is taken), -ENOMEM, -ENOTSUP. */
int hook_init(HookCallback callback);

/* hook_arm() - calls the callback with @context each time @line of @code is about to run, wherever the code
 * object is used, until hook_disarm(). Several hooks on one line are called in the order of arming. Keeps no
 * reference to @code that would keep it alive: when the code object dies, so does the hook's effect. Returns
 * 0 and *ret_hook (owned), HOOK_E_*, or a negative errno. */
int hook_arm(PyCodeObject *code, int line, void *context, Hook **ret_hook);

/* hook_coverage() - what is not covered by this hook, for people ("the loop already running on thread 12 will
 * be covered when its function is next called"), or "" if everything is. Borrowed until hook_disarm(). */
const char *hook_coverage(const Hook *hook);

/* hook_disarm() - no callback for it begins after this. Consumes @hook; NULL is nothing. */
void hook_disarm(Hook *hook);

/* hook_original_code() - the code object that the app's compiler made, for one that a function has now: hooks
 * may stand in for it with a copy. Borrowed. */
PyCodeObject *hook_original_code(PyCodeObject *code);

/* hook_code_starts() - @code is about to run on this thread as a module or by exec(): what is armed in it is
 * seen to, where the mechanism must know. */
void hook_code_starts(PyCodeObject *code);

/* hook_deinit() - disarms everything and gives back what hook_init() took. For the end of the process. */
void hook_deinit(void);

#ifdef __cplusplus
}
#endif
