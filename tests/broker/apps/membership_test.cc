/* How sessions become members of apps. */
#include "tests/broker/apps/registry_fixture.hh"

namespace
{

class MembershipTest : public RegistryFixture
{
  protected:
    /* A Hello without what tells versions apart. */
    Stub *join_unknown()
    {
        Snapshot__Hello hello = SNAPSHOT__HELLO__INIT;

        hello.protocol_version = 1;
        return join(hello);
    }

    void send_files(Stub *stub, const std::vector<std::string> &names, bool is_last)
    {
        std::vector<Snapshot__SourceFile> files(names.size());
        std::vector<Snapshot__SourceFile *> pointers;
        Snapshot__SourceFiles message = SNAPSHOT__SOURCE_FILES__INIT;

        for (size_t i = 0; i < names.size(); i++) {
            snapshot__source_file__init(&files[i]);
            files[i].path.data = reinterpret_cast<uint8_t *>(const_cast<char *>(names[i].data()));
            files[i].path.len = names[i].size();
            files[i].content_hash = 7;
            pointers.push_back(&files[i]);
        }
        message.files = pointers.data();
        message.n_files = pointers.size();
        message.is_last = is_last;
        handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_SOURCE_FILES, &message);
    }
};

TEST_F(MembershipTest, WelcomesASessionAndRegistersItsDebuggee)
{
    options_.limits.max_items = 99;
    start();
    Stub *stub = join();

    auto welcomes = stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME);
    ASSERT_EQ(welcomes.size(), 1u);
    const Snapshot__Welcome *welcome = welcomes[0]->welcome;
    EXPECT_EQ(std::string(welcome->debuggee_id).size(), 18u);
    EXPECT_EQ(welcome->protocol_version, 1u);
    EXPECT_STREQ(welcome->broker_version, "1.2.3");
    ASSERT_NE(welcome->limits, nullptr);
    EXPECT_EQ(welcome->limits->max_items, 99u);
    ASSERT_NE(welcome->visibility, nullptr);
    EXPECT_FALSE(welcome->visibility->is_restricted);
    ASSERT_NE(welcome->quota, nullptr);
    EXPECT_EQ(store_.registrations, Ids{welcome->debuggee_id});
    EXPECT_EQ(store_.watches.size(), 1u);
    EXPECT_EQ(count(METRIC_DEBUGGEES), 1);
}

TEST_F(MembershipTest, SessionsOfOneAppShareADebuggeeAndAWatch)
{
    start();
    Stub *first = join("shop"), *second = join("shop"), *other = join("bank");

    EXPECT_EQ(debuggee_of(first), debuggee_of(second));
    EXPECT_NE(debuggee_of(first), debuggee_of(other));
    EXPECT_EQ(store_.watches.size(), 2u);
    EXPECT_EQ(store_.registrations.size(), 2u);
    EXPECT_EQ(count(METRIC_DEBUGGEES), 2);
}

TEST_F(MembershipTest, SpeaksTheSmallerVersionAndRefusesNone)
{
    start();
    Snapshot__Hello hello = SNAPSHOT__HELLO__INIT;

    hello.protocol_version = 0;
    Stub *old = join(hello);
    EXPECT_TRUE(old->is_refused_for_good);
    EXPECT_EQ(old->member, nullptr);

    Snapshot__Fact minor;
    Snapshot__Fact *flags[] = {&minor};
    fact(&minor, "minorversion", "7");
    hello.flags = flags;
    hello.n_flags = 1;
    hello.protocol_version = 2;
    EXPECT_EQ(join(hello)->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME).at(0)->welcome->protocol_version,
              1u);
}

