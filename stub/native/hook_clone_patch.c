#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_clone_patch.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/hook_lines.h"

static struct {
    HookCallback callback;
    bool has_extra_index; /* for good: CPython has no way to give one back */
    Py_ssize_t extra_index;
    CodePatch *first;
} patches;

static PyTypeObject line_hook_type;

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

PatchedCode *patch_code_of(PyCodeObject *code)
{
    void *extra = NULL;

    if (!code->co_extra || _PyCode_GetExtra((PyObject *)code, patches.extra_index, &extra) < 0)
        return NULL;
    return extra;
}

PyCodeObject *patch_wanted_code(const CodePatch *self)
{
    if (self->num_lines == 0)
        return self->original.code;
    return self->current ? self->current->code : NULL;
}

bool patch_has_line(const PatchedCode *code, const LineHook *hook)
{
    for (int i = 0; i < code->num_hooks; i++) {
        if (code->hooks[i] == hook)
            return true;
    }
    return false;
}

bool patch_misses_lines(const PatchedCode *code)
{
    for (int i = 0; i < code->patch->num_lines; i++) {
        if (!patch_has_line(code, code->patch->lines[i]))
            return true;
    }
    return false;
}

void patch_set_function(PyFunctionObject *function, PyCodeObject *code)
{
    PyObject *old = function->func_code;

    if (old == (PyObject *)code)
        return;
    function->func_code = Py_NewRef(code);
    function->func_version = 0; /* call sites that remember the old one look again */
    Py_DECREF(old);
}

/* ------------------------------------------------------------------------------------------------ the
 * constant */

/* The copy is used although no hook is armed at the line: its function gets what it should have. */
static void mend_current_function(void)
{
    const _PyInterpreterFrame *frame = compat_current_frame(compat_thread_state());
    PatchedCode *code = frame ? patch_code_of(frame->f_code) : NULL;
    PyCodeObject *wanted = code ? patch_wanted_code(code->patch) : NULL;

    if (wanted && frame->f_func->func_code == (PyObject *)frame->f_code && wanted != frame->f_code)
        patch_set_function(frame->f_func, wanted);
}

static int on_line(PyObject *object)
{
    LineHook *self = (LineHook *)object;

    if (self->site.num_armed == 0)
        mend_current_function();
    else
        hook_site_run(&self->site, patches.callback);
    return 0;
}

static void line_hook_dealloc(PyObject *object)
{
    LineHook *self = (LineHook *)object;

    hook_site_abandon(&self->site);
    free(self->units);
    PyObject_Free(object);
}

static PyObject *line_hook_repr(PyObject *object)
{
    return PyUnicode_FromFormat("<breakpoint at line %d>", ((LineHook *)object)->site.line);
}

/* For those that pickle functions by their code: elsewhere the hook is a plain False, which does nothing. */
static PyObject *line_hook_reduce(PyObject *object, PyObject *unused)
{
    (void)object;
    (void)unused;
    return Py_BuildValue("O()", (PyObject *)&PyBool_Type);
}

