/* 300 secrets in 30 shapes of values go through everything that a broker does with a snapshot and a logpoint:
 * no part of one is in what is stored, logged or counted. And what users ask for by name is refused. */
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "broker/logs/line.h"
#include "broker/privacy/redact.h"
#include "tests/broker/apps/registry_fixture.hh"
#include "tests/broker/privacy/secrets.hh"

namespace
{

using Variable = Wire::Variable;
using Variables = Wire::Variables;

constexpr size_t NUM_SECRETS = 300;
constexpr size_t NUM_SHAPES = 30;

/* So much of a secret must not be seen: its beginning alone tells the kind. */
constexpr size_t WINDOW = 10;

class LeakTest : public RegistryFixture
{
  protected:
    void SetUp() override
    {
        RedactorOptions options = {};

        RegistryFixture::SetUp();
        options.metrics = &metrics_;
        ASSERT_EQ(redactor_new(&options, &redactor_), 0);
        options_.redactor = redactor_;
        options_.log_writer = [](void *context, const LogRecord *record) {
            LeakTest *test = static_cast<LeakTest *>(context);

            for (char *line : {log_line_json(record), log_line_text(record)}) {
                test->output_ += line;
                free(line);
            }
            test->write(record);
        };
        options_.log_rates = {};
        options_.num_breakpoints_max = 900;
        start();
        stub_ = join();
        debuggee_ = debuggee_of(stub_);
        store_.in_sync(debuggee_);
    }

    void TearDown() override
    {
        RegistryFixture::TearDown();
        redactor_ = redactor_free(redactor_);
    }

    /* ---- what goes in ---- */

    /* A text that has @secret in it: by its form, or because of @name. */
    struct Planted {
        std::string name;   /* of a variable, attribute, key; says nothing of a secret that has a form */
        std::string text;   /* the whole value */
        std::string secret; /* what must not be seen */
    };

    /* Every form and every place of one in a text, and passwords whose name tells, in turn. */
    std::vector<Planted> plant()
    {
        static const char *const names[] = {"password",        "db_password",
                                            "X-Api-Key",       "aws_secret_access_key",
                                            "stripeSecretKey", "SQLALCHEMY_DATABASE_URI",
                                            "authToken",       "HTTP_AUTHORIZATION",
                                            "sessionid",       "clientSecret"};
        std::vector<Planted> planted;
        std::vector<Secrets::Form> forms = secrets_.forms();

        for (size_t i = 0; planted.size() < NUM_SECRETS; i++) {
            std::string password = secrets_.password(), form = forms[i % forms.size()].make();
            Secrets::Part part = secrets_.parts()[i % secrets_.parts().size()];

            planted.push_back({names[i % std::size(names)], password, password});
            planted.push_back({"item", form, form});
            planted.push_back({"item", part.text(), part.secret});
        }
        planted.resize(NUM_SECRETS);
        return planted;
    }

    Variable *named(const Planted &planted)
    {
        return wire_->named(planted.name, wire_->text(planted.text));
    }

    Variable *keyed(const Planted &planted)
    {
        return wire_->keyed(wire_->text(planted.name), wire_->text(planted.text));
    }

    Variable *value(const std::string &name, Variable *variable)
    {
        return wire_->named(name, variable);
    }

    /* A shape is given a secret and makes one local of it; objects go into the table, by their places there.
     */
    using Shape = std::function<Variable *(const Planted &)>;

    uint32_t add_object(Variable *object)
    {
        table_.push_back(object);
        return static_cast<uint32_t>(table_.size());
    }