TEST_F(MembershipTest, AsksForTheFilesOfAnAppThatOnlyTheyTellApart)
{
    start();
    Stub *stub = join_unknown();

    EXPECT_EQ(stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_SOURCE_FILES_REQUEST).size(), 1u);
    send_files(stub, {"a.py", "b.py"}, false);
    EXPECT_EQ(stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME).size(), 0u);
    send_files(stub, {"c.py"}, true);
    std::string id = debuggee_of(stub);

    Stub *same = join_unknown();
    send_files(same, {"c.py", "a.py", "b.py"}, true);
    EXPECT_EQ(debuggee_of(same), id);
    Stub *different = join_unknown();
    send_files(different, {"c.py", "a.py"}, true);
    EXPECT_NE(debuggee_of(different), id);
}

TEST_F(MembershipTest, WaitsForTheFilesForAMinuteOnly)
{
    start();
    Stub *stub = join_unknown(), *quick = join_unknown();

    send_files(quick, {}, true);
    pass_s(SOURCE_FILES_TIMEOUT_S - 1);
    EXPECT_FALSE(stub->is_refused);
    pass_s(1);
    EXPECT_TRUE(stub->is_refused);
    EXPECT_FALSE(stub->is_refused_for_good);
    EXPECT_FALSE(quick->is_refused);
}

TEST_F(MembershipTest, IgnoresFilesThatWereNotAskedFor)
{
    start();
    Stub *stub = join();

    send_files(stub, {"a.py"}, true);
    EXPECT_EQ(stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME).size(), 1u);
    EXPECT_EQ(count(METRIC_DEBUGGEES), 1);
}

TEST_F(MembershipTest, RefusesEndlessLists)
{
    start();
    Stub *stub = join_unknown();
    std::vector<std::string> names(5000, "x.py");

    for (int i = 0; i < 1000 && !stub->is_refused; i++)
        send_files(stub, names, false);
    EXPECT_TRUE(stub->is_refused);
}

TEST_F(MembershipTest, CountsWhatComesBeforeTheAppIsKnown)
{
    start();
    Stub *stub = join_unknown();

    Snapshot__LogEntry entry = SNAPSHOT__LOG_ENTRY__INIT;
    handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_LOG_ENTRY, &entry);
    EXPECT_EQ(count(METRIC_LOG_ENTRIES_DROPPED_LATE), 1);
    state(stub, "b-1", SNAPSHOT__BREAKPOINT_STATE__STATE__ARMED);
    capture(stub, "b-1", 1);
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 1);
    stub->leave();
    EXPECT_EQ(count(METRIC_CAPTURES_QUEUED), 0);
    EXPECT_EQ(count(METRIC_CAPTURES_DROPPED_LATE), 1) << "nobody knows whose it was";
}

TEST_F(MembershipTest, KeepsACaptureUntilTheAppIsKnownAndInSync)
{
    start();
    Stub *first = join_unknown(), *second = join_unknown();

    send_files(first, {"a.py"}, true);
    std::string debuggee = debuggee_of(first);
    capture(second, "b-1", 7);
    send_files(second, {"a.py"}, true);
    EXPECT_EQ(second->acknowledged(), Sequences());
    store_.set(debuggee, "b-1", snapshot_at(3));
    EXPECT_EQ(store_.finishes.size(), 0u);
    store_.in_sync(debuggee);
    EXPECT_EQ(store_.finishes.size(), 1u);
    EXPECT_EQ(second->acknowledged(), Sequences{7});

    Stub *third = join_unknown();
    capture(third, "b-1", 8);
    EXPECT_EQ(third->acknowledged(), Sequences());
    send_files(third, {"a.py"}, true);
    EXPECT_EQ(third->acknowledged(), Sequences{8}) << "in sync already: it is late";
}

TEST_F(MembershipTest, RefusesForNowIfTheStoreCannotWatch)
{
    start();
    store_.watch_result = -ENOMEM;
    Stub *stub = join();

    EXPECT_TRUE(stub->is_refused);
    EXPECT_FALSE(stub->is_refused_for_good);
    EXPECT_EQ(count(METRIC_DEBUGGEES), 0);
    EXPECT_EQ(count(METRIC_STORE_ERRORS), 1);

    store_.watch_result = 0;
    EXPECT_FALSE(join()->is_refused);
}

