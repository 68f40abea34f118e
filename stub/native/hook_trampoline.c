/* Hooks by detours in the code objects themselves (CPython 3.6 to 3.10), see hook_trampoline_detour.h.
 *
 * A code object is changed in place, so whoever starts it, or resumes a generator of it, comes by its hooks.
 * Frames that run it at that moment do not, and are traced for as long as they run. */
#include "stub/native/hook.h"

#include "stub/native/interpreter.h"

#include "stub/native/hook_trampoline_change.h"
#include "stub/native/hook_trampoline_frames.h"
#include "stub/native/hook_trampoline_patch.h"
#include "stub/native/hook_trampoline_trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int hook_init(HookCallback callback)
{
    return patch_init(callback);
}

/* What a person should know of it; NULL: nothing. */
static char *describe(CodePatch *patch, const HookedLine *line)
{
    int num_running = frames_count_old(patch);
    char *text = NULL;
    int length;

    if (line->is_traced)
        return strdup("each call is covered by tracing, which makes it slower");
    if (num_running == 0)
        return patch->misses_detached ? strdup(HOOK_COVERAGE_DETACHED) : NULL;
    length = asprintf(&text, "%d running call%s covered by tracing%s%s", num_running,
                      num_running == 1 ? " is" : "s are", patch->misses_detached ? "; " : "",
                      patch->misses_detached ? HOOK_COVERAGE_DETACHED : "");
    return length < 0 ? NULL : text;
}

static int arm(CodePatch *patch, int number, void *context, Hook **ret_hook)
{
    HookedLine *line;
    Hook *hook;
    int result = patch_find_or_add_line(patch, number, &line);

    if (result != 0)
        return result;
    hook = hook_site_add(&line->site, context);
    if (!hook)
        return -ENOMEM;
    if (line->site.num_armed == 1) {
        result = change_arm_line(patch, line);
        if (result != 0) {
            hook_disarm(hook);
            return result;
        }
        trace_review();
    }
    hook->coverage = describe(patch, line);
    *ret_hook = hook;
    return 0;
}

int hook_arm(PyCodeObject *code, int line, void *context, Hook **ret_hook)
{
    /* A collection would run finalizers of the app, in the middle of the change. */
    bool was_gc_enabled = interpreter_pause_gc();
    CodePatch *patch = patch_find_or_add(code);
    int result = -ENOMEM;

    change_settle();
    if (patch) {
        result = arm(patch, line, context, ret_hook);
        patch_finish(patch);
    }
    interpreter_resume_gc(was_gc_enabled);
    return result;
}

const char *hook_coverage(const Hook *hook)
{
    return hook->coverage ? hook->coverage : "";
}

void hook_disarm(Hook *hook)
{
    HookSite *site = hook ? hook->site : NULL;

    if (!hook)
        return;
    hook_site_remove(hook);
    if (site && site->num_armed == 0) {
        change_disarm_line(site->owner, (HookedLine *)((char *)site - offsetof(HookedLine, site)));
        trace_review();
    }
    change_settle();
}

PyCodeObject *hook_original_code(PyCodeObject *code)
{
    return code;
}

/* What is hooked before a frame of it is evaluated is in place by then. */
void hook_code_starts(PyCodeObject *code)
{
    (void)code;
}

void hook_deinit(void)
{
    trace_stop();
    for (CodePatch *patch = patch_first(); patch; patch = patch->next) {
        for (HookedLine *line = patch->lines; line; line = line->next) {
            if (line->site.num_armed > 0) {
                hook_site_abandon(&line->site);
                change_disarm_line(patch, line);
            }
        }
    }
    change_settle();
}
