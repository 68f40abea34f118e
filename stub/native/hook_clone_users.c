#include "stub/native/compat.h"

#include "stub/native/hook_clone_users.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/hook_clone_frames.h"
#include "stub/native/import_watch.h"
#include "stub/native/interpreter.h"
#include "stub/native/live_code.h"

/* An item of a tuple of constants that is one of the patch's code objects. */
typedef struct Slot {
    PyCodeObject *owner; /* the code object whose constants they are */
    PyObject *constants;
    Py_ssize_t index;
} Slot;

/* All of it is borrowed: nothing runs, is made or freed while it is collected. */
typedef struct Users {
    const CodePatch *patch;
    PyObject *filename; /* of the patch's code: that which makes its functions has the same object */
    PyObject **objects; /* functions and generators */
    int num_objects;
    Slot *slots;
    int num_slots;
    bool is_incomplete; /* memory was out */
} Users;

/* --------------------------------------------------------------------------------------------------
 * collecting */

/* Makes room for one more. The capacity is the next power of two. */
static bool has_room(void **items, int count, size_t size, bool *is_incomplete)
{
    void *grown;

    if (count & (count - 1))
        return true;
    grown = realloc(*items, (count == 0 ? 1 : (size_t)count * 2) * size);
    if (!grown) {
        *is_incomplete = true;
        return false;
    }
    *items = grown;
    return true;
}

static bool is_of_patch(const Users *users, PyObject *code)
{
    PatchedCode *known = PyCode_Check(code) && ((PyCodeObject *)code)->co_filename == users->filename
                             ? patch_code_of((PyCodeObject *)code)
                             : NULL;

    return known && known->patch == users->patch;
}

static void add_object(Users *users, PyObject *object)
{
    if (has_room((void **)&users->objects, users->num_objects, sizeof(*users->objects),
                 &users->is_incomplete))
        users->objects[users->num_objects++] = object;
}

static void add_slot(Users *users, PyCodeObject *owner, Py_ssize_t index)
{
    for (int i = 0; i < users->num_slots; i++) {
        if (users->slots[i].constants == owner->co_consts && users->slots[i].index == index)
            return;
    }
    if (has_room((void **)&users->slots, users->num_slots, sizeof(*users->slots), &users->is_incomplete))
        users->slots[users->num_slots++] = (Slot){owner, owner->co_consts, index};
}

static void search_constants(Users *users, PyCodeObject *code);

/* A code object that can run, and what may run instead of it later. */
static void search_code(Users *users, PyCodeObject *code)
{
    PatchedCode *known = patch_code_of(code);

    if (!known) {
        search_constants(users, code);
        return;
    }
    if (known->patch == users->patch)
        return; /* it is not nested in itself */
    search_constants(users, known->patch->original.code);
    for (PatchedCode *copy = known->patch->copies; copy; copy = copy->next)
        search_constants(users, copy->code);
}

static void search_constants(Users *users, PyCodeObject *code)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

        if (!PyCode_Check(constant))
            continue;
        if (is_of_patch(users, constant))
            add_slot(users, code, i);
        else
            search_code(users, (PyCodeObject *)constant);
    }
}

static void search_holder(void *context, CodeHolderKind kind, void *holder, PyCodeObject *code)
{
    Users *users = context;

    if (code->co_filename != users->filename)
        return;
    if (kind != CODE_HOLDER_FRAME && is_of_patch(users, (PyObject *)code))
        add_object(users, holder);
    else
        search_code(users, code);
}

/* Whether nobody has the patch's code objects but the constants that were found, as while its module is about
 * to run. The original is also held by each copy, by hook_arm() and by its caller, the copy that is to be
 * used by patch_apply(). */
static bool are_all_users(const Users *users, const CodePatch *patch)
{
    Py_ssize_t num_references = Py_REFCNT(patch->original.code);
    Py_ssize_t num_known = users->num_slots + 3;

    for (const PatchedCode *copy = patch->copies; copy; copy = copy->next) {
        num_references += Py_REFCNT(copy->code);
        num_known++;
    }
    return users->num_slots > 0 && num_references <= num_known;
}

static int collect(Users *users, CodePatch *patch)
{
    *users = (Users){.patch = patch, .filename = patch->original.code->co_filename};
    if (import_watch_code() && import_watch_code()->co_filename == users->filename)
        search_code(users, import_watch_code());
    if (!are_all_users(users, patch))
        live_code_visit(search_holder, users);
    return users->is_incomplete ? -ENOMEM : 0;
}

static void users_deinit(Users *users)
{
    free(users->objects);
    free(users->slots);
}

/* ---------------------------------------------------------------------------------------------------
 * applying */

/* Remembers a function or a code object, without keeping it alive. */
static int remember(CodePatch *patch, PyObject *user)
{
    PyObject *reference = PyWeakref_NewRef(user, NULL);

    if (!reference) {
        PyErr_Clear();
        return -ENOMEM;
    }
    if (pointer_set_add(&patch->users, reference))
        return 0;
    Py_DECREF(reference);
    return pointer_set_has(&patch->users, reference) ? 0 : -ENOMEM; /* an object has one such reference */
}

