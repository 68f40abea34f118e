/* Secrets in the messages of stubs: what is hidden, what stays, and where a value is met more than once. */
#include <errno.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <jansson.h>

#include "broker/apps/render.h"
#include "broker/logs/message.h"
#include "broker/privacy/redact.h"
#include "tests/broker/apps/failing_memory.hh"
#include "tests/broker/apps/wire.hh"
#include "tests/broker/privacy/secrets.hh"

namespace
{

const std::string HIDDEN = "<redacted: name>";

class RedactTest : public testing::Test
{
  protected:
    using Variable = Wire::Variable;
    using Variables = Wire::Variables;

    void SetUp() override
    {
        RedactorOptions options = {};

        options.metrics = &metrics_;
        ASSERT_EQ(redactor_new(&options, &redactor_), 0);
    }

    void TearDown() override
    {
        redactor_ = redactor_free(redactor_);
        json_decref(json_);
    }

    /* The JSON of a capture with these locals and this table. */
    json_t *render(const Variables &locals, const Variables &table = {}, const Variables &expressions = {})
    {
        Snapshot__Capture capture =
            wire_.capture({wire_.frame("f", "a.py", 1, {}, locals)}, expressions, table);

        return render(&capture);
    }

    json_t *render(Snapshot__Capture *capture)
    {
        static const char *const names[] = {"a", "b", "c"};
        RenderContext context = {};

        context.expressions = names;
        context.num_expressions = 3;
        redact_capture(redactor_, capture);
        json_decref(json_);
        json_ = json_object();
        EXPECT_EQ(render_capture(capture, &context, json_), 0);
        return json_;
    }

    /* One local, as JSON text. */
    std::string shown(Variable *variable, const Variables &table = {})
    {
        const json_t *frame = json_array_get(json_object_get(render({variable}, table), "stackFrames"), 0);

        return dump(json_array_get(json_object_get(frame, "locals"), 0));
    }

    std::string table_entry(size_t index)
    {
        return dump(json_array_get(json_object_get(json_, "variableTable"), index));
    }

    static std::string dump(const json_t *json)
    {
        char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
        std::string result = text ? text : "";

        free(text);
        return result;
    }

    std::string logged(const Variables &values, const std::string &format = "$0")
    {
        Snapshot__LogEntry entry = wire_.log_entry(values);
        char *text = nullptr;

        redact_log_entry(redactor_, &entry);
        EXPECT_EQ(message_format(format.c_str(), &entry, &text), 0);
        std::string result = text;
        free(text);
        return result.substr(strlen(MESSAGE_PREFIX));
    }

    Variable *secret(const std::string &name)
    {
        return wire_.named(name, wire_.text("hunter2!"));
    }

