/* Sort: in the order of `<`, as list.sort() has it, with comparisons of compare.h. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* sort_list() - sorts @list, which is ours, by @keys, a list of as many values (ours too, and sorted with
 * it); NULL: by its own. Equal ones keep their order, also if @is_reversed. False: the run has failed, and
 * the lists are in some order. */
bool sort_list(Run *run, PyObject *list, PyObject *keys, bool is_reversed);

#ifdef __cplusplus
}
#endif
