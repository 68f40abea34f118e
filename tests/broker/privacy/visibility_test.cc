/* The visibility file: what is taken for patterns, and that everything else hides everything. */
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "broker/privacy/visibility.h"
#include "tests/broker/apps/failing_memory.hh"
#include "tests/broker/apps/wire.hh"

namespace
{

using List = std::vector<std::string>;

class VisibilityTest : public testing::Test
{
  protected:
    using Owned = std::unique_ptr<Visibility, Visibility *(*)(Visibility *)>;

    static Owned parse(const std::string &text, bool is_applied = true)
    {
        Visibility *visibility = nullptr;

        EXPECT_EQ(visibility_new(text.data(), text.size(), is_applied, &visibility), 0);
        return {visibility, visibility_free};
    }

    static List list(char *const *texts, size_t num)
    {
        return List(texts, texts + num);
    }

    static List blacklist(const Owned &visibility)
    {
        return list(visibility_wire(visibility.get())->blacklist,
                    visibility_wire(visibility.get())->n_blacklist);
    }

    static List whitelist(const Owned &visibility)
    {
        return list(visibility_wire(visibility.get())->whitelist,
                    visibility_wire(visibility.get())->n_whitelist);
    }

    /* Why nothing is visible; "": something is. */
    static std::string error(const std::string &text, bool is_applied = true)
    {
        Owned visibility = parse(text, is_applied);
        const Snapshot__Visibility *wire = visibility_wire(visibility.get());
        std::string result = wire->error;

        if (!result.empty()) {
            EXPECT_TRUE(wire->is_restricted);
            EXPECT_EQ(wire->n_blacklist + wire->n_whitelist, 0u);
            EXPECT_EQ(result.rfind("Could not process debugger config: ", 0), 0u) << result;
            result = result.substr(strlen("Could not process debugger config: "));
        }
        return result;
    }

    static void expect_unrestricted(const std::string &text)
    {
        Owned visibility = parse(text, false);

        EXPECT_FALSE(visibility_wire(visibility.get())->is_restricted) << text;
        EXPECT_STREQ(visibility_wire(visibility.get())->error, "") << text;
    }

