#include "stub/native/compat.h"

#include "stub/native/evaluate/values/regex_scan.h"

#define DEPTH_MAX 30
#define NO_LIMIT  INT_MAX

/* Each part leaves its instructions at the end of the program. What it tells: whether it always takes a
 * character. */
typedef struct Part {
    bool takes_some;
} Part;

static bool parse_alternatives(RegexScan *scan, int depth, Part *ret_part);

/* ---------------------------------------------------------------------------------------------- program */

static bool emit(RegexScan *scan, RegexCode code, int operand, int other)
{
    Regex *regex = scan->regex;

    if (regex->count >= REGEX_INSTRUCTIONS_MAX)
        return regex_scan_refuse(scan, "too many parts");
    regex->instructions[regex->count++] = (RegexInstruction){(uint8_t)code, (int16_t)other, operand};
    return true;
}

static bool insert(RegexScan *scan, int at, RegexCode code, int operand, int other)
{
    Regex *regex = scan->regex;
    RegexInstruction *place = &regex->instructions[at];

    if (!emit(scan, code, operand, other))
        return false;
    memmove(place + 1, place, (size_t)(regex->count - 1 - at) * sizeof(*place));
    *place = (RegexInstruction){(uint8_t)code, (int16_t)other, operand};
    return true;
}

static bool copy(RegexScan *scan, int first, int length)
{
    Regex *regex = scan->regex;

    if (length > REGEX_INSTRUCTIONS_MAX - regex->count)
        return regex_scan_refuse(scan, "too many parts");
    memcpy(&regex->instructions[regex->count], &regex->instructions[first],
           (size_t)length * sizeof(regex->instructions[0]));
    regex->count += length;
    return true;
}

/* ---------------------------------------------------------------------------------------------- repeats */

typedef struct Repeat {
    int min;
    int max;
    bool is_lazy;
} Repeat;

static int take_number(RegexScan *scan, int missing)
{
    int number = missing;

    while (regex_scan_peek(scan, 0) >= '0' && regex_scan_peek(scan, 0) <= '9') {
        int digit = (int)(regex_scan_peek(scan, 0) - '0');

        if (number == missing)
            number = 0;
        if (number <= REGEX_INSTRUCTIONS_MAX)
            number = number * 10 + digit;
        scan->next++;
    }
    return number;
}

/* `{2,5}`. False: it is no repeat. */
static bool take_braces(RegexScan *scan, Repeat *repeat)
{
    Py_ssize_t begin = scan->next++;
    int number;

    if (regex_scan_peek(scan, 0) == '}') {
        scan->next = begin;
        return false;
    }
    number = take_number(scan, -1);
    repeat->min = number < 0 ? 0 : number;
    repeat->max = number < 0 ? NO_LIMIT : number;
    if (regex_scan_take(scan, ','))
        repeat->max = take_number(scan, NO_LIMIT);
    if (regex_scan_take(scan, '}'))
        return true;
    scan->next = begin;
    return false;
}

static bool take_repeat(RegexScan *scan, Repeat *repeat)
{
    Py_UCS4 c = regex_scan_peek(scan, 0);

    *repeat = (Repeat){c == '+', c == '?' ? 1 : NO_LIMIT, false};
    if (c == '{')
        return take_braces(scan, repeat);
    if (c != '*' && c != '+' && c != '?')
        return false;
    scan->next++;
    return true;
}

static bool split(RegexScan *scan, int at, bool is_lazy, int into, int past)
{
    return insert(scan, at, REGEX_SPLIT, is_lazy ? past : into, is_lazy ? into : past);
}

/* As often as it likes: `x*`, or once more behind the last of the copies. */
static bool repeat_without_limit(RegexScan *scan, int begin, int length, const Repeat *repeat)
{
    int end;

    if (repeat->min > 0)
        return split(scan, scan->regex->count, repeat->is_lazy, -length, 1);
    end = length + 2;
    return split(scan, begin, repeat->is_lazy, 1, end) && emit(scan, REGEX_JUMP, -(length + 1), 0);
}

