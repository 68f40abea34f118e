#include "stub/native/wakeup.h"

#include <errno.h>
#include <sys/socket.h>

int wakeup_init(Wakeup *wakeup)
{
    int ends[2];

    *wakeup = (Wakeup){DESCRIPTOR_NONE, DESCRIPTOR_NONE};
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return -errno;
    *wakeup = (Wakeup){descriptor_own(ends[0]), descriptor_own(ends[1])};
    return 0;
}

bool wakeup_send(const Wakeup *wakeup)
{
    if (!descriptor_is_ours(&wakeup->writable))
        return false;
    /* A full one wakes as well as one packet more. */
    (void)send(wakeup->writable.fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    return true;
}

bool wakeup_clear(const Wakeup *wakeup)
{
    char byte;

    if (!descriptor_is_ours(&wakeup->readable) || !descriptor_is_ours(&wakeup->writable))
        return false;
    while (recv(wakeup->readable.fd, &byte, sizeof(byte), MSG_DONTWAIT) >= 0)
        ;
    return true;
}

void wakeup_deinit(Wakeup *wakeup)
{
    descriptor_close(&wakeup->readable);
    descriptor_close(&wakeup->writable);
}
