/* Secrets that can be told by their form, found in a text: private keys, tokens, keys of clouds, numbers of
 * cards, passwords in URLs, headers and settings.
 *
 * One pass, in time proportional to the length: a table of bytes decides where to look closer. The text may
 * be cut at its end; then the beginning of a secret is one. What is not found: what has no form of its own (a
 * password by itself), a card's number that is cut, and anything that is encoded once more (base64, percent,
 * UTF-16) or split among several values. Pure, but for the memory of the names. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/privacy/redact_name.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In one text; the last one reaches to its end if there are more. Untuned. */
#define SECRET_SPANS_MAX 64

/* Of the user's own forms; untuned. */
#define SECRET_NUM_PREFIXES_MAX 32
#define SECRET_PREFIX_BYTES_MAX 64
#define SECRET_PREFIX_BYTES_MIN 3
#define SECRET_CUSTOM_BODY_MIN  8 /* letters, digits and _-.~+/= after a prefix of the user */

/* SECRET_KIND(identifier, what is shown) */
#define SECRET_KINDS(SECRET_KIND)                                                                            \
    SECRET_KIND(NAME, "name") /* it is called so: password=... */                                            \
    SECRET_KIND(JWT, "jwt")                                                                                  \
    SECRET_KIND(PEM, "pem")                                                                                  \
    SECRET_KIND(PRIVATE_KEY, "private key")                                                                  \
    SECRET_KIND(AWS_KEY, "aws key")                                                                          \
    SECRET_KIND(GOOGLE_KEY, "google key")                                                                    \
    SECRET_KIND(AZURE_KEY, "azure key")                                                                      \
    SECRET_KIND(GITHUB_TOKEN, "github token")                                                                \
    SECRET_KIND(GITLAB_TOKEN, "gitlab token")                                                                \
    SECRET_KIND(SLACK_TOKEN, "slack token")                                                                  \
    SECRET_KIND(STRIPE_KEY, "stripe key")                                                                    \
    SECRET_KIND(NPM_TOKEN, "npm token")                                                                      \
    SECRET_KIND(PYPI_TOKEN, "pypi token")                                                                    \
    SECRET_KIND(API_KEY, "api key")                                                                          \
    SECRET_KIND(TOKEN, "token")                                                                              \
    SECRET_KIND(SIGNATURE, "signature")                                                                      \
    SECRET_KIND(PASSWORD_HASH, "password hash")                                                              \
    SECRET_KIND(CARD, "card")                                                                                \
    SECRET_KIND(URL_PASSWORD, "url password")                                                                \
    SECRET_KIND(AUTHORIZATION, "authorization")                                                              \
    SECRET_KIND(CUSTOM, "custom")

typedef enum SecretKind {
#define SECRET_IDENTIFIER(identifier, text) SECRET_##identifier,
    SECRET_KINDS(SECRET_IDENTIFIER)
#undef SECRET_IDENTIFIER
} SecretKind;

/* Bytes of a text, from @begin to before @end. */
typedef struct SecretSpan {
    size_t begin;
    size_t end;
    SecretKind kind;
} SecretSpan;

typedef struct SecretScanner SecretScanner;

/* secret_scanner_new() - @names is borrowed until secret_scanner_free(). @prefixes, ended by NULL or NULL:
 * forms of the user, each the beginning of a word; borrowed during the call. The caller owns *ret. 0,
 * -ENOMEM, or -EINVAL: a prefix is too long, too short, or begins with neither letter nor digit, or there are
 * too many. */
int secret_scanner_new(NameRules *names, char *const *prefixes, SecretScanner **ret);

/* secret_scanner_free() - NULL is nothing; returns NULL. */
SecretScanner *secret_scanner_free(SecretScanner *scanner);

/* secret_scan() - finds the secrets of a text of any bytes. @is_cut: it goes on after @len. @ret_spans has
 * room for SECRET_SPANS_MAX, which are filled in their order and do not overlap. Returns their number. */
size_t secret_scan(const SecretScanner *scanner, const void *text, size_t len, bool is_cut,
                   SecretSpan *ret_spans);

/* secret_is_card() - whether a whole number is a card's: its length and beginning are those of an issuer, and
 * the check digit is right. */
bool secret_is_card(uint64_t number);

/* secret_marker() - "<redacted: jwt>", for ever. */
const char *secret_marker(SecretKind kind);

#ifdef __cplusplus
}
#endif
