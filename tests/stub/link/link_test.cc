#include "stub/native/link.h"

#include "tests/stub/link/folder.hh"

#include <gtest/gtest.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

/* The link has one life per process: each test runs in a process of its own. */
static void run_in_child(void (*test)())
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        test();
        fflush(stdout);
        _exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

#define LINK_TEST(name)                                                                                      \
    static void name();                                                                                      \
    TEST(LinkTest, name)                                                                                     \
    {                                                                                                        \
        run_in_child(name);                                                                                  \
    }                                                                                                        \
    static void name()

namespace
{

constexpr int kDeadlineMs = 20000;

/* What the link told the agent. */
class Agent
{
  public:
    LinkOptions options(const std::string &path)
    {
        path_ = path;
        LinkOptions options = {};
        options.socket_path = path_.c_str();
        options.make_hello = [](void *, uint64_t ordinal, size_t *ret_len, int *) {
            std::string hello = "hello " + std::to_string(ordinal);
            *ret_len = hello.size();
            return reinterpret_cast<uint8_t *>(strdup(hello.c_str()));
        };
        options.messages = [](void *context, Snapshot__BrokerMessage *const *messages, size_t num) {
            static_cast<Agent *>(context)->be_held_up();
            for (size_t i = 0; i < num; i++)
                static_cast<Agent *>(context)->note("message " + std::to_string(messages[i]->message_case));
        };
        options.disconnected = [](void *context, bool is_for_good) {
            static_cast<Agent *>(context)->note(is_for_good ? "over for good" : "over");
        };
        options.work = [](void *context, bool) {
            static_cast<Agent *>(context)->num_works_++;
            return -1;
        };
        options.context = this;
        return options;
    }
    std::string next()
    {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::milliseconds(kDeadlineMs),
                               [this] { return !notes_.empty(); }))
            return "nothing";
        std::string note = notes_.front();
        notes_.pop_front();
        return note;
    }
    std::atomic<int> num_works_ = 0;
    /* What the link's thread waits for in a callback, as it does for the GIL. */
    std::atomic<std::mutex *> gate_ = nullptr;
    std::atomic<bool> is_held_up_ = false;

  private:
    void be_held_up()
    {
        std::mutex *gate = gate_;
        if (!gate)
            return;
        is_held_up_ = true;
        gate->lock();
        gate->unlock();
        is_held_up_ = false;
    }
    void note(const std::string &text)
    {
        std::lock_guard lock(mutex_);
        notes_.push_back(text);
        changed_.notify_all();
    }
    std::string path_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> notes_;
};

class Broker
{
  public:
    explicit Broker(const std::string &path) : path_(path)
    {
        sockaddr_un name = {};
        name.sun_family = AF_UNIX;
        path.copy(name.sun_path, sizeof(name.sun_path) - 1);
        listener_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        (void)unlink(path.c_str());
        EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr *>(&name), sizeof(name)), 0);
        EXPECT_EQ(listen(listener_, 8), 0);
    }
    ~Broker()
    {
        hang_up();
        close(listener_);
    }
    /* Touches its socket until the link comes, as a new broker would: the backoff may be at 30 s. */
    bool accept_session()
    {
        hang_up();
        for (int waited_ms = 0; !wait(listener_, 10); waited_ms += 10) {
            if (waited_ms > kDeadlineMs)
                return false;
            (void)chmod(path_.c_str(), 0600);
        }
        session_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        return session_ >= 0;
    }
    void hang_up()
    {
        if (session_ >= 0)
            close(session_);
        session_ = -1;
    }
    std::string receive()
    {
        std::vector<char> buffer(256 * 1024);
        if (!wait(session_))
            return "nothing";
        ssize_t len = recv(session_, buffer.data(), buffer.size(), 0);
        return len > 0 ? std::string(buffer.data(), static_cast<size_t>(len)) : "end";
    }
    bool is_silent()
    {
        pollfd file = {session_, POLLIN, 0};
        return poll(&file, 1, 0) == 0;
    }
    void send(const std::string &packet)
    {
        EXPECT_EQ(::send(session_, packet.data(), packet.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(packet.size()));
    }
    void send(const Snapshot__BrokerMessage &message)
    {
        std::string packet(snapshot__broker_message__get_packed_size(&message), '\0');
        snapshot__broker_message__pack(&message, reinterpret_cast<uint8_t *>(packet.data()));
        send(packet);
    }
    void welcome()
    {
        Snapshot__Welcome welcome = SNAPSHOT__WELCOME__INIT;
        Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
        message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME;
        message.welcome = &welcome;
        send(message);
    }
    void refuse(bool is_permanent)
    {
        Snapshot__Refused refused = SNAPSHOT__REFUSED__INIT;
        Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
        refused.is_permanent = is_permanent;
        message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_REFUSED;
        message.refused = &refused;
        send(message);
    }
    void acknowledge(uint64_t sequence)
    {
        Snapshot__Acknowledge acknowledge = SNAPSHOT__ACKNOWLEDGE__INIT;
        Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
        acknowledge.sequence = sequence;
        message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_ACKNOWLEDGE;
        message.acknowledge = &acknowledge;
        send(message);
    }
    void ask_for_files()
    {
        Snapshot__SourceFilesRequest request = SNAPSHOT__SOURCE_FILES_REQUEST__INIT;
        Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
        message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_SOURCE_FILES_REQUEST;
        message.source_files_request = &request;
        send(message);
    }

  private:
    static bool wait(int fd, int timeout_ms = kDeadlineMs)
    {
        pollfd file = {fd, POLLIN, 0};
        return poll(&file, 1, timeout_ms) == 1;
    }
    std::string path_;
    int listener_ = -1;
    int session_ = -1;
};

