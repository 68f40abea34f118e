#include "stub/native/kept_snapshot.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace
{

constexpr uint64_t kStart = 5000000000;

bool wait_for_better(KeptSnapshot *kept, const std::string &packet, uint64_t sequence, uint64_t now_ns)
{
    return kept_snapshot_wait(kept, reinterpret_cast<const uint8_t *>(packet.data()), packet.size(), sequence,
                              now_ns);
}

TEST(KeptSnapshotTest, TheFirstIsKeptUntilItIsDue)
{
    KeptSnapshot kept = {};

    EXPECT_FALSE(kept_snapshot_is_due(&kept, UINT64_MAX)) << "there is none";
    EXPECT_TRUE(wait_for_better(&kept, "first", 1, kStart));
    EXPECT_TRUE(wait_for_better(&kept, "second", 2, kStart + KEPT_SNAPSHOT_NS - 1));
    EXPECT_FALSE(kept_snapshot_is_due(&kept, kStart + KEPT_SNAPSHOT_NS - 1));
    EXPECT_TRUE(kept_snapshot_is_due(&kept, kStart + KEPT_SNAPSHOT_NS));
    EXPECT_EQ(std::string(reinterpret_cast<char *>(kept.packet), kept.len_bytes), "first");
    EXPECT_EQ(kept.sequence, 1u);
    EXPECT_FALSE(wait_for_better(&kept, "third", 3, kStart + KEPT_SNAPSHOT_NS)) << "long enough";
    kept_snapshot_drop(&kept);
    EXPECT_FALSE(kept_snapshot_is_due(&kept, UINT64_MAX));
    kept_snapshot_drop(&kept);
}

TEST(KeptSnapshotTest, ThereAreNotMany)
{
    std::vector<KeptSnapshot> all(KEPT_SNAPSHOT_NUM_MAX);
    KeptSnapshot more = {};

    for (KeptSnapshot &kept : all)
        EXPECT_TRUE(wait_for_better(&kept, "one", 1, kStart));
    EXPECT_FALSE(wait_for_better(&more, "more", 1, kStart));
    kept_snapshot_drop(&all[3]);
    EXPECT_TRUE(wait_for_better(&more, "more", 1, kStart));
    kept_snapshot_drop(&more);
    for (KeptSnapshot &kept : all)
        kept_snapshot_drop(&kept);
}

} // namespace