static PyMethodDef line_hook_methods[] = {
    {"__reduce__", line_hook_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods line_hook_number = {.nb_bool = on_line};

static PyTypeObject line_hook_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "googleclouddebugger._native.LineHook",
    .tp_basicsize = sizeof(LineHook),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_as_number = &line_hook_number,
    .tp_dealloc = line_hook_dealloc,
    .tp_repr = line_hook_repr,
    .tp_methods = line_hook_methods,
};

/* Where the line begins: 0 with the units in @hook, HOOK_E_*, or -ENOMEM. */
static int find_units(PyCodeObject *code, LineHook *hook)
{
    Bytecode bytecode;
    LinePoints points;
    int result = bytecode_init(&bytecode, code);

    if (result < 0)
        return result == -EINVAL ? HOOK_E_UNPATCHABLE : result;
    result = line_points_init(&points, &bytecode, hook->site.line);
    if (result == 0) {
        hook->units = malloc(sizeof(int) * (size_t)bytecode.num_instructions);
        for (int i = 0; hook->units && i < bytecode.num_instructions; i++) {
            if (points.flags[i] & (LINE_POINT_FALL | LINE_POINT_HANDLER))
                hook->units[hook->num_units++] = bytecode.instructions[i].first_unit;
            else if (points.flags[i] & LINE_POINT_JUMP)
                hook->units[hook->num_units++] =
                    bytecode.instructions[bytecode.instructions[i].target].first_unit;
        }
        if (!hook->units)
            result = -ENOMEM;
        else if (!points.has_line)
            result = HOOK_E_NO_LINE;
        line_points_deinit(&points);
    }
    bytecode_deinit(&bytecode);
    return result;
}

static int new_line_hook(CodePatch *patch, int line, LineHook **ret_hook)
{
    LineHook *hook = PyObject_New(LineHook, &line_hook_type);
    int result;

    if (!hook) {
        PyErr_Clear();
        return -ENOMEM;
    }
    hook->site = (HookSite){.line = line, .owner = patch};
    hook->units = NULL;
    hook->num_units = 0;
    result = find_units(patch->original.code, hook);
    if (result != 0)
        Py_DECREF(hook);
    else
        *ret_hook = hook;
    return result;
}

/* ----------------------------------------------------------------------------------------------------- lines
 */

/* One that a copy still has from earlier: frames that run it are then hooked at once. */
static LineHook *find_line_in_copies(const CodePatch *self, int line)
{
    for (const PatchedCode *copy = self->copies; copy; copy = copy->next) {
        for (int i = 0; i < copy->num_hooks; i++) {
            if (copy->hooks[i]->site.line == line)
                return (LineHook *)Py_NewRef(copy->hooks[i]);
        }
    }
    return NULL;
}

int patch_find_or_add_line(CodePatch *self, int line, LineHook **ret_hook)
{
    LineHook **lines;
    LineHook *hook;
    int result;

    for (int i = 0; i < self->num_lines; i++) {
        if (self->lines[i]->site.line == line) {
            *ret_hook = self->lines[i];
            return 0;
        }
    }
    lines = realloc(self->lines, sizeof(*lines) * (size_t)(self->num_lines + 1));
    if (!lines)
        return -ENOMEM;
    self->lines = lines;
    hook = find_line_in_copies(self, line);
    if (!hook) {
        result = new_line_hook(self, line, &hook);
        if (result != 0)
            return result;
    }
    hook->site.owner = self;
    lines[self->num_lines++] = hook;
    *ret_hook = hook;
    return 0;
}

void patch_drop_line(CodePatch *self, LineHook *hook)
{
    for (int i = 0; i < self->num_lines; i++) {
        if (self->lines[i] == hook) {
            self->lines[i] = self->lines[--self->num_lines];
            hook->site.owner = NULL;
            Py_DECREF(hook);
            break;
        }
    }
    if (self->num_lines == 0)
        self->current = NULL;
}

/* ---------------------------------------------------------------------------------------------------- copies
 */

static void trace_info_forget(PyCodeObject *code)
{
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());

    /* CPython remembers by its address the code object whose lines it looked up last; another may get the
     * address. */
    for (; thread; thread = PyThreadState_Next(thread)) {
        if (thread->trace_info.code == code)
            thread->trace_info.code = NULL;
    }
}

static void free_patch(CodePatch *self)
{
    if (self->previous)
        self->previous->next = self->next;
    else
        patches.first = self->next;
    if (self->next)
        self->next->previous = self->previous;
    for (int i = 0; i < self->num_lines; i++) {
        self->lines[i]->site.owner = NULL;
        hook_site_abandon(&self->lines[i]->site);
        Py_DECREF(self->lines[i]);
    }
    for (size_t i = 0; i < self->users.count; i++)
        Py_DECREF((PyObject *)self->users.items[i]);
    free(self->lines);
    pointer_set_deinit(&self->users);
    free(self);
}

static void release_if_unused(CodePatch *self)
{
    if (self->num_lines == 0 && !self->copies && self->num_pins == 0)
        (void)_PyCode_SetExtra((PyObject *)self->original.code, patches.extra_index, NULL);
}

