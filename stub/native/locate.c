#include "stub/native/compat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stub/native/code_lines.h"
#include "stub/native/hook.h"
#include "stub/native/layout.h"
#include "stub/native/live_code.h"
#include "stub/native/locate.h"
#include "stub/native/source_path.h"
#include "stub/native/text.h"

/* A list that grows; what it holds is up to its user. */
typedef struct List {
    void **items;
    size_t count, capacity;
    bool is_incomplete; /* memory was out */
} List;

static bool list_has(const List *list, const void *item)
{
    size_t i;

    for (i = 0; i < list->count; i++) {
        if (list->items[i] == item)
            return true;
    }
    return false;
}

static void list_add(List *list, void *item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        void **items = realloc(list->items, capacity * sizeof *items);

        if (!items) {
            list->is_incomplete = true;
            return;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
}

/* ---------------------------------------------------------------------------------------------- names of the
 * program */

/* The characters of a str as a C string; false for anything else, and for one that is too long. */
static bool text_to_path(PyObject *text, char buffer[SOURCE_PATH_BYTES_MAX])
{
    size_t len;

    if (!text || !PyUnicode_Check(text) || text_length(text) >= SOURCE_PATH_BYTES_MAX / 4)
        return false;
    len = text_to_utf8(text, text_length(text), buffer, SOURCE_PATH_BYTES_MAX - 1);
    buffer[len] = '\0';
    return len > 0;
}

/* A clean absolute path; a relative one is below the current directory. */
static bool absolute_path(const char *path, char buffer[SOURCE_PATH_BYTES_MAX])
{
    char joined[2 * SOURCE_PATH_BYTES_MAX];

    if (path[0] == '/')
        return source_path_clean(path, buffer);
    if (!getcwd(joined, SOURCE_PATH_BYTES_MAX))
        return false;
    (void)snprintf(joined + strlen(joined), SOURCE_PATH_BYTES_MAX, "/%s", path);
    return strlen(joined) < SOURCE_PATH_BYTES_MAX && source_path_clean(joined, buffer);
}

static PyObject *dict_get(PyObject *dict, const char *name)
{
    PyObject *key = PyUnicode_InternFromString(name);
    PyObject *value = NULL;
    bool is_unsure = false;

    if (key && PyDict_Check(dict))
        value = dict_find_text(dict, key, &is_unsure);
    PyErr_Clear();
    Py_XDECREF(key);
    return value;
}

static bool module_file(PyObject *module, char buffer[SOURCE_PATH_BYTES_MAX])
{
    char file[SOURCE_PATH_BYTES_MAX];

    return PyModule_Check(module) && PyModule_GetDict(module) &&
           text_to_path(dict_get(PyModule_GetDict(module), "__file__"), file) && absolute_path(file, buffer);
}

/* ------------------------------------------------------------------------------------------------- the file
 * on the path */

typedef struct SearchPath {
    char (*entries)[SOURCE_PATH_BYTES_MAX];
    size_t num_entries;
    char standard_library[SOURCE_PATH_BYTES_MAX]; /* where os.py is; "" if that is unknown */
    bool has_opaque_entry;                        /* a zip file or the like: modules may come from there */
} SearchPath;

static void search_path_deinit(SearchPath *search)
{
    free(search->entries);
}

static int search_path_init(SearchPath *search)
{
    PyObject *path = PySys_GetObject("path"); /* borrowed */
    PyObject *os_module = dict_get(PyImport_GetModuleDict(), "os");
    Py_ssize_t i;

    memset(search, 0, sizeof *search);
    if (os_module && module_file(os_module, search->standard_library)) {
        char *slash = strrchr(search->standard_library, '/');

        *slash = '\0';
    }
    if (!path || !PyList_Check(path))
        return 0;
    search->entries = malloc((size_t)(PyList_GET_SIZE(path) + 1) * sizeof *search->entries);
    if (!search->entries)
        return -ENOMEM;
    for (i = 0; i < PyList_GET_SIZE(path); i++) {
        PyObject *entry = PyList_GET_ITEM(path, i);
        char text[SOURCE_PATH_BYTES_MAX];

        if (PyUnicode_Check(entry) && text_length(entry) == 0)
            (void)strcpy(text, ".");
        else if (!text_to_path(entry, text))
            continue;
        if (absolute_path(text, search->entries[search->num_entries]))
            search->num_entries++;
    }
    return 0;
}

static bool is_file(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static bool has_module_file(const char *folder, const char *path, char buffer[SOURCE_PATH_BYTES_MAX])
{
    int len = snprintf(buffer, SOURCE_PATH_BYTES_MAX, "%s/%s", folder, path);

    if (len < 0 || len + 1 >= SOURCE_PATH_BYTES_MAX)
        return false;
    if (is_file(buffer))
        return true;
    (void)strcat(buffer, "c"); /* a package that ships only .pyc files */
    return is_file(buffer);
}

/* Finds the file that @path means: the longest end of it that exists below an entry of sys.path, in the order
 * of sys.path. Once directories have been dropped from the user's path, the standard library does not count:
 * no/such/dir/abc.py is not the library's abc. Asks the file system, so it releases the GIL. */
static bool find_on_path(SearchPath *search, const char *path, char buffer[SOURCE_PATH_BYTES_MAX])
{
    const char *end;
    bool is_found = false;
    size_t i;

    Py_BEGIN_ALLOW_THREADS;
    for (end = path; end && !is_found; end = source_path_drop_first(end)) {
        for (i = 0; i < search->num_entries && !is_found; i++) {
            if (end != path && strcmp(search->entries[i], search->standard_library) == 0)
                continue;
            is_found = has_module_file(search->entries[i], end, buffer);
        }
    }
    for (i = 0; i < search->num_entries; i++)
        search->has_opaque_entry |= is_file(search->entries[i]);
    Py_END_ALLOW_THREADS;
    return is_found;
}

static bool is_same_file(const char *a, const char *b)
{
    char real_a[SOURCE_PATH_BYTES_MAX], real_b[SOURCE_PATH_BYTES_MAX];

    if (strcmp(a, b) == 0)
        return true;
    return source_path_same_base(a, b) && realpath(a, real_a) && realpath(b, real_b) &&
           strcmp(real_a, real_b) == 0;
}

/* What the user means: a file that was found, or any whose end is the path. */
typedef struct Target {
    char path[SOURCE_PATH_BYTES_MAX];  /* normalised */
    char found[SOURCE_PATH_BYTES_MAX]; /* "" if sys.path has no such file */
    bool has_opaque_entry;
} Target;

static bool target_matches(const Target *target, const char *file)
{
    if (target->found[0])
        return is_same_file(file, target->found);
    return source_path_is_suffix(file, target->path);
}

static int target_init(Target *target, const char *path, Status *ret_status)
{
    size_t root;
    SearchPath search;

    memset(target, 0, sizeof *target);
    if (!source_path_normalize(path, target->path))
        target->path[0] = '\0';
    root = source_path_root_length(target->path);
    if (strcmp(target->path + root, ".py") != 0) {
        status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
                   "Only files with .py extension are supported", 0);
        return LOCATE_FAILED;
    }
    if (strcmp(target->path, "__init__.py") == 0) {
        status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
                   "Multiple modules matching $0. Please specify the module path.", 1, target->path);
        return LOCATE_FAILED;
    }
    if (search_path_init(&search) < 0)
        return -ENOMEM;
    if (!find_on_path(&search, target->path, target->found))
        target->found[0] = '\0';
    target->has_opaque_entry = search.has_opaque_entry;
    search_path_deinit(&search);
    return 0;
}

