#include "broker/util/metrics.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <sstream>
#include <string>

namespace
{

std::string text_of(const Metrics &metrics)
{
    char *text = metrics_text(&metrics, "1.2.3");
    std::string result = text;

    free(text);
    return result;
}

TEST(Metrics, ShowValuesWithHelpAndType)
{
    Metrics metrics = {};

    metrics_set(&metrics, METRIC_SESSIONS, 3);
    metrics_count(&metrics, METRIC_CLOSED_MALFORMED);
    metrics_add(&metrics, METRIC_CLOSED_MALFORMED, 4);
    EXPECT_EQ(metrics_get(&metrics, METRIC_CLOSED_MALFORMED), 5);

    std::string text = text_of(metrics);

    EXPECT_NE(text.find("snapshot_broker_build_info{version=\"1.2.3\"} 1\n"), std::string::npos);
    EXPECT_NE(text.find("# TYPE snapshot_broker_sessions gauge\nsnapshot_broker_sessions 3\n"),
              std::string::npos);
    EXPECT_NE(text.find("\nsnapshot_broker_sessions_closed_total{reason=\"malformed\"} 5\n"),
              std::string::npos);
}

TEST(Metrics, DescribeEachNameOnceAndBeforeItsValues)
{
    std::istringstream lines(text_of(Metrics{}));
    std::set<std::string> described;
    std::set<std::string> samples;
    std::string line;

    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string first, second, name;

        words >> first >> second >> name;
        if (first == "#" && second == "TYPE") {
            EXPECT_TRUE(described.insert(name).second) << name << " is described twice: its rows stand apart";
        } else if (first == "#") {
            EXPECT_EQ(second, "HELP");
            EXPECT_FALSE(words.eof()) << name << " has no help";
        } else {
            EXPECT_TRUE(samples.insert(first).second) << first << " is there twice";
            EXPECT_TRUE(described.count(first.substr(0, first.find('{')))) << first;
        }
    }
    EXPECT_GE(samples.size(), static_cast<size_t>(NUM_METRICS));
}

TEST(Metrics, NamesOfCountersEndWithTotalAndNoOthersDo)
{
    std::istringstream lines(text_of(Metrics{}));
    std::string hash, kind, name, type, line;

    while (std::getline(lines, line)) {
        std::istringstream words(line);

        words >> hash >> kind >> name >> type;
        if (kind == "TYPE") {
            bool is_total = name.size() > 6 && name.compare(name.size() - 6, 6, "_total") == 0;

            EXPECT_EQ(is_total, type == "counter") << name;
        }
    }
}

} // namespace
