/* Compat functools: the structs of the module _functools that are read field by field
 * (Modules/_functoolsmodule.c). */
#pragma once

#include "stub/native/compat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The beginning of functools.partial, the same in all versions. */
typedef struct Partial {
    PyObject_HEAD PyObject *function;
    PyObject *arguments;
    PyObject *keywords;
} Partial;

/* What a cache with a limit keeps in its dict. */
typedef struct LruLink {
    PyObject_HEAD struct LruLink *previous;
    struct LruLink *next;
    Py_hash_t hash;
    PyObject *key;
    PyObject *result;
} LruLink;

/* The beginning of what functools.lru_cache() makes. */
typedef struct LruCache {
    LruLink root;
#if PY_VERSION_HEX >= 0x03070000
    void *wrapper;
    int is_typed;
    PyObject *dict;
    Py_ssize_t num_hits;
    PyObject *function;
#else
    Py_ssize_t max_size;
    PyObject *max_size_object;
    PyObject *function;
    void *wrapper;
    PyObject *dict;
    PyObject *info_type;
    Py_ssize_t num_misses;
    Py_ssize_t num_hits;
    int is_typed;
#endif
} LruCache;

#ifdef __cplusplus
}
#endif
