/* Secrets that a text names itself: password=..., {"password": "..."}, X-Api-Key: ..., and the password of a
 * URL. */
#include "broker/privacy/redact_scan.h"

#include <strings.h>

static bool is_one_of(char byte, const char *set)
{
    return byte && strchr(set, byte);
}

/* ------------------------------------------------------------------------------------------------- URLs */

#define PASSWORD_BYTES_MAX 256 /* of one that has characters which a URL would encode; untuned */
#define USER_TOKEN_MIN     20  /* a user's name so long, without a password, is a token */

/* Where the part of a URL ends that names user and host. A password may have what a URL would encode: "?" and
 * "#" are part of it if no port stands before them and an "@" comes after. */
static size_t authority_end(const Scan *scan, size_t begin)
{
    size_t end = begin;
    size_t query = 0;
    size_t last_at = 0;
    size_t colon = 0;

    for (; end < scan->len && !is_one_of(scan->text[end], "/\"'<>\\ \t\r\n"); end++) {
        char byte = scan->text[end];

        if (byte == ':' && !colon)
            colon = end;
        else if (byte == '@')
            last_at = end;
        else if ((byte == '?' || byte == '#') && !query)
            query = end;
        if (query == end && query > 0 && (!colon || scan_run(scan, colon + 1, SCAN_DIGIT) == query))
            return query;
    }
    return query > last_at ? query : end;
}

static const char *find(const Scan *scan, size_t begin, size_t end, char byte)
{
    return memchr(scan->text + begin, byte, end - begin);
}

/* The last '@', for a password may have one. */
static size_t last_at(const Scan *scan, size_t begin, size_t end)
{
    while (end > begin && scan->text[end - 1] != '@')
        end--;
    return end; /* after it; @begin: there is none */
}

/* "user:p/ss@host": after the colon is no port, so that the '@' that follows is the end of a password. */
static size_t odd_password_end(const Scan *scan, size_t password, size_t end)
{
    size_t digits = scan_run(scan, password, SCAN_DIGIT);
    size_t limit = scan->len - password > PASSWORD_BYTES_MAX ? password + PASSWORD_BYTES_MAX : scan->len;

    if (digits == end)
        return 0;
    for (size_t i = end; i < limit && !is_one_of(scan->text[i], " \t\r\n\"'<>"); i++) {
        if (scan->text[i] == '@')
            return i;
    }
    return 0;
}

size_t scan_url(Scan *scan, size_t at)
{
    size_t user = at + 3;
    size_t password;
    size_t after; /* the '@' */
    size_t end;
    const char *colon;

    if (!SCAN_HAS(scan, at, "://"))
        return 0;
    end = authority_end(scan, user);
    after = last_at(scan, user, end);
    colon = find(scan, user, after > user ? after - 1 : end, ':');
    password = colon ? (size_t)(colon - scan->text) + 1 : 0;
    if (after > user && colon)
        return password < after - 1 ? scan_add(scan, password, after - 1, SECRET_URL_PASSWORD) : after;
    if (after > user)
        return after - 1 - user >= USER_TOKEN_MIN ? scan_add(scan, user, after - 1, SECRET_URL_PASSWORD) : 0;
    if (!colon || scan->text[user] == '[') /* an IPv6 address */
        return 0;
    if (scan->is_cut && end == scan->len)
        return password < end ? scan_add(scan, password, end, SECRET_URL_PASSWORD) : 0;
    after = odd_password_end(scan, password, end);
    return after ? scan_add(scan, password, after, SECRET_URL_PASSWORD) : 0;
}

/* ---------------------------------------------------------------------------------------------- settings */

#define NAME_MAX_BYTES 64
#define SPACES_MAX     4
#define MARKER         "<redacted: "
#define SIGNATURE_MIN  20 /* a shorter one is something else that is called so */

/* The name before '=' or ':', and where the value is. */
typedef struct Setting {
    size_t at; /* the '=' or ':' */
    size_t name;
    size_t name_len;
    bool is_quoted; /* the name */
} Setting;

static bool is_name_byte(char byte)
{
    return scan_is(byte, SCAN_WORD | SCAN_DASH) || byte == '.';
}

static size_t skip_spaces_back(const Scan *scan, size_t at)
{
    for (int i = 0; i < SPACES_MAX && at > 0 && scan->text[at - 1] == ' '; i++)
        at--;
    return at;
}

static size_t skip_spaces(const Scan *scan, size_t at)
{
    for (int i = 0; i < SPACES_MAX && at < scan->len && (scan->text[at] == ' ' || scan->text[at] == '\t');
         i++)
        at++;
    return at;
}

static bool is_quote(char byte)
{
    return byte == '"' || byte == '\'';
}

static bool find_name(const Scan *scan, size_t at, Setting *ret)
{
    size_t end = skip_spaces_back(scan, at);
    size_t begin;

    ret->at = at;
    ret->is_quoted = end > 0 && is_quote(scan->text[end - 1]);
    if (ret->is_quoted)
        end--;
    if (ret->is_quoted && end > 0 && scan->text[end - 1] == '\\')
        end--; /* JSON in a JSON string */
    begin = end;
    while (begin > 0 && end - begin < NAME_MAX_BYTES && is_name_byte(scan->text[begin - 1]))
        begin--;
    ret->name = begin;
    ret->name_len = end - begin;
    return end - begin >= 2 && !scan_is(scan->text[begin], SCAN_DIGIT);
}