/* -------------------------------------------------------------------------------------------------------
 * loaded modules */

#define FILES_MAX 8 /* distinct files that one path may match before counting stops being of use */

typedef struct Files {
    PyObject *globals; /* borrowed: of the last module that has no source; NULL: none */
    bool is_importing; /* one of the modules is being imported: its code may not have begun to run */
    char names[FILES_MAX][SOURCE_PATH_BYTES_MAX];
    size_t count; /* may be more than FILES_MAX */
} Files;

static void files_add(Files *files, const char *name)
{
    size_t i;

    for (i = 0; i < files->count && i < FILES_MAX; i++) {
        if (is_same_file(files->names[i], name))
            return;
    }
    if (files->count < FILES_MAX)
        (void)strcpy(files->names[files->count], name);
    files->count++;
}

/* Whether the import system is not done with it yet: __spec__._initializing, as importlib itself asks. */
static bool is_importing(PyObject *module)
{
    PyObject *spec = dict_get(PyModule_GetDict(module), "__spec__");
    PyObject *name = PyUnicode_InternFromString("_initializing");
    bool is_unsure;
    PyObject *value = spec && name ? object_find(spec, name, &is_unsure) : NULL;

    PyErr_Clear();
    Py_XDECREF(name);
    return value == Py_True;
}

