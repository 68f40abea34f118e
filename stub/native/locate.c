#include "stub/native/compat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stub/native/code_search.h"
#include "stub/native/found_code.h"
#include "stub/native/interpreter.h"
#include "stub/native/layout.h"
#include "stub/native/live_code.h"
#include "stub/native/locate.h"
#include "stub/native/piece.h"
#include "stub/native/source_path.h"
#include "stub/native/text.h"

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

/* Its __file__ as it is. */
static bool module_file_text(PyObject *module, PyObject *key, char buffer[SOURCE_PATH_BYTES_MAX])
{
    PyObject *globals = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    bool is_unsure;

    return globals && text_to_path(dict_find_text(globals, key, &is_unsure), buffer);
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
 * no/such/dir/abc.py is not the library's abc. Asks the file system: without the GIL. */
static bool find_on_path(SearchPath *search, const char *path, char buffer[SOURCE_PATH_BYTES_MAX])
{
    const char *end;
    bool is_found = false;
    size_t i;

    for (end = path; end && !is_found; end = source_path_drop_first(end)) {
        for (i = 0; i < search->num_entries && !is_found; i++) {
            if (end != path && strcmp(search->entries[i], search->standard_library) == 0)
                continue;
            is_found = has_module_file(search->entries[i], end, buffer);
        }
    }
    for (i = 0; i < search->num_entries; i++)
        search->has_opaque_entry |= is_file(search->entries[i]);
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

static int target_init(Target *target, const char *path, Piece *piece, Status *ret_status)
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
    piece_leave(piece);
    if (!find_on_path(&search, target->path, target->found))
        target->found[0] = '\0';
    piece_enter(piece);
    target->has_opaque_entry = search.has_opaque_entry;
    search_path_deinit(&search);
    return 0;
}

/* -------------------------------------------------------------------------------------------------------
 * loaded modules */

/* A module whose file has the right last component. */
typedef struct Module {
    PyObject *reference; /* weak, to the module; owned */
    char *file;          /* absolute; owned */
    bool matches;
} Module;

#define FILES_MAX 8 /* distinct files that one path may match before counting stops being of use */

typedef struct Modules {
    Module *items;
    size_t count;
    bool is_incomplete; /* memory was out */

    /* Of those that match. */
    const char *files[FILES_MAX]; /* borrowed from them */
    size_t num_files;             /* may be more than FILES_MAX */
    const Module *without_source; /* one whose file is a .pyc; NULL: none */
} Modules;

static void modules_deinit(Modules *modules)
{
    for (size_t i = 0; i < modules->count; i++) {
        Py_XDECREF(modules->items[i].reference);
        free(modules->items[i].file);
    }
    free(modules->items);
}

static void add_module(Modules *modules, PyObject *object, const char *file)
{
    Module module = {.reference = PyWeakref_NewRef(object, NULL), .file = strdup(file)};
    Module *items = realloc(modules->items, (modules->count + 1) * sizeof(*items));

    PyErr_Clear();
    if (items)
        modules->items = items;
    if (!items || !module.reference || !module.file) {
        Py_XDECREF(module.reference);
        free(module.file);
        modules->is_incomplete = true;
        return;
    }
    modules->items[modules->count++] = module;
}

/* In one piece: sys.modules may change between two. Most modules are passed over for the end of their name.
 */
static void find_candidates(Modules *modules, const Target *target)
{
    PyObject *sys_modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *key = PyUnicode_InternFromString("__file__");
    PyObject *name, *object;
    DictCursor cursor;
    char text[SOURCE_PATH_BYTES_MAX], file[SOURCE_PATH_BYTES_MAX];

    if (key && PyDict_Check(sys_modules)) {
        dict_cursor_init(&cursor, sys_modules);
        while (dict_cursor_next(&cursor, &name, &object)) {
            if (module_file_text(object, key, text) && source_path_same_base(text, target->path) &&
                absolute_path(text, file))
                add_module(modules, object, file);
        }
    }
    PyErr_Clear();
    Py_XDECREF(key);
}

static void add_file(Modules *modules, const char *file)
{
    for (size_t i = 0; i < modules->num_files && i < FILES_MAX; i++) {
        if (is_same_file(modules->files[i], file))
            return;
    }
    if (modules->num_files < FILES_MAX)
        modules->files[modules->num_files] = file;
    modules->num_files++;
}

/* Without the GIL. */
static void judge_candidates(Modules *modules, const Target *target)
{
    for (size_t i = 0; i < modules->count; i++) {
        Module *module = &modules->items[i];

        module->matches = target_matches(target, module->file);
        if (!module->matches)
            continue;
        add_file(modules, module->file);
        if (strcmp(module->file + source_path_root_length(module->file), ".pyc") == 0)
            modules->without_source = module;
    }
}

static int modules_init(Modules *modules, const Target *target, Piece *piece)
{
    bool was_gc_enabled = interpreter_pause_gc();

    memset(modules, 0, sizeof(*modules));
    find_candidates(modules, target);
    interpreter_resume_gc(was_gc_enabled);
    piece_leave(piece);
    judge_candidates(modules, target);
    piece_enter(piece);
    return modules->is_incomplete ? -ENOMEM : 0;
}

/* The dictionary of a module, borrowed; NULL: it has died. */
static PyObject *module_globals(const Module *module)
{
    PyObject *object = compat_weakref_target(module->reference);

    return object ? PyModule_GetDict(object) : NULL;
}

/* Whether the import system is not done with it yet: __spec__._initializing, as importlib itself asks. */
static bool is_importing(PyObject *globals)
{
    PyObject *spec = dict_get(globals, "__spec__");
    PyObject *name = PyUnicode_InternFromString("_initializing");
    bool is_unsure;
    PyObject *value = spec && name ? object_find(spec, name, &is_unsure) : NULL;

    PyErr_Clear();
    Py_XDECREF(name);
    return value == Py_True;
}

static bool are_importing(const Modules *modules)
{
    bool are = false;

    for (size_t i = 0; i < modules->count; i++) {
        PyObject *globals = modules->items[i].matches ? module_globals(&modules->items[i]) : NULL;

        are |= globals && is_importing(globals);
    }
    return are;
}

static int fail_ambiguous(const Target *target, const Modules *modules, Status *ret_status)
{
    char more[32];

    if (modules->num_files == 2) {
        status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
                   "Multiple modules matching $0 ($1, $2)", 3, target->path, modules->files[0],
                   modules->files[1]);
        return LOCATE_FAILED;
    }
    (void)snprintf(more, sizeof more, "%zu", modules->num_files - 2);
    status_set(ret_status, SNAPSHOT__STATUS_MESSAGE__REFERS_TO__BREAKPOINT_SOURCE_LOCATION,
               "Multiple modules matching $0 ($1, $2, and $3 more)", 4, target->path, modules->files[0],
               modules->files[1], more);
    return LOCATE_FAILED;
}

