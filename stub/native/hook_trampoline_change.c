#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_trampoline_change.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/hook_trampoline_cache.h"
#include "stub/native/hook_trampoline_frames.h"
#include "stub/native/hook_trampoline_hash.h"
#include "stub/native/interpreter.h"

static bool must_settle; /* a code object without hooks still waits for what is its own */

/* --------------------------------------------------------------------------------------------------- buffers
 */

/* A detour has some 10 units, and so has a line. */
enum { ROOM_MIN = 64, ROOM_MAX_AT_FIRST = 2048 };

static int first_room(const CodePatch *self)
{
    int room = 2 * patch_num_units(self);

    return room < ROOM_MIN ? ROOM_MIN : room > ROOM_MAX_AT_FIRST ? ROOM_MAX_AT_FIRST : room;
}

/* Frames stay in the buffer that they are in. */
static int replace_buffer(CodePatch *self, int room)
{
    Buffer *buffer = buffer_new(self->code, room);

    if (!buffer)
        return -ENOMEM;
    if (self->buffer)
        buffer_copy_from(buffer, self->buffer);
    buffer->older = self->buffer;
    self->buffer = buffer;
    return 0;
}

static int room_of(const CodePatch *self)
{
    return self->buffer->room_units - patch_num_units(self);
}

static int make_constants(CodePatch *self)
{
    Py_ssize_t num = PyTuple_GET_SIZE(self->constants);
    PyObject *tuple = PyTuple_New(num + 1);

    if (!tuple) {
        PyErr_Clear();
        return -ENOMEM;
    }
    for (Py_ssize_t i = 0; i < num; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(PyTuple_GET_ITEM(self->constants, i)));
    PyTuple_SET_ITEM(tuple, num, Py_NewRef((PyObject *)self));
    PyObject_GC_UnTrack(tuple); /* nothing in it can be part of a cycle, and nobody shall find it */
    self->hash = hash_for_tuple(tuple, self->constants);
    self->hooked_constants = tuple;
    return 0;
}

static int make_parts(CodePatch *self)
{
    int result = self->hooked_constants ? 0 : make_constants(self);

    if (result == 0 && !self->buffer)
        result = replace_buffer(self, first_room(self));
    return result;
}

/* ------------------------------------------------------------------------------------------------ in place
 */

static void set_part(PyObject **part, PyObject *value)
{
    PyObject *old = *part;

    *part = Py_NewRef(value);
    Py_DECREF(old); /* the patch has it too */
}

static int put_in_place(CodePatch *self)
{
    PyCodeObject *code = self->code;
    int result;

    if (self->is_in_place && code->co_code == self->buffer->bytes)
        return 0;
    result = cache_make_room(code, self->bytes, self->buffer->room_units);
    if (result < 0)
        return result;
    frames_note_old(self);
    self->misses_detached = interpreter_may_detach_frames();
    set_part(&code->co_code, self->buffer->bytes);
    set_part(&code->co_consts, self->hooked_constants);
    set_part(patch_line_table_of(code), self->buffer->line_table);
    self->buffer->was_in_use = true;
    self->is_in_place = true;
    return 0;
}

static void take_away(CodePatch *self)
{
    PyCodeObject *code = self->code;

    set_part(&code->co_code, self->bytes);
    set_part(&code->co_consts, self->constants);
    set_part(patch_line_table_of(code), self->line_table);
    self->is_in_place = false;
    self->misses_detached = false;
    self->num_old_frames = 0;
}

bool change_has_to_wait(const CodePatch *self)
{
    return self->is_in_place && self->num_armed_lines == 0 && !self->must_stay;
}

/* What a frame in the tail has its code object say of its line would be wrong without it. */
static bool can_take_away(const CodePatch *self)
{
    return change_has_to_wait(self) && !frames_is_in_tail(self);
}

void change_settle(void)
{
    if (!must_settle)
        return;
    must_settle = false;
    for (CodePatch *self = patch_first(); self; self = self->next) {
        if (can_take_away(self))
            take_away(self);
        else if (change_has_to_wait(self))
            must_settle = true;
    }
}

/* --------------------------------------------------------------------------------------------------- detours
 */

