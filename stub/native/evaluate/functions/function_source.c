#include "stub/native/compat.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "stub/native/compat_audit.h"
#include "stub/native/compat_code.h"
#include "stub/native/evaluate/functions/code_compare.h"
#include "stub/native/evaluate/functions/function_file.h"
#include "stub/native/evaluate/functions/function_generated.h"
#include "stub/native/evaluate/functions/function_source.h"
#include "stub/native/evaluate/functions/function_text.h"
#include "stub/native/evaluate/functions/function_warnings.h"
#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/stack_room.h"
#include "stub/native/evaluate/convert/tree.h"
#include "stub/native/layout.h"

#define PATH_BYTES_MAX  4096
#define NAMES_BYTES_MAX 2048

/* What the compiler may take for an ordinary function; it counts levels, not bytes. */
#define COMPILER_STACK_BYTES (192 * 1024)

/* Functions in functions and classes. */
#define CODE_DEPTH_MAX 16

/* -------------------------------------------------------------------------------------- the text */

/* Of functions around it, " a, b"; cells that are not of functions are left out. */
static void list_free_names(PyCodeObject *code, char *buffer, size_t size_bytes)
{
    size_t len = 0;

    buffer[0] = '\0';
    for (int i = 0; i < compat_code_num_free(code); i++) {
        char name[256];

        run_text(compat_code_free_name(code, i), name, sizeof(name));
        if (strcmp(name, "__class__") != 0 && name[0] != '.' && len + strlen(name) + 3 < size_bytes)
            len += (size_t)snprintf(buffer + len, size_bytes - len, "%s%s", len ? ", " : "", name);
    }
}

typedef enum Encoding { ENCODING_UTF8, ENCODING_LATIN1, ENCODING_OTHER } Encoding;

static Encoding encoding_called(const char *name, size_t len)
{
    static const struct {
        const char *name;
        Encoding encoding;
    } known[] = {
        {"utf-8", ENCODING_UTF8},        {"utf8", ENCODING_UTF8},      {"ascii", ENCODING_UTF8},
        {"us-ascii", ENCODING_UTF8},     {"latin-1", ENCODING_LATIN1}, {"latin1", ENCODING_LATIN1},
        {"iso-8859-1", ENCODING_LATIN1},
    };
    char text[16];

    if (len >= sizeof(text))
        return ENCODING_OTHER;
    for (size_t i = 0; i < len; i++)
        text[i] = name[i] == '_' ? '-' : (char)tolower((unsigned char)name[i]);
    text[len] = '\0';
    for (size_t i = 0; i < Py_ARRAY_LENGTH(known); i++)
        if (strcmp(text, known[i].name) == 0)
            return known[i].encoding;
    return ENCODING_OTHER;
}

/* The cookie of PEP 263 in one of the first two lines. */
static Encoding encoding_of(const char *file, size_t len_bytes)
{
    const char *end = file + len_bytes;

    for (int i = 0; i < 2 && file < end; i++) {
        const char *line_end = file;
        const char *word = file;

        while (line_end < end && *line_end != '\n' && *line_end != '\r')
            line_end++;
        while (word < line_end && isspace((unsigned char)*word))
            word++;
        if (word < line_end && *word != '#')
            return ENCODING_UTF8;
        word = memmem(word, (size_t)(line_end - word), "coding", 6);
        if (word && word + 6 < line_end && (word[6] == ':' || word[6] == '=')) {
            size_t len = 0;

            for (word += 7; word < line_end && (*word == ' ' || *word == '\t'); word++)
                ;
            while (word + len < line_end && (isalnum((unsigned char)word[len]) || strchr("-_.", word[len])))
                len++;
            return encoding_called(word, len);
        }
        file =
            line_end + (line_end < end && *line_end == '\r' && line_end + 1 < end && line_end[1] == '\n') + 1;
    }
    return ENCODING_UTF8;
}

/* Replaces *bytes. */
static int latin1_to_utf8(char **bytes, size_t *len_bytes)
{
    char *utf8 = malloc(*len_bytes * 2 + 1);
    size_t len = 0;

    if (!utf8)
        return -ENOMEM;
    for (size_t i = 0; i < *len_bytes; i++) {
        unsigned char c = (unsigned char)(*bytes)[i];

        if (c >= 0x80)
            utf8[len++] = (char)(0xC0 | c >> 6);
        utf8[len++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3F) : c);
    }
    free(*bytes);
    *bytes = utf8;
    *len_bytes = len;
    return 0;
}

