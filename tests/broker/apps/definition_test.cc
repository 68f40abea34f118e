#include "broker/apps/definition.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/broker/apps/failing_memory.hh"

namespace
{

class DefinitionTest : public testing::Test
{
  protected:
    void TearDown() override
    {
        definition_ = definition_free(definition_);
        json_decref(status_);
        json_decref(json_);
    }

    int parse(const std::string &text, const char *id = "b-1")
    {
        TearDown();
        status_ = nullptr;
        json_ = json_loads(text.c_str(), JSON_DECODE_ANY | JSON_ALLOW_NUL, nullptr);
        EXPECT_NE(json_, nullptr) << text;
        return definition_new(id, json_, &definition_, &status_);
    }

    /* A breakpoint that is right, with more members. */
    int parse_with(const std::string &members)
    {
        return parse(R"({"action": "CAPTURE", "location": {"path": "a.py", "line": 3})" +
                     (members.empty() ? "" : ", " + members) + "}");
    }

    std::string format()
    {
        const char *text =
            json_string_value(json_object_get(json_object_get(status_, "description"), "format"));

        return text ? text : "(none)";
    }

    std::string refers_to()
    {
        const char *text = json_string_value(json_object_get(status_, "refersTo"));

        return text ? text : "(none)";
    }

    void expect_invalid(int result, const char *refers_to_, const char *format_)
    {
        EXPECT_EQ(result, DEFINITION_E_INVALID);
        EXPECT_EQ(definition_, nullptr);
        EXPECT_TRUE(json_is_true(json_object_get(status_, "isError")));
        EXPECT_EQ(refers_to(), refers_to_);
        EXPECT_EQ(format(), format_);
    }

    Definition *definition_ = nullptr;
    json_t *status_ = nullptr;
    json_t *json_ = nullptr;
};

TEST_F(DefinitionTest, ReadsASnapshot)
{
    ASSERT_EQ(parse(R"({"action": "CAPTURE", "id": "b-1", "location": {"path": "shop/views.py", "line": 42},
                        "condition": "n > 3", "expressions": ["a", "b.c"], "userEmail": "me@example.com",
                        "createTimeUnixMsec": 1402453800123})"),
              0);
    EXPECT_FALSE(definition_->is_logpoint);
    EXPECT_STREQ(definition_->id, "b-1");
    EXPECT_STREQ(definition_->path, "shop/views.py");
    EXPECT_EQ(definition_->line, 42u);
    EXPECT_STREQ(definition_->condition, "n > 3");
    ASSERT_EQ(definition_->num_expressions, 2u);
    EXPECT_STREQ(definition_->expressions[1], "b.c");
    EXPECT_EQ(definition_->created_unix_us, 1402453800123000u);
    EXPECT_STREQ(json_string_value(json_object_get(definition_->json, "userEmail")), "me@example.com");
}

TEST_F(DefinitionTest, ReadsALogpoint)
{
    ASSERT_EQ(
        parse(R"({"action": "LOG", "location": {"path": "a.py", "line": 1}, "logMessageFormat": "n is $0",
                        "logLevel": "ERROR", "expressions": ["n"]})"),
        0);
    EXPECT_TRUE(definition_->is_logpoint);
    EXPECT_STREQ(definition_->log_format, "n is $0");
    EXPECT_STREQ(definition_->severity, "ERROR");
}

TEST_F(DefinitionTest, HasTheOriginalsDefaults)
{
    ASSERT_EQ(parse(R"({"location": {"path": "a.py", "line": 1}})"), 0);
    EXPECT_FALSE(definition_->is_logpoint);
    EXPECT_STREQ(definition_->condition, "");
    EXPECT_EQ(definition_->num_expressions, 0u);
    EXPECT_EQ(definition_->created_unix_us, 0u);
    EXPECT_STREQ(json_string_value(json_object_get(definition_->json, "id")), "b-1");

    ASSERT_EQ(parse(R"({"action": "LOG", "location": {"path": "a.py", "line": 1}})"), 0);
    EXPECT_STREQ(definition_->severity, "INFO");
    EXPECT_STREQ(definition_->log_format, "");
}

