/* Where the socket and the state are if nobody says. Pure but for the look at the folders. */
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DEFAULT_SOCKET_HELP                                                                                  \
    "/run/snapshot-broker/broker.sock, else $XDG_RUNTIME_DIR/snapshot-broker/broker.sock, else "             \
    "/tmp/snapshot-broker-<uid>/broker.sock"
#define DEFAULT_STATE_HELP                                                                                   \
    "/var/lib/snapshot-broker, else $XDG_STATE_HOME/snapshot-broker, else "                                  \
    "~/.local/state/snapshot-broker"

/* What the choice depends on; default_places() fills it from the environment of this process. */
typedef struct DefaultPlaces {
    const char *run_dir;     /* "/run" */
    const char *lib_dir;     /* "/var/lib" */
    const char *runtime_dir; /* $XDG_RUNTIME_DIR; NULL: none */
    const char *state_home;  /* $XDG_STATE_HOME; NULL: none */
    const char *home;        /* $HOME; NULL: none */
    unsigned uid;
} DefaultPlaces;

void default_places(DefaultPlaces *ret);

/* default_socket_path() - the first of DEFAULT_SOCKET_HELP whose folder is writable, or can be made.
 * *ret_is_private: its folder is in one that anybody may write to, and must be checked. The stubs look in the
 * same places, in the same order. From malloc(); NULL when memory is out. */
char *default_socket_path(const DefaultPlaces *places, bool *ret_is_private);

/* default_state_dir() - likewise with DEFAULT_STATE_HELP; "" if there is none. */
char *default_state_dir(const DefaultPlaces *places);

#ifdef __cplusplus
}
#endif
