#include "broker/default_paths.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/util/cleanup.h"

#define NAME "snapshot-broker"

void default_places(DefaultPlaces *ret)
{
    *ret = (DefaultPlaces){
        .run_dir = "/run",
        .lib_dir = "/var/lib",
        .runtime_dir = getenv("XDG_RUNTIME_DIR"),
        .state_home = getenv("XDG_STATE_HOME"),
        .home = getenv("HOME"),
        .uid = (unsigned)geteuid(),
    };
}

static bool is_absolute(const char *path)
{
    return path && path[0] == '/';
}

/* Whether <parent>/snapshot-broker is ours to write to, or can be made. */
static bool is_usable(const char *parent)
{
    AUTO_FREE char *folder = NULL;

    if (asprintf(&folder, "%s/" NAME, parent) < 0) {
        folder = NULL;
        return false;
    }
    if (access(folder, W_OK | X_OK) == 0)
        return true;
    return errno == ENOENT && access(parent, W_OK | X_OK) == 0;
}

__attribute__((format(printf, 1, 2))) static char *path_of(const char *format, ...)
{
    char *path = NULL;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vasprintf(&path, format, arguments);
    va_end(arguments);
    return length < 0 ? NULL : path;
}

char *default_socket_path(const DefaultPlaces *places, bool *ret_is_private)
{
    *ret_is_private = false;
    if (is_usable(places->run_dir))
        return path_of("%s/" NAME "/broker.sock", places->run_dir);
    if (is_absolute(places->runtime_dir) && is_usable(places->runtime_dir))
        return path_of("%s/" NAME "/broker.sock", places->runtime_dir);
    *ret_is_private = true;
    return path_of("/tmp/" NAME "-%u/broker.sock", places->uid);
}

char *default_state_dir(const DefaultPlaces *places)
{
    if (is_usable(places->lib_dir))
        return path_of("%s/" NAME, places->lib_dir);
    if (is_absolute(places->state_home))
        return path_of("%s/" NAME, places->state_home);
    if (is_absolute(places->home))
        return path_of("%s/.local/state/" NAME, places->home);
    return strdup("");
}
