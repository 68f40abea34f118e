/* Secrets that begin with a text of their own, and those that have a form as a whole. */
#include "broker/privacy/redact_scan.h"

#include <strings.h>

#include "broker/privacy/redact_scanner.h"

/* ------------------------------------------------------------------------------------------- prefixes */

/* A token or key whose issuer begins it with @prefix, and at least @num_min bytes of @classes after it. */
typedef struct Form {
    const char *prefix;
    uint16_t classes;
    uint8_t num_min;
    bool is_mixed; /* the prefix alone says little: the rest must look random */
    bool is_exact; /* @num_min bytes, and no letter or digit after them */
    SecretKind kind;
} Form;

#define URL_SAFE SCAN_WORD | SCAN_DASH
#define ALNUM    SCAN_WORD
#define CAPITALS SCAN_UPPER | SCAN_DIGIT
#define HEX      SCAN_HEX
#define HASH     SCAN_BASE64 | SCAN_DASH | SCAN_DOT | SCAN_DOLLAR
#define DOTTED   SCAN_WORD | SCAN_DASH | SCAN_DOT
#define PATH     SCAN_WORD | SCAN_DASH | SCAN_SLASH
#define EXACT    false, true
#define AT_LEAST false, false
#define MIXED    true, false

/* From the issuers' documentation, 2024. In the order of their first byte, which the scanner's index wants;
 * of those with a common beginning the longer first. */
