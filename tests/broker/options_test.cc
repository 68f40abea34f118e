#include "broker/options.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace
{

class OptionsTest : public testing::Test
{
  protected:
    void TearDown() override
    {
        if (is_parsed_)
            options_deinit(&options_);
        free(error_);
    }

    int parse(const std::vector<std::string> &arguments, const std::vector<std::string> &environment = {})
    {
        std::vector<char *> argument_pointers = pointers(arguments),
                            environment_pointers = pointers(environment);

        TearDown();
        is_parsed_ = false;
        error_ = nullptr;
        int result = options_parse(static_cast<int>(arguments.size()), argument_pointers.data(),
                                   environment_pointers.data(), &options_, &error_);
        is_parsed_ = result == 0;
        return result;
    }

    void expect_error(const std::vector<std::string> &arguments, const std::string &text,
                      const std::vector<std::string> &environment = {})
    {
        EXPECT_EQ(parse(arguments, environment), -EINVAL) << text;
        EXPECT_STREQ(error_, text.c_str());
    }

    static std::vector<char *> pointers(const std::vector<std::string> &texts)
    {
        std::vector<char *> result;

        for (const std::string &text : texts)
            result.push_back(const_cast<char *>(text.c_str()));
        result.push_back(nullptr);
        return result;
    }

    template <typename Print> static std::string printed(Print print)
    {
        char *text = nullptr;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);

        print(stream);
        fclose(stream);
        std::string result(text, size);
        free(text);
        return result;
    }

    Options options_ = {};
    bool is_parsed_ = false;
    char *error_ = nullptr;
};

TEST_F(OptionsTest, HasTheDefaultsThatAreFixed)
{
    ASSERT_EQ(parse({}), 0);
    EXPECT_STREQ(options_.store, "embedded");
    EXPECT_STREQ(options_.listen, "127.0.0.1:9000");
    EXPECT_STREQ(options_.admin_listen, "127.0.0.1:9010");
    EXPECT_EQ(options_.socket_mode, 0660u);
    EXPECT_EQ(options_.log_rate, 50u);
    EXPECT_EQ(options_.log_burst, 250u);
    EXPECT_EQ(options_.log_bytes_rate, 20480u);
    EXPECT_EQ(options_.log_bytes_burst, 40960u);
    EXPECT_EQ(options_.max_frames, 20u);
    EXPECT_EQ(options_.max_expanded_frames, 5u);
    EXPECT_EQ(options_.max_items, 25u);
    EXPECT_EQ(options_.max_value_chars, 256u);
    EXPECT_EQ(options_.max_depth, 5u);
    EXPECT_EQ(options_.max_payload_chars, 32768u);
    EXPECT_EQ(options_.drain_timeout_ms, 8000u);
    EXPECT_FALSE(options_.listen_allow_remote);
    EXPECT_EQ(options_.listen_allowed_host, nullptr);
    EXPECT_NE(*options_.socket, '\0');
    EXPECT_NE(*options_.state_dir, '\0');
}

TEST_F(OptionsTest, TakesBothFormsOfAFlag)
{
    ASSERT_EQ(parse({"--socket=/a/b", "--state-dir", "/c", "--max-frames", "7", "--listen-allow-remote"}), 0);
    EXPECT_STREQ(options_.socket, "/a/b");
    EXPECT_FALSE(options_.is_socket_private);
    EXPECT_STREQ(options_.state_dir, "/c");
    EXPECT_EQ(options_.max_frames, 7u);
    EXPECT_TRUE(options_.listen_allow_remote);
}

TEST_F(OptionsTest, FlagsWinOverTheEnvironmentAndTheEnvironmentOverDefaults)
{
    ASSERT_EQ(parse({"--max-frames=7"}, {"SNAPSHOT_BROKER_MAX_FRAMES=8", "SNAPSHOT_BROKER_MAX_ITEMS=9"}), 0);
    EXPECT_EQ(options_.max_frames, 7u);
    EXPECT_EQ(options_.max_items, 9u);
    ASSERT_EQ(parse({"--max-frames=7", "--max-frames=6"}), 0);
    EXPECT_EQ(options_.max_frames, 6u) << "the last one";
}

