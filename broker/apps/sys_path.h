/* sys.path of one process, as it was at some moment: shared by those who need it later. One loop; not for
 * other threads. */
#pragma once

#include <stddef.h>

#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct SysPath {
    unsigned num_references;
    size_t num_entries;
    char *entries[];
} SysPath;

/* sys_path_new() - copies @entries; an entry ends at its first NUL. The caller owns one reference. NULL when
 * memory is out. */
SysPath *sys_path_new(const ProtobufCBinaryData *entries, size_t num_entries);

/* sys_path_ref(), sys_path_unref() - accept NULL; unref returns NULL. */
SysPath *sys_path_ref(SysPath *sys_path);
SysPath *sys_path_unref(SysPath *sys_path);

#ifdef __cplusplus
}
#endif
