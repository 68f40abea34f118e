#include "stub/native/compat.h"

#include "stub/native/visibility.h"

#include <stdlib.h>

#include "stub/native/layout.h"

/* A type with a longer name is one whose name is not known. */
#define NAME_BYTES_MAX 1024

/* The last answers, by type. A power of two; more types than this in one capture are asked about anew. */
#define CACHE_SLOTS 128

static const char NOTHING_IS_VISIBLE[] = "Could not process debugger config: out of memory";
static const char UNKNOWN_TYPE[] = "could not determine type";
static const char BLACKLISTED[] = "blacklisted by config";
static const char NOT_WHITELISTED[] = "not whitelisted by config";

typedef struct Patterns {
    char **texts;
    size_t count;
} Patterns;

static struct {
    bool is_restricted;
    char *error; /* owned; NULL: none */
    bool is_out_of_memory;
    Patterns blacklist;
    Patterns whitelist;

    PyTypeObject *types[CACHE_SLOTS]; /* borrowed, for comparison, for as long as a capture lasts */
    const char *refusals[CACHE_SLOTS];
} visibility;

/* ------------------------------------------------------------------------------------------------------
 * globs
 */

/* The next character; the text has one. Of what is no UTF-8 each byte is a character. */
static unsigned next_char(const char **text)
{
    const unsigned char *bytes = (const unsigned char *)*text;
    int num_more = bytes[0] >= 0xF0 ? 3 : bytes[0] >= 0xE0 ? 2 : bytes[0] >= 0xC0 ? 1 : 0;
    unsigned character = num_more == 3 ? bytes[0] & 7u : num_more == 2 ? bytes[0] & 15u : bytes[0] & 31u;

    for (int i = 1; i <= num_more; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            num_more = 0;
            break;
        }
        character = character << 6 | (bytes[i] & 63u);
    }
    *text += num_more + 1;
    return num_more > 0 ? character : bytes[0];
}

/* Where the set that begins behind @pattern's "[" ends, at its "]"; NULL: it has none. */
static const char *end_of_set(const char *pattern)
{
    if (*pattern == '!')
        pattern++;
    if (*pattern == ']')
        pattern++;
    return strchr(pattern, ']');
}

static bool is_in_set(unsigned character, const char *set, const char *end)
{
    bool is_negated = *set == '!';
    bool is_found = false;

    set += is_negated;
    while (set < end) {
        unsigned first = next_char(&set);
        unsigned last = first;

        if (set + 1 < end && *set == '-') {
            set++;
            last = next_char(&set);
        }
        is_found |= character >= first && character <= last;
    }
    return is_found != is_negated;
}

/* Whether one character is what the pattern begins with, which is no "*"; moves past it. */
static bool match_one(unsigned character, const char **pattern)
{
    const char *end = **pattern == '[' ? end_of_set(*pattern + 1) : NULL;

    if (end) {
        bool is_in = is_in_set(character, *pattern + 1, end);

        *pattern = end + 1;
        return is_in;
    }

    unsigned expected = next_char(pattern);

    return expected == '?' || expected == character;
}

bool visibility_matches(const char *text, const char *pattern)
{
    const char *after_star = NULL; /* of the pattern: from here on again, */
    const char *retry = NULL;      /* with what is behind this place of the text */

    while (*text) {
        const char *next_text = text;
        const char *next_pattern = pattern;

        if (*pattern == '*') {
            after_star = ++pattern;
            retry = text;
            continue;
        }
        if (*pattern && match_one(next_char(&next_text), &next_pattern)) {
            text = next_text;
            pattern = next_pattern;
            continue;
        }
        if (!after_star)
            return false;
        (void)next_char(&retry);
        text = retry;
        pattern = after_star;
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* -------------------------------------------------------------------------------------------------- patterns
 */

static void free_patterns(Patterns *patterns)
{
    for (size_t i = 0; i < patterns->count; i++)
        free(patterns->texts[i]);
    free(patterns->texts);
    *patterns = (Patterns){0};
}

static void copy_patterns(Patterns *patterns, char *const *texts, size_t count)
{
    patterns->texts = calloc(count + 1, sizeof(*patterns->texts));
    visibility.is_out_of_memory |= !patterns->texts;
    for (size_t i = 0; patterns->texts && i < count; i++) {
        char *copy = strdup(texts[i]);

        if (copy)
            patterns->texts[patterns->count++] = copy;
        visibility.is_out_of_memory |= !copy;
    }
}

static bool any_matches(const Patterns *patterns, const char *name)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (visibility_matches(name, patterns->texts[i]))
            return true;
    }
    return false;
}

void visibility_set(const Snapshot__Visibility *message)
{
    free_patterns(&visibility.blacklist);
    free_patterns(&visibility.whitelist);
    free(visibility.error);
    visibility.error = NULL;
    visibility.is_out_of_memory = false;
    visibility.is_restricted = message && message->is_restricted;
    visibility_refresh();
    if (!visibility.is_restricted)
        return;
    if (message->error && message->error[0]) {
        visibility.error = strdup(message->error);
        visibility.is_out_of_memory |= !visibility.error;
    }
    copy_patterns(&visibility.blacklist, message->blacklist, message->n_blacklist);
    copy_patterns(&visibility.whitelist, message->whitelist, message->n_whitelist);
}

/* --------------------------------------------------------------------------------------------------
 * decisions
 */

static const char *decide(PyTypeObject *type)
{
    char name[NAME_BYTES_MAX];
    size_t len_bytes = type_name(type, TYPE_NAME_MODULE, name, sizeof(name));

    if (len_bytes == 0 || len_bytes == sizeof(name))
        return UNKNOWN_TYPE;
    name[len_bytes] = '\0';
    if (any_matches(&visibility.blacklist, name))
        return BLACKLISTED;
    return any_matches(&visibility.whitelist, name) ? NULL : NOT_WHITELISTED;
}

void visibility_refresh(void)
{
    if (visibility.is_restricted)
        memset(visibility.types, 0, sizeof(visibility.types));
}

bool visibility_is_restricted(void)
{
    return visibility.is_restricted;
}

const char *visibility_refusal(PyTypeObject *type)
{
    size_t slot = ((uintptr_t)type >> 4 ^ (uintptr_t)type >> 11) % CACHE_SLOTS;

    if (!visibility.is_restricted)
        return NULL;
    if (visibility.is_out_of_memory)
        return NOTHING_IS_VISIBLE;
    if (visibility.error)
        return visibility.error;
    if (visibility.types[slot] != type) {
        visibility.refusals[slot] = decide(type);
        visibility.types[slot] = type;
    }
    return visibility.refusals[slot];
}