TEST_F(OptionsTest, AnEmptyVariableIsNone)
{
    ASSERT_EQ(parse({}, {"SNAPSHOT_BROKER_MAX_FRAMES=", "SNAPSHOT_BROKER_SOCKET="}), 0);
    EXPECT_EQ(options_.max_frames, 20u);
    EXPECT_NE(*options_.socket, '\0');
}

TEST_F(OptionsTest, IgnoresVariablesOfOthers)
{
    EXPECT_EQ(
        parse({}, {"SNAPSHOT_BROKER_URL=x", "SNAPSHOT_BROKER_HELP=1", "SNAPSHOT_BROKER=x", "PATH=/bin"}), 0);
    EXPECT_FALSE(options_.help);
}

TEST_F(OptionsTest, ListsGrow)
{
    ASSERT_EQ(parse({"--listen-allowed-host=a", "--listen-allowed-host", "b,c"},
                    {"SNAPSHOT_BROKER_LISTEN_ALLOWED_HOST=x"}),
              0);
    EXPECT_STREQ(options_.listen_allowed_host[0], "a");
    EXPECT_STREQ(options_.listen_allowed_host[1], "b");
    EXPECT_STREQ(options_.listen_allowed_host[2], "c");
    EXPECT_EQ(options_.listen_allowed_host[3], nullptr);
    ASSERT_EQ(parse({}, {"SNAPSHOT_BROKER_LISTEN_ALLOWED_HOST=x,,y"}), 0);
    EXPECT_STREQ(options_.listen_allowed_host[1], "y");
    EXPECT_EQ(options_.listen_allowed_host[2], nullptr);
}

TEST_F(OptionsTest, ReadsYesAndNo)
{
    for (const char *yes : {"1", "true", "YES", "on"}) {
        ASSERT_EQ(parse({}, {std::string("SNAPSHOT_BROKER_LISTEN_ALLOW_REMOTE=") + yes}), 0);
        EXPECT_TRUE(options_.listen_allow_remote);
    }
    for (const char *no : {"0", "false", "No", "off"}) {
        ASSERT_EQ(parse({std::string("--listen-allow-remote=") + no}), 0);
        EXPECT_FALSE(options_.listen_allow_remote);
    }
}

TEST_F(OptionsTest, NamesWhatIsWrong)
{
    expect_error({"--nonsense"}, "--nonsense: there is no such option");
    expect_error({"--max-frame=3"}, "--max-frame=3: there is no such option");
    expect_error({"--"}, "--: there is no such option");
    expect_error({"-x"}, "-x: there is no such option");
    expect_error({"run"}, "run: there is no such option");
    expect_error({"--max-frames"}, "--max-frames: a value is missing");
    expect_error({"--socket="}, "--socket: a path is missing");
    expect_error({"--listen="}, "--listen: an address is missing");
    for (const char *bad :
         {"https://x/?auth=secret", "https://u:secret@x", "https://x/?ns=a&auth=secret", "https://x/#secret"})
        expect_error({std::string("--database-url=") + bad},
                     "--database-url: it has more than a host, a port and \"?ns=NAME\"");
    for (const char *bad : {"", "0", "-1", "+5", "1001", "7x", " 7", "0x7", "99999999999999999999999"})
        expect_error({std::string("--max-frames=") + bad},
                     std::string("--max-frames: \"") + bad + "\" is not a number from 1 to 1000");
    expect_error({"--socket-mode=689"}, "--socket-mode: \"689\" is not an octal number from 0 to 777");
    expect_error({"--socket-mode=1777"}, "--socket-mode: \"1777\" is not an octal number from 0 to 777");
    expect_error({"--store=nowhere"}, "--store: \"nowhere\" is not one of: embedded|firebase");
    expect_error({"--store="}, "--store: \"\" is not one of: embedded|firebase");
    expect_error({"--log-format=xml"}, "--log-format: \"xml\" is not one of: auto|json|text");
    expect_error({"--log-format=js"}, "--log-format: \"js\" is not one of: auto|json|text");
    const std::string outputs = " is none of stdout, stderr, file:PATH, syslog, journald, app";
    for (const char *output : {"log", "stdout:", "app:x", "file", "file:", "syslog:", "syslogs"})
        expect_error({std::string("--log-output=") + output},
                     "--log-output: \"" + std::string(output) + "\"" + outputs);
    expect_error({"--log-output=app", "--log-output=app"}, "--log-output: \"app\" is named twice");
    expect_error({"--listen-allow-remote=maybe"}, "--listen-allow-remote: \"maybe\" is neither yes nor no");
    expect_error({}, "SNAPSHOT_BROKER_MAX_FRAMES: \"many\" is not a number from 1 to 1000",
                 {"SNAPSHOT_BROKER_MAX_FRAMES=many"});
}

