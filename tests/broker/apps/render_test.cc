/* Whole documents, by the rules of the original agent; the numbers (A24 and so on) are those of its
 * description. */
#include "broker/apps/render.h"

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/broker/apps/failing_memory.hh"
#include "tests/broker/apps/wire.hh"

namespace
{

constexpr auto VALUE = SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_VALUE;
constexpr auto NAME = SNAPSHOT__STATUS_MESSAGE__REFERS_TO__VARIABLE_NAME;
constexpr auto UNSPECIFIED = SNAPSHOT__STATUS_MESSAGE__REFERS_TO__UNSPECIFIED;

const char BUFFER_FULL_ENTRY[] = R"({"status": {"isError": true, "refersTo": "VARIABLE_VALUE",
    "description": {"format": "Buffer full. Use an expression to see more data"}}})";

std::string dump(const json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY);
    std::string result = text ? text : "(nothing)";

    free(text);
    return result;
}

/* The fields in their order, which is the original's, laid out as dump() does. */
std::string normal(const std::string &text)
{
    json_error_t error;
    json_t *json = json_loads(text.c_str(), JSON_DECODE_ANY, &error);
    std::string result = json ? dump(json) : std::string("bad JSON in the test: ") + error.text;

    json_decref(json);
    return result;
}

class RenderTest : public ::testing::Test
{
  protected:
    ~RenderTest() override
    {
        json_decref(breakpoint_);
    }

    /* The breakpoint with the result in it. */
    json_t *render(const Snapshot__Capture &capture)
    {
        RenderContext context = {};
        std::vector<const char *> expressions;
        std::vector<char *> sys_path;

        for (std::string &entry : sys_path_)
            sys_path.push_back(entry.data());
        for (const std::string &expression : expressions_)
            expressions.push_back(expression.c_str());
        context.sys_path = sys_path.data();
        context.num_sys_path = sys_path.size();
        context.max_value_chars = max_value_chars_;
        context.expressions = expressions.data();
        context.num_expressions = expressions.size();
        EXPECT_EQ(render_capture(&capture, &context, breakpoint_), 0);
        return breakpoint_;
    }

    /* What becomes of one local variable. */
    std::string rendered(Wire::Variable *variable, const Wire::Variables &table = {})
    {
        Snapshot__Capture capture = wire_.capture({wire_.frame("f", "m.py", 1, {}, {variable})}, {}, table);
        const json_t *frame = json_array_get(json_object_get(render(capture), "stackFrames"), 0);

        return dump(json_array_get(json_object_get(frame, "locals"), 0));
    }

    /* The members of a container. */
    std::string members(Wire::Variable *container)
    {
        Snapshot__Capture capture =
            wire_.capture({wire_.frame("f", "m.py", 1, {}, {wire_.named("x", container)})});
        const json_t *frame = json_array_get(json_object_get(render(capture), "stackFrames"), 0);

        return dump(json_object_get(json_array_get(json_object_get(frame, "locals"), 0), "members"));
    }

    /* The name that a dict's item with this key has. */
    std::string key_name(Wire::Variable *key)
    {
        Wire::Variable *dict = wire_.named("x", wire_.dict({wire_.keyed(key, wire_.none())}));
        Snapshot__Capture capture = wire_.capture({wire_.frame("f", "m.py", 1, {}, {dict})});
        const json_t *frame = json_array_get(json_object_get(render(capture), "stackFrames"), 0);
        const json_t *local = json_array_get(json_object_get(frame, "locals"), 0);
        const json_t *member = json_array_get(json_object_get(local, "members"), 0);

        return json_string_value(json_object_get(member, "name"));
    }

    std::string path(const std::string &path)
    {
        Snapshot__Capture capture = wire_.capture({wire_.frame("f", path, 1)});
        const json_t *frame = json_array_get(json_object_get(render(capture), "stackFrames"), 0);

        return json_string_value(json_object_get(json_object_get(frame, "location"), "path"));
    }

    void set_breakpoint(const std::string &text)
    {
        json_decref(breakpoint_);
        breakpoint_ = json_loads(text.c_str(), 0, nullptr);
        ASSERT_NE(breakpoint_, nullptr);
    }

    Wire wire_;
    std::vector<std::string> sys_path_;
    std::vector<std::string> expressions_;
    uint32_t max_value_chars_ = 0;
    json_t *breakpoint_ = json_object();
};

/* ------------------------------------------------------------------------------------------------ the whole
 * thing */

