#include "broker/privacy/redact_name.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "broker/privacy/redact_words.h"
#include "broker/util/cleanup.h"

#define WORDS_MAX     24   /* of one name; what comes before the last ones does not count */
#define SLOTS         2048 /* of the table of words: a power of two, several times their number */
#define MEMORY_SLOTS  1024 /* names that are remembered; a power of two, untuned */
#define MEMORY_BYTES  46   /* of a name that is remembered: nearly all are shorter */
#define PATTERN_BYTES (NAME_BYTES_MAX + WORDS_MAX)

typedef struct Remembered {
    uint8_t len; /* 0: nothing */
    bool is_protected;
    char name[MEMORY_BYTES];
} Remembered;

/* A name or a pattern, written in one style: "db_password", or "*_iban". */
typedef struct Plain {
    char text[PATTERN_BYTES + 1];
    size_t len;
} Plain;

typedef struct Patterns {
    Plain *plain;
    size_t num;
} Patterns;

struct NameRules {
    Patterns protect;
    Patterns allow;
    const Word *slots[SLOTS];
    Remembered memory[MEMORY_SLOTS];
};

/* A word of a name. */
typedef struct Part {
    const char *text;
    size_t len;
    uint32_t meaning; /* 0: none that is known */
} Part;

typedef struct Parts {
    Part parts[WORDS_MAX];
    size_t num;
} Parts;

/* --------------------------------------------------------------------------------------------- hashing */

#define HASH_START 2166136261u /* FNV-1a */

static uint32_t hash_add(uint32_t hash, char byte)
{
    return (hash ^ (uint8_t)byte) * 16777619u;
}

static uint32_t hash_of(const char *text, size_t len)
{
    uint32_t hash = HASH_START;

    for (size_t i = 0; i < len; i++)
        hash = hash_add(hash, text[i]);
    return hash;
}

/* The low bits of FNV know little of the first bytes. */
static size_t slot_of(uint32_t hash, size_t num_slots)
{
    return (hash ^ hash >> 15) & (num_slots - 1);
}

static void add_words(NameRules *rules)
{
    size_t num;
    const Word *words = words_table(&num);

    for (size_t i = 0; i < num; i++) {
        size_t slot = slot_of(hash_of(words[i].text, strlen(words[i].text)), SLOTS);

        while (rules->slots[slot])
            slot = (slot + 1) & (SLOTS - 1);
        rules->slots[slot] = &words[i];
    }
}

/* The meaning of a word whose hash is @hash; 0: it is not known. */
static uint32_t word_meaning(const NameRules *rules, const char *text, size_t len, uint32_t hash)
{
    for (size_t slot = slot_of(hash, SLOTS); rules->slots[slot]; slot = (slot + 1) & (SLOTS - 1)) {
        const Word *word = rules->slots[slot];

        if (strncmp(word->text, text, len) == 0 && word->text[len] == '\0')
            return word->meaning;
    }
    return 0;
}

/* ---------------------------------------------------------------------------------- one style for all */

