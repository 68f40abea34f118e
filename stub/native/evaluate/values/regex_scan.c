#include "stub/native/compat.h"

#include "stub/native/evaluate/values/regex_scan.h"

bool regex_scan_refuse(RegexScan *scan, const char *what)
{
    if (!scan->run->outcome)
        (void)run_refuse_act(scan->run, "uses a pattern with %s", what);
    return false;
}

bool regex_scan_check_case(RegexScan *scan, Py_UCS4 c)
{
    return c < 128 || !(scan->regex->flags & REGEX_IGNORECASE) ||
           regex_scan_refuse(scan, "characters beyond ASCII whose case is ignored");
}

/* ---------------------------------------------------------------------------------------------- escapes */

static int digit_of(Py_UCS4 c, int base)
{
    int value = c >= '0' && c <= '9'   ? (int)(c - '0')
                : c >= 'a' && c <= 'f' ? (int)(c - 'a') + 10
                : c >= 'A' && c <= 'F' ? (int)(c - 'A') + 10
                                       : 99;

    return value < base ? value : -1;
}

static bool take_hexadecimal(RegexScan *scan, int num_digits, Py_UCS4 *ret_character)
{
    uint64_t value = 0;

    for (int i = 0; i < num_digits; i++) {
        int digit = digit_of(regex_scan_peek(scan, 0), 16);

        if (digit < 0)
            return regex_scan_refuse(scan, "an incomplete escape");
        value = value * 16 + (unsigned)digit;
        scan->next++;
    }
    if (value > 0x10ffff)
        return regex_scan_refuse(scan, "an escape of no character");
    *ret_character = (Py_UCS4)value;
    return true;
}

/* `\0` and two more, in a set any three. */
static bool take_octal(RegexScan *scan, Py_UCS4 first, bool is_in_set, Py_UCS4 *ret_character)
{
    Py_UCS4 value = first - '0';

    if (!is_in_set && first != '0')
        return regex_scan_refuse(scan, "a reference to a group");
    for (int i = 0; i < 2 && digit_of(regex_scan_peek(scan, 0), 8) >= 0; i++)
        value = value * 8 + (Py_UCS4)digit_of(PyUnicode_READ_CHAR(scan->pattern, scan->next++), 8);
    if (first > '7' || value > 0377)
        return regex_scan_refuse(scan, "an escape of no character");
    *ret_character = value;
    return true;
}

static uint8_t class_of(Py_UCS4 c)
{
    switch (c) {
    case 'd':
        return REGEX_DIGIT;
    case 'D':
        return REGEX_NO_DIGIT;
    case 's':
        return REGEX_SPACE;
    case 'S':
        return REGEX_NO_SPACE;
    case 'w':
        return REGEX_WORD;
    case 'W':
        return REGEX_NO_WORD;
    default:
        return 0;
    }
}

bool regex_scan_escape(RegexScan *scan, bool is_in_set, RegexEscape *ret_escape)
{
    static const char letters[] = "abfnrtv";
    static const char values[] = "\a\b\f\n\r\t\v";
    Py_UCS4 c = regex_scan_peek(scan, 0);
    const char *letter = c < 128 && c ? strchr(letters, (int)c) : NULL;

    if (c == REGEX_SCAN_END)
        return regex_scan_refuse(scan, "an incomplete escape");
    scan->next++;
    *ret_escape = (RegexEscape){class_of(c), c};
    if (ret_escape->classes)
        return true;
    if (letter && (c != 'b' || is_in_set)) {
        ret_escape->character = (Py_UCS4)values[letter - letters];
        return true;
    }
    if (c == 'x' || c == 'u' || c == 'U')
        return take_hexadecimal(scan, c == 'x' ? 2 : c == 'u' ? 4 : 8, &ret_escape->character);
    if (c >= '0' && c <= '9')
        return take_octal(scan, c, is_in_set, &ret_escape->character);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return regex_scan_refuse(scan, "an escape that is not known");
    return true;
}

/* ------------------------------------------------------------------------------------------------- sets */

static RegexSet *add_set(RegexScan *scan, int *ret_set)
{
    Regex *regex = scan->regex;
    RegexSet *set = &regex->sets[regex->num_sets];

    if (regex->num_sets >= REGEX_SETS_MAX) {
        (void)regex_scan_refuse(scan, "too many sets");
        return NULL;
    }
    memset(set, 0, sizeof(*set));
    set->first_range = (uint16_t)regex->num_ranges;
    *ret_set = regex->num_sets++;
    return set;
}

bool regex_scan_class(RegexScan *scan, uint8_t classes, int *ret_set)
{
    RegexSet *set = add_set(scan, ret_set);

    if (set)
        set->classes = classes;
    return set != NULL;
}

static bool add_range(RegexScan *scan, RegexSet *set, Py_UCS4 first, Py_UCS4 last)
{
    Regex *regex = scan->regex;

    if (!regex_scan_check_case(scan, last))
        return false;
    for (Py_UCS4 c = first; c <= last && c < 256; c++) {
        Py_UCS4 lower = regex->flags & REGEX_IGNORECASE && c >= 'A' && c <= 'Z' ? c + 32 : c;

        set->latin[lower / 32] |= 1u << lower % 32;
    }
    if (last < 256)
        return true;
    if (regex->num_ranges >= REGEX_RANGES_MAX)
        return regex_scan_refuse(scan, "too many sets");
    regex->ranges[regex->num_ranges++] = (RegexRange){first, last};
    set->num_ranges++;
    return true;
}

/* One character or class of a set. Python warns of what may mean something else one day, and warnings may be
 * made errors. */
static bool take_member(RegexScan *scan, RegexEscape *ret_member)
{
    Py_UCS4 c = regex_scan_peek(scan, 0);

    if (c == REGEX_SCAN_END)
        return regex_scan_refuse(scan, "a set that does not end");
    if (c == '[' || (regex_scan_peek(scan, 1) == c && (c == '-' || c == '&' || c == '~' || c == '|')))
        return regex_scan_refuse(scan, "a set that Python warns of");
    scan->next++;
    *ret_member = (RegexEscape){0, c};
    return c != '\\' || regex_scan_escape(scan, true, ret_member);
}

static bool take_item(RegexScan *scan, RegexSet *set)
{
    RegexEscape first, last;

    if (!take_member(scan, &first))
        return false;
    set->classes |= first.classes;
    if (regex_scan_peek(scan, 0) != '-' || regex_scan_peek(scan, 1) == ']')
        return first.classes || add_range(scan, set, first.character, first.character);
    if (regex_scan_peek(scan, 1) == '-')
        return regex_scan_refuse(scan, "a set that Python warns of");
    scan->next++;
    if (!take_member(scan, &last))
        return false;
    if (first.classes || last.classes || first.character > last.character)
        return regex_scan_refuse(scan, "a range that is none");
    return add_range(scan, set, first.character, last.character);
}

bool regex_scan_set(RegexScan *scan, int *ret_set)
{
    RegexSet *set = add_set(scan, ret_set);

    if (!set)
        return false;
    set->is_negated = regex_scan_take(scan, '^');
    do {
        if (!take_item(scan, set))
            return false;
    } while (!regex_scan_take(scan, ']'));
    return true;
}