TEST_F(MembershipTest, RefusesForNowIfTheStoreFailsAfterTheFilesCame)
{
    start();
    Stub *stub = join_unknown();

    store_.watch_result = -EIO;
    send_files(stub, {"a.py"}, true);
    EXPECT_TRUE(stub->is_refused);
    send_files(stub, {"a.py"}, true);
    pass_s(SOURCE_FILES_TIMEOUT_S);
}

TEST_F(MembershipTest, RegistersEveryHourWhileThereAreSessions)
{
    start();
    Stub *stub = join();

    pass_s(3599);
    EXPECT_EQ(store_.registrations.size(), 1u);
    pass_s(1);
    EXPECT_EQ(store_.registrations.size(), 2u);
    pass_s(3600);
    EXPECT_EQ(store_.registrations.size(), 3u);
    stub->leave();
    pass_s(2 * 3600);
    EXPECT_EQ(store_.registrations.size(), 3u);
}

TEST_F(MembershipTest, RegistersAgainSoonAfterAFailure)
{
    start();
    store_.register_result = -EIO;
    EXPECT_FALSE(join()->is_refused) << "the watch is what matters";
    store_.register_result = 0;
    pass_s(REGISTRATION_RETRY_S);
    EXPECT_EQ(store_.registrations.size(), 2u);
    pass_s(REGISTRATION_PERIOD_S);
    EXPECT_EQ(store_.registrations.size(), 3u);
}

TEST_F(MembershipTest, TheLastSessionTakesItsAppAlong)
{
    start();
    Stub *first = join(), *second = join();

    first->leave();
    pass_us(1);
    EXPECT_EQ(store_.watches.size(), 1u);
    second->leave();
    EXPECT_EQ(store_.watches.size(), 1u) << "not in the middle of a callback";
    pass_us(1);
    EXPECT_EQ(store_.watches.size(), 0u);
    EXPECT_EQ(count(METRIC_DEBUGGEES), 0);
    EXPECT_EQ(timers_next_us(timers_), TIMERS_NEVER) << "nothing wakes a broker that has nothing to do";

    join();
    EXPECT_EQ(store_.watches.size(), 1u);
    EXPECT_EQ(store_.registrations.size(), 2u);
}

TEST_F(MembershipTest, ASessionThatComesInTimeKeepsTheApp)
{
    start();
    join()->leave();
    join();
    pass_us(1);
    EXPECT_EQ(count(METRIC_DEBUGGEES), 1);
    EXPECT_EQ(store_.watches.size(), 1u);
}

/* An app with the visibility file @config. */
struct VisibilityHello {
    Snapshot__Fact minor;
    Snapshot__Fact *flags[1] = {&minor};
    Snapshot__Hello hello = SNAPSHOT__HELLO__INIT;
    std::string config;

    VisibilityHello(const std::string &text, bool is_applied) : config(text)
    {
        snapshot__fact__init(&minor);
        minor.name = const_cast<char *>("minorversion");
        minor.value = const_cast<char *>("7");
        hello.flags = flags;
        hello.n_flags = 1;
        hello.protocol_version = 1;
        hello.has_visibility_config = true;
        hello.visibility_config = {config.size(), reinterpret_cast<uint8_t *>(config.data())};
        hello.applies_visibility = is_applied;
    }
};

TEST_F(MembershipTest, AStubIsToldThePatternsOfTheVisibilityFile)
{
    start();
    VisibilityHello hello("blacklist: ['*.Secret', a.b]\n", true);
    const Snapshot__Visibility *visibility =
        join(hello.hello)->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME).at(0)->welcome->visibility;

    EXPECT_TRUE(visibility->is_restricted);
    EXPECT_STREQ(visibility->error, "");
    ASSERT_EQ(visibility->n_blacklist, 2u);
    EXPECT_STREQ(visibility->blacklist[0], "*.Secret");
    EXPECT_STREQ(visibility->blacklist[1], "a.b");
    ASSERT_EQ(visibility->n_whitelist, 1u);
    EXPECT_STREQ(visibility->whitelist[0], "*");
}