/* The detours are in the order of their instructions. NULL: the instruction is in none. */
static Detour *find_detour(const CodePatch *self, int instruction)
{
    int low = 0;
    int high = self->num_detours - 1;

    while (low <= high) {
        int middle = (low + high) / 2;
        Detour *detour = &self->detours[middle];

        if (instruction < detour->first)
            high = middle - 1;
        else if (instruction >= detour->end)
            low = middle + 1;
        else
            return detour;
    }
    return NULL;
}

static bool has_call(const Detour *detour, const DetourCall *call)
{
    for (int i = 0; i < detour->calls.num_calls; i++) {
        const DetourCall *other = &detour->calls.calls[i];

        if (other->line == call->line && other->instruction == call->instruction && other->when == call->when)
            return true;
    }
    return false;
}

static bool overlap(const Detour *a, const Detour *b)
{
    return a->first < b->end && b->first < a->end;
}

/* The calls of the detours that @detour takes the place of, and @call. */
static int gather_calls(const CodePatch *self, Detour *detour, const DetourCall *call)
{
    size_t room = 1;
    DetourCalls *calls = &detour->calls;

    for (int i = 0; i < self->num_detours; i++) {
        if (overlap(&self->detours[i], detour))
            room += (size_t)self->detours[i].calls.num_calls;
    }
    calls->calls = malloc(sizeof(*calls->calls) * room);
    calls->num_calls = 0;
    if (!calls->calls)
        return -ENOMEM;
    for (int i = 0; i < self->num_detours; i++) {
        const DetourCalls *others = &self->detours[i].calls;

        if (!overlap(&self->detours[i], detour))
            continue;
        for (int j = 0; j < others->num_calls; j++)
            calls->calls[calls->num_calls++] = others->calls[j];
    }
    calls->calls[calls->num_calls++] = *call;
    return 0;
}

static int add_places(CodePatch *self, const Tail *tail)
{
    size_t num = (size_t)(self->num_places + tail->num_places);
    TailPlace *places = realloc(self->places, sizeof(*places) * num);

    if (!places)
        return -ENOMEM;
    self->places = places;
    memcpy(&places[self->num_places], tail->places, sizeof(*places) * (size_t)tail->num_places);
    self->num_places = (int)num;
    return 0;
}

static int write_tail(CodePatch *self, const Detour *detour)
{
    Tail tail;
    int result = tail_write(self->map, detour, (int)PyTuple_GET_SIZE(self->constants), &tail);

    if (result == 0)
        result = add_places(self, &tail);
    if (result < 0)
        return result;
    while (!buffer_append(self->buffer, &tail) && result == 0)
        result = replace_buffer(self, 2 * room_of(self));
    if (result < 0)
        self->num_places -= tail.num_places;
    return result;
}

static void deactivate(CodePatch *self, Detour *detour)
{
    const uint8_t *bytes = (const uint8_t *)PyBytes_AS_STRING(self->bytes) + 2 * detour->first_unit;

    if (detour->is_active)
        buffer_write(self->buffer, detour->first_unit, bytes, detour->jump_units);
    detour->is_active = false;
}

void change_undo_detours(CodePatch *patch)
{
    for (int i = 0; i < patch->num_detours; i++)
        deactivate(patch, &patch->detours[i]);
}

/* Whether a frame may be about to run one of the instructions that would be overwritten, other than the
 * first. */
static bool is_in_the_way(const CodePatch *self, const Detour *detour)
{
    if (!self->buffer->was_in_use || detour->boundary_unit == detour->first_unit)
        return false;
    if (!detour->is_quiet && interpreter_may_detach_frames())
        return true;
    return frames_is_within(self, detour->first_unit, detour->boundary_unit);
}

static int activate(CodePatch *self, Detour *detour)
{
    uint8_t bytes[2 * 4];

    if (detour->is_active)
        return 0;
    if (is_in_the_way(self, detour)) {
        int result = replace_buffer(self, room_of(self));

        if (result < 0)
            return result;
        /* So this is the last time on its account. */
        detour->is_sticky = true;
    }
    detour_jump(detour, bytes);
    buffer_write(self->buffer, detour->first_unit, bytes, detour->jump_units);
    detour->is_active = true;
    self->must_stay |= detour->has_yield;
    return 0;
}

