#include "broker/cli/arguments.h"

#include <gtest/gtest.h>

#include <vector>

#include "broker/cli/commands.h"
#include "broker/cli/help.h"
#include "broker/cli/options.h"
#include "tests/broker/cli/testing.hh"

class ArgumentsTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        for (const char *name : {DATABASE_URL_VARIABLE, DEBUGGEE_ID_VARIABLE, TOKEN_FILE_VARIABLE})
            unsetenv(name);
    }

    void TearDown() override
    {
        arguments_deinit(&arguments);
    }

    ParseOutcome parse(std::vector<const char *> words)
    {
        words.push_back(nullptr);
        arguments_deinit(&arguments);
        arguments_init(&arguments);
        ParseResult result = arguments_parse(commands, words.data(), &arguments);
        command = result.command;
        problem = take(result.problem);
        return result.outcome;
    }

    std::string wrong(std::vector<const char *> words)
    {
        return parse(words) == PARSE_WRONG ? problem : "not wrong";
    }

    Arguments arguments = {};
    const Command *command = nullptr;
    std::string problem;
};

TEST_F(ArgumentsTest, HaveDefaults)
{
    ASSERT_EQ(parse({"get_snapshot", "b-1"}), PARSE_RUN);
    EXPECT_STREQ(command->name, "get_snapshot");
    EXPECT_STREQ(arguments.database_url, "http://127.0.0.1:9000");
    EXPECT_EQ(arguments.debuggee_id, nullptr);
    EXPECT_EQ(arguments.format, OUTPUT_FORMAT_DEFAULT);
    EXPECT_EQ(arguments.frame_index, 0);
    EXPECT_EQ(arguments.levels_max, 3);
    ASSERT_EQ(arguments.num_ids, 1u);
    EXPECT_STREQ(arguments.ids[0], "b-1");
}

TEST_F(ArgumentsTest, TheEnvironmentStandsInUnlessItIsEmpty)
{
    setenv(DATABASE_URL_VARIABLE, "http://db:1", 1);
    setenv(DEBUGGEE_ID_VARIABLE, "", 1);
    ASSERT_EQ(parse({"list_snapshots"}), PARSE_RUN);
    EXPECT_STREQ(arguments.database_url, "http://db:1");
    EXPECT_EQ(arguments.debuggee_id, nullptr);
    ASSERT_EQ(parse({"list_snapshots", "--database-url", "http://other"}), PARSE_RUN);
    EXPECT_STREQ(arguments.database_url, "http://other");
}

TEST_F(ArgumentsTest, OptionsAndPositionalsMayBeMixed)
{
    ASSERT_EQ(parse({"set-logpoint", "--debuggee-id=d-1", "a.py:3", "--log-level", "error", "x={x}",
                     "--condition=a=b"}),
              PARSE_RUN);
    EXPECT_STREQ(arguments.debuggee_id, "d-1");
    EXPECT_STREQ(arguments.log_level, "ERROR");
    EXPECT_STREQ(arguments.log_format, "x=$0");
    EXPECT_EQ(dump(arguments.log_expressions), "['x']");
    EXPECT_EQ(dump(arguments.location), "{'path': 'a.py', 'line': 3}");
    EXPECT_STREQ(arguments.condition, "a=b");
}

TEST_F(ArgumentsTest, ValuesMayLookLikeOptionsOnlyAsArgparseHasIt)
{
    ASSERT_EQ(parse({"set_snapshot", "a.py:1", "--expression", "-1", "--expression", "-.5", "--expression=-x",
                     "--expression", "-x > 3", "--condition", "-"}),
              PARSE_RUN);
    EXPECT_EQ(dump(arguments.expressions), "['-1', '-.5', '-x', '-x > 3']");
    EXPECT_STREQ(arguments.condition, "-");
    EXPECT_EQ(wrong({"set_snapshot", "a.py:1", "--expression", "-x"}),
              "argument --expression: expected one argument");
    EXPECT_EQ(wrong({"set_snapshot", "a.py:1", "--expression", "--debug"}),
              "argument --expression: expected one argument");
    EXPECT_EQ(wrong({"set_snapshot", "a.py:1", "--expression", "--"}),
              "argument --expression: expected one argument");
}

TEST_F(ArgumentsTest, LimitsAreNamedAsTheDatabaseHasThem)
{
    ASSERT_EQ(parse({"set_snapshot", "a.py:1", "--limit", "max-items=100", "--limit=max_value_chars=9",
                     "--limit=maxDepth=2"}),
              PARSE_RUN);
    EXPECT_EQ(dump(arguments.limits), "{'maxItems': 100, 'maxValueChars': 9, 'maxDepth': 2}");
    for (const char *value : {"max-items", "max-items=", "max-items=x", "max-items=0", "max-items=5x"})
        EXPECT_EQ(wrong({"set_snapshot", "a.py:1", "--limit", value}),
                  std::string("argument --limit: invalid limit: '") + value + "'; e.g. max-items=100");
}

TEST_F(ArgumentsTest, TwoDashesEndTheOptions)
{
    ASSERT_EQ(parse({"delete_snapshots", "--quiet", "--", "--all-users", "-h"}), PARSE_RUN);
    EXPECT_FALSE(arguments.all_users);
    ASSERT_EQ(arguments.num_ids, 2u);
    EXPECT_STREQ(arguments.ids[0], "--all-users");
}

