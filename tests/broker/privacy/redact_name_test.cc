/* Which names are those of secrets. */
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "broker/privacy/redact_name.h"
#include "broker/privacy/redact_words.h"
#include "tests/broker/apps/failing_memory.hh"

namespace
{

const std::vector<std::string> PROTECTED = {
    "password",
    "db_password",
    "dbPassword",
    "DB_PASSWORD",
    "db-password",
    "dbpassword",
    "PGPASSWORD",
    "MYSQL_PWD",
    "MYSQL_ROOT_PASSWORD",
    "password2",
    "passwd",
    "userPassword",
    "user_pass",
    "db_pass",
    "DB_PASS",
    "dbpass",
    "userpass",
    "smtp.pass",
    "X-Api-Key",
    "x-api-key",
    "apiKey",
    "api_key",
    "APIKEY",
    "API_KEYS",
    "apikey",
    "aws_secret_access_key",
    "awsSecretAccessKey",
    "AWS_SECRET_ACCESS_KEY",
    "awssecretaccesskey",
    "stripeSecretKey",
    "STRIPE_SECRET_KEY",
    "stripe_key",
    "SQLALCHEMY_DATABASE_URI",
    "sqlalchemyDatabaseUri",
    "DATABASE_URL",
    "databaseUrl",
    "redis_url",
    "MONGODB_URI",
    "connection_string",
    "connectionString",
    "ConnectionString",
    "conn_str",
    "connstr",
    "SECRET_KEY",
    "secretKey",
    "secretkey",
    "secret",
    "secrets",
    "client_secret",
    "clientSecret",
    "app_secret",
    "appsecret",
    "token",
    "access_token",
    "accessToken",
    "accesstoken",
    "refreshToken",
    "ACCESS_TOKEN",
    "authtoken",
    "auth_token",
    "X-Auth-Token",
    "csrf_token",
    "csrfmiddlewaretoken",
    "csrftoken",
    "X-CSRFToken",
    "x-amz-security-token",
    "AWS_SESSION_TOKEN",
    "GITHUB_TOKEN",
    "tokens",
    "access_tokens",
    "id_token",
    "idToken",
    "bearer",
    "bearerToken",
    "Authorization",
    "authorization",
    "Proxy-Authorization",
    "http_authorization",
    "HTTP_AUTHORIZATION",
    "Cookie",
    "cookie",
    "cookies",
    "Set-Cookie",
    "HTTP_COOKIE",
    "session_cookie",
    "sessionid",
    "session_id",
    "SESSION_ID",
    "JSESSIONID",
    "PHPSESSID",
    "session_key",
    "private_key",
    "privateKey",
    "PRIVATE_KEY",
    "privkey",
    "ssh_key",
    "rsa_private_key",
    "jwt",
    "JWT_SECRET",
    "jwtSecret",
    "encryption_key",
    "encryptionKey",
    "signing_key",
    "master_key",
    "fernet_key",
    "credentials",
    "creds",
    "credential",
    "auth",
    "basic_auth",
    "REDISCLI_AUTH",
    "dsn",
    "SENTRY_DSN",
    "otp",
    "otp_code",
    "totp_secret",
    "pin",
    "user_pin",
    "cvv",
    "cvc",
    "card_number",
    "cardNumber",
    "creditCard",
    "credit_card",
    "cc_number",
    "ssn",
    "social_security_number",
    "passphrase",
    "ssh_passphrase",
    "pass_phrase",
    "pass_word",
    "__password",
    "_User__password",
    "self.password",
    "user.password",
    "config['password']",
    "password_hash",
    "hashed_password",
    "passwordHash",
    "new_password",
    "confirm_password",
    "oauth_token",
    "oauthToken",
    "OAuthToken",
    "oauth2_token",
    "webhook_url",
    "SLACK_WEBHOOK_URL",
    "recovery_codes",
    "backup_codes",
    "verification_code",
    "mfa_code",
    "account_key",
    "AccountKey",
    "SharedAccessKey",
    "license_key",
    "subscription_key",
    "Ocp-Apim-Subscription-Key",
    "private-token",
    "X-Vault-Token",
    "HTTP_X_API_KEY",
    "pwd",
    "user_pwd",
    "pw",
    "NPM_TOKEN",
    "APIToken",
    "apiTOKEN",
    "PrivateKeyPem",
    "client_assertion",
    "seed_phrase",
    "mnemonic",
    "passkey",
    "page_access_token",
    "psk",
    "wifi_psk",
    "SECRET_KEY_BASE",
    "2fa_secret",
    "passwords",
    "vault_token",
    "acmesecret",
    "--password",
    "x_password_x",
    "senha",
    "passwort",
};

/* Ordinary names, among them many that contain the letters of a secret's. */
const std::vector<std::string> ORDINARY = {
    "keyboard",
    "tokenize",
    "tokenizer",
    "passenger",
    "passes",
    "compass",
    "author",
    "authored",
    "monkey",
    "keyword",
    "tokens_used",
    "num_tokens",
    "max_tokens",
    "total_tokens",
    "prompt_tokens",
    "completion_tokens",
    "tokens_per_second",
    "token_count",
    "token_type",
    "token_url",
    "token_limit",
    "key",
    "keys",
    "value",
    "primary_key",
    "foreign_key",
    "cache_key",
    "sort_key",
    "public_key",
    "ssh_public_key",
    "rsa_public_key",
    "partition_key",
    "key_id",
    "keyname",
    "hotkey",
    "turkey",
    "donkey",
    "whiskey",
    "hockey",
    "passport",
    "passion",
    "passive",
    "passing",
    "bypass",
    "overpass",
    "encompass",
    "first_pass",
    "second_pass",
    "pass_count",
    "num_passes",
    "render_pass",
    "pass_rate",
    "has_password",
    "is_secret",
    "password_length",
    "password_min_length",
    "password_changed_at",
    "secretary",
    "secretariat",
    "authors",
    "authority",
    "authentic",
    "auth_type",
    "auth_backend",
    "authenticated",
    "is_authenticated",
    "username",
    "user_id",
    "email",
    "name",
    "order_id",
    "customer",
    "session",
    "sessions",
    "session_count",
    "request",
    "response",
    "status_code",
    "country_code",
    "zip_code",
    "postal_code",
    "error_code",
    "card",
    "cards",
    "card_type",
    "last4",
    "database",
    "database_name",
    "db",
    "db_name",
    "database_host",
    "url",
    "base_url",
    "image_url",
    "redis_host",
    "connection",
    "conn",
    "cookie_name",
    "cookie_domain",
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_SECURE",
    "credit",
    "credits",
    "creditor",
    "pinned",
    "pinning",
    "opinion",
    "spinner",
    "pinpoint",
    "mapping",
    "shopping",
    "tokenization",
    "eos_token",
    "pad_token",
    "next_page_token",
    "next_token",
    "page_token",
    "secret_name",
    "secret_arn_path",
    "token_endpoint",
    "authorization_url",
    "access",
    "access_level",
    "private",
    "privacy",
    "api",
    "api_version",
    "api_url",
    "client",
    "clients",
    "signature",
    "salt",
    "nonce",
    "hash",
    "digest",
    "checksum",
    "sacred",
    "passage",
    "passed",
    "passing_grade",
    "keystroke",
    "keyframe",
    "keyed",
    "broker",
    "brokers",
    "webhook",
    "webhooks_count",
    "accessory",
    "certificate",
    "cert",
    "public_cert",
    "ticket",
    "tickets",
    "basket",
    "casket",
    "market",
    "bucket",
    "packet",
    "socket",
    "racket",
    "jacket",
    "sketch",
    "assassin",
    "compassion",
    "trespass",
    "surpass",
    "underpass",
    "spin",
    "pins",
    "bearing",
    "cred_count",
    "accounts",
    "account_id",
    "app_id",
    "application",
    "license",
    "codes",
    "code",
    "qr_code",
    "source_code",
    "barcode",
    "postcode",
    "unicode_text",
    "decoder",
    "encoder",
    "discount",
    "account_number",
    "monkeys",
    "keypad",
    "keynote",
};

class RedactNameTest : public testing::Test
{
  protected:
    void TearDown() override
    {
        rules_ = name_rules_free(rules_);
    }

