/* Which expressions of users name something that is protected. */
#include <string>

#include <gtest/gtest.h>

#include "broker/privacy/redact_expression.h"

namespace
{

class RedactExpressionTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(name_rules_new(nullptr, nullptr, &rules_), 0);
    }

    void TearDown() override
    {
        rules_ = name_rules_free(rules_);
    }

    /* The name that is in the way; "-": none. */
    std::string refused(const std::string &expression)
    {
        char name[32] = "?";

        return expression_names_secret(rules_, expression.c_str(), name, sizeof name) ? name : "-";
    }

    NameRules *rules_ = nullptr;
};

TEST_F(RedactExpressionTest, NamesAndAttributes)
{
    EXPECT_EQ(refused("password"), "password");
    EXPECT_EQ(refused("user.password"), "password");
    EXPECT_EQ(refused("user . password"), "password");
    EXPECT_EQ(refused("user.\n\tapi_key"), "api_key");
    EXPECT_EQ(refused("len(self.dbPassword) > 3"), "dbPassword");
    EXPECT_EQ(refused("x if token else y"), "token");
    EXPECT_EQ(refused("[t for t in session.access_tokens]"), "access_tokens");
    EXPECT_EQ(refused("f(password=1)"), "password");
    EXPECT_EQ(refused("a.get_token()"), "get_token");
    EXPECT_EQ(refused("credentials['user']"), "credentials");
    EXPECT_EQ(refused("user.password.startswith('a')"), "password");
}

TEST_F(RedactExpressionTest, KeysOfSubscripts)
{
    EXPECT_EQ(refused("config['password']"), "password");
    EXPECT_EQ(refused("config[\"db\"][\"DB_PASSWORD\"]"), "DB_PASSWORD");
    EXPECT_EQ(refused("headers[b'Authorization']"), "Authorization");
    EXPECT_EQ(refused("config['''password''']"), "password");
    EXPECT_EQ(refused("config[ ('password') ]"), "password");
    EXPECT_EQ(refused("f(x)['password']"), "password");
    EXPECT_EQ(refused("{'a': 1}['password']"), "password");
    EXPECT_EQ(refused("x['a' if c else 'password']"), "password");
    EXPECT_EQ(refused("x[('db', 'password')]"), "password");
    EXPECT_EQ(refused("os.environ['AWS_SECRET_ACCESS_KEY']"), "AWS_SECRET_ACCESS_KEY");
}

TEST_F(RedactExpressionTest, KeysOfCallsThatLookUp)
{
    EXPECT_EQ(refused("config.get('password')"), "password");
    EXPECT_EQ(refused("config.get ( 'password', None)"), "password");
    EXPECT_EQ(refused("getattr(user, 'password')"), "password");
    EXPECT_EQ(refused("config.pop('password')"), "password");
    EXPECT_EQ(refused("config.__getitem__('password')"), "password");
}

TEST_F(RedactExpressionTest, KeysThatArePutTogether)
{
    EXPECT_EQ(refused("config['pass' 'word']"), "password");
    EXPECT_EQ(refused("config['pass' \"word\"]"), "password");
    EXPECT_EQ(refused("config['pass' + 'word']"), "password");
    EXPECT_EQ(refused("config['pass\\x77ord']"), "password");
    EXPECT_EQ(refused("config['pass\\167ord']"), "password");
    EXPECT_EQ(refused("config['pass\\u0077ord']"), "password");
    EXPECT_EQ(refused("config['pass\\U00000077ord']"), "password");
    EXPECT_EQ(refused("config['pass\\\nword']"), "password");
    EXPECT_NE(refused("config['pass\\N{LATIN SMALL LETTER W}ord']"), "-");
    EXPECT_EQ(refused("config[r'\\a']"), "-");
}

TEST_F(RedactExpressionTest, NamesInDisguise)
{
    EXPECT_NE(refused("\xef\xbd\x90"
                      "assword"),
              "-")
        << "a fullwidth p";
    EXPECT_NE(refused("user.pa\xc5\xbf\xc5\xbfword"), "-") << "two long s";
    EXPECT_NE(refused("user.\xf0\x9d\x93\xb9"
                      "assword"),
              "-")
        << "a script p";
    EXPECT_NE(refused("config['\xef\xbd\x90"
                      "assword']"),
              "-");
    EXPECT_EQ(refused("stra\xc3\x9f"
                      "e"),
              "-");
    EXPECT_EQ(refused("\xd0\xb8\xd0\xbc\xd1\x8f"), "-");
    EXPECT_EQ(refused("x\xff\xfe"), "-");
}

TEST_F(RedactExpressionTest, FormattedTexts)
{
    EXPECT_EQ(refused("f'{password}'"), "password");
    EXPECT_EQ(refused("f'{user.name} {user.password!r:>{width}}'"), "password");
    EXPECT_EQ(refused("f\"{config['password']}\""), "password");
    EXPECT_EQ(refused("rf'{x}' f'{token}'"), "token");
    EXPECT_EQ(refused("f'{{password}}'"), "-");
    EXPECT_EQ(refused("f'password {x}'"), "-");
    EXPECT_EQ(refused("f'{f\"{token}\"}'"), "token");
    EXPECT_NE(refused("f'{f\"{f\"{f\"{f\"{x}\"}\"}\"}\"}'"), "-") << "too deep to judge";
    EXPECT_EQ(refused("f'{x}' + password"), "password");
}

TEST_F(RedactExpressionTest, OrdinaryExpressionsPass)
{
    for (const char *expression : {"",
                                   "x",
                                   "order.customer.tier",
                                   "len(items) > 1000 and user.name == 'bob'",
                                   "keyboard",
                                   "key == 'password'",
                                   "kind in ('token', 'secret')",
                                   "{'password': 1}",
                                   "['token', 'x']",
                                   "max_tokens > 3",
                                   "a[1:2]",
                                   "a['b'][0]",
                                   "d.get('a')",
                                   "'password'",
                                   "\"the token\"",
                                   "1e5 + 0x1f",
                                   "x[0]['name']",
                                   "passenger.seat",
                                   "author",
                                   "has_password",
                                   "token_count",
                                   "not n",
                                   "a and b",
                                   "*a",
                                   "x['it\\'s']",
                                   "'unclosed",
                                   "f'{",
                                   "x[",
                                   ")]}",
                                   "'\\",
                                   "f'{x",
                                   "\"\"\"",
                                   "x['''"})
        EXPECT_EQ(refused(expression), "-") << expression;
}

TEST_F(RedactExpressionTest, TheNameIsCutBetweenCharacters)
{
    std::string name = "password_" + std::string(20, 'x') + "_\xc3\xa4\xc3\xa4\xc3\xa4";

    EXPECT_EQ(refused(name).size(), 30u);
    EXPECT_EQ(refused("password_" + std::string(100, 'x')).size(), 31u);
}

TEST_F(RedactExpressionTest, IsBoundedInDepthAndTime)
{
    EXPECT_EQ(refused(std::string(100000, '[')), "-");
    EXPECT_EQ(refused(std::string(100000, '(') + "x"), "-");
    EXPECT_EQ(refused(std::string(100000, 'x')), "-");
    EXPECT_EQ(refused(std::string(200, '[') + "'password'"), "password") << "too deep to know";
    std::string formats;
    for (int i = 0; i < 10000; i++)
        formats += "f'{";
    EXPECT_NE(refused(formats), "?");
}

} // namespace