TEST_F(RenderTest, WholeDocument)
{
    Wire::Variable *self = wire_.named("self", wire_.reference(1));
    Wire::Variable *args = wire_.named("args", wire_.tuple({wire_.integer(1), wire_.text("two")}));
    Wire::Variable *keywords =
        wire_.named("kw", wire_.dict({wire_.keyed(wire_.text("first"), wire_.integer(1))}));
    Wire::Variable *total = wire_.named("total", wire_.real(2.5));
    Snapshot__Frame *top = wire_.frame("add", "/srv/app/shop/cart.py", 42, {self, args, keywords}, {total});
    Snapshot__Frame *caller = wire_.frame("<module>", "/usr/lib/python3/main.py", 7);
    Wire::Variable *cart =
        wire_.object({wire_.named("items", wire_.reference(2)), wire_.named("owner", wire_.text("Ada"))},
                     "shop.cart.Cart");
    Wire::Variable *items = wire_.object({}, "shop.cart.Items");

    top->self_type = wire_.type("Cart");
    sys_path_ = {"", "/srv/app", "/usr/lib/python3"};
    expressions_ = {"self.owner", "1/0"};
    set_breakpoint(R"({"id": "b-1", "location": {"path": "cart.py", "line": 42}, "action": "CAPTURE"})");

    Snapshot__StatusMessage *division = wire_.status("Exception occurred: $0", {"division by zero"});
    Snapshot__Capture capture =
        wire_.capture({top, caller}, {wire_.text("Ada"), wire_.status_variable(division)}, {cart, items});

    EXPECT_EQ(dump(render(capture)), normal(R"({
        "id": "b-1", "location": {"path": "cart.py", "line": 42}, "action": "CAPTURE",
        "stackFrames": [
            {"function": "Cart.add", "location": {"path": "shop/cart.py", "line": 42},
             "arguments": [
                {"name": "self", "varTableIndex": 1},
                {"name": "args", "members": [{"name": "[0]", "value": "1", "type": "int"},
                                             {"name": "[1]", "value": "'two'", "type": "str"}], "type": "tuple"},
                {"name": "kw", "members": [{"name": "'first'", "value": "1", "type": "int"}], "type": "dict"}],
             "locals": [{"name": "total", "value": "2.5", "type": "float"}]},
            {"function": "<module>", "location": {"path": "main.py", "line": 7}, "arguments": [], "locals": []}],
        "evaluatedExpressions": [
            {"name": "self.owner", "value": "'Ada'", "type": "str"},
            {"name": "1/0", "status": {"isError": true, "refersTo": "VARIABLE_VALUE",
                "description": {"format": "Exception occurred: $0", "parameters": ["division by zero"]}}}],
        "variableTable": [
            {"status": {"isError": true, "refersTo": "VARIABLE_VALUE",
                "description": {"format": "Buffer full. Use an expression to see more data"}}},
            {"members": [{"name": "items", "varTableIndex": 2}, {"name": "owner", "value": "'Ada'", "type": "str"}],
             "type": "shop.cart.Cart"},
            {"members": [{"status": {"refersTo": "VARIABLE_NAME",
                "description": {"format": "Object has no fields"}}}], "type": "shop.cart.Items"}]})"));
}

TEST_F(RenderTest, EmptyCaptureHasAllParts)
{
    EXPECT_EQ(dump(render(wire_.capture({}))),
              normal(std::string(R"({"stackFrames": [], "evaluatedExpressions": [], "variableTable": [)") +
                     BUFFER_FULL_ENTRY + "]}"));
}

/* ---------------------------------------------------------------------------------------------------- A24 to
 * A27 */

TEST_F(RenderTest, A24FramesWithoutVariablesHaveEmptyLists)
{
    Snapshot__Capture capture = wire_.capture({wire_.frame("f", "m.py", 3)});

    EXPECT_EQ(
        dump(json_object_get(render(capture), "stackFrames")),
        normal(
            R"([{"function": "f", "location": {"path": "m.py", "line": 3}, "arguments": [], "locals": []}])"));
}

TEST_F(RenderTest, A25PathLosesTheFirstEntryOfSysPathThatItIsBelow)
{
    sys_path_ = {"", "/srv/app/lib", "/srv/app", "/usr/lib/python3/"};
    EXPECT_EQ(path("/srv/app/main.py"), "main.py");
    EXPECT_EQ(path("/srv/app/lib/x.py"), "x.py");
    EXPECT_EQ(path("/srv/application/x.py"), "/srv/application/x.py");
    EXPECT_EQ(path("/usr/lib/python3/json/__init__.py"), "json/__init__.py");
    EXPECT_EQ(path("/srv/app/./a/../b.py"), "b.py");
    EXPECT_EQ(path("/srv/app"), "/srv/app");
    EXPECT_EQ(path("relative/x.py"), "relative/x.py");
    EXPECT_EQ(path("<string>"), "<string>");
    EXPECT_EQ(path(""), ".");
}

TEST_F(RenderTest, A25TheOrderOfSysPathDecides)
{
    sys_path_ = {"/srv", "/srv/app"};
    EXPECT_EQ(path("/srv/app/main.py"), "app/main.py");
}

TEST_F(RenderTest, A25EntriesOfSysPathAreNormalisedToo)
{
    sys_path_ = {"/srv/./app//"};
    EXPECT_EQ(path("/srv/app/main.py"), "main.py");
    sys_path_ = {"/"};
    EXPECT_EQ(path("/main.py"), "main.py");
    sys_path_ = {"lib"};
    EXPECT_EQ(path("./lib/main.py"), "main.py");
}

