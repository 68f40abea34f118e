#include "broker/store/firebase/rtdb_url.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace
{

std::string make(const char *database, const char *path, const char *parameters = "")
{
    RtdbUrl url = {};
    char *address = nullptr;
    std::string result = "not made";

    EXPECT_EQ(rtdb_url_parse(database, &url), 0);
    if (rtdb_url_make(&url, path, parameters, &address) == 0)
        result = address;
    free(address);
    rtdb_url_deinit(&url);
    return result;
}

bool trusts(const char *database, const char *target)
{
    RtdbUrl url = {};
    bool is_trusted;

    EXPECT_EQ(rtdb_url_parse(database, &url), 0);
    is_trusted = rtdb_url_trusts(&url, target);
    rtdb_url_deinit(&url);
    return is_trusted;
}

TEST(RtdbUrlTest, MakesTheAddressOfARequest)
{
    EXPECT_EQ(make("https://X.firebaseio.com", "cdbg/debuggees/d-1"),
              "https://x.firebaseio.com:443/cdbg/debuggees/d-1.json");
    EXPECT_EQ(make("https://x.firebaseio.com/", "a"), "https://x.firebaseio.com:443/a.json");
    EXPECT_EQ(make("http://127.0.0.1:9000?ns=x", "a", "print=silent"),
              "http://127.0.0.1:9000/a.json?print=silent&ns=x");
    EXPECT_EQ(make("http://[::1]:9000/?ns=x", "a"), "http://[::1]:9000/a.json?ns=x");
    EXPECT_EQ(make("https://h/folder/", "a"), "https://h:443/folder/a.json");
    EXPECT_EQ(make("https://h", ""), "https://h:443/.json");
}

TEST(RtdbUrlTest, EncodesKeys)
{
    EXPECT_EQ(make("https://h", "a b/c?d&e=%41/\xc3\xa9"),
              "https://h:443/a%20b/c%3Fd%26e%3D%2541/%C3%A9.json");
}

TEST(RtdbUrlTest, RefusesPathsThatAreNone)
{
    for (const char *path : {"/a", "a/", "a//b", "..", "a/./b", "a/.."})
        EXPECT_EQ(make("https://h", path), "not made") << path;
}

TEST(RtdbUrlTest, RefusesAddressesThatAreNone)
{
    RtdbUrl url = {};

    for (const char *text : {"", "x", "ftp://h", "http://example.com", "http://10.0.0.1:9000",
                             "https://user:pass@h", "https://h/#x", "http://127.0.0.1.nip.io"})
        EXPECT_EQ(rtdb_url_parse(text, &url), -EINVAL) << text;
}

TEST(RtdbUrlTest, TrustsTheDatabaseAndGooglesHosts)
{
    const char *google = "https://x-cdbg.firebaseio.com";
    const char *own = "https://db.example:8443";

    EXPECT_TRUE(trusts(google, "https://s-usc1c-nss-114.firebaseio.com/a.json?ns=x-cdbg"));
    EXPECT_TRUE(trusts(google, "https://x.europe-west1.firebasedatabase.app/a.json"));
    EXPECT_TRUE(trusts(google, "https://X-CDBG.firebaseio.com:443/b.json"));
    EXPECT_TRUE(trusts(own, "https://db.example:8443/other.json"));
    for (const char *target :
         {"http://s.firebaseio.com/", "https://firebaseio.com/", "https://evilfirebaseio.com/",
          "https://s.firebaseio.com.evil.example/", "https://s.firebaseio.com:8443/", "https://evil.example/",
          "https://s.firebaseio.com@evil.example/", "https://evil.example/.firebaseio.com", "//x", ""})
        EXPECT_FALSE(trusts(google, target)) << target;
    for (const char *target : {"https://db.example/", "https://x.firebaseio.com/", "http://db.example:8443/"})
        EXPECT_FALSE(trusts(own, target)) << target;
}

} // namespace
