#include "broker/privacy/redact_expression.h"

#include <stdint.h>
#include <string.h>

#include "broker/util/cleanup.h"

#define BRACKETS_MAX      64 /* deeper ones count as subscripts; untuned */
#define FORMATS_MAX       4  /* f-strings in f-strings */
#define KEY_BYTES_MAX     NAME_BYTES_MAX
#define PREFIX_LETTERS    "bBrRuUfFtT"
#define PREFIX_LENGTH_MAX 2

typedef enum Bracket {
    BRACKET_OTHER,
    BRACKET_SUBSCRIPT, /* x[...] */
    BRACKET_LOOKUP,    /* x.get(...) */
} Bracket;

/* A key that is being put together from constants: 'pass' 'word', 'pass' + 'word'. */
typedef struct Key {
    char text[KEY_BYTES_MAX];
    size_t len;
} Key;

typedef struct Lexer {
    NameRules *rules;
    const char *next;
    const char *end;
    Bracket brackets[BRACKETS_MAX];
    size_t depth;
    Key key;
    bool is_operand;   /* what was last is something that a subscript may follow */
    bool is_lookup;    /* it was the name of a function that looks up */
    unsigned formats;  /* how many f-strings it is in */
    const char *found; /* the name, once there is one */
    size_t found_len;
    Key found_key; /* where @found is, if it was put together */
} Lexer;

static bool lex(Lexer *lexer);

/* Always returns true, so that a check can end with it. */
static bool found(Lexer *lexer, const char *name, size_t len)
{
    lexer->found = name;
    lexer->found_len = len;
    return true;
}

/* ------------------------------------------------------------------------------------------------ names */

static bool is_name_start(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (unsigned char)byte >= 0x80;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_quote(char byte)
{
    return byte == '"' || byte == '\'';
}

/* The character at @text, which is UTF-8 of any quality; @ret_len bytes, at least 1. */
static uint32_t decode(const char *text, const char *end, size_t *ret_len)
{
    unsigned char first = (unsigned char)*text;
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t code_point = len == 1 ? first : first & (0xffu >> (len + 1));

    *ret_len = 1;
    if (first < 0x80 || len > (size_t)(end - text))
        return first;
    for (size_t i = 1; i < len; i++)
        code_point = code_point << 6 | ((unsigned char)text[i] & 0x3f);
    *ret_len = len;
    return code_point;
}

/* Characters that Python takes for ASCII letters in a name (by NFKC, PEP 3131): a name with one of them is
 * another name than it looks. Unicode 15, the blocks that have them, whole. */
static bool is_disguise(uint32_t code_point)
{
    static const uint32_t blocks[][2] = {
        {0xaa, 0xaa},       {0xba, 0xba},       {0x132, 0x133},   {0x13f, 0x140},     {0x149, 0x149},
        {0x17f, 0x17f},     {0x1c4, 0x1cc},     {0x1f1, 0x1f3},   {0x2b0, 0x2b8},     {0x2e0, 0x2e4},
        {0x1d2c, 0x1dbf},   {0x1e9a, 0x1e9b},   {0x2070, 0x209f}, {0x2100, 0x218f},   {0x24b6, 0x24e9},
        {0x2c7c, 0x2c7d},   {0xa69c, 0xa69d},   {0xa770, 0xa770}, {0xa7f2, 0xa7f4},   {0xa7f8, 0xa7f9},
        {0xab5c, 0xab5f},   {0xfb00, 0xfb06},   {0xff00, 0xffef}, {0x10780, 0x107ba}, {0x1d400, 0x1d7ff},
        {0x1f100, 0x1f1ff}, {0x1fbf0, 0x1fbf9},
    };

    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
        if (code_point >= blocks[i][0] && code_point <= blocks[i][1])
            return true;
    }
    return false;
}

static bool has_disguise(const char *name, size_t len)
{
    const char *end = name + len;
    size_t size;

    for (; name < end; name += size) {
        if (is_disguise(decode(name, end, &size)))
            return true;
    }
    return false;
}

static bool check_name(Lexer *lexer, const char *name, size_t len)
{
    return (has_disguise(name, len) || name_is_protected(lexer->rules, name, len)) && found(lexer, name, len);
}

static bool is_lookup(const char *name, size_t len)
{
    static const char *const names[] = {
        "get",        "getattr",          "pop",     "setdefault", "getlist", "__getitem__", "itemgetter",
        "attrgetter", "__getattribute__", "hasattr", "getenv"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
            return true;
    }
    return false;
}

