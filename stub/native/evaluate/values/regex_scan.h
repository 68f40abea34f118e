/* Regex scan: characters, escapes and sets of a pattern. See regex.h. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/values/regex.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A pattern that is being read. Borrows all. */
typedef struct RegexScan {
    Run *run;
    Regex *regex;
    PyObject *pattern;
    Py_ssize_t next;
    Py_ssize_t end;
} RegexScan;

#define REGEX_SCAN_END ((Py_UCS4)0xffffffff)

/* regex_scan_peek() - the character @offset after the next one, or REGEX_SCAN_END. */
static inline Py_UCS4 regex_scan_peek(const RegexScan *scan, Py_ssize_t offset)
{
    Py_ssize_t index = scan->next + offset;

    return index < scan->end ? PyUnicode_READ_CHAR(scan->pattern, index) : REGEX_SCAN_END;
}

/* regex_scan_take() - goes over the next one if it is @c. */
static inline bool regex_scan_take(RegexScan *scan, Py_UCS4 c)
{
    if (regex_scan_peek(scan, 0) != c)
        return false;
    scan->next++;
    return true;
}

/* regex_scan_refuse() - @what the pattern has. Returns false. */
bool regex_scan_refuse(RegexScan *scan, const char *what);

/* What an escape stands for: a class, or else a character. */
typedef struct RegexEscape {
    uint8_t classes;
    Py_UCS4 character;
} RegexEscape;

/* regex_scan_escape() - behind the backslash, without those that stand for a place. False: the run has
 * failed. */
bool regex_scan_escape(RegexScan *scan, bool is_in_set, RegexEscape *ret_escape);

/* regex_scan_set() - behind the bracket. False: the run has failed. */
bool regex_scan_set(RegexScan *scan, int *ret_set);

/* regex_scan_class() - a set of its own for `\d` and the like. */
bool regex_scan_class(RegexScan *scan, uint8_t classes, int *ret_set);

/* regex_scan_check_case() - whether it is known which characters are the same but for their case. False: the
 * run has failed. */
bool regex_scan_check_case(RegexScan *scan, Py_UCS4 c);

#ifdef __cplusplus
}
#endif
