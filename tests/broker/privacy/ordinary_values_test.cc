/* Ordinary values stay as they are: fewer than one in a hundred is taken for a secret. */
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <jansson.h>

#include "broker/privacy/redact.h"
#include "tests/broker/apps/wire.hh"

namespace
{

constexpr int NUM_VALUES = 5000;

class OrdinaryValuesTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        const RedactorOptions options = {};

        ASSERT_EQ(redactor_new(&options, &redactor_), 0);
        std::ifstream file("tests/broker/privacy/ordinary_values.txt");
        std::string line;

        while (std::getline(file, line)) {
            json_t *json = json_loads(line.c_str(), JSON_DECODE_ANY, nullptr);

            ASSERT_NE(json, nullptr) << line;
            values_.emplace_back(json_string_value(json), json_string_length(json));
            json_decref(json);
        }
        ASSERT_EQ(values_.size(), static_cast<size_t>(NUM_VALUES));
    }

    void TearDown() override
    {
        redactor_ = redactor_free(redactor_);
    }

    /* How many of the values change as @make makes variables of them. */
    template <typename Make> int num_changed(Make make)
    {
        int num = 0;

        for (const std::string &value : values_) {
            Wire wire;
            Wire::Variable *variable = make(wire, value);
            Snapshot__LogEntry entry = wire.log_entry({wire.named("item", variable)});
            std::string before = pack(entry);

            redact_log_entry(redactor_, &entry);
            if (pack(entry) == before)
                continue;
            num++;
            printf("changed: %s\n", value.c_str());
        }
        return num;
    }

    static std::string pack(const Snapshot__LogEntry &entry)
    {
        std::string packet(snapshot__log_entry__get_packed_size(&entry), '\0');

        snapshot__log_entry__pack(&entry, reinterpret_cast<uint8_t *>(packet.data()));
        return packet;
    }

    Redactor *redactor_ = nullptr;
    std::vector<std::string> values_;
};

TEST_F(OrdinaryValuesTest, AsTexts)
{
    EXPECT_LT(num_changed([](Wire &wire, const std::string &value) { return wire.text(value); }),
              NUM_VALUES / 100);
}

TEST_F(OrdinaryValuesTest, AsTextsThatAreCut)
{
    EXPECT_LT(num_changed([](Wire &wire, const std::string &value) {
                  return wire.text(value.substr(0, value.size() / 2), value.size());
              }),
              NUM_VALUES / 100);
}

TEST_F(OrdinaryValuesTest, AsNumbersWhereTheyAreSome)
{
    EXPECT_LT(num_changed([](Wire &wire, const std::string &value) {
                  bool is_number =
                      value.size() < 19 && value.find_first_not_of("0123456789") == std::string::npos;

                  return is_number ? wire.integer(std::stoll(value)) : wire.none();
              }),
              NUM_VALUES / 100);
}

} // namespace