    Metrics metrics_ = {};
    Redactor *redactor_ = nullptr;
    json_t *json_ = nullptr;
    Wire wire_;
};

TEST_F(RedactTest, AValueWithAProtectedNameReadsSoAndKeepsItsType)
{
    EXPECT_EQ(shown(secret("db_password")),
              R"({"name":"db_password","type":"str","value":"<redacted: name>"})");
    EXPECT_EQ(shown(wire_.named("pin", wire_.integer(1234))),
              R"({"name":"pin","type":"int","value":"<redacted: name>"})");
    EXPECT_EQ(shown(wire_.named("token", wire_.blob("abc"))),
              R"({"name":"token","type":"bytes","value":"<redacted: name>"})");
    EXPECT_EQ(shown(wire_.named("token", wire_.blob("abc", true))),
              R"({"name":"token","type":"bytearray","value":"<redacted: name>"})");
    EXPECT_EQ(shown(wire_.named("otp", wire_.real(1.5))),
              R"({"name":"otp","type":"float","value":"<redacted: name>"})");
    EXPECT_EQ(shown(wire_.named("secret", wire_.literal("<Secret 5>", wire_.type("x.Secret")))),
              R"({"name":"secret","type":"x.Secret","value":"<redacted: name>"})");
    EXPECT_EQ(metrics_get(&metrics_, METRIC_VALUES_REDACTED_NAME), 6);
    EXPECT_EQ(metrics_get(&metrics_, METRIC_VALUES_REDACTED_FORM), 0);
}

TEST_F(RedactTest, WhatSaysNothingStays)
{
    EXPECT_EQ(shown(wire_.named("password", wire_.none())), R"({"name":"password","value":"None"})");
    EXPECT_EQ(shown(wire_.named("secret", wire_.singleton(SNAPSHOT__VARIABLE__SINGLETON__TRUE))),
              R"({"name":"secret","type":"bool","value":"True"})");
    EXPECT_EQ(shown(wire_.named("password", wire_.reference(0))), R"({"name":"password","varTableIndex":0})");
    EXPECT_EQ(
        shown(wire_.named("password", wire_.status_variable(wire_.status("blacklisted by config")))),
        R"({"name":"password","status":{"description":{"format":"blacklisted by config"},"isError":true,)"
        R"("refersTo":"VARIABLE_VALUE"}})");
    EXPECT_EQ(shown(wire_.named("user", wire_.text("bob"))),
              R"({"name":"user","type":"str","value":"'bob'"})");
    EXPECT_NE(
        shown(wire_.named("password", wire_.status_variable(wire_.status("$0", {"hunter2"})))).find(HIDDEN),
        std::string::npos);
}

TEST_F(RedactTest, WhatIsInAProtectedContainerIsHiddenWithIt)
{
    EXPECT_EQ(
        shown(wire_.named("credentials", wire_.dict({wire_.keyed(wire_.text("user"), wire_.text("bob"))}))),
        R"({"name":"credentials","type":"dict","value":"<redacted: name>"})");
    EXPECT_EQ(shown(wire_.named("tokens", wire_.list({wire_.text("a"), wire_.text("b")}))),
              R"({"name":"tokens","type":"list","value":"<redacted: name>"})");
    EXPECT_EQ(shown(wire_.named("secrets", wire_.set({wire_.text("a")}))),
              R"({"name":"secrets","type":"set","value":"<redacted: name>"})");
    EXPECT_EQ(shown(wire_.named("auth", wire_.tuple({wire_.text("bob"), wire_.text("x")}))),
              R"({"name":"auth","type":"tuple","value":"<redacted: name>"})");
}

TEST_F(RedactTest, KeysAreNames)
{
    auto item = [this](Variable *key) {
        return shown(wire_.named("d", wire_.dict({wire_.keyed(key, wire_.text("hunter2!"))})));
    };

    for (Variable *key :
         {wire_.text("password"), wire_.blob("X-Api-Key"), wire_.literal("<Setting.SECRET_KEY: 1>"),
          wire_.tuple({wire_.text("db"), wire_.text("password")}),
          wire_.tuple({wire_.integer(1), wire_.tuple({wire_.text("token")})})}) {
        std::string text = item(key);

        EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
        EXPECT_NE(text.find(HIDDEN), std::string::npos) << text;
    }
    EXPECT_NE(item(wire_.text("keyboard")).find("hunter2"), std::string::npos);
}

TEST_F(RedactTest, AKeyThatIsASecretIsNotShown)
{
    Secrets secrets;
    std::string jwt = secrets.jwt(), key = "gh"
                                           "p_" +
                                           secrets.any(Secrets::ALNUM, 36);
    std::string text = shown(wire_.named(
        "d", wire_.dict({wire_.keyed(wire_.text(jwt), wire_.integer(1)),
                         wire_.keyed(wire_.tuple({wire_.text(key), wire_.integer(2)}), wire_.integer(3)),
                         wire_.keyed(wire_.text("t " + key), wire_.integer(4))})));

    EXPECT_EQ(text.find(jwt), std::string::npos);
    EXPECT_EQ(text.find(key), std::string::npos);
    EXPECT_NE(text.find(R"("name":"<redacted: jwt>")"), std::string::npos) << text;
    EXPECT_NE(text.find("\"name\":\"(<redacted: github token>, 2)\""), std::string::npos) << text;
    EXPECT_NE(text.find(R"("name":"'t <redacted: github token>'")"), std::string::npos) << text;
}

TEST_F(RedactTest, PairsNameTheirSecondItem)
{
    for (Variable *pairs : {wire_.list({wire_.tuple({wire_.text("Authorization"), wire_.text("hunter2!")})}),
                            wire_.list({wire_.list({wire_.blob("x-api-key"), wire_.blob("hunter2!")})}),
                            wire_.tuple({wire_.text("password"), wire_.text("hunter2!")}),
                            wire_.list({wire_.text("mysql"), wire_.text("--password"), wire_.text("hunter2!"),
                                        wire_.text("-v")})}) {
        std::string text = shown(wire_.named("items", pairs));

        EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
        EXPECT_NE(text.find(HIDDEN), std::string::npos) << text;
    }
    for (Variable *others : {wire_.list({wire_.text("password"), wire_.text("email")}),
                             wire_.tuple({wire_.text("password"), wire_.text("email"), wire_.text("x")}),
                             wire_.tuple({wire_.text("the password is"), wire_.text("email")}),
                             wire_.list({wire_.text("--verbose"), wire_.text("email")})})
        EXPECT_NE(shown(wire_.named("items", others)).find("email"), std::string::npos);
}

TEST_F(RedactTest, RecordsNameTheirValue)
{
    auto record = [this](const char *name, const char *secret_name, const char *value) {
        return wire_.dict({wire_.keyed(wire_.text(name), wire_.text(secret_name)),
                           wire_.keyed(wire_.text(value), wire_.text("hunter2!"))});
    };

    EXPECT_EQ(shown(wire_.named("env", record("name", "DB_PASSWORD", "value"))).find("hunter2"),
              std::string::npos);
    EXPECT_EQ(shown(wire_.named("env", record("Key", "secret", "Value"))).find("hunter2"), std::string::npos);
    EXPECT_NE(shown(wire_.named("env", record("name", "DB_HOST", "value"))).find("hunter2"),
              std::string::npos);
    EXPECT_NE(shown(wire_.named("env", record("title", "DB_PASSWORD", "value"))).find("hunter2"),
              std::string::npos);
    EXPECT_EQ(shown(wire_.named("o", wire_.object({wire_.named("header", wire_.text("Authorization")),
                                                   wire_.named("value", wire_.text("hunter2!"))},
                                                  "m.Header")))
                  .find("hunter2"),
              std::string::npos);
}

TEST_F(RedactTest, SecretsOfAFormAreFoundInEveryKindOfValue)
{
    Secrets secrets;

    for (const Secrets::Form &form : secrets.forms()) {
        std::string text = form.make(), marker = "<redacted: " + form.kind + ">";

        EXPECT_EQ(shown(wire_.named("x", wire_.text(text))),
                  R"({"name":"x","type":"str","value":")" + marker + "\"}");
        EXPECT_EQ(shown(wire_.named("x", wire_.blob(text))),
                  R"({"name":"x","type":"bytes","value":")" + marker + "\"}");
        EXPECT_EQ(shown(wire_.named("x", wire_.literal("<K " + text + ">", wire_.type("m.K")))),
                  R"({"name":"x","type":"m.K","value":"<K )" + marker + ">\"}");
        EXPECT_EQ(shown(wire_.named("x", wire_.text("a " + text + " b"))),
                  R"({"name":"x","type":"str","value":"'a )" + marker + " b'\"}");
        EXPECT_EQ(logged({wire_.list({wire_.text(text)})}), "[" + marker + "]");
    }
    EXPECT_GT(metrics_get(&metrics_, METRIC_VALUES_REDACTED_FORM), 100);
    EXPECT_EQ(metrics_get(&metrics_, METRIC_VALUES_REDACTED_NAME), 0);
}

