/* The state of one secret_scan(), for the files that find secrets of one form each. See redact_value.h.
 *
 * A finder is asked at one place of the text. It returns where its secret ends, which it has added, or 0:
 * there is none. Secrets are added in their order. */
#pragma once

#include <string.h>

#include "broker/privacy/redact_value.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a byte can be a part of. */
enum {
    SCAN_DIGIT = 1 << 0,
    SCAN_UPPER = 1 << 1,
    SCAN_LOWER = 1 << 2,
    SCAN_HEX = 1 << 3,    /* of either case */
    SCAN_SLASH = 1 << 4,  /* + / : the rest of base64 */
    SCAN_DASH = 1 << 5,   /* - _ : the rest of base64 for URLs */
    SCAN_DOT = 1 << 6,    /* . ~ = : what tokens have besides */
    SCAN_DOLLAR = 1 << 7, /* $ , : of hashes of passwords */

    SCAN_LETTER = SCAN_UPPER | SCAN_LOWER,
    SCAN_WORD = SCAN_LETTER | SCAN_DIGIT,
    SCAN_BASE64 = SCAN_WORD | SCAN_SLASH,
    SCAN_BASE64_URL = SCAN_WORD | SCAN_DASH,
    SCAN_TOKEN = SCAN_BASE64 | SCAN_DASH | SCAN_DOT,
};

extern const uint8_t scan_classes[256];

typedef struct Scan {
    const SecretScanner *scanner;
    NameRules *names;
    const char *text;
    size_t len;
    bool is_cut;
    SecretSpan *spans;
    size_t num_spans;
    size_t no_jwt_before; /* it is known that none begins before this place */
} Scan;

static inline bool scan_is(char byte, unsigned classes)
{
    return scan_classes[(unsigned char)byte] & classes;
}

/* scan_run() - where the bytes of @classes end that begin at @from. */
static inline size_t scan_run(const Scan *scan, size_t from, unsigned classes)
{
    while (from < scan->len && scan_is(scan->text[from], classes))
        from++;
    return from;
}

/* scan_has() - whether @text, a literal, is at @at. */
static inline bool scan_has(const Scan *scan, size_t at, const char *text, size_t len)
{
    return len <= scan->len - at && memcmp(scan->text + at, text, len) == 0;
}
#define SCAN_HAS(scan, at, literal) scan_has((scan), (at), "" literal, sizeof(literal) - 1)

/* scan_is_word_before() - whether a letter or digit is right before @at. */
static inline bool scan_is_word_before(const Scan *scan, size_t at)
{
    return at > 0 && scan_is(scan->text[at - 1], SCAN_WORD);
}

/* scan_add() - the bytes from @begin to before @end are a secret. Returns @end, or the end of the text if
 * there is no room for another one. */
size_t scan_add(Scan *scan, size_t begin, size_t end, SecretKind kind);

/* scan_is_mixed() - whether bytes look random: capitals, small letters and digits, which change places at
 * least @num_changes times. */
bool scan_is_mixed(const char *text, size_t len, size_t num_changes);

/* ---- redact_form.c: at the beginning of a word, or at a byte between words ---- */

size_t scan_prefix(Scan *scan, size_t at);
size_t scan_jwt(Scan *scan, size_t at);
size_t scan_pem(Scan *scan, size_t at);           /* at '-' */
size_t scan_der(Scan *scan, size_t at);           /* at 'M' */
size_t scan_authorization(Scan *scan, size_t at); /* at 'b', 't', of either case */
size_t scan_crypt(Scan *scan, size_t at);         /* at '$' */
size_t scan_telegram(Scan *scan, size_t at);      /* at ':' */

/* ---- redact_card.c ---- */

size_t scan_card(Scan *scan, size_t at); /* at a digit */

/* ---- redact_setting.c ---- */

size_t scan_url(Scan *scan, size_t at);     /* at ':' */
size_t scan_setting(Scan *scan, size_t at); /* at ':' or '=' */

#ifdef __cplusplus
}
#endif