/* --------------------------------------------------------------------------------------------------------
 * the line */

typedef struct Search {
    Target target;
    Modules modules;
    FoundCode found;
} Search;

/* Code of the one module that matches, or whatever the target matches. Without the GIL. */
static bool is_meant(void *context, const char *file_name)
{
    const Search *search = context;
    const char *module_file = search->modules.num_files > 0 ? search->modules.files[0] : NULL;
    char file[SOURCE_PATH_BYTES_MAX], clean[SOURCE_PATH_BYTES_MAX];

    if (!absolute_path(file_name, file))
        return false;
    if (!module_file)
        return target_matches(&search->target, file);
    /* A relative name was made in another current directory, perhaps. */
    return is_same_file(file, module_file) || (file_name[0] != '/' && source_path_clean(file_name, clean) &&
                                               source_path_is_suffix(module_file, clean));
}

static bool walk_step(Search *search, LiveCodeWalk *walk, Piece *piece)
{
    const Module *without_source = search->modules.without_source;
    bool was_gc_enabled = interpreter_pause_gc();
    bool is_at_end;

    found_code_begin_piece(&search->found, without_source ? module_globals(without_source) : NULL);
    is_at_end = live_code_walk_step(walk, piece, found_code_visit, &search->found);
    interpreter_resume_gc(was_gc_enabled);
    return is_at_end;
}

/* Finds everything. When it returns 0, nothing can have been made since it looked last. */
static int walk(Search *search, Piece *piece)
{
    LiveCodeWalk walk;
    int result = live_code_walk_init(&walk);

    while (result == 0) {
        bool is_at_end = walk_step(search, &walk, piece);

        if (search->found.is_incomplete)
            result = -ENOMEM;
        else if (is_at_end && found_code_is_judged(&search->found))
            break;
        else if (!piece_give_way(piece))
            result = -ECANCELED;
        if (result == 0 && !found_code_is_judged(&search->found)) {
            piece_leave(piece);
            found_code_judge(&search->found, is_meant, search);
            piece_enter(piece);
        }
    }
    live_code_walk_deinit(&walk);
    return result;
}

/* Moves what was found to *ret_location, or says that there is no code. */
static int finish(CodeSearch *search, const char *file, Location *ret_location, Status *ret_status)
{
    if (search->found.count == 0) {
        code_search_explain(search, file, ret_status);
        return LOCATE_FAILED;
    }
    for (size_t i = 0; i < search->found.count; i++)
        Py_INCREF((PyObject *)search->found.items[i]);
    ret_location->codes = (PyCodeObject **)search->found.items;
    ret_location->num_codes = search->found.count;
    search->found.items = NULL;
    search->found.count = 0;
    return 0;
}