const std::string kWelcome = "message " + std::to_string(SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME);
const std::string kFiles =
    "message " + std::to_string(SNAPSHOT__BROKER_MESSAGE__MESSAGE_SOURCE_FILES_REQUEST);

int send(const std::string &packet)
{
    return link_send(reinterpret_cast<const uint8_t *>(packet.data()), packet.size());
}

int send_capture(const std::string &packet, uint64_t sequence)
{
    return link_send_capture(reinterpret_cast<const uint8_t *>(packet.data()), packet.size(), sequence);
}

int count_descriptors()
{
    int number = 0;
    for ([[maybe_unused]] const auto &entry : std::filesystem::directory_iterator("/proc/self/fd"))
        number++;
    return number;
}

/* A link in a session that the broker has accepted. */
struct Session {
    Folder folder;
    Agent agent;
    Broker broker{folder / "broker.sock"};
    Session()
    {
        LinkOptions options = agent.options(folder / "broker.sock");
        EXPECT_EQ(link_start(&options), 0);
        accept("hello 1");
    }
    void accept(const std::string &hello)
    {
        EXPECT_TRUE(broker.accept_session());
        EXPECT_EQ(broker.receive(), hello);
        broker.welcome();
        EXPECT_EQ(agent.next(), kWelcome);
    }
    ~Session()
    {
        link_stop();
    }
};

LINK_TEST(SaysHelloFirstAndIsWelcome)
{
    Session session;
    EXPECT_EQ(send("packet"), 0);
    EXPECT_EQ(session.broker.receive(), "packet");
}

LINK_TEST(SendsNothingBeforeWelcome)
{
    Folder folder;
    Agent agent;
    Broker broker(folder / "broker.sock");
    LinkOptions options = agent.options(folder / "broker.sock");
    ASSERT_EQ(link_start(&options), 0);
    EXPECT_EQ(send("early"), 0);
    ASSERT_TRUE(broker.accept_session());
    EXPECT_EQ(broker.receive(), "hello 1");
    EXPECT_TRUE(broker.is_silent());
    broker.welcome();
    EXPECT_EQ(broker.receive(), "early");
    link_stop();
}

LINK_TEST(FindsABrokerThatComesLater)
{
    Folder folder;
    Agent agent;
    LinkOptions options = agent.options(folder / "sub/broker.sock");
    ASSERT_EQ(link_start(&options), 0);
    std::filesystem::create_directory(folder / "sub");
    Broker broker(folder / "sub/broker.sock");
    ASSERT_TRUE(broker.accept_session());
    EXPECT_EQ(broker.receive(), "hello 1");
    link_stop();
}

LINK_TEST(ABrokerThatComesBackGetsWhatItDidNotAcknowledge)
{
    Session session;
    EXPECT_EQ(send_capture("one", 1), 0);
    EXPECT_EQ(send_capture("two", 2), 0);
    EXPECT_EQ(session.broker.receive(), "one");
    EXPECT_EQ(session.broker.receive(), "two");
    session.broker.acknowledge(1);
    session.broker.ask_for_files(); /* when it has come, so has the acknowledgement */
    EXPECT_EQ(session.agent.next(), kFiles);
    session.broker.hang_up();
    EXPECT_EQ(session.agent.next(), "over");
    EXPECT_EQ(send("while away"), 0);
    session.accept("hello 2");
    EXPECT_EQ(session.broker.receive(), "two");
    EXPECT_EQ(session.broker.receive(), "while away");
}

