#include "broker/auth/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "broker/auth/credential_fields.h"
#include "broker/auth/secret.h"
#include "tests/broker/auth/keys.hh"

namespace
{

struct Parsed {
    Credential *credential = nullptr;
    char *error = nullptr;
    int result;

    explicit Parsed(const std::string &text, CredentialUse use = CREDENTIAL_OF_BROKER)
    {
        secret_init();
        result = credential_parse(text.data(), text.size(), "/etc/key.json", use, &credential, &error);
    }
    Parsed(const Parsed &) = delete;
    ~Parsed()
    {
        credential_free(credential);
        free(error);
    }
    std::string error_text() const
    {
        return error ? error : "";
    }
};

TEST(Credential, ServiceAccount)
{
    Parsed parsed(service_account_text());

    ASSERT_EQ(parsed.result, 0) << parsed.error_text();
    EXPECT_EQ(credential_kind(parsed.credential), CREDENTIAL_SERVICE_ACCOUNT);
    EXPECT_STREQ(credential_project_id(parsed.credential), "shop");
    EXPECT_STREQ(parsed.credential->client_email, "broker@shop.iam.gserviceaccount.com");
    EXPECT_STREQ(parsed.credential->key_id, "key1");
    EXPECT_STREQ(parsed.credential->token_uri, "https://oauth2.googleapis.com/token");
    EXPECT_NE(parsed.credential->key, nullptr);
    EXPECT_STREQ(credential_name(parsed.credential),
                 "service_account broker@shop.iam.gserviceaccount.com of /etc/key.json");
}

TEST(Credential, AuthorizedUser)
{
    Parsed parsed(authorized_user_text());

    ASSERT_EQ(parsed.result, 0) << parsed.error_text();
    EXPECT_EQ(credential_kind(parsed.credential), CREDENTIAL_AUTHORIZED_USER);
    EXPECT_EQ(credential_project_id(parsed.credential), nullptr);
    EXPECT_STREQ(parsed.credential->refresh_token, "1//refresh-token");
    EXPECT_STREQ(parsed.credential->quota_project_id, "quota");
    EXPECT_EQ(parsed.credential->scopes, nullptr);
}

TEST(Credential, ScopesOfAUserAreAListOrAText)
{
    std::string text = authorized_user_text();
    std::string open = text.substr(0, text.size() - 1);
    Parsed list(open + json_text(", 'scopes': ['a', 'b']}"));
    Parsed one(open + json_text(", 'scopes': 'a b'}"));

    ASSERT_EQ(list.result, 0) << list.error_text();
    EXPECT_STREQ(list.credential->scopes, "a b");
    ASSERT_EQ(one.result, 0) << one.error_text();
    EXPECT_STREQ(one.credential->scopes, "a b");
}

TEST(Credential, ExternalAccountWithAFile)
{
    Parsed parsed(external_account_text("{'file': '/run/token'}"));

    ASSERT_EQ(parsed.result, 0) << parsed.error_text();
    EXPECT_STREQ(parsed.credential->subject_file, "/run/token");
    EXPECT_EQ(parsed.credential->subject_field, nullptr);
    EXPECT_EQ(parsed.credential->impersonation_url, nullptr);
}

TEST(Credential, ExternalAccountWithAnUrl)
{
    Parsed parsed(external_account_text(
        "{'url': 'http://169.254.169.254/token?x=1', 'headers': {'Metadata': 'True', 'X-A': 'b'}, "
        "'format': {'type': 'json', 'subject_token_field_name': 'access_token'}}",
        ", 'service_account_impersonation_url': '" IMPERSONATION_URL
        "', 'service_account_impersonation': {'token_lifetime_seconds': 1200}"));

    ASSERT_EQ(parsed.result, 0) << parsed.error_text();
    EXPECT_STREQ(parsed.credential->subject_url, "http://169.254.169.254/token?x=1");
    EXPECT_STREQ(parsed.credential->subject_headers[0], "Metadata: True");
    EXPECT_STREQ(parsed.credential->subject_headers[1], "X-A: b");
    EXPECT_EQ(parsed.credential->subject_headers[2], nullptr);
    EXPECT_STREQ(parsed.credential->subject_field, "access_token");
    EXPECT_EQ(parsed.credential->impersonation_lifetime_s, 1200u);
    EXPECT_STREQ(credential_name(parsed.credential),
                 "external_account target@shop.iam.gserviceaccount.com of /etc/key.json");
}

TEST(Credential, Impersonated)
{
    Parsed parsed(impersonated_text(authorized_user_text(), ", 'delegates': ['a@b', 'c@d']"));

    ASSERT_EQ(parsed.result, 0) << parsed.error_text();
    EXPECT_EQ(credential_kind(parsed.credential), CREDENTIAL_IMPERSONATED);
    EXPECT_EQ(credential_kind(parsed.credential->source), CREDENTIAL_AUTHORIZED_USER);
    EXPECT_EQ(json_array_size(parsed.credential->delegates), 2u);
    EXPECT_EQ(parsed.credential->impersonation_lifetime_s, 3600u);
}

TEST(Credential, IdentityIsOfTheContent)
{
    Parsed first(authorized_user_text());
    Parsed same(authorized_user_text());
    Parsed other(authorized_user_text() + " ");

    EXPECT_STREQ(credential_identity(first.credential), credential_identity(same.credential));
    EXPECT_STRNE(credential_identity(first.credential), credential_identity(other.credential));
}

TEST(Credential, UnknownFieldsDoNotMatter)
{
    Parsed parsed(json_text("{'universe_domain': 'googleapis.com', 'token_uri': 7, ") +
                  authorized_user_text().substr(1));

    EXPECT_EQ(parsed.result, 0) << parsed.error_text();
}

/* --------------------------------------------------------------------------------- files with faults */

struct Fault {
    std::string text;
    const char *error; /* what comes after the file's name */
};

std::string without(const std::string &text, const char *field)
{
    json_t *json = json_loads(text.c_str(), 0, nullptr);
    json_object_del(json, field);
    char *dumped = json_dumps(json, 0);
    std::string result = dumped;

    free(dumped);
    json_decref(json);
    return result;
}

/* @value is JSON. */
std::string with(const std::string &text, const char *field, const std::string &value)
{
    json_t *json = json_loads(text.c_str(), 0, nullptr);
    json_object_set_new(json, field, json_loads(json_text(value).c_str(), JSON_DECODE_ANY, nullptr));
    char *dumped = json_dumps(json, 0);
    std::string result = dumped;

    free(dumped);
    json_decref(json);
    return result;
}

std::vector<Fault> faults()
{
    const std::string account = service_account_text();
    const std::string user = authorized_user_text();
    const std::string external = external_account_text("{'file': '/run/token'}");
    const std::string impersonated = impersonated_text(user);

    return {
        {"", ": line 1, column 0: it is not valid JSON"},
        {"hunter2", ": line 1, column 6: it is not valid JSON"},
        {"{'type'", ": line 1, column 2: it is not valid JSON"},
        {"{\"type\": \"a\",\n\"type\": \"b\"}", ": line 2, column 6: a field is there twice"},
        {"[]", ": it is no JSON object"},
        {"{}", ": \"type\" is missing"},
        {json_text("{'type': 7}"), ": \"type\" is no text"},
        {json_text("{'type': ''}"), ": \"type\" is empty"},
        {json_text("{'type': 'gdch_service_account'}"),
         ": \"type\" is none of service_account, authorized_user, external_account and "
         "impersonated_service_account"},
        {with(account, "type", "'authorized_user'"), ": \"client_id\" is missing"},
        {with(user, "type", "'service_account'"), ": \"client_email\" is missing"},

        {without(account, "client_email"), ": \"client_email\" is missing"},
        {with(account, "client_email", "null"), ": \"client_email\" is missing"},
        {with(account, "client_email", "[]"), ": \"client_email\" is no text"},
        {with(account, "client_email", "'a\\nb'"), ": \"client_email\" has control characters"},
        {without(account, "token_uri"), ": \"token_uri\" is missing"},
        {with(account, "token_uri", "'http://example.com/token'"),
         ": \"token_uri\" is not https (http is for this machine alone)"},
        {with(account, "token_uri", "'file:///etc/passwd'"), ": \"token_uri\" is no https URL"},
        {with(account, "token_uri", "'https://'"), ": \"token_uri\" is no https URL"},
        {with(account, "token_uri", "'https://u:p@example.com/'"), ": \"token_uri\" has a user name"},
        {with(account, "token_uri", "'https://example.com/#x'"), ": \"token_uri\" has a fragment"},
        {with(account, "token_uri", "'https://example.com/a b'"),
         ": \"token_uri\" has characters that no URL has"},
        {with(account, "token_uri", "'https://a..b/'"), ": \"token_uri\" has a host that cannot be"},
        {without(account, "private_key"), ": \"private_key\" is missing"},
        {with(account, "private_key", "''"), ": \"private_key\" is empty"},
        {with(account, "private_key", "'hunter2'"), ": \"private_key\" is no private key in PEM"},
        {with(account, "private_key", json_quote(rsa_pem().substr(0, 400))),
         ": \"private_key\" is no private key in PEM"},
        {with(account, "private_key", json_quote(ec_pem())), ": \"private_key\" is no RSA key"},
        {with(account, "private_key", json_quote(small_rsa_pem())),
         ": \"private_key\" is an RSA key of fewer than 2,048 bits or more than 4,096"},
        {with(account, "private_key", json_quote(encrypted_pem())), ": \"private_key\" is encrypted"},
        {with(account, "private_key_id", "{}"), ": \"private_key_id\" is no text"},
        {with(account, "project_id", "3"), ": \"project_id\" is no text"},
        {with(account, "quota_project_id", "'a\\r\\nX-Header: b'"),
         ": \"quota_project_id\" has control characters"},

        {without(user, "client_id"), ": \"client_id\" is missing"},
        {without(user, "client_secret"), ": \"client_secret\" is missing"},
        {without(user, "refresh_token"), ": \"refresh_token\" is missing"},
        {with(user, "refresh_token", "true"), ": \"refresh_token\" is no text"},
        {with(user, "rapt_token", "1"), ": \"rapt_token\" is no text"},
        {with(user, "scopes", "[1]"), ": \"scopes\" is no list of texts"},
        {with(user, "scopes", "{}"), ": \"scopes\" is no text"},

        {without(external, "audience"), ": \"audience\" is missing"},
        {without(external, "subject_token_type"), ": \"subject_token_type\" is missing"},
        {without(external, "token_url"), ": \"token_url\" is missing"},
        {with(external, "token_url", "'http://sts.googleapis.com/'"),
         ": \"token_url\" is not https (http is for this machine alone)"},
        {without(external, "credential_source"), ": \"credential_source\" is missing"},
        {with(external, "credential_source", "'x'"), ": \"credential_source\" is no object"},
        {external_account_text("{}"), ": \"credential_source\" has not exactly one of \"file\" and \"url\""},
        {external_account_text("{'file': 'a', 'url': 'https://b/'}"),
         ": \"credential_source\" has not exactly one of \"file\" and \"url\""},
        {external_account_text("{'file': 7}"), ": \"credential_source.file\" is no text"},
        {external_account_text("{'url': 'http://example.com/'}"),
         ": \"credential_source.url\" is not https (http is for this machine and link-local addresses)"},
        {external_account_text("{'executable': {'command': 'rm'}}"),
         ": \"credential_source.executable\" is not supported: the broker runs no programs"},
        {external_account_text("{'environment_id': 'aws1'}"),
         ": \"credential_source.environment_id\" is not supported: only files and URLs are, not AWS"},
        {external_account_text("{'certificate': {}}"),
         ": \"credential_source.certificate\" is not supported: only files and URLs are"},
        {external_account_text("{'file': 'a', 'format': 'json'}"),
         ": \"credential_source.format\" is no object"},
        {external_account_text("{'file': 'a', 'format': {'type': 'xml'}}"),
         ": \"credential_source.format.type\" is neither text nor json"},
        {external_account_text("{'file': 'a', 'format': {'type': 'json'}}"),
         ": \"credential_source.format.subject_token_field_name\" is missing"},
        {external_account_text("{'url': 'https://a/', 'headers': []}"),
         ": \"credential_source.headers\" is no object"},
        {external_account_text("{'url': 'https://a/', 'headers': {'a': 1}}"),
         ": \"credential_source.headers\" is no object of headers"},
        {external_account_text("{'url': 'https://a/', 'headers': {'a b': 'c'}}"),
         ": \"credential_source.headers\" is no object of headers"},
        {external_account_text("{'url': 'https://a/', 'headers': {'a': 'b\\r\\nc: d'}}"),
         ": \"credential_source.headers\" has control characters"},
        {with(external, "service_account_impersonation_url", "'https://iamcredentials.googleapis.com/v1/x'"),
         ": \"service_account_impersonation_url\" does not end with \":generateAccessToken\""},
        {with(external, "service_account_impersonation", "{'token_lifetime_seconds': 59}"),
         ": \"service_account_impersonation.token_lifetime_seconds\" is no number from 600 to 43200"},
        {with(external, "service_account_impersonation", "{'token_lifetime_seconds': '3600'}"),
         ": \"service_account_impersonation.token_lifetime_seconds\" is no number from 600 to 43200"},

        {without(impersonated, "service_account_impersonation_url"),
         ": \"service_account_impersonation_url\" is missing"},
        {with(impersonated, "service_account_impersonation_url", "'https://a/b'"),
         ": \"service_account_impersonation_url\" does not end with \":generateAccessToken\""},
        {with(impersonated, "delegates", "'a'"), ": \"delegates\" is no list of texts"},
        {with(impersonated, "delegates", "[7]"), ": \"delegates\" is no list of texts"},
        {without(impersonated, "source_credentials"), ": \"source_credentials\" is missing"},
        {impersonated_text("{}"), ": \"source_credentials.type\" is missing"},
        {impersonated_text(without(user, "refresh_token")),
         ": \"source_credentials.refresh_token\" is missing"},
        {impersonated_text(impersonated),
         ": \"source_credentials.type\" is impersonated_service_account, which cannot be its own source"},
    };
}

TEST(Credential, EachFaultHasOneErrorThatNamesFileAndField)
{
    for (const Fault &fault : faults()) {
        Parsed parsed(fault.text);

        EXPECT_EQ(parsed.result, -EINVAL) << fault.text;
        EXPECT_EQ(parsed.error_text(), std::string("/etc/key.json") + fault.error) << fault.text;
        EXPECT_EQ(parsed.credential, nullptr);
    }
    EXPECT_GE(faults().size(), 70u);
}

TEST(Credential, ErrorsDoNotQuoteTheFile)
{
    for (const Fault &fault : faults()) {
        Parsed parsed(fault.text);

        for (const char *secret : {"hunter2", "client-secret", "refresh-token", "BEGIN"})
            EXPECT_EQ(parsed.error_text().find(secret), std::string::npos) << fault.text;
    }
}

TEST(Credential, AnAppMayHaveAServiceAccountOfGoogle)
{
    Parsed parsed(service_account_text(), CREDENTIAL_OF_APP);

    EXPECT_EQ(parsed.result, 0) << parsed.error_text();
}

TEST(Credential, AnAppMayNotMakeTheBrokerReadFilesOrAskOthers)
{
    Parsed external(external_account_text("{'file': '/etc/shadow'}"), CREDENTIAL_OF_APP);
    Parsed user(authorized_user_text(), CREDENTIAL_OF_APP);
    Parsed impersonated(impersonated_text(service_account_text()), CREDENTIAL_OF_APP);
    Parsed loopback(with(service_account_text(), "token_uri", "'http://127.0.0.1:1/'"), CREDENTIAL_OF_APP);
    Parsed foreign(with(service_account_text(), "token_uri", "'https://googleapis.com.example.org/'"),
                   CREDENTIAL_OF_APP);

    for (const Parsed *parsed : {&external, &user, &impersonated})
        EXPECT_EQ(parsed->error_text(),
                  "/etc/key.json: \"type\" is not service_account, which an app's must be");
    for (const Parsed *parsed : {&loopback, &foreign})
        EXPECT_EQ(parsed->error_text(),
                  "/etc/key.json: \"token_uri\" is not of Google, which an app's must be");
}

/* ------------------------------------------------------------------------------------------- reading */

class CredentialFile : public testing::Test
{
  protected:
    void SetUp() override
    {
        char folder[] = "/tmp/credential_XXXXXX";

        ASSERT_NE(mkdtemp(folder), nullptr);
        folder_ = folder;
        path_ = folder_ + "/key.json";
    }

