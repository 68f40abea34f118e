#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_trampoline_patch.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/hook_lines.h"
#include "stub/native/hook_original.h"
#include "stub/native/hook_trampoline_change.h"
#include "stub/native/hook_trampoline_constant.h"
#include "stub/native/hook_trampoline_plan.h"

static struct {
    HookCallback callback;
    bool has_extra_index; /* for good: CPython has no way to give one back */
    Py_ssize_t extra_index;
    CodePatch *first;
} patches;

/* -------------------------------------------------------------------------------------------------- lookup
 */

HookCallback patch_callback(void)
{
    return patches.callback;
}

CodePatch *patch_first(void)
{
    return patches.first;
}

CodePatch *patch_of(PyCodeObject *code)
{
    void *extra = NULL;

    if (!code->co_extra || !patches.has_extra_index ||
        _PyCode_GetExtra((PyObject *)code, patches.extra_index, &extra) < 0)
        return NULL;
    return extra;
}

PyObject *patch_original_bytes(PyCodeObject *code)
{
    CodePatch *self = patch_of(code);

    return self ? self->bytes : code->co_code;
}

int patch_num_units(const CodePatch *self)
{
    return (int)(PyBytes_GET_SIZE(self->bytes) / 2);
}

const TailPlace *patch_place_at(const CodePatch *self, int unit)
{
    int low = 0;
    int high = self->num_places - 1;

    if (self->num_places == 0 || unit < self->places[0].unit)
        return NULL;
    while (low < high) {
        int middle = (low + high + 1) / 2;

        if (self->places[middle].unit <= unit)
            low = middle;
        else
            high = middle - 1;
    }
    return &self->places[low];
}

bool patch_detour_at(const CodePatch *self, int unit, int *ret_first)
{
    for (int i = 0; i < self->num_detours; i++) {
        const Detour *detour = &self->detours[i];

        if (unit >= detour->first_unit && unit < detour->end_unit) {
            *ret_first = detour->first_unit;
            return true;
        }
    }
    return false;
}

PyObject **patch_line_table_of(PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030A0000
    return &code->co_linetable;
#else
    return &code->co_lnotab;
#endif
}

/* ----------------------------------------------------------------------------------------------------- lines
 */

static void free_line(HookedLine *line)
{
    detour_calls_deinit(&line->calls);
    free(line->units);
    free(line);
}

static void free_lines(CodePatch *self)
{
    while (self->lines) {
        HookedLine *line = self->lines;

        self->lines = line->next;
        hook_site_abandon(&line->site);
        free_line(line);
    }
}

int patch_find_map(CodePatch *self)
{
    int result;

    if (self->map)
        return 0;
    self->map = calloc(1, sizeof(*self->map));
    result = self->map ? detour_map_init(self->map, self->code) : -ENOMEM;
    if (result < 0)
        patch_finish(self);
    return result;
}

void patch_finish(CodePatch *self)
{
    if (self->map)
        detour_map_deinit(self->map);
    free(self->map);
    self->map = NULL;
}

/* What there is, and where the next tail comes. */
DetourList patch_detours(const CodePatch *self)
{
    int num_units = self->buffer ? self->buffer->num_units : patch_num_units(self);

    return (DetourList){
        .detours = self->detours,
        .num_detours = self->num_detours,
        .tail_unit = num_units + TAIL_PADDING,
    };
}

static int make_trigger(CodePatch *self, const LinePoints *points)
{
    DetourList list = patch_detours(self);
    HookedLine *trigger;
    int result;

    if (self->trigger)
        return 0;
    trigger = calloc(1, sizeof(*trigger));
    if (!trigger)
        return -ENOMEM;
    result = plan_frames(self->map, points, &list, trigger, &trigger->calls);
    if (result == 0)
        self->trigger = trigger;
    else
        free_line(trigger);
    return result;
}

