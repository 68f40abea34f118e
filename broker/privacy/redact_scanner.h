/* The inside of a SecretScanner; for the files that find secrets. See redact_value.h. */
#pragma once

#include "broker/privacy/redact_value.h"

#ifdef __cplusplus
extern "C" {
#endif

struct SecretScanner {
    NameRules *names;
    char *prefixes[SECRET_NUM_PREFIXES_MAX]; /* of the user, each from strdup() */
    size_t num_prefixes;
    uint8_t pairs[256 * 256 / 8]; /* bits: a word that begins with these two bytes is looked at */
    uint8_t form_begins[257];     /* the forms that begin with a byte: from [byte] to before [byte + 1] */
};

/* scanner_add_pair() - a word that begins with these two bytes is looked at. */
static inline void scanner_add_pair(SecretScanner *scanner, char first, char second)
{
    unsigned pair = (unsigned)(unsigned char)first << 8 | (unsigned char)second;

    scanner->pairs[pair / 8] |= (uint8_t)(1u << pair % 8);
}

static inline bool scanner_has_pair(const SecretScanner *scanner, char first, char second)
{
    unsigned pair = (unsigned)(unsigned char)first << 8 | (unsigned char)second;

    return scanner->pairs[pair / 8] >> pair % 8 & 1;
}

/* ---- redact_form.c ---- */

/* scanner_index_forms() - fills in what depends on the table of forms. */
void scanner_index_forms(SecretScanner *scanner);

#ifdef __cplusplus
}
#endif