TEST_F(RedactTest, CardsAreFoundAsNumbers)
{
    Secrets secrets;
    int64_t card = std::stoll(secrets.card("4", 16));

    EXPECT_EQ(shown(wire_.named("n", wire_.integer(card))),
              R"({"name":"n","type":"int","value":"<redacted: card>"})");
    EXPECT_EQ(shown(wire_.named("n", wire_.real(static_cast<double>(card)))),
              R"({"name":"n","type":"float","value":"<redacted: card>"})");
    EXPECT_NE(shown(wire_.named("n", wire_.integer(-card))).find(std::to_string(card)), std::string::npos);
    EXPECT_NE(shown(wire_.named("n", wire_.integer(card + 1))).find(std::to_string(card + 1)),
              std::string::npos);
    for (double real : {0.0, -1.5, 1e300, 0.0 / 0.0, 1.0 / 0.0, 4.5})
        EXPECT_EQ(shown(wire_.named("n", wire_.real(real))).find("redacted"), std::string::npos) << real;
}

TEST_F(RedactTest, MessagesAboutValuesAreLookedThroughAsWell)
{
    Secrets secrets;
    std::string jwt = secrets.jwt();
    Snapshot__Capture capture = wire_.capture(
        {}, {wire_.status_variable(wire_.status("Exception occurred: $0", {"bad value " + jwt}))});
    Snapshot__Fact *labels[] = {wire_.fact("requestlogid", "r " + jwt), wire_.fact("api_key", "hunter2")};
    Snapshot__BreakpointState state = SNAPSHOT__BREAKPOINT_STATE__INIT;

    capture.labels = labels;
    capture.n_labels = 2;
    capture.status = wire_.status("failed", {jwt});
    std::string text = dump(render(&capture));
    EXPECT_EQ(text.find(jwt), std::string::npos) << text;
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
    EXPECT_NE(text.find("bad value <redacted: jwt>"), std::string::npos) << text;

    state.status = wire_.status("x $0 " + jwt, {jwt, "ok"});
    state.coverage = wire_.c_string(jwt);
    redact_state(redactor_, &state);
    EXPECT_STREQ(state.status->format, "x $0 <redacted: jwt>");
    EXPECT_STREQ(state.status->parameters[0], "<redacted: jwt>");
    EXPECT_STREQ(state.status->parameters[1], "ok");
    EXPECT_STREQ(state.coverage, "<redacted: jwt>");
}

