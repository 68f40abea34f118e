/* What secrets look like, in every text they can be in. */
#include <errno.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "broker/privacy/redact_value.h"
#include "tests/broker/apps/failing_memory.hh"
#include "tests/broker/privacy/secrets.hh"

namespace
{

class RedactValueTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(name_rules_new(nullptr, nullptr, &names_), 0);
        ASSERT_EQ(start({}), 0);
    }

    void TearDown() override
    {
        scanner_ = secret_scanner_free(scanner_);
        names_ = name_rules_free(names_);
    }

    int start(std::vector<std::string> prefixes)
    {
        std::vector<char *> pointers;

        for (std::string &prefix : prefixes)
            pointers.push_back(prefix.data());
        pointers.push_back(nullptr);
        scanner_ = secret_scanner_free(scanner_);
        return secret_scanner_new(names_, pointers.data(), &scanner_);
    }

    std::string redacted(const std::string &text, bool is_cut = false)
    {
        SecretSpan spans[SECRET_SPANS_MAX];
        size_t num = secret_scan(scanner_, text.data(), text.size(), is_cut, spans);
        std::string result;
        size_t begin = 0;

        for (size_t i = 0; i < num; i++) {
            EXPECT_GE(spans[i].begin, begin) << text;
            EXPECT_LE(spans[i].end, text.size()) << text;
            EXPECT_LT(spans[i].begin, spans[i].end) << text;
            result += text.substr(begin, spans[i].begin - begin) + secret_marker(spans[i].kind);
            begin = spans[i].end;
        }
        return result + text.substr(begin);
    }

    static std::string marker(const std::string &kind)
    {
        return "<redacted: " + kind + ">";
    }

    void expect_ordinary(const std::string &text, bool is_cut = false)
    {
        EXPECT_EQ(redacted(text, is_cut), text);
    }

    Secrets secrets_;
    NameRules *names_ = nullptr;
    SecretScanner *scanner_ = nullptr;
};

TEST_F(RedactValueTest, EveryFormIsFoundAlone)
{
    for (int i = 0; i < 50; i++) {
        for (const Secrets::Form &form : secrets_.forms()) {
            std::string secret = form.make();

            EXPECT_EQ(redacted(secret), marker(form.kind)) << secret;
        }
    }
}

TEST_F(RedactValueTest, EveryFormIsFoundInALongerText)
{
    const std::pair<std::string, std::string> places[] = {
        {"the value is ", " here"},
        {"\"", "\""},
        {"x='", "'"},
        {"b'", "'"},
        {"(", ")"},
        {"[\"a\", \"", "\"]"},
        {"a\n", "\nb"},
        {"k: ", ", l: 2"},
        {"<p>", "</p>"},
        {"\\n", "\\n"},
        {"\xe2\x80\x9c", "\xe2\x80\x9d"},
        {"name,", ",3"},
        {"?q=", "&r=1"},
        {"\t", "\t"},
        {std::string(1, '\0'), std::string(1, '\0')},
        {"prefix-", ""},
        {"id_", ""},
    };

    for (const auto &place : places) {
        for (const Secrets::Form &form : secrets_.forms()) {
            std::string secret = form.make();
            std::string text = redacted(place.first + secret + place.second);

            /* A key in lines goes on in the next. */
            if ((place.first == "a\n" || place.first == "\\n") && form.kind == "private key")
                continue;
            EXPECT_EQ(text, place.first + marker(form.kind) + place.second) << secret;
        }
    }
}

TEST_F(RedactValueTest, APartOfATextIsTakenOutAlone)
{
    for (int i = 0; i < 50; i++) {
        for (const Secrets::Part &part : secrets_.parts())
            EXPECT_EQ(redacted(part.text()), part.before + marker(part.kind) + part.after) << part.text();
    }
}

