/* Method: one call of a method of a builtin type, and what the implementations of methods have in common. The
 * types' own are in methods_of_texts.c, methods_of_containers.c and methods_of_numbers.c. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What CPython is given. */
#define METHOD_ARGUMENTS_MAX 4

typedef struct MethodCall {
    PyObject *object;
    PyObject *name;
    PyTypeObject *type;         /* the builtin one, of which the object may be a subclass's */
    PyObject *const *arguments; /* @count by place, then those that have names */
    Py_ssize_t count;
    PyObject *names; /* NULL: none */
} MethodCall;

typedef PyObject *(*MethodImplementation)(Run *run, const MethodCall *call);

/* Methods that have one implementation. A table ends with NULL. */
typedef struct KnownMethod {
    const char *names; /* separated by spaces */
    MethodImplementation implementation;
} KnownMethod;

extern const KnownMethod methods_of_text[];
extern const KnownMethod methods_of_bytes[];
extern const KnownMethod methods_of_dict[];
extern const KnownMethod methods_of_odict[];
extern const KnownMethod methods_of_list[];
extern const KnownMethod methods_of_tuple[];
extern const KnownMethod methods_of_range[];
extern const KnownMethod methods_of_set[];
extern const KnownMethod methods_of_view[];
extern const KnownMethod methods_of_int[];
extern const KnownMethod methods_of_float[];
extern const KnownMethod methods_of_complex[];
extern const KnownMethod methods_of_date[];
extern const KnownMethod methods_of_decimal[];

static inline Py_ssize_t method_num_arguments(const MethodCall *call)
{
    return call->count + (call->names ? PyTuple_GET_SIZE(call->names) : 0);
}

/* method_check_arguments() - whether they are plain texts and numbers, or a tuple of texts ("startswith").
 * False: the run has failed. */
bool method_check_arguments(Run *run, const MethodCall *call);

/* method_num_bytes() - of the characters of a str, of bytes; 8 of anything else. */
uint64_t method_num_bytes(PyObject *value);

/* method_has_word() - whether a name is among @words, which have spaces around. */
bool method_has_word(const char *words, PyObject *name);

/* method_call_cpython() - hands over to CPython: the method of the builtin type itself, which a subclass was
 * seen not to override. */
PyObject *method_call_cpython(Run *run, const MethodCall *call);

/* method_call_reading() - the same, checked and charged, for methods that read the object, or make something
 * no larger than a few times its size. */
PyObject *method_call_reading(Run *run, const MethodCall *call);

/* method_call_format() - __format__(), which classes of Python's own call as a method of str, e.g. enum's. */
PyObject *method_call_format(Run *run, const MethodCall *call);

#ifdef __cplusplus
}
#endif
