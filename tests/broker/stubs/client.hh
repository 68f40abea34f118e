/* The stub's end of a session, by hand: a socket, and messages to put on it. For tests. */
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "proto/snapshot.pb-c.h"

/* The bytes of a StubMessage; @set chooses the member of the oneof. */
template <typename Setter> std::string stub_message(Setter set)
{
    Snapshot__StubMessage message = SNAPSHOT__STUB_MESSAGE__INIT;

    set(&message);
    std::string packet(snapshot__stub_message__get_packed_size(&message), '\0');
    snapshot__stub_message__pack(&message, reinterpret_cast<uint8_t *>(&packet[0]));
    return packet;
}

inline std::string hello_packet(uint32_t version = 1)
{
    Snapshot__Hello hello = SNAPSHOT__HELLO__INIT;

    hello.protocol_version = version;
    hello.pid = 42;
    return stub_message([&](Snapshot__StubMessage *message) {
        message->message_case = SNAPSHOT__STUB_MESSAGE__MESSAGE_HELLO;
        message->hello = &hello;
    });
}

inline std::string capture_packet(const char *id, uint64_t sequence)
{
    Snapshot__Capture capture = SNAPSHOT__CAPTURE__INIT;

    capture.breakpoint_id = const_cast<char *>(id);
    capture.sequence = sequence;
    return stub_message([&](Snapshot__StubMessage *message) {
        message->message_case = SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE;
        message->capture = &capture;
    });
}

using BrokerMessagePointer = std::unique_ptr<Snapshot__BrokerMessage, void (*)(Snapshot__BrokerMessage *)>;

inline void free_broker_message(Snapshot__BrokerMessage *message)
{
    snapshot__broker_message__free_unpacked(message, nullptr);
}

class Client
{
  public:
    explicit Client(const std::string &path)
    {
        struct sockaddr_un address = {};

        fd_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        address.sun_family = AF_UNIX;
        strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        if (connect(fd_, reinterpret_cast<struct sockaddr *>(&address), sizeof address) < 0) {
            error_ = errno;
            hang_up();
        }
    }

    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    ~Client()
    {
        hang_up();
    }

    /* 0, or the errno of connect(). */
    int error() const
    {
        return error_;
    }

    int fd() const
    {
        return fd_;
    }

    void hang_up()
    {
        if (fd_ >= 0)
            close(fd_);
        fd_ = -1;
    }

    /* 0 or a negative errno. */
    int send(const std::string &packet)
    {
        return ::send(fd_, packet.data(), packet.size(), MSG_NOSIGNAL) < 0 ? -errno : 0;
    }

    int send_with_descriptors(const std::string &packet, const std::vector<int> &fds)
    {
        std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
        struct iovec part = {const_cast<char *>(packet.data()), packet.size()};
        struct msghdr header = {};

        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
        memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
        return sendmsg(fd_, &header, MSG_NOSIGNAL) < 0 ? -errno : 0;
    }

    /* What has come: 1: a message; 0: the broker has closed; -EAGAIN: nothing yet. */
    int receive(BrokerMessagePointer *ret)
    {
        std::string packet(1 << 18, '\0');
        ssize_t size = recv(fd_, &packet[0], packet.size(), MSG_DONTWAIT);

        if (size < 0 && errno == EAGAIN)
            return -EAGAIN;
        if (size <= 0)
            return 0;
        ret->reset(snapshot__broker_message__unpack(nullptr, static_cast<size_t>(size),
                                                    reinterpret_cast<const uint8_t *>(packet.data())));
        EXPECT_NE(ret->get(), nullptr);
        return 1;
    }

  private:
    int fd_ = -1;
    int error_ = 0;
};
