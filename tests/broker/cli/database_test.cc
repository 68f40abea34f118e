#include "broker/cli/database.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/cli/identity.h"
#include "tests/broker/cli/testing.hh"

static std::string parse(const char *text)
{
    DatabaseUrl url;
    const char *problem = nullptr;

    if (database_url_parse(text, &url, &problem) < 0)
        return problem;
    std::string parsed = std::string(url.base) + " " + url.query + " " + url.host +
                         (url.is_https ? " https" : "") + (url.is_loopback ? " loopback" : "") +
                         (url.is_firebase ? " firebase" : "");
    database_url_deinit(&url);
    return parsed;
}

TEST(DatabaseUrl, IsTakenApart)
{
    EXPECT_EQ(parse("http://127.0.0.1:9000"), "http://127.0.0.1:9000  127.0.0.1 loopback");
    EXPECT_EQ(parse("http://localhost:9000///"), "http://localhost:9000  localhost loopback");
    EXPECT_EQ(parse("http://host:1/?ns=x"), "http://host:1 ns=x host");
    EXPECT_EQ(parse("http://host:1?ns=x&a=b"), "http://host:1 ns=x&a=b host");
    EXPECT_EQ(parse("http://host/prefix/"), "http://host/prefix  host");
    EXPECT_EQ(parse("http://[::1]:9000/"), "http://[::1]:9000  ::1 loopback");
}

TEST(DatabaseUrl, OnlyFirebaseOverHttpsIsSentGoogleTokens)
{
    EXPECT_EQ(parse("https://p-cdbg.firebaseio.com"),
              "https://p-cdbg.firebaseio.com  p-cdbg.firebaseio.com https firebase");
    EXPECT_EQ(
        parse("https://p.europe-west1.firebasedatabase.app/"),
        "https://p.europe-west1.firebasedatabase.app  p.europe-west1.firebasedatabase.app https firebase");
    for (const char *other :
         {"http://p.firebaseio.com", "https://firebaseio.com", "https://p.firebaseio.com.evil.org",
          "https://evilfirebaseio.com", "https://evil.org/?x=.firebaseio.com"})
        EXPECT_EQ(parse(other).find(" https firebase"), std::string::npos) << other;
}

TEST(DatabaseUrl, OthersAreRefused)
{
    EXPECT_EQ(parse("ftp://host"), "it must begin with http:// or https://");
    EXPECT_EQ(parse("file:///etc/passwd"), "it must begin with http:// or https://");
    EXPECT_EQ(parse("127.0.0.1:9000"), "it must have the form http://host:port or https://host");
    EXPECT_EQ(parse(""), "it must have the form http://host:port or https://host");
    EXPECT_EQ(parse("http://a b"), "it must have the form http://host:port or https://host");
    EXPECT_NE(parse("http://user:secret@host").find("must not contain a user name"), std::string::npos);
}

TEST(Database, KnowsLegalKeys)
{
    for (const char *legal : {"b-1", "größe", "a b", "d_1"})
        EXPECT_TRUE(database_key_is_legal(legal)) << legal;
    for (const char *illegal : {"", ".", "..", "a/b", "a.b", "a#", "$a", "a[", "]", "a\nb", "\x7f", "\xff"})
        EXPECT_FALSE(database_key_is_legal(illegal)) << illegal;
    EXPECT_TRUE(database_key_is_legal(std::string(768, 'x').c_str()));
    EXPECT_FALSE(database_key_is_legal(std::string(769, 'x').c_str()));
}

TEST(Database, EncodesPaths)
{
    EXPECT_EQ(take(database_path("cdbg", "a b?c", "ü", "..", "x/y", nullptr)),
              "/cdbg/a%20b%3Fc/%C3%BC/%2E%2E/x%2Fy");
}

// A server that takes connections into its backlog and never says a word.
class SilentServer
{
  public:
    SilentServer() : socket_(socket(AF_INET, SOCK_STREAM, 0))
    {
        sockaddr_in address = {};
        socklen_t length = sizeof address;

        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(bind(socket_, (sockaddr *)&address, length), 0);
        EXPECT_EQ(listen(socket_, 5), 0);
        EXPECT_EQ(getsockname(socket_, (sockaddr *)&address, &length), 0);
        url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    }

    ~SilentServer()
    {
        close(socket_);
    }

    std::string url;

  private:
    int socket_;
};

static std::string get(const std::string &address, int expected_error)
{
    TestOutput test;
    DatabaseUrl url;
    const char *why = nullptr;
    Database *database = nullptr;
    json_t *value = nullptr;

    EXPECT_EQ(database_url_parse(address.c_str(), &url, &why), 0);
    DatabaseOptions options = {&url, nullptr, &test.output, 1, 1};
    EXPECT_EQ(database_new(&options, &database), 0);
    EXPECT_EQ(database_get(database, "/cdbg", &value), expected_error);
    std::string problem = database_problem(database);
    database_free(database);
    database_url_deinit(&url);
    return problem;
}

TEST(Database, ASilentServerIsNotWaitedForForever)
{
    SilentServer server;

    EXPECT_EQ(get(server.url, -ETIMEDOUT).find("no answer from " + server.url + " within "), 0u);
}

