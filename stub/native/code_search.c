#include "stub/native/compat.h"

#include <errno.h>
#include <stdio.h>

#include "stub/native/code_search.h"
#include "stub/native/hook.h"
#include "stub/native/source_path.h"
#include "stub/native/text.h"

/* Deeper nesting than CPython's compiler accepts. */
#define NESTING_MAX 200

/* Code that runs where it is made, or soon after: a class body, a comprehension, a generator expression; what
 * makes the type parameters of a function, a class or an alias, and evaluates the default values and,
 * before 3.14, the annotations of that function, under a name that no function of a user can have. Where it
 * is on the line of what makes it, a hook there is enough: two would be called for one thing that the user
 * sees. */
static bool is_part_of_its_maker(PyCodeObject *code)
{
    static const char *const NAMES[] = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"};

    if (!(code->co_flags & CO_OPTIMIZED))
        return true;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (PyUnicode_CompareWithASCIIString(code->co_name, NAMES[i]) == 0)
            return true;
    }
    return text_begins_with(code->co_name, "<generic parameters of ");
}

static bool contains(PyCodeObject *code, int line, int depth)
{
    Neighbours unused = {0};

    code = hook_original_code(code);
    if (depth > NESTING_MAX)
        return false;
    if (code_lines_search(code, line, &unused))
        return true;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

        if (PyCode_Check(constant) && contains((PyCodeObject *)constant, line, depth + 1))
            return true;
    }
    return false;
}

bool code_search_contains(PyCodeObject *code, int line)
{
    return contains(code, line, 0);
}

/* @is_in_maker: the code that has @code among its constants has the line, and still runs now and then. */
static void search(CodeSearch *self, PyCodeObject *code, bool is_in_maker, int depth)
{
    bool has_line;

    code = hook_original_code(code);
    if (depth > NESTING_MAX || pointer_set_has(&self->seen, code) || code_is_synthetic(code))
        return;
    (void)pointer_set_add(&self->seen, code);
    has_line = code_lines_search(code, self->line, &self->neighbours);
    if (has_line && !(is_in_maker && is_part_of_its_maker(code)))
        (void)pointer_set_add(&self->found, code);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

        if (PyCode_Check(constant))
            search(self, (PyCodeObject *)constant, has_line, depth + 1);
    }
}

int code_search_add(CodeSearch *self, PyCodeObject *code)
{
    search(self, code, false, 0);
    return self->seen.is_incomplete || self->found.is_incomplete ? -ENOMEM : 0;
}

void code_search_explain(const CodeSearch *self, const char *file, Status *ret_status)
{
    char path[SOURCE_PATH_BYTES_MAX + 4];
    char line[16], previous[16], next[16];
    const Neighbours *near = &self->neighbours;

    (void)snprintf(path, sizeof path, "%.*s.py", (int)source_path_root_length(file), file);
    (void)snprintf(line, sizeof line, "%d", self->line);
    (void)snprintf(previous, sizeof previous, "%d", near->previous);
    (void)snprintf(next, sizeof next, "%d", near->next);
    if (near->previous && near->next)
        status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
                   "No code found at line $0 in $1. Try lines $2 or $3.", 4, line, path, previous, next);
    else if (near->previous || near->next)
        status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
                   "No code found at line $0 in $1. Try line $2.", 3, line, path,
                   near->previous ? previous : next);
    else
        status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
                   "No code found at line $0 in $1", 2, line, path);
}

void code_search_deinit(CodeSearch *self)
{
    pointer_set_deinit(&self->seen);
    pointer_set_deinit(&self->found);
}
