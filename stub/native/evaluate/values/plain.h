/* Plain: what may be asked of values without running code of the app: kinds, truth, length,
 * repr().
 *
 * A slot of a type is used only if it is the very function of a builtin type: a subclass that did not
 * override it behaves as the builtin does, one that did is refused. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"
#include "stub/native/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum Kind {
    KIND_OTHER,
    KIND_NONE,
    KIND_BOOL,
    KIND_INT,
    KIND_FLOAT,
    KIND_COMPLEX,
    KIND_TEXT,
    KIND_BYTES,
    KIND_TUPLE,
    KIND_LIST,
    KIND_DICT,
    KIND_SET, /* or frozenset */
    KIND_RANGE,
    KIND_DATE,    /* date, timedelta, timezone; time and datetime without tzinfo or with one in C */
    KIND_DECIMAL, /* only to be given to CPython between decimals_check() and the end of the run */
} Kind;

/* kind_of() - of values whose type is exactly the builtin one. */
Kind kind_of(PyObject *value);

static inline bool kind_is_number(Kind kind)
{
    return kind >= KIND_BOOL && kind <= KIND_COMPLEX;
}

/* Numbers, None, str, bytes, dates: nothing in them. */
static inline bool kind_is_scalar(Kind kind)
{
    return (kind >= KIND_NONE && kind <= KIND_BYTES) || kind == KIND_DATE;
}

/* plain_is_unready() - whether it is a str whose characters CPython has yet to move to their place: what
 * would make it do so is refused. */
bool plain_is_unready(PyObject *value);

/* plain_is_deep() - whether the value and all in it are of builtin types, so that functions of CPython may be
 * given it. False also when the run has failed. */
bool plain_is_deep(Run *run, PyObject *value);

/* plain_truth() - 1 or 0; -1: the run has failed. */
int plain_truth(Run *run, PyObject *value);

/* plain_length() - -1: the run has failed. */
Py_ssize_t plain_length(Run *run, PyObject *value);

/* plain_inherits() - whether a subclass of @base has @base's own method @name (UTF-8), so that what @base
 * does is what the app would get. For methods like dict.__getitem__, which CPython calls by name even where
 * nobody overrides them: their slots do not tell. */
bool plain_inherits(PyTypeObject *type, PyTypeObject *base, const char *name);

/* What repr() of some values makes, at most, and takes. Starts as zero. */
typedef struct PlainBound {
    uint64_t num_chars;
    int char_bytes; /* of the widest character: one makes the whole text wider */
    uint64_t units; /* of work, beside that of writing the characters */
} PlainBound;

/* plain_add_repr() - of a value and all in it. False: it is too much, and the run has failed; or repr() is
 * not C code of builtin types. */
bool plain_add_repr(Run *run, PyObject *value, PlainBound *bound);

/* plain_charge_bound() - charges what it all takes. */
bool plain_charge_bound(Run *run, const PlainBound *bound);

/* plain_is_printable() - whether repr() is C code of builtin types and its result is of bounded size,
 * charged. */
bool plain_is_printable(Run *run, PyObject *value);

/* plain_printability() - the same: 1 or 0; -1: the run has failed. */
int plain_printability(Run *run, PyObject *value);

/* plain_check_decimal() - whether C code makes a text of this int, or of what is none: for larger ones
 * CPython has a module in Python since 3.12 (Lib/_pylong.py). False: the run has failed. */
bool plain_check_decimal(Run *run, PyObject *value);

/* plain_check_division() - the same of // and divmod() of two ints. */
bool plain_check_division(Run *run, PyObject *a, PyObject *b);

typedef enum ViewKind { VIEW_NONE, VIEW_KEYS, VIEW_VALUES, VIEW_ITEMS } ViewKind;

/* plain_view_kind() - of a view of a dict or an OrderedDict, of the very type. */
ViewKind plain_view_kind(PyObject *value);

/* plain_is_deque() - whether it is a collections.deque, of the very type. */
bool plain_is_deque(PyObject *value);

/* plain_view_dict() - the dict behind such a view, borrowed; else NULL. */
PyObject *plain_view_dict(PyObject *value);

/* plain_repr() - repr() of a small value for a message: cut, with a NUL. Others by their type. Returns
 * @buffer. */
const char *plain_repr(Run *run, PyObject *value, char *buffer, size_t size_bytes);

#ifdef __cplusplus
}
#endif