TEST(Database, AMissingServerIsTold)
{
    std::string url;
    {
        SilentServer gone;
        url = gone.url;
    }
    EXPECT_EQ(get(url, -ECONNREFUSED),
              "cannot reach " + url + ": Connection refused. Is snapshot-broker running?");
}

class IdentityTest : public ::testing::Test
{
  protected:
    std::string token(const std::string &content)
    {
        char path[] = "/tmp/token-XXXXXX";
        int file = mkstemp(path);
        DatabaseUrl url = {};
        char *found = nullptr, *problem = nullptr;

        EXPECT_EQ(write(file, content.data(), content.size()), (ssize_t)content.size());
        close(file);
        int error = identity_token(&url, path, &found, &problem);
        unlink(path);
        return error < 0 ? take(problem).substr(0, 14) : take(found);
    }
};

TEST_F(IdentityTest, ATokenIsReadFromItsFile)
{
    EXPECT_EQ(token("s3cret"), "s3cret");
    EXPECT_EQ(token(" s3cret\r\n\n"), "s3cret");
}

TEST_F(IdentityTest, WhatIsNoTokenNeverBecomesAHeader)
{
    EXPECT_EQ(token(""), "the token file");
    EXPECT_EQ(token("a\r\nX-Evil: b"), "the token file");
    EXPECT_EQ(token("two words"), "the token file");
    EXPECT_EQ(token(std::string("nul\0x", 5)), "cannot read th");
    EXPECT_EQ(token(std::string(IDENTITY_TOKEN_BYTES_MAX, 'x')), "cannot read th");
}

TEST_F(IdentityTest, NoTokenIsNeededForTheEmbeddedStore)
{
    DatabaseUrl url = {};
    char *found = nullptr, *problem = nullptr;

    EXPECT_EQ(identity_token(&url, nullptr, &found, &problem), 0);
    EXPECT_EQ(found, nullptr);
}

TEST_F(IdentityTest, TheUserIsNamedOrTheSystems)
{
    DatabaseUrl url = {};
    char *user = nullptr, *problem = nullptr;

    setenv(IDENTITY_USER_VARIABLE, "me@example.com", 1);
    EXPECT_EQ(identity_user(&url, &user, &problem), 0);
    EXPECT_EQ(take(user), "me@example.com");
    unsetenv(IDENTITY_USER_VARIABLE);
    EXPECT_EQ(identity_user(&url, &user, &problem), 0);
    EXPECT_NE(take(user).find('@'), std::string::npos);
    setenv(IDENTITY_USER_VARIABLE, "\xff", 1);
    EXPECT_EQ(identity_user(&url, &user, &problem), -EINVAL);
    EXPECT_EQ(take(problem), IDENTITY_USER_VARIABLE " is not valid UTF-8");
    unsetenv(IDENTITY_USER_VARIABLE);
}

// A stand-in gcloud, first on the path.
class GcloudTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_NE(mkdtemp(folder_), nullptr);
        path_ = getenv("PATH") ? getenv("PATH") : "";
        setenv("PATH", (std::string(folder_) + ":" + path_).c_str(), 1);
        unsetenv(IDENTITY_USER_VARIABLE);
    }

    void TearDown() override
    {
        setenv("PATH", path_.c_str(), 1);
        unlink(program().c_str());
        rmdir(folder_);
    }

    std::string program()
    {
        return std::string(folder_) + "/gcloud";
    }

    // The user when gcloud is this script, or what went wrong.
    std::string user(const char *script)
    {
        DatabaseUrl url = {};
        char *found = nullptr, *problem = nullptr;
        FILE *file = fopen(program().c_str(), "w");

        fprintf(file, "#!/bin/sh\n%s\n", script);
        fclose(file);
        EXPECT_EQ(chmod(program().c_str(), 0700), 0);
        url.is_firebase = true;
        return take(identity_user(&url, &found, &problem) < 0 ? problem : found);
    }

  private:
    char folder_[32] = "/tmp/gcloud-XXXXXX";
    std::string path_;
};

TEST_F(GcloudTest, KnowsTheUserOfFirebase)
{
    EXPECT_EQ(user("[ \"$*\" = 'config get-value account --format=json' ] && echo '\"me@example.com\"'"),
              "me@example.com");
}

TEST_F(GcloudTest, WithoutAnAccountSaysWhatToDo)
{
    EXPECT_EQ(user("echo '[]'"),
              "gcloud has no account set; see gcloud auth login, or set " IDENTITY_USER_VARIABLE);
}

TEST_F(GcloudTest, ThatFailsIsQuotedByItsFirstLine)
{
    EXPECT_EQ(user("printf '\\nERROR: first\\nsecond\\n' >&2; exit 2"),
              "gcloud config failed (exit code 2): ERROR: first");
    EXPECT_EQ(user("kill -TERM $$"), "gcloud config failed (signal 15)");
}

TEST_F(GcloudTest, ThatNeverStopsTalkingIsEnded)
{
    EXPECT_EQ(user("exec yes"), "gcloud config did not answer: Message too long");
}