TEST_F(RedactTest, LogEntriesAreRedacted)
{
    EXPECT_EQ(logged({secret("password")}), HIDDEN);
    EXPECT_EQ(logged({wire_.dict({wire_.keyed(wire_.text("password"), wire_.text("x")),
                                  wire_.keyed(wire_.text("user"), wire_.text("bob"))})}),
              "{'password': <redacted: name>, 'user': 'bob'}");
    EXPECT_EQ(logged({wire_.object({secret("api_key"), wire_.named("n", wire_.integer(1))}, "m.C")}),
              "{'api_key': <redacted: name>, 'n': 1}");
    EXPECT_EQ(logged({wire_.text("password=hunter2")}, "password=secret $0"),
              "password=secret 'password=<redacted: name>'")
        << "the format is the user's";
}

/* ------------------------------------------------------------------------------- objects with several names
 */

TEST_F(RedactTest, AnObjectThatAProtectedNameRefersToIsHiddenEverywhere)
{
    render({wire_.named("credentials", wire_.reference(1)), wire_.named("alias", wire_.reference(1)),
            wire_.named("other", wire_.reference(2))},
           {wire_.object({wire_.named("user", wire_.text("bob"))}, "m.Credentials"),
            wire_.object({wire_.named("owner", wire_.reference(1)), wire_.named("n", wire_.integer(7))},
                         "m.Other")});

    EXPECT_EQ(dump(json_).find("bob"), std::string::npos) << dump(json_);
    EXPECT_EQ(table_entry(1), R"({"type":"m.Credentials","value":"<redacted: name>"})");
    EXPECT_EQ(table_entry(2),
              R"({"members":[{"name":"owner","varTableIndex":1},{"name":"n","type":"int","value":"7"}],)"
              R"("type":"m.Other"})");
    const json_t *locals =
        json_object_get(json_array_get(json_object_get(json_, "stackFrames"), 0), "locals");
    EXPECT_EQ(dump(json_array_get(locals, 0)),
              R"({"name":"credentials","type":"m.Credentials","value":"<redacted: name>"})");
    EXPECT_EQ(dump(json_array_get(locals, 1)), R"({"name":"alias","varTableIndex":1})");
}

TEST_F(RedactTest, TheOrderInWhichAnObjectIsMetDoesNotMatter)
{
    render({wire_.named("alias", wire_.reference(2)), wire_.named("holder", wire_.reference(1))},
           {wire_.object({wire_.named("api_secret", wire_.reference(2))}, "m.Holder"),
            wire_.object({wire_.named("user", wire_.text("bob"))}, "m.Credentials")});
    EXPECT_EQ(dump(json_).find("bob"), std::string::npos) << dump(json_);
}

