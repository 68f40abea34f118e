#include "broker/stubs/stubs.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "broker/stubs/packet.h"
#include "broker/util/event_timers.h"
#include "tests/broker/stubs/client.hh"
#include "tests/broker/stubs/scratch_folder.hh"
#include "tests/broker/util/fake_clock.hh"

namespace
{

const uint64_t WAIT_US_MAX = 20 * static_cast<uint64_t>(US_PER_S);

size_t count_descriptors()
{
    size_t count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* Real sockets; time is the test's, so that timeouts come when the test says. */
class StubsTest : public testing::Test
{
  protected:
    /* What the handler knows of a session. */
    struct Peer {
        StubsTest *test;
        Session *session;
        int num_messages = 0;
        uint64_t last_sequence = 0;
        bool is_closed = false;
    };

    void SetUp() override
    {
        num_descriptors_ = count_descriptors();
        base_ = event_base_new();
        ASSERT_EQ(timers_new(&clock_.clock, nullptr, nullptr, &timers_), 0);
        options_.base = base_;
        options_.timers = timers_;
        options_.metrics = &metrics_;
        options_.handler = &handler_;
        options_.num_sessions_max = 10;
        options_.num_sessions_per_user_max = 10;
        options_.session_queue_bytes_max = 1 << 20;
        handler_.hello = [](void *context, Session *session, const Snapshot__Hello *hello, int fd) -> void * {
            return static_cast<StubsTest *>(context)->on_hello(session, hello, fd);
        };
        handler_.message = [](void *member, Snapshot__StubMessage *message, size_t) {
            Peer *peer = static_cast<Peer *>(member);

            peer->num_messages++;
            if (message->message_case == SNAPSHOT__STUB_MESSAGE__MESSAGE_CAPTURE)
                peer->last_sequence = message->capture->sequence;
            if (peer->test->on_message_)
                peer->test->on_message_(peer);
        };
        handler_.closed = [](void *member) { static_cast<Peer *>(member)->is_closed = true; };
        handler_.context = this;
    }

    void TearDown() override
    {
        clients_.clear();
        stubs_ = stubs_free(stubs_);
        for (const auto &peer : peers_)
            EXPECT_TRUE(peer->is_closed);
        EXPECT_EQ(metrics_get(&metrics_, METRIC_SESSIONS), 0);
        EXPECT_EQ(metrics_get(&metrics_, METRIC_QUEUED_BYTES), 0);
        int64_t num_closed = 0;
        for (int metric = METRIC_CLOSED_PEER; metric <= METRIC_CLOSED_ERROR; metric++)
            num_closed += metrics_get(&metrics_, static_cast<Metric>(metric));
        EXPECT_EQ(num_closed, metrics_get(&metrics_, METRIC_SESSIONS_ACCEPTED));
        listener_ = listener_free(listener_);
        timers_ = timers_free(timers_);
        event_base_free(base_);
        EXPECT_EQ(count_descriptors(), num_descriptors_);
    }

    void start()
    {
        ListenerOptions options = {path_.c_str(), 0600, false};
        char error[256];

        ASSERT_EQ(listener_new(&options, error, sizeof error, &listener_), 0) << error;
        ASSERT_EQ(listener_start(listener_), 0);
        ASSERT_EQ(stubs_new(&options_, listener_, &stubs_), 0);
    }

    void *on_hello(Session *session, const Snapshot__Hello *hello, int fd)
    {
        received_fd_ = fd;
        if (hello->protocol_version == 0) {
            session_refuse(session, "too old", true);
            return nullptr;
        }
        peers_.push_back(std::make_unique<Peer>(Peer{this, session}));
        send_welcome(session);
        return peers_.back().get();
    }

    static void send_welcome(Session *session)
    {
        Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
        Snapshot__Welcome welcome = SNAPSHOT__WELCOME__INIT;

        message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME;
        message.welcome = &welcome;
        session_send(session, &message);
    }

    static void send_clear(Session *session, const std::string &id)
    {
        Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
        Snapshot__ClearBreakpoint clear = SNAPSHOT__CLEAR_BREAKPOINT__INIT;

        clear.id = const_cast<char *>(id.c_str());
        message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_CLEAR_BREAKPOINT;
        message.clear_breakpoint = &clear;
        session_send(session, &message);
    }

    /* Turns the loop until it is so. */
    void until(const std::function<bool()> &condition)
    {
        uint64_t end = clock_monotonic_us() + WAIT_US_MAX;

        while (!condition()) {
            ASSERT_LT(clock_monotonic_us(), end) << "it did not come to pass";
            event_base_loop(base_, EVLOOP_NONBLOCK);
        }
    }

    Client *connect()
    {
        clients_.push_back(std::make_unique<Client>(path_));
        EXPECT_EQ(clients_.back()->error(), 0);
        return clients_.back().get();
    }

    /* A client that is welcome; its peer is peers_.back(). */
    Client *connect_welcome()
    {
        Client *client = connect();
        size_t num_peers = peers_.size();

        EXPECT_EQ(client->send(hello_packet()), 0);
        until([&] { return peers_.size() > num_peers; });
        EXPECT_EQ(receive(client)->message_case, SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME);
        return client;
    }

    BrokerMessagePointer receive(Client *client)
    {
        BrokerMessagePointer message(nullptr, free_broker_message);

        until([&] { return client->receive(&message) != -EAGAIN; });
        EXPECT_NE(message.get(), nullptr) << "the broker has closed";
        return message;
    }

    /* After the messages that were on their way. */
    void expect_closed(Client *client)
    {
        BrokerMessagePointer message(nullptr, free_broker_message);
        int result = -EAGAIN;

        until([&] { return (result = client->receive(&message)) == 0; });
        EXPECT_EQ(result, 0);
    }

    void expect_closed_for(Client *client, Metric metric)
    {
        expect_closed(client);
        until([&] { return metrics_get(&metrics_, metric) == 1; });
    }

    ScratchFolder folder_;
    std::string path_ = folder_.path("broker.sock");
    struct event_base *base_ = nullptr;
    FakeClock clock_;
    Timers *timers_ = nullptr;
    Metrics metrics_ = {};
    StubsHandler handler_ = {};
    StubsOptions options_ = {};
    Listener *listener_ = nullptr;
    Stubs *stubs_ = nullptr;
    std::function<void(Peer *)> on_message_;
    int received_fd_ = -1;
    std::vector<std::unique_ptr<Peer>> peers_;
    std::vector<std::unique_ptr<Client>> clients_;
    size_t num_descriptors_ = 0;
};

TEST_F(StubsTest, WelcomesAndHandsMessagesUp)
{
    start();
    Client *client = connect_welcome();

    EXPECT_EQ(session_peer(peers_[0]->session)->pid, getpid());
    EXPECT_EQ(session_peer(peers_[0]->session)->uid, geteuid());
    EXPECT_EQ(client->send(capture_packet("b-1", 7)), 0);
    until([&] { return peers_[0]->num_messages == 1; });
    EXPECT_EQ(peers_[0]->last_sequence, 7u);

    send_clear(peers_[0]->session, "b-1");
    BrokerMessagePointer message = receive(client);
    ASSERT_EQ(message->message_case, SNAPSHOT__BROKER_MESSAGE__MESSAGE_CLEAR_BREAKPOINT);
    EXPECT_STREQ(message->clear_breakpoint->id, "b-1");
    client->hang_up();
    until([&] { return peers_[0]->is_closed; });
    EXPECT_EQ(metrics_get(&metrics_, METRIC_CLOSED_PEER), 1);
}

TEST_F(StubsTest, ReadsWhatADeadStubHasSentEvenIfItNeverReadWhatItWasSent)
{
    start();
    Client *client = connect();

    EXPECT_EQ(client->send(hello_packet()), 0);
    until([&] { return peers_.size() == 1; }); /* a Welcome is unread in the client's socket */
    for (uint64_t sequence = 1; sequence <= 40; sequence++)
        EXPECT_EQ(client->send(capture_packet("b-1", sequence)), 0);
    client->hang_up();
    until([&] { return peers_[0]->is_closed; });
    EXPECT_EQ(peers_[0]->num_messages, 40);
    EXPECT_EQ(metrics_get(&metrics_, METRIC_CLOSED_PEER), 1);
}

TEST_F(StubsTest, ReadsWhatADeadStubHasSentAlsoWhenItCannotBeAnswered)
{
    start();
    Client *client = connect_welcome();

    on_message_ = [](Peer *peer) { send_clear(peer->session, "b-1"); };
    for (uint64_t sequence = 1; sequence <= 40; sequence++)
        EXPECT_EQ(client->send(capture_packet("b-1", sequence)), 0);
    client->hang_up();
    until([&] { return peers_[0]->is_closed; });
    EXPECT_EQ(peers_[0]->num_messages, 40);
}

TEST_F(StubsTest, ClosesAClientThatSaysNothing)
{
    start();
    Client *silent = connect();

    until([&] { return metrics_get(&metrics_, METRIC_SESSIONS) == 1; });
    clock_.pass_us(SESSION_HELLO_TIMEOUT_MS * US_PER_MS - 1);
    timers_run(timers_);
    EXPECT_EQ(metrics_get(&metrics_, METRIC_SESSIONS), 1);
    clock_.pass_us(1);
    timers_run(timers_);
    expect_closed_for(silent, METRIC_CLOSED_HELLO_TIMEOUT);
}

TEST_F(StubsTest, KeepsAStubThatIsSilentAfterItsHello)
{
    start();
    connect_welcome();
    clock_.pass_us(3600 * static_cast<uint64_t>(US_PER_S));
    timers_run(timers_);
    event_base_loop(base_, EVLOOP_NONBLOCK);
    EXPECT_FALSE(peers_[0]->is_closed);
}

TEST_F(StubsTest, ClosesForGarbageAndDisturbsNobody)
{
    start();
    Client *good = connect_welcome();
    Client *bad = connect_welcome();

    EXPECT_EQ(bad->send(std::string(100, '\xff')), 0);
    expect_closed_for(bad, METRIC_CLOSED_MALFORMED);
    until([&] { return peers_[1]->is_closed; });
    EXPECT_EQ(good->send(capture_packet("b-1", 1)), 0);
    until([&] { return peers_[0]->num_messages == 1; });
}

TEST_F(StubsTest, ClosesForGarbageInsteadOfAHello)
{
    start();
    Client *bad = connect();

    EXPECT_EQ(bad->send("GET / HTTP/1.1\r\n\r\n"), 0);
    expect_closed_for(bad, METRIC_CLOSED_MALFORMED);
}

TEST_F(StubsTest, ClosesForAPacketThatIsTooLarge)
{
    start();
    Client *bad = connect_welcome();
    int buffer = 1 << 20;

    setsockopt(bad->fd(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    EXPECT_EQ(bad->send(std::string(PACKET_BYTES_MAX + 1, '\0')), 0);
    expect_closed_for(bad, METRIC_CLOSED_OVERSIZED);
}

TEST_F(StubsTest, TakesAPacketOfTheLargestSize)
{
    start();
    Client *client = connect_welcome();
    std::string id;

    id.assign(PACKET_BYTES_MAX - 100, 'x');
    id.append(PACKET_BYTES_MAX - capture_packet(id.c_str(), 1).size(), 'x');
    ASSERT_EQ(capture_packet(id.c_str(), 1).size(), static_cast<size_t>(PACKET_BYTES_MAX));
    EXPECT_EQ(client->send(capture_packet(id.c_str(), 1)), 0);
    until([&] { return peers_[0]->num_messages == 1; });
}

TEST_F(StubsTest, ClosesForAMessageBeforeHelloAndForASecondHello)
{
    start();
    Client *early = connect();

    EXPECT_EQ(early->send(capture_packet("b-1", 1)), 0);
    expect_closed_for(early, METRIC_CLOSED_UNEXPECTED);

    Client *twice = connect_welcome();
    EXPECT_EQ(twice->send(hello_packet()), 0);
    expect_closed(twice);
    until([&] { return metrics_get(&metrics_, METRIC_CLOSED_UNEXPECTED) == 2; });
}

TEST_F(StubsTest, CountsAndIgnoresMessagesOfALaterVersion)
{
    start();
    Client *client = connect_welcome();

    EXPECT_EQ(client->send(std::string("\xa2\x06\x03"
                                       "new")),
              0);
    until([&] { return metrics_get(&metrics_, METRIC_PACKETS_UNKNOWN) == 1; });
    EXPECT_EQ(client->send(capture_packet("b-1", 1)), 0);
    until([&] { return peers_[0]->num_messages == 1; });
}

TEST_F(StubsTest, TellsARefusedStubWhy)
{
    start();
    Client *old = connect();

    EXPECT_EQ(old->send(hello_packet(0)), 0);
    BrokerMessagePointer message = receive(old);
    ASSERT_EQ(message->message_case, SNAPSHOT__BROKER_MESSAGE__MESSAGE_REFUSED);
    EXPECT_STREQ(message->refused->reason, "too old");
    EXPECT_TRUE(message->refused->is_permanent);
    expect_closed_for(old, METRIC_CLOSED_REFUSED);
}

TEST_F(StubsTest, ClosesAStubThatDoesNotReadAndKeepsTheOthers)
{
    options_.session_queue_bytes_max = 300 * 1024;
    start();
    Client *slow = connect_welcome();
    Client *good = connect_welcome();
    std::string id(50000, 'x');

    for (int i = 0; i < 100 && metrics_get(&metrics_, METRIC_CLOSED_SLOW_READER) == 0; i++) {
        send_clear(peers_[0]->session, id);
        EXPECT_LE(metrics_get(&metrics_, METRIC_QUEUED_BYTES), 300 * 1024);
    }
    EXPECT_EQ(metrics_get(&metrics_, METRIC_CLOSED_SLOW_READER), 1);
    EXPECT_FALSE(peers_[0]->is_closed) << "only from the loop";
    send_clear(peers_[0]->session, id); /* to a closed session: nothing */
    until([&] { return peers_[0]->is_closed; });

    send_clear(peers_[1]->session, "b-1");
    EXPECT_STREQ(receive(good)->clear_breakpoint->id, "b-1");
    (void)slow;
}

TEST_F(StubsTest, DeliversWhatWasQueuedInItsOrder)
{
    start();
    Client *client = connect_welcome();

    for (int i = 0; i < 60; i++)
        send_clear(peers_[0]->session, std::to_string(i) + std::string(10000, 'x'));
    EXPECT_GT(metrics_get(&metrics_, METRIC_QUEUED_BYTES), 0);
    for (int i = 0; i < 60; i++)
        EXPECT_EQ(std::stoi(receive(client)->clear_breakpoint->id), i);
    until([&] { return metrics_get(&metrics_, METRIC_QUEUED_BYTES) == 0; });
    EXPECT_FALSE(peers_[0]->is_closed);
}

TEST_F(StubsTest, RefusesStubsBeyondTheLimit)
{
    options_.num_sessions_max = 2;
    start();
    connect_welcome();
    Client *second = connect_welcome();
    Client *third = connect();

    BrokerMessagePointer message = receive(third);
    ASSERT_EQ(message->message_case, SNAPSHOT__BROKER_MESSAGE__MESSAGE_REFUSED);
    EXPECT_NE(std::string(message->refused->reason).find("--max-stubs"), std::string::npos);
    EXPECT_FALSE(message->refused->is_permanent);
    expect_closed_for(third, METRIC_CLOSED_TOO_MANY);

    second->hang_up();
    until([&] { return peers_[1]->is_closed; });
    connect_welcome();
}

TEST_F(StubsTest, RefusesStubsOfAUserBeyondItsLimit)
{
    options_.num_sessions_per_user_max = 1;
    start();
    connect_welcome();
    Client *second = connect();

    EXPECT_NE(std::string(receive(second)->refused->reason).find("--max-stubs-per-user"), std::string::npos);
    expect_closed_for(second, METRIC_CLOSED_TOO_MANY);
}

TEST_F(StubsTest, HandsTheDescriptorOfAHelloUpAndClosesAllOthers)
{
    start();
    size_t num_before = count_descriptors();
    Client *client = connect();
    int sent[3];

    for (int &fd : sent)
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(client->send_with_descriptors(hello_packet(), {sent[0], sent[1], sent[2]}), 0);
    until([&] { return peers_.size() == 1; });
    ASSERT_GE(received_fd_, 0);
    EXPECT_NE(fcntl(received_fd_, F_GETFD) & FD_CLOEXEC, 0);
    struct stat status, expected;
    EXPECT_EQ(fstat(received_fd_, &status), 0);
    EXPECT_EQ(stat("/dev/null", &expected), 0);
    EXPECT_EQ(status.st_rdev, expected.st_rdev);
    close(received_fd_);

    EXPECT_EQ(client->send_with_descriptors(capture_packet("b-1", 1), {sent[0], sent[1]}), 0);
    until([&] { return peers_[0]->num_messages == 1; });
    EXPECT_EQ(client->send_with_descriptors(std::string(10, '\xff'), {sent[0], sent[1], sent[2]}), 0);
    expect_closed_for(client, METRIC_CLOSED_MALFORMED);
    for (int fd : sent)
        close(fd);
    until([&] { return peers_[0]->is_closed; });
    client->hang_up();
    EXPECT_EQ(count_descriptors(), num_before);
}

TEST_F(StubsTest, KeepsDescriptorsAfterManyBadClients)
{
    start();
    size_t num_before = count_descriptors();

    for (int i = 0; i < 200; i++) {
        Client client(path_);

        ASSERT_EQ(client.error(), 0);
        if (i % 3 == 0)
            client.send(std::string(10, '\xff'));
        if (i % 3 == 1)
            client.send(hello_packet());
        client.hang_up();
        until([&] { return metrics_get(&metrics_, METRIC_SESSIONS_ACCEPTED) == i + 1; });
    }
    until([&] { return metrics_get(&metrics_, METRIC_SESSIONS) == 0; });
    event_base_loop(base_, EVLOOP_NONBLOCK);
    EXPECT_EQ(count_descriptors(), num_before);
}

TEST_F(StubsTest, PausesWhenDescriptorsAreOutAndRecovers)
{
    start();
    Client *waiting = connect();
    struct rlimit before, none;

    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 3;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    until([&] { return timers_next_us(timers_) != TIMERS_NEVER; });
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    event_base_loop(base_, EVLOOP_NONBLOCK);
    EXPECT_EQ(metrics_get(&metrics_, METRIC_SESSIONS), 0) << "it does not spin";

    clock_.pass_us(STUBS_ACCEPT_PAUSE_MS * US_PER_MS);
    timers_run(timers_);
    EXPECT_EQ(waiting->send(hello_packet()), 0);
    until([&] { return peers_.size() == 1; });
}

TEST_F(StubsTest, OneBusyStubDoesNotHoldUpTheOthers)
{
    start();
    Client *busy = connect_welcome();
    Client *other = connect_welcome();

    for (int i = 0; i < 100; i++)
        EXPECT_EQ(busy->send(capture_packet("b-1", i)), 0);
    EXPECT_EQ(other->send(capture_packet("b-1", 1)), 0);
    while (peers_[1]->num_messages == 0)
        event_base_loop(base_, EVLOOP_NONBLOCK | EVLOOP_ONCE);
    EXPECT_LE(peers_[0]->num_messages, 3 * SESSION_NUM_PACKETS_TURN);
    until([&] { return peers_[0]->num_messages == 100; });
}

TEST_F(StubsTest, DrainsWhatWasSentBeforeTheEnd)
{
    start();
    Client *client = connect_welcome();

    for (int i = 0; i < 100; i++)
        EXPECT_EQ(client->send(capture_packet("b-1", i)), 0);
    stubs_stop_accepting(stubs_);
    stubs_drain(stubs_, UINT64_MAX);
    EXPECT_EQ(peers_[0]->num_messages, 100);
    EXPECT_EQ(metrics_get(&metrics_, METRIC_CLOSED_SHUTDOWN), 1);
    expect_closed(client);
}

TEST_F(StubsTest, DrainsNoLongerThanItMay)
{
    start();
    Client *client = connect_welcome();

    for (int i = 0; i < 100; i++)
        EXPECT_EQ(client->send(capture_packet("b-1", i)), 0);
    stubs_stop_accepting(stubs_);
    stubs_drain(stubs_, clock_.now_us);
    EXPECT_EQ(peers_[0]->num_messages, SESSION_DRAIN_STEP);
    expect_closed(client);
}

TEST_F(StubsTest, AcceptsNobodyAfterItWasToldNotTo)
{
    start();
    stubs_stop_accepting(stubs_);
    connect();
    event_base_loop(base_, EVLOOP_NONBLOCK);
    EXPECT_EQ(metrics_get(&metrics_, METRIC_SESSIONS_ACCEPTED), 0);
}

TEST_F(StubsTest, ASessionMayBeClosedByAnothersMessage)
{
    start();
    connect_welcome();
    Client *second = connect_welcome();

    on_message_ = [this](Peer *) {
        session_refuse(peers_[0]->session, "because", false);
        session_refuse(peers_[1]->session, "because", false); /* the one whose message this is */
    };
    EXPECT_EQ(second->send(capture_packet("b-1", 1)), 0);
    EXPECT_EQ(second->send(capture_packet("b-1", 2)), 0);
    until([&] { return peers_[0]->is_closed && peers_[1]->is_closed; });
    EXPECT_EQ(peers_[1]->num_messages, 1);
}

} // namespace