static const Form forms[] = {
    {"1//0", URL_SAFE, 30, AT_LEAST, SECRET_GOOGLE_KEY}, /* refresh token */
    {"ABIA", CAPITALS, 16, EXACT, SECRET_AWS_KEY},
    {"ACCA", CAPITALS, 16, EXACT, SECRET_AWS_KEY},
    {"AGE-SECRET-KEY-1", CAPITALS, 40, AT_LEAST, SECRET_PRIVATE_KEY},
    {"AIza", URL_SAFE, 35, AT_LEAST, SECRET_GOOGLE_KEY},
    {"AKIA", CAPITALS, 16, EXACT, SECRET_AWS_KEY},
    {"AKID", ALNUM, 32, MIXED, SECRET_API_KEY}, /* Tencent */
    {"ASIA", CAPITALS, 16, EXACT, SECRET_AWS_KEY},
    {"ATATT3", URL_SAFE, 50, AT_LEAST, SECRET_TOKEN},      /* Atlassian */
    {"EAACEdEose0cBA", ALNUM, 10, AT_LEAST, SECRET_TOKEN}, /* Facebook */
    {"GOCSPX-", URL_SAFE, 20, AT_LEAST, SECRET_GOOGLE_KEY},
    {"LTAI", ALNUM, 12, MIXED, SECRET_API_KEY},          /* Alibaba */
    {"NRAK-", ALNUM, 20, AT_LEAST, SECRET_API_KEY},      /* New Relic */
    {"PMAK-", URL_SAFE, 30, AT_LEAST, SECRET_API_KEY},   /* Postman */
    {"SG.", DOTTED, 40, AT_LEAST, SECRET_API_KEY},       /* SendGrid */
    {"SK", HEX, 32, EXACT, SECRET_API_KEY},              /* Twilio */
    {"dapi", HEX, 32, AT_LEAST, SECRET_TOKEN},           /* Databricks */
    {"dckr_pat_", URL_SAFE, 20, AT_LEAST, SECRET_TOKEN}, /* Docker */
    {"discord.com/api/webhooks/", PATH, 20, AT_LEAST, SECRET_TOKEN},
    {"discordapp.com/api/webhooks/", PATH, 20, AT_LEAST, SECRET_TOKEN},
    {"doo_v1_", HEX, 40, AT_LEAST, SECRET_TOKEN}, /* DigitalOcean */
    {"dop_v1_", HEX, 40, AT_LEAST, SECRET_TOKEN},
    {"dor_v1_", HEX, 40, AT_LEAST, SECRET_TOKEN},
    {"dp.pt.", ALNUM, 30, AT_LEAST, SECRET_TOKEN},   /* Doppler */
    {"figd_", URL_SAFE, 30, AT_LEAST, SECRET_TOKEN}, /* Figma */
    {"gho_", ALNUM, 30, AT_LEAST, SECRET_GITHUB_TOKEN},
    {"ghp_", ALNUM, 30, AT_LEAST, SECRET_GITHUB_TOKEN},
    {"ghr_", ALNUM, 30, AT_LEAST, SECRET_GITHUB_TOKEN},
    {"ghs_", ALNUM, 30, AT_LEAST, SECRET_GITHUB_TOKEN},
    {"ghu_", ALNUM, 30, AT_LEAST, SECRET_GITHUB_TOKEN},
    {"github_pat_", URL_SAFE, 22, AT_LEAST, SECRET_GITHUB_TOKEN},
    {"glc_", SCAN_TOKEN, 32, AT_LEAST, SECRET_TOKEN}, /* Grafana */
    {"gldt-", URL_SAFE, 20, AT_LEAST, SECRET_GITLAB_TOKEN},
    {"glpat-", URL_SAFE, 20, AT_LEAST, SECRET_GITLAB_TOKEN},
    {"glptt-", URL_SAFE, 20, AT_LEAST, SECRET_GITLAB_TOKEN},
    {"glrt-", URL_SAFE, 20, AT_LEAST, SECRET_GITLAB_TOKEN},
    {"glsa_", URL_SAFE, 32, AT_LEAST, SECRET_TOKEN}, /* Grafana */
    {"gsk_", ALNUM, 40, AT_LEAST, SECRET_API_KEY},   /* Groq */
    {"hf_", ALNUM, 30, AT_LEAST, SECRET_TOKEN},      /* Hugging Face */
    {"hooks.slack.com/", PATH, 20, AT_LEAST, SECRET_SLACK_TOKEN},
    {"hvb.", URL_SAFE, 24, AT_LEAST, SECRET_TOKEN}, /* HashiCorp Vault */
    {"hvs.", URL_SAFE, 24, AT_LEAST, SECRET_TOKEN},
    {"key-", HEX, 32, EXACT, SECRET_API_KEY},          /* Mailgun */
    {"lin_api_", ALNUM, 30, AT_LEAST, SECRET_API_KEY}, /* Linear */
    {"npm_", ALNUM, 30, AT_LEAST, SECRET_NPM_TOKEN},
    {"ntn_", ALNUM, 40, AT_LEAST, SECRET_TOKEN},         /* Notion */
    {"pbkdf2", HASH, 40, MIXED, SECRET_PASSWORD_HASH},   /* Django, Werkzeug */
    {"pscale_tkn_", DOTTED, 30, AT_LEAST, SECRET_TOKEN}, /* PlanetScale */
    {"pul-", HEX, 40, AT_LEAST, SECRET_TOKEN},           /* Pulumi */
    {"pypi-Ag", URL_SAFE, 40, AT_LEAST, SECRET_PYPI_TOKEN},
    {"rk_live_", ALNUM, 10, AT_LEAST, SECRET_STRIPE_KEY},
    {"rk_test_", ALNUM, 10, AT_LEAST, SECRET_STRIPE_KEY},
    {"rubygems_", HEX, 40, AT_LEAST, SECRET_TOKEN},
    {"sbp_", HEX, 40, AT_LEAST, SECRET_TOKEN},          /* Supabase */
    {"scrypt:", HASH, 40, MIXED, SECRET_PASSWORD_HASH}, /* Werkzeug */
    {"secret_", ALNUM, 40, MIXED, SECRET_TOKEN},        /* Notion, old */
    {"shpat_", HEX, 32, AT_LEAST, SECRET_TOKEN},        /* Shopify */
    {"shpca_", HEX, 32, AT_LEAST, SECRET_TOKEN},
    {"shppa_", HEX, 32, AT_LEAST, SECRET_TOKEN},
    {"shpss_", HEX, 32, AT_LEAST, SECRET_TOKEN},
    {"sk-ant-", URL_SAFE, 20, AT_LEAST, SECRET_API_KEY}, /* Anthropic */
    {"sk-proj-", URL_SAFE, 20, MIXED, SECRET_API_KEY},   /* OpenAI */
    {"sk-", URL_SAFE, 20, MIXED, SECRET_API_KEY},        /* OpenAI and many after it */
    {"sk_live_", ALNUM, 10, AT_LEAST, SECRET_STRIPE_KEY},
    {"sk_test_", ALNUM, 10, AT_LEAST, SECRET_STRIPE_KEY},
    {"sntrys_", SCAN_TOKEN, 40, AT_LEAST, SECRET_TOKEN}, /* Sentry */
    {"sq0atp-", URL_SAFE, 20, AT_LEAST, SECRET_TOKEN},   /* Square */
    {"sq0csp-", URL_SAFE, 40, AT_LEAST, SECRET_TOKEN},
    {"whsec_", SCAN_TOKEN, 20, AT_LEAST, SECRET_STRIPE_KEY},
    {"xapp-", URL_SAFE, 20, AT_LEAST, SECRET_SLACK_TOKEN},
    {"xkeysib-", URL_SAFE, 40, AT_LEAST, SECRET_API_KEY}, /* Brevo */
    {"xoxa-", URL_SAFE, 10, AT_LEAST, SECRET_SLACK_TOKEN},
    {"xoxb-", URL_SAFE, 10, AT_LEAST, SECRET_SLACK_TOKEN},
    {"xoxc-", URL_SAFE, 10, AT_LEAST, SECRET_SLACK_TOKEN},
    {"xoxd-", SCAN_TOKEN, 10, AT_LEAST, SECRET_SLACK_TOKEN},
    {"xoxe-", URL_SAFE, 10, AT_LEAST, SECRET_SLACK_TOKEN},
    {"xoxe.", DOTTED, 10, AT_LEAST, SECRET_SLACK_TOKEN},
    {"xoxo-", URL_SAFE, 10, AT_LEAST, SECRET_SLACK_TOKEN},
    {"xoxp-", URL_SAFE, 10, AT_LEAST, SECRET_SLACK_TOKEN},
    {"xoxr-", URL_SAFE, 10, AT_LEAST, SECRET_SLACK_TOKEN},
    {"xoxs-", URL_SAFE, 10, AT_LEAST, SECRET_SLACK_TOKEN},
    {"ya29.", DOTTED, 20, AT_LEAST, SECRET_GOOGLE_KEY},
};

