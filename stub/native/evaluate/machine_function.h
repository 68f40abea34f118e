/* Machine, functions of the app: their variables, what they import and raise, and the containers that they
 * have made themselves. */
#pragma once

#include "stub/native/evaluate/machine_state.h"

/* machine_run_function_instruction() - one of those that only functions have. False: the run has failed. */
bool machine_run_function_instruction(Machine *self, const Instruction *instruction);

/* machine_raise_unbound() - returns NULL: the variable of this instruction has no value. */
PyObject *machine_raise_unbound(Machine *self, const Instruction *instruction);