LINK_TEST(GarbageEndsTheSessionOnly)
{
    const std::string kGarbage[] = {
        std::string("\xff\xff\xff\xff"),   std::string(1, '\0'),         std::string("\x0a\x7f"),
        std::string(128 * 1024 + 1, '\0'), std::string(200 * 1024, 'x'),
    };
    Session session;
    int ordinal = 1;
    for (const std::string &garbage : kGarbage) {
        session.broker.send(garbage);
        EXPECT_EQ(session.agent.next(), "over");
        session.accept("hello " + std::to_string(++ordinal));
    }
    EXPECT_EQ(send("still there"), 0);
    EXPECT_EQ(session.broker.receive(), "still there");
}

LINK_TEST(AMessageBeforeWelcomeEndsTheSession)
{
    Folder folder;
    Agent agent;
    Broker broker(folder / "broker.sock");
    LinkOptions options = agent.options(folder / "broker.sock");
    ASSERT_EQ(link_start(&options), 0);
    ASSERT_TRUE(broker.accept_session());
    EXPECT_EQ(broker.receive(), "hello 1");
    broker.ask_for_files(); /* this one may come: the answer says which app it is */
    EXPECT_EQ(agent.next(), kFiles);
    broker.acknowledge(1);
    EXPECT_EQ(agent.next(), "over");
    link_stop();
}

LINK_TEST(AnUnknownMessageIsCountedAndIgnored)
{
    Session session;
    session.broker.send(std::string("\xfa\x07\x02\x08\x01", 5)); /* field 127, a message */
    session.broker.ask_for_files();
    EXPECT_EQ(session.agent.next(), kFiles);
    LinkCounters counters;
    link_counters(&counters);
    EXPECT_EQ(counters.num_unknown_messages, 1u);
}

LINK_TEST(APermanentRefusalIsTheEnd)
{
    Folder folder;
    Agent agent;
    Broker broker(folder / "broker.sock");
    LinkOptions options = agent.options(folder / "broker.sock");
    ASSERT_EQ(link_start(&options), 0);
    ASSERT_TRUE(broker.accept_session());
    EXPECT_EQ(broker.receive(), "hello 1");
    broker.refuse(false);
    EXPECT_EQ(agent.next(), "over");
    ASSERT_TRUE(broker.accept_session()); /* this one was not */
    EXPECT_EQ(broker.receive(), "hello 2");
    broker.refuse(true);
    EXPECT_EQ(agent.next(), "over for good");
    EXPECT_EQ(send("packet"), -ENOTCONN);
    EXPECT_EQ(send_capture("packet", 1), -ENOTCONN);
    link_stop();
}

LINK_TEST(AFullSocketIsDrainedByTheThread)
{
    Session session;
    std::string packet(100000, 'x');
    int num_sent = 0;
    while (send(packet) == 0)
        num_sent++;
    EXPECT_GT(num_sent, 5);
    for (int i = 0; i < num_sent; i++)
        EXPECT_EQ(session.broker.receive(), packet);
    EXPECT_EQ(send("last"), 0);
    EXPECT_EQ(session.broker.receive(), "last");
    LinkCounters counters;
    link_counters(&counters);
    EXPECT_EQ(counters.num_packets_dropped, 1u);
}

LINK_TEST(PauseKeepsTheSession)
{
    Session session;
    link_pause();
    session.broker.ask_for_files(); /* waits in the socket */
    EXPECT_EQ(send("while paused"), 0);
    EXPECT_EQ(session.broker.receive(), "while paused");
    EXPECT_EQ(link_resume(0), 0);
    EXPECT_EQ(session.agent.next(), kFiles);
    link_pause();
    link_pause();
    EXPECT_EQ(link_resume(0), 0);
    EXPECT_EQ(link_resume(0), 0);
    for (int i = 0; i < 100; i++) {
        if (!link_try_pause())
            link_pause();
        EXPECT_EQ(link_resume(0), 0);
    }
    session.broker.ask_for_files();
    EXPECT_EQ(session.agent.next(), kFiles);
}

LINK_TEST(StopGivesEverythingBackAndSendsWhatItCan)
{
    Folder folder;
    Agent agent;
    Broker broker(folder / "broker.sock");
    LinkOptions options = agent.options(folder / "broker.sock");
    int num_before = count_descriptors();
    ASSERT_EQ(link_start(&options), 0);
    ASSERT_TRUE(broker.accept_session());
    EXPECT_EQ(broker.receive(), "hello 1");
    broker.welcome();
    EXPECT_EQ(agent.next(), kWelcome);
    send("last words");
    link_stop();
    EXPECT_EQ(broker.receive(), "last words");
    EXPECT_EQ(broker.receive(), "end");
    broker.hang_up();
    EXPECT_EQ(count_descriptors(), num_before);
    EXPECT_EQ(send("packet"), -ENOTCONN);
    EXPECT_EQ(link_resume(0), 0);
    EXPECT_EQ(count_descriptors(), num_before);
}

