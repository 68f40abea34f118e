#include "broker/store/embedded/live_tree.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/broker/store/embedded/testing.hh"

using namespace testing_store;

namespace
{

class LiveTreeTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        const std::string directory = directory_ / "state";
        const DatabaseOptions options = {directory.c_str(), 0};

        ASSERT_EQ(live_tree_open(&options, &tree_), 0);
        observer_.test = this;
        observer_.observer.changed = [](TreeObserver *observer, const TreeChange *change) {
            reinterpret_cast<Observer *>(observer)->test->told_.push_back(
                std::string(change->is_update ? "update " : "put ") + change->path + " " +
                text_of(change->data));
        };
        live_tree_add_observer(tree_, &observer_.observer);
    }

    void TearDown() override
    {
        live_tree_remove_observer(&observer_.observer);
        live_tree_close(tree_);
    }

    std::string put(const char *path, const std::string &json)
    {
        json_t *tree = nullptr;
        int result = live_tree_put(tree_, Path(path).get(), parse(json).get(), &tree);

        return result == 0 ? text_of(Json(tree)) : std::to_string(result);
    }

    std::string update(const char *path, const std::string &json)
    {
        json_t *data = nullptr;
        int result = live_tree_update(tree_, Path(path).get(), parse(json).get(), &data);

        return result == 0 ? text_of(Json(data)) : std::to_string(result);
    }

    std::string get(const char *path)
    {
        json_t *tree = nullptr;

        EXPECT_EQ(live_tree_read(tree_, path, &tree), 0);
        return text_of(Json(tree));
    }

    struct Observer {
        TreeObserver observer; /* first */
        LiveTreeTest *test;
    };

    TemporaryDirectory directory_;
    LiveTree *tree_ = nullptr;
    Observer observer_ = {};
    std::vector<std::string> told_;
};

TEST_F(LiveTreeTest, PutsAndTells)
{
    EXPECT_EQ(put("a/b", R"({"x":[1,null],"y":{}})"), R"({"x":[1]})");
    EXPECT_EQ(put("a/b/x", "null"), "null");
    EXPECT_EQ(told_, (std::vector<std::string>{R"(put a/b {"x":[1]})", "put a/b/x null"}));
    EXPECT_EQ(get(""), "null");
}

TEST_F(LiveTreeTest, IncrementsWhatIsThere)
{
    EXPECT_EQ(put("a/b", R"({"n":40})"), R"({"n":40})");
    EXPECT_EQ(put("a/b/n", R"({".sv":{"increment":2}})"), "42");
    EXPECT_EQ(put("a", R"({"b":{"n":{".sv":{"increment":1}}}})"), R"({"b":{"n":43}})");
    EXPECT_EQ(update("a", R"({"b/n":{".sv":{"increment":-43}},"c":{".sv":{"increment":1}}})"),
              R"({"b/n":0,"c":1})");
}

TEST_F(LiveTreeTest, UpdatesManyPlacesAtOnce)
{
    put("a", R"({"b":{"c":1,"d":2},"e":3,"z":4})");
    told_.clear();
    EXPECT_EQ(update("a", R"({"/b/c/":10,"e":null,"f/g/h/i/j/k":[7],"z":{}})"),
              R"({"b/c":10,"e":null,"f/g/h/i/j/k":[7],"z":null})");
    EXPECT_EQ(get("a"), R"({"b":{"c":10,"d":2},"f":{"g":{"h":{"i":{"j":{"k":[7]}}}}}})");
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_EQ(told_[0].find("update a {"), 0u);
    EXPECT_EQ(update("a", "{}"), "{}");
}

/* All timestamps of one write are the same instant. */
TEST_F(LiveTreeTest, ResolvesOneTimePerWrite)
{
    put("", R"({"a":{".sv":"timestamp"},"b":{".sv":"timestamp"}})");
    EXPECT_EQ(get("a"), get("b"));
    update("", R"({"a":{".sv":"timestamp"},"c/d":{".sv":"timestamp"}})");
    EXPECT_EQ(get("a"), get("c/d"));
    EXPECT_GT(std::stoull(get("a")), 1600000000000u);
}

TEST_F(LiveTreeTest, RefusesConflictsAndWritesNothing)
{
    put("a", "1");
    told_.clear();
    for (const char *json : {R"({"b":1,"b/c":2})", R"({"b/c/d":1,"b!":2,"b":3})", R"({"b":1,"/b":2})"})
        EXPECT_EQ(update("", json), std::to_string(LIVE_TREE_UPDATE_CONFLICT)) << json;
    for (const char *json : {R"({"x":1,"":2})", R"({"x":1,"/":2})", R"({"x":1,"y.z":2})"})
        EXPECT_EQ(update("", json), std::to_string(LIVE_TREE_BAD_UPDATE_PATH)) << json;
    EXPECT_EQ(update("", R"({"x":1,"y":{"$":1}})"), std::to_string(TREE_BAD_KEY));
    EXPECT_EQ(get(""), R"({"a":1})");
    EXPECT_TRUE(told_.empty());
}

TEST_F(LiveTreeTest, CountsTheDepthOfThePath)
{
    EXPECT_EQ(put("1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31",
                  R"({"a":1})"),
              R"({"a":1})");
    EXPECT_EQ(put("1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31",
                  R"({"a":{"b":1}})"),
              std::to_string(TREE_TOO_DEEP));
    EXPECT_EQ(update("1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31",
                     R"({"a/b":1})"),
              std::to_string(TREE_TOO_DEEP));
}

} // namespace
