#include "broker/cli/snapshot_view.h"

#include <gtest/gtest.h>

#include "broker/cli/breakpoints.h"
#include "tests/broker/cli/testing.hh"

static std::string variables(const char *list, const char *table = "[]", long long levels = 3)
{
    Json resolved(snapshot_variables(json(list).get(), json(table).get(), levels));

    return dump(resolved.get());
}

TEST(SnapshotVariables, HaveNameTypeAndValue)
{
    EXPECT_EQ(variables("[{'name': 'a', 'type': 'int', 'value': '1'}, {'name': 'b'}, {'value': 'v'}, {}]"),
              "[{'a (int)': '1'}, {'b': ''}, {'': 'v'}, {'': ''}]");
}

TEST(SnapshotVariables, NestMembers)
{
    EXPECT_EQ(
        variables(
            "[{'name': 'a', 'value': 'Array', 'members': [{'name': 'x', 'value': '1'}, {'name': 'y'}]}]"),
        "[{'a (Array)': {'x': '1', 'y': ''}}]");
    EXPECT_EQ(variables("[{'name': 'a', 'members': {'0': {'name': 'x'}, '5': {'name': 'y'}}}]"),
              "[{'a': {'x': '', 'y': ''}}]");
}

TEST(SnapshotVariables, AreResolvedThroughTheTable)
{
    EXPECT_EQ(variables("[{'name': 'a', 'varTableIndex': 0}, {'name': 'b', 'varTableIndex': 1}]",
                        "[{'type': 'T', 'value': 'v'}, {'name': 'renamed', 'members': [{'name': 'm', "
                        "'varTableIndex': 0}]}]"),
              "[{'a (T)': 'v'}, {'renamed': {'m (T)': 'v'}}]");
}

TEST(SnapshotVariables, ReferencesToNothingAreNull)
{
    EXPECT_EQ(variables("[{'name': 'a', 'varTableIndex': 7}, {'name': 'b', 'varTableIndex': -1}, "
                        "{'name': 'c', 'varTableIndex': 0}, {'name': 'd', 'varTableIndex': 'x'}]",
                        "[null]"),
              "[{'a': null}, {'b': null}, {'c': null}, {'d': null}]");
}

TEST(SnapshotVariables, ATableWithHolesMayBeAnObject)
{
    EXPECT_EQ(variables("[{'name': 'a', 'varTableIndex': 9}]", "{'9': {'value': 'v'}}"), "[{'a': 'v'}]");
}

TEST(SnapshotVariables, CyclesAreTold)
{
    const char *table = "[{'members': [{'name': 'me', 'varTableIndex': 0}]}]";

    EXPECT_EQ(variables("[{'name': 'a', 'varTableIndex': 0}]", table),
              "[{'a': {'me': 'DBG_MSG: Cycle, refers to same instance as ancestor field 'a'.'}}]");
    EXPECT_EQ(variables("[{'varTableIndex': 0}]", table),
              "[{'': {'me': 'DBG_MSG: Cycle, refers to same instance as an ancestor field.'}}]");
}

TEST(SnapshotVariables, TheSameObjectTwiceIsNoCycle)
{
    EXPECT_EQ(variables("[{'name': 'a', 'members': [{'name': 'x', 'varTableIndex': 0}, {'name': 'y', "
                        "'varTableIndex': 0}]}]",
                        "[{'value': 'v'}]"),
              "[{'a': {'x': 'v', 'y': 'v'}}]");
}

TEST(SnapshotVariables, StopAtTheLevelAskedFor)
{
    const char *deep = "[{'name': 'a', 'members': [{'name': 'b', 'type': 'T', 'members': [{'name': 'c'}]}]}]";

    EXPECT_EQ(variables(deep, "[]", 2), "[{'a': {'b (T)': {'c': ''}}}]");
    EXPECT_EQ(variables(deep, "[]", 0),
              "[{'a': {'b': 'DBG_MSG: Max expansion level of 0 hit. Specify a larger value "
              "for --max-level to see more.'}}]");
}

TEST(SnapshotVariables, TheirStatusIsAMemberOfItsOwn)
{
    EXPECT_EQ(
        variables("[{'name': 'a', 'type': 'T', 'status': {'description': {'format': 'lost $0', 'parameters': "
                  "['x']}}}, {'name': 'b', 'members': [{'name': 'c', 'status': {'description': {'format': "
                  "'no'}}}]}]"),
        "[{'a (T)': ''}, {'a (T) - DBG_MSG': 'lost x'}, {'b': {'c': '', 'c - DBG_MSG': 'no'}}]");
}

TEST(SnapshotVariables, OddShapesReadAsNothing)
{
    EXPECT_EQ(variables("'text'"), "[]");
    EXPECT_EQ(variables("[null, 1, {'name': 2, 'type': null, 'members': 'x', 'status': 3}]"),
              "[{'2 (None)': ''}]");
}