TEST_F(DefinitionTest, TakesTheKeyOfTheDatabaseAsId)
{
    ASSERT_EQ(parse_with(R"("id": "b-other")"), 0);
    EXPECT_STREQ(definition_->id, "b-1");
    EXPECT_STREQ(json_string_value(json_object_get(definition_->json, "id")), "b-1");
    EXPECT_STREQ(json_string_value(json_object_get(json_, "id")), "b-other")
        << "the store's object is as it was";
}

TEST_F(DefinitionTest, LeavesWhatOnlyTheAppCanJudgeToTheStub)
{
    EXPECT_EQ(parse(R"({"location": {"path": "work.java", "line": 3}, "condition": "2+"})"), 0);
    EXPECT_STREQ(definition_->path, "work.java");
}

TEST_F(DefinitionTest, KeepsOnlyTheDefinition)
{
    ASSERT_EQ(parse_with(R"("status": {"isError": true}, "stackFrames": [1], "variableTable": [2],
                            "evaluatedExpressions": [3], "isFinalState": true, "finalTimeUnixMsec": 4,
                            "labels": {"a": "b"})"),
              0);
    for (const char *name : {"status", "stackFrames", "variableTable", "evaluatedExpressions", "isFinalState",
                             "finalTimeUnixMsec"})
        EXPECT_EQ(json_object_get(definition_->json, name), nullptr) << name;
    EXPECT_NE(json_object_get(definition_->json, "labels"), nullptr);
}

TEST_F(DefinitionTest, ReadsBothFormsOfTheCreationTime)
{
    ASSERT_EQ(parse_with(R"("createTime": "2014-06-11T02:30:00.5Z")"), 0);
    EXPECT_EQ(definition_->created_unix_us, 1402453800500000u);
    ASSERT_EQ(parse_with(R"("createTimeUnixMsec": 1402453800123.0)"), 0);
    EXPECT_EQ(definition_->created_unix_us, 1402453800123000u);
    for (const char *odd :
         {R"("createTime": "yesterday")", R"("createTime": 5)", R"("createTimeUnixMsec": "x")",
          R"("createTimeUnixMsec": -5)", R"("createTimeUnixMsec": 1e300)",
          R"("createTimeUnixMsec": {".sv": "timestamp"})"}) {
        ASSERT_EQ(parse_with(odd), 0) << odd;
        EXPECT_EQ(definition_->created_unix_us, 0u) << odd;
    }
}

TEST_F(DefinitionTest, TakesListsAsTheDatabaseGivesThem)
{
    ASSERT_EQ(parse_with(R"("expressions": [null, "b", null, "d"])"), 0);
    ASSERT_EQ(definition_->num_expressions, 2u);
    EXPECT_STREQ(definition_->expressions[0], "b");
    ASSERT_EQ(parse_with(R"("expressions": {"0": "a", "7": "b"})"), 0);
    EXPECT_EQ(definition_->num_expressions, 2u);
    ASSERT_EQ(parse_with(R"("expressions": [], "condition": null)"), 0);
    EXPECT_EQ(definition_->num_expressions, 0u);
}

TEST_F(DefinitionTest, SaysWhatIsWrong)
{
    const char *location = "BREAKPOINT_SOURCE_LOCATION";

    expect_invalid(parse(R"({"action": "CAPTURE"})"), location, "The breakpoint has no location");
    expect_invalid(parse(R"({"location": "a.py:3"})"), location, "The breakpoint has no location");
    for (const char *path : {R"({"line": 1})", R"({"path": 5, "line": 1})", R"({"path": "", "line": 1})",
                             R"({"path": "a\u0000.py", "line": 1})"})
        expect_invalid(parse(std::string(R"({"location": )") + path + "}"), location,
                       "The location of the breakpoint has no path");
    for (const char *line : {"0", "-4", "\"3\"", "3.5", "99999999999", "null", "[1]"})
        expect_invalid(parse(std::string(R"({"location": {"path": "a.py", "line": )") + line + "}}"),
                       location, "The location of the breakpoint has no line, which is a number from 1");

    expect_invalid(parse(R"({"action": "FORMAT", "location": {"path": "a.py", "line": 3}})"), "(none)",
                   "The action $0 is not supported; CAPTURE and LOG are");
    EXPECT_STREQ(json_string_value(json_array_get(
                     json_object_get(json_object_get(status_, "description"), "parameters"), 0)),
                 "FORMAT");
    expect_invalid(parse(R"({"action": 1, "location": {"path": "a.py", "line": 3}})"), "(none)",
                   "The action of the breakpoint is no text");
    expect_invalid(parse_with(R"("condition": ["x"])"), "BREAKPOINT_CONDITION",
                   "The condition of the breakpoint is no text");
    expect_invalid(parse_with(R"("condition": "a\u0000b")"), "BREAKPOINT_CONDITION",
                   "The condition of the breakpoint is no text");
    expect_invalid(parse_with(R"("expressions": "x")"), "BREAKPOINT_EXPRESSION",
                   "The expressions of the breakpoint are no list");
    expect_invalid(parse_with(R"("expressions": ["x", 5])"), "BREAKPOINT_EXPRESSION",
                   "An expression of the breakpoint is no text");
}