static void find_modules(const Target *target, Files *files)
{
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *name, *module;
    DictCursor cursor;
    char file[SOURCE_PATH_BYTES_MAX];

    if (!PyDict_Check(modules))
        return;
    dict_cursor_init(&cursor, modules);
    while (dict_cursor_next(&cursor, &name, &module)) {
        if (module_file(module, file) && target_matches(target, file)) {
            files_add(files, file);
            if (strcmp(file + source_path_root_length(file), ".pyc") == 0)
                files->globals = PyModule_GetDict(module);
            files->is_importing |= is_importing(module);
        }
    }
}

static int fail_ambiguous(const Target *target, const Files *files, Status *ret_status)
{
    char more[32];

    if (files->count == 2) {
        status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
                   "Multiple modules matching $0 ($1, $2)", 3, target->path, files->names[0],
                   files->names[1]);
        return LOCATE_FAILED;
    }
    (void)snprintf(more, sizeof more, "%zu", files->count - 2);
    status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
               "Multiple modules matching $0 ($1, $2, and $3 more)", 4, target->path, files->names[0],
               files->names[1], more);
    return LOCATE_FAILED;
}

/* ----------------------------------------------------------------------------------------------- code
 * objects of a file */

/* The live code objects of one file, or of whatever the target matches. Most code objects of a module share
 * one file name object, so the last answer is kept. */
typedef struct Roots {
    const Target *target;
    const char *file; /* NULL: by target */
    PyObject
        *globals; /* borrowed: of a module whose code may be named after a file that is elsewhere; or NULL */
    PyObject *last_filename;
    bool is_last_a_match;
    List codes; /* borrowed: nothing runs while the list is used */
} Roots;

static bool filename_matches(Roots *roots, PyObject *filename)
{
    char text[SOURCE_PATH_BYTES_MAX], file[SOURCE_PATH_BYTES_MAX];

    if (filename == roots->last_filename)
        return roots->is_last_a_match;
    roots->last_filename = filename;
    roots->is_last_a_match = false;
    if (!text_to_path(filename, text) || text[0] == '<')
        return false;
    if (!source_path_same_base(text, roots->file ? roots->file : roots->target->path))
        return false;
    if (!absolute_path(text, file))
        return false;
    if (roots->file) /* a relative name was made in another current directory, perhaps */
        roots->is_last_a_match =
            is_same_file(file, roots->file) || (text[0] != '/' && source_path_is_suffix(roots->file, text));
    else
        roots->is_last_a_match = target_matches(roots->target, file);
    return roots->is_last_a_match;
}

/* A .pyc file without its source names the source as it was when it was compiled, wherever that was. What a
 * decorator of another module made has these globals too, but not this name. */
static bool is_compiled_from(const Roots *roots, PyObject *filename)
{
    char text[SOURCE_PATH_BYTES_MAX];

    return text_to_path(filename, text) && source_path_same_base(text, roots->file);
}

