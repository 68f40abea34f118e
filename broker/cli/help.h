/* --help, printed from the tables that the parser reads by. */
#pragma once

#include <stdio.h>

#include "broker/cli/arguments.h"

#ifdef __cplusplus
extern "C" {
#endif

/* help_print() - of one command, or (@command is NULL) of the whole tool. */
void help_print(const Command commands[], const Command *command, FILE *stream);

#ifdef __cplusplus
}
#endif
