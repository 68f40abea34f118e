/* Constant: what a hooked code object has among its constants, and asks for its truth where a line begins
 * (CPython 3.6 to 3.10). It is the patch itself. To the app it is an object that does nothing, can be
 * pickled, and is as false as what it becomes then. Holds the GIL. */
#pragma once

#include "stub/native/hook_trampoline_patch.h"

/* constant_init() - once per process. 0 or -ENOMEM. */
int constant_init(void);

/* constant_new() - an empty patch: a new reference, or NULL when memory is out. */
CodePatch *constant_new(void);