static bool is_upper(char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool is_lower(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (unsigned char)byte >= 0x80;
}

/* Whether a word begins at @name[i], a letter: after what is no letter, at a hump, and at the last capital of
 * an abbreviation ("APIKey"). */
static bool is_start(const char *name, size_t len, size_t i)
{
    if (i == 0 || (!is_upper(name[i - 1]) && !is_lower(name[i - 1])))
        return true;
    if (!is_upper(name[i]))
        return false;
    return is_lower(name[i - 1]) || (i + 1 < len && is_lower(name[i + 1]));
}

/* Whether words part before @name[i], a letter or a star of a pattern. "OAuth" is one word. */
static bool is_parted(const char *name, size_t len, size_t i, bool is_star)
{
    char before = i > 0 ? name[i - 1] : '\0';

    if (is_star)
        return before != '*' && !is_upper(before) && !is_lower(before);
    if (name[i] == 'A' && before == 'O' && (i == 1 || !is_upper(name[i - 2])))
        return false;
    return before != '*' && is_start(name, len, i);
}

/* Digits part words as any other character does, but a star of a pattern stays. */
static void plain_init(Plain *plain, const char *name, size_t len, bool is_pattern)
{
    plain->len = 0;
    for (size_t i = 0; i < len && plain->len + 2 < sizeof plain->text; i++) {
        bool is_star = is_pattern && name[i] == '*';

        if (!is_upper(name[i]) && !is_lower(name[i]) && !is_star)
            continue;
        if (plain->len > 0 && is_parted(name, len, i, is_star))
            plain->text[plain->len++] = '_';
        plain->text[plain->len++] = is_upper(name[i]) ? (char)(name[i] | 0x20) : name[i];
    }
    plain->text[plain->len] = '\0';
}

/* ------------------------------------------------------------------------------------------- patterns */

/* Whether @pattern with its stars matches @text; in time of at most their product. */
static bool glob(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *resume = NULL;

    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool matches_any(const Patterns *patterns, const char *text)
{
    for (size_t i = 0; i < patterns->num; i++) {
        if (glob(patterns->plain[i].text, text))
            return true;
    }
    return false;
}

/* Its words anywhere: a pattern that is protected has a star before and after it, and words begin and end at
 * underscores. */
static bool is_protected_by_user(const NameRules *rules, const Plain *plain)
{
    char enclosed[PATTERN_BYTES + 3];

    if (rules->protect.num == 0)
        return false;
    enclosed[0] = '_';
    memcpy(enclosed + 1, plain->text, plain->len);
    enclosed[plain->len + 1] = '_';
    enclosed[plain->len + 2] = '\0';
    return matches_any(&rules->protect, enclosed);
}

static int add_pattern(Patterns *patterns, const char *text, bool is_anywhere)
{
    Plain *plain = &patterns->plain[patterns->num];
    Plain inner;

    if (strlen(text) > NAME_BYTES_MAX)
        return -EINVAL;
    plain_init(&inner, text, strlen(text), true);
    if (strspn(inner.text, "*_") == inner.len || inner.len + 4 >= sizeof plain->text)
        return -EINVAL;
    if (!is_anywhere) {
        *plain = inner;
    } else {
        memcpy(plain->text, "*_", 2);
        memcpy(plain->text + 2, inner.text, inner.len);
        memcpy(plain->text + 2 + inner.len, "_*", 3);
        plain->len = inner.len + 4;
    }
    patterns->num++;
    return 0;
}

static int patterns_init(Patterns *patterns, char *const *texts, bool is_anywhere)
{
    size_t num = 0;
    int result = 0;

    while (texts && texts[num])
        num++;
    if (num > NAME_NUM_PATTERNS_MAX)
        return -EINVAL;
    patterns->plain = calloc(num + 1, sizeof *patterns->plain);
    if (!patterns->plain)
        return -ENOMEM;
    for (size_t i = 0; i < num && result == 0; i++)
        result = add_pattern(patterns, texts[i], is_anywhere);
    return result;
}

/* ---------------------------------------------------------------------------------------------- words */

static void add_part(Parts *parts, const char *text, size_t len, uint32_t meaning)
{
    if (parts->num == WORDS_MAX) /* the end of a name says what it is */
        memmove(parts->parts, parts->parts + 1, --parts->num * sizeof parts->parts[0]);
    parts->parts[parts->num++] = (Part){text, len, meaning};
}

/* Takes a word apart that is several of the table, written as one ("secretaccesskey"): @ends[i] is where the
 * word ends that begins at i, on a way to the end; 0: there is none. The longest comes first. */
static bool find_ends(const NameRules *rules, const char *text, size_t len, uint8_t *ends)
{
    memset(ends, 0, len + 1);
    for (size_t start = len; start-- > 0;) {
        uint32_t hash = HASH_START;

        for (size_t end = start + 1; end <= len && end <= start + WORD_BYTES_MAX; end++) {
            hash = hash_add(hash, text[end - 1]);
            if (end - start >= 2 && (end == len || ends[end]) &&
                word_meaning(rules, text + start, end - start, hash))
                ends[start] = (uint8_t)end;
        }
    }
    return ends[0] != 0;
}

/* Whether some of the words that it is made of can protect, so that it is worth being taken apart. */
static bool add_joined(const NameRules *rules, Parts *parts, const char *text, size_t len)
{
    uint8_t ends[NAME_BYTES_MAX + 1];
    Parts found = {.num = 0};
    uint32_t meanings = 0;

    if (len < 4 || len > NAME_BYTES_MAX || !find_ends(rules, text, len, ends))
        return false;
    for (size_t start = 0; start < len; start = ends[start]) {
        size_t size = ends[start] - start;
        uint32_t meaning = word_meaning(rules, text + start, size, hash_of(text + start, size));

        meanings |= meaning;
        add_part(&found, text + start, size, meaning);
    }
    if (!(meanings & WORD_IS_PROTECTING))
        return false;
    for (size_t i = 0; i < found.num; i++)
        add_part(parts, found.parts[i].text, found.parts[i].len, found.parts[i].meaning);
    return true;
}

static void add_word(const NameRules *rules, Parts *parts, const char *text, size_t len)
{
    uint32_t meaning = word_meaning(rules, text, len, hash_of(text, len));

    if (!meaning && add_joined(rules, parts, text, len))
        return;
    add_part(parts, text, len, meaning ? meaning : word_ending(text, len));
}

static void parts_init(const NameRules *rules, const Plain *plain, Parts *parts)
{
    parts->num = 0;
    for (size_t start = 0; start < plain->len;) {
        size_t len = strcspn(plain->text + start, "_");

        if (len > 0)
            add_word(rules, parts, plain->text + start, len);
        start += len + 1;
    }
}

/* -------------------------------------------------------------------------------------------- judgement */

static uint32_t meaning_at(const Parts *parts, size_t i)
{
    return i < parts->num ? parts->parts[i].meaning : 0; /* i may be -1 of a size_t */
}

static bool is_after(const Parts *parts, size_t i, uint32_t meaning)
{
    return i > 0 && (meaning_at(parts, i - 1) & meaning);
}

/* Tokens of a text, or a number of them. */
static bool is_counted(const Parts *parts, size_t i)
{
    return (meaning_at(parts, 0) & WORD_QUANTITY) ||
           ((meaning_at(parts, i + 1) | (i > 0 ? meaning_at(parts, i - 1) : 0)) &
            (WORD_QUANTITY | WORD_OF_TEXT));
}

static bool begins_pair(const Parts *parts, size_t i)
{
    const Part *first = &parts->parts[i];

    return i + 1 < parts->num && words_are_secret(first->text, first->len, first[1].text, first[1].len);
}

static bool part_protects(const Parts *parts, size_t i)
{
    uint32_t meaning = parts->parts[i].meaning;
    bool is_last = i + 1 == parts->num;

    return (meaning & WORD_SECRET) || ((meaning & WORD_TOKEN) && !is_counted(parts, i)) ||
           ((meaning & WORD_KEY) && is_after(parts, i, WORD_KEYED)) ||
           ((meaning & WORD_PASS) && is_last && (i == 0 || is_after(parts, i, WORD_PASSED))) ||
           ((meaning & WORD_LAST) && is_last) || ((meaning & WORD_CODE) && is_after(parts, i, WORD_CODED)) ||
           ((meaning & WORD_PAIR) && begins_pair(parts, i));
}

static bool has_store(const Parts *parts)
{
    for (size_t i = 0; i + 1 < parts->num; i++) {
        if (parts->parts[i].meaning & WORD_STORE)
            return true;
    }
    return false;
}

static bool parts_protect(const Parts *parts)
{
    uint32_t last = parts->num > 0 ? parts->parts[parts->num - 1].meaning : 0;

    if (parts->num > 1 && (parts->parts[0].meaning & WORD_FLAG))
        return false;
    if ((last & WORD_URL) && has_store(parts))
        return true;
    if (parts->num > 1 && (last & WORD_PLAIN))
        return false;
    for (size_t i = 0; i < parts->num; i++) {
        if (part_protects(parts, i))
            return true;
    }
    return false;
}

static bool judge(const NameRules *rules, const char *name, size_t len)
{
    Plain plain;
    Parts parts;

    if (len > NAME_BYTES_MAX) {
        name += len - NAME_BYTES_MAX;
        len = NAME_BYTES_MAX;
    }
    plain_init(&plain, name, len, false);
    if (plain.len < 2 || matches_any(&rules->allow, plain.text))
        return false;
    if (is_protected_by_user(rules, &plain))
        return true;
    parts_init(rules, &plain, &parts);
    return parts_protect(&parts);
}

bool name_is_protected(NameRules *rules, const void *name, size_t len)
{
    Remembered *remembered;

    if (len < 2)
        return false;
    if (len > MEMORY_BYTES)
        return judge(rules, name, len);
    remembered = &rules->memory[slot_of(hash_of(name, len), MEMORY_SLOTS)];
    if (remembered->len != len || memcmp(remembered->name, name, len) != 0) {
        remembered->is_protected = judge(rules, name, len);
        remembered->len = (uint8_t)len;
        memcpy(remembered->name, name, len);
    }
    return remembered->is_protected;
}

/* ------------------------------------------------------------------------------------------------ life */

NameRules *name_rules_free(NameRules *rules)
{
    if (!rules)
        return NULL;
    free(rules->protect.plain);
    free(rules->allow.plain);
    free(rules);
    return NULL;
}

static void cleanup_rules(NameRules **rules)
{
    (void)name_rules_free(*rules);
}

int name_rules_new(char *const *protect, char *const *allow, NameRules **ret)
{
    CLEANUP(cleanup_rules) NameRules *rules = calloc(1, sizeof *rules);
    int result;

    if (!rules)
        return -ENOMEM;
    result = patterns_init(&rules->protect, protect, true);
    if (result == 0)
        result = patterns_init(&rules->allow, allow, false);
    if (result < 0)
        return result;
    add_words(rules);
    *ret = TAKE(rules);
    return 0;
}