/* Capitals, small letters and digits change places so often in what is random; a name in a few words does
 * not. */
#define MIXED_CHANGES 4

/* So much of a token decides whether it is one: many beginnings in one run must not cost its square. */
#define FORM_BYTES_LOOKED_AT 256

static bool is_form(const Scan *scan, size_t begin, const Form *form)
{
    size_t limit = scan->len - begin > FORM_BYTES_LOOKED_AT ? begin + FORM_BYTES_LOOKED_AT : scan->len;
    size_t end = begin;

    while (end < limit && scan_is(scan->text[end], form->classes))
        end++;
    if (scan->is_cut && end == scan->len && end - begin < form->num_min)
        return end > begin && !form->is_mixed;
    if (form->is_exact &&
        (end - begin != form->num_min || (end < scan->len && scan_is(scan->text[end], SCAN_WORD))))
        return false;
    return end - begin >= form->num_min &&
           (!form->is_mixed || scan_is_mixed(scan->text + begin, end - begin, MIXED_CHANGES));
}

/* Commas and colons are between the parts of a hash, and not in the last one, which a dollar precedes. */
static size_t form_end(const Scan *scan, size_t begin, unsigned classes)
{
    size_t end = scan_run(scan, begin, classes);
    size_t last = end;

    if (!(classes & SCAN_DOLLAR))
        return end;
    while (last > begin && scan->text[last - 1] != '$')
        last--;
    return scan_run(scan, last, SCAN_BASE64 | SCAN_DASH | SCAN_DOT);
}