TEST_F(MembershipTest, OfAStubThatCannotApplyAVisibilityFileNothingIsShown)
{
    start();
    VisibilityHello hello("blacklist: ['*.Secret']\n", false);
    Stub *stub = join(hello.hello);
    std::string debuggee = debuggee_of(stub);
    Wire wire;
    Snapshot__Capture message =
        wire.capture({wire.frame("f", "/app/a.py", 3, {wire.named("a", wire.text("seen"))},
                                 {wire.named("b", wire.reference(1))})},
                     {wire.integer(5)}, {wire.object({wire.named("c", wire.text("seen"))}, "x.Y")});

    EXPECT_EQ(stub->all(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME).at(0)->welcome->visibility->n_whitelist,
              0u);
    store_.set(debuggee, "b-1", snapshot_at(3, R"("expressions": ["x"])"));
    store_.set(debuggee, "b-2", logpoint_at(3, "$0"));
    store_.in_sync(debuggee);
    message.breakpoint_id = const_cast<char *>("b-1");
    handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE, &message);

    json_t *json = store_.finishes.at(0).breakpoint;
    char *text = json_dumps(json, JSON_COMPACT);
    EXPECT_EQ(strstr(text, "seen"), nullptr) << text;
    EXPECT_EQ(strstr(text, "\"5\""), nullptr) << text;
    free(text);
    const json_t *argument = json_array_get(
        json_object_get(json_array_get(json_object_get(json, "stackFrames"), 0), "arguments"), 0);
    EXPECT_EQ(status_text(argument),
              "Could not process debugger config: the stub of the app is too old to apply "
              "debugger-blacklist.yaml");
    EXPECT_EQ(text_at(argument, {"status", "refersTo"}), "VARIABLE_NAME");

    Snapshot__LogEntry entry = wire.log_entry({wire.text("seen")});
    entry.breakpoint_id = const_cast<char *>("b-2");
    handle(stub, SNAPSHOT__STUB_MESSAGE__MESSAGE_LOG_ENTRY, &entry);
    EXPECT_EQ(lines_.at(0).message.rfind("LOGPOINT: <Could not process debugger config: ", 0), 0u)
        << lines_.at(0).message;
}

TEST_F(MembershipTest, AddsUpWhatStubsCount)
{
    start();
    Stub *first = join(), *second = join();
    Snapshot__Counters counters = SNAPSHOT__COUNTERS__INIT;

    counters.num_packets_dropped = 5;
    counters.num_packets_too_large = 1;
    handle(first, SNAPSHOT__STUB_MESSAGE__MESSAGE_COUNTERS, &counters);
    handle(second, SNAPSHOT__STUB_MESSAGE__MESSAGE_COUNTERS, &counters);
    counters.num_packets_dropped = 7;
    counters.num_internal_errors = 2;
    handle(first, SNAPSHOT__STUB_MESSAGE__MESSAGE_COUNTERS, &counters);
    EXPECT_EQ(count(METRIC_STUB_PACKETS_DROPPED), 14);
    EXPECT_EQ(count(METRIC_STUB_ERRORS), 2);
    counters.num_packets_dropped = UINT64_MAX;
    counters.num_internal_errors = 0;
    handle(first, SNAPSHOT__STUB_MESSAGE__MESSAGE_COUNTERS, &counters);
    EXPECT_EQ(count(METRIC_STUB_PACKETS_DROPPED), 14) << "nonsense";
    EXPECT_EQ(count(METRIC_STUB_ERRORS), 2);
}

} // namespace
