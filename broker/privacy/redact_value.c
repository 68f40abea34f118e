#include "broker/privacy/redact_value.h"

#include <errno.h>
#include <stdlib.h>

#include "broker/privacy/redact_scan.h"
#include "broker/privacy/redact_scanner.h"
#include "broker/util/cleanup.h"

const uint8_t scan_classes[256] = {
    ['0' ... '9'] = SCAN_DIGIT | SCAN_HEX,
    ['A' ... 'F'] = SCAN_UPPER | SCAN_HEX,
    ['G' ... 'Z'] = SCAN_UPPER,
    ['a' ... 'f'] = SCAN_LOWER | SCAN_HEX,
    ['g' ... 'z'] = SCAN_LOWER,
    ['+'] = SCAN_SLASH,
    ['/'] = SCAN_SLASH,
    ['-'] = SCAN_DASH,
    ['_'] = SCAN_DASH,
    ['.'] = SCAN_DOT,
    ['~'] = SCAN_DOT,
    ['='] = SCAN_DOT,
    ['$'] = SCAN_DOLLAR,
    [','] = SCAN_DOLLAR,
    [':'] = SCAN_DOLLAR,
};

static const char *const markers[] = {
#define SECRET_MARKER(identifier, text) "<redacted: " text ">",
    SECRET_KINDS(SECRET_MARKER)
#undef SECRET_MARKER
};

const char *secret_marker(SecretKind kind)
{
    return markers[kind];
}

/* ---------------------------------------------------------------------------------------- for the finders */

size_t scan_add(Scan *scan, size_t begin, size_t end, SecretKind kind)
{
    if (scan->num_spans == SECRET_SPANS_MAX)
        return scan->len; /* the last one reaches there */
    if (scan->num_spans == SECRET_SPANS_MAX - 1)
        end = scan->len;
    scan->spans[scan->num_spans++] = (SecretSpan){begin, end, kind};
    return end;
}

bool scan_is_mixed(const char *text, size_t len, size_t num_changes)
{
    unsigned seen = 0;
    unsigned last = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned class = scan_classes[(unsigned char)text[i]] & SCAN_WORD;

        seen |= class;
        if (class && last && class != last && num_changes > 0)
            num_changes--;
        last = class;
    }
    return num_changes == 0 && seen == SCAN_WORD;
}

/* ---------------------------------------------------------------------------------------------- the pass */

#define AWS_SECRET_LEN     40 /* characters of base64, without a form */
#define AWS_SECRET_CHANGES 13 /* of 39; random ones have 22 on average, fewer than 13 once in 1,000 */
#define AWS_SECRET_SLASHES 4  /* of 40; random ones have more once in 3,000 */
#define AZURE_KEY_LEN      86 /* 64 bytes in base64, before "==" */
#define AZURE_KEY_CHANGES  30

/* A path may have the length, too, and is of more parts. */
static bool is_aws_secret(const char *text)
{
    size_t num_slashes = 0;

    for (size_t i = 0; i < AWS_SECRET_LEN; i++)
        num_slashes += text[i] == '/';
    return num_slashes <= AWS_SECRET_SLASHES && scan_is_mixed(text, AWS_SECRET_LEN, AWS_SECRET_CHANGES);
}

/* Runs of base64 that have the length of keys without a form of their own. */
static void check_run(Scan *scan, size_t begin, size_t end)
{
    const char *text = scan->text + begin;

    if (scan->is_cut && end == scan->len)
        return; /* it is longer */
    if (end - begin == AWS_SECRET_LEN && is_aws_secret(text))
        (void)scan_add(scan, begin, end, SECRET_AWS_KEY);
    /* A digest of SHA-512 is as long: pages and lock files have them. */
    else if (end - begin == AZURE_KEY_LEN && SCAN_HAS(scan, end, "==") &&
             !(begin >= 7 && SCAN_HAS(scan, begin - 7, "sha512-")) &&
             scan_is_mixed(text, AZURE_KEY_LEN, AZURE_KEY_CHANGES))
        (void)scan_add(scan, begin, end + 2, SECRET_AZURE_KEY);
}

/* At the beginning of a word; two bytes tell nearly always that it is none of those that are known. */
static size_t scan_word(Scan *scan, size_t at)
{
    char first = scan->text[at];
    size_t end = 0;

    if (scan_is(first, SCAN_DIGIT)) {
        end = scan_card(scan, at);
        if (end)
            return end;
    }
    if (at + 1 == scan->len || !scanner_has_pair(scan->scanner, first, scan->text[at + 1]))
        return 0;
    if (first == 'e')
        end = scan_jwt(scan, at);
    else if (first == 'M')
        end = scan_der(scan, at);
    else
        end = scan_authorization(scan, at);
    return end ? end : scan_prefix(scan, at);
}