TEST_F(RedactValueTest, SeveralSecretsInOneText)
{
    std::string jwt = secrets_.jwt(), card = secrets_.card("4", 16);

    EXPECT_EQ(redacted(jwt + " " + card + " " + jwt),
              marker("jwt") + " " + marker("card") + " " + marker("jwt"));
    EXPECT_EQ(redacted("password=x&token=y&pin=z"),
              "password=" + marker("name") + "&token=" + marker("name") + "&pin=" + marker("name"));
}

TEST_F(RedactValueTest, PastTheLastSpanTheRestIsTakenOut)
{
    std::string text, expected;

    for (size_t i = 0; i < SECRET_SPANS_MAX + 10; i++)
        text += secrets_.card("4", 16) + " ";
    for (size_t i = 0; i < SECRET_SPANS_MAX - 1; i++)
        expected += marker("card") + " ";
    EXPECT_EQ(redacted(text), expected + marker("card"));
}

/* Where the value is cut, what is shown of a secret is its beginning. */
TEST_F(RedactValueTest, SecretsThatAreCutAreFound)
{
    for (const std::string &secret : {secrets_.jwt(), secrets_.pem("RSA PRIVATE KEY", 10),
                                      "AK"
                                      "IA" +
                                          secrets_.any(Secrets::CAPITALS, 16),
                                      "gh"
                                      "p_" +
                                          secrets_.any(Secrets::ALNUM, 36),
                                      "xo"
                                      "xb-" +
                                          secrets_.any(Secrets::ALNUM, 36),
                                      "sk_"
                                      "live_" +
                                          secrets_.any(Secrets::ALNUM, 24)}) {
        for (size_t size = 12; size < secret.size(); size++) {
            std::string text = redacted("value " + secret.substr(0, size), true);

            EXPECT_EQ(text.substr(0, 17), "value <redacted: ") << secret.substr(0, size);
            EXPECT_EQ(text.find(secret.substr(0, 10)), std::string::npos);
        }
    }
    EXPECT_EQ(redacted("postgres://bob:s3cr", true), "postgres://bob:" + marker("url password"));
    EXPECT_EQ(redacted("Authorization: Bearer ab", true), "Authorization: " + marker("name"));
    EXPECT_EQ(redacted("say Bearer ab", true), "say Bearer " + marker("authorization"));
    EXPECT_EQ(redacted("{'password': 'ab", true), "{'password': '" + marker("name"));
    EXPECT_EQ(redacted("Basic Ym9iOn", true), "Basic " + marker("authorization"));
    expect_ordinary("no secret here", true);
    expect_ordinary("http://localhost/ab", true);
    expect_ordinary("a number 4111 1111 11", true);
}

TEST_F(RedactValueTest, APemBlockWithoutAnEndGoesOnToTheEndOfTheText)
{
    std::string pem = secrets_.pem("PRIVATE KEY", 3);

    EXPECT_EQ(redacted("a " + pem.substr(0, 150)), "a " + marker("pem"));
    EXPECT_EQ(redacted(pem + "\n" + pem + " x"), marker("pem") + "\n" + marker("pem") + " x");
    EXPECT_EQ(redacted("---- BEGIN ----"), "---- BEGIN ----");
}

TEST_F(RedactValueTest, CardsHaveTheirDigitsAndTheirCheckDigit)
{
    for (int i = 0; i < 200; i++) {
        std::string card = secrets_.card("4", 16);
        std::string wrong = card;

        wrong[15] = static_cast<char>('0' + (wrong[15] - '0' + 1 + i % 9) % 10);
        EXPECT_EQ(redacted(card), marker("card"));
        expect_ordinary(wrong);
        expect_ordinary(Secrets::spaced(wrong, ' '));
        expect_ordinary("0." + card);
        expect_ordinary(card + ".5");
        expect_ordinary("a" + card);
        expect_ordinary(card + "f");
        expect_ordinary("1" + card);
        EXPECT_TRUE(secret_is_card(std::stoull(card)));
        EXPECT_FALSE(secret_is_card(std::stoull(wrong)));
    }
    for (const auto &[start, size] : std::vector<std::pair<const char *, size_t>>{{"4", 17},
                                                                                  {"4", 15},
                                                                                  {"1", 16},
                                                                                  {"7", 16},
                                                                                  {"9", 16},
                                                                                  {"51", 15},
                                                                                  {"34", 16},
                                                                                  {"36", 16},
                                                                                  {"0", 16}})
        expect_ordinary(secrets_.card(start, size));
    EXPECT_FALSE(secret_is_card(0));
    EXPECT_FALSE(secret_is_card(UINT64_MAX));
}

