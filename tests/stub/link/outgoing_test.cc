#include "stub/native/outgoing.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace
{

class OutgoingTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(outgoing_init(&outgoing_), 0);
        connect();
    }
    void TearDown() override
    {
        outgoing_deinit(&outgoing_);
        descriptor_close(&socket_);
        close(peer_);
    }
    void connect()
    {
        int ends[2];
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
        socket_ = descriptor_own(ends[0]);
        peer_ = ends[1];
    }
    void reconnect()
    {
        outgoing_close(&outgoing_);
        descriptor_close(&socket_);
        close(peer_);
        connect();
        outgoing_open(&outgoing_, &socket_);
    }
    int send(const std::string &packet, OutgoingKind kind = OUTGOING_LOG_ENTRY)
    {
        return outgoing_send(&outgoing_, kind, reinterpret_cast<const uint8_t *>(packet.data()),
                             packet.size(), &must_wake_);
    }
    int send_capture(const std::string &packet, uint64_t sequence)
    {
        return outgoing_send_capture(&outgoing_, reinterpret_cast<const uint8_t *>(packet.data()),
                                     packet.size(), sequence, &must_wake_);
    }
    /* Everything that has arrived. */
    std::vector<std::string> received()
    {
        std::vector<std::string> packets;
        std::vector<char> buffer(OUTGOING_PACKET_BYTES_MAX);
        ssize_t len;
        while ((len = recv(peer_, buffer.data(), buffer.size(), 0)) > 0)
            packets.emplace_back(buffer.data(), static_cast<size_t>(len));
        return packets;
    }

    Outgoing outgoing_ = {};
    Descriptor socket_ = DESCRIPTOR_NONE;
    int peer_ = -1;
    bool must_wake_ = false;
};

using Packets = std::vector<std::string>;

TEST_F(OutgoingTest, SendsAtOnceIntoAnOpenSession)
{
    outgoing_open(&outgoing_, &socket_);
    EXPECT_EQ(send("packet"), 0);
    EXPECT_FALSE(must_wake_);
    EXPECT_EQ(received(), Packets{"packet"});
}

TEST_F(OutgoingTest, WithoutASessionPacketsWaitForOne)
{
    EXPECT_EQ(send("first"), 0);
    EXPECT_FALSE(must_wake_);
    EXPECT_EQ(send("second"), 0);
    outgoing_open(&outgoing_, &socket_);
    EXPECT_EQ(outgoing_drain(&outgoing_), 0);
    EXPECT_EQ(received(), (Packets{"first", "second"}));
    EXPECT_TRUE(ring_is_empty(&outgoing_.packets));
}

TEST_F(OutgoingTest, NothingOvertakesWhatWaits)
{
    send("first");
    outgoing_open(&outgoing_, &socket_);
    EXPECT_EQ(send("second"), 0);
    EXPECT_TRUE(must_wake_);
    EXPECT_EQ(outgoing_drain(&outgoing_), 0);
    EXPECT_EQ(received(), (Packets{"first", "second"}));
}

TEST_F(OutgoingTest, AFullSocketFillsTheRingAndThenDropsAreCounted)
{
    outgoing_open(&outgoing_, &socket_);
    std::string packet(60000, 'x');
    int num_accepted = 0;
    while (send(packet) == 0) {
        num_accepted++;
        ASSERT_LT(num_accepted, 1000);
    }
    EXPECT_EQ(outgoing_.num_dropped, 1u);
    EXPECT_EQ(outgoing_drain(&outgoing_), OUTGOING_MUST_WAIT);
    size_t num_received = 0;
    for (;;) {
        size_t num_now = received().size();
        num_received += num_now;
        if (outgoing_drain(&outgoing_) == 0 && num_now == 0)
            break;
    }
    EXPECT_EQ(num_received, static_cast<size_t>(num_accepted));
}

TEST_F(OutgoingTest, LogEntriesLeaveRoomForTheOthers)
{
    while (send(std::string(1000, 'x')) == 0) {
    }
    EXPECT_EQ(send("entry"), -ENOBUFS);
    EXPECT_EQ(send(std::string(100000, 's'), OUTGOING_STATE), 0);
    outgoing_open(&outgoing_, &socket_);
    std::vector<std::string> all;
    while (outgoing_drain(&outgoing_) != 0) {
        for (const std::string &packet : received())
            all.push_back(packet);
    }
    for (const std::string &packet : received())
        all.push_back(packet);
    EXPECT_EQ(all.back(), std::string(100000, 's'));
}

TEST_F(OutgoingTest, APacketThatIsTooLargeIsRefused)
{
    outgoing_open(&outgoing_, &socket_);
    EXPECT_EQ(send(std::string(OUTGOING_PACKET_BYTES_MAX + 1, 'x')), -EMSGSIZE);
    EXPECT_EQ(send(""), -EMSGSIZE);
    EXPECT_EQ(send_capture(std::string(OUTGOING_PACKET_BYTES_MAX + 1, 'x'), 1), -EMSGSIZE);
    EXPECT_EQ(outgoing_.num_too_large, 3u);
    EXPECT_EQ(received(), Packets{});
    EXPECT_EQ(send(std::string(OUTGOING_PACKET_BYTES_MAX, 'x')), 0);
    EXPECT_EQ(received().size(), 1u);
}