/* Of what is at @begin, up to the end of the program. */
static bool repeat_part(RegexScan *scan, int begin, const Repeat *repeat)
{
    Regex *regex = scan->regex;
    int length = regex->count - begin;
    int num_optional = repeat->max - repeat->min;

    if (repeat->max == 0)
        regex->count = begin;
    for (int i = 1; i < repeat->min && length > 0; i++)
        if (!copy(scan, begin, length))
            return false;
    if (length == 0 || num_optional == 0)
        return true;
    if (repeat->max == NO_LIMIT)
        return repeat_without_limit(scan, begin, length, repeat);
    for (int i = 0; i < num_optional; i++) {
        int past = (num_optional - i) * (length + 1);
        int at = regex->count;

        /* The first may be the part itself, the others are copies, behind what was put before it. */
        if (i == 0 && repeat->min == 0) {
            if (past > REGEX_INSTRUCTIONS_MAX)
                return regex_scan_refuse(scan, "too many parts");
            if (!split(scan, begin, repeat->is_lazy, 1, past))
                return false;
            continue;
        }
        if (past > REGEX_INSTRUCTIONS_MAX || !copy(scan, begin + (repeat->min == 0), length))
            return regex_scan_refuse(scan, "too many parts");
        if (!split(scan, at, repeat->is_lazy, 1, past))
            return false;
    }
    return true;
}

/* What follows a part. @first_group: the first of those in it. */
static bool parse_repeat(RegexScan *scan, int begin, int first_group, bool is_place, Part *part)
{
    Repeat repeat, another;

    if (!take_repeat(scan, &repeat))
        return true;
    if (is_place)
        return regex_scan_refuse(scan, "nothing to repeat");
    if (repeat.max < repeat.min)
        return regex_scan_refuse(scan, "a repeat that is none");
    repeat.is_lazy = regex_scan_take(scan, '?');
    if (regex_scan_peek(scan, 0) == '+')
        return regex_scan_refuse(scan, "a possessive repeat");
    if (take_repeat(scan, &another))
        return regex_scan_refuse(scan, "a repeat of a repeat");
    if (repeat.max > 1 && !part->takes_some)
        return regex_scan_refuse(scan, "a repeat of what may be empty");
    for (int i = first_group; repeat.max > 1 && i <= scan->regex->num_groups; i++)
        scan->regex->repeated |= 1u << i;
    part->takes_some = part->takes_some && repeat.min > 0;
    return repeat_part(scan, begin, &repeat);
}

/* ----------------------------------------------------------------------------------------------- groups */

/* The name before the `>`. */
static bool take_name(RegexScan *scan, int group)
{
    Regex *regex = scan->regex;
    Py_ssize_t begin = scan->next;
    PyObject *name;

    while (regex_scan_peek(scan, 0) != '>' && regex_scan_peek(scan, 0) < 128)
        scan->next++;
    if (!regex_scan_take(scan, '>'))
        return regex_scan_refuse(scan, "a name that is none");
    name = PyUnicode_Substring(scan->pattern, begin, scan->next - 1);
    if (!name)
        return run_raise_pending(scan->run) != NULL;
    for (int i = 1; i < group; i++)
        if (regex->names[i] && PyUnicode_Compare(regex->names[i], name) == 0)
            (void)regex_scan_refuse(scan, "a name that is given twice");
    regex->names[group] = name;
    return !scan->run->outcome &&
           (PyUnicode_IsIdentifier(name) == 1 || regex_scan_refuse(scan, "a name that is none"));
}

static bool refuse_group(RegexScan *scan)
{
    Py_UCS4 c = regex_scan_peek(scan, 0);
    Py_UCS4 second = regex_scan_peek(scan, 1);

    if (c == '=' || c == '!' || (c == '<' && (second == '=' || second == '!')))
        return regex_scan_refuse(scan, "a look-around");
    if (c == 'P' && second == '=')
        return regex_scan_refuse(scan, "a reference to a group");
    if (c == '(')
        return regex_scan_refuse(scan, "a condition");
    if (c == '>')
        return regex_scan_refuse(scan, "an atomic group");
    return regex_scan_refuse(scan, "a group of a kind that is not known");
}

