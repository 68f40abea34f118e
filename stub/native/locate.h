/* Locate: from `path:line`, as a user wrote it, to the code objects of the running program.
 *
 * Reads sys.modules, module dictionaries and code objects by layout; runs no code of the app and imports
 * nothing. All functions hold the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/found_code.h"
#include "stub/native/status.h"

#define LOCATE_PENDING                                                                                       \
    1 /* no loaded module matches the path: wait for the import; a status is a note for the user */
#define LOCATE_FAILED 2 /* final; the status says why, with the original's message */

/* The code objects that have the line. Owned references. */
typedef struct Location {
    PyCodeObject **codes;
    size_t num_codes;
    FoundCode
        *found; /* owned; for live_code_assume() while the code objects are hooked; NULL: it is no use */
} Location;

/* locate_line() - finds all code objects of the line in the modules that are loaded, and elsewhere.
 * @path: as the user wrote it, UTF-8. @line: 1 is the first. @piece: begun by the caller; the GIL is given up
 * every now and then, and while the file system is asked.
 * Returns 0 and fills *ret_location (location_deinit() it), which holds as long as the GIL is kept;
 * LOCATE_PENDING; LOCATE_FAILED and *ret_status; -ECANCELED, or another negative errno. *ret_location and
 * *ret_status are untouched otherwise. */
int locate_line(const char *path, int line, Piece *piece, Location *ret_location, Status *ret_status);

/* locate_matches() - whether a module whose code has this co_filename is meant by @path. Runs on every import
 * while breakpoints are pending, so it is cheap unless the last component is right; then it asks the file
 * system, without the GIL. */
bool locate_matches(const char *path, PyObject *code_filename);

/* locate_in_module_code() - as locate_line(), in the code of a module that is about to run (its nested code
 * objects included). Never LOCATE_PENDING. */
int locate_in_module_code(PyCodeObject *module_code, const char *path, int line, Location *ret_location,
                          Status *ret_status);

/* location_deinit() - drops the references. */
void location_deinit(Location *location);
