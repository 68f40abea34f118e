/* Whether a name is one of a secret: of a variable, an attribute, a key, a header, a setting.
 *
 * A name is taken apart into words, whatever the style it is written in ("dbPassword", "DB_PASSWORD",
 * "db-password", "dbpassword", "db.password2"), and the words decide: "token" protects, "max tokens" and
 * "token type" do not. What the words say is in redact_words.c. The names that were judged last are
 * remembered, for an app has few and sends them again and again. One owner. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of a longer name the end counts. No source has longer ones; untuned. */
#define NAME_BYTES_MAX 128

/* Patterns of the user, of each of the two kinds; untuned. */
#define NAME_NUM_PATTERNS_MAX 100

typedef struct NameRules NameRules;

/* name_rules_new() - @protect and @allow end with NULL, or are NULL: patterns of names, in any style, in
 * which
 * "*" is any text. One of @protect protects the names that have its words side by side ("iban": also
 * "customerIban"), one of @allow takes the protection from the whole names that it matches ("iban" not from
 * "customer_iban", which "*iban" does). Borrowed during the call. The caller owns *ret. 0, -ENOMEM, or
 * -EINVAL: a pattern is too long or has no letter, or there are too many. */
int name_rules_new(char *const *protect, char *const *allow, NameRules **ret);

/* name_rules_free() - NULL is nothing; returns NULL. */
NameRules *name_rules_free(NameRules *rules);

/* name_is_protected() - @name is any bytes. */
bool name_is_protected(NameRules *rules, const void *name, size_t len);

#ifdef __cplusplus
}
#endif