/* Puts @detour into the place of those that it overlaps. */
static int enter_detour(CodePatch *self, const Detour *detour)
{
    Detour *detours = malloc(sizeof(*detours) * (size_t)(self->num_detours + 1));
    int num_detours = 0;
    int i = 0;

    if (!detours)
        return -ENOMEM;
    for (; i < self->num_detours && self->detours[i].end <= detour->first; i++)
        detours[num_detours++] = self->detours[i];
    detours[num_detours++] = *detour;
    for (; i < self->num_detours && overlap(&self->detours[i], detour); i++) {
        deactivate(self, &self->detours[i]);
        detour_calls_deinit(&self->detours[i].calls);
    }
    for (; i < self->num_detours; i++)
        detours[num_detours++] = self->detours[i];
    free(self->detours);
    self->detours = detours;
    self->num_detours = num_detours;
    return 0;
}

static int add_detour(CodePatch *self, const DetourCall *call)
{
    bool must_be_quiet = self->buffer->was_in_use && interpreter_may_detach_frames();
    DetourList list = patch_detours(self);
    Detour detour;
    int result;

    if (!detour_choose(self->map, &list, call->instruction, must_be_quiet, false, &detour) &&
        !detour_choose(self->map, &list, call->instruction, false, false, &detour) &&
        !detour_choose(self->map, &list, call->instruction, must_be_quiet, true, &detour) &&
        !detour_choose(self->map, &list, call->instruction, false, true, &detour))
        return HOOK_E_UNPATCHABLE;
    result = gather_calls(self, &detour, call);
    if (result == 0)
        result = write_tail(self, &detour);
    if (result == 0)
        result = enter_detour(self, &detour);
    if (result < 0)
        detour_calls_deinit(&detour.calls);
    return result == -EINVAL ? HOOK_E_UNPATCHABLE : result;
}

static int find_or_add_detour(CodePatch *self, const DetourCall *call)
{
    const Detour *found = find_detour(self, call->instruction);
    int result;

    if (found && has_call(found, call))
        return 0;
    result = patch_find_map(self);
    if (result == 0)
        result = make_parts(self);
    return result == 0 ? add_detour(self, call) : result;
}

static bool is_needed(const Detour *detour)
{
    for (int i = 0; i < detour->calls.num_calls; i++) {
        const HookedLine *line = detour->calls.calls[i].line;

        if (line->site.num_armed > 0)
            return true;
    }
    return detour->is_sticky;
}

/* Those with calls of @line: in place if a line needs them. */
static int update_detours(CodePatch *self, const HookedLine *line)
{
    int result = 0;

    for (int i = 0; i < line->calls.num_calls && result == 0; i++) {
        Detour *detour = find_detour(self, line->calls.calls[i].instruction);

        if (detour && is_needed(detour))
            result = activate(self, detour);
        else if (detour)
            deactivate(self, detour);
    }
    return result;
}

/* What calls the hooks of @line, or has them called. */
static HookedLine *caller_of(const CodePatch *self, HookedLine *line)
{
    return line->is_traced ? self->trigger : line;
}

int change_arm_line(CodePatch *self, HookedLine *line)
{
    int result = 0;

    self->num_armed_lines++;
    if (line->is_traced)
        self->trigger->site.num_armed++;
    line = caller_of(self, line);
    for (int i = 0; i < line->calls.num_calls && result == 0; i++)
        result = find_or_add_detour(self, &line->calls.calls[i]);
    if (result == 0)
        result = update_detours(self, line);
    if (result == 0)
        result = put_in_place(self);
    return result;
}

void change_disarm_line(CodePatch *self, HookedLine *line)
{
    self->num_armed_lines--;
    if (line->is_traced)
        self->trigger->site.num_armed--;
    (void)update_detours(self, caller_of(self, line)); /* what remains is in place already */
    if (self->num_armed_lines > 0)
        (void)put_in_place(self); /* there may be a new buffer, though the line could not be armed */
    else if (can_take_away(self))
        take_away(self);
    else
        must_settle = true;
}
