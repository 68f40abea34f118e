/* The words that names of secrets are made of, and what each says about a name. For redact_name.c. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WORD_BYTES_MAX 16 /* of the longest of the table, and a little more */

typedef enum WordMeaning {
    WORD_SECRET = 1 << 0,    /* protects a name that has it: password */
    WORD_TOKEN = 1 << 1,     /* likewise, unless tokens are counted or of a text: token */
    WORD_KEY = 1 << 2,       /* protects after a word of WORD_KEYED: api key */
    WORD_KEYED = 1 << 3,     /* api, private, signing */
    WORD_PASS = 1 << 4,      /* protects alone, or at the end after a word of WORD_PASSED: db pass */
    WORD_PASSED = 1 << 5,    /* db, user, smtp */
    WORD_LAST = 1 << 6,      /* protects at the end: cookie */
    WORD_URL = 1 << 7,       /* protects at the end of a name with a word of WORD_STORE: database url */
    WORD_STORE = 1 << 8,     /* database, redis, webhook */
    WORD_CODE = 1 << 9,      /* protects after a word of WORD_CODED: verification code */
    WORD_CODED = 1 << 10,    /* verification, recovery */
    WORD_PAIR = 1 << 11,     /* begins a pair of words_are_secret() */
    WORD_PLAIN = 1 << 12,    /* at the end, it makes a name harmless: password length */
    WORD_FLAG = 1 << 13,     /* at the start, likewise: has password */
    WORD_QUANTITY = 1 << 14, /* at the start, or beside WORD_TOKEN, it takes that meaning away: max tokens */
    WORD_OF_TEXT = 1 << 15,  /* beside WORD_TOKEN, likewise: prompt tokens, next token */
    WORD_JOINT = 1 << 16,    /* says nothing; it is there to take words apart that are written as one */
} WordMeaning;

/* What can protect a name. */
#define WORD_IS_PROTECTING                                                                                   \
    (WORD_SECRET | WORD_TOKEN | WORD_KEY | WORD_PASS | WORD_LAST | WORD_URL | WORD_CODE | WORD_PAIR)

typedef struct Word {
    const char *text; /* lower case */
    uint32_t meaning; /* of WordMeaning */
} Word;

/* words_table() - all of them. */
const Word *words_table(size_t *ret_num);

/* word_ending() - the meaning of a word that is not in the table but ends (or begins) as a secret does:
 * "csrfmiddlewaretoken", "acmesecret", "passwordhash"; 0: none. @text is lower case. */
uint32_t word_ending(const char *text, size_t len);

/* words_are_secret() - whether two words side by side mean a secret: session id, connection string. */
bool words_are_secret(const char *first, size_t first_len, const char *second, size_t second_len);

#ifdef __cplusplus
}
#endif