    std::vector<Shape> shapes()
    {
        Wire *w = wire_.get();
        auto object = [w](const Variables &members) { return w->object(members, "shop.Thing"); };

        return {
            [=](const Planted &p) { return named(p); },
            [=](const Planted &p) { return w->named(p.name, w->blob(p.text)); },
            [=](const Planted &p) { return w->named(p.name, w->blob(p.text, true)); },
            [=](const Planted &p) {
                return w->named(p.name, w->text(p.text + " and the rest is cut", 5000));
            },
            [=](const Planted &p) { return w->named(p.name, w->literal(p.text, w->type("shop.Odd"))); },
            [=](const Planted &p) { return value("d", w->dict({keyed(p)})); },
            [=](const Planted &p) {
                return value("d", w->dict({w->keyed(w->blob(p.name), w->blob(p.text))}));
            },
            [=](const Planted &p) {
                return value("d", w->dict({w->keyed(w->text("a"), w->dict({keyed(p)}))}));
            },
            [=](const Planted &p) {
                return value(
                    "d", w->dict({w->keyed(w->tuple({w->text("db"), w->text(p.name)}), w->text(p.text))}));
            },
            [=](const Planted &p) {
                return value("rows", w->list({w->dict({keyed(p)}), w->dict({keyed(p)})}));
            },
            [=](const Planted &p) {
                return value("pairs", w->list({w->tuple({w->text(p.name), w->text(p.text)})}));
            },
            [=](const Planted &p) {
                return value("pairs", w->list({w->list({w->text(p.name), w->text(p.text)})}));
            },
            [=](const Planted &p) {
                return value("headers", w->list({w->tuple({w->blob(p.name), w->blob(p.text)})}));
            },
            [=](const Planted &p) {
                return value("pair", w->tuple({w->text(p.name), w->text(p.text)}));
            },
            [=](const Planted &p) { return w->named(p.name, w->list({w->text(p.text)})); },
            [=](const Planted &p) {
                return w->named(p.name, w->tuple({w->text(p.text), w->integer(1)}));
            },
            [=](const Planted &p) { return w->named(p.name, w->set({w->text(p.text)})); },
            [=](const Planted &p) { return w->named(p.name, w->set({w->text(p.text)}, "frozenset")); },
            [=](const Planted &p) {
                return w->named(p.name, w->list({w->list({w->list({w->text(p.text)})})}));
            },
            [=](const Planted &p) { return value("record", object({named(p)})); },
            [=](const Planted &p) {
                return value("point", w->container(SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE, {named(p)},
                                                   w->type("shop.Row")));
            },
            [=](const Planted &p) { return value("o", w->reference(add_object(object({named(p)})))); },
            [=](const Planted &p) {
                return w->named(p.name, w->reference(add_object(object({value("x", w->text(p.text))}))));
            },
            [=](const Planted &p) {
                uint32_t index = add_object(object({value("x", w->text(p.text))}));

                return value("both", object({w->named(p.name, w->reference(index)),
                                             value("alias", w->reference(index))}));
            },
            [=](const Planted &p) {
                uint32_t inner = add_object(object({value("x", w->text(p.text))}));

                return w->named(p.name,
                                w->reference(add_object(object({value("inner", w->reference(inner))}))));
            },
            [=](const Planted &p) {
                return value("env", w->list({w->dict({w->keyed(w->text("name"), w->text(p.name)),
                                                      w->keyed(w->text("value"), w->text(p.text))})}));
            },
            [=](const Planted &p) {
                return value("argv", w->list({w->text("tool"), w->text("--" + p.name), w->text(p.text)}));
            },
            [=](const Planted &p) {
                return value("kwargs", w->dict({keyed(p), w->keyed(w->text("n"), w->integer(3))}));
            },
            [=](const Planted &p) {
                return value("both", object({named(p), value("raw", w->text(p.text)),
                                             value("copy", w->tuple({w->text(p.text)}))}));
            },
            [=](const Planted &p) {
                return p.name == "item" ? value("e", w->status_variable(w->status("Exception occurred: $0",
                                                                                  {"odd: " + p.text})))
                                        : value("e", w->object({named(p)}, "ValueError"));
            },
        };
    }

    /* ---- what comes out ---- */

    void take_snapshot(size_t number, const Variables &locals)
    {
        std::string id = "b-s" + std::to_string(number);
        Snapshot__Capture capture =
            wire_->capture({wire_->frame("f", "/app/a.py", 3, locals, locals)}, locals, table_);
        char *text;

        store_.set(debuggee_, id, snapshot_at(3, R"("expressions": ["x", "y"])"));
        capture.breakpoint_id = id.data();
        handle(stub_, SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE, &capture);
        ASSERT_EQ(store_.finishes.size(), number + 1);
        text = json_dumps(store_.finishes.back().breakpoint, JSON_COMPACT);
        output_ += text;
        free(text);
    }

