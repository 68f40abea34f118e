#include "broker/auth/secret.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/prctl.h>

#include <string>

namespace
{

std::string field(const char *name, const char *value)
{
    SecretText text = {};

    secret_text_add_field(&text, "a", "1");
    secret_text_add_field(&text, name, value);
    std::string result(text.text, text.length);
    secret_text_deinit(&text);
    return result;
}

std::string base64url(const std::string &data)
{
    SecretText text = {};

    secret_text_add_base64url(&text, data.data(), data.size());
    char *taken = secret_text_take(&text);
    std::string result = taken;
    secret_free(taken);
    return result;
}

std::string base64(const std::string &data)
{
    SecretText text = {};

    secret_text_add_base64(&text, data.data(), data.size());
    char *taken = secret_text_take(&text);
    std::string result = taken;
    secret_free(taken);
    return result;
}

TEST(SecretText, FieldsAreEncodedAsForms)
{
    EXPECT_EQ(field("grant_type", "urn:ietf:x y"), "a=1&grant_type=urn%3Aietf%3Ax%20y");
    EXPECT_EQ(field("v", "1//0g-x_Y.z~"), "a=1&v=1%2F%2F0g-x_Y.z%7E");
    EXPECT_EQ(field("v", "\xc3\xa4&="), "a=1&v=%C3%A4%26%3D");
}

TEST(SecretText, EmptyFieldsAreLeftOut)
{
    EXPECT_EQ(field("v", ""), "a=1");
    EXPECT_EQ(field("v", nullptr), "a=1");
}

/* RFC 4648, section 10. */
TEST(SecretText, Base64)
{
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(SecretText, Base64UrlHasNoPaddingAndItsOwnAlphabet)
{
    EXPECT_EQ(base64url("f"), "Zg");
    EXPECT_EQ(base64url("fo"), "Zm8");
    EXPECT_EQ(base64url("\xfb\xff\xfe"), "-__-");
}

TEST(SecretText, GrowsWithoutLosingAnything)
{
    SecretText text = {};
    std::string expected;

    for (int i = 0; i < 5000; i++) {
        secret_text_add(&text, "abc", 3);
        expected += "abc";
    }
    char *taken = secret_text_take(&text);
    EXPECT_EQ(taken, expected);
    secret_free(taken);
}

/* What secret.c gives back, as it is at that moment. */
std::string *freed;

std::string freed_by(void (*act)())
{
    std::string result;

    freed = &result;
    act();
    freed = nullptr;
    return result;
}

const char text[] = "{\"private_key\": \"tell-nobody-\\u0041\", \"n\": [\"tell-nobody-too\"]}";

void load_and_free_secretly()
{
    json_error_t error;
    json_t *json = secret_json_load(text, sizeof text - 1, &error);

    EXPECT_STREQ(json_string_value(json_object_get(json, "private_key")), "tell-nobody-A");
    secret_json_free(json);
    EXPECT_EQ(secret_json_load(text, sizeof text - 2, &error), nullptr);
}

void load_and_free_openly()
{
    json_error_t error;

    json_decref(json_loads(text, 0, &error));
}

void copy_and_free()
{
    SecretText buffer = {};

    for (int i = 0; i < 200; i++)
        secret_text_add_string(&buffer, "tell-nobody");
    secret_free(secret_text_take(&buffer));
    secret_free(secret_copy("tell-nobody", 11));
}

TEST(SecretJson, LeavesNothingInFreedMemory)
{
    secret_init();
    EXPECT_EQ(freed_by(load_and_free_secretly).find("tell-nobody"), std::string::npos);
    /* The same without wiping: this test can see a secret. */
    EXPECT_NE(freed_by(load_and_free_openly).find("tell-nobody"), std::string::npos);
}

TEST(Secret, LeavesNothingInFreedMemory)
{
    EXPECT_EQ(freed_by(copy_and_free).find("tell-nobody"), std::string::npos);
}

TEST(SecretJson, RefusesTheSameFieldTwice)
{
    json_error_t error;

    EXPECT_EQ(secret_json_load("{\"a\": 1, \"a\": 2}", 16, &error), nullptr);
}

TEST(Secret, GuardedProcessCannotBeDumped)
{
    secret_guard_process();
    EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
}

} // namespace

extern "C" {
void __real_free(void *memory);
void __wrap_free(void *memory); /* by the linker's --wrap */

void __wrap_free(void *memory)
{
    if (memory && freed)
        freed->append(static_cast<char *>(memory), malloc_usable_size(memory));
    __real_free(memory);
}
}
