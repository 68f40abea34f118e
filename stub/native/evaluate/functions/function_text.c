#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "stub/native/evaluate/functions/function_text.h"

#define BLOCKS_MAX        32
#define HEADER_BYTES_MAX  8192
#define IMPORTS_BYTES_MAX 4096
#define TAB_COLUMNS       8

/* A logical line: one or more lines, until one ends outside of brackets and strings. */
typedef struct Line {
    const char *start; /* of its first line */
    const char *text;  /* behind the indentation */
    const char *end;   /* behind the line end */
    unsigned first;    /* line numbers */
    unsigned next;
    unsigned column;
} Line;

typedef struct Reader {
    const char *at;
    const char *end;
    unsigned line;
} Reader;

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* --------------------------------------------------------------------------------- logical lines */

/* Past the end of a line, which may be "\n", "\r\n" or "\r". */
static void skip_line_end(Reader *self)
{
    if (self->at < self->end && *self->at == '\r')
        self->at++;
    else if (self->at < self->end && *self->at == '\n') {
        self->at++;
        self->line++;
        return;
    }
    if (self->at < self->end && *self->at == '\n')
        self->at++;
    self->line++;
}

static bool is_line_end(const Reader *self)
{
    return *self->at == '\n' || *self->at == '\r';
}

static void skip_comment(Reader *self)
{
    while (self->at < self->end && !is_line_end(self))
        self->at++;
}

/* A literal, which begins with its quote. One that is not closed in its line ends there. */
static void skip_literal(Reader *self)
{
    char quote = *self->at;
    bool is_triple = self->end - self->at >= 3 && self->at[1] == quote && self->at[2] == quote;

    self->at += is_triple ? 3 : 1;
    while (self->at < self->end) {
        if (*self->at == '\\' && self->end - self->at >= 2) {
            self->at++;
            if (is_line_end(self))
                skip_line_end(self);
            else
                self->at++;
        } else if (*self->at == quote && (!is_triple || (self->end - self->at >= 3 && self->at[1] == quote &&
                                                         self->at[2] == quote))) {
            self->at += is_triple ? 3 : 1;
            return;
        } else if (is_line_end(self)) {
            if (!is_triple)
                return;
            skip_line_end(self);
        } else {
            self->at++;
        }
    }
}

/* To the end of the logical line. */
static void skip_logical_line(Reader *self)
{
    int depth = 0;

    while (self->at < self->end) {
        char c = *self->at;

        if (c == '\'' || c == '"') {
            skip_literal(self);
        } else if (c == '#') {
            skip_comment(self);
        } else if (is_line_end(self)) {
            skip_line_end(self);
            if (depth == 0)
                return;
        } else if (c == '\\' && self->end - self->at >= 2 && (self->at[1] == '\n' || self->at[1] == '\r')) {
            self->at++;
            skip_line_end(self);
        } else {
            depth += c == '(' || c == '[' || c == '{';
            depth -= (c == ')' || c == ']' || c == '}') && depth > 0;
            self->at++;
        }
    }
}

/* The next logical line with something in it. False: the end of the file. */
static bool next_line(Reader *self, Line *ret_line)
{
    while (self->at < self->end) {
        Line line = {.start = self->at, .first = self->line};

        while (self->at < self->end && (*self->at == ' ' || *self->at == '\t' || *self->at == '\f')) {
            if (*self->at == '\t')
                line.column = (line.column / TAB_COLUMNS + 1) * TAB_COLUMNS;
            else
                line.column = *self->at == '\f' ? 0 : line.column + 1;
            self->at++;
        }
        line.text = self->at;
        if (self->at < self->end && *self->at == '#')
            skip_comment(self);
        if (self->at == self->end || is_line_end(self)) {
            skip_line_end(self);
            continue;
        }
        skip_logical_line(self);
        line.end = self->at;
        line.next = self->line;
        *ret_line = line;
        return true;
    }
    return false;
}

/* ---------------------------------------------------------------------------------------- blocks */

typedef struct Blocks {
    Line lines[BLOCKS_MAX]; /* those that the current one is in, the outermost first */
    int count;
} Blocks;

/* False: they are nested too deeply. */
static bool enter_line(Blocks *blocks, const Line *line)
{
    while (blocks->count > 0 && blocks->lines[blocks->count - 1].column >= line->column)
        blocks->count--;
    if (blocks->count == BLOCKS_MAX)
        return false;
    blocks->lines[blocks->count++] = *line;
    return true;
}