static void visit_root(void *context, CodeHolderKind kind, void *holder, PyCodeObject *code)
{
    Roots *roots = context;
    bool is_of_module = kind == CODE_HOLDER_FUNCTION && roots->globals &&
                        ((PyFunctionObject *)holder)->func_globals == roots->globals;

    code = hook_original_code(code);
    if (is_of_module)
        is_of_module = is_compiled_from(roots, code->co_filename);
    if ((is_of_module || filename_matches(roots, code->co_filename)) && !list_has(&roots->codes, code))
        list_add(&roots->codes, code);
}

/* -------------------------------------------------------------------------------------------------------------
 * the line */

typedef struct LineSearch {
    int line;
    List seen;
    List found; /* borrowed */
    Neighbours neighbours;
} LineSearch;

/* Deeper nesting than CPython's compiler accepts. */
#define NESTING_MAX 200

/* What makes the type parameters of a function, a class or an alias, and evaluates the default values and,
 * before 3.14, the annotations of that function: code of its own, with a name that no function of a user can
 * have. */
static bool is_of_type_parameters(PyCodeObject *code)
{
    static const char PREFIX[] = "<generic parameters of ";
    Py_ssize_t len = PyUnicode_GET_LENGTH(code->co_name);

    for (Py_ssize_t i = 0; PREFIX[i]; i++) {
        if (i >= len || PyUnicode_READ_CHAR(code->co_name, i) != (Py_UCS4)PREFIX[i])
            return false;
    }
    return true;
}

/* Code that runs where it is made, or soon after: a class body, a comprehension, a generator expression.
 * Where it is on the line of what makes it, a hook there is enough: two would be called for one thing that
 * the user sees. */
static bool is_part_of_its_maker(PyCodeObject *code)
{
    static const char *const NAMES[] = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"};

    if (!(code->co_flags & CO_OPTIMIZED))
        return true;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (PyUnicode_CompareWithASCIIString(code->co_name, NAMES[i]) == 0)
            return true;
    }
    return is_of_type_parameters(code);
}

/* @is_in_maker: the code that has @code among its constants has the line, and still runs now and then. */
static int search_code(LineSearch *search, PyCodeObject *code, bool is_in_maker, int depth)
{
    Py_ssize_t i;
    bool has_line;
    int r;

    code = hook_original_code(code);
    if (depth > NESTING_MAX || list_has(&search->seen, code) || code_is_synthetic(code))
        return 0;
    list_add(&search->seen, code);
    has_line = code_lines_search(code, search->line, &search->neighbours);
    if (has_line && !(is_in_maker && is_part_of_its_maker(code)))
        list_add(&search->found, code);
    for (i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

        if (PyCode_Check(constant)) {
            r = search_code(search, (PyCodeObject *)constant, has_line, depth + 1);
            if (r < 0)
                return r;
        }
    }
    return search->seen.is_incomplete || search->found.is_incomplete ? -ENOMEM : 0;
}

static int fail_no_code(const LineSearch *search, const char *file, Status *ret_status)
{
    char path[SOURCE_PATH_BYTES_MAX + 4];
    char line[16], previous[16], next[16];
    const Neighbours *near = &search->neighbours;

    (void)snprintf(path, sizeof path, "%.*s.py", (int)source_path_root_length(file), file);
    (void)snprintf(line, sizeof line, "%d", search->line);
    (void)snprintf(previous, sizeof previous, "%d", near->previous);
    (void)snprintf(next, sizeof next, "%d", near->next);
    if (near->previous && near->next)
        status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
                   "No code found at line $0 in $1. Try lines $2 or $3.", 4, line, path, previous, next);
    else if (near->previous || near->next)
        status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
                   "No code found at line $0 in $1. Try line $2.", 3, line, path,
                   near->previous ? previous : next);
    else
        status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
                   "No code found at line $0 in $1", 2, line, path);
    return LOCATE_FAILED;
}

/* Moves what was found into *ret_location, or says that there is no code. */
static int finish_search(LineSearch *search, const char *file, Location *ret_location, Status *ret_status)
{
    size_t i;

    if (search->found.count == 0)
        return fail_no_code(search, file, ret_status);
    for (i = 0; i < search->found.count; i++)
        Py_INCREF(search->found.items[i]);
    ret_location->codes = (PyCodeObject **)search->found.items;
    ret_location->num_codes = search->found.count;
    search->found = (List){0};
    return 0;
}

