/* Numbers of payment cards. */
#include "broker/privacy/redact_scan.h"

#include <stdio.h>

enum {
    CARD_DIGITS_MIN = 13,
    CARD_DIGITS_MAX = 19,
    CARD_GROUPS_MAX = 5,
    CARD_GROUP_DIGITS_MAX = 6,
};

/* ISO/IEC 7812-1: every second digit from the right is doubled, and the sum of all digits ends with 0. */
static bool has_check_digit(const char *digits, size_t num)
{
    unsigned sum = 0;

    for (size_t i = 0; i < num; i++) {
        unsigned digit = (unsigned)(digits[num - 1 - i] - '0');

        if (i % 2 == 1)
            digit = digit < 5 ? 2 * digit : 2 * digit - 9;
        sum += digit;
    }
    return sum % 10 == 0;
}

/* The first digits of an issuer's numbers, as a range, and how many digits the numbers have. */
typedef struct Issuer {
    unsigned first; /* four digits */
    unsigned last;
    size_t num_min;
    size_t num_max;
} Issuer;

/* The published ranges of issuers, 2024. Maestro's others (50, 56 to 69 with any length from 12) overlap with
 * too much that is no card. */
static const Issuer issuers[] = {
    {2221, 2720, 16, 16}, /* Mastercard */
    {3000, 3059, 14, 14}, /* Diners Club */
    {3400, 3499, 15, 15}, /* American Express */
    {3528, 3589, 16, 19}, /* JCB */
    {3600, 3699, 14, 14}, /* Diners Club */
    {3700, 3799, 15, 15}, /* American Express */
    {3800, 3999, 14, 14}, /* Diners Club */
    {4000, 4999, 16, 16}, /* Visa */
    {4000, 4999, 13, 13}, /* Visa, old */
    {4000, 4999, 19, 19}, /* Visa */
    {5018, 5018, 16, 19}, /* Maestro */
    {5020, 5020, 16, 19}, /* Maestro */
    {5038, 5038, 16, 19}, /* Maestro */
    {5100, 5599, 16, 16}, /* Mastercard */
    {6011, 6011, 16, 19}, /* Discover */
    {6200, 6299, 16, 19}, /* UnionPay */
    {6304, 6304, 16, 19}, /* Maestro */
    {6440, 6599, 16, 19}, /* Discover */
    {6759, 6763, 16, 19}, /* Maestro */
};

static bool is_card(const char *digits, size_t num)
{
    unsigned first;

    if (num < CARD_DIGITS_MIN || num > CARD_DIGITS_MAX)
        return false;
    first = (unsigned)(digits[0] - '0') * 1000 + (unsigned)(digits[1] - '0') * 100 +
            (unsigned)(digits[2] - '0') * 10 + (unsigned)(digits[3] - '0');
    for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
        if (first >= issuers[i].first && first <= issuers[i].last && num >= issuers[i].num_min &&
            num <= issuers[i].num_max)
            return has_check_digit(digits, num);
    }
    return false;
}

bool secret_is_card(uint64_t number)
{
    char digits[24];

    if (number < 1000000000000u) /* 13 digits */
        return false;
    return is_card(digits, (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number));
}

/* A digit after a point or before one belongs to a number with a fraction. */
static bool is_fraction(const Scan *scan, size_t begin, size_t end)
{
    const char *text = scan->text;

    return (begin >= 2 && text[begin - 1] == '.' && scan_is(text[begin - 2], SCAN_DIGIT)) ||
           (end + 1 < scan->len && text[end] == '.' && scan_is(text[end + 1], SCAN_DIGIT));
}

/* Whether groups of so many digits are how a card's number is written. */
static bool is_grouping(const size_t *groups, size_t num)
{
    static const size_t known[][3] = {{4, 6, 5}, {4, 6, 4}};

    for (size_t i = 0; i < 2; i++) {
        if (num == 3 && memcmp(groups, known[i], sizeof known[i]) == 0)
            return true;
    }
    for (size_t i = 0; i < num; i++) {
        if (groups[i] != 4 && !(i == num - 1 && num >= 4 && groups[i] < 4))
            return false;
    }
    return num >= 4;
}

/* Groups of digits with the same separator between all, from @at on. */
typedef struct Groups {
    char digits[CARD_GROUPS_MAX * CARD_GROUP_DIGITS_MAX];
    size_t sizes[CARD_GROUPS_MAX];
    size_t ends[CARD_GROUPS_MAX]; /* in the text */
    size_t num;
} Groups;

static void read_groups(const Scan *scan, size_t at, Groups *ret)
{
    size_t num_digits = 0;
    char separator = '\0';

    ret->num = 0;
    while (ret->num < CARD_GROUPS_MAX) {
        size_t end = scan_run(scan, at, SCAN_DIGIT);

        if (end == at || end - at > CARD_GROUP_DIGITS_MAX ||
            (end < scan->len && scan_is(scan->text[end], SCAN_LETTER)))
            return;
        memcpy(ret->digits + num_digits, scan->text + at, end - at);
        num_digits += end - at;
        ret->sizes[ret->num] = end - at;
        ret->ends[ret->num++] = end;
        if (end == scan->len || (separator && scan->text[end] != separator))
            return;
        separator = scan->text[end];
        at = end + 1;
    }
}

/* "4111 1111 1111 1111", also with the month of its end or its code behind it. */
static size_t scan_groups(Scan *scan, size_t at)
{
    Groups groups;

    read_groups(scan, at, &groups);
    for (size_t num = groups.num; num >= 3; num--) {
        size_t num_digits = 0;

        for (size_t i = 0; i < num; i++)
            num_digits += groups.sizes[i];
        if (is_grouping(groups.sizes, num) && is_card(groups.digits, num_digits))
            return scan_add(scan, at, groups.ends[num - 1], SECRET_CARD);
    }
    return 0;
}

size_t scan_card(Scan *scan, size_t at)
{
    size_t end = scan_run(scan, at, SCAN_DIGIT);

    if (end < scan->len && scan_is(scan->text[end], SCAN_LETTER))
        return 0;
    if (end - at == 4 && end < scan->len && memchr(" -.", scan->text[end], 3))
        return scan_groups(scan, at);
    if (end - at < CARD_DIGITS_MIN || is_fraction(scan, at, end) || !is_card(scan->text + at, end - at))
        return 0;
    return scan_add(scan, at, end, SECRET_CARD);
}
