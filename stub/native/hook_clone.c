/* Hooks by copies of code objects that call them (CPython 3.11), see hook_clone_code.h.
 *
 * Every function that uses the code object gets a copy, as do the constants that more such functions are made
 * from, and suspended generators. What is running, and cannot be moved, is traced for as long as that is so.
 */
#include "stub/native/hook_clone_frames.h"

#include "stub/native/hook.h"
#include "stub/native/hook_clone_patch.h"
#include "stub/native/hook_clone_trace.h"
#include "stub/native/hook_clone_users.h"
#include "stub/native/interpreter.h"
#include "stub/native/live_code.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int hook_init(HookCallback callback)
{
    return patch_init(callback);
}

/* What a person should know of it; NULL: nothing. */
static char *describe(const PatchResult *result)
{
    char running[128] = "";
    char suspended[128] = "";
    const char *detached = result->has_others ? HOOK_COVERAGE_DETACHED : "";
    char *text = NULL;

    if (result->num_running > 0)
        (void)snprintf(running, sizeof(running), "%d running call%s covered by tracing", result->num_running,
                       result->num_running == 1 ? " is" : "s are");
    if (result->num_suspended > 0)
        (void)snprintf(suspended, sizeof(suspended), "%d suspended generator%s will not stop at the line",
                       result->num_suspended, result->num_suspended == 1 ? "" : "s");
    if ((running[0] || suspended[0] || detached[0]) &&
        asprintf(&text, "%s%s%s%s%s", running, running[0] && suspended[0] ? "; " : "", suspended,
                 (running[0] || suspended[0]) && detached[0] ? "; " : "", detached) < 0)
        text = NULL;
    return text;
}

static void release_line_if_unused(LineHook *line)
{
    CodePatch *patch = line->site.owner;

    if (!patch || line->site.num_armed > 0)
        return;
    patch_pin(patch);
    patch_drop_line(patch, line);
    if (patch->num_lines == 0) {
        patch_revert(patch);
        trace_review();
    }
    patch_unpin(patch);
}

/* Hooks the line in a copy, unless the present one has it and all that use it are known. */
static int put_in_place(CodePatch *patch, LineHook *line, Hook *hook)
{
    PatchResult result = {0};
    int outcome;

    if (patch->current && patch_has_line(patch->current, line) && !live_code_is_assumed())
        return 0;
    outcome = patch_apply(patch, &result);
    if (outcome < 0)
        return outcome;
    trace_review();
    hook->coverage = describe(&result);
    return 0;
}

static int arm(CodePatch *patch, int number, void *context, Hook **ret_hook)
{
    LineHook *line;
    Hook *hook;
    int result = patch_find_or_add_line(patch, number, &line);

    if (result != 0)
        return result;
    hook = hook_site_add(&line->site, context);
    if (!hook) {
        release_line_if_unused(line);
        return -ENOMEM;
    }
    result = put_in_place(patch, line, hook);
    if (result < 0) {
        hook_site_remove(hook);
        release_line_if_unused(line);
        return result == -EINVAL ? HOOK_E_UNPATCHABLE : result;
    }
    *ret_hook = hook;
    return 0;
}

int hook_arm(PyCodeObject *code, int line, void *context, Hook **ret_hook)
{
    /* A collection would run finalizers of the app, in the middle of the change. */
    bool was_gc_enabled = interpreter_pause_gc();
    CodePatch *patch = patch_find_or_add(code);
    int result = -ENOMEM;

    if (patch) {
        patch_pin(patch);
        result = arm(patch, line, context, ret_hook);
        patch_unpin(patch);
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
    LineHook *line;

    if (!hook)
        return;
    if (!hook->site) {
        hook_site_remove(hook);
        return;
    }
    line = (LineHook *)((char *)hook->site - offsetof(LineHook, site));
    Py_INCREF(line);
    hook_site_remove(hook);
    release_line_if_unused(line);
    Py_DECREF(line);
}

PyCodeObject *hook_original_code(PyCodeObject *code)
{
    PatchedCode *known = patch_code_of(code);

    return known ? known->patch->original.code : code;
}

void hook_code_starts(PyCodeObject *code)
{
    trace_expect(code);
}

/* A patch that still is in use, or NULL. */
static CodePatch *find_used_patch(void)
{
    CodePatch *patch = patch_first();

    while (patch && patch->num_lines == 0 && patch->users.count == 0)
        patch = patch->next;
    return patch;
}

void hook_deinit(void)
{
    CodePatch *patch;

    trace_stop();
    while ((patch = find_used_patch())) {
        patch_pin(patch);
        while (patch->num_lines > 0) {
            LineHook *line = patch->lines[0];

            hook_site_abandon(&line->site);
            patch_drop_line(patch, line);
        }
        patch_revert(patch);
        patch_unpin(patch);
    }
}
