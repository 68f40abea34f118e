#include "stub/native/compat.h"

#include <stdlib.h>
#include <string.h>

#include "stub/native/code_search.h"
#include "stub/native/found_code.h"
#include "stub/native/hook.h"
#include "stub/native/source_path.h"
#include "stub/native/text.h"

void found_code_init(FoundCode *self, const char *path, int line)
{
    const char *slash = strrchr(path, '/');

    memset(self, 0, sizeof(*self));
    self->line = line;
    self->base = slash ? slash + 1 : path;
    self->base_len = source_path_root_length(self->base);
}

void found_code_begin_piece(FoundCode *self, PyObject *globals)
{
    self->globals = globals;
    memset(self->others, 0, sizeof(self->others));
}

/* ------------------------------------------------------------------------------------------ file names */

static bool has_base(const FoundCode *self, PyObject *file_name)
{
    char buffer[SOURCE_PATH_BYTES_MAX];
    size_t len = (size_t)PyUnicode_GET_LENGTH(file_name);
    const char *text, *slash;

    if (len < self->base_len || len >= SOURCE_PATH_BYTES_MAX / 4)
        return false;
    if (PyUnicode_IS_COMPACT_ASCII(file_name)) {
        text = (const char *)PyUnicode_1BYTE_DATA(file_name);
    } else {
        buffer[text_to_utf8(file_name, (Py_ssize_t)len, buffer, sizeof(buffer) - 1)] = '\0';
        text = buffer;
    }
    slash = strrchr(text, '/');
    if (text[0] == '<' || strncmp(slash ? slash + 1 : text, self->base, self->base_len) != 0)
        return false;
    return source_path_same_base(text, self->base);
}

static char *copy_text(PyObject *file_name)
{
    size_t size_bytes = text_utf8_bound(file_name, PyUnicode_GET_LENGTH(file_name)) + 1;
    char *text = malloc(size_bytes);

    if (text)
        text[text_to_utf8(file_name, PyUnicode_GET_LENGTH(file_name), text, size_bytes - 1)] = '\0';
    return text;
}

static bool add_name(FoundCode *self, PyObject *file_name, size_t *ret_index)
{
    FoundName *names;
    size_t count = self->file_names.count;

    if ((count & (count - 1)) == 0) { /* the capacity is the next power of two */
        names = realloc(self->names, (count ? 2 * count : 1) * sizeof(*names));
        if (!names)
            return false;
        self->names = names;
    }
    if (!pointer_set_add(&self->file_names, file_name))
        return false;
    Py_INCREF(file_name);
    self->names[count] = (FoundName){.text = copy_text(file_name)};
    self->is_incomplete |= !self->names[count].text;
    *ret_index = count;
    return true;
}

/* Whether the name has the base; then its index. */
static bool find_name(FoundCode *self, PyObject *file_name, size_t *ret_index)
{
    PyObject **other = &self->others[((uintptr_t)file_name >> 5) % FOUND_CODE_CACHE_SIZE];

    if (*other == file_name)
        return false;
    if (pointer_set_find(&self->file_names, file_name, ret_index))
        return true;
    if (!file_name || !PyUnicode_CheckExact(file_name) || !compat_text_is_ready(file_name) ||
        !has_base(self, file_name)) {
        *other = file_name;
        return false;
    }
    if (add_name(self, file_name, ret_index))
        return true;
    self->is_incomplete = true;
    return false;
}

bool found_code_is_judged(const FoundCode *self)
{
    return self->num_judged == self->file_names.count;
}

void found_code_judge(FoundCode *self, bool (*is_meant)(void *context, const char *file_name), void *context)
{
    for (; self->num_judged < self->file_names.count; self->num_judged++) {
        FoundName *name = &self->names[self->num_judged];

        name->matches = name->text && is_meant(context, name->text);
        name->is_judged = true;
    }
}

/* ---------------------------------------------------------------------------------------------- code */

static bool add_facts(FoundCode *self, PyObject *reference, FoundCodeFacts facts)
{
    size_t count = self->codes.count;

    if ((count & (count - 1)) == 0) { /* the capacity is the next power of two */
        FoundCodeFacts *grown = realloc(self->facts, (count ? 2 * count : 1) * sizeof(*grown));

        if (!grown)
            return false;
        self->facts = grown;
    }
    if (!pointer_set_add(&self->codes, reference))
        return false;
    self->facts[count] = facts;
    return true;
}

/* The weak reference to @object that everybody shares, who has no callback. */
static PyObject *new_reference(FoundCode *self, PyObject *object)
{
    PyObject *reference = PyWeakref_NewRef(object, NULL);

    if (!reference) {
        PyErr_Clear();
        self->is_incomplete = true;
    }
    return reference;
}

/* Returns whether the code has the line; it is told once for each code object, how often ever it is used. */
static bool keep_code(FoundCode *self, PyCodeObject *code, size_t name)
{
    PyObject *reference = new_reference(self, (PyObject *)code);
    size_t index;

    if (!reference)
        return false;
    if (pointer_set_find(&self->codes, reference, &index)) {
        Py_DECREF(reference);
        if (name == FOUND_CODE_IS_MEANT)
            self->facts[index].name = name;
        return self->facts[index].has_line;
    }

    bool has_line = COMPAT_HOOKS_ARE_IN_COPIES && code_search_contains(code, self->line);

    if (!add_facts(self, reference, (FoundCodeFacts){name, has_line})) {
        Py_DECREF(reference);
        self->is_incomplete = true;
    }
    return has_line;
}

static void keep_holder(FoundCode *self, PyObject *holder)
{
    PyObject *reference = new_reference(self, holder);

    if (!reference || pointer_set_add(&self->holders, reference))
        return;
    self->is_incomplete |= !pointer_set_has(&self->holders, reference);
    Py_DECREF(reference);
}

void found_code_visit(void *context, CodeHolderKind kind, void *holder, PyCodeObject *code)
{
    FoundCode *self = context;
    size_t name;

    if (!find_name(self, code->co_filename, &name) || live_code_is_foreign(kind, holder))
        return;
    if (kind == CODE_HOLDER_FUNCTION && self->globals &&
        ((PyFunctionObject *)holder)->func_globals == self->globals)
        name = FOUND_CODE_IS_MEANT;
    if (keep_code(self, hook_original_code(code), name) && kind != CODE_HOLDER_FRAME)
        keep_holder(self, holder);
}

void found_code_add_to(const FoundCode *self, PointerSet *codes)
{
    for (size_t i = 0; i < self->codes.count; i++) {
        PyObject *code = compat_weakref_target(self->codes.items[i]);
        size_t name = self->facts[i].name;

        if (code && (name == FOUND_CODE_IS_MEANT || self->names[name].matches))
            (void)pointer_set_add(codes, code);
    }
}

static void drop_all(PointerSet *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        Py_DECREF((PyObject *)objects->items[i]);
    pointer_set_deinit(objects);
}

void found_code_deinit(FoundCode *self)
{
    for (size_t i = 0; i < self->file_names.count; i++)
        free(self->names[i].text);
    drop_all(&self->file_names);
    drop_all(&self->codes);
    drop_all(&self->holders);
    free(self->names);
    free(self->facts);
    memset(self, 0, sizeof(*self));
}