/* The line of a decorator goes with the one that follows; what is further to the right belongs to it. */
static const char *end_of_statement(Reader *reader, const Line *line)
{
    const char *end = line->end;
    unsigned column = line->column;
    bool is_decorator = *line->text == '@';
    Line next;

    while (next_line(reader, &next)) {
        if (next.column < column || (next.column == column && !is_decorator))
            break;
        if (next.column == column)
            is_decorator = *next.text == '@';
        end = next.end;
    }
    return end;
}

static bool starts_with(const Line *line, const char *word, const char **ret_rest)
{
    size_t len = strlen(word);

    if ((size_t)(line->end - line->text) <= len || memcmp(line->text, word, len) != 0 ||
        is_name_char(line->text[len]))
        return false;
    *ret_rest = line->text + len;
    while (*ret_rest < line->end && (**ret_rest == ' ' || **ret_rest == '\t'))
        ++*ret_rest;
    return true;
}

/* --------------------------------------------------------------------------------------- imports */

/* Names that the module has imported, each with a comma behind it. Since 3.11 the compiler calls a method of
 * such a name otherwise than one of any other (is_import_originated() in Python/compile.c). */
typedef struct Imports {
    char names[IMPORTS_BYTES_MAX];
    size_t len;
} Imports;

static void add_import(Imports *self, const char *name, size_t len)
{
    if (len == 0 || self->len + len + 1 > sizeof(self->names))
        return;
    memcpy(self->names + self->len, name, len);
    self->names[self->len + len] = ',';
    self->len += len + 1;
}

/* The next word or sign; comments and line ends are left out. False: the end. */
static bool next_token(const char **at, const char *end, const char **ret_token, size_t *ret_len)
{
    while (*at < end && (strchr(" \t\f\r\n\\", **at) || **at == '#')) {
        if (**at == '#')
            while (*at < end && **at != '\n' && **at != '\r')
                ++*at;
        else
            ++*at;
    }
    *ret_token = *at;
    while (*at < end && is_name_char(**at))
        ++*at;
    if (*at == *ret_token && *at < end)
        ++*at;
    *ret_len = (size_t)(*at - *ret_token);
    return *ret_len > 0;
}

static bool is_token(const char *token, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(token, word, len) == 0;
}

/* Of `import a.b, c as d` these are a and d; of `from m import e as f, g` f and g. Returns what is behind the
 * statement. */
static const char *collect_statement(Imports *imports, const char *at, const char *end)
{
    const char *bound = NULL;
    size_t bound_len = 0;
    const char *token;
    size_t len;
    bool is_import = next_token(&at, end, &token, &len) &&
                     (is_token(token, len, "import") || is_token(token, len, "from"));
    bool is_list = is_import && is_token(token, len, "import"); /* of names */

    while (next_token(&at, end, &token, &len) && !is_token(token, len, ";")) {
        if (!is_list) {
            is_list = is_import && is_token(token, len, "import");
        } else if (is_token(token, len, ",")) {
            add_import(imports, bound, bound_len);
            bound_len = 0;
        } else if (is_token(token, len, "as")) {
            bound_len = 0;
        } else if (is_name_char(*token) && bound_len == 0) {
            bound = token;
            bound_len = len;
        }
    }
    add_import(imports, bound, bound_len);
    return at;
}

static void collect_imports(Imports *imports, const Line *line)
{
    const char *at = line->text;
    const char *rest;

    if (!starts_with(line, "import", &rest) && !starts_with(line, "from", &rest))
        return;
    while (at < line->end)
        at = collect_statement(imports, at, line->end);
}

/* --------------------------------------------------------------------------------------- writing */

typedef struct Writer {
    char *text;
    size_t len;
    size_t capacity;
    bool is_full;
} Writer;

static void put(Writer *self, const char *bytes, size_t len)
{
    if (self->len + len >= self->capacity) {
        self->is_full = true;
        return;
    }
    memcpy(self->text + self->len, bytes, len);
    self->len += len;
}

static void put_text(Writer *self, const char *text)
{
    put(self, text, strlen(text));
}

/* With '\n' for every kind of line end. */
static void put_lines(Writer *self, const char *from, const char *end)
{
    for (; from < end; from++) {
        if (*from != '\r')
            put(self, from, 1);
        else if (from + 1 == end || from[1] != '\n')
            put_text(self, "\n");
    }
}