TEST_F(RedactTest, WhatOnlyHiddenObjectsLeadToIsHidden)
{
    render({wire_.named("credentials", wire_.reference(1)), wire_.named("app", wire_.reference(3))},
           {wire_.object({wire_.named("inner", wire_.reference(2)), wire_.named("app", wire_.reference(3))},
                         "m.A"),
            wire_.object({wire_.named("user", wire_.text("bob"))}, "m.B"),
            wire_.object({wire_.named("title", wire_.text("shop"))}, "m.C")});

    EXPECT_EQ(table_entry(2), R"({"type":"m.B","value":"<redacted: name>"})");
    EXPECT_NE(table_entry(3).find("shop"), std::string::npos) << "another way leads to it";
}

TEST_F(RedactTest, WhatAHiddenContainerRefersToIsHidden)
{
    render(
        {wire_.named("secrets", wire_.dict({wire_.keyed(wire_.text("a"), wire_.list({wire_.reference(1)}))})),
         wire_.named("alias", wire_.list({wire_.reference(1)}))},
        {wire_.object({wire_.named("user", wire_.text("bob"))}, "m.A")});
    EXPECT_EQ(dump(json_).find("bob"), std::string::npos) << dump(json_);
}

TEST_F(RedactTest, CyclesOfObjectsEnd)
{
    render({wire_.named("a", wire_.reference(1)), wire_.named("token", wire_.reference(3))},
           {wire_.object({wire_.named("next", wire_.reference(2))}, "m.A"),
            wire_.object({wire_.named("next", wire_.reference(1)), wire_.named("self", wire_.reference(2))},
                         "m.B"),
            wire_.object({wire_.named("next", wire_.reference(3)), wire_.named("x", wire_.text("bob"))},
                         "m.C")});
    EXPECT_EQ(dump(json_).find("bob"), std::string::npos);
    EXPECT_NE(table_entry(2).find("next"), std::string::npos);
}

TEST_F(RedactTest, ReferencesToNowhereDoNoHarm)
{
    render({wire_.named("password", wire_.reference(5)), wire_.named("token", wire_.reference(UINT32_MAX))},
           {});
    EXPECT_NE(dump(json_).find(R"("varTableIndex":0)"), std::string::npos);
}

TEST_F(RedactTest, TheSameTextUnderAnotherNameIsHidden)
{
    render({wire_.named("raw", wire_.text("hunter2!")), wire_.named("password", wire_.text("hunter2!")),
            wire_.named("args", wire_.tuple({wire_.text("bob"), wire_.text("hunter2!")})),
            wire_.named("d", wire_.dict({wire_.keyed(wire_.text("hunter2!"), wire_.integer(1))})),
            wire_.named("state", wire_.text("active")), wire_.named("secret", wire_.text("active")),
            wire_.named("b", wire_.blob("hunter2!"))});
    std::string text = dump(json_);

    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
    EXPECT_NE(text.find("'active'"), std::string::npos) << "a word says too little";
    EXPECT_NE(text.find("'bob'"), std::string::npos);
    EXPECT_EQ(logged({secret("password"), wire_.text("hunter2!")}, "$1"), HIDDEN);
    EXPECT_EQ(logged({wire_.text("hunter2!")}), "'hunter2!'") << "of another message";
}

/* ------------------------------------------------------------------------------------------------- bounds */

TEST_F(RedactTest, WhatIsTooDeepIsHidden)
{
    Variable *variable = wire_.list({wire_.text("deep")});
    Variable *key = wire_.tuple({wire_.text("deep")});

    for (unsigned i = 0; i < REDACT_DEPTH_MAX + 5; i++) {
        variable = wire_.list({variable});
        key = wire_.tuple({key});
    }
    Snapshot__LogEntry entry = wire_.log_entry({variable, wire_.dict({wire_.keyed(key, wire_.integer(1))})});
    redact_log_entry(redactor_, &entry);

    const Variable *next = entry.values[0];
    while (next->n_members > 0)
        next = next->members[0];
    EXPECT_EQ(next->value_case, SNAPSHOT__VARIABLE__VALUE_LITERAL);
}