static size_t match_form(Scan *scan, size_t at, const Form *form)
{
    size_t begin = at + strlen(form->prefix);

    if (!scan_has(scan, at, form->prefix, begin - at) || !is_form(scan, begin, form))
        return 0;
    return scan_add(scan, at, form_end(scan, begin, form->classes), form->kind);
}

static size_t match_custom(Scan *scan, size_t at)
{
    const SecretScanner *scanner = scan->scanner;

    for (size_t i = 0; i < scanner->num_prefixes; i++) {
        const char *prefix = scanner->prefixes[i];
        size_t end;

        if (!scan_has(scan, at, prefix, strlen(prefix)))
            continue;
        end = scan_run(scan, at + strlen(prefix), SCAN_TOKEN);
        if (end - at - strlen(prefix) >= SECRET_CUSTOM_BODY_MIN || (scan->is_cut && end == scan->len))
            return scan_add(scan, at, end, SECRET_CUSTOM);
    }
    return 0;
}

size_t scan_prefix(Scan *scan, size_t at)
{
    const SecretScanner *scanner = scan->scanner;
    unsigned char first = (unsigned char)scan->text[at];
    size_t end = 0;

    for (size_t i = scanner->form_begins[first]; i < scanner->form_begins[first + 1] && !end; i++) {
        if (forms[i].prefix[1] == scan->text[at + 1])
            end = match_form(scan, at, &forms[i]);
    }
    return end ? end : match_custom(scan, at);
}

void scanner_index_forms(SecretScanner *scanner)
{
    size_t form = 0;

    for (size_t byte = 0; byte < 256; byte++) {
        scanner->form_begins[byte] = (uint8_t)form;
        while (form < sizeof(forms) / sizeof(forms[0]) && (unsigned char)forms[form].prefix[0] == byte)
            form++;
    }
    scanner->form_begins[256] = (uint8_t)form;
    for (form = 0; form < sizeof(forms) / sizeof(forms[0]); form++)
        scanner_add_pair(scanner, forms[form].prefix[0], forms[form].prefix[1]);
}

/* ----------------------------------------------------------------------------------------- whole forms */

#define JWT_HEADER_MIN 8 /* of base64 after "eyJ"; {"alg":"x"} has more */
#define JWT_PART_MIN   4

/* RFC 7515 and 7516: two to five parts of base64, the first of which is a JSON object: {" is eyJ. Cookies
 * that Flask signs have the form, too. */
size_t scan_jwt(Scan *scan, size_t at)
{
    size_t end;

    if (at < scan->no_jwt_before || !SCAN_HAS(scan, at, "eyJ"))
        return 0;
    end = scan_run(scan, at + 3, SCAN_BASE64_URL);
    if (scan->is_cut && end == scan->len)
        return scan_add(scan, at, end, SECRET_JWT);
    scan->no_jwt_before = end; /* whatever else begins in this run ends as it does */
    if (end - at < JWT_HEADER_MIN || end == scan->len || scan->text[end] != '.')
        return 0;
    for (int parts = 1; parts < 5 && end < scan->len && scan->text[end] == '.'; parts++) {
        size_t next = scan_run(scan, end + 1, SCAN_BASE64_URL);

        if (parts == 1 && next - end - 1 < JWT_PART_MIN && !(scan->is_cut && next == scan->len))
            return 0;
        end = next;
    }
    return scan_add(scan, at, end, SECRET_JWT);
}

#define PEM_BEGIN     "-----BEGIN "
#define PEM_END       "-----END "
#define PEM_DASHES    "-----"
#define PEM_LABEL_MAX 64

/* RFC 7468, all of them: a certificate is no secret, but nobody reads one. Without its end it goes on to the
 * end of the text. */