/* A class or a function around it without what is of no matter; else something that compiles to nothing. */
static void put_header(Writer *self, const Line *line, const char *free_names)
{
    Line rest = *line;
    const char *name = line->text;
    size_t len = 0;
    bool is_class = starts_with(line, "class", &name);
    bool is_function =
        !is_class && (starts_with(line, "def", &name) ||
                      (starts_with(line, "async", &rest.text) && starts_with(&rest, "def", &name)));

    put(self, line->start, (size_t)(line->text - line->start));
    if (!is_class && !is_function) {
        put_text(self, "if 1:\n");
        return;
    }
    while (name + len < line->end && is_name_char(name[len]))
        len++;
    put_text(self, is_class ? "class " : "def ");
    put(self, name, len);
    if (is_function) {
        put_text(self, "(");
        put_text(self, free_names);
        put_text(self, ")");
    }
    put_text(self, ":\n");
}

/* Those that the function may use, in a line of their own. */
static void put_imports(Writer *self, const Imports *imports, const char *text, size_t len)
{
    const char *before = "import ";
    const char *end;

    for (const char *name = imports->names; name < imports->names + imports->len; name = end + 1) {
        end = memchr(name, ',', (size_t)(imports->names + imports->len - name));
        if (!memmem(text, len, name, (size_t)(end - name)))
            continue;
        put_text(self, before);
        put(self, name, (size_t)(end - name));
        before = ",";
    }
}

static int write_text(const Blocks *blocks, const char *end, const char *free_names, const Imports *imports,
                      char **ret_text)
{
    const Line *own = &blocks->lines[blocks->count - 1];
    size_t num_around = (size_t)blocks->count - 1;
    size_t len = (size_t)(end - own->start);
    Writer writer = {.capacity = own->first + len + HEADER_BYTES_MAX};

    if (len > FUNCTION_TEXT_BYTES_MAX)
        return -EFBIG;
    if (num_around >= own->first)
        return -EINVAL;
    writer.text = malloc(writer.capacity);
    if (!writer.text)
        return -ENOMEM;
    for (size_t i = 0; i + 1 + num_around < own->first; i++) {
        if (i == 0)
            put_imports(&writer, imports, own->start, len);
        put_text(&writer, "\n");
    }
    for (size_t i = 0; i < num_around; i++)
        put_header(&writer, &blocks->lines[i], free_names);
    put_lines(&writer, own->start, end);
    put_text(&writer, "\n");
    if (writer.is_full) {
        free(writer.text);
        return -EFBIG;
    }
    writer.text[writer.len] = '\0';
    *ret_text = writer.text;
    return 0;
}

/* Whether the line is in no class and no function. */
static bool is_of_module(const Blocks *blocks)
{
    const char *rest;

    for (int i = 0; i + 1 < blocks->count; i++)
        if (starts_with(&blocks->lines[i], "class", &rest) || starts_with(&blocks->lines[i], "def", &rest) ||
            starts_with(&blocks->lines[i], "async", &rest))
            return false;
    return true;
}

/* Also those behind the function: the compiler knows all of a module's before it begins. */
static void collect_imports_behind(Imports *imports, const Reader *reader, const Blocks *blocks)
{
    Reader behind = *reader;
    Blocks around = *blocks;
    Line line;

    while (next_line(&behind, &line) && enter_line(&around, &line))
        if (is_of_module(&around))
            collect_imports(imports, &line);
}

int function_text_cut(const char *file, size_t len_bytes, unsigned first_line, const char *free_names,
                      char **ret_text)
{
    Reader reader = {.at = file, .end = file + len_bytes, .line = 1};
    Blocks blocks = {.count = 0};
    Imports imports = {.len = 0};
    Line line;

    if (memchr(file, '\0', len_bytes))
        return -EINVAL;
    while (next_line(&reader, &line) && line.first <= first_line) {
        if (!enter_line(&blocks, &line))
            return -EINVAL;
        if (line.next > first_line) {
            collect_imports_behind(&imports, &reader, &blocks);
            return write_text(&blocks, end_of_statement(&reader, &line), free_names, &imports, ret_text);
        }
        if (is_of_module(&blocks))
            collect_imports(&imports, &line);
    }
    return -ENOENT;
}
