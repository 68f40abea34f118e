/* Found code: what a walk over the live code has found of the files that somebody looks for, kept by weak
 * references, for between the pieces of the walk everything may die.
 *
 * While the GIL is held only the last component of a file name is compared. Whether the file is the one that
 * is meant may need to ask the file system; that is done without the GIL, once for each name. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>

#include "stub/native/live_code.h"
#include "stub/native/pointer_set.h"

#define FOUND_CODE_CACHE_SIZE 64

/* A name that code bears. */
typedef struct FoundName {
    char *text; /* owned; NULL: memory was out */
    bool is_judged;
    bool matches;
} FoundName;

typedef struct FoundCodeFacts {
    size_t name;   /* index of its name, or FOUND_CODE_IS_MEANT */
    bool has_line; /* or code that is nested in it has */
} FoundCodeFacts;

typedef struct FoundCode {
    int line;
    const char *base; /* borrowed: code of files whose last component is the same, the extension aside */
    size_t base_len;
    PyObject *globals; /* borrowed: functions with these are meant if only that component is right; or NULL */

    PointerSet file_names; /* co_filename of code, owned */
    FoundName *names;      /* of the same index */
    size_t num_judged;

    PointerSet codes;      /* weak references to code objects that the app's compiler made, owned */
    FoundCodeFacts *facts; /* of the same index */
    PointerSet holders;    /* weak references to functions and generators, owned: see live_code_assume() */
    bool is_incomplete;    /* memory was out */

    /* File names that this piece has found to be others. */
    PyObject *others[FOUND_CODE_CACHE_SIZE];
} FoundCode;

#define FOUND_CODE_IS_MEANT ((size_t)-1)

/* found_code_init() - @path is borrowed: the file that is looked for. Where functions are given copies of
 * code objects, those that may have to be given one for @line are kept as well. */
void found_code_init(FoundCode *self, const char *path, int line);

/* found_code_begin_piece() - before the first found_code_visit() under one holding of the GIL. */
void found_code_begin_piece(FoundCode *self, PyObject *globals);

/* found_code_visit() - a CodeHolderVisitor; its context is the FoundCode. No collection may be possible. */
void found_code_visit(void *context, CodeHolderKind kind, void *holder, PyCodeObject *code);

/* found_code_is_judged() - whether all names have been. */
bool found_code_is_judged(const FoundCode *self);

/* found_code_judge() - asks about each new name whether it is meant. Without the GIL. */
void found_code_judge(FoundCode *self, bool (*is_meant)(void *context, const char *file_name), void *context);

/* found_code_add_to() - adds what lives of the code that is meant to @codes, which borrows it: the code that
 * the app's compiler made, not a copy with hooks. */
void found_code_add_to(const FoundCode *self, PointerSet *codes);

void found_code_deinit(FoundCode *self);