/* Behind the parenthesis: how the group begins. *ret_group is 0 if it is not captured. */
static bool open_group(RegexScan *scan, int *ret_group)
{
    bool has_name = false;

    *ret_group = 0;
    if (regex_scan_take(scan, '?')) {
        if (regex_scan_take(scan, ':'))
            return true;
        if (regex_scan_peek(scan, 0) != 'P' || regex_scan_peek(scan, 1) != '<')
            return refuse_group(scan);
        scan->next += 2;
        has_name = true;
    }
    if (scan->regex->num_groups >= REGEX_GROUPS_MAX)
        return regex_scan_refuse(scan, "too many groups");
    *ret_group = ++scan->regex->num_groups;
    return !has_name || take_name(scan, *ret_group);
}

static bool parse_group(RegexScan *scan, int depth, Part *ret_part)
{
    int group;

    if (depth >= DEPTH_MAX)
        return regex_scan_refuse(scan, "too many groups");
    if (!open_group(scan, &group) || (group && !emit(scan, REGEX_SAVE, 2 * group, 0)) ||
        !parse_alternatives(scan, depth + 1, ret_part))
        return false;
    if (!regex_scan_take(scan, ')'))
        return regex_scan_refuse(scan, "a group that does not end");
    return !group || emit(scan, REGEX_SAVE, 2 * group + 1, 0);
}

/* ------------------------------------------------------------------------------------------------ parts */

static bool emit_character(RegexScan *scan, Py_UCS4 c)
{
    bool is_lowered = scan->regex->flags & REGEX_IGNORECASE && c >= 'A' && c <= 'Z';

    return regex_scan_check_case(scan, c) && emit(scan, REGEX_CHAR, (int)(is_lowered ? c + 32 : c), 0);
}

/* The instruction of a place in the text; -1: the character is none. */
static int place_of(Py_UCS4 c, Py_UCS4 escaped, int flags)
{
    bool is_multiline = flags & REGEX_MULTILINE;

    if (c == '^')
        return is_multiline ? REGEX_LINE_BEGIN : REGEX_TEXT_BEGIN;
    if (c == '$')
        return is_multiline ? REGEX_LINE_END : REGEX_LAST_LINE_END;
    if (c != '\\')
        return -1;
    return escaped == 'A'   ? REGEX_TEXT_BEGIN
           : escaped == 'Z' ? REGEX_TEXT_END
           : escaped == 'b' ? REGEX_BOUNDARY
           : escaped == 'B' ? REGEX_NO_BOUNDARY
                            : -1;
}

static bool parse_escape(RegexScan *scan)
{
    RegexEscape escape;
    int set;

    if (!regex_scan_escape(scan, false, &escape))
        return false;
    if (!escape.classes)
        return emit_character(scan, escape.character);
    return regex_scan_class(scan, escape.classes, &set) && emit(scan, REGEX_SET, set, 0);
}

/* One that takes a character. */
static bool parse_character(RegexScan *scan, Py_UCS4 c)
{
    int set;

    switch (c) {
    case '.':
        return emit(scan, scan->regex->flags & REGEX_DOTALL ? REGEX_ANY : REGEX_ANY_BUT_NEWLINE, 0, 0);
    case '[':
        return regex_scan_set(scan, &set) && emit(scan, REGEX_SET, set, 0);
    case '\\':
        return parse_escape(scan);
    default:
        return emit_character(scan, c);
    }
}

static bool parse_part(RegexScan *scan, int depth, Part *ret_part)
{
    Py_UCS4 c = regex_scan_peek(scan, 0);
    int place = place_of(c, regex_scan_peek(scan, 1), scan->regex->flags);
    int begin = scan->regex->count;
    int first_group = scan->regex->num_groups + 1;
    Repeat repeat;
    bool is_parsed;

    if (take_repeat(scan, &repeat))
        return regex_scan_refuse(scan, "nothing to repeat");
    scan->next += place >= 0 && c == '\\' ? 2 : 1;
    ret_part->takes_some = place < 0;
    if (place >= 0)
        is_parsed = emit(scan, (RegexCode)place, 0, 0);
    else if (c == '(')
        is_parsed = parse_group(scan, depth, ret_part);
    else
        is_parsed = parse_character(scan, c);
    return is_parsed && parse_repeat(scan, begin, first_group, place >= 0, ret_part);
}

