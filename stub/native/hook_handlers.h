/* Handlers: where exceptions go, and how high the stack is, in bytecode that is being decoded.
 *
 * CPython 3.11 and later has a table of handlers (hook_handlers_table.c). Up to 3.10 instructions set up and
 * pop blocks (hook_trampoline_blocks.c). Only bytecode_init() uses this. */
#pragma once

#include "stub/native/hook_bytecode.h"

/* hook_handlers_find() - fills the handlers and the depths of @self, whose instructions and targets are
 * there.
 * @index_of_unit: for each code unit the instruction that begins there, -1 for none; may be overwritten, and
 * has room for @num_units + 1.
 * Returns 0, -ENOMEM, or -EINVAL (not as CPython's compiler would have made it). */
int hook_handlers_find(Bytecode *self, PyCodeObject *code, int *index_of_unit, int num_units);
