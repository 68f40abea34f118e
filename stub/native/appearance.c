#include "stub/native/appearance.h"

#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* IN_ATTRIB: a broker may open its socket to others only after it made it. */
#define EVENTS (IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

/* Watches the deepest folder of @path that exists. */
static void watch_path(Appearance *appearance, const char *path)
{
    char folder[ADDRESS_PATH_BYTES_MAX];
    char *slash;

    strcpy(folder, path); /* the bound of both is the same */
    while ((slash = strrchr(folder, '/')) != NULL) {
        const char *name = path + (slash - folder) + 1;
        int watch;

        slash[slash == folder ? 1 : 0] = '\0';
        watch = inotify_add_watch(appearance->descriptor.fd, folder, EVENTS);
        if (watch >= 0) {
            appearance->places[appearance->num_places].watch = watch;
            appearance->places[appearance->num_places].name = name;
            appearance->places[appearance->num_places].name_len = strcspn(name, "/");
            appearance->num_places++;
            return;
        }
        if (slash == folder)
            return;
    }
}

void appearance_init(Appearance *appearance, const Address *address)
{
    *appearance = (Appearance){.descriptor = descriptor_own(inotify_init1(IN_NONBLOCK | IN_CLOEXEC))};
    if (appearance->descriptor.fd < 0)
        return;
    for (size_t i = 0; i < address->num_paths; i++)
        watch_path(appearance, address->paths[i]);
}

static bool is_awaited(const Appearance *appearance, const struct inotify_event *event)
{
    if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_Q_OVERFLOW))
        return true;
    for (size_t i = 0; i < appearance->num_places; i++) {
        if (appearance->places[i].watch == event->wd && event->len > 0 &&
            strlen(event->name) == appearance->places[i].name_len &&
            memcmp(event->name, appearance->places[i].name, appearance->places[i].name_len) == 0)
            return true;
    }
    return false;
}

bool appearance_read(Appearance *appearance)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    bool has_appeared = false;
    ssize_t len;

    if (!descriptor_is_ours(&appearance->descriptor))
        return true;
    len = read(appearance->descriptor.fd, buffer, sizeof(buffer));

    for (ssize_t offset = 0; offset < len;) {
        const struct inotify_event *event = (const struct inotify_event *)(buffer + offset);

        has_appeared |= is_awaited(appearance, event);
        offset += (ssize_t)(sizeof(*event) + event->len);
    }
    return has_appeared;
}

void appearance_deinit(Appearance *appearance)
{
    descriptor_close(&appearance->descriptor);
    appearance->num_places = 0;
}