TEST_F(DefinitionTest, SaysWhatIsWrongWithALogpoint)
{
    std::string start = R"({"action": "LOG", "location": {"path": "a.py", "line": 3}, )";

    expect_invalid(parse(start + R"("logMessageFormat": 5})"), "(none)",
                   "The message of the logpoint is no text");
    expect_invalid(parse(start + R"("logLevel": "DEBUG"})"), "(none)",
                   "The log level $0 is not supported; INFO, WARNING and ERROR are");
    expect_invalid(parse(start + R"("logLevel": 5})"), "(none)", "The level of the logpoint is no text");
    EXPECT_EQ(parse_with(R"("logLevel": 5)"), 0) << "a snapshot has no level";
}

TEST_F(DefinitionTest, BoundsWhatAStubIsSent)
{
    std::string many = "[\"x\"";

    for (int i = 0; i < DEFINITION_NUM_EXPRESSIONS_MAX; i++)
        many += ", \"x\"";
    expect_invalid(parse_with("\"expressions\": " + many + "]"), "BREAKPOINT_EXPRESSION",
                   "The breakpoint has too many expressions");
    expect_invalid(parse_with("\"condition\": \"" + std::string(70000, 'x') + "\""), "(none)",
                   "The breakpoint is too large");
    expect_invalid(parse(R"({"location": {"path": "a.py", "line": 3}})", std::string(129, 'b').c_str()),
                   "(none)", "The id of the breakpoint is too long");
    EXPECT_EQ(parse(R"({"location": {"path": "a.py", "line": 3}})", std::string(128, 'b').c_str()), 0);
}

TEST_F(DefinitionTest, KnowsWhatIsNoBreakpoint)
{
    for (const char *text : {"\"text\"", "5", "true", "[1]", "null"})
        EXPECT_EQ(parse(text), DEFINITION_E_NO_OBJECT) << text;
}

TEST_F(DefinitionTest, SurvivesEveryFailedAllocation)
{
    for (const char *text : {R"({"location": {"path": "a.py", "line": 3}, "expressions": ["x", "y"]})",
                             R"({"action": "FORMAT", "location": {"path": "a.py", "line": 3}})"}) {
        json_t *json = json_loads(text, 0, nullptr);

        failing_memory::expect_every_failure_is_told([&] {
            Definition *definition = nullptr;
            json_t *status = nullptr;
            int result = definition_new("b-1", json, &definition, &status);

            EXPECT_EQ(definition != nullptr, result == 0);
            EXPECT_EQ(status != nullptr, result == DEFINITION_E_INVALID);
            definition_free(definition);
            json_decref(status);
            return result == DEFINITION_E_INVALID ? 0 : result;
        });
        json_decref(json);
    }
}

TEST_F(DefinitionTest, GoesOnTheWire)
{
    Snapshot__Breakpoint wire;

    ASSERT_EQ(parse_with(R"("condition": "x", "expressions": ["y"])"), 0);
    definition_to_wire(definition_, &wire);
    EXPECT_STREQ(wire.id, "b-1");
    EXPECT_EQ(wire.action, SNAPSHOT__BREAKPOINT__ACTION__CAPTURE);
    EXPECT_STREQ(wire.path, "a.py");
    EXPECT_EQ(wire.line, 3u);
    EXPECT_STREQ(wire.condition, "x");
    ASSERT_EQ(wire.n_expressions, 1u);
    EXPECT_STREQ(wire.expressions[0], "y");
    EXPECT_EQ(wire.limits, nullptr);
}

} // namespace