    void TearDown() override
    {
        unlink(path_.c_str());
        rmdir(folder_.c_str());
        credential_free(credential_);
        free(error_);
    }

    void write(const std::string &text)
    {
        std::ofstream(path_) << text;
    }

    std::string read()
    {
        return credential_read(path_.c_str(), &credential_, &error_) == 0 ? "" : error_;
    }

    /* What a stub passes. */
    std::string read_passed(const std::string &text, int seals)
    {
        int fd = memfd_create("key", MFD_CLOEXEC | MFD_ALLOW_SEALING);

        EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
        EXPECT_EQ(fcntl(fd, F_ADD_SEALS, seals), 0);
        std::string result = credential_read_passed(fd, &credential_, &error_) == 0 ? "" : error_;
        close(fd);
        return result;
    }

    std::string folder_;
    std::string path_;
    Credential *credential_ = nullptr;
    char *error_ = nullptr;
};

TEST_F(CredentialFile, IsRead)
{
    write(authorized_user_text());
    EXPECT_EQ(read(), "");
}

TEST_F(CredentialFile, ThatIsMissing)
{
    EXPECT_EQ(read(), path_ + ": No such file or directory");
}

TEST_F(CredentialFile, ThatIsTooLarge)
{
    write(authorized_user_text() + std::string(CREDENTIAL_FILE_BYTES_MAX, ' '));
    EXPECT_EQ(read(), path_ + ": it is larger than 64 KiB");
}

TEST_F(CredentialFile, ThatIsAPipeIsNotWaitedFor)
{
    ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
    EXPECT_EQ(read(), path_ + ": it is no regular file");
}

TEST_F(CredentialFile, ThatIsAFolder)
{
    path_ = folder_;
    EXPECT_EQ(read(), path_ + ": it is no regular file");
}

TEST_F(CredentialFile, PassedByAStub)
{
    EXPECT_EQ(read_passed(service_account_text(), F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
              "");
}

TEST_F(CredentialFile, PassedWithoutSealsIsNotRead)
{
    const char *problem = "the app's service account file: it did not come as a sealed copy";

    EXPECT_EQ(read_passed(service_account_text(), F_SEAL_SHRINK), problem);
    free(error_);
    EXPECT_EQ(read_passed(service_account_text(), F_SEAL_WRITE), problem);
}

TEST_F(CredentialFile, PassedThatIsNoMemoryIsNotRead)
{
    write(service_account_text());
    int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC);

    EXPECT_EQ(credential_read_passed(fd, &credential_, &error_), -EINVAL);
    close(fd);
}

TEST_F(CredentialFile, PassedThatIsTooLarge)
{
    std::string text = service_account_text() + std::string(CREDENTIAL_FILE_BYTES_MAX, ' ');

    EXPECT_EQ(read_passed(text, F_SEAL_WRITE | F_SEAL_SHRINK),
              "the app's service account file: it is larger than 64 KiB");
}

} // namespace
