#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_trampoline_patch.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/hook_lines.h"
#include "stub/native/hook_original.h"
#include "stub/native/hook_trampoline_frames.h"
#include "stub/native/hook_trampoline_hash.h"
#include "stub/native/hook_trampoline_trace.h"

static struct {
    HookCallback callback;
    bool has_extra_index; /* for good: CPython has no way to give one back */
    Py_ssize_t extra_index;
    CodePatch *first;
    bool must_settle; /* a code object without hooks still waits for what is its own */
} patches;

static PyTypeObject patch_type;

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

/* ------------------------------------------------------------------------------------------------ the
 * constant */

static void stop_calling(CodePatch *self, const CallingFrame *calling)
{
    CallingFrame **link = &self->calling;

    while (*link != calling)
        link = &(*link)->next;
    *link = calling->next;
}

static void run_line(CodePatch *self, PyFrameObject *frame, const TailPlace *place)
{
    HookedLine *line = place->line;
    CallingFrame calling = {self->calling, frame, place->unit};

    if (line->site.num_armed == 0)
        return;
    self->calling = &calling;
    frames_set_unit(frame, place->line_unit);
    hook_site_run(&line->site, patches.callback);
    frames_set_unit(frame, calling.unit);
    stop_calling(self, &calling);
}

/* A copy of the code object that the app has made has the same constants. */
static bool is_of_patch(const CodePatch *self, const PyFrameObject *frame)
{
    return frame->f_code == self->code || frame->f_code->co_consts == self->hooked_constants;
}

static int on_line(PyObject *object)
{
    CodePatch *self = (CodePatch *)object;
    PyThreadState *thread = compat_thread_state();
    PyFrameObject *frame = compat_current_frame(thread);
    int unit = frame ? frames_unit(frame) : -1;
    const TailPlace *place = patch_place_at(self, unit);

    if (!place || place->unit != unit || !place->line || !is_of_patch(self, frame))
        return 0; /* somebody else asks for its truth */
    if (thread->c_tracefunc && !thread->tracing && trace_takes_over(self, thread, frame, place))
        return 0;
    run_line(self, frame, place);
    return 0;
}

static void free_lines(CodePatch *self)
{
    while (self->lines) {
        HookedLine *line = self->lines;

        self->lines = line->next;
        hook_site_abandon(&line->site);
        detour_calls_deinit(&line->calls);
        free(line);
    }
}

static void patch_dealloc(PyObject *object)
{
    CodePatch *self = (CodePatch *)object;

    free_lines(self);
    for (int i = 0; i < self->num_detours; i++)
        detour_calls_deinit(&self->detours[i].calls);
    free(self->detours);
    free(self->places);
    free(self->old_frames);
    PyObject_Free(object);
}

static PyObject *patch_repr(PyObject *object)
{
    CodePatch *self = (CodePatch *)object;

    return PyUnicode_FromFormat("<breakpoints at %p>", (void *)self->code);
}

static Py_hash_t patch_hash(PyObject *object)
{
    return ((CodePatch *)object)->hash;
}

/* For those that pickle functions by their code: elsewhere the hook is a plain False, which does nothing. */
static PyObject *patch_reduce(PyObject *object, PyObject *unused)
{
    (void)object;
    (void)unused;
    return Py_BuildValue("O()", (PyObject *)&PyBool_Type);
}

/* And for marshal, which writes what has a buffer as bytes: none are as false as False. */
static int patch_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
    static char nothing[1];

    return PyBuffer_FillInfo(view, object, nothing, 0, 1, flags);
}

static PyMethodDef patch_methods[] = {
    {"__reduce__", patch_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods patch_number = {.nb_bool = on_line};
static PyBufferProcs patch_buffer = {.bf_getbuffer = patch_get_buffer};

static PyTypeObject patch_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "googleclouddebugger._native.CodePatch",
    .tp_basicsize = sizeof(CodePatch),
    .tp_flags = Py_TPFLAGS_DEFAULT, /* without tp_new: nobody else makes one */
    .tp_as_number = &patch_number,
    .tp_as_buffer = &patch_buffer,
    .tp_dealloc = patch_dealloc,
    .tp_repr = patch_repr,
    .tp_hash = patch_hash,
    .tp_methods = patch_methods,
};

/* ----------------------------------------------------------------------------------------------------- lines
 */

static int find_map(CodePatch *self)
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

static int plan_line(CodePatch *self, HookedLine *line)
{
    LinePoints points;
    int result = find_map(self);

    if (result == 0)
        result = line_points_init(&points, &self->map->bytecode, line->site.line);
    if (result == 0) {
        result = points.has_line ? detour_plan_line(self->map, &points, line, &line->calls) : HOOK_E_NO_LINE;
        line_points_deinit(&points);
    }
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
        result = plan_line(self, line);
        if (result != 0) {
            free(line);
            return result;
        }
        line->next = self->lines;
        self->lines = line;
    }
    *ret_line = line;
    return 0;
}

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

static PyObject **line_table_of(PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030A0000
    return &code->co_linetable;
#else
    return &code->co_lnotab;
#endif
}

/* CPython 3.8 to 3.10 remembers what globals and attributes were found by instructions of code that runs
 * often; which ones is in a map of one byte for each unit. Those of the tail have nothing remembered. */