    void take_log(size_t number, const Variables &values)
    {
        std::string id = "b-l" + std::to_string(number);
        Snapshot__LogEntry entry = wire_->log_entry(values);

        store_.set(debuggee_, id, logpoint_at(3, "$0 and $1"));
        entry.breakpoint_id = id.data();
        handle(stub_, SNAPSHOT__STUB_MESSAGE__MESSAGE_LOG_ENTRY, &entry);
        store_.remove(debuggee_, id);
    }

    /* Any part of a secret that is long enough to be told. */
    void expect_absent(const std::string &secret, const std::string &what)
    {
        size_t window = std::min(WINDOW, secret.size());

        for (size_t i = 0; i + window <= secret.size(); i++)
            ASSERT_EQ(output_.find(secret.substr(i, window)), std::string::npos) << what << ": " << secret;
    }

    Secrets secrets_;
    Redactor *redactor_ = nullptr;
    std::unique_ptr<Wire> wire_;
    Variables table_;
    Stub *stub_ = nullptr;
    std::string debuggee_;
    std::string output_;
};

TEST_F(LeakTest, NoSecretOf300In30ShapesIsSeen)
{
    std::vector<Planted> planted = plant();
    size_t number = 0;

    ASSERT_EQ(planted.size(), NUM_SECRETS);
    for (size_t shape = 0; shape < NUM_SHAPES; shape++) {
        for (const Planted &p : planted) {
            wire_ = std::make_unique<Wire>();
            table_.clear();
            output_.clear();
            std::vector<Shape> all = shapes();

            ASSERT_EQ(all.size(), NUM_SHAPES);
            Variable *local = all[shape](p);
            Variable *logged = all[shape](p);
            Variable *in_list = wire_->list({logged});

            take_snapshot(number, {local});
            table_.clear();
            take_log(number++,
                     {wire_->dict({wire_->keyed(wire_->text(p.name), wire_->text(p.text))}), in_list});
            EXPECT_NE(output_.find("<redacted: "), std::string::npos);
            expect_absent(p.secret, "shape " + std::to_string(shape));
            if (HasFatalFailure())
                return;
        }
    }
    char *metrics = metrics_text(&metrics_, "1");
    output_ = metrics;
    free(metrics);
    for (const Planted &p : planted)
        expect_absent(p.secret, "metrics");
    EXPECT_GE(count(METRIC_VALUES_REDACTED_NAME) + count(METRIC_VALUES_REDACTED_FORM),
              static_cast<int64_t>(NUM_SECRETS * NUM_SHAPES));
}

TEST_F(LeakTest, ACaptureThatCameTooEarlyIsRedactedWhileItWaits)
{
    Stub *stub = join("other");
    std::string debuggee = debuggee_of(stub), jwt = secrets_.jwt();
    Wire wire;
    Snapshot__Capture message = wire.capture(
        {wire.frame("f", "/app/a.py", 3,
                    {wire.named("password", wire.text("hunter2!")), wire.named("x", wire.text(jwt))})});

    message.breakpoint_id = const_cast<char *>("b-1");
    handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE, &message);
    ASSERT_TRUE(store_.finishes.empty());
    store_.set(debuggee, "b-1", snapshot_at(3));
    store_.in_sync(debuggee);
    ASSERT_EQ(store_.finishes.size(), 1u);
    char *text = json_dumps(store_.finishes[0].breakpoint, JSON_COMPACT);
    output_ = text;
    free(text);
    EXPECT_EQ(output_.find("hunter2"), std::string::npos);
    expect_absent(jwt, "early");
    EXPECT_NE(output_.find(R"("name":"password","value":"<redacted: name>","type":"str")"), std::string::npos)
        << output_;
}

