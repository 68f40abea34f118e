#include "broker/apps/sys_path.h"

#include <stdlib.h>
#include <string.h>

SysPath *sys_path_new(const ProtobufCBinaryData *entries, size_t num_entries)
{
    SysPath *sys_path = malloc(sizeof *sys_path + num_entries * sizeof *sys_path->entries);

    if (!sys_path)
        return NULL;
    sys_path->num_references = 1;
    for (sys_path->num_entries = 0; sys_path->num_entries < num_entries; sys_path->num_entries++) {
        const ProtobufCBinaryData *entry = &entries[sys_path->num_entries];
        /* strndup() must not be given the NULL that an empty field has. */
        char *copy = entry->len ? strndup((const char *)entry->data, entry->len) : strdup("");

        if (!copy)
            return sys_path_unref(sys_path);
        sys_path->entries[sys_path->num_entries] = copy;
    }
    return sys_path;
}

SysPath *sys_path_ref(SysPath *sys_path)
{
    if (sys_path)
        sys_path->num_references++;
    return sys_path;
}

SysPath *sys_path_unref(SysPath *sys_path)
{
    if (!sys_path || --sys_path->num_references > 0)
        return NULL;
    for (size_t i = 0; i < sys_path->num_entries; i++)
        free(sys_path->entries[i]);
    free(sys_path);
    return NULL;
}