/* "Set-Cookie", "db_password", "apiKey": nobody writes a sentence so. */
static bool is_identifier(const Scan *scan, const Setting *setting)
{
    for (size_t i = 0; i < setting->name_len; i++) {
        if (scan_is(scan->text[setting->name + i], SCAN_UPPER | SCAN_DASH))
            return true;
    }
    return false;
}

/* "token: value" without quotes is a sentence, unless it begins a line or is in a list of such. */
static bool is_in_list(const Scan *scan, const Setting *setting)
{
    size_t before = setting->name;

    while (before > 0 && (scan->text[before - 1] == ' ' || scan->text[before - 1] == '\t'))
        before--;
    return before == 0 || is_one_of(scan->text[before - 1], "\n\r{,;[(|") ||
           (before >= 2 && scan->text[before - 2] == '\\' && is_one_of(scan->text[before - 1], "nr"));
}

static bool is_signature(const Scan *scan, const Setting *setting)
{
    static const char *const endings[] = {"signature", "sig", "awsaccesskeyid"};
    const char *end = scan->text + setting->name + setting->name_len;

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t len = strlen(endings[i]);

        if (setting->name_len >= len && strncasecmp(end - len, endings[i], len) == 0)
            return true;
    }
    return false;
}

/* A quoted value: up to the same quote, which a backslash before both may stand before. */
static size_t quoted_end(const Scan *scan, size_t begin, char quote, bool is_escaped)
{
    for (size_t i = begin; i < scan->len; i++) {
        if (scan->text[i] == '\\' && is_escaped && i + 1 < scan->len && scan->text[i + 1] == quote)
            return i;
        if (scan->text[i] == '\\')
            i++;
        else if (scan->text[i] == quote && !is_escaped)
            return i;
    }
    return scan->len;
}

/* A container that is written out: up to its closing bracket. */
static size_t bracket_end(const Scan *scan, size_t begin)
{
    size_t depth = 0;

    for (size_t i = begin; i < scan->len; i++) {
        if (is_one_of(scan->text[i], "{[("))
            depth++;
        else if (is_one_of(scan->text[i], "}])") && --depth == 0)
            return i + 1;
    }
    return scan->len;
}

static size_t bare_end(const Scan *scan, const Setting *setting, size_t begin)
{
    const char *stop = "&;,|<>\"'`)]} \t\r\n";
    size_t end = begin;

    if (scan->text[setting->at] == ':')
        stop = setting->is_quoted ? ",}])\r\n" : "\r\n";
    while (end < scan->len && !is_one_of(scan->text[end], stop))
        end++;
    return end;
}

/* What is no secret whatever it is called. */
static bool is_harmless(const Scan *scan, size_t begin, size_t end)
{
    static const char *const words[] = {"none", "null", "nil", "true", "false", "undefined"};

    while (end > begin && scan->text[end - 1] == ' ')
        end--;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (end - begin == strlen(words[i]) && strncasecmp(scan->text + begin, words[i], end - begin) == 0)
            return true;
    }
    for (size_t i = begin; i < end; i++) {
        if (scan->text[i] != '*')
            return false;
    }
    return true; /* nothing, or stars */
}

/* The value of a name that is protected; *ret_begin is where it begins. What is redacted already has none. */
static size_t value_end(const Scan *scan, const Setting *setting, size_t *ret_begin)
{
    size_t begin = skip_spaces(scan, setting->at + 1);
    bool is_escaped;

    *ret_begin = begin;
    if (begin + 1 < scan->len && is_one_of(scan->text[begin], "bBrRuU") && is_quote(scan->text[begin + 1]))
        begin++; /* the repr of bytes */
    if (begin >= scan->len || SCAN_HAS(scan, begin, MARKER) || SCAN_HAS(scan, begin + 1, MARKER)) {
        *ret_begin = begin;
        return begin;
    }
    is_escaped = scan->text[begin] == '\\' && begin + 1 < scan->len && is_quote(scan->text[begin + 1]);
    if (is_escaped)
        begin++;
    if (is_quote(scan->text[begin])) {
        *ret_begin = begin + 1;
        return quoted_end(scan, begin + 1, scan->text[begin], is_escaped);
    }
    if (is_one_of(scan->text[begin], "{[("))
        return bracket_end(scan, begin);
    return bare_end(scan, setting, begin);
}

static size_t scan_signature(Scan *scan, size_t at)
{
    size_t end = at + 1;

    while (end < scan->len && (scan_is(scan->text[end], SCAN_TOKEN) || scan->text[end] == '%'))
        end++;
    return end - at > SIGNATURE_MIN ? scan_add(scan, at + 1, end, SECRET_SIGNATURE) : 0;
}

size_t scan_setting(Scan *scan, size_t at)
{
    Setting setting;
    size_t begin;
    size_t end;

    if (at + 1 >= scan->len || scan->text[at + 1] == '=' || !find_name(scan, at, &setting))
        return 0;
    if (scan->text[at] == ':' && !setting.is_quoted && !is_identifier(scan, &setting) &&
        !is_in_list(scan, &setting))
        return 0;
    if (scan->text[at] == '=' && is_signature(scan, &setting))
        return scan_signature(scan, at);
    if (!name_is_protected(scan->names, scan->text + setting.name, setting.name_len))
        return 0;
    end = value_end(scan, &setting, &begin);
    return is_harmless(scan, begin, end) ? 0 : scan_add(scan, begin, end, SECRET_NAME);
}