TEST_F(OutgoingTest, ACaptureIsSentAgainUntilItIsAcknowledged)
{
    outgoing_open(&outgoing_, &socket_);
    EXPECT_EQ(send_capture("one", 1), 0);
    EXPECT_EQ(send_capture("two", 2), 0);
    EXPECT_EQ(received(), (Packets{"one", "two"}));
    EXPECT_EQ(outgoing_drain(&outgoing_), 0);
    EXPECT_EQ(received(), Packets{}); /* not twice in one session */
    outgoing_acknowledge(&outgoing_, 1);
    outgoing_acknowledge(&outgoing_, 77);
    reconnect();
    EXPECT_EQ(outgoing_drain(&outgoing_), 0);
    EXPECT_EQ(received(), Packets{"two"});
    outgoing_acknowledge(&outgoing_, 2);
    reconnect();
    EXPECT_EQ(outgoing_drain(&outgoing_), 0);
    EXPECT_EQ(received(), Packets{});
    EXPECT_TRUE(ring_is_empty(&outgoing_.captures));
}

TEST_F(OutgoingTest, ACaptureWithoutASessionWaitsForOne)
{
    EXPECT_EQ(send_capture("one", 1), 0);
    outgoing_open(&outgoing_, &socket_);
    EXPECT_EQ(outgoing_drain(&outgoing_), 0);
    EXPECT_EQ(received(), Packets{"one"});
}

TEST_F(OutgoingTest, TooManyUnacknowledgedCapturesAreRefused)
{
    outgoing_open(&outgoing_, &socket_);
    std::string packet(OUTGOING_PACKET_BYTES_MAX, 'x');
    uint64_t sequence = 0;
    while (send_capture(packet, ++sequence) == 0)
        received();
    EXPECT_EQ(sequence, 8u); /* the eighth did not fit */
    EXPECT_EQ(outgoing_.num_dropped, 0u);
    outgoing_acknowledge(&outgoing_, 1);
    outgoing_acknowledge(&outgoing_, 2);
    EXPECT_EQ(send_capture(packet, sequence), 0);
}

TEST_F(OutgoingTest, APeerThatIsGoneEndsTheSessionAndLosesNoCapture)
{
    outgoing_open(&outgoing_, &socket_);
    close(peer_);
    EXPECT_EQ(send_capture("one", 1), 0);
    EXPECT_TRUE(must_wake_);
    EXPECT_EQ(outgoing_drain(&outgoing_), -EPIPE);
    reconnect();
    EXPECT_EQ(outgoing_drain(&outgoing_), 0);
    EXPECT_EQ(received(), Packets{"one"});
}

TEST_F(OutgoingTest, WritesNothingToTheAppsFileUnderTheSameNumber)
{
    int ends[2];
    outgoing_open(&outgoing_, &socket_);
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
    ASSERT_EQ(dup2(ends[0], socket_.fd), socket_.fd);
    EXPECT_EQ(send("packet"), 0);
    EXPECT_TRUE(must_wake_);
    EXPECT_EQ(outgoing_drain(&outgoing_), -EBADF);
    char byte;
    EXPECT_EQ(recv(ends[1], &byte, 1, 0), -1);
    close(socket_.fd);
    close(ends[0]);
    close(ends[1]);
}

TEST_F(OutgoingTest, TheChildOfAForkHasNothingToSend)
{
    outgoing_open(&outgoing_, &socket_);
    send_capture("parent's", 1);
    outgoing_reset(&outgoing_);
    received();
    outgoing_open(&outgoing_, &socket_);
    EXPECT_EQ(outgoing_drain(&outgoing_), 0);
    EXPECT_EQ(received(), Packets{});
}

TEST_F(OutgoingTest, SendersAndReconnectsDoNotLoseCaptures)
{
    constexpr uint64_t kCaptures = 2000;
    std::atomic<bool> is_over = false;
    std::vector<bool> seen(kCaptures + 1);
    std::thread sender([&] {
        for (uint64_t sequence = 1; sequence <= kCaptures;) {
            bool must_wake;
            std::string packet = std::to_string(sequence);
            if (outgoing_send_capture(&outgoing_, reinterpret_cast<const uint8_t *>(packet.data()),
                                      packet.size(), sequence, &must_wake) == 0)
                sequence++;
            else
                std::this_thread::yield();
        }
        is_over = true;
    });
    auto take = [&] {
        for (const std::string &packet : received()) {
            seen[std::stoul(packet)] = true;
            outgoing_acknowledge(&outgoing_, std::stoul(packet));
        }
    };
    outgoing_open(&outgoing_, &socket_);
    for (int round = 0; !is_over || !ring_is_empty(&outgoing_.captures); round++) {
        (void)outgoing_drain(&outgoing_);
        if (round % 3 == 0)
            take();
        if (round % 7 == 0)
            reconnect();
    }
    sender.join();
    for (uint64_t sequence = 1; sequence <= kCaptures; sequence++)
        EXPECT_TRUE(seen[sequence]) << sequence;
}

} // namespace
