#include "broker/auth/endpoint.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <string>

namespace
{

std::string problem(const std::string &url)
{
    Endpoint endpoint;
    const char *why = "";

    return endpoint_parse(url.c_str(), &endpoint, &why) == 0 ? "" : why;
}

Endpoint parsed(const char *url)
{
    Endpoint endpoint = {};
    const char *why;

    EXPECT_EQ(endpoint_parse(url, &endpoint, &why), 0) << url;
    return endpoint;
}

TEST(Endpoint, Parts)
{
    Endpoint endpoint = parsed("https://Shop-cdbg.firebaseIO.com:8443/a?b=c");

    EXPECT_TRUE(endpoint.is_https);
    EXPECT_FALSE(endpoint.is_loopback);
    EXPECT_STREQ(endpoint.host, "shop-cdbg.firebaseio.com");
    EXPECT_EQ(endpoint.port, 8443);
    EXPECT_TRUE(endpoint.has_path);
    EXPECT_TRUE(endpoint.has_query);
    EXPECT_EQ(parsed("https://a").port, 443);
    EXPECT_FALSE(parsed("https://a/").has_path);
    EXPECT_EQ(parsed("http://127.0.0.1").port, 80);
}

TEST(Endpoint, HttpIsForThisMachine)
{
    for (const char *url :
         {"http://localhost:9000", "http://127.0.0.1/", "http://127.9.9.9/", "http://[::1]:9/"})
        EXPECT_TRUE(parsed(url).is_loopback) << url;
    for (const char *url : {"http://localhost.example.com/", "http://128.0.0.1/", "http://[::2]/",
                            "http://127.0.0.1.example.com/", "http://169.254.169.254/", "http://0/"})
        EXPECT_EQ(problem(url), "is not https (http is for this machine alone)") << url;
}

TEST(Endpoint, HttpSourcesMayBeLinkLocal)
{
    Endpoint endpoint;
    const char *why;

    EXPECT_EQ(endpoint_parse_source("http://169.254.169.254/metadata", &endpoint, &why), 0);
    EXPECT_EQ(endpoint_parse_source("http://10.0.0.1/metadata", &endpoint, &why), -EINVAL);
}

TEST(Endpoint, WhatProgramsReadDifferentlyIsNone)
{
    for (const char *url : {"",
                            "x",
                            "ftp://a/",
                            "https:",
                            "https:///a",
                            "//a/",
                            "https://a\\@b/",
                            "https://a b/",
                            "https://a/\r\nX: y",
                            "https://u@a/",
                            "https://u:p@a/",
                            "https://a/#f",
                            "https://a:0/",
                            "https://a:65536/",
                            "https://a:x/",
                            "https://.a/",
                            "https://a..b/",
                            "https://a,b/",
                            "https://\xc3\xa4/",
                            "https://a%2fb/",
                            "https://[::1/",
                            "javascript://a/"})
        EXPECT_NE(problem(url), "") << url;
    EXPECT_EQ(problem("https://a/" + std::string(3000, 'x')), "is too long for a URL");
    EXPECT_NE(problem("https://" + std::string(64, 'x') + "/"), "");
}

TEST(Endpoint, Domains)
{
    Endpoint endpoint = parsed("https://x.firebaseio.com/");
    Endpoint other = parsed("https://xfirebaseio.com/");
    Endpoint longer = parsed("https://x.firebaseio.com.evil.org/");

    EXPECT_TRUE(endpoint_is_on_domain(&endpoint, "firebaseio.com"));
    EXPECT_FALSE(endpoint_is_on_domain(&other, "firebaseio.com"));
    EXPECT_FALSE(endpoint_is_on_domain(&longer, "firebaseio.com"));
}

TEST(Endpoint, GooglesTokenHosts)
{
    for (const char *url :
         {"https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token"}) {
        Endpoint endpoint = parsed(url);

        EXPECT_TRUE(endpoint_is_google_api(&endpoint)) << url;
    }
    for (const char *url : {"https://google.com/", "https://evilgoogleapis.com/", "http://127.0.0.1/"}) {
        Endpoint endpoint = parsed(url);

        EXPECT_FALSE(endpoint_is_google_api(&endpoint)) << url;
    }
}

} // namespace