static void set_slot(PyObject *constants, Py_ssize_t index, PyCodeObject *code)
{
    PyObject *old = PyTuple_GET_ITEM(constants, index);

    PyTuple_SET_ITEM(constants, index, Py_NewRef(code));
    Py_DECREF(old);
}

static int remember_users(CodePatch *patch, const Users *users)
{
    for (int i = 0; i < users->num_slots; i++) {
        if (remember(patch, (PyObject *)users->slots[i].owner) < 0)
            return -ENOMEM;
    }
    for (int i = 0; i < users->num_objects; i++) {
        if (PyFunction_Check(users->objects[i]) && remember(patch, users->objects[i]) < 0)
            return -ENOMEM;
    }
    return 0;
}

static void apply(const Users *users, PyCodeObject *wanted, PatchResult *result)
{
    for (int i = 0; i < users->num_slots; i++)
        set_slot(users->slots[i].constants, users->slots[i].index, wanted);
    for (int i = 0; i < users->num_objects; i++) {
        PyObject *object = users->objects[i];

        if (PyFunction_Check(object)) {
            patch_set_function((PyFunctionObject *)object, wanted);
            result->num_functions++;
            continue;
        }

        PyGenObject *generator = (PyGenObject *)object;
        /* Not that of `gi_code`: the frame may have been moved while it ran. */
        PatchedCode *code = patch_code_of(((_PyInterpreterFrame *)generator->gi_iframe)->f_code);

        if (code && patch_misses_lines(code) && !frames_move_generator(generator, code, wanted))
            result->num_suspended++;
    }

    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());

    for (; thread; thread = PyThreadState_Next(thread)) {
        if (thread->cframe)
            (void)frames_move_waiting(thread);
    }
}

static int count_running(const CodePatch *patch)
{
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    int num = 0;

    for (; thread; thread = PyThreadState_Next(thread)) {
        _PyInterpreterFrame *frame = thread->cframe ? thread->cframe->current_frame : NULL;

        for (; frame; frame = frame->previous) {
            PatchedCode *code = patch_code_of(frame->f_code);

            if (code && code->patch == patch && patch_misses_lines(code))
                num++;
        }
    }
    return num;
}

/* Whether somebody has the original besides its copies, hook_arm(), its caller, @num_suspended generators and
 * what runs it on the threads. */
static bool has_others(const CodePatch *patch, int num_suspended)
{
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    Py_ssize_t num_known = 2 + num_suspended;

    for (const PatchedCode *copy = patch->copies; copy; copy = copy->next)
        num_known++;
    for (; thread; thread = PyThreadState_Next(thread)) {
        const _PyInterpreterFrame *frame = thread->cframe ? thread->cframe->current_frame : NULL;

        for (; frame; frame = frame->previous)
            num_known += frame->f_code == patch->original.code;
    }
    return Py_REFCNT(patch->original.code) > num_known;
}

int patch_apply(CodePatch *self, PatchResult *ret_result)
{
    PatchResult result = {0};
    PyCodeObject *copy = NULL;
    Users users;
    int outcome = patch_use_copy(self, &copy);

    if (outcome < 0)
        return outcome;
    outcome = collect(&users, self);
    if (outcome == 0)
        outcome = remember_users(self, &users);
    if (outcome == 0) {
        apply(&users, copy, &result);
        result.num_running = count_running(self);
        result.has_others = interpreter_may_detach_frames() && has_others(self, result.num_suspended);
        *ret_result = result;
    }
    users_deinit(&users);
    Py_DECREF(copy); /* from here on its users keep it */
    return outcome;
}

/* --------------------------------------------------------------------------------------------------
 * reverting */

static void revert_constants(const CodePatch *patch, PyCodeObject *owner)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(owner->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(owner->co_consts, i);
        PatchedCode *code = PyCode_Check(constant) ? patch_code_of((PyCodeObject *)constant) : NULL;

        if (code && code->patch == patch && code != &patch->original)
            set_slot(owner->co_consts, i, patch->original.code);
    }
}

/* Also in copies of @owner that were made since. */
static void revert_owner(const CodePatch *patch, PyCodeObject *owner)
{
    PatchedCode *known = patch_code_of(owner);

    if (!known) {
        revert_constants(patch, owner);
        return;
    }
    revert_constants(patch, known->patch->original.code);
    for (PatchedCode *copy = known->patch->copies; copy; copy = copy->next)
        revert_constants(patch, copy->code);
}

static void revert_function(const CodePatch *patch, PyFunctionObject *function)
{
    PatchedCode *code =
        PyCode_Check(function->func_code) ? patch_code_of((PyCodeObject *)function->func_code) : NULL;

    if (code && code->patch == patch)
        patch_set_function(function, patch->original.code);
}

void patch_revert(CodePatch *self)
{
    PointerSet users = self->users;

    patch_pin(self);
    self->users = (PointerSet){0};
    for (size_t i = 0; i < users.count; i++) {
        PyObject *user = PyWeakref_GET_OBJECT((PyObject *)users.items[i]);

        Py_INCREF(user);
        if (PyFunction_Check(user))
            revert_function(self, (PyFunctionObject *)user);
        else if (PyCode_Check(user))
            revert_owner(self, (PyCodeObject *)user);
        Py_DECREF(user);
        Py_DECREF((PyObject *)users.items[i]);
    }
    pointer_set_deinit(&users);
    patch_unpin(self);
}