static bool parse_sequence(RegexScan *scan, int depth, Part *ret_part)
{
    ret_part->takes_some = false;
    while (scan->next < scan->end && regex_scan_peek(scan, 0) != '|' && regex_scan_peek(scan, 0) != ')') {
        Part part = {false};

        if (!parse_part(scan, depth, &part))
            return false;
        ret_part->takes_some |= part.takes_some;
    }
    return true;
}

/* Until the last of them is there, each jump to the end tells where the one before it is. */
static bool parse_alternatives(RegexScan *scan, int depth, Part *ret_part)
{
    Regex *regex = scan->regex;
    int last_jump = -1;

    ret_part->takes_some = true;
    for (;;) {
        int begin = regex->count;
        Part part = {false};

        if (!parse_sequence(scan, depth, &part))
            return false;
        ret_part->takes_some &= part.takes_some;
        if (!regex_scan_take(scan, '|'))
            break;
        if (!split(scan, begin, false, 1, regex->count - begin + 2) || !emit(scan, REGEX_JUMP, last_jump, 0))
            return false;
        last_jump = regex->count - 1;
    }
    while (last_jump >= 0) {
        int previous = regex->instructions[last_jump].operand;

        regex->instructions[last_jump].operand = regex->count - last_jump;
        last_jump = previous;
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------ flags */

/* `(?im)` at the very beginning. */
static bool parse_flags(RegexScan *scan)
{
    static const char letters[] = "imsua";
    static const int flags[] = {REGEX_IGNORECASE, REGEX_MULTILINE, REGEX_DOTALL, REGEX_UNICODE, REGEX_ASCII};
    const int both = REGEX_UNICODE | REGEX_ASCII;
    int *all = &scan->regex->flags;
    Py_ssize_t begin = scan->next;
    Py_UCS4 c;

    if (!regex_scan_take(scan, '(') || !regex_scan_take(scan, '?')) {
        scan->next = begin;
    } else {
        Py_ssize_t first = scan->next;
        const char *letter;

        while ((c = regex_scan_peek(scan, 0)) < 128 && c && (letter = strchr(letters, (int)c))) {
            *all |= flags[letter - letters];
            scan->next++;
        }
        if (scan->next == first)
            scan->next = begin;
        else if (!regex_scan_take(scan, ')'))
            return regex_scan_refuse(scan, "flags that are not known or do not hold for all of it");
    }
    return (*all & both) != both || regex_scan_refuse(scan, "flags that exclude each other");
}

static bool parse(RegexScan *scan)
{
    Part part;

    if (!parse_flags(scan) || !parse_alternatives(scan, 0, &part))
        return false;
    if (scan->next < scan->end)
        return regex_scan_refuse(scan, "a group that does not begin");
    return emit(scan, REGEX_MATCH, 0, 0);
}

Regex *regex_new(Run *run, PyObject *pattern, int flags)
{
    const int known = REGEX_IGNORECASE | REGEX_MULTILINE | REGEX_DOTALL | REGEX_UNICODE | REGEX_ASCII;
    RegexScan scan = {.run = run, .pattern = pattern, .end = PyUnicode_GET_LENGTH(pattern)};

    if (flags & ~known)
        return run_refuse_act(run, "uses a pattern with flags that are not known");
    if (scan.end > REGEX_PATTERN_CHARS_MAX)
        return run_refuse_act(run, "uses a pattern of more than %d characters", REGEX_PATTERN_CHARS_MAX);
    if (!run_charge(run, (uint64_t)scan.end * 2 + 50))
        return NULL;
    scan.regex = PyMem_Malloc(sizeof(*scan.regex));
    if (!scan.regex)
        return run_exhaust(run);
    memset(scan.regex, 0, offsetof(Regex, instructions));
    scan.regex->flags = flags;
    if (parse(&scan) && run_charge(run, (uint64_t)scan.regex->count))
        return scan.regex;
    regex_free(scan.regex);
    return NULL;
}

void regex_free(Regex *regex)
{
    if (!regex)
        return;
    for (int i = 0; i <= REGEX_GROUPS_MAX; i++)
        Py_XDECREF(regex->names[i]);
    PyMem_Free(regex);
}
