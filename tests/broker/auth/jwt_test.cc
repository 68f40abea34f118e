#include "broker/auth/jwt.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <string>
#include <vector>

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

/* The key of @rsa with an exponent of @bits more bits that does the same. */
std::string long_exponent_pem(int bits)
{
    EVP_PKEY *rsa = rsa_key(), *key = nullptr;
    BIGNUM *n = nullptr, *e = nullptr, *d = nullptr, *p = nullptr, *q = nullptr;
    BN_CTX *memory = BN_CTX_new();
    BIGNUM *order = BN_new();

    EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_N, &n);
    EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_E, &e);
    EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_D, &d);
    EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_FACTOR1, &p);
    EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_FACTOR2, &q);
    BN_sub_word(p, 1);
    BN_sub_word(q, 1);
    BN_mul(order, p, q, memory);
    BN_lshift(order, order, bits);
    if (bits)
        BN_add(d, d, order);
    BN_add_word(p, 1);
    BN_add_word(q, 1);

    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_D, d);
    std::vector<BIGNUM *> numbers = {n, e, d, p, q, order};
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR1, p);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR2, q);
    for (const char *name :
         {OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1}) {
        BIGNUM *number = nullptr;

        EVP_PKEY_get_bn_param(rsa, name, &number);
        OSSL_PARAM_BLD_push_BN(builder, name, number);
        numbers.push_back(number);
    }
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
    EXPECT_EQ(EVP_PKEY_fromdata_init(context), 1);
    EXPECT_EQ(EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters), 1);
    std::string pem = pem_of(key);

    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    for (BIGNUM *number : numbers)
        BN_free(number);
    BN_CTX_free(memory);
    return pem;
}

TEST(Jwt, KeyThatWouldTakeLongToSignIsRefused)
{
    EVP_PKEY *key = nullptr;
    const char *why = "";

    EXPECT_EQ(jwt_key_load(long_exponent_pem(100000).c_str(), &key, &why), -EINVAL);
    EXPECT_STREQ(why, "is an RSA key with numbers that are too long");
    ASSERT_EQ(jwt_key_load(rsa_pem().c_str(), &key, &why), 0) << why;
    EVP_PKEY_free(key);
}

} // namespace
