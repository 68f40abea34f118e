#include "stub/native/ring.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace
{

constexpr size_t kCapacity = 4096;

class RingTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(ring_init(&ring_, kCapacity), 0);
    }
    void TearDown() override
    {
        ring_deinit(&ring_);
    }
    RingRecord *push(const std::string &packet, uint64_t sequence = 0, RingState state = RING_WAITING)
    {
        return ring_push(&ring_, reinterpret_cast<const uint8_t *>(packet.data()), packet.size(), sequence,
                         state);
    }
    static std::string text(const RingRecord *record)
    {
        return std::string(reinterpret_cast<const char *>(ring_packet(record)), record->len_bytes);
    }

    Ring ring_ = {};
};

TEST_F(RingTest, IsEmptyAtFirst)
{
    EXPECT_TRUE(ring_is_empty(&ring_));
    EXPECT_EQ(ring_next(&ring_, nullptr), nullptr);
}

TEST_F(RingTest, GivesRecordsInTheirOrder)
{
    push("first", 1);
    push("second", 2);
    RingRecord *record = ring_next(&ring_, nullptr);
    EXPECT_EQ(text(record), "first");
    record = ring_next(&ring_, record);
    EXPECT_EQ(text(record), "second");
    EXPECT_EQ(record->sequence, 2u);
    EXPECT_EQ(ring_next(&ring_, record), nullptr);
}

TEST_F(RingTest, RefusesWhatDoesNotFit)
{
    EXPECT_EQ(push(std::string(kCapacity, 'x')), nullptr);
    EXPECT_NE(push(std::string(kCapacity - 64, 'x')), nullptr);
    EXPECT_EQ(push(std::string(100, 'y')), nullptr);
    EXPECT_EQ(text(ring_next(&ring_, nullptr)), std::string(kCapacity - 64, 'x'));
}

TEST_F(RingTest, ReusesWhatIsDone)
{
    for (int i = 0; i < 1000; i++) {
        std::string packet(static_cast<size_t>(i) % 1500, static_cast<char>('a' + i % 26));
        ASSERT_NE(push(packet), nullptr) << i;
        RingRecord *record = ring_next(&ring_, nullptr);
        ASSERT_EQ(text(record), packet);
        ring_set_state(record, RING_DONE);
        ring_reclaim(&ring_);
        ASSERT_TRUE(ring_is_empty(&ring_));
    }
}

TEST_F(RingTest, KeepsWhatIsNotDoneAndPassesOverWhatIs)
{
    push("kept", 1);
    RingRecord *second = push("done", 2);
    push("also kept", 3);
    ring_set_state(second, RING_DONE);
    ring_reclaim(&ring_);
    RingRecord *record = ring_next(&ring_, nullptr);
    EXPECT_EQ(text(record), "kept");
    EXPECT_EQ(text(ring_next(&ring_, record)), "also kept");
}

TEST_F(RingTest, WalksOverTheEndOfTheMemory)
{
    push(std::string(1900, 'a'));
    RingRecord *first = ring_next(&ring_, nullptr);
    push(std::string(1200, 'b'));
    ring_set_state(first, RING_DONE);
    ring_reclaim(&ring_);
    ASSERT_NE(push(std::string(1500, 'c')), nullptr); /* does not fit before the end */
    RingRecord *record = ring_next(&ring_, nullptr);
    EXPECT_EQ(text(record), std::string(1200, 'b'));
    record = ring_next(&ring_, record);
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(text(record), std::string(1500, 'c'));
    EXPECT_EQ(ring_next(&ring_, record), nullptr);
}

TEST_F(RingTest, ResetEmptiesIt)
{
    push("parent's");
    ring_reset(&ring_);
    EXPECT_TRUE(ring_is_empty(&ring_));
    push("child's");
    EXPECT_EQ(text(ring_next(&ring_, nullptr)), "child's");
}

TEST_F(RingTest, PassesPacketsFromOneThreadToAnother)
{
    constexpr uint64_t kPackets = 50000;
    std::thread producer([this] {
        for (uint64_t i = 0; i < kPackets;) {
            std::string packet(i * 7 % 700, static_cast<char>(i));
            if (push(packet, i))
                i++;
            else
                std::this_thread::yield();
        }
    });
    for (uint64_t i = 0; i < kPackets;) {
        RingRecord *record = ring_next(&ring_, nullptr);
        if (!record) {
            ring_reclaim(&ring_);
            std::this_thread::yield();
            continue;
        }
        EXPECT_EQ(record->sequence, i);
        EXPECT_EQ(text(record), std::string(i * 7 % 700, static_cast<char>(i)));
        ring_set_state(record, RING_DONE);
        ring_reclaim(&ring_);
        i++;
    }
    producer.join();
    EXPECT_TRUE(ring_is_empty(&ring_));
}

} // namespace
