#include "broker/stubs/packet.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/broker/stubs/client.hh"

namespace
{

class PacketTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(arena_new(PACKET_MEMORY_BYTES_MAX, &arena_), 0);
    }

    void TearDown() override
    {
        arena_ = arena_free(arena_);
    }

    int decode(const std::string &packet)
    {
        message_ = nullptr;
        return packet_decode(reinterpret_cast<const uint8_t *>(packet.data()), packet.size(), arena_,
                             &message_);
    }

    /* "tag length content": field @number of a message. */
    static std::string field(unsigned number, const std::string &content)
    {
        return varint(number << 3 | 2) + varint(content.size()) + content;
    }

    static std::string varint(uint64_t value)
    {
        std::string bytes;

        for (; value >= 0x80; value >>= 7)
            bytes += static_cast<char>(value | 0x80);
        return bytes + static_cast<char>(value);
    }

    /* A Capture whose only expression has members in members. */
    static std::string nested_capture(int depth)
    {
        std::string variable;

        for (int i = 0; i < depth; i++)
            variable = field(18, variable);
        return field(5, field(5, variable));
    }

    Arena *arena_ = nullptr;
    Snapshot__StubMessage *message_ = nullptr;
};

TEST_F(PacketTest, DecodesAHello)
{
    ASSERT_EQ(decode(hello_packet()), 0);
    ASSERT_EQ(message_->message_case, SNAPSHOT__STUB_MESSAGE__MESSAGE_HELLO);
    EXPECT_EQ(message_->hello->pid, 42u);
}

TEST_F(PacketTest, IgnoresUnknownFields)
{
    std::string unknown = field(1000, "of a later version") + varint(1001 << 3 | 0) + varint(7) +
                          varint(1002 << 3 | 1) + std::string(8, 'x') + varint(1003 << 3 | 5) +
                          std::string(4, 'x');

    ASSERT_EQ(decode(field(5, unknown + field(1, "b-1"))), 0);
    EXPECT_STREQ(message_->capture->breakpoint_id, "b-1");
}

TEST_F(PacketTest, CallsAMessageOfALaterVersionUnknown)
{
    EXPECT_EQ(decode(field(100, "something new")), PACKET_E_UNKNOWN);
    EXPECT_EQ(decode(""), PACKET_E_UNKNOWN);
}

TEST_F(PacketTest, RefusesGarbage)
{
    for (const std::string &garbage :
         {std::string(100, '\xff'), std::string("\x0a\xff\xff\xff\xff\x0f"), std::string("\x0a"),
          std::string(1, '\0'), std::string("\x0b\x0c"), std::string("GET / HTTP/1.1\r\n\r\n"),
          field(5, std::string("\x0a\x05"
                               "abc"))})
        EXPECT_EQ(decode(garbage), PACKET_E_MALFORMED);
}

TEST_F(PacketTest, RefusesEveryTruncationOrDecodesIt)
{
    std::string packet = capture_packet("b-123456", 1);

    for (size_t size = 0; size < packet.size(); size++) {
        int result = decode(packet.substr(0, size));

        EXPECT_EQ(result, size == 0 ? PACKET_E_UNKNOWN : PACKET_E_MALFORMED) << size;
    }
}

TEST_F(PacketTest, RefusesNestingThatWouldOverflowTheStack)
{
    EXPECT_EQ(decode(nested_capture(40)), 0);
    EXPECT_EQ(decode(nested_capture(PACKET_NESTING_MAX - 2)), 0);
    EXPECT_EQ(decode(nested_capture(PACKET_NESTING_MAX - 1)), PACKET_E_MALFORMED);
    EXPECT_EQ(decode(nested_capture(20000)), PACKET_E_MALFORMED);
}

TEST_F(PacketTest, BoundsTheMemoryOfOnePacket)
{
    std::string variables;

    while (variables.size() + 2 < PACKET_BYTES_MAX - 8)
        variables += field(6, ""); /* an empty variable: 2 bytes here, 200 in memory */
    EXPECT_EQ(decode(field(5, variables)), PACKET_E_MALFORMED);
    EXPECT_LE(arena_num_bytes(arena_), static_cast<size_t>(PACKET_MEMORY_BYTES_MAX));
    EXPECT_EQ(decode(hello_packet()), 0) << "the next packet is not disturbed";
}

TEST_F(PacketTest, TakesAPacketFullOfSmallRealVariables)
{
    std::string locals;

    /* {name: "x", integer: 1, type: 1}: the smallest that a stub sends */
    std::string variable = field(1, "x") + varint(3 << 3) + varint(1) + varint(5 << 3) + varint(2);
    while (locals.size() + variable.size() + 2 < PACKET_BYTES_MAX - 64)
        locals += field(6, variable);
    EXPECT_EQ(decode(field(5, field(4, locals))), 0);
}

TEST_F(PacketTest, RefusesAPacketThatIsTooLarge)
{
    EXPECT_EQ(decode(field(100, std::string(PACKET_BYTES_MAX, 'x'))), PACKET_E_MALFORMED);
}

TEST_F(PacketTest, SurvivesRandomChangesOfAPacket)
{
    std::mt19937 random(7);
    std::string original =
        field(5, field(1, "b-1") + field(4, field(5, field(1, "x") + field(18, "")))) + hello_packet();

    for (int i = 0; i < 20000; i++) {
        std::string packet = original;

        for (int change = 0; change < 3; change++)
            packet[random() % packet.size()] = static_cast<char>(random());
        int result = decode(packet);
        EXPECT_TRUE(result == 0 || result == PACKET_E_MALFORMED || result == PACKET_E_UNKNOWN);
        EXPECT_EQ(result == 0, message_ != nullptr);
    }
}

} // namespace
