/* Which debuggee an app is (A50 of the original's description). */
#include "broker/apps/identity.h"

#include <errno.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/broker/apps/failing_memory.hh"
#include "tests/broker/apps/wire.hh"

namespace
{

using Facts = std::vector<std::pair<std::string, std::string>>;

struct File {
    std::string path;
    uint64_t size_bytes;
    uint64_t content_hash;
};

/* A Hello and what becomes of it. */
class App
{
  public:
    ~App()
    {
        identity_free(identity_);
    }

    App &flags(const Facts &facts)
    {
        hello_.n_flags = facts.size();
        hello_.flags = build(facts);
        return *this;
    }

    App &environment(const Facts &facts)
    {
        hello_.n_environment = facts.size();
        hello_.environment = build(facts);
        return *this;
    }

    App &versions(const std::string &python, const std::string &stub)
    {
        hello_.python_version = wire_.c_string(python);
        hello_.stub_version = wire_.c_string(stub);
        return *this;
    }

    App &source_context(const std::string &text)
    {
        hello_.source_context = wire_.bytes(text);
        return *this;
    }

    App &default_project(const std::string &project_id)
    {
        default_project_id_ = wire_.c_string(project_id);
        return *this;
    }

    Snapshot__Hello *hello()
    {
        return &hello_;
    }

    Identity *identity()
    {
        if (!identity_) {
            EXPECT_EQ(identity_new(&hello_, default_project_id_, &identity_), 0);
        }
        return identity_;
    }

    /* One part of the list of files. */
    int add(const std::vector<File> &files, bool is_last)
    {
        std::vector<Snapshot__SourceFile> messages(files.size());
        std::vector<Snapshot__SourceFile *> pointers;
        Snapshot__SourceFiles part = SNAPSHOT__SOURCE_FILES__INIT;

        for (size_t i = 0; i < files.size(); i++) {
            snapshot__source_file__init(&messages[i]);
            messages[i].path = wire_.bytes(files[i].path);
            messages[i].size_bytes = files[i].size_bytes;
            messages[i].content_hash = files[i].content_hash;
            pointers.push_back(&messages[i]);
        }
        part.n_files = pointers.size();
        part.files = pointers.data();
        part.is_last = is_last;
        return identity_add_source_files(identity(), &part);
    }

    std::string id()
    {
        if (identity_needs_source_files(identity())) {
            EXPECT_EQ(add({}, true), 0);
        }
        return identity_debuggee_id(identity());
    }