TEST_F(RedactValueTest, CardsInGroups)
{
    std::string amex = secrets_.card("37", 15), visa = secrets_.card("4", 16),
                diners = secrets_.card("36", 14);

    EXPECT_EQ(redacted(amex.substr(0, 4) + " " + amex.substr(4, 6) + " " + amex.substr(10)), marker("card"));
    EXPECT_EQ(redacted(diners.substr(0, 4) + "-" + diners.substr(4, 6) + "-" + diners.substr(10)),
              marker("card"));
    EXPECT_EQ(redacted(Secrets::spaced(visa, ' ') + " 12 27"), marker("card") + " 12 27");
    EXPECT_EQ(redacted(Secrets::spaced(visa, '-') + "-123"), marker("card") + "-123");
    EXPECT_EQ(redacted("1234 " + Secrets::spaced(visa, ' ')), "1234 " + marker("card"));
    expect_ordinary(visa.substr(0, 4) + " " + visa.substr(4, 4) + "-" + visa.substr(8));
    expect_ordinary(visa.substr(0, 2) + " " + visa.substr(2));
}

TEST_F(RedactValueTest, PasswordsOfUrls)
{
    EXPECT_EQ(redacted("ftp://u:p@h"), "ftp://u:" + marker("url password") + "@h");
    EXPECT_EQ(redacted("see http://u:p@h/x and http://v:q@h/y"),
              "see http://u:" + marker("url password") + "@h/x and http://v:" + marker("url password") +
                  "@h/y");
    for (const char *ordinary : {"http://localhost:8080/a@b", "https://git@github.com/x.git",
                                 "ssh://git@host:22/x", "http://[::1]:80/@", "http://u:@host/",
                                 "http://host:80", "mailto://x", "://", "a://", "http://host:8080?x=a:b@c"})
        expect_ordinary(ordinary);
}

TEST_F(RedactValueTest, WordsThatBeginLikeSecretsAreNone)
{
    for (const char *ordinary : {"task-force and disk-space-for-everything-there-is",
                                 "sk-learn-some-quite-long-module-name",
                                 "Basic plan",
                                 "Basic understanding of things",
                                 "The bearer of bad news",
                                 "Bearer token",
                                 "Bearer realm=\"api\"",
                                 "bearer authentication is required",
                                 "token expired",
                                 "Token of appreciation for everyone",
                                 "eyJhbGciOi",
                                 "eyJ.eyJ.x",
                                 "AKIAMETHOD",
                                 "AIzawa",
                                 "ghp_short",
                                 "pypi-server-is-an-application-for-python-packages-hosting",
                                 "key-value-store",
                                 "hooks.slack.com/",
                                 "$1,000.00",
                                 "$2b",
                                 "MIIT",
                                 "SKU123",
                                 "npm_config_registry",
                                 "xoxo",
                                 "sbp_",
                                 "secret_santa",
                                 "glpat-",
                                 "discord.com/api/"})
        expect_ordinary(ordinary);
}

TEST_F(RedactValueTest, SettingsThatSayNothingSecret)
{
    for (const char *ordinary : {"password=",
                                 "password=''",
                                 "password=\"\"",
                                 "password=None",
                                 "{\"token\": null}",
                                 "secret: false",
                                 "password == x",
                                 "password != 'x'",
                                 "max_tokens=4096",
                                 "keyboard=qwerty",
                                 "the password: is wrong",
                                 "token_type=bearer",
                                 "password='********'",
                                 "a=b",
                                 "12:34:56",
                                 "x := y",
                                 "=",
                                 ":",
                                 "password:",
                                 "'password'",
                                 "password",
                                 "user: bob",
                                 "C:\\token",
                                 "{'primary_key': 5}",
                                 "Error: bad input",
                                 "secret_name=x"})
        expect_ordinary(ordinary);
}