size_t scan_pem(Scan *scan, size_t at)
{
    const char *text = scan->text;
    const char *end;
    size_t label;

    if (!SCAN_HAS(scan, at, PEM_BEGIN))
        return 0;
    end = memmem(text + at, scan->len - at, PEM_END, strlen(PEM_END));
    if (!end)
        return scan_add(scan, at, scan->len, SECRET_PEM);
    label = (size_t)(end - text) + strlen(PEM_END);
    end = memmem(text + label, scan->len - label, PEM_DASHES, strlen(PEM_DASHES));
    if (!end || (size_t)(end - text) - label > PEM_LABEL_MAX)
        return scan_add(scan, at, label, SECRET_PEM);
    return scan_add(scan, at, (size_t)(end - text) + strlen(PEM_DASHES), SECRET_PEM);
}

/* The same key without the lines around it: how the base64 of PKCS #1, PKCS #8 and SEC 1 begins. */
static bool is_der(const Scan *scan, size_t at)
{
    return SCAN_HAS(scan, at, "MHcCAQEE") || SCAN_HAS(scan, at, "MIGHAgEAMB") ||
           SCAN_HAS(scan, at, "MC4CAQAwBQYDK2Vw") ||
           (SCAN_HAS(scan, at, "MI") && scan->len - at > 12 &&
            (SCAN_HAS(scan, at + 6, "IBAAK") || SCAN_HAS(scan, at + 6, "IBADAN")));
}

size_t scan_der(Scan *scan, size_t at)
{
    size_t end = at;

    if (!is_der(scan, at))
        return 0;
    for (;;) { /* lines, also with their ends escaped */
        end = scan_run(scan, end, SCAN_BASE64 | SCAN_DOT);
        if (end < scan->len && (scan->text[end] == '\n' || scan->text[end] == '\r'))
            end++;
        else if (SCAN_HAS(scan, end, "\\n") || SCAN_HAS(scan, end, "\\r"))
            end += 2;
        else
            return scan_add(scan, at, end, SECRET_PRIVATE_KEY);
    }
}

/* Modular crypt format: $2b$12$..., $argon2id$v=19$..., $6$... */
size_t scan_crypt(Scan *scan, size_t at)
{
    size_t end;

    if (!SCAN_HAS(scan, at, "$2a$") && !SCAN_HAS(scan, at, "$2b$") && !SCAN_HAS(scan, at, "$2y$") &&
        !SCAN_HAS(scan, at, "$argon2") && !SCAN_HAS(scan, at, "$1$") && !SCAN_HAS(scan, at, "$5$") &&
        !SCAN_HAS(scan, at, "$6$") && !SCAN_HAS(scan, at, "$y$") && !SCAN_HAS(scan, at, "$scrypt$"))
        return 0;
    end = form_end(scan, at, SCAN_BASE64 | SCAN_DASH | SCAN_DOT | SCAN_DOLLAR);
    if (end - at < 30 && !(scan->is_cut && end == scan->len && end - at > 8))
        return 0;
    return scan_add(scan, at, end, SECRET_PASSWORD_HASH);
}

/* 123456789:AA..., at the colon. */
size_t scan_telegram(Scan *scan, size_t at)
{
    size_t end;

    if (!SCAN_HAS(scan, at, ":AA") || at < 8 || !scan_is(scan->text[at - 1], SCAN_DIGIT))
        return 0;
    end = scan_run(scan, at + 1, SCAN_BASE64_URL);
    if (end - at < 33)
        return 0;
    return scan_add(scan, at + 1, end, SECRET_TOKEN);
}

/* --------------------------------------------------------------------------------------- authorization */

/* The value of a base64 digit, or -1. */
static int base64_value(char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A';
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9')
        return byte - '0' + 52;
    if (byte == '+' || byte == '-')
        return 62;
    return byte == '/' || byte == '_' ? 63 : -1;
}