    std::string debuggee(const char *field)
    {
        (void)id();
        json_t *debuggee = identity_to_debuggee(identity());
        char *text =
            json_dumps(json_object_get(debuggee, field), JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        std::string result = text ? text : "";

        free(text);
        json_decref(debuggee);
        return result;
    }

    std::string labels()
    {
        return debuggee("labels");
    }

  private:
    Snapshot__Fact **build(const Facts &facts)
    {
        std::vector<Snapshot__Fact *> result;

        for (const auto &[name, value] : facts)
            result.push_back(wire_.fact(name, value));
        return wire_.facts(result);
    }

    Wire wire_;
    Snapshot__Hello hello_ = SNAPSHOT__HELLO__INIT;
    const char *default_project_id_ = nullptr;
    Identity *identity_ = nullptr;
};

/* ----------------------------------------------------------------------------------------------------------
 * labels */

TEST(IdentityTest, LabelsComeFromTheEnvironment)
{
    EXPECT_EQ(App()
                  .environment({{"GAE_SERVICE", "shop"}, {"GAE_VERSION", "v1"}, {"GAE_DEPLOYMENT_ID", "77"}})
                  .labels(),
              R"({"minorversion":"77","module":"shop","platform":"default","version":"v1"})");
    EXPECT_EQ(App()
                  .environment(
                      {{"GAE_MODULE_NAME", "shop"}, {"GAE_MODULE_VERSION", "v1"}, {"GAE_MINOR_VERSION", "7"}})
                  .labels(),
              R"({"minorversion":"7","module":"shop","platform":"default","version":"v1"})");
    EXPECT_EQ(App().environment({{"K_SERVICE", "shop"}, {"K_REVISION", "shop-00001"}}).labels(),
              R"({"module":"shop","platform":"default","version":"shop-00001"})");
}

TEST(IdentityTest, FirstVariableWithAValueIsTaken)
{
    EXPECT_EQ(App().environment({{"K_SERVICE", "run"}, {"GAE_SERVICE", "engine"}}).labels(),
              R"({"module":"engine","platform":"default"})");
    EXPECT_EQ(App().environment({{"K_SERVICE", "run"}, {"GAE_SERVICE", ""}}).labels(),
              R"({"module":"run","platform":"default"})");
}

TEST(IdentityTest, DefaultModuleGoesWithoutAName)
{
    EXPECT_EQ(App().environment({{"GAE_SERVICE", "default"}, {"K_SERVICE", "run"}}).labels(),
              R"({"platform":"default"})");
    EXPECT_EQ(App().environment({{"GAE_VERSION", "default"}}).labels(),
              R"({"platform":"default","version":"default"})");
}

TEST(IdentityTest, FlagsWin)
{
    EXPECT_EQ(App()
                  .environment({{"GAE_SERVICE", "a"}, {"GAE_VERSION", "b"}, {"GAE_DEPLOYMENT_ID", "c"}})
                  .flags({{"module", "default"}, {"version", "2"}, {"minorversion", "3"}, {"other", "x"}})
                  .labels(),
              R"({"minorversion":"3","module":"default","platform":"default","version":"2"})");
}

TEST(IdentityTest, FunctionHasItsPlatformRegionAndAVersionInAnyCase)
{
    EXPECT_EQ(
        App().environment({{"FUNCTION_NAME", "resize"}, {"FUNCTION_REGION", "us-central1"}}).labels(),
        R"({"module":"resize","platform":"cloud_function","region":"us-central1","version":"unversioned"})");
    EXPECT_EQ(App().environment({{"FUNCTION_NAME", "resize"}, {"X_GOOGLE_FUNCTION_VERSION", "4"}}).labels(),
              R"({"module":"resize","platform":"cloud_function","version":"4"})");
    EXPECT_EQ(App().environment({{"FUNCTION_TARGET", "main"}, {"FUNCTION_REGION", ""}}).labels(),
              R"({"platform":"cloud_function"})");
    EXPECT_EQ(App().environment({{"FUNCTION_REGION", "us-central1"}}).labels(), R"({"platform":"default"})");
}

TEST(IdentityTest, ProjectIsThatOfTheFlagsOrTheDefault)
{
    EXPECT_EQ(App().default_project("mine").labels(), R"({"platform":"default","projectid":"mine"})");
    EXPECT_EQ(App().default_project("mine").flags({{"project_id", "theirs"}}).labels(),
              R"({"platform":"default","projectid":"theirs"})");
    EXPECT_EQ(App().default_project("mine").flags({{"project_id", ""}}).labels(),
              R"({"platform":"default","projectid":"mine"})");
    EXPECT_EQ(App().labels(), R"({"platform":"default"})");
}

TEST(IdentityTest, LabelsOfAnyBytesAreUtf8AndBounded)
{
    std::string labels = App().flags({{"module", "a\xff"}, {"version", std::string(5000, 'v')}}).labels();

    EXPECT_NE(labels.find("\"a\xef\xbf\xbd\""), std::string::npos);
    EXPECT_NE(labels.find("vvv...\""), std::string::npos);
    EXPECT_LT(labels.size(), IDENTITY_LABEL_CHARS_MAX + 100u);
}

/* ---------------------------------------------------------------------------------------- description and
 * versions */

TEST(IdentityTest, DescriptionHasTheLabelsThatThereAre)
{
    EXPECT_EQ(App().default_project("p").flags({{"module", "m"}, {"version", "v"}}).debuggee("description"),
              "\"p-m-v\"");
    EXPECT_EQ(App().flags({{"module", "m"}, {"version", "v"}, {"minorversion", "x"}}).debuggee("description"),
              "\"m-v\"");
    EXPECT_EQ(App().flags({{"version", "v"}}).debuggee("description"), "\"v\"");
    EXPECT_EQ(App().debuggee("description"), "\"\"");
}

TEST(IdentityTest, AgentVersionNamesPythonAndTheStub)
{
    EXPECT_EQ(App().versions("3.11.2", "1.0.0").debuggee("agentVersion"), "\"google.com/python311-gcp/v1\"");
    EXPECT_EQ(App().versions("3.13.0rc2", "12.3").debuggee("agentVersion"),
              "\"google.com/python313-gcp/v12\"");
    EXPECT_EQ(App().versions("", "x").debuggee("agentVersion"), "\"google.com/python00-gcp/v0\"");
    EXPECT_LT(App().versions(std::string(1000, '9'), std::string(1000, '9')).debuggee("agentVersion").size(),
              50u);
}

/* --------------------------------------------------------------------------------------------------- source
 * context */

TEST(IdentityTest, SourceContextIsPartOfTheDebuggee)
{
    App app;

    app.source_context(R"({"git": {"url": "https://example.com/x.git", "revisionId": "abc"}})");
    EXPECT_FALSE(identity_needs_source_files(app.identity()));
    EXPECT_FALSE(identity_has_bad_source_context(app.identity()));
    EXPECT_EQ(app.debuggee("sourceContexts"),
              R"([{"git":{"revisionId":"abc","url":"https://example.com/x.git"}}])");
}

TEST(IdentityTest, BadSourceContextIsIgnoredAndTold)
{
    const std::string deep = std::string(30, '[') + std::string(30, ']');

    for (const std::string &text :
         {std::string("{"), std::string("[1]"), std::string("null"), std::string("\xff"),
          std::string(R"({"a.b": 1})"), std::string(R"({"a": {"b/c": 1}})"),
          std::string(R"({"a": [{"": 1}]})"), "{\"a\": " + deep + "}",
          "{\"a\": \"" + std::string(IDENTITY_SOURCE_CONTEXT_BYTES, 'x') + "\"}"}) {
        App app;

        app.source_context(text);
        EXPECT_TRUE(identity_has_bad_source_context(app.identity())) << text.substr(0, 40);
        EXPECT_TRUE(identity_needs_source_files(app.identity())) << text.substr(0, 40);
        EXPECT_EQ(app.debuggee("sourceContexts"), "");
    }
}

TEST(IdentityTest, EmptySourceContextIsNone)
{
    App app;

    app.source_context("{}");
    EXPECT_FALSE(identity_has_bad_source_context(app.identity()));
    EXPECT_TRUE(identity_needs_source_files(app.identity()));
}

/* ---------------------------------------------------------------------------------------------------------------
 * id */

TEST(IdentityTest, IdIsSixteenHexadecimalDigits)
{
    std::string id = App().flags({{"module", "m"}, {"minorversion", "1"}}).id();

    EXPECT_EQ(id.size(), 18u);
    EXPECT_EQ(id.substr(0, 2), "d-");
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef", 2), std::string::npos);
}

/* An app that is updated with the broker's next version must not become another debuggee. */
TEST(IdentityTest, IdStaysTheSameForEver)
{
    App app;

    app.versions("3.11.2", "1.0.0").default_project("p").flags({{"module", "m"}, {"version", "v"}});
    EXPECT_EQ(app.add({{"main.py", 10, 0x1234}, {"pkg/__init__.py", 0, 0xcbf29ce484222325}}, true), 0);
    EXPECT_EQ(app.id(), "d-27633ca91ee895c7");
    EXPECT_EQ(app.debuggee("id"), "\"d-27633ca91ee895c7\"");
}

TEST(IdentityTest, SameFactsAreTheSameDebuggee)
{
    EXPECT_EQ(App().flags({{"module", "m"}, {"version", "v"}, {"minorversion", "1"}}).id(),
              App().flags({{"minorversion", "1"}, {"version", "v"}, {"module", "m"}}).id());
}

TEST(IdentityTest, OtherFactsAreOtherDebuggees)
{
    const std::string context = R"({"git": {"revisionId": "1"}})";
    std::set<std::string> ids = {
        App().id(),
        App().versions("3.11.2", "1.0.0").id(),
        App().versions("3.12.0", "1.0.0").id(),
        App().versions("3.11.2", "2.0.0").id(),
        App().default_project("p").id(),
        App().flags({{"module", "m"}}).id(),
        App().flags({{"version", "m"}}).id(),
        App().flags({{"minorversion", "m"}}).id(),
        App().source_context(context).id(),
        App().source_context(R"({"git": {"revisionId": "2"}})").id(),
    };

    EXPECT_EQ(ids.size(), 10u);
    EXPECT_EQ(App().versions("3.11.2", "1.0.0").id(), App().versions("3.11.9", "1.7.0").id());
}

/* ---------------------------------------------------------------------------------------------------- source
 * files */

TEST(IdentityTest, FilesAreAskedForOnlyWhereNothingElseTellsTheCodeApart)
{
    EXPECT_TRUE(identity_needs_source_files(App().flags({{"module", "m"}, {"version", "v"}}).identity()));
    EXPECT_FALSE(identity_needs_source_files(App().flags({{"minorversion", "1"}}).identity()));
}

TEST(IdentityTest, ThereIsNoIdBeforeTheLastPart)
{
    App app;

    EXPECT_EQ(identity_debuggee_id(app.identity()), nullptr);
    EXPECT_EQ(identity_to_debuggee(app.identity()), nullptr);
    EXPECT_EQ(app.add({{"a.py", 1, 1}}, false), IDENTITY_NEEDS_MORE);
    EXPECT_EQ(identity_debuggee_id(app.identity()), nullptr);
    EXPECT_EQ(app.add({{"b.py", 2, 2}}, true), 0);
    EXPECT_NE(identity_debuggee_id(app.identity()), nullptr);
    EXPECT_FALSE(identity_needs_source_files(app.identity()));
}

TEST(IdentityTest, NeitherTheOrderOfFilesNorThatOfPartsMatters)
{
    const File a = {"a.py", 1, 10};
    const File b = {"b.py", 2, 20};
    const File c = {"c/d.py", 3, 30};
    App one;
    App two;
    App three;

    EXPECT_EQ(one.add({a, b, c}, true), 0);
    EXPECT_EQ(two.add({c}, false), IDENTITY_NEEDS_MORE);
    EXPECT_EQ(two.add({}, false), IDENTITY_NEEDS_MORE);
    EXPECT_EQ(two.add({b, a}, true), 0);
    EXPECT_EQ(three.add({b, c}, false), IDENTITY_NEEDS_MORE);
    EXPECT_EQ(three.add({a}, true), 0);
    EXPECT_EQ(one.id(), two.id());
    EXPECT_EQ(one.id(), three.id());
}

TEST(IdentityTest, OtherFilesAreOtherDebuggees)
{
    std::set<std::string> ids;
    const std::vector<std::vector<File>> apps = {
        {},
        {{"a.py", 1, 1}},
        {{"a.py", 1, 2}}, /* the content differs, not the size */
        {{"a.py", 2, 1}},
        {{"b.py", 1, 1}},
        {{"a.py", 1, 1}, {"b.py", 1, 1}},
        {{"a.py", 1, 1}, {"a.py", 1, 1}},
        {{"a.py", 1, 1}, {"b.py", 1, 2}},
        {{"a.py", 1, 2}, {"b.py", 1, 1}}, /* the contents are exchanged */
    };

    for (const std::vector<File> &files : apps) {
        App app;

        EXPECT_EQ(app.add(files, true), 0);
        ids.insert(app.id());
    }
    EXPECT_EQ(ids.size(), apps.size());
}

TEST(IdentityTest, PartsThatComeTooLateAreIgnored)
{
    App app;
    std::string id;

    EXPECT_EQ(app.add({{"a.py", 1, 1}}, true), 0);
    id = app.id();
    EXPECT_EQ(app.add({{"b.py", 1, 1}}, true), 0);
    EXPECT_EQ(app.id(), id);
}

TEST(IdentityTest, NumberOfFilesIsBounded)
{
    const std::vector<File> part(IDENTITY_FILES_MAX / 2, File{"a.py", 1, 1});
    App app;

    EXPECT_EQ(app.add(part, false), IDENTITY_NEEDS_MORE);
    EXPECT_EQ(app.add(part, false), IDENTITY_NEEDS_MORE);
    EXPECT_EQ(app.add({{"b.py", 1, 1}}, true), -E2BIG);
    EXPECT_EQ(app.add({}, true), 0);
}

/* ----------------------------------------------------------------------------------------------------------
 * memory */

TEST(IdentityTest, FreeingNothingIsFine)
{
    EXPECT_EQ(identity_free(nullptr), nullptr);
}

TEST(IdentityTest, EveryFailedAllocationIsTold)
{
    App app;

    app.versions("3.11.2", "1.0.0").default_project("p").flags({{"module", "m"}, {"minorversion", "1"}});
    app.environment({{"GAE_VERSION", "v"}, {"FUNCTION_NAME", "f"}, {"FUNCTION_REGION", "r"}});
    failing_memory::expect_every_failure_is_told([&app] {
        Identity *identity = nullptr;
        int result = identity_new(app.hello(), "p", &identity);

        identity_free(identity);
        return result;
    });
}

TEST(IdentityTest, EveryFailedAllocationOfFilesIsTold)
{
    failing_memory::expect_every_failure_is_told([] {
        static char path[] = "a.py";
        Snapshot__Hello hello = SNAPSHOT__HELLO__INIT;
        Snapshot__SourceFile file = SNAPSHOT__SOURCE_FILE__INIT;
        Snapshot__SourceFile *files = &file;
        Snapshot__SourceFiles part = SNAPSHOT__SOURCE_FILES__INIT;
        Identity *identity = nullptr;
        int result = identity_new(&hello, nullptr, &identity);

        file.path = {4, reinterpret_cast<uint8_t *>(path)};
        part.n_files = 1;
        part.files = &files;
        part.is_last = true;
        if (result == 0)
            result = identity_add_source_files(identity, &part);
        if (result == 0) {
            json_t *debuggee = identity_to_debuggee(identity);

            result = debuggee ? 0 : -ENOMEM;
            json_decref(debuggee);
        }
        identity_free(identity);
        return result;
    });
}

} // namespace