static int search_codes(const PointerSet *codes, const char *file, int line, Location *ret_location,
                        Status *ret_status)
{
    CodeSearch search = {.line = line};
    int result = 0;

    for (size_t i = 0; i < codes->count && result == 0; i++)
        result = code_search_add(&search, codes->items[i]);
    if (result == 0)
        result = finish(&search, file, ret_location, ret_status);
    code_search_deinit(&search);
    return result;
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

/* All names are judged. */
static int conclude(const Search *search, int line, Location *ret_location, Status *ret_status)
{
    const Modules *modules = &search->modules;
    PointerSet codes = {0};
    int result;

    found_code_add_to(&search->found, &codes);
    if (codes.is_incomplete)
        result = -ENOMEM;
    else if (codes.count == 0 && are_importing(modules))
        result = LOCATE_PENDING; /* its code is still being read */
    else if (codes.count > 0 || modules->num_files > 0)
        result = search_codes(&codes, modules->num_files > 0 ? modules->files[0] : search->target.path, line,
                              ret_location, ret_status);
    else
        result = pend(&search->target, ret_status);
    pointer_set_deinit(&codes);
    return result;
}

static int locate(Search *search, int line, Piece *piece, Location *ret_location, Status *ret_status)
{
    int result = modules_init(&search->modules, &search->target, piece);

    if (result == 0 && search->modules.num_files > 1)
        return fail_ambiguous(&search->target, &search->modules, ret_status);
    if (result == 0) {
        found_code_init(&search->found, search->target.path, line);
        result = walk(search, piece);
    }
    return result == 0 ? conclude(search, line, ret_location, ret_status) : result;
}

/* The functions that were found stay with the location: whoever hooks the code may need them. */
static int locate_and_keep(Search *search, int line, Piece *piece, Location *ret_location, Status *ret_status)
{
    Location location = {0};
    int result = locate(search, line, piece, &location, ret_status);

    if (result == 0) {
        location.found = malloc(sizeof(*location.found));
        if (location.found) {
            *location.found = search->found;
            memset(&search->found, 0, sizeof(search->found));
            *ret_location = location;
        } else {
            location_deinit(&location);
            result = -ENOMEM;
        }
    }
    found_code_deinit(&search->found);
    modules_deinit(&search->modules);
    return result;
}

int locate_line(const char *path, int line, Piece *piece, Location *ret_location, Status *ret_status)
{
    Search *search = calloc(1, sizeof(*search));
    int result;

    if (!search)
        return -ENOMEM;
    result = target_init(&search->target, path, piece, ret_status);
    if (result == 0)
        result = locate_and_keep(search, line, piece, ret_location, ret_status);
    free(search);
    return result;
}

/* ----------------------------------------------------------------------------------------------- imports
 */

bool locate_matches(const char *path, PyObject *code_filename)
{
    char text[SOURCE_PATH_BYTES_MAX], file[SOURCE_PATH_BYTES_MAX];
    Status ignored = {0}; /* the path was found good when the breakpoint was set */
    Target *target;
    Piece piece;
    bool matches;

    if (!text_to_path(code_filename, text) || !source_path_same_base(text, path) ||
        !absolute_path(text, file))
        return false;
    target = malloc(sizeof *target);
    piece_begin(&piece, NULL);
    matches = target && target_init(target, path, &piece, &ignored) == 0;
    if (matches) {
        piece_leave(&piece);
        matches = target_matches(target, file);
        piece_enter(&piece);
    }
    piece_end(&piece);
    free(target);
    status_deinit(&ignored);
    return matches;
}

int locate_in_module_code(PyCodeObject *module_code, const char *path, int line, Location *ret_location,
                          Status *ret_status)
{
    CodeSearch search = {.line = line};
    char file[SOURCE_PATH_BYTES_MAX], text[SOURCE_PATH_BYTES_MAX];
    int result = code_search_add(&search, module_code);

    if (!text_to_path(module_code->co_filename, text) || !absolute_path(text, file))
        (void)snprintf(file, sizeof file, "%s", path);
    if (result == 0)
        result = finish(&search, file, ret_location, ret_status);
    code_search_deinit(&search);
    return result;
}

void location_deinit(Location *location)
{
    size_t i;

    for (i = 0; i < location->num_codes; i++)
        Py_DECREF(location->codes[i]);
    free(location->codes);
    if (location->found)
        found_code_deinit(location->found);
    free(location->found);
    *location = (Location){0};
}