static int cut(PyCodeObject *code, char *bytes, size_t len_bytes, char **ret_text, const char **ret_reason)
{
    char free_names[NAMES_BYTES_MAX];
    size_t mark = len_bytes >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    int result;

    list_free_names(code, free_names, sizeof(free_names));
    result = function_text_cut(bytes + mark, len_bytes - mark,
                               code->co_firstlineno > 0 ? (unsigned)code->co_firstlineno : 0, free_names,
                               ret_text);
    *ret_reason = result == -EFBIG ? "is too long to be looked at" : "is not in its source file as it runs";
    return result;
}

/* What may be otherwise a moment later: no descriptor is left, or the file is just being written. */
static bool is_passing(int result)
{
    return result == -EMFILE || result == -ENFILE || result == -EINTR || result == -EIO;
}

static int read_file(const char *path, char **ret_bytes, size_t *ret_len_bytes, const char **ret_reason)
{
    int result = function_file_read(path, ret_bytes, ret_len_bytes);

    *ret_reason = result == -EAGAIN    ? "is still being read from its source file"
                  : result == -EFBIG   ? "is in a source file that is too large"
                  : is_passing(result) ? "has a source file that cannot be read now"
                                       : "has a source file that cannot be read";
    return is_passing(result) ? -EAGAIN : result;
}

/* Since 3.11 the first modules that Python imports are in its binary, as "<frozen os>"; their files are named
 * by the modules. */
static bool find_path_of_frozen(const char *filename, char *path, size_t size_bytes)
{
    char name[64];
    size_t len = strlen(filename);
    PyObject *file;

    if (strncmp(filename, "<frozen ", 8) != 0 || filename[len - 1] != '>' || len - 9 >= sizeof(name))
        return false;
    memcpy(name, filename + 8, len - 9);
    name[len - 9] = '\0';
    file = dict_find_named(PyImport_GetModuleDict(), name);
    file = file ? object_find_named(file, "__file__") : NULL;
    if (!file || !PyUnicode_CheckExact(file))
        return false;
    run_text(file, path, size_bytes);
    return true;
}

/* Of the file that the code was compiled from. */
static bool find_path(PyCodeObject *code, char *path, size_t size_bytes)
{
    char filename[PATH_BYTES_MAX];

    run_text(code->co_filename, filename, sizeof(filename));
    if (filename[0] == '<')
        return find_path_of_frozen(filename, path, size_bytes);
    snprintf(path, size_bytes, "%s", filename);
    return path[0] != '\0';
}

static int find_text(PyCodeObject *code, char **ret_text, const char **ret_reason)
{
    char path[PATH_BYTES_MAX];
    char *bytes = NULL;
    size_t len_bytes = 0;
    int result;

    if (!PyUnicode_Check(code->co_filename))
        return -EINVAL;
    *ret_reason = "has no source file";
    if (!find_path(code, path, sizeof(path)))
        return -ENOENT;
    result = read_file(path, &bytes, &len_bytes, ret_reason);
    if (result < 0)
        return result;
    Encoding encoding = encoding_of(bytes, len_bytes);
    if (encoding == ENCODING_LATIN1)
        result = latin1_to_utf8(&bytes, &len_bytes);
    if (encoding == ENCODING_OTHER) {
        *ret_reason = "has a source file of an encoding that is not known here";
        result = -ENOTSUP;
    }
    if (result == 0)
        result = cut(code, bytes, len_bytes, ret_text, ret_reason);
    free(bytes);
    return result;
}

/* --------------------------------------------------------------------------------- the compiler */

static PyObject *compile_text(PyCodeObject *code, const char *text, int more_flags)
{
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    PyObject *audit_hooks = compat_take_audit_hooks();
    PyObject *result;

    flags.cf_flags = PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE | (code->co_flags & PyCF_MASK) | more_flags;
    result = Py_CompileStringObject(text, code->co_filename, Py_file_input, &flags, -1);
    compat_give_audit_hooks(audit_hooks);
    if (!result)
        PyErr_Clear();
    return result;
}

/* Whether the function is among those that @compiled has in its constants. */
static bool has_code(PyCodeObject *compiled, PyCodeObject *wanted, int depth)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(compiled->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(compiled->co_consts, i);

        if (PyCode_Check(constant) &&
            (code_compare_is_same(wanted, (PyCodeObject *)constant) ||
             (depth < CODE_DEPTH_MAX && has_code((PyCodeObject *)constant, wanted, depth + 1))))
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------------------------- in the tree */

typedef struct Search {
    PyCodeObject *code;
    PyObject *class_name;
    PyObject *found;
    PyObject *found_class_name;
    int num_found;
} Search;

static long line_of(PyObject *node)
{
    PyObject *line = tree_field(node, "lineno");
    long number = PyLong_Check(line) ? PyLong_AsLong(line) : -1;

    PyErr_Clear();
    return number;
}

/* With its decorators. */
static long first_line_of(PyObject *node)
{
    PyObject *decorators = tree_field(node, "decorator_list");

    if (PyList_Check(decorators) && PyList_GET_SIZE(decorators) > 0)
        return line_of(PyList_GET_ITEM(decorators, 0));
    return line_of(node);
}

/* Tells most lambdas of one line apart. */
static bool has_parameters(PyObject *node, PyCodeObject *code)
{
    PyObject *arguments = tree_field(tree_field(node, "args"), "args");
    int first = compat_code_num_positional_only(code);

    if (!PyList_Check(arguments) || PyList_GET_SIZE(arguments) != code->co_argcount - first)
        return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(arguments); i++)
        if (PyUnicode_Compare(tree_field(PyList_GET_ITEM(arguments, i), "arg"),
                              compat_code_variable(code, first + (int)i)) != 0)
            return false;
    return true;
}

