#include "broker/backends.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "broker/auth/secret.h"
#include "tests/broker/auth/keys.hh"
#include "tests/broker/util/fake_clock.hh"

namespace
{

/* Without a network: the loop does not run, so that no call comes to an end. */
class BackendsTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        char folder[] = "/tmp/backends_XXXXXX";
        HttpClientOptions http = {};
        OutboxOptions outbox = {};

        secret_init();
        ASSERT_NE(mkdtemp(folder), nullptr);
        folder_ = folder;
        base_ = event_base_new();
        http.base = base_;
        http.user_agent = "test";
        ASSERT_EQ(http_client_new(&http, &http_), 0);
        ASSERT_EQ(timers_new(&clock_.clock, nullptr, nullptr, &timers_), 0);
        outbox.state_dir = folder;
        outbox.bytes_max = 1 << 20;
        outbox.timers = timers_;
        outbox.metrics = &metrics_;
        ASSERT_EQ(outbox_new(&outbox, &outbox_), 0);
    }

    void TearDown() override
    {
        for (Guest *guest : guests_)
            guest_free(guest);
        backends_free(backends_);
        outbox_free(outbox_);
        timers_free(timers_);
        http_client_free(http_);
        event_base_free(base_);
        EXPECT_EQ(system(("rm -r " + folder_).c_str()), 0);
    }

    static void send(void *, const Snapshot__BrokerMessage *)
    {
    }

    static void refuse(void *session, const char *reason, bool is_permanent)
    {
        BackendsTest *self = static_cast<BackendsTest *>(session);

        self->reason_ = reason;
        self->is_permanent_ = is_permanent;
    }

    int open(const char *database_url, const char *project_id, const std::string &text, const char **ret_why)
    {
        static const MemberLink link = {send, refuse, nullptr}; /* nothing here logs */
        BackendsOptions options = {};
        Credential *credential = nullptr;
        char *error = nullptr;

        options.registry.timers = timers_;
        options.registry.metrics = &metrics_;
        options.registry.link = &link;
        options.registry.broker_version = "1";
        options.registry.num_breakpoints_max = 10;
        options.http = http_;
        options.outbox = outbox_;
        options.database_url = database_url;
        options.project_id = project_id;
        EXPECT_EQ(credential_parse(text.data(), text.size(), "f", CREDENTIAL_OF_BROKER, &credential, &error),
                  0);
        return backends_new(&options, credential, &backends_, ret_why);
    }

    void open()
    {
        const char *why = "";

        ASSERT_EQ(open("https://own.firebaseio.com", nullptr, authorized_user_text(), &why), 0) << why;
    }

    /* @content: of the file that comes with it; "": none does. NULL: it was refused. */
    Guest *join(const std::vector<std::pair<std::string, std::string>> &flags,
                const std::string &content = "")
    {
        Snapshot__Hello hello = SNAPSHOT__HELLO__INIT;
        std::vector<Snapshot__Fact> facts(flags.size() + 1);
        std::vector<Snapshot__Fact *> pointers;
        Guest *guest = nullptr;
        int fd = -1;
        static char minor_version[] = "minorversion", seven[] = "7";

        for (size_t i = 0; i <= flags.size(); i++) {
            facts[i] = SNAPSHOT__FACT__INIT;
            facts[i].name = i < flags.size() ? const_cast<char *>(flags[i].first.c_str()) : minor_version;
            facts[i].value = i < flags.size() ? const_cast<char *>(flags[i].second.c_str()) : seven;
            pointers.push_back(&facts[i]);
        }
        hello.protocol_version = 1;
        hello.flags = pointers.data();
        hello.n_flags = pointers.size();
        if (!content.empty()) {
            fd = memfd_create("key", MFD_CLOEXEC | MFD_ALLOW_SEALING);
            EXPECT_EQ(write(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
            EXPECT_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK), 0);
        }
        reason_.clear();
        if (backends_join(backends_, &hello, fd, 42, this, &guest) == 0)
            guests_.push_back(guest);
        if (fd >= 0)
            close(fd);
        return guest;
    }

    void leave(Guest *guest)
    {
        for (size_t i = 0; i < guests_.size(); i++) {
            if (guests_[i] == guest)
                guests_.erase(guests_.begin() + static_cast<long>(i--));
        }
        guest_free(guest);
    }

    void pass_s(uint64_t seconds)
    {
        clock_.pass_us(seconds * US_PER_S);
        timers_run(timers_);
    }

    /* Databases that are open, the broker's own among them. */
    int64_t num_databases()
    {
        backends_refresh(backends_);
        return metrics_get(&metrics_, METRIC_DATABASES);
    }

    /* A file of its own for each number. */
    static std::string file(int number)
    {
        return service_account_text() + std::string(static_cast<size_t>(number), ' ');
    }

    FakeClock clock_;
    Metrics metrics_ = {};
    struct event_base *base_ = nullptr;
    Timers *timers_ = nullptr;
    HttpClient *http_ = nullptr;
    Outbox *outbox_ = nullptr;
    Backends *backends_ = nullptr;
    std::string folder_;
    std::vector<Guest *> guests_;
    std::string reason_;
    bool is_permanent_ = false;
};