TEST_F(RedactValueTest, DigestsAreNoKeys)
{
    for (int i = 0; i < 50; i++) {
        expect_ordinary(secrets_.any(Secrets::HEX, 40));
        expect_ordinary(secrets_.any(Secrets::HEX, 64));
        expect_ordinary(secrets_.any(Secrets::HEX, 32));
        expect_ordinary("sha512-" + secrets_.azure_key());
        expect_ordinary("/home/user/projects/Django/Shop2/views/a"); /* 40 characters */
    }
}

TEST_F(RedactValueTest, WhatIsRedactedStaysAsItIs)
{
    for (const Secrets::Form &form : secrets_.forms()) {
        std::string once = redacted("x " + form.make() + " y");

        EXPECT_EQ(redacted(once), once);
    }
    for (const Secrets::Part &part : secrets_.parts()) {
        std::string once = redacted(part.text());

        EXPECT_EQ(redacted(once), once);
    }
}

TEST_F(RedactValueTest, AUserAddsTokens)
{
    ASSERT_EQ(start({"acme_pat_", "Q7-"}), 0);
    EXPECT_EQ(redacted("x acme_pat_0123abcd y"), "x " + marker("custom") + " y");
    EXPECT_EQ(redacted("Q7-abc.def-ghi"), marker("custom"));
    expect_ordinary("acme_pat_short");
    expect_ordinary("q7-abc.def-ghi");
    EXPECT_EQ(redacted("acme_pat_sh", true), marker("custom"));
    EXPECT_EQ(redacted(secrets_.jwt()), marker("jwt"));
    for (const std::string &prefix :
         {std::string("ab"), std::string(), std::string("-abc"), std::string(65, 'a')})
        EXPECT_EQ(start({prefix}), -EINVAL) << prefix;
    EXPECT_EQ(start(std::vector<std::string>(SECRET_NUM_PREFIXES_MAX, "abc")), 0);
    EXPECT_EQ(start(std::vector<std::string>(SECRET_NUM_PREFIXES_MAX + 1, "abc")), -EINVAL);
    ASSERT_EQ(start({}), 0);
}

/* Texts that make every finder begin again and again; the time is counted in steps by a debugger, and here
 * only by the patience of whoever runs the tests. */
TEST_F(RedactValueTest, NoTextCostsItsSquare)
{
    for (const char *piece : {"eyJ-",
                              "eyJ.",
                              "sk-",
                              "sk-A1b",
                              "://",
                              "://a:",
                              "a://b:c",
                              "password=",
                              "(pin:<redacted: ",
                              "pin:***",
                              "pin={",
                              "pin='",
                              "\\\"pin\\\":\\\"",
                              "-----BEGIN ",
                              "$1$",
                              ":AA",
                              "4111 ",
                              "1-",
                              "Bearer ",
                              "Basic Y",
                              "MII",
                              "{\"pin\":",
                              "=",
                              ":",
                              "a",
                              "/",
                              "ghp_",
                              "$2b$",
                              "\npin:",
                              "token ",
                              "sig="}) {
        std::string text;

        while (text.size() < 256 * 1024)
            text += piece;
        SecretSpan spans[SECRET_SPANS_MAX];
        (void)secret_scan(scanner_, text.data(), text.size(), false, spans);
        (void)secret_scan(scanner_, text.data(), text.size(), true, spans);
    }
}

TEST_F(RedactValueTest, SurvivesEveryFailedAllocation)
{
    failing_memory::expect_every_failure_is_told([this] { return start({"abc", "def"}); });
}

} // namespace