TEST_F(ArgumentsTest, ABeginningIsEnoughIfItIsUnique)
{
    ASSERT_EQ(parse({"delete_debuggees", "--include-a", "--q"}), PARSE_RUN);
    EXPECT_TRUE(arguments.include_all);
    EXPECT_TRUE(arguments.is_quiet);
    EXPECT_EQ(wrong({"delete_debuggees", "--include"}),
              "ambiguous option: --include could match --include-inactive, --include-all");
    EXPECT_EQ(wrong({"list_debuggees", "--d=x"}),
              "ambiguous option: --d could match --database-url, --debug");
}

TEST_F(ArgumentsTest, WhatIsWrongIsSaid)
{
    EXPECT_EQ(wrong({}), "Missing required argument, please specify --help for more information");
    EXPECT_EQ(wrong({"fly"}), "no command 'fly'; snapdbg --help lists the commands");
    EXPECT_EQ(wrong({"get_snapshots"}), "no command 'get_snapshots'; snapdbg --help lists the commands");
    EXPECT_NE(wrong({"init"}).find("there is no init here"), std::string::npos);
    EXPECT_EQ(wrong({"set_logpoint"}), "the following arguments are required: LOCATION, LOG_FORMAT_STRING");
    EXPECT_EQ(wrong({"list_snapshots", "x", "--zap"}), "unrecognized arguments: x --zap");
    EXPECT_EQ(wrong({"list_snapshots", "--quiet"}), "unrecognized arguments: --quiet");
    EXPECT_EQ(wrong({"list_snapshots", "--format", "xml"}),
              "argument --format: Invalid format argument provided: xml");
    EXPECT_EQ(wrong({"get_snapshot", "b", "--frame-index="}),
              "argument --frame-index: invalid int value: ''");
    EXPECT_EQ(wrong({"get_snapshot", "b", "--frame-index=1x"}),
              "argument --frame-index: invalid int value: '1x'");
    EXPECT_EQ(wrong({"list_debuggees", "--debug=yes"}), "argument --debug: ignored explicit argument 'yes'");
    EXPECT_EQ(wrong({"set_snapshot", "a\xff.py:1"}), "argument 2 is not valid UTF-8");
}

TEST_F(ArgumentsTest, WaitTakesSecondsOnlyAfterAnEqualsSign)
{
    ASSERT_EQ(parse({"set_snapshot", "--wait", "a.py:1"}), PARSE_RUN);
    EXPECT_TRUE(arguments.is_waiting);
    EXPECT_EQ(arguments.wait_max_s, 0);
    ASSERT_EQ(parse({"set_snapshot", "--wait=2.5", "a.py:1"}), PARSE_RUN);
    EXPECT_EQ(arguments.wait_max_s, 2.5);
    for (const char *word : {"--wait=", "--wait=0", "--wait=-1", "--wait=inf", "--wait=3s", "--wait=nan"})
        EXPECT_EQ(parse({"set_snapshot", word, "a.py:1"}), PARSE_WRONG) << word;
}

TEST_F(ArgumentsTest, LogpointsAreListedForAllUsersUnlessToldOtherwise)
{
    ASSERT_EQ(parse({"list_logpoints"}), PARSE_RUN);
    EXPECT_TRUE(arguments.all_users);
    ASSERT_EQ(parse({"list_logpoints", "--no-all-users"}), PARSE_RUN);
    EXPECT_FALSE(arguments.all_users);
    ASSERT_EQ(parse({"list_snapshots"}), PARSE_RUN);
    EXPECT_FALSE(arguments.all_users);
}

TEST_F(ArgumentsTest, HelpWinsOverWhatIsMissing)
{
    EXPECT_EQ(parse({"--help"}), PARSE_HELP);
    EXPECT_EQ(command, nullptr);
    EXPECT_EQ(parse({"set_snapshot", "-h"}), PARSE_HELP);
    EXPECT_STREQ(command->name, "set_snapshot");
    EXPECT_EQ(parse({"set_snapshot", "--he"}), PARSE_HELP);
}

TEST_F(ArgumentsTest, HelpShowsEveryCommandAndOptionWithinTheLine)
{
    Stream overview;

    help_print(commands, nullptr, overview.file);
    for (const Command *each = commands; each->name; each++) {
        Stream help;

        help_print(commands, each, help.file);
        std::string text = help.text();
        EXPECT_NE(overview.text().find(std::string("  ") + each->name + " "), std::string::npos)
            << each->name;
        for (const Option *const *option = each->options; *option; option++)
            EXPECT_NE(text.find(std::string("\n  ") + (*option)->name), std::string::npos)
                << each->name << " " << (*option)->name;
        for (const Positional &positional : each->positionals)
            EXPECT_TRUE(!positional.metavar || text.find(positional.metavar) != std::string::npos)
                << each->name;
        for (size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
            EXPECT_LE(end - at, 80u) << text.substr(at, end - at);
    }
}

TEST_F(ArgumentsTest, EveryCommandOfTheOriginalButInitIsThere)
{
    for (const char *name :
         {"list_debuggees", "set_snapshot", "list_snapshots", "get_snapshot", "delete_snapshots",
          "set_logpoint", "list_logpoints", "get_logpoint", "delete_logpoints", "delete_debuggees"})
        EXPECT_EQ(parse({name, "--help"}), PARSE_HELP) << name;
}