static int find_calls(CodePatch *self, HookedLine *line)
{
    DetourList list = patch_detours(self);
    LinePoints points;
    int result = patch_find_map(self);

    if (result == 0)
        result = line_points_init(&points, &self->map->bytecode, line->site.line);
    if (result < 0)
        return result == -EINVAL ? HOOK_E_UNPATCHABLE : result;
    result = points.has_line ? plan_find_starts(self->map, &points, &line->units) : HOOK_E_NO_LINE;
    if (points.has_line && result >= 0) {
        line->num_units = result;
        result = plan_line(self->map, &points, &list, line, &line->calls);
        line->is_traced = result == -EINVAL;
        if (line->is_traced)
            result = make_trigger(self, &points);
    }
    line_points_deinit(&points);
    return result == -EINVAL ? HOOK_E_UNPATCHABLE : result;
}

int patch_find_or_add_line(CodePatch *self, int number, HookedLine **ret_line)
{
    HookedLine *line = self->lines;
    int result;

    while (line && line->site.line != number)
        line = line->next;
    if (!line) {
        line = calloc(1, sizeof(*line));
        if (!line)
            return -ENOMEM;
        line->site.line = number;
        line->site.owner = self;
        result = find_calls(self, line);
        if (result != 0) {
            free_line(line);
            return result;
        }
        line->next = self->lines;
        self->lines = line;
    }
    *ret_line = line;
    return 0;
}

/* ------------------------------------------------------------------------------------------------ life cycle
 */

static void unlink_patch(CodePatch *self)
{
    if (self->previous)
        self->previous->next = self->next;
    else
        patches.first = self->next;
    if (self->next)
        self->next->previous = self->previous;
}

/* What CPython calls when a code object of ours dies. Copies that the app has made of it may live on, with
 * the same bytes and constants. */
static void on_code_gone(void *extra)
{
    CodePatch *self = extra;

    if (!self)
        return;
    unlink_patch(self);
    self->code = NULL;
    for (HookedLine *line = self->lines; line; line = line->next)
        hook_site_abandon(&line->site);
    change_undo_detours(self);
    buffer_free(self->buffer);
    self->buffer = NULL;
    Py_CLEAR(self->bytes);
    Py_CLEAR(self->constants);
    Py_CLEAR(self->line_table);
    Py_CLEAR(self->hooked_constants);
    Py_DECREF(self);
}

void patch_deinit(CodePatch *self)
{
    free_lines(self);
    if (self->trigger)
        free_line(self->trigger);
    for (int i = 0; i < self->num_detours; i++)
        detour_calls_deinit(&self->detours[i].calls);
    free(self->detours);
    free(self->places);
    free(self->old_frames);
}

CodePatch *patch_find_or_add(PyCodeObject *code)
{
    CodePatch *self = patch_of(code);

    if (self)
        return self;
    self = constant_new();
    if (!self)
        return NULL;
    if (_PyCode_SetExtra((PyObject *)code, patches.extra_index, self) < 0) {
        PyErr_Clear();
        Py_DECREF(self);
        return NULL;
    }
    self->code = code;
    self->bytes = Py_NewRef(code->co_code);
    self->constants = Py_NewRef(code->co_consts);
    self->line_table = Py_NewRef(*patch_line_table_of(code));
    self->next = patches.first;
    if (self->next)
        self->next->previous = self;
    patches.first = self;
    return self;
}

int patch_init(HookCallback callback)
{
    int result = constant_init();

    if (result < 0)
        return result;
    if (!patches.has_extra_index) {
        patches.extra_index = _PyEval_RequestCodeExtraIndex(on_code_gone);
        patches.has_extra_index = patches.extra_index >= 0;
    }
    patches.callback = callback;
    return patches.has_extra_index ? 0 : -ENOTSUP;
}

PyObject *hook_original_bytecode(PyCodeObject *code)
{
    return Py_NewRef(patch_original_bytes(code));
}

PyObject *hook_original_constants(PyCodeObject *code)
{
    CodePatch *self = patch_of(code);

    return self ? self->constants : code->co_consts;
}

PyObject *hook_original_line_table(PyCodeObject *code)
{
    CodePatch *self = patch_of(code);

    return self ? self->line_table : *patch_line_table_of(code);
}