void patch_pin(CodePatch *self)
{
    self->num_pins++;
    Py_INCREF(self->original.code);
}

void patch_unpin(CodePatch *self)
{
    PyCodeObject *original = self->original.code;

    self->num_pins--;
    release_if_unused(self);
    Py_DECREF(original); /* the patch may be gone with it */
}

static void copy_died(PatchedCode *copy)
{
    CodePatch *patch = copy->patch;
    PyCodeObject *original = patch->original.code;
    PatchedCode **link = &patch->copies;

    while (*link != copy)
        link = &(*link)->next;
    *link = copy->next;
    if (patch->current == copy)
        patch->current = NULL;
    trace_info_forget(copy->code);
    clone_map_deinit(&copy->map);
    free(copy->hooks);
    free(copy);
    release_if_unused(patch);
    Py_DECREF(original); /* the patch may be gone with it */
}

/* What CPython calls when a code object of ours dies, or is given another extra. */
static void on_code_gone(void *extra)
{
    PatchedCode *self = extra;

    if (!self)
        return;
    if (self == &self->patch->original)
        free_patch(self->patch);
    else
        copy_died(self);
}

static int add_copy(CodePatch *self, PyCodeObject *code, const CloneMap *map)
{
    PatchedCode *copy = calloc(1, sizeof(*copy));

    if (copy)
        copy->hooks = malloc(sizeof(*copy->hooks) * (size_t)(self->num_lines + 1));
    if (!copy || !copy->hooks || _PyCode_SetExtra((PyObject *)code, patches.extra_index, copy) < 0) {
        PyErr_Clear();
        if (copy)
            free(copy->hooks);
        free(copy);
        return -ENOMEM;
    }
    copy->patch = self;
    copy->code = code;
    copy->map = *map;
    copy->num_hooks = self->num_lines;
    memcpy(copy->hooks, self->lines, sizeof(*copy->hooks) * (size_t)self->num_lines);
    copy->next = self->copies;
    self->copies = copy;
    self->current = copy;
    Py_INCREF(self->original.code);
    return 0;
}

static int make_copy(CodePatch *self, PyCodeObject **ret_copy)
{
    CloneLine *lines = malloc(sizeof(*lines) * (size_t)(self->num_lines + 1));
    PyCodeObject *code = NULL;
    CloneMap map;
    int result;

    if (!lines)
        return -ENOMEM;
    for (int i = 0; i < self->num_lines; i++)
        lines[i] = (CloneLine){self->lines[i]->site.line, (PyObject *)self->lines[i]};
    result = clone_code(self->original.code, lines, self->num_lines, &code, &map);
    free(lines);
    if (result < 0)
        return result;
    result = add_copy(self, code, &map);
    if (result < 0) {
        clone_map_deinit(&map);
        Py_DECREF(code);
        return result;
    }
    *ret_copy = code;
    return 0;
}

int patch_use_copy(CodePatch *self, PyCodeObject **ret_copy)
{
    PatchedCode *copy = self->copies;

    while (copy && patch_misses_lines(copy))
        copy = copy->next;
    if (!copy)
        return make_copy(self, ret_copy);
    self->current = copy;
    *ret_copy = (PyCodeObject *)Py_NewRef(copy->code);
    return 0;
}

CodePatch *patch_find_or_add(PyCodeObject *code)
{
    PatchedCode *known = patch_code_of(code);
    CodePatch *self;

    if (known)
        return known->patch;
    self = calloc(1, sizeof(*self));
    if (!self)
        return NULL;
    self->original.patch = self;
    self->original.code = code;
    if (_PyCode_SetExtra((PyObject *)code, patches.extra_index, &self->original) < 0) {
        PyErr_Clear();
        free(self);
        return NULL;
    }
    self->next = patches.first;
    if (self->next)
        self->next->previous = self;
    patches.first = self;
    return self;
}

int patch_init(HookCallback callback)
{
    if (PyType_Ready(&line_hook_type) < 0) {
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