LINK_TEST(TheChildOfAForkHasASessionOfItsOwn)
{
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "ThreadSanitizer allows no thread in the child of a fork";
#endif
    Session session;
    EXPECT_EQ(send_capture("parent's", 1), 0);
    EXPECT_EQ(session.broker.receive(), "parent's");
    EXPECT_FALSE(link_is_inherited());
    Broker other(session.folder / "broker.sock"); /* listens anew; the parent's session is not touched */
    int num_before = count_descriptors();
    pid_t child = fork();
    if (child == 0) {
        bool is_well = link_is_inherited() && count_descriptors() < num_before;
        is_well = is_well && send("child's") == 0 && link_resume(0) == 0 && !link_is_inherited();
        is_well = is_well && session.agent.next() == kWelcome;
        is_well = is_well && session.agent.next() == "over";
        link_stop();
        _exit(is_well ? 0 : 1);
    }
    ASSERT_TRUE(other.accept_session());
    EXPECT_EQ(other.receive(), "hello 1");
    other.welcome();
    EXPECT_EQ(other.receive(), "child's"); /* and not what was the parent's */
    other.hang_up();
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(send("still the parent"), 0);
    EXPECT_EQ(session.broker.receive(), "still the parent");
}

int count_link_threads()
{
    int number = 0;
    for (const auto &entry : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream file(entry.path() / "comm");
        std::string name;
        if (std::getline(file, name) && name == "snapshot-link")
            number++;
    }
    return number;
}

bool is_well_in_child()
{
    return link_is_inherited() && count_link_threads() == 0;
}

void fork_and_check()
{
    pid_t child = fork();
    if (child == 0)
        _exit(is_well_in_child() ? 0 : 1);
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

LINK_TEST(TheThreadIsThereAgainAfterAFork)
{
    Session session;
    for (int i = 0; i < 50; i++) {
        fork_and_check();
        session.broker.ask_for_files();
        EXPECT_EQ(session.agent.next(), kFiles);
        EXPECT_EQ(count_link_threads(), 1);
    }
    EXPECT_EQ(send("after"), 0);
    EXPECT_EQ(session.broker.receive(), "after");
}

LINK_TEST(AForkDoesNotWaitForAThreadThatIsHeldUp)
{
    Session session;
    std::mutex gate;
    for (int i = 0; i < 5; i++) {
        gate.lock();
        session.agent.gate_ = &gate;
        session.broker.ask_for_files();
        while (!session.agent.is_held_up_)
            usleep(100);
        fork_and_check();
        session.agent.gate_ = nullptr;
        gate.unlock();
        EXPECT_EQ(session.agent.next(), kFiles);
    }
    session.broker.ask_for_files(); /* the thread has not ended for the forks */
    EXPECT_EQ(session.agent.next(), kFiles);
}

LINK_TEST(AForkWhileTheThreadIsPausedLeavesItSo)
{
    Session session;
    link_pause();
    fork_and_check();
    EXPECT_EQ(count_link_threads(), 0);
    EXPECT_EQ(link_resume(0), 0);
    session.broker.ask_for_files();
    EXPECT_EQ(session.agent.next(), kFiles);
}

LINK_TEST(AnAppThatClosesEveryDescriptorGetsANewSession)
{
    Session session;
    send("before");
    EXPECT_EQ(session.broker.receive(), "before");
    link_pause(); /* as a daemon does between two forks */
    for (const auto &entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::string target = std::filesystem::read_symlink(entry.path()).string();
        int fd = std::stoi(entry.path().filename());
        if (target.rfind("socket:", 0) == 0 && fd > 2) {
            int type = 0;
            socklen_t len = sizeof(type);
            int is_listening = 0;
            getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len);
            sockaddr_un peer = {};
            socklen_t peer_len = sizeof(peer);
            bool is_client = getpeername(fd, reinterpret_cast<sockaddr *>(&peer), &peer_len) == 0 &&
                             peer_len > sizeof(sa_family_t);
            len = sizeof(type);
            getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
            if (is_client || type == SOCK_DGRAM)
                close(fd);
        }
    }
    EXPECT_EQ(send("after"), 0);
    EXPECT_EQ(link_resume(0), 0);
    EXPECT_EQ(session.agent.next(), "over");
    session.accept("hello 2");
    EXPECT_EQ(session.broker.receive(), "after");
}

LINK_TEST(StartsOnce)
{
    Session session;
    LinkOptions options = session.agent.options("/nowhere");
    EXPECT_EQ(link_start(&options), -EALREADY);
}

} // namespace