/* What stands between operands, and is no name. */
static bool is_keyword(const char *name, size_t len)
{
    static const char *const words[] = {"and", "or", "not", "in", "is", "if", "else", "for", "lambda"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strlen(words[i]) == len && memcmp(words[i], name, len) == 0)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------------------------------------- keys */

static bool is_key_place(const Lexer *lexer)
{
    size_t depth = lexer->depth;

    if (depth == 0)
        return false;
    return depth > BRACKETS_MAX || lexer->brackets[depth - 1] != BRACKET_OTHER;
}

static void key_add(Lexer *lexer, char byte)
{
    if (lexer->key.len < sizeof lexer->key.text)
        lexer->key.text[lexer->key.len++] = byte;
}

/* The end of a constant, or of several that make one. */
static bool key_finish(Lexer *lexer)
{
    bool is_secret = lexer->key.len > 0 && (has_disguise(lexer->key.text, lexer->key.len) ||
                                            name_is_protected(lexer->rules, lexer->key.text, lexer->key.len));

    if (is_secret) {
        lexer->found_key = lexer->key;
        return found(lexer, lexer->found_key.text, lexer->found_key.len);
    }
    lexer->key.len = 0;
    return false;
}

/* The number of at most @num digits at lexer->next, which moves past them. */
static uint32_t read_number(Lexer *lexer, unsigned base, unsigned num)
{
    uint32_t number = 0;

    for (; num > 0 && lexer->next < lexer->end; num--, lexer->next++) {
        char byte = *lexer->next;
        unsigned digit = is_digit(byte) ? (unsigned)(byte - '0') : ((unsigned)byte | 0x20) - 'a' + 10;

        if (digit >= base)
            break;
        number = number * base + digit;
    }
    return number;
}

/* After a backslash: the characters that a name can have. What else there is parts words, as a dot would; a
 * character by its name is not looked up, and makes a key that cannot be judged. */
static void read_escape(Lexer *lexer)
{
    static const char disguise[] = "\xef\xbc\xa1"; /* a fullwidth A */
    uint32_t code_point = '.';

    if (lexer->next == lexer->end)
        return;
    switch (*lexer->next++) {
    case 'x':
        code_point = read_number(lexer, 16, 2);
        break;
    case 'u':
        code_point = read_number(lexer, 16, 4);
        break;
    case 'U':
        code_point = read_number(lexer, 16, 8);
        break;
    case '\n':
        return;
    case '0' ... '7':
        lexer->next--;
        code_point = read_number(lexer, 8, 3);
        break;
    case 'N':
        for (const char *byte = disguise; *byte; byte++)
            key_add(lexer, *byte);
        return;
    default:
        break;
    }
    key_add(lexer, code_point > 0 && code_point < 0x80 ? (char)code_point : '.');
}

/* --------------------------------------------------------------------------------------------- constants */

typedef struct Literal {
    char quote;
    bool is_triple;
    bool is_raw;
    bool is_format;
} Literal;

static bool is_end(const Lexer *lexer, const Literal *literal)
{
    const char *next = lexer->next;

    if (*next != literal->quote)
        return false;
    return !literal->is_triple ||
           (lexer->end - next >= 3 && next[1] == literal->quote && next[2] == literal->quote);
}

/* The part of an f-string in braces is an expression of its own, up to its closing brace. */
static bool lex_braces(Lexer *lexer)
{
    Lexer inner = {
        .rules = lexer->rules,
        .next = lexer->next,
        .end = lexer->end,
        .formats = lexer->formats + 1,
    };
    bool is_secret;

    if (inner.formats > FORMATS_MAX)
        return found(lexer, lexer->next, 0);
    is_secret = lex(&inner);
    if (is_secret && inner.found == inner.found_key.text) {
        lexer->found_key = inner.found_key;
        return found(lexer, lexer->found_key.text, inner.found_len);
    }
    if (is_secret)
        return found(lexer, inner.found, inner.found_len);
    lexer->next = inner.next;
    return false;
}

/* From after the opening quote to after the closing one. */
static bool lex_literal(Lexer *lexer, const Literal *literal)
{
    while (lexer->next < lexer->end && !is_end(lexer, literal)) {
        char byte = *lexer->next++;

        if (byte == '\\' && !literal->is_raw) {
            read_escape(lexer);
        } else if (byte == '\\' && lexer->next < lexer->end) {
            key_add(lexer, byte);
            key_add(lexer, *lexer->next++);
        } else if (byte == '{' && literal->is_format && lexer->next < lexer->end && *lexer->next != '{') {
            if (lex_braces(lexer))
                return true;
        } else {
            if (byte == '{' && literal->is_format && lexer->next < lexer->end)
                lexer->next++;
            key_add(lexer, byte);
        }
    }
    if (lexer->next < lexer->end)
        lexer->next += literal->is_triple ? 3 : 1;
    if (!is_key_place(lexer))
        lexer->key.len = 0;
    lexer->is_operand = true;
    return false;
}

/* At a quote, after the letters @prefix. */
static bool lex_quote(Lexer *lexer, const char *prefix, size_t prefix_len)
{
    Literal literal = {.quote = *lexer->next};

    literal.is_triple =
        lexer->end - lexer->next >= 3 && lexer->next[1] == literal.quote && lexer->next[2] == literal.quote;
    for (size_t i = 0; i < prefix_len; i++) {
        char letter = (char)(prefix[i] | 0x20);

        literal.is_raw |= letter == 'r';
        literal.is_format |= letter == 'f' || letter == 't';
    }
    lexer->next += literal.is_triple ? 3 : 1;
    return lex_literal(lexer, &literal);
}

/* ---------------------------------------------------------------------------------------------- the rest */

static bool lex_name(Lexer *lexer)
{
    const char *name = lexer->next;
    size_t len;

    while (lexer->next < lexer->end && (is_name_start(*lexer->next) || is_digit(*lexer->next)))
        lexer->next++;
    len = (size_t)(lexer->next - name);
    if (len <= PREFIX_LENGTH_MAX && lexer->next < lexer->end && is_quote(*lexer->next) &&
        strspn(name, PREFIX_LETTERS) >= len)
        return lex_quote(lexer, name, len);
    if (key_finish(lexer) || check_name(lexer, name, len))
        return true;
    lexer->is_operand = !is_keyword(name, len);
    lexer->is_lookup = is_lookup(name, len);
    return false;
}

static void open_bracket(Lexer *lexer, char byte)
{
    Bracket bracket = BRACKET_OTHER;

    if (byte == '[' && lexer->is_operand)
        bracket = BRACKET_SUBSCRIPT;
    else if (byte == '(' && lexer->is_lookup)
        bracket = BRACKET_LOOKUP;
    /* Parentheses in a subscript are part of it. */
    else if (byte == '(' && !lexer->is_operand && is_key_place(lexer))
        bracket = BRACKET_SUBSCRIPT;
    if (lexer->depth < BRACKETS_MAX)
        lexer->brackets[lexer->depth] = bracket;
    lexer->depth++;
    lexer->is_operand = false;
}

/* Any other character. True: a key ends here, and is protected. */
static bool lex_mark(Lexer *lexer, char byte)
{
    bool is_closing = strchr(")]}", byte) != NULL;

    if (byte == '+' && lexer->key.len > 0)
        return false; /* the constant goes on */
    if (key_finish(lexer))
        return true;
    if (strchr("([{", byte)) {
        open_bracket(lexer, byte);
    } else if (is_closing && lexer->depth > 0) {
        lexer->depth--;
        lexer->is_operand = true;
    } else {
        lexer->is_operand = false;
    }
    lexer->is_lookup = false;
    return false;
}

/* True: a name was found. In an f-string it ends after the closing brace. */
static bool lex(Lexer *lexer)
{
    while (lexer->next < lexer->end) {
        char byte = *lexer->next;

        if (is_name_start(byte)) {
            if (lex_name(lexer))
                return true;
        } else if (is_quote(byte)) {
            if (lex_quote(lexer, NULL, 0))
                return true;
        } else if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\\') {
            lexer->next++;
        } else if (is_digit(byte)) {
            lexer->next++;
            lexer->is_operand = true;
        } else {
            bool is_brace_end = byte == '}' && lexer->formats > 0 && lexer->depth == 0;

            lexer->next++;
            if (lex_mark(lexer, byte))
                return true;
            if (is_brace_end)
                return false;
        }
    }
    return key_finish(lexer);
}

bool expression_names_secret(NameRules *rules, const char *expression, char *ret_name, size_t size)
{
    Lexer lexer = {.rules = rules, .next = expression, .end = expression + strlen(expression)};
    size_t len;

    if (!lex(&lexer))
        return false;
    len = lexer.found_len < size ? lexer.found_len : size - 1;
    while (len > 0 && len < lexer.found_len && ((unsigned char)lexer.found[len] & 0xc0) == 0x80)
        len--; /* not in the middle of a character */
    memcpy(ret_name, lexer.found, len);
    ret_name[len] = '\0';
    return true;
}