TEST_F(OptionsTest, HelpAndVersionDoNotCareForTheRest)
{
    ASSERT_EQ(parse({"--help"}, {"SNAPSHOT_BROKER_MAX_FRAMES=many"}), 0);
    EXPECT_TRUE(options_.help);
    ASSERT_EQ(parse({"-h"}), 0);
    EXPECT_TRUE(options_.help);
    ASSERT_EQ(parse({"--version"}), 0);
    EXPECT_TRUE(options_.version);
}

TEST_F(OptionsTest, EveryDefaultIsWithinItsBounds)
{
    for (size_t i = 0; const OptionDescription *option = options_description(i); i++) {
        std::string name = option->name;

        if (name == "socket" || name == "state-dir" || name == "help" || name == "version" ||
            name == "print-config" || !*option->default_text)
            continue;
        EXPECT_EQ(parse({"--" + name + "=" + option->default_text}), 0)
            << name << ": " << (error_ ? error_ : "");
    }
}

TEST_F(OptionsTest, HelpListsEveryOptionWithVariableAndDefault)
{
    std::string help = printed(options_print_help);
    std::set<std::string> names;

    for (size_t i = 0; const OptionDescription *option = options_description(i); i++) {
        std::string name = option->name;
        char variable[64];

        EXPECT_TRUE(names.insert(name).second) << name << " is there twice";
        options_environment_name(option->name, variable, sizeof variable);
        EXPECT_NE(help.find("  --" + name), std::string::npos) << name;
        EXPECT_NE(help.find(option->help), std::string::npos) << name;
        if (name == "help" || name == "version" || name == "print-config")
            continue;
        std::string default_text = *option->default_text ? option->default_text : "none";
        EXPECT_NE(help.find("default: " + default_text + "; environment: " + variable + "\n"),
                  std::string::npos)
            << name;
    }
    for (const char *code : {"  0 ", "  64 ", "  69 ", "  70 ", "  73 ", "  74 "})
        EXPECT_NE(help.find(code), std::string::npos) << code;
}

TEST_F(OptionsTest, NamesVariablesAfterFlags)
{
    char variable[64];

    options_environment_name("state-dir", variable, sizeof variable);
    EXPECT_STREQ(variable, "SNAPSHOT_BROKER_STATE_DIR");
}

TEST_F(OptionsTest, PrintsAConfigurationThatMeansTheSame)
{
    ASSERT_EQ(parse({"--max-frames=7", "--socket=/x/y", "--listen-allowed-host=a,b", "--socket-mode=0600",
                     "--admin-allow-remote"}),
              0);
    std::string config = printed([&](FILE *stream) { options_print_config(&options_, stream); });
    std::vector<std::string> arguments;

    for (size_t start = 0; start < config.size();) {
        size_t end = config.find('\n', start);

        arguments.push_back(config.substr(start, end - start));
        start = end + 1;
    }
    EXPECT_NE(config.find("--max-frames=7\n"), std::string::npos);
    EXPECT_NE(config.find("--socket-mode=0600\n"), std::string::npos);
    ASSERT_EQ(parse(arguments), 0) << error_;
    EXPECT_EQ(printed([&](FILE *stream) { options_print_config(&options_, stream); }), config);
}

} // namespace
