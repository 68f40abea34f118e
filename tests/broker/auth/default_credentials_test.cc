#include "broker/auth/default_credentials.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "broker/auth/credential_fields.h"
#include "tests/broker/auth/keys.hh"

namespace
{

class DefaultCredentials : public testing::Test
{
  protected:
    void SetUp() override
    {
        char folder[] = "/tmp/adc_XXXXXX";

        ASSERT_NE(mkdtemp(folder), nullptr);
        folder_ = folder;
    }

    void TearDown() override
    {
        credential_free(credential_);
        free(error_);
        ASSERT_EQ(system(("rm -r " + folder_).c_str()), 0);
    }

    std::string write(const std::string &name, const std::string &text)
    {
        std::string path = folder_ + "/" + name;

        for (size_t slash = path.find('/', folder_.size() + 1); slash != std::string::npos;
             slash = path.find('/', slash + 1))
            mkdir(path.substr(0, slash).c_str(), 0700);
        std::ofstream(path) << text;
        return path;
    }

    char *const *environment(const std::vector<std::string> &variables)
    {
        variables_ = variables;
        pointers_.clear();
        for (std::string &variable : variables_)
            pointers_.push_back(&variable[0]);
        pointers_.push_back(nullptr);
        return pointers_.data();
    }

    int find(const std::vector<std::string> &variables)
    {
        credential_ = credential_free(credential_);
        free(error_);
        error_ = nullptr;
        return default_credentials_find(environment(variables), &credential_, &error_);
    }

    std::string project(const std::vector<std::string> &variables)
    {
        char *found = nullptr;

        EXPECT_EQ(default_credentials_project_id(environment(variables), credential_, &found), 0);
        std::string result = found ? found : "(none)";
        free(found);
        return result;
    }

    std::string folder_;
    std::vector<std::string> variables_;
    std::vector<char *> pointers_;
    Credential *credential_ = nullptr;
    char *error_ = nullptr;
};

TEST_F(DefaultCredentials, TheNamedFileIsFirst)
{
    std::string named = write("named.json", service_account_text());
    write(".config/gcloud/application_default_credentials.json", authorized_user_text());

    ASSERT_EQ(find({"GOOGLE_APPLICATION_CREDENTIALS=" + named, "HOME=" + folder_}), 0) << error_;
    EXPECT_EQ(credential_kind(credential_), CREDENTIAL_SERVICE_ACCOUNT);
}

TEST_F(DefaultCredentials, NothingStandsInForANamedFileThatIsNoUse)
{
    write(".config/gcloud/application_default_credentials.json", authorized_user_text());
    ASSERT_EQ(find({"GOOGLE_APPLICATION_CREDENTIALS=" + folder_ + "/no.json", "HOME=" + folder_}), -EINVAL);
    EXPECT_EQ(std::string(error_), folder_ + "/no.json: No such file or directory");
    write("bad.json", "{}");
    ASSERT_EQ(find({"GOOGLE_APPLICATION_CREDENTIALS=" + folder_ + "/bad.json", "HOME=" + folder_}), -EINVAL);
    EXPECT_EQ(std::string(error_), folder_ + "/bad.json: \"type\" is missing");
}

TEST_F(DefaultCredentials, AnEmptyVariableIsNone)
{
    write(".config/gcloud/application_default_credentials.json", authorized_user_text());
    ASSERT_EQ(find({"GOOGLE_APPLICATION_CREDENTIALS=", "CLOUDSDK_CONFIG=", "HOME=" + folder_}), 0);
    EXPECT_EQ(credential_kind(credential_), CREDENTIAL_AUTHORIZED_USER);
}

TEST_F(DefaultCredentials, GcloudsFolderMayBeElsewhere)
{
    write(".config/gcloud/application_default_credentials.json", "{}");
    write("cloudsdk/application_default_credentials.json", authorized_user_text());
    ASSERT_EQ(find({"HOME=" + folder_, "CLOUDSDK_CONFIG=" + folder_ + "/cloudsdk"}), 0) << error_;
    EXPECT_EQ(credential_kind(credential_), CREDENTIAL_AUTHORIZED_USER);
}

TEST_F(DefaultCredentials, TheMetadataServerIsLast)
{
    ASSERT_EQ(find({"HOME=" + folder_}), 0);
    EXPECT_EQ(credential_kind(credential_), CREDENTIAL_METADATA);
    EXPECT_STREQ(credential_->metadata_host, "metadata.google.internal");
    EXPECT_STREQ(credential_->metadata_ping_host, "169.254.169.254");
}

TEST_F(DefaultCredentials, TheMetadataServerMayBeElsewhere)
{
    ASSERT_EQ(find({"GCE_METADATA_ROOT=a:1", "GCE_METADATA_IP=b:2"}), 0);
    EXPECT_STREQ(credential_->metadata_host, "a:1");
    EXPECT_STREQ(credential_->metadata_ping_host, "b:2");
    ASSERT_EQ(find({"GCE_METADATA_ROOT=a:1", "GCE_METADATA_HOST=c:3"}), 0);
    EXPECT_STREQ(credential_->metadata_host, "c:3");
    EXPECT_STREQ(credential_->metadata_ping_host, "c:3");
}

TEST_F(DefaultCredentials, WithoutAMetadataServerThereIsNothing)
{
    ASSERT_EQ(find({"HOME=" + folder_, "NO_GCE_CHECK=true"}), -EINVAL);
    EXPECT_NE(std::string(error_).find("there are no credentials"), std::string::npos);
    ASSERT_EQ(find({"HOME=" + folder_, "NO_GCE_CHECK=1"}), 0); /* google-auth takes "true" alone */
}

TEST_F(DefaultCredentials, ProjectIsOfTheEnvironmentThenOfTheFile)
{
    std::string named = write("named.json", service_account_text());

    ASSERT_EQ(find({"GOOGLE_APPLICATION_CREDENTIALS=" + named}), 0);
    EXPECT_EQ(project({}), "shop");
    EXPECT_EQ(project({"GCLOUD_PROJECT=b"}), "b");
    EXPECT_EQ(project({"GCLOUD_PROJECT=b", "GOOGLE_CLOUD_PROJECT=a"}), "a");
    EXPECT_EQ(project({"CLOUDSDK_CORE_PROJECT=c"}), "shop");
}

TEST_F(DefaultCredentials, ProjectOfAUserIsGclouds)
{
    std::string home = "HOME=" + folder_;

    write(".config/gcloud/application_default_credentials.json", authorized_user_text());
    ASSERT_EQ(find({home}), 0);
    EXPECT_EQ(project({home}), "(none)");
    write(".config/gcloud/configurations/config_default",
          "[compute]\nproject = no\n[core]\nproject = one \n");
    EXPECT_EQ(project({home}), "one");
    write(".config/gcloud/configurations/config_work", "[core]\naccount=me\nprojects=no\nproject=two\n[x]\n");
    write(".config/gcloud/active_config", "work\n");
    EXPECT_EQ(project({home}), "two");
    EXPECT_EQ(project({home, "CLOUDSDK_ACTIVE_CONFIG_NAME=default"}), "one");
    EXPECT_EQ(project({home, "CLOUDSDK_CORE_PROJECT=three"}), "three");
}

} // namespace
