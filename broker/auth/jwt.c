#include "broker/auth/jwt.h"

#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "broker/auth/secret.h"
#include "broker/util/cleanup.h"

#define KEY_BITS_MIN      2048 /* NIST SP 800-131A; Google makes 2048 */
#define KEY_BITS_MAX      4096 /* what is signed with is the loop's time: some 10 ms then */
#define EXPONENT_BITS_MAX 64   /* OpenSSL's own limit for large keys; 65537 has 17 */

static void cleanup_digest(EVP_MD_CTX **digest)
{
    EVP_MD_CTX_free(*digest);
}

/* Consumes @json. */
static int add_part(SecretText *jwt, json_t *json)
{
    AUTO_JSON json_t *part = json;
    AUTO_FREE char *text = part ? json_dumps(part, JSON_COMPACT) : NULL;

    if (!text)
        return -ENOMEM;
    secret_text_add_base64url(jwt, text, strlen(text));
    return jwt->result;
}

static int add_header_and_claims(SecretText *jwt, const JwtClaims *claims)
{
    int result =
        add_part(jwt, json_pack("{s:s, s:s, s:s*}", "typ", "JWT", "alg", "RS256", "kid", claims->key_id));

    if (result < 0)
        return result;
    secret_text_add(jwt, ".", 1);
    return add_part(jwt, json_pack("{s:I, s:I, s:s, s:s, s:s}", "iat", (json_int_t)claims->issued_at_s, "exp",
                                   (json_int_t)(claims->issued_at_s + JWT_LIFETIME_S), "iss", claims->issuer,
                                   "aud", JWT_AUDIENCE, "scope", claims->scope));
}

static int add_signature(SecretText *jwt, EVP_PKEY *key)
{
    CLEANUP(cleanup_digest) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    unsigned char signature[KEY_BITS_MAX / 8];
    size_t length = sizeof signature;

    if (!digest)
        return -ENOMEM;
    /* RSASSA-PKCS1-v1_5 is what OpenSSL does with an RSA key unless told otherwise. */
    if (EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(digest, signature, &length, (const unsigned char *)jwt->text, jwt->length) != 1) {
        ERR_clear_error();
        return -EIO;
    }
    secret_text_add(jwt, ".", 1);
    secret_text_add_base64url(jwt, signature, length);
    return jwt->result;
}

int jwt_sign(const JwtClaims *claims, EVP_PKEY *key, char **ret)
{
    SecretText jwt = {0};
    int result = add_header_and_claims(&jwt, claims);

    if (result == 0)
        result = add_signature(&jwt, key);
    if (result == 0) {
        *ret = secret_text_take(&jwt);
        return *ret ? 0 : -ENOMEM;
    }
    secret_text_deinit(&jwt);
    return result;
}

/* No terminal is asked for the passphrase of a key that has one. */
static int refuse_passphrase(char *buffer, int size, int is_writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)is_writing;
    (void)context;
    return -1;
}

static bool is_short(EVP_PKEY *key, const char *name, int bits_max)
{
    BIGNUM *number = NULL;
    bool result = true;

    if (EVP_PKEY_get_bn_param(key, name, &number) == 1)
        result = BN_num_bits(number) <= bits_max;
    BN_clear_free(number);
    return result;
}

/* Whether signing takes as long as it does with an honest key: an exponent may be written with any number of
 * bits, and signing takes as long as it is. */
static bool is_quick(EVP_PKEY *key)
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,
        OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    };
    BIGNUM *third = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!is_short(key, names[i], EVP_PKEY_get_bits(key)))
            return false;
    }
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR3, &third) == 1) {
        BN_clear_free(third);
        return false; /* of more than two primes, which nobody makes */
    }
    return is_short(key, OSSL_PKEY_PARAM_RSA_E, EXPONENT_BITS_MAX);
}

int jwt_key_load(const char *pem, EVP_PKEY **ret, const char **ret_why)
{
    size_t length = strlen(pem);
    BIO *input = length < INT_MAX ? BIO_new_mem_buf(pem, (int)length) : NULL;
    EVP_PKEY *key = input ? PEM_read_bio_PrivateKey(input, NULL, refuse_passphrase, NULL) : NULL;

    BIO_free(input);
    if (!key) {
        ERR_clear_error();
        *ret_why = strstr(pem, "ENCRYPTED") ? "is encrypted" : "is no private key in PEM";
        return -EINVAL;
    }
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
        *ret_why = "is no RSA key";
    else if (EVP_PKEY_get_bits(key) < KEY_BITS_MIN || EVP_PKEY_get_bits(key) > KEY_BITS_MAX)
        *ret_why = "is an RSA key of fewer than 2,048 bits or more than 4,096";
    else if (!is_quick(key))
        *ret_why = "is an RSA key with numbers that are too long";
    else
        *ret = TAKE(key);
    ERR_clear_error(); /* of numbers that are not there */
    if (key) {
        EVP_PKEY_free(key);
        return -EINVAL;
    }
    return 0;
}
