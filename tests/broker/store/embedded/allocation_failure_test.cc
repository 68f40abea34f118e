/* Every allocation of the core fails once: it must say -ENOMEM, leak nothing (AddressSanitizer) and leave
 * what it was given usable. The linker sends malloc() and its kin here; jansson is told. */
#include <gtest/gtest.h>

#include <cerrno>
#include <functional>

#include "broker/http/query.h"
#include "broker/store/embedded/json_input.h"
#include "broker/store/embedded/tree_hash.h"
#include "broker/store/embedded/tree_query.h"
#include "tests/broker/store/embedded/testing.hh"

using namespace testing_store;

namespace
{

bool is_counting;
size_t num_left; /* allocations until the one that fails */
bool has_failed;

bool is_to_fail()
{
    if (!is_counting || has_failed)
        return false;
    has_failed = num_left-- == 0;
    return has_failed;
}

} // namespace

extern "C" {
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *pointer, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);

void *__wrap_malloc(size_t size)
{
    return is_to_fail() ? nullptr : __real_malloc(size);
}
void *__wrap_calloc(size_t count, size_t size)
{
    return is_to_fail() ? nullptr : __real_calloc(count, size);
}
void *__wrap_realloc(void *pointer, size_t size)
{
    return is_to_fail() ? nullptr : __real_realloc(pointer, size);
}
char *__wrap_strdup(const char *text)
{
    return is_to_fail() ? nullptr : __real_strdup(text);
}
char *__wrap_strndup(const char *text, size_t length)
{
    return is_to_fail() ? nullptr : __real_strndup(text, length);
}
}

namespace
{

const char *const JSON =
    R"({"a":{"b":["x",1.5,{"c":true}],"t":{".sv":"timestamp"},"i":{".sv":{"increment":2}}},"s":"text"})";

class AllocationFailureTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        json_set_alloc_funcs(__wrap_malloc, free);
    }

    void TearDown() override
    {
        json_set_alloc_funcs(malloc, free);
    }

    /* Runs @body with the first, the second, ... allocation failing, until none fails. It returns its result.
     */
    static void fail_each(const std::function<int()> &body, int other_error = -ENOMEM)
    {
        size_t num_failures = 0;

        for (size_t n = 0;; n++) {
            num_left = n;
            has_failed = false;
            is_counting = true;
            int result = body();
            is_counting = false;
            if (!has_failed) {
                EXPECT_EQ(result, 0);
                break;
            }
            num_failures++;
            EXPECT_TRUE(result == -ENOMEM || result == other_error) << "allocation " << n << ": " << result;
        }
        EXPECT_GT(num_failures, 0u);
    }
};

TEST_F(AllocationFailureTest, OfParsing)
{
    fail_each(
        [] {
            json_t *json = nullptr;
            int result = json_input_parse(JSON, strlen(JSON), &json);

            json_decref(json);
            return result;
        },
        -EINVAL);
}

TEST_F(AllocationFailureTest, OfMakingATree)
{
    Json json = parse(JSON);

    fail_each([&] {
        json_t *tree = nullptr;
        int result = tree_from_json(json.get(), 0, 1, nullptr, &tree);

        json_decref(tree);
        return result;
    });
}

TEST_F(AllocationFailureTest, OfSettingInATree)
{
    fail_each([] {
        is_counting = false;
        json_t *tree = tree_of(R"({"a":{"b":1}})").release();
        json_t *value = tree_of("5").release();
        is_counting = true;
        int result = tree_set(&tree, "a/c/d/e", value);
        is_counting = false;

        EXPECT_EQ(text_of(tree_get(tree, "a/b")), "1");
        json_decref(tree);
        return result;
    });
}

TEST_F(AllocationFailureTest, OfText)
{
    Json tree = tree_of(R"({"a":["x","y"],"b":{"c":1.5}})");

    fail_each([&] {
        Text text = {};
        tree_text_append(&text, tree.get(), TreeTextStyle());
        int result = text.is_failed ? -ENOMEM : 0;

        store_text_deinit(&text);
        return result;
    });
}

TEST_F(AllocationFailureTest, OfHashing)
{
    Json tree = tree_of(R"({"a":["x","y"],"b":{"c":1.5}})");

    fail_each([&] {
        char hash[TREE_HASH_BYTES];

        return tree_hash(tree.get(), hash);
    });
}

TEST_F(AllocationFailureTest, OfExporting)
{
    Json tree = tree_of(R"({"a":["x","y"]})");

    fail_each([&] {
        Json json(tree_to_json(tree.get()));

        return json ? 0 : -ENOMEM;
    });
}

TEST_F(AllocationFailureTest, OfPathsAndQueries)
{
    fail_each([] {
        TreePath path;
        int result = path_parse_url(&path, "/a/b%20c");

        if (result == 0)
            path_deinit(&path);
        return result;
    });
    fail_each([] {
        HttpQuery query;
        int result = http_query_init(&query, "a=1&b=2");

        if (result == 0)
            http_query_deinit(&query);
        return result;
    });
}

TEST_F(AllocationFailureTest, OfAQuery)
{
    Json tree = tree_of(R"({"a":{"x":1},"b":{"x":2},"c":3})");
    TreeQueryParameters parameters = {};

    parameters.order_by = "\"x\"";
    parameters.start_at = "1";
    parameters.end_at = "\"z\"";
    fail_each(
        [&] {
            TreeQuery query;
            const char *problem;
            json_t *part = nullptr;
            int result = tree_query_init(&query, &parameters, &problem);

            if (result == 0) {
                result = tree_query_apply(&query, tree.get(), &part);
                tree_query_deinit(&query);
            }
            json_decref(part);
            return result;
        },
        -EINVAL);
}

} // namespace