/* At a byte that is no part of a word. */
static size_t scan_mark(Scan *scan, size_t at)
{
    size_t end = 0;

    switch (scan->text[at]) {
    case ':':
        end = scan_url(scan, at);
        if (!end)
            end = scan_telegram(scan, at);
        return end ? end : scan_setting(scan, at);
    case '=':
        return scan_setting(scan, at);
    case '-':
        return scan_pem(scan, at);
    case '$':
        return scan_crypt(scan, at);
    default:
        return 0;
    }
}

/* "\\n" and its like are written out in JSON and in what repr() says: the letter is no part of a word. */
static bool is_escape(const Scan *scan, size_t at)
{
    return scan->text[at] == '\\' && at + 1 < scan->len && strchr("nrt", scan->text[at + 1]);
}

static void scan_all(Scan *scan)
{
    size_t run = 0; /* of base64 */
    size_t at = 0;

    while (at < scan->len && scan->num_spans < SECRET_SPANS_MAX) {
        unsigned class = scan_classes[(unsigned char)scan->text[at]];
        size_t end = 0;

        if (class & SCAN_WORD) {
            end = scan_word(scan, at);
            if (!end)
                at = scan_run(scan, at + 1, SCAN_WORD);
        } else {
            if (!(class & SCAN_SLASH)) {
                check_run(scan, run, at);
                at += is_escape(scan, at);
                run = at + 1;
            }
            end = class & (SCAN_DASH | SCAN_DOT | SCAN_DOLLAR) ? scan_mark(scan, at) : 0;
            if (!end)
                at++;
        }
        if (end)
            run = at = end;
    }
    if (scan->num_spans < SECRET_SPANS_MAX)
        check_run(scan, run, scan->len);
}

size_t secret_scan(const SecretScanner *scanner, const void *text, size_t len, bool is_cut,
                   SecretSpan *ret_spans)
{
    Scan scan = {
        .scanner = scanner,
        .names = scanner->names,
        .text = text,
        .len = len,
        .is_cut = is_cut,
        .spans = ret_spans,
    };

    scan_all(&scan);
    return scan.num_spans;
}

/* ------------------------------------------------------------------------------------------------ life */

SecretScanner *secret_scanner_free(SecretScanner *scanner)
{
    if (!scanner)
        return NULL;
    for (size_t i = 0; i < scanner->num_prefixes; i++)
        free(scanner->prefixes[i]);
    free(scanner);
    return NULL;
}

static void cleanup_scanner(SecretScanner **scanner)
{
    (void)secret_scanner_free(*scanner);
}

static int add_prefix(SecretScanner *scanner, const char *prefix)
{
    size_t len = strlen(prefix);

    if (len < SECRET_PREFIX_BYTES_MIN || len > SECRET_PREFIX_BYTES_MAX || !scan_is(*prefix, SCAN_WORD) ||
        scanner->num_prefixes == SECRET_NUM_PREFIXES_MAX)
        return -EINVAL;
    scanner->prefixes[scanner->num_prefixes] = strdup(prefix);
    if (!scanner->prefixes[scanner->num_prefixes])
        return -ENOMEM;
    scanner->num_prefixes++;
    scanner_add_pair(scanner, prefix[0], prefix[1]);
    return 0;
}

/* How those begin that have no prefix in the table of forms: JWTs, keys without their lines, and the schemes
 * of authorization in any case. */
static const char pairs[][3] = {"ey", "MH", "MG", "MC", "MI", "be", "Be", "BE", "bE", "ba", "Ba",
                                "BA", "bA", "to", "To", "TO", "tO", "ap", "Ap", "AP", "aP"};

int secret_scanner_new(NameRules *names, char *const *prefixes, SecretScanner **ret)
{
    CLEANUP(cleanup_scanner) SecretScanner *scanner = calloc(1, sizeof *scanner);
    int result = 0;

    if (!scanner)
        return -ENOMEM;
    scanner->names = names;
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
        scanner_add_pair(scanner, pairs[i][0], pairs[i][1]);
    scanner_index_forms(scanner);
    for (; prefixes && *prefixes && result == 0; prefixes++)
        result = add_prefix(scanner, *prefixes);
    if (result < 0)
        return result;
    *ret = TAKE(scanner);
    return 0;
}
