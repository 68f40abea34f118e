#include "stub/native/session.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

int session_send_hello(const Session *session, const uint8_t *packet, size_t len_bytes, int credentials_fd)
{
    struct iovec content = {.iov_base = (void *)packet, .iov_len = len_bytes};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1};

    if (credentials_fd >= 0) {
        memset(&control, 0, sizeof(control));
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &credentials_fd, sizeof(int));
        message.msg_control = &control;
        message.msg_controllen = CMSG_LEN(sizeof(int));
    }
    return sendmsg(session->socket.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int session_receive(const Session *session, Snapshot__BrokerMessage **ret_message)
{
    /* Of the one link thread. One byte more than allowed, to know a packet that is too large. */
    static uint8_t buffer[SESSION_PACKET_BYTES_MAX + 1];
    Snapshot__BrokerMessage *message;
    ssize_t len;

    if (!descriptor_is_ours(&session->socket))
        return -EBADF;
    /* ECONNRESET: the kernel reports once that the broker closed without reading all that we sent. What it
     * had sent comes after that. */
    for (int num_attempts = 0;; num_attempts++) {
        len = recv(session->socket.fd, buffer, sizeof(buffer), MSG_DONTWAIT);
        if (len >= 0 || num_attempts > 3 || (errno != EINTR && errno != ECONNRESET))
            break;
    }
    if (len < 0)
        return errno == EAGAIN ? SESSION_E_NOTHING : -ECONNRESET;
    if (len == 0) /* the end, or an empty packet, which no broker sends */
        return -ECONNRESET;
    if (len > SESSION_PACKET_BYTES_MAX)
        return -EPROTO;
    message = snapshot__broker_message__unpack(NULL, (size_t)len, buffer);
    if (!message)
        return -EPROTO;
    *ret_message = message;
    return 0;
}

void session_close(Session *session)
{
    descriptor_close(&session->socket);
    session->is_accepted = false;
}