    int start(const std::vector<std::string> &protect = {}, const std::vector<std::string> &allow = {})
    {
        rules_ = name_rules_free(rules_);
        return name_rules_new(pointers(protect).data(), pointers(allow).data(), &rules_);
    }

    bool is_protected(const std::string &name)
    {
        return name_is_protected(rules_, name.data(), name.size());
    }

    static std::vector<char *> pointers(const std::vector<std::string> &texts)
    {
        std::vector<char *> result;

        for (const std::string &text : texts)
            result.push_back(const_cast<char *>(text.c_str()));
        result.push_back(nullptr);
        return result;
    }

    NameRules *rules_ = nullptr;
};

TEST_F(RedactNameTest, NamesOfSecretsAreProtected)
{
    ASSERT_EQ(start(), 0);
    for (const std::string &name : PROTECTED) {
        EXPECT_TRUE(is_protected(name)) << name;
        EXPECT_TRUE(is_protected(name)) << name << ", remembered";
    }
}

TEST_F(RedactNameTest, OrdinaryNamesAreNot)
{
    ASSERT_EQ(start(), 0);
    for (const std::string &name : ORDINARY) {
        EXPECT_FALSE(is_protected(name)) << name;
        EXPECT_FALSE(is_protected(name)) << name << ", remembered";
    }
}

TEST_F(RedactNameTest, EveryStyleOfANameIsTheSame)
{
    ASSERT_EQ(start(), 0);
    for (const char *name :
         {"db_password",     "DB_PASSWORD",     "dbPassword",    "DbPassword",           "DBPassword",
          "db-password",     "DB-Password",     "db.password",   "db password",          "dbpassword",
          "DBPASSWORD",      "__db_password__", "db_password2",  "2db_password",         "db/password",
          "\"db_password\"", "db__password",    "--db-password", "settings.db.password", "$db_password"})
        EXPECT_TRUE(is_protected(name)) << name;
    for (const char *name :
         {"maxTokens", "MAX_TOKENS", "max-tokens", "max.tokens", "maxtokens", "MaxTokens4"})
        EXPECT_FALSE(is_protected(name)) << name;
}

TEST_F(RedactNameTest, WhatIsSaidAboutASecretIsShown)
{
    ASSERT_EQ(start(), 0);
    for (const char *about : {"length", "count", "type", "name", "url", "path", "expires_at", "algorithm",
                              "enabled", "policy", "validators", "field", "ttl"}) {
        for (const char *secret : {"password", "access_token", "client_secret", "api_key"})
            EXPECT_FALSE(is_protected(std::string(secret) + "_" + about)) << secret << "_" << about;
    }
    EXPECT_TRUE(is_protected("database_url"));
    EXPECT_TRUE(is_protected("password_hash"));
}

TEST_F(RedactNameTest, AnyBytesAreAName)
{
    ASSERT_EQ(start(), 0);
    EXPECT_FALSE(is_protected(""));
    EXPECT_FALSE(is_protected("x"));
    EXPECT_FALSE(is_protected(std::string(1000, '_')));
    EXPECT_FALSE(is_protected(std::string("\0\xff\xfe", 3)));
    EXPECT_TRUE(is_protected(std::string("pass\0word", 9)));
    EXPECT_TRUE(is_protected("contrase\xc3\xb1"
                             "a"));
    EXPECT_TRUE(is_protected(std::string(1000, 'x') + "_password")) << "the end counts";
    EXPECT_FALSE(is_protected("password_" + std::string(1000, 'x')));
    EXPECT_FALSE(is_protected(std::string(100000, 'a')));
}

TEST_F(RedactNameTest, AUserProtectsMoreNames)
{
    ASSERT_EQ(start({"iban", "tax-number", "acme*ref", "*serial"}), 0);
    for (const char *name : {"iban", "IBAN", "customerIban", "iban_2", "customer_iban_old", "taxNumber",
                             "old_tax_number", "acmeOrderRef", "acme_ref", "x_serial", "unserial"})
        EXPECT_TRUE(is_protected(name)) << name;
    for (const char *name : {"ibank", "tax", "number", "tax_id_number", "reference", "serialize"})
        EXPECT_FALSE(is_protected(name)) << name;
}

TEST_F(RedactNameTest, AUserTakesTheProtectionFromWholeNames)
{
    ASSERT_EQ(start({"pin"}, {"token", "*_cookie", "PIN"}), 0);
    EXPECT_FALSE(is_protected("token"));
    EXPECT_FALSE(is_protected("Token"));
    EXPECT_TRUE(is_protected("access_token"));
    EXPECT_FALSE(is_protected("session_cookie"));
    EXPECT_TRUE(is_protected("cookie"));
    EXPECT_FALSE(is_protected("pin")) << "what is allowed wins";
    EXPECT_TRUE(is_protected("pin_x"));
}

TEST_F(RedactNameTest, PatternsWithoutALetterAreRefused)
{
    for (const char *pattern : {"", "*", "**", "_", "123", "*_*"}) {
        EXPECT_EQ(start({pattern}), -EINVAL) << pattern;
        EXPECT_EQ(start({}, {pattern}), -EINVAL) << pattern;
    }
    EXPECT_EQ(start({std::string(NAME_BYTES_MAX + 1, 'x')}), -EINVAL);
    EXPECT_EQ(start(std::vector<std::string>(NAME_NUM_PATTERNS_MAX, "x")), 0);
    EXPECT_EQ(start(std::vector<std::string>(NAME_NUM_PATTERNS_MAX + 1, "x")), -EINVAL);
}

TEST_F(RedactNameTest, StarsDoNotCostTheSquareOfTheSquare)
{
    ASSERT_EQ(start({"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"}), 0);
    EXPECT_FALSE(is_protected(std::string(128, 'a')));
}

TEST_F(RedactNameTest, TheTableOfWordsIsInOrder)
{
    size_t num;
    const Word *words = words_table(&num);

    for (size_t i = 0; i < num; i++) {
        EXPECT_LT(std::string(words[i].text).size(), static_cast<size_t>(WORD_BYTES_MAX)) << words[i].text;
        EXPECT_NE(words[i].meaning, 0u) << words[i].text;
        if (i > 0) {
            EXPECT_LT(std::string(words[i - 1].text), words[i].text);
        }
    }
}

TEST_F(RedactNameTest, SurvivesEveryFailedAllocation)
{
    failing_memory::expect_every_failure_is_told([this] { return start({"a", "b"}, {"c"}); });
}

} // namespace