TEST_F(BackendsTest, AppsWithoutWishesShareTheBrokersOwn)
{
    open();
    EXPECT_NE(join({}), nullptr);
    EXPECT_NE(join({{"project_id", "theirs"}}), nullptr); /* a label: nothing else of theirs came */
    EXPECT_EQ(num_databases(), 1);
}

TEST_F(BackendsTest, EqualFilesShareOne)
{
    open();
    EXPECT_NE(join({}, file(0)), nullptr);
    EXPECT_NE(join({}, file(0)), nullptr);
    EXPECT_EQ(num_databases(), 2);
    EXPECT_NE(join({}, file(1)), nullptr);
    EXPECT_NE(join({{"firebase_db_url", "https://theirs.firebaseio.com"}}, file(0)), nullptr);
    EXPECT_NE(join({{"project_id", "theirs"}}, file(0)), nullptr);
    EXPECT_EQ(num_databases(), 5);
}

TEST_F(BackendsTest, OwnDatabaseByItsUrlNeedsNoFile)
{
    open();
    for (const char *url :
         {"https://own.firebaseio.com", "https://OWN.firebaseio.com/", "https://own.firebaseio.com:443"})
        EXPECT_NE(join({{"firebase_db_url", url}}), nullptr) << reason_;
    EXPECT_EQ(num_databases(), 1);
    for (const char *url : {"https://own.firebaseio.com:444", "https://own2.firebaseio.com",
                            "https://own.firebaseio.com?ns=x"}) {
        EXPECT_EQ(join({{"firebase_db_url", url}}), nullptr) << url;
        EXPECT_TRUE(is_permanent_);
    }
}

TEST_F(BackendsTest, EmulatorNeedsNoFile)
{
    open();
    EXPECT_NE(join({{"firebase_db_url", "http://localhost:9000?ns=x"}}), nullptr) << reason_;
    EXPECT_NE(join({{"firebase_db_url", "http://localhost:9000?ns=x"}}, file(0)), nullptr) << reason_;
    EXPECT_EQ(num_databases(), 2); /* whoever comes is sent as the emulator's owner */
}

TEST_F(BackendsTest, OneWithoutAppsStaysForAWhile)
{
    open();
    Guest *guest = join({}, file(0));
    leave(guest);
    pass_s(BACKENDS_LINGER_S - 1);
    EXPECT_EQ(num_databases(), 2);
    guest = join({}, file(0));
    pass_s(BACKENDS_LINGER_S + 1);
    EXPECT_EQ(num_databases(), 2);
    leave(guest);
    pass_s(BACKENDS_LINGER_S + 1);
    EXPECT_EQ(num_databases(), 1);
}

TEST_F(BackendsTest, BrokersOwnStaysForEver)
{
    open();
    leave(join({}));
    pass_s(BACKENDS_LINGER_S + 1);
    EXPECT_EQ(num_databases(), 1);
    EXPECT_NE(join({}), nullptr);
}

TEST_F(BackendsTest, TheirNumberIsBoundedAndIdleOnesMakeRoom)
{
    std::vector<Guest *> guests;

    open();
    for (int i = 0; i < BACKENDS_NUM_MAX; i++)
        guests.push_back(join({}, file(i)));
    EXPECT_EQ(join({}, file(BACKENDS_NUM_MAX)), nullptr);
    EXPECT_EQ(reason_, "too many apps have databases of their own");
    EXPECT_FALSE(is_permanent_);
    EXPECT_NE(join({}), nullptr); /* which concerns nobody else */
    EXPECT_NE(join({}, file(3)), nullptr);
    leave(guests[5]);
    EXPECT_NE(join({}, file(BACKENDS_NUM_MAX)), nullptr);
    EXPECT_EQ(num_databases(), BACKENDS_NUM_MAX + 1);
}

TEST_F(BackendsTest, MissingProjectIsTold)
{
    const char *why = "";

    EXPECT_EQ(open(nullptr, nullptr, authorized_user_text(), &why), -EINVAL);
    EXPECT_NE(std::string(why).find("--project-id"), std::string::npos);
    EXPECT_EQ(open(nullptr, "example.com:shop", authorized_user_text(), &why), -EINVAL);
    EXPECT_NE(std::string(why).find("--project-id"), std::string::npos);
    EXPECT_EQ(open(nullptr, "shop", authorized_user_text(), &why), 0);
}

TEST_F(BackendsTest, UrlsOfDatabases)
{
    const char *why = "";
    bool is_emulator = true;

    EXPECT_EQ(backends_check_url("https://a.example.com:444", &is_emulator, &why), 0);
    EXPECT_FALSE(is_emulator);
    EXPECT_EQ(backends_check_url("http://127.0.0.1:9000/?ns=x", &is_emulator, &why), 0);
    EXPECT_TRUE(is_emulator);
    for (const char *url :
         {"http://a.example.com", "https://a/b", "https://a/?ns=b&c=d", "https://a/?auth=b", "a", ""})
        EXPECT_EQ(backends_check_url(url, &is_emulator, &why), -EINVAL) << url;
}

} // namespace