TEST_F(RenderTest, A25PathThatIsNoUtf8IsStillCompared)
{
    sys_path_ = {"/srv/\xff"};
    EXPECT_EQ(path("/srv/\xff/main\xfe.py"), "main\xef\xbf\xbd.py");
}

TEST_F(RenderTest, A26MethodIsNamedWithTheTypeOfSelf)
{
    Snapshot__Frame *method = wire_.frame("run", "m.py", 1);
    Snapshot__Frame *function = wire_.frame("run", "m.py", 1);
    Snapshot__Frame *hostile = wire_.frame("run", "m.py", 1);
    const json_t *frames;

    method->self_type = wire_.type("Worker");
    hostile->self_type = 99;
    frames = json_object_get(render(wire_.capture({method, function, hostile})), "stackFrames");
    EXPECT_STREQ(json_string_value(json_object_get(json_array_get(frames, 0), "function")), "Worker.run");
    EXPECT_STREQ(json_string_value(json_object_get(json_array_get(frames, 1), "function")), "run");
    EXPECT_STREQ(json_string_value(json_object_get(json_array_get(frames, 2), "function")), "run");
}

/* ---------------------------------------------------------------------------------------------------- A28 to
 * A30 */

TEST_F(RenderTest, A28SimpleValuesHaveTheirReprAndType)
{
    EXPECT_EQ(rendered(wire_.named("a", wire_.integer(8))),
              normal(R"({"name":"a","value":"8","type":"int"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.none())), normal(R"({"name":"a","value":"None"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.singleton(SNAPSHOT__VARIABLE__SINGLETON__TRUE))),
              normal(R"({"name":"a","value":"True","type":"bool"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.singleton(SNAPSHOT__VARIABLE__SINGLETON__FALSE))),
              normal(R"({"name":"a","value":"False","type":"bool"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.singleton(SNAPSHOT__VARIABLE__SINGLETON__ELLIPSIS))),
              normal(R"({"name":"a","value":"Ellipsis","type":"ellipsis"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.singleton(SNAPSHOT__VARIABLE__SINGLETON__NOT_IMPLEMENTED))),
              normal(R"({"name":"a","value":"NotImplemented","type":"NotImplementedType"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.real(0.1))),
              normal(R"({"name":"a","value":"0.1","type":"float"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.text("x"))),
              normal(R"({"name":"a","value":"'x'","type":"str"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.blob("x"))),
              normal(R"({"name":"a","value":"b'x'","type":"bytes"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.blob("x", true))),
              normal(R"x({"name":"a","value":"bytearray(b'x')","type":"bytearray"})x"));
}

TEST_F(RenderTest, A28NumbersOfAllKinds)
{
    Snapshot__Complex number = SNAPSHOT__COMPLEX__INIT;
    Wire::Variable *complex = wire_.variable(SNAPSHOT__VARIABLE__VALUE_COMPLEX);
    Wire::Variable *big = wire_.variable(SNAPSHOT__VARIABLE__VALUE_BIG_INTEGER);

    number.real = 1;
    number.imaginary = 2;
    complex->complex = &number;
    big->big_integer = wire_.bytes(std::string(8, '\0') + "\x01");
    big->is_negative = true;
    EXPECT_EQ(rendered(wire_.named("a", complex)),
              normal(R"x({"name":"a","value":"(1+2j)","type":"complex"})x"));
    EXPECT_EQ(rendered(wire_.named("a", big)),
              normal(R"({"name":"a","value":"-18446744073709551616","type":"int"})"));
}

TEST_F(RenderTest, A28TypeThatWasSentWins)
{
    Wire::Variable *level = wire_.integer(3);

    level->type = wire_.type("Level");
    EXPECT_EQ(rendered(wire_.named("a", level)), normal(R"({"name":"a","value":"3","type":"Level"})"));
    level = wire_.integer(3);
    level->type = 1000;
    EXPECT_EQ(rendered(wire_.named("a", level)), normal(R"({"name":"a","value":"3","type":"int"})"));
}

TEST_F(RenderTest, A29LongValueIsCut)
{
    max_value_chars_ = 8;
    EXPECT_EQ(rendered(wire_.named("a", wire_.text("123456789"))),
              normal(R"({"name":"a","value":"'12345678...","type":"str"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.text("123456789", 1000000))),
              normal(R"({"name":"a","value":"'12345678...","type":"str"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.blob("123456789"))),
              normal(R"({"name":"a","value":"b'1234567...","type":"bytes"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.integer(1234567890))),
              normal(R"({"name":"a","value":"123456789...","type":"int"})"));
}

TEST_F(RenderTest, A29DefaultIs256Characters)
{
    std::string value(300, 'x');

    EXPECT_EQ(rendered(wire_.named("a", wire_.text(value))),
              normal(R"({"name":"a","value":"')" + value.substr(0, 256) + R"(...","type":"str"})"));
}

TEST_F(RenderTest, A29ValueMayHaveALimitOfItsOwn)
{
    Wire::Variable *large = wire_.text(std::string(300, 'x'));
    Wire::Variable *small = wire_.text("123456");

    large->max_chars = 32768;
    small->max_chars = 3;
    EXPECT_EQ(rendered(wire_.named("a", large)),
              normal(R"({"name":"a","value":"')" + std::string(300, 'x') + R"('","type":"str"})"));
    EXPECT_EQ(rendered(wire_.named("a", small)), normal(R"({"name":"a","value":"'123...","type":"str"})"));
}

TEST_F(RenderTest, A30DatesAreShownAsTheyAre)
{
    uint32_t datetime = wire_.type("datetime.datetime");
    uint32_t timedelta = wire_.type("datetime.timedelta");

    max_value_chars_ = 4; /* does not apply */
    EXPECT_EQ(rendered(wire_.named("a", wire_.literal("2014-06-11 02:30:00", datetime))),
              normal(R"({"name":"a","value":"2014-06-11 02:30:00","type":"datetime.datetime"})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.literal("3 days, 0:00:00.008237", timedelta))),
              normal(R"({"name":"a","value":"3 days, 0:00:00.008237","type":"datetime.timedelta"})"));
}

/* ---------------------------------------------------------------------------------------------------- A31 to
 * A33 */

TEST_F(RenderTest, A31MemberAfterTheLastOneSaysHowManyThereAre)
{
    Wire::Variable *list = wire_.list({wire_.integer(0), wire_.integer(1)});

    list->num_shown = 2;
    EXPECT_EQ(members(list), normal(R"([
        {"name": "[0]", "value": "0", "type": "int"}, {"name": "[1]", "value": "1", "type": "int"},
        {"status": {"refersTo": "VARIABLE_VALUE", "description": {
            "format": "Only first $0 items were captured. Use in an expression to see all items.",
            "parameters": ["2"]}}}])"));
}

TEST_F(RenderTest, A32ItemsOfDictsAreNamedByTheReprOfTheirKeys)
{
    EXPECT_EQ(key_name(wire_.text("first")), "'first'");
    EXPECT_EQ(key_name(wire_.text("it's")), "\"it's\"");
    EXPECT_EQ(key_name(wire_.integer(5)), "5");
    EXPECT_EQ(key_name(wire_.real(1)), "1.0");
    EXPECT_EQ(key_name(wire_.none()), "None");
    EXPECT_EQ(key_name(wire_.blob("x")), "b'x'");
    EXPECT_EQ(key_name(wire_.literal("function f")), "function f");
    EXPECT_EQ(key_name(wire_.set({wire_.integer(5), wire_.integer(6)}, "frozenset")), "frozenset({5, 6})");
    EXPECT_EQ(key_name(wire_.set({}, "frozenset")), "frozenset()");
    EXPECT_EQ(key_name(wire_.tuple({})), "()");
    EXPECT_EQ(key_name(wire_.tuple({wire_.integer(1)})), "(1,)");
    EXPECT_EQ(key_name(wire_.tuple({wire_.text("a"), wire_.tuple({wire_.none()})})), "('a', (None,))");
}

TEST_F(RenderTest, A32KeysWithoutAReprOfTheirOwn)
{
    Wire::Variable *cut = wire_.tuple({wire_.integer(1)});
    Wire::Variable *point = wire_.container(
        SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE,
        {wire_.named("x", wire_.integer(1)), wire_.named("y", wire_.integer(2))}, wire_.type("Point"));

    cut->num_shown = 1;
    EXPECT_EQ(key_name(cut), "(1, ...)");
    EXPECT_EQ(key_name(point), "Point(x=1, y=2)");
    EXPECT_EQ(key_name(wire_.object({}, "shop.Cart")), "<shop.Cart object>");
    EXPECT_EQ(key_name(wire_.reference(1)), "...");
    EXPECT_EQ(key_name(wire_.status_variable(wire_.status("not $0", {"visible"}))), "<not visible>");
}

TEST_F(RenderTest, A32LongKeyIsNotCut)
{
    EXPECT_EQ(key_name(wire_.text(std::string(1000, 'k'))), "'" + std::string(1000, 'k') + "'");
    EXPECT_EQ(key_name(wire_.text("kkk", 5000)), "'kkk...");
}

TEST_F(RenderTest, A32MembersOfSequencesAndSetsAreNumbered)
{
    EXPECT_EQ(
        members(wire_.set({wire_.integer(7), wire_.named("", wire_.integer(8))})),
        normal(
            R"([{"name": "[0]", "value": "7", "type": "int"}, {"name": "[1]", "value": "8", "type": "int"}])"));
    EXPECT_EQ(
        members(wire_.list({wire_.named("x", wire_.integer(7)), wire_.integer(8)})),
        normal(
            R"([{"name": "x", "value": "7", "type": "int"}, {"name": "[1]", "value": "8", "type": "int"}])"));
}

TEST_F(RenderTest, A33EmptyContainersSayWhatTheyAre)
{
    const std::string before = R"([{"status": {"refersTo": "VARIABLE_NAME", "description": {"format": ")";

    EXPECT_EQ(members(wire_.dict({})), normal(before + "Empty dictionary\"}}}]"));
    EXPECT_EQ(members(wire_.list({})), normal(before + "Empty collection\"}}}]"));
    EXPECT_EQ(members(wire_.set({})), normal(before + "Empty collection\"}}}]"));
    EXPECT_EQ(members(wire_.object({}, "m.C")), normal(before + "Object has no fields\"}}}]"));
    EXPECT_EQ(rendered(wire_.named("x", wire_.dict({}))),
              normal(R"({"name": "x", "members": )" + before + R"(Empty dictionary"}}}], "type": "dict"})"));
}

/* ---------------------------------------------------------------------------------------------------- A34 to
 * A37 */

TEST_F(RenderTest, A34SharedObjectIsReferredTo)
{
    Wire::Variable *shared = wire_.object({wire_.named("me", wire_.reference(1))}, "m.C");

    EXPECT_EQ(rendered(wire_.named("a", wire_.reference(1)), {shared}),
              normal(R"({"name":"a","varTableIndex":1})"));
    EXPECT_EQ(dump(json_array_get(json_object_get(breakpoint_, "variableTable"), 1)),
              normal(R"({"members": [{"name": "me", "varTableIndex": 1}], "type": "m.C"})"));
}

TEST_F(RenderTest, A35ReferenceToNothingIsBufferFull)
{
    EXPECT_EQ(rendered(wire_.named("a", wire_.reference(0))), normal(R"({"name":"a","varTableIndex":0})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.reference(2)), {wire_.integer(1)}),
              normal(R"({"name":"a","varTableIndex":0})"));
    EXPECT_EQ(rendered(wire_.named("a", wire_.reference(UINT32_MAX))),
              normal(R"({"name":"a","varTableIndex":0})"));
    EXPECT_EQ(dump(json_array_get(json_object_get(breakpoint_, "variableTable"), 0)),
              normal(BUFFER_FULL_ENTRY));
}

TEST_F(RenderTest, A36FunctionHasNoType)
{
    EXPECT_EQ(rendered(wire_.named("a", wire_.literal("function handle"))),
              normal(R"({"name":"a","value":"function handle"})"));
}

TEST_F(RenderTest, A36ExceptionHasItsArguments)
{
    Wire::Variable *exception = wire_.container(SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE, {wire_.text("bad")},
                                                wire_.type("ValueError"));

    EXPECT_EQ(rendered(wire_.named("e", exception)),
              normal(R"({"name": "e", "members": [{"name": "[0]", "value": "'bad'", "type": "str"}],
                         "type": "ValueError"})"));
}

TEST_F(RenderTest, A37ValueThatCannotBeCapturedSaysWhy)
{
    EXPECT_EQ(rendered(wire_.named(
                  "a", wire_.status_variable(wire_.status("Failed to capture variable: $0", {"why"})))),
              normal(R"({"name": "a", "status": {"isError": true, "refersTo": "VARIABLE_VALUE",
                         "description": {"format": "Failed to capture variable: $0", "parameters": ["why"]}}})"));
}

TEST_F(RenderTest, A37ValueOfAKindFromTheFutureIsNotCaptured)
{
    EXPECT_EQ(rendered(wire_.named("a", wire_.variable(SNAPSHOT__VARIABLE__VALUE__NOT_SET))),
              normal(R"({"name": "a", "status": {"isError": true, "refersTo": "VARIABLE_VALUE",
                         "description": {"format": "Failed to capture variable: $0",
                                         "parameters": ["the broker does not know this kind of value"]}}})"));
}

/* ---------------------------------------------------------------------------------------------------- A38 to
 * A41 */

TEST_F(RenderTest, A38ExpressionsAreNamedByTheirText)
{
    expressions_ = {"len(x)", "caf\xc3\xa9"};
    render(wire_.capture({}, {wire_.integer(3), wire_.named("ignored", wire_.list({})), wire_.integer(9)}));
    EXPECT_EQ(dump(json_object_get(breakpoint_, "evaluatedExpressions")), normal(R"x([
        {"name": "len(x)", "value": "3", "type": "int"
},
        {"name": "café", "members": [{"status": {"refersTo": "VARIABLE_NAME",
            "description": {"format": "Empty collection"}}}], "type": "list"}])x"));
}

TEST_F(RenderTest, A39ExpressionThatFailedHasAStatus)
{
    expressions_ = {"2+"};
    render(wire_.capture({}, {wire_.status_variable(wire_.status("Expression could not be compiled: $0",
                                                                 {"invalid syntax"}, NAME))}));
    EXPECT_EQ(dump(json_object_get(breakpoint_, "evaluatedExpressions")), normal(R"([
        {"name": "2+", "status": {"isError": true, "refersTo": "VARIABLE_NAME",
            "description": {"format": "Expression could not be compiled: $0", "parameters": ["invalid syntax"]}}}])"));
}

TEST_F(RenderTest, A40LabelsThatExistWin)
{
    Snapshot__Capture capture = wire_.capture({});

    capture.n_labels = 2;
    capture.labels = wire_.facts({wire_.fact("requestlogid", "collected"), wire_.fact("user", "ada")});
    set_breakpoint(R"({"labels": {"requestlogid": "given"}})");
    EXPECT_EQ(dump(json_object_get(render(capture), "labels")),
              normal(R"({"requestlogid": "given", "user": "ada"})"));
    set_breakpoint(R"({"id": "b-1"})");
    EXPECT_EQ(dump(json_object_get(render(capture), "labels")),
              normal(R"({"requestlogid": "collected", "user": "ada"})"));
}

TEST_F(RenderTest, TheTraceIsInTheLabels)
{
    Snapshot__Capture capture = wire_.capture({});
    Snapshot__Trace trace = SNAPSHOT__TRACE__INIT;
    std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736", span_id = "00f067aa0ba902b7";

    trace.trace_id = &trace_id[0];
    trace.span_id = &span_id[0];
    capture.trace = &trace;
    set_breakpoint(R"({"labels": {"span_id": "given"}})");
    EXPECT_EQ(dump(json_object_get(render(capture), "labels")),
              normal(R"({"span_id": "given", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"})"));
}

TEST_F(RenderTest, A40LabelThatTheDatabaseWouldRefuseIsLeftOut)
{
    Snapshot__Capture capture = wire_.capture({});

    capture.n_labels = 3;
    capture.labels = wire_.facts({wire_.fact("a.b", "1"), wire_.fact("", "2"), wire_.fact("ok", "3\xff")});
    EXPECT_EQ(dump(json_object_get(render(capture), "labels")), normal("{\"ok\": \"3\xef\xbf\xbd\"}"));
}

TEST_F(RenderTest, A40LabelsOfAnotherTypeAreLeftAlone)
{
    Snapshot__Capture capture = wire_.capture({});

    capture.n_labels = 1;
    capture.labels = wire_.facts({wire_.fact("a", "1")});
    set_breakpoint(R"({"labels": "nonsense"})");
    EXPECT_EQ(dump(json_object_get(render(capture), "labels")), "\"nonsense\"");
}

TEST_F(RenderTest, A41InvisibleVariableHasAStatusAboutItsName)
{
    EXPECT_EQ(
        rendered(wire_.named("a", wire_.status_variable(wire_.status("blacklisted by config", {}, NAME)))),
        normal(R"({"name": "a", "status": {"isError": true, "refersTo": "VARIABLE_NAME",
                         "description": {"format": "blacklisted by config"}}})"));
}

/* --------------------------------------------------------------------------------------------------------
 * status */

TEST_F(RenderTest, StatusHasOnlyWhatIsSet)
{
    json_t *status = render_status(wire_.status("hello", {}, UNSPECIFIED, false));

    EXPECT_EQ(dump(status), normal(R"({"description": {"format": "hello"}})"));
    json_decref(status);
}

TEST_F(RenderTest, StatusRefersToEveryPart)
{
    const std::vector<std::pair<Snapshot__StatusMessage__RefersTo, std::string>> names = {
        {SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION, "BREAKPOINT_SOURCE_LOCATION"},
        {SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_CONDITION, "BREAKPOINT_CONDITION"},
        {SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_EXPRESSION, "BREAKPOINT_EXPRESSION"},
        {SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_AGE, "BREAKPOINT_AGE"},
        {NAME, "VARIABLE_NAME"},
        {VALUE, "VARIABLE_VALUE"},
    };

    for (const auto &[refers_to, name] : names) {
        json_t *status = render_status(wire_.status("x", {"1", "2"}, refers_to));

        EXPECT_EQ(dump(status), normal(R"({"isError": true, "refersTo": ")" + name +
                                       R"(", "description": {"format": "x", "parameters": ["1", "2"]}})"));
        json_decref(status);
    }
}

TEST_F(RenderTest, StatusOfAnUnknownKindRefersToNothing)
{
    json_t *status = render_status(wire_.status("x", {}, static_cast<Snapshot__StatusMessage__RefersTo>(77)));

    EXPECT_EQ(dump(status), normal(R"({"isError": true, "description": {"format": "x"}})"));
    json_decref(status);
}

TEST_F(RenderTest, StatusOfTheCaptureReplacesThatOfTheWait)
{
    Snapshot__Capture capture = wire_.capture({});

    set_breakpoint(R"({"status": {"isError": true, "description": {"format": "the condition raised"}}})");
    capture.status = wire_.status("INTERNAL ERROR: $0", {"x"}, UNSPECIFIED);
    capture.is_budget_exhausted = true;
    EXPECT_EQ(
        dump(json_object_get(render(capture), "status")),
        normal(R"({"isError": true, "description": {"format": "INTERNAL ERROR: $0", "parameters": ["x"]}})"));
}

TEST_F(RenderTest, StatusOfTheWaitIsGoneAfterACapture)
{
    set_breakpoint(R"({"status": {"isError": true, "description": {"format": "the condition raised"}}})");
    EXPECT_EQ(json_object_get(render(wire_.capture({})), "status"), nullptr);
}

TEST_F(RenderTest, ExhaustedBudgetIsANoteAndNoError)
{
    Snapshot__Capture capture = wire_.capture({});

    capture.is_budget_exhausted = true;
    capture.capture_ns = 5012345;
    EXPECT_EQ(dump(json_object_get(render(capture), "status")), normal(R"({"description": {
        "format": "The capture was ended by its time budget, after $0 ms: what it did not reach is shown as \"Buffer full\". Use an expression to see more data",
        "parameters": ["5.0"]}})"));
}

/* ------------------------------------------------------------------------------------------------- hostile
 * captures */

TEST_F(RenderTest, MembersAreShownToTheDepthThatTheDatabaseTakes)
{
    Wire::Variable *nested = wire_.integer(1);
    const json_t *shown;
    int depth = 0;

    for (int i = 0; i < 50; i++)
        nested = wire_.list({nested});
    render(wire_.capture({wire_.frame("f", "m.py", 1, {}, {wire_.named("x", nested)})}));
    shown = json_array_get(
        json_object_get(json_array_get(json_object_get(breakpoint_, "stackFrames"), 0), "locals"), 0);
    while (json_object_get(shown, "members")) {
        shown = json_array_get(json_object_get(shown, "members"), 0);
        depth++;
    }
    EXPECT_EQ(depth, RENDER_DEPTH_MAX);
    EXPECT_EQ(dump(shown), normal(R"({"name": "[0]", "varTableIndex": 0, "type": "list"})"));
}

TEST_F(RenderTest, DeepestDocumentHas32LevelsInTheDatabase)
{
    Wire::Variable *nested = wire_.status_variable(wire_.status("$0", {"x"}));
    size_t num_levels = 5; /* cdbg/breakpoints/<debuggee>/snapshot/<id> */
    const json_t *json;

    for (int i = 0; i < RENDER_DEPTH_MAX; i++)
        nested = wire_.list({nested});
    json = render(wire_.capture({wire_.frame("f", "m.py", 1, {}, {nested})}));
    for (const char *key : {"stackFrames", "locals"}) {
        json = json_array_get(json_object_get(json, key), 0);
        num_levels += 2;
    }
    while (json_object_get(json, "members")) {
        json = json_array_get(json_object_get(json, "members"), 0);
        num_levels += 2;
    }
    ASSERT_NE(json_object_get(json_object_get(json_object_get(json, "status"), "description"), "parameters"),
              nullptr);
    EXPECT_LE(num_levels + 4, 32u);
}

TEST_F(RenderTest, KeysInKeysEnd)
{
    Wire::Variable *key = wire_.integer(1);

    for (int i = 0; i < 60; i++)
        key = wire_.tuple({key});
    EXPECT_NE(key_name(key).find("(...,)"), std::string::npos);
}

TEST_F(RenderTest, KeysOfKeysDoNotMatter)
{
    Wire::Variable *key = wire_.keyed(wire_.integer(2), wire_.integer(1));

    EXPECT_EQ(key_name(key), "1");
}

TEST_F(RenderTest, NumberOfVariablesIsBounded)
{
    Wire::Variables many(RENDER_VARIABLES_MAX + 100, wire_.integer(1));
    const json_t *table;

    render(wire_.capture({wire_.frame("f", "m.py", 1, {}, {wire_.named("x", wire_.list(many))})}, {},
                         {wire_.integer(1)}));
    table = json_object_get(breakpoint_, "variableTable");
    ASSERT_EQ(json_array_size(table), 2u); /* its length stays, since others refer to it */
    EXPECT_EQ(dump(json_array_get(table, 1)), normal(BUFFER_FULL_ENTRY));
}

TEST_F(RenderTest, ContainerThatWasEndedByTheBoundSaysSo)
{
    Wire::Variables many(RENDER_VARIABLES_MAX, wire_.integer(1));
    const json_t *local;
    const json_t *list;

    render(wire_.capture({wire_.frame("f", "m.py", 1, {}, {wire_.list(many)})}));
    local = json_object_get(json_array_get(json_object_get(breakpoint_, "stackFrames"), 0), "locals");
    list = json_object_get(json_array_get(local, 0), "members");
    ASSERT_EQ(json_array_size(list), RENDER_VARIABLES_MAX);
    EXPECT_EQ(dump(json_array_get(list, RENDER_VARIABLES_MAX - 1)),
              normal(R"({"status": {"refersTo": "VARIABLE_VALUE",
        "description": {"format": "Only first $0 items were captured. Use in an expression to see all items.",
                        "parameters": ["39999"]}}})"));
}

TEST_F(RenderTest, TypeNamesDoNotMultiply)
{
    uint32_t type = wire_.type(std::string(100000, 't'));
    Wire::Variable *variable = wire_.integer(1);

    variable->type = type;
    render(wire_.capture({wire_.frame("f", "m.py", 1, {}, {wire_.list(Wire::Variables(20000, variable))})}));
    EXPECT_LT(dump(breakpoint_).size(), 2u * RENDER_TEXT_BYTES_MAX);
}

TEST_F(RenderTest, NumberOfFramesIsBounded)
{
    render(
        wire_.capture(std::vector<Snapshot__Frame *>(RENDER_FRAMES_MAX + 10, wire_.frame("f", "m.py", 1))));
    EXPECT_EQ(json_array_size(json_object_get(breakpoint_, "stackFrames")), RENDER_FRAMES_MAX);
}

TEST_F(RenderTest, NamesThatAreNoUtf8AreReplaced)
{
    EXPECT_EQ(rendered(wire_.named("a\xff\xed\xb2\x80", wire_.integer(1))),
              normal("{\"name\": \"a\xef\xbf\xbd\xef\xbf\xbd\", \"value\": \"1\", \"type\": \"int\"}"));
    EXPECT_EQ(rendered(wire_.named(std::string("a\0b", 3), wire_.literal(std::string("\0", 1)))),
              normal("{\"name\": \"a\xef\xbf\xbd"
                     "b\", \"value\": \"\xef\xbf\xbd\"}"));
}

TEST_F(RenderTest, UnknownEnumeratorsAreHarmless)
{
    EXPECT_EQ(rendered(wire_.named("a", wire_.singleton(static_cast<Snapshot__Variable__Singleton>(99)))),
              normal(R"({"name": "a", "value": "None"})"));
    EXPECT_EQ(members(wire_.container(static_cast<Snapshot__Variable__Container>(99), {wire_.integer(1)})),
              normal(R"([{"name": "", "value": "1", "type": "int"}])"));
    EXPECT_EQ(key_name(wire_.container(static_cast<Snapshot__Variable__Container>(99), {})), "...");
}

/* ---------------------------------------------------------------------------------------------------------
 * memory */

TEST_F(RenderTest, EveryFailedAllocationIsTold)
{
    Snapshot__Frame *frame = wire_.frame(
        "f", "/srv/m.py", 1, {wire_.named("a", wire_.text("x"))},
        {wire_.named("b", wire_.dict({wire_.keyed(wire_.tuple({wire_.integer(1)}), wire_.list({}))}))});
    Snapshot__Capture capture = wire_.capture({frame}, {wire_.real(1)}, {wire_.reference(1)});
    const char *expression = "x";
    char sys_path_entry[] = "/srv";
    char *sys_path = sys_path_entry;
    RenderContext context = {&sys_path, 1, 0, &expression, 1};

    frame->self_type = 1;
    capture.n_labels = 1;
    capture.labels = wire_.facts({wire_.fact("requestlogid", "1")});
    capture.is_budget_exhausted = true;
    failing_memory::expect_every_failure_is_told([&] {
        json_t *breakpoint = json_object();
        int result = -ENOMEM;

        if (breakpoint)
            result = render_capture(&capture, &context, breakpoint);
        json_decref(breakpoint);
        return result;
    });
}

TEST_F(RenderTest, EveryFailedAllocationOfAStatusIsTold)
{
    Snapshot__StatusMessage *status = wire_.status("x $0", {"y"});

    failing_memory::expect_every_failure_is_told([&] {
        json_t *json = render_status(status);

        json_decref(json);
        return json ? 0 : -ENOMEM;
    });
}

/* ----------------------------------------------------------------------------------------------------------
 * speed */

/* The heavy case of the original's figures: 3,287 variables. Printed, not asserted. */
TEST_F(RenderTest, HeavyCaptureIsMeasured)
{
    Wire::Variables table;
    RenderContext context = {};
    int64_t best_us = INT64_MAX;

    for (int i = 0; i < 298; i++) {
        table.push_back(wire_.object({wire_.named("identifier", wire_.integer(i * 7919)),
                                      wire_.named("name", wire_.text("customer number " + std::to_string(i))),
                                      wire_.named("ratio", wire_.real(i / 7.0)),
                                      wire_.named("next", wire_.reference(static_cast<uint32_t>(i))),
                                      wire_.named("tags", wire_.list({wire_.text("a"), wire_.text("b"),
                                                                      wire_.none(), wire_.integer(i)})),
                                      wire_.keyed(wire_.text("key"), wire_.integer(i))},
                                     "shop.models.Customer"));
    }
    Snapshot__Capture capture = wire_.capture({wire_.frame("f", "/srv/app/m.py", 1)}, {}, table);
    for (int i = 0; i < 20; i++) {
        auto start = std::chrono::steady_clock::now();
        json_t *breakpoint = json_object();

        ASSERT_EQ(render_capture(&capture, &context, breakpoint), 0);
        auto elapsed = std::chrono::steady_clock::now() - start;
        best_us = std::min<int64_t>(best_us,
                                    std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count());
        json_decref(breakpoint);
    }
    std::cout << "rendering 3,278 variables: " << best_us << " us\n";
}

} // namespace
