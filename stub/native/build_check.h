/* Build check: whether the interpreter that loads the module is one that the module was built for. What reads
 * memory by layout must not begin in another. Holds the GIL. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* build_check() - NULL, or why not, for people: written to @buffer. Uses only what every build of CPython
 * has. */
const char *build_check(char *buffer, size_t size_bytes);

#ifdef __cplusplus
}
#endif