static void line_search_deinit(LineSearch *search)
{
    free(search->seen.items);
    free(search->found.items);
}

/* ----------------------------------------------------------------------------------------------------------
 * public part */

static int locate_in_roots(const Roots *roots, const char *file, int line, Location *ret_location,
                           Status *ret_status)
{
    LineSearch search = {.line = line};
    size_t i;
    int r = 0;

    for (i = 0; i < roots->codes.count && r == 0; i++)
        r = search_code(&search, roots->codes.items[i], false, 0);
    if (r == 0)
        r = finish_search(&search, file, ret_location, ret_status);
    line_search_deinit(&search);
    return r;
}

/* The module may still come, from a folder that is not on sys.path itself; but if it cannot be seen now the
 * user should know, for most such paths are mistakes. */
static int pend(const Target *target, Status *ret_status)
{
    if (!target->found[0] && !target->has_opaque_entry) {
        status_set(
            ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
            "Python module not found. Please ensure this file is present in the version of the service you "
            "are trying to debug.",
            0);
        ret_status->is_error = false;
    }
    return LOCATE_PENDING;
}

static int locate_target(const Target *target, int line, Location *ret_location, Status *ret_status)
{
    Files *files = calloc(1, sizeof *files);
    Roots roots = {.target = target};
    int r;

    if (!files)
        return -ENOMEM;
    find_modules(target, files);
    if (files->count > 1) {
        r = fail_ambiguous(target, files, ret_status);
    } else {
        roots.file = files->count ? files->names[0] : NULL;
        roots.globals = files->globals;
        live_code_visit(visit_root, &roots);
        if (roots.codes.is_incomplete)
            r = -ENOMEM;
        else if (files->is_importing && roots.codes.count == 0)
            r = LOCATE_PENDING; /* its code is still being read */
        else if (files->count || roots.codes.count)
            r = locate_in_roots(&roots, files->count ? files->names[0] : target->path, line, ret_location,
                                ret_status);
        else
            r = pend(target, ret_status);
    }
    free(roots.codes.items);
    free(files);
    return r;
}

int locate_line(const char *path, int line, Location *ret_location, Status *ret_status)
{
    Target *target = malloc(sizeof *target);
    int r;

    if (!target)
        return -ENOMEM;
    r = target_init(target, path, ret_status);
    if (r == 0)
        r = locate_target(target, line, ret_location, ret_status);
    free(target);
    return r;
}

bool locate_matches(const char *path, PyObject *code_filename)
{
    char text[SOURCE_PATH_BYTES_MAX], file[SOURCE_PATH_BYTES_MAX];
    Status ignored = {0}; /* the path was found good when the breakpoint was set */
    Target *target;
    bool matches;

    if (!text_to_path(code_filename, text) || !source_path_same_base(text, path) ||
        !absolute_path(text, file))
        return false;
    target = malloc(sizeof *target);
    matches = target && target_init(target, path, &ignored) == 0 && target_matches(target, file);
    free(target);
    status_deinit(&ignored);
    return matches;
}

int locate_in_module_code(PyCodeObject *module_code, const char *path, int line, Location *ret_location,
                          Status *ret_status)
{
    LineSearch search = {.line = line};
    char file[SOURCE_PATH_BYTES_MAX], text[SOURCE_PATH_BYTES_MAX];
    int r = search_code(&search, module_code, false, 0);

    if (!text_to_path(module_code->co_filename, text) || !absolute_path(text, file))
        (void)snprintf(file, sizeof file, "%s", path);
    if (r == 0)
        r = finish_search(&search, file, ret_location, ret_status);
    line_search_deinit(&search);
    return r;
}

void location_deinit(Location *location)
{
    size_t i;

    for (i = 0; i < location->num_codes; i++)
        Py_DECREF(location->codes[i]);
    free(location->codes);
    *location = (Location){0};
}