static int enlarge_cache_map(PyCodeObject *code, int num_units, int room_units)
{
#if PY_VERSION_HEX >= 0x03080000
    unsigned char *map;

    if (!code->co_opcache_map)
        return 0;
    map = PyMem_Calloc((size_t)room_units, 1);
    if (!map)
        return -ENOMEM;
    memcpy(map, code->co_opcache_map, (size_t)num_units);
    PyMem_Free(code->co_opcache_map);
    code->co_opcache_map = map;
#else
    (void)code;
    (void)num_units;
    (void)room_units;
#endif
    return 0;
}

static int put_in_place(CodePatch *self)
{
    PyCodeObject *code = self->code;
    int result;

    if (self->is_in_place && code->co_code == self->buffer->bytes)
        return 0;
    result = enlarge_cache_map(code, patch_num_units(self), self->buffer->room_units);
    if (result < 0)
        return result;
    frames_note_old(self);
    set_part(&code->co_code, self->buffer->bytes);
    set_part(&code->co_consts, self->hooked_constants);
    set_part(line_table_of(code), self->buffer->line_table);
    self->buffer->was_in_use = true;
    self->is_in_place = true;
    return 0;
}

static void take_away(CodePatch *self)
{
    PyCodeObject *code = self->code;

    if (frames_is_in_tail(self)) { /* what their code then says of their line would be wrong */
        patches.must_settle = true;
        return;
    }
    set_part(&code->co_code, self->bytes);
    set_part(&code->co_consts, self->constants);
    set_part(line_table_of(code), self->line_table);
    self->is_in_place = false;
    self->num_old_frames = 0;
}

void patch_settle(void)
{
    if (!patches.must_settle)
        return;
    patches.must_settle = false;
    for (CodePatch *self = patches.first; self; self = self->next) {
        if (self->is_in_place && self->num_armed_lines == 0)
            take_away(self);
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

bool patch_detour_at(const CodePatch *self, int unit, int *ret_first, int *ret_end)
{
    for (int i = 0; i < self->num_detours; i++) {
        const Detour *detour = &self->detours[i];

        if (unit >= detour->first_unit && unit < detour->end_unit) {
            *ret_first = detour->first_unit;
            *ret_end = detour->end_unit;
            return true;
        }
    }
    return false;
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

/* Whether a frame may be about to run one of the instructions that would be overwritten, other than the
 * first. */
static bool is_in_the_way(const CodePatch *self, const Detour *detour)
{
    if (!self->buffer->was_in_use || detour->boundary_unit == detour->first_unit)
        return false;
    if (!detour->is_quiet && frames_may_be_detached())
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
    bool must_be_quiet = self->buffer->was_in_use && frames_may_be_detached();
    int tail_unit = self->buffer->num_units + 1;
    Detour detour;
    int result;

    if (!detour_choose(self->map, self->detours, self->num_detours, call->instruction, tail_unit,
                       must_be_quiet, &detour) &&
        !detour_choose(self->map, self->detours, self->num_detours, call->instruction, tail_unit, false,
                       &detour))
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
    result = find_map(self);
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

int patch_arm_line(CodePatch *self, HookedLine *line)
{
    int result = 0;

    self->num_armed_lines++;
    for (int i = 0; i < line->calls.num_calls && result == 0; i++)
        result = find_or_add_detour(self, &line->calls.calls[i]);
    if (result == 0)
        result = update_detours(self, line);
    if (result == 0)
        result = put_in_place(self);
    return result;
}

void patch_disarm_line(CodePatch *self, HookedLine *line)
{
    self->num_armed_lines--;
    (void)update_detours(self, line); /* what remains is in place already */
    if (self->num_armed_lines == 0)
        take_away(self);
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
    for (int i = 0; i < self->num_detours; i++)
        deactivate(self, &self->detours[i]);
    buffer_free(self->buffer);
    self->buffer = NULL;
    Py_CLEAR(self->bytes);
    Py_CLEAR(self->constants);
    Py_CLEAR(self->line_table);
    Py_CLEAR(self->hooked_constants);
    Py_DECREF(self);
}

CodePatch *patch_find_or_add(PyCodeObject *code)
{
    CodePatch *self = patch_of(code);

    if (self)
        return self;
    self = PyObject_New(CodePatch, &patch_type);
    if (!self) {
        PyErr_Clear();
        return NULL;
    }
    memset((char *)self + sizeof(self->ob_base), 0, sizeof(*self) - sizeof(self->ob_base));
    if (_PyCode_SetExtra((PyObject *)code, patches.extra_index, self) < 0) {
        PyErr_Clear();
        Py_DECREF(self);
        return NULL;
    }
    self->code = code;
    self->bytes = Py_NewRef(code->co_code);
    self->constants = Py_NewRef(code->co_consts);
    self->line_table = Py_NewRef(*line_table_of(code));
    self->next = patches.first;
    if (self->next)
        self->next->previous = self;
    patches.first = self;
    return self;
}

int patch_init(HookCallback callback)
{
    if (PyType_Ready(&patch_type) < 0) {
        PyErr_Clear();
        return -ENOMEM;
    }
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

    return self ? self->line_table : *line_table_of(code);
}
