/* Decimals: arithmetic of decimal.Decimal without a trace in the app's decimal context.
 *
 * Every operation, and many a question, asks for the context of the thread, makes one where there is none,
 * and sets its flags. So before the first of a run a copy of the thread's variables is entered, with a copy
 * of its decimal context in it; when the run ends both are left. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* decimals_is() - whether it is of the very type in C. */
bool decimals_is(PyObject *value);

/* decimals_enter() - before CPython is asked anything about a Decimal. False: the run has failed. */
bool decimals_enter(Run *run);

/* decimals_leave() - when the run ends, whether it has entered or not. */
void decimals_leave(Run *run);

/* decimals_check() - decimals_enter(), and whether @value, a Decimal or not, is of a size to compute with.
 * False: the run has failed. */
bool decimals_check(Run *run, PyObject *value);

/* decimals_num_digits() - of its coefficient. */
uint64_t decimals_num_digits(PyObject *value);

/* decimals_check_plain() - the same for what writes the number out: int(), round(), format(). */
bool decimals_check_plain(Run *run, PyObject *value);

#ifdef __cplusplus
}
#endif
