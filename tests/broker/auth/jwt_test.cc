#include "broker/auth/jwt.h"

#include <gtest/gtest.h>

#include <string>

#include "broker/auth/secret.h"
#include "tests/broker/auth/keys.hh"

namespace
{

std::string decoded(std::string text)
{
    for (char &character : text)
        character = character == '-' ? '+' : character == '_' ? '/' : character;
    while (text.size() % 4)
        text += '=';
    std::string result(text.size(), '\0');
    int length =
        EVP_DecodeBlock(reinterpret_cast<unsigned char *>(&result[0]),
                        reinterpret_cast<const unsigned char *>(text.data()), static_cast<int>(text.size()));
    result.resize(static_cast<size_t>(length));
    while (text.back() == '=') {
        text.pop_back();
        result.pop_back();
    }
    return result;
}

TEST(Jwt, HasHeaderClaimsAndSignature)
{
    JwtClaims claims = {"key1", "broker@shop", "a b", 1700000000};
    char *jwt = nullptr;

    ASSERT_EQ(jwt_sign(&claims, rsa_key(), &jwt), 0);
    std::string text = jwt;
    secret_free(jwt);
    size_t first = text.find('.');
    size_t second = text.find('.', first + 1);

    EXPECT_EQ(decoded(text.substr(0, first)), R"({"typ":"JWT","alg":"RS256","kid":"key1"})");
    EXPECT_EQ(decoded(text.substr(first + 1, second - first - 1)),
              R"({"iat":1700000000,"exp":1700003600,"iss":"broker@shop",)"
              R"("aud":"https://oauth2.googleapis.com/token","scope":"a b"})");
    EXPECT_EQ(text.find('='), std::string::npos);

    std::string signature = decoded(text.substr(second + 1));
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    ASSERT_EQ(EVP_DigestVerifyInit(digest, nullptr, EVP_sha256(), nullptr, rsa_key()), 1);
    EXPECT_EQ(EVP_DigestVerify(digest, reinterpret_cast<const unsigned char *>(signature.data()),
                               signature.size(), reinterpret_cast<const unsigned char *>(text.data()),
                               second),
              1);
    EVP_MD_CTX_free(digest);
}

TEST(Jwt, KeyWithoutAnId)
{
    JwtClaims claims = {nullptr, "broker@shop", "a b", 1700000000};
    char *jwt = nullptr;

    ASSERT_EQ(jwt_sign(&claims, rsa_key(), &jwt), 0);
    EXPECT_EQ(decoded(std::string(jwt).substr(0, std::string(jwt).find('.'))),
              R"({"typ":"JWT","alg":"RS256"})");
    secret_free(jwt);
}

} // namespace
