/* What the id of a Google Cloud project looks like. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Google's have at most 30; with "-default-rtdb" after it it is still a label of a host's name. */
#define PROJECT_ID_BYTES_MAX 50

/* project_id_is_valid() - @text, which need not end in a NUL, may be one that has default databases: these
 * are named after it. That of a domain, "example.com:shop", has none. */
bool project_id_is_valid(const char *text, size_t length);

#ifdef __cplusplus
}
#endif