static bool is_wanted(const Search *search, PyObject *node)
{
    PyObject *name = search->code->co_name;

    if (first_line_of(node) != search->code->co_firstlineno)
        return false;
    if (tree_is(node, "Lambda"))
        return PyUnicode_CompareWithASCIIString(name, "<lambda>") == 0 && has_parameters(node, search->code);
    return tree_is(node, "FunctionDef") && PyUnicode_Compare(tree_field(node, "name"), name) == 0;
}

static int search_node(void *context, PyObject *node)
{
    Search *search = context;
    PyObject *outer = search->class_name;
    PyObject *body;

    if (is_wanted(search, node)) {
        search->found = node;
        search->found_class_name = outer;
        search->num_found++;
    }
    if (!tree_is(node, "ClassDef"))
        return 0;
    body = tree_field(node, "body");
    search->class_name = tree_field(node, "name");
    if (PyList_Check(body))
        (void)tree_walk_list(body, search_node, search);
    search->class_name = outer;
    return 1;
}

/* Two functions of the same name in the same line cannot be told apart. */
static bool find_node(PyCodeObject *code, FunctionSource *source)
{
    Search search = {.code = code};

    if (tree_walk(source->tree, search_node, &search) < 0 || search.num_found != 1)
        return false;
    source->node = search.found;
    source->class_name = search.found_class_name;
    return true;
}

/* -------------------------------------------------------------------------------------- together */

static int compile_and_compare(PyCodeObject *code, const char *text, FunctionSource *source,
                               const char **ret_reason)
{
    PyObject *compiled;
    bool is_same;

    *ret_reason = "is not in its source file as it runs";
    if (!source->tree || !find_node(code, source))
        return -EINVAL;
    if (function_warnings_in_tree(source->tree)) {
        *ret_reason = "has source that Python's compiler warns of";
        return -ENOTSUP;
    }
    compiled = compile_text(code, text, 0);
    is_same = compiled && PyCode_Check(compiled) && has_code((PyCodeObject *)compiled, code, 0);
    Py_XDECREF(compiled);
    return is_same ? 0 : -EINVAL;
}

/* Consumes @text. */
static int find_in_text(PyCodeObject *code, char *text, FunctionSource *ret_source, const char **ret_reason)
{
    FunctionSource source = {NULL, NULL, NULL};
    int result = -ENOTSUP;

    *ret_reason = "has source that Python's compiler warns of";
    if (!function_warnings_in_text(text)) {
        source.tree = compile_text(code, text, PyCF_ONLY_AST);
        result = compile_and_compare(code, text, &source, ret_reason);
    }
    free(text);
    if (result == 0)
        *ret_source = source;
    else
        function_source_deinit(&source);
    return result;
}

/* What `dataclass` has written. */
static int find_generated(PyCodeObject *code, FunctionSource *ret_source)
{
    const char *reason;
    int result = -ENOENT;
    char *text;

    for (int form = 0; result < 0 && function_generated_text(code, form, &text) == 0; form++)
        result = find_in_text(code, text, ret_source, &reason);
    return result;
}

int function_source_find(PyCodeObject *code, FunctionSource *ret_source, const char **ret_reason)
{
    char *text;
    int result;

    code = code_compare_original(code);
    *ret_reason = "needs more of this thread's stack than there is";
    if (!stack_room_is_at_least(COMPILER_STACK_BYTES))
        return -EAGAIN; /* for a thread that has more */
    *ret_reason = "has no source file";
    if (PyUnicode_Check(code->co_filename) &&
        PyUnicode_CompareWithASCIIString(code->co_filename, "<string>") == 0)
        return find_generated(code, ret_source);
    result = find_text(code, &text, ret_reason);
    return result == 0 ? find_in_text(code, text, ret_source, ret_reason) : result;
}

void function_source_deinit(FunctionSource *source)
{
    Py_CLEAR(source->tree);
}