TEST_F(RedactTest, NothingIsDoneWithoutARedactor)
{
    Snapshot__LogEntry entry = wire_.log_entry({secret("password")});
    Snapshot__Capture capture = wire_.capture({wire_.frame("f", "a.py", 1, {secret("password")})});
    Snapshot__BreakpointState state = SNAPSHOT__BREAKPOINT_STATE__INIT;
    char name[REDACT_NAME_BYTES_MAX];

    redact_log_entry(nullptr, &entry);
    redact_capture(nullptr, &capture);
    redact_state(nullptr, &state);
    EXPECT_EQ(redact_json(nullptr, nullptr), 0);
    EXPECT_FALSE(redact_refuses(nullptr, "password", name));
    EXPECT_EQ(entry.values[0]->value_case, SNAPSHOT__VARIABLE__VALUE_TEXT);
    EXPECT_EQ(capture.frames[0]->arguments[0]->value_case, SNAPSHOT__VARIABLE__VALUE_TEXT);
}

TEST_F(RedactTest, FactsOfAnAppAreRedacted)
{
    json_t *json = json_pack("{s:s, s:[s, {s:s}], s:i}", "url", "https://u:pw@h/x.git", "a", "fine",
                             "api_key", "k", "n", 5);

    EXPECT_EQ(redact_json(redactor_, json), 0);
    EXPECT_EQ(
        dump(json),
        R"({"a":["fine",{"api_key":"<redacted: name>"}],"n":5,"url":"https://u:<redacted: url password>@h/x.git"})");
    json_decref(json);
}

TEST_F(RedactTest, OptionsThatMakeNoSenseAreRefused)
{
    static char star[] = "*", short_prefix[] = "a";
    char *stars[] = {star, nullptr}, *prefixes[] = {short_prefix, nullptr};
    RedactorOptions options = {};
    Redactor *redactor = nullptr;

    options.names = stars;
    EXPECT_EQ(redactor_new(&options, &redactor), -EINVAL);
    options = {};
    options.allowed_names = stars;
    EXPECT_EQ(redactor_new(&options, &redactor), -EINVAL);
    options = {};
    options.prefixes = prefixes;
    EXPECT_EQ(redactor_new(&options, &redactor), -EINVAL);
    EXPECT_EQ(redactor, nullptr);
    failing_memory::expect_every_failure_is_told([] {
        RedactorOptions none = {};
        Redactor *made = nullptr;
        int result = redactor_new(&none, &made);

        (void)redactor_free(made);
        return result;
    });
}

/* Without memory more is hidden, never less: a failed allocation shows no secret. */
TEST_F(RedactTest, WithoutMemoryNoSecretIsShown)
{
    Secrets secrets;
    std::string jwt = secrets.jwt();
    bool has_failed = true;

    for (size_t index = 0; has_failed; index++) {
        Wire wire;
        Redactor *redactor = nullptr;
        RedactorOptions options = {};
        Snapshot__Capture capture = wire.capture(
            {wire.frame("f", "a.py", 1,
                        {wire.named("password", wire.text("hunter2!")),
                         wire.named("x", wire.text("a " + jwt + " b")),
                         wire.named("credentials", wire.reference(1)), wire.named("y", wire.reference(1)),
                         wire.named("z", wire.reference(2))})},
            {}, {wire.object({wire.named("u", wire.text("hunter3!"))}, "m.A"), wire.object({}, "m.B")});

        ASSERT_EQ(redactor_new(&options, &redactor), 0);
        failing_memory::arm(index);
        redact_capture(redactor, &capture);
        has_failed = failing_memory::disarm() != failing_memory::Failure::NONE;
        std::string packet(snapshot__capture__get_packed_size(&capture), '\0');
        snapshot__capture__pack(&capture, reinterpret_cast<uint8_t *>(packet.data()));
        for (const std::string &text : {jwt, std::string("hunter2"), std::string("hunter3")})
            EXPECT_EQ(packet.find(text), std::string::npos) << text << ", allocation " << index;
        redactor_free(redactor);
    }
}

} // namespace