    Wire wire_;
};

TEST_F(VisibilityTest, NothingIsHiddenWithoutAFileOrByAnEmptyOne)
{
    for (const char *text : {"", "\n", "# nothing\n", "---\n", "--- # nothing\n...\n", "{}", "blacklist: []"})
        expect_unrestricted(text);
}

TEST_F(VisibilityTest, ReadsBothLists)
{
    Owned visibility = parse("blacklist:\n  - a.*\n  - 'b.[xy]?'\nwhitelist: [\"*\", c.D]\n");

    EXPECT_TRUE(visibility_wire(visibility.get())->is_restricted);
    EXPECT_EQ(blacklist(visibility), (List{"a.*", "b.[xy]?"}));
    EXPECT_EQ(whitelist(visibility), (List{"*", "c.D"}));
}

TEST_F(VisibilityTest, WithoutAWhitelistEverythingElseIsVisible)
{
    Owned visibility = parse("blacklist: [a.b]");

    EXPECT_EQ(whitelist(visibility), (List{"*"}));
}

TEST_F(VisibilityTest, AnEmptyWhitelistAllowsNothing)
{
    Owned visibility = parse("whitelist: []");

    EXPECT_TRUE(visibility_wire(visibility.get())->is_restricted);
    EXPECT_STREQ(visibility_wire(visibility.get())->error, "");
    EXPECT_EQ(whitelist(visibility), List{});
}

TEST_F(VisibilityTest, TextsThatLookLikeSomethingElseNeedQuotes)
{
    for (const char *element :
         {"5", "1.5", "-3", "0x1F", "true", "No", "null", "~", "2001-01-01", ".inf", "1e3"})
        EXPECT_EQ(error("blacklist: [x, " + std::string(element) + "]").rfind("Unsupported list element", 0),
                  0u)
            << element;
    for (const char *element :
         {"'5'", "\"true\"", "!!str 5", "! 5", "a5", "5.*", "v1.5", "none", "e3", "|\n  x"})
        EXPECT_EQ(error("blacklist:\n- " + std::string(element)), "") << element;
}

TEST_F(VisibilityTest, SaysWhatIsWrong)
{
    EXPECT_EQ(error("blacklist: a.b"), "blacklist must be a list");
    EXPECT_EQ(error("whitelist: {a: b}"), "whitelist must be a list");
    EXPECT_EQ(error("blacklist:"), "blacklist must be a list");
    EXPECT_EQ(error("blaclist: [a]"), "Unknown keys in configuration: blaclist");
    EXPECT_EQ(error("blacklist: [a]\nx$0: [b]"), "Unknown keys in configuration: x$$0");
    EXPECT_EQ(error("5: [b]"), "Unknown keys in configuration: 5");
    EXPECT_EQ(error("[a]: [b]"), "Unknown keys in configuration: one is no string");
    EXPECT_EQ(error("blacklist: [a, 5]"), "Unsupported list element 5 found in blacklist: it is no string");
    EXPECT_EQ(error("whitelist: [[a]]"),
              "Unsupported list element of another kind found in whitelist: it is no string");
    EXPECT_EQ(error("blacklist: [!!python/name:a x]"),
              "Unsupported list element x found in blacklist: it is no string");
    EXPECT_EQ(error("- a"), "it must be a mapping with the keys blacklist and whitelist");
    EXPECT_EQ(error("the file cannot be read or is too large"),
              "it is no mapping, but: the file cannot be read or is too large");
    EXPECT_EQ(error("null"), "it is no mapping, but: null");
    EXPECT_EQ(error("blacklist: [a]\nblacklist: [b]"), "blacklist is there twice");
    EXPECT_EQ(error("blacklist: [a]\n---\nblacklist: [b]"), "there is more than one document");
    EXPECT_EQ(error("blacklist: [*.a]"), "a pattern that begins with * or & needs quotes (line 1)");
    EXPECT_NE(error("blacklist: [a"), "");
    EXPECT_NE(error("\tblacklist: [a]"), "");
    EXPECT_NE(error("blacklist: [\"\xff\"]"), "");
    EXPECT_NE(error(std::string("blacklist: [a\0b]", 16)), "");
    EXPECT_NE(error("blacklist: [\"a\\0b\"]"), "");
}

TEST_F(VisibilityTest, AReasonRepeatsLittleOfTheFileAndOnlyWhatCanBeShown)
{
    std::string reason = error("\"\\x07\xc3\xa4" + std::string(1000, 'x') + "\": []");

    EXPECT_LT(reason.size(), 120u);
    EXPECT_EQ(reason.rfind("Unknown keys in configuration: ???xxx", 0), 0u) << reason;
}

TEST_F(VisibilityTest, AliasesAreRefusedBeforeTheyCost)
{
    std::string text = "a: &a [x, x, x, x, x, x, x, x, x]\n";

    for (char name = 'b'; name < 'j'; name++) {
        text += std::string(1, name) + ": &" + name + " [";
        for (int i = 0; i < 9; i++)
            text += std::string(i ? "," : "") + "*" + static_cast<char>(name - 1);
        text += "]\n";
    }
    EXPECT_NE(error(text), "");
    EXPECT_EQ(error("blacklist: &x [a]"), "anchors and aliases are not supported (line 1)");
    EXPECT_EQ(error("blacklist: [&x a, *x ]"), "anchors and aliases are not supported (line 1)");
    EXPECT_EQ(error("blacklist: [a]\nwhitelist: *x"), "anchors and aliases are not supported (line 2)");
}

TEST_F(VisibilityTest, IsBounded)
{
    auto patterns = [](int num) {
        std::string text = "blacklist:\n";

        for (int i = 0; i < num; i++)
            text += "- a" + std::to_string(i) + "\n";
        return text;
    };

    EXPECT_EQ(error(patterns(VISIBILITY_NUM_PATTERNS_MAX)), "");
    EXPECT_EQ(error(patterns(VISIBILITY_NUM_PATTERNS_MAX + 1)), "there are more than 1000 patterns");
    EXPECT_EQ(error("blacklist: [" + std::string(VISIBILITY_PATTERN_BYTES_MAX, 'a') + "]"), "");
    EXPECT_NE(error("blacklist: [" + std::string(VISIBILITY_PATTERN_BYTES_MAX + 1, 'a') + "]"), "");
    EXPECT_NE(error("blacklist: ['']"), "");
    EXPECT_EQ(error(std::string(VISIBILITY_CONFIG_BYTES_MAX + 1, '#')), "the file is too large");
    EXPECT_NE(error(std::string(VISIBILITY_CONFIG_BYTES_MAX, '[')), "");
    EXPECT_NE(error(std::string(VISIBILITY_CONFIG_BYTES_MAX, '{')), "");
    EXPECT_NE(error("blacklist: " + std::string(10000, '[')), "");
}

TEST_F(VisibilityTest, OfAStubThatAppliesNothingAFileThatHidesSomethingHidesAll)
{
    EXPECT_EQ(error("blacklist: [a]", false),
              "the stub of the app is too old to apply debugger-blacklist.yaml");
    EXPECT_EQ(error("whitelist: ['*']", false),
              "the stub of the app is too old to apply debugger-blacklist.yaml");
    EXPECT_EQ(error("blaclist: []", false), "Unknown keys in configuration: blaclist");
}

TEST_F(VisibilityTest, TheBrokerHidesEverythingWhereTheFileIsNoUse)
{
    Owned visibility = parse("nonsense");
    Snapshot__Capture capture =
        wire_.capture({wire_.frame("f", "a.py", 1, {wire_.named("a", wire_.text("x"))},
                                   {wire_.named("b", wire_.list({wire_.integer(1)}))})},
                      {wire_.reference(1)}, {wire_.object({wire_.named("c", wire_.text("x"))}, "m.C")});
    Snapshot__LogEntry entry = wire_.log_entry({wire_.text("x")});

    visibility_hide_capture(visibility.get(), &capture);
    visibility_hide_log_entry(visibility.get(), &entry);
    EXPECT_EQ(capture.n_table, 0u);
    for (const Snapshot__Variable *variable : {capture.frames[0]->arguments[0], capture.frames[0]->locals[0],
                                               capture.expressions[0], entry.values[0]}) {
        ASSERT_EQ(variable->value_case, SNAPSHOT__VARIABLE__VALUE_STATUS);
        EXPECT_EQ(variable->status->refers_to, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME);
        EXPECT_TRUE(variable->status->is_error);
        EXPECT_STREQ(variable->status->format,
                     "Could not process debugger config: it is no mapping, but: nonsense");
        EXPECT_EQ(variable->n_members, 0u);
    }
}

TEST_F(VisibilityTest, LeavesMessagesAloneWhereTheStubHasApplied)
{
    Owned visibility = parse("blacklist: [a.b]");
    Snapshot__LogEntry entry = wire_.log_entry({wire_.text("x")});

    visibility_hide_log_entry(visibility.get(), &entry);
    EXPECT_EQ(entry.values[0]->value_case, SNAPSHOT__VARIABLE__VALUE_TEXT);
}

/* libyaml is in this program, so that its allocations fail, too. */
TEST_F(VisibilityTest, SurvivesEveryFailedAllocation)
{
    for (const char *text : {"blacklist: [a, b]\nwhitelist: ['*']", "blacklist: [a", "x: [a]", ""}) {
        failing_memory::expect_every_failure_is_told([text] {
            Visibility *visibility = nullptr;
            int result = visibility_new(text, strlen(text), true, &visibility);

            (void)visibility_free(visibility);
            return result;
        });
    }
}

} // namespace