static std::string view(const char *text, long long frame = 0, int expected = 0)
{
    TestOutput test;
    Json snapshot = json(text);

    EXPECT_TRUE(breakpoint_normalize(snapshot.get(), "b-1"));
    EXPECT_EQ(snapshot_view(snapshot.get(), frame, 3, &test.output), expected);
    EXPECT_EQ(test.data.text(), "");
    return test.people.text();
}

#define RULER "--------------------------------------------------------------------------------\n"

TEST(SnapshotView, OfAnActiveOneIsTheSummary)
{
    EXPECT_EQ(view("{'location': {'path': 'a.py', 'line': 1}, 'createTimeUnixMsec': 1649962215000}"),
              "\n" RULER "| Summary\n" RULER "\n"
              "Location:    a.py:1\n"
              "Condition:   No condition set\n"
              "Expressions: No expressions set\n"
              "Status:      Active\n"
              "Create Time: 2022-04-14T18:50:15Z\n"
              "Final Time:  \n");
}

static const char kTaken[] =
    "{'location': {'path': 'a.py', 'line': 1}, 'isFinalState': true, 'condition': 'x\\n', 'expressions': "
    "['a', 'b'],"
    " 'evaluatedExpressions': [{'name': 'a', 'value': '1'}],"
    " 'stackFrames': [{'function': 'f', 'location': {'path': 'a.py', 'line': 1}, 'arguments': [{'name': "
    "'p'}],"
    " 'locals': [{'name': 'q'}]}, {'location': {'path': 'b\\u001b.py', 'line': 2}}, null]}";

TEST(SnapshotView, OfATakenOneIsEverything)
{
    EXPECT_EQ(view(kTaken), "\n" RULER "| Summary\n" RULER "\n"
                            "Location:    a.py:1\n"
                            "Condition:   x\\n\n"
                            "Expressions: ['a', 'b']\n"
                            "Status:      Complete\n"
                            "Create Time: not set\n"
                            "Final Time:  not set\n"
                            "\n" RULER "| Evaluated Expressions\n" RULER "\n"
                            "[\n  {\n    \"a\": \"1\"\n  }\n]\n"
                            "\n" RULER "| Local Variables For Stack Frame Index 0:\n" RULER "\n"
                            "[\n  {\n    \"p\": \"\"\n  },\n  {\n    \"q\": \"\"\n  }\n]\n"
                            "\n" RULER "| CallStack:\n" RULER "\n"
                            "Function  Location  \n"
                            "--------  ----------\n"
                            "f         a.py:1    \n"
                            "unknown   b\\x1b.py:2\n"
                            "unknown   unknown   \n\n");
}

TEST(SnapshotView, OfAnotherFrameIsItsVariables)
{
    EXPECT_EQ(view(kTaken, 1), "\n" RULER "| Local Variables For Stack Frame Index 1:\n" RULER "\n"
                               "There are no local variables.\n");
    EXPECT_NE(view(kTaken, -3).find("\"q\""), std::string::npos);
}

TEST(SnapshotView, SaysHowManyFramesThereAre)
{
    EXPECT_EQ(view(kTaken, 3, -ERANGE), "Stack frame index 3 too big, there are only 3 stack frames.\n");
    EXPECT_EQ(view(kTaken, -4, -ERANGE), "Stack frame index -4 too small, there are only 3 stack frames.\n");
}

TEST(SnapshotView, OfAFailedOneSaysWhy)
{
    std::string failed =
        view("{'location': {'path': 'a.py', 'line': 1}, 'isFinalState': true, 'status': {'isError': true, "
             "'refersTo': 'BREAKPOINT_CONDITION', 'description': {'format': 'bad\\u001b'}}}");

    EXPECT_NE(failed.find("Status:      ERROR: bad\\x1b (refers to: BREAKPOINT_CONDITION)\n"),
              std::string::npos);
    EXPECT_EQ(failed.find("CallStack"), std::string::npos);
}

// A chain of references as long as somebody likes must not cost the stack.
TEST(SnapshotView, BoundsItsRecursion)
{
    std::string table = "[";

    for (int i = 0; i < 20000; i++)
        table += "{'members': [{'name': 'n', 'varTableIndex': " + std::to_string(i + 1) + "}]}, ";
    std::string text =
        "{'location': {'path': 'a.py', 'line': 1}, 'isFinalState': true, 'stackFrames': [{'locals': "
        "[{'name': 'n', 'varTableIndex': 0}]}], 'variableTable': " +
        table + "{}]}";
    TestOutput test;
    Json snapshot = json(text);

    ASSERT_TRUE(breakpoint_normalize(snapshot.get(), "b-1"));
    EXPECT_EQ(snapshot_view(snapshot.get(), 0, 1000000, &test.output), 0);
    EXPECT_NE(test.people.text().find("Max expansion level of 500 hit"), std::string::npos);
}