TEST_F(LeakTest, AConditionThatNamesSomethingProtectedEndsTheBreakpoint)
{
    stub_->forget();
    store_.set(debuggee_, "b-1",
               snapshot_at(3, R"("condition": "user.password == 'x'", "expressions": ["a"])"));
    EXPECT_EQ(stub_->set(), Ids{}) << "no stub is asked";
    ASSERT_EQ(store_.finishes.size(), 1u);
    const json_t *json = store_.finishes[0].breakpoint;
    EXPECT_EQ(status_text(json), "The condition names a protected variable: $0");
    EXPECT_EQ(text_at(json, {"status", "refersTo"}), "BREAKPOINT_CONDITION");
    EXPECT_TRUE(json_is_true(json_object_get(json_object_get(json, "status"), "isError")));
    EXPECT_STREQ(
        json_string_value(json_array_get(
            json_object_get(json_object_get(json_object_get(json, "status"), "description"), "parameters"),
            0)),
        "password");
    EXPECT_EQ(text_at(json, {"condition"}), "user.password == 'x'");
    EXPECT_EQ(count(METRIC_EXPRESSIONS_REFUSED), 1);
    EXPECT_EQ(count(METRIC_BREAKPOINTS_FINISHED_INVALID), 1);
}

TEST_F(LeakTest, AnExpressionThatNamesSomethingProtectedHasAReasonForItsValue)
{
    Wire wire;
    Snapshot__Capture message = wire.capture({}, {wire.integer(1), wire.text("hunter2!"), wire.integer(3)});

    stub_->forget();
    store_.set(debuggee_, "b-1", snapshot_at(3, R"("expressions": ["a", "user['api_key']", "c"])"));
    auto sets = stub_->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_SET_BREAKPOINT);
    ASSERT_EQ(sets.size(), 1u);
    const Snapshot__Breakpoint *asked = sets[0]->set_breakpoint->breakpoint;
    ASSERT_EQ(asked->n_expressions, 3u);
    EXPECT_STREQ(asked->expressions[0], "a");
    EXPECT_STREQ(asked->expressions[1], "None");
    EXPECT_STREQ(asked->expressions[2], "c");

    message.breakpoint_id = const_cast<char *>("b-1");
    handle(stub_, SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE, &message);
    ASSERT_EQ(store_.finishes.size(), 1u);
    const json_t *values = json_object_get(store_.finishes[0].breakpoint, "evaluatedExpressions");
    ASSERT_EQ(json_array_size(values), 3u);
    EXPECT_EQ(text_at(json_array_get(values, 0), {"value"}), "1");
    EXPECT_EQ(text_at(json_array_get(values, 2), {"value"}), "3");
    const json_t *refused = json_array_get(values, 1);
    EXPECT_EQ(text_at(refused, {"name"}), "user['api_key']");
    EXPECT_EQ(text_at(refused, {"value"}), "(none)") << "whatever the stub sends";
    EXPECT_EQ(status_text(refused), "The expression names a protected variable: $0");
    EXPECT_EQ(text_at(refused, {"status", "refersTo"}), "VARIABLE_NAME");
    EXPECT_EQ(count(METRIC_EXPRESSIONS_REFUSED), 1);
}

TEST_F(LeakTest, ALogpointSaysWhyAnExpressionWasRefused)
{
    Wire wire;
    Snapshot__LogEntry entry = wire.log_entry({wire.integer(1), wire.text("hunter2!")});

    store_.set(debuggee_, "b-1", logpoint_at(3, "$0: $1", R"("expressions": ["a", "token"])"));
    entry.breakpoint_id = const_cast<char *>("b-1");
    handle(stub_, SNAPSHOT__STUB_MESSAGE__MESSAGE_LOG_ENTRY, &entry);
    ASSERT_EQ(lines_.size(), 1u);
    EXPECT_EQ(lines_[0].message, "LOGPOINT: 1: <The expression names a protected variable: token>");
}

TEST_F(LeakTest, WhatAStubSaysOfABreakpointIsRedacted)
{
    std::string jwt = secrets_.jwt();

    store_.set(debuggee_, "b-1", snapshot_at(3));
    state(stub_, "b-1", SNAPSHOT__BREAKPOINT_STATE__STATE__NOTE, ("Exception occurred: " + jwt).c_str());
    state(stub_, "b-1", SNAPSHOT__BREAKPOINT_STATE__STATE__FAILED, ("Exception occurred: " + jwt).c_str());
    ASSERT_EQ(store_.updates.size(), 1u);
    ASSERT_EQ(store_.finishes.size(), 1u);
    EXPECT_EQ(status_text(store_.updates[0].breakpoint), "Exception occurred: <redacted: jwt>");
    EXPECT_EQ(status_text(store_.finishes[0].breakpoint), "Exception occurred: <redacted: jwt>");
}

} // namespace
