/* The assertion by which a service account asks for a token: a JWT, RS256. Pure; any thread. */
#pragma once

#include <openssl/types.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JWT_LIFETIME_S 3600 /* google-auth's, and the most that Google takes */

/* Fixed, whatever the token_uri is (google-auth: _GOOGLE_OAUTH2_TOKEN_ENDPOINT). */
#define JWT_AUDIENCE "https://oauth2.googleapis.com/token"

typedef struct JwtClaims {
    const char *key_id; /* NULL: none */
    const char *issuer;
    const char *scope;
    int64_t issued_at_s; /* Unix time as the token endpoint has it */
} JwtClaims;

/* jwt_sign() - @key is an RSA key. The caller owns *ret, which is a secret (secret_free()) while it lives. 0,
 * -ENOMEM, or -EIO: OpenSSL would not. */
int jwt_sign(const JwtClaims *claims, EVP_PKEY *key, char **ret);

/* jwt_key_load() - an unencrypted RSA key in PEM, of 2048 to 4096 bits. The caller owns *ret
 * (EVP_PKEY_free()). 0, or -EINVAL with the reason in *ret_why, which lives for ever. */
int jwt_key_load(const char *pem, EVP_PKEY **ret, const char **ret_why);

#ifdef __cplusplus
}
#endif