/* Whether base64 says "user:password", or, if it is cut, text that may become that. Only a value that is
 * nothing else may have more than ASCII in it: any word is the base64 of something. */
static bool is_user_and_password(const char *base64, size_t len, bool is_cut, bool is_whole)
{
    unsigned bits = 0;
    unsigned num_bits = 0;

    for (size_t i = 0; i < len; i++) {
        int value = base64_value(base64[i]);
        unsigned byte;

        if (value < 0)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xffff;
        num_bits += 6;
        if (num_bits < 8)
            continue;
        num_bits -= 8;
        byte = bits >> num_bits & 0xff;
        if (byte == ':')
            return true;
        if (byte < 0x20 || (byte >= 0x7f && !is_whole))
            return false;
    }
    return is_cut && len >= 4;
}

/* What is said about a scheme, and is no token. */
static bool is_ordinary_word(const char *text, size_t len)
{
    static const char *const words[] = {"token",  "tokens",        "auth",           "scheme",
                                        "format", "authorization", "authentication", "authenticated"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == len && strncasecmp(words[i], text, len) == 0)
            return true;
    }
    return false;
}

/* Where a token was met. */
typedef struct Place {
    size_t begin;
    size_t end;
    bool is_whole; /* there is nothing but the scheme and the token: the value of a header */
    bool is_cut;   /* the token may go on */
} Place;

static bool is_challenge(const Scan *scan, const Place *place)
{
    return place->end < scan->len && scan->text[place->end - 1] == '=' && scan->text[place->end] == '"';
}

/* As a header's whole value nearly anything, else what does not look like a word. */
static bool is_bearer(const Scan *scan, const Place *place)
{
    size_t len = place->end - place->begin;
    bool has_digit = false;

    if (len == 0 || is_ordinary_word(scan->text + place->begin, len) || is_challenge(scan, place))
        return false;
    for (size_t i = place->begin; i < place->end; i++)
        has_digit |= scan_is(scan->text[i], SCAN_DIGIT);
    return place->is_cut || (place->is_whole && len >= 6) || len >= 20 || (has_digit && len >= 8);
}

static bool is_basic(const Scan *scan, const Place *place)
{
    size_t end = place->end;

    while (end > place->begin && scan->text[end - 1] == '=')
        end--;
    return is_user_and_password(scan->text + place->begin, end - place->begin, place->is_cut,
                                place->is_whole);
}

/* Django REST framework and Elasticsearch; the words are frequent ones. */
static bool is_long_token(const Scan *scan, const Place *place)
{
    return place->end - place->begin >= 20 && is_bearer(scan, place);
}

typedef struct Scheme {
    const char *name; /* lower case */
    bool (*is_secret)(const Scan *scan, const Place *place);
} Scheme;

static const Scheme schemes[] = {
    {"bearer ", is_bearer},
    {"basic ", is_basic},
    {"token ", is_long_token},
    {"apikey ", is_long_token},
};

/* RFC 7235: a scheme, spaces, and what proves who one is. */
size_t scan_authorization(Scan *scan, size_t at)
{
    const Scheme *scheme = NULL;
    Place place;

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]) && !scheme; i++) {
        size_t len = strlen(schemes[i].name);

        if (len < scan->len - at && (scan->text[at + 1] | 0x20) == schemes[i].name[1] &&
            strncasecmp(scan->text + at, schemes[i].name, len) == 0)
            scheme = &schemes[i];
    }
    if (!scheme)
        return 0;
    place.begin = at + strlen(scheme->name);
    while (place.begin < scan->len && scan->text[place.begin] == ' ')
        place.begin++;
    place.end = scan_run(scan, place.begin, SCAN_TOKEN);
    place.is_cut = scan->is_cut && place.end == scan->len;
    place.is_whole = at == 0 && place.end == scan->len;
    return scheme->is_secret(scan, &place) ? scan_add(scan, place.begin, place.end, SECRET_AUTHORIZATION) : 0;
}
