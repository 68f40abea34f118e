/* Regex: regular expressions of texts, compiled and matched by code of our own: Python's compiler is Python
 * code, and its matcher may take exponential time. This one goes through the text once, with all the ways in
 * which the pattern may match so far, in the order in which Python would try them (R. Cox, "Regular
 * Expression Matching: the Virtual Machine Approach"). What it cannot answer as Python does is refused.
 * Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/evaluate/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Together they keep a match below 256 KB. */
#define REGEX_PATTERN_CHARS_MAX 500
#define REGEX_INSTRUCTIONS_MAX  1000
#define REGEX_GROUPS_MAX        12
#define REGEX_SLOTS_MAX         (2 * (REGEX_GROUPS_MAX + 1))
#define REGEX_SETS_MAX          64
#define REGEX_RANGES_MAX        128

/* As Lib/re/_constants.py has them. */
enum {
    REGEX_IGNORECASE = 2,
    REGEX_MULTILINE = 8,
    REGEX_DOTALL = 16,
    REGEX_UNICODE = 32,
    REGEX_ASCII = 256,
};

#define REGEX_UNSET UINT32_MAX

typedef enum RegexCode {
    REGEX_CHAR, /* @operand: the character, in lower case if case does not matter */
    REGEX_ANY,
    REGEX_ANY_BUT_NEWLINE,
    REGEX_SET,   /* @operand: its number */
    REGEX_SPLIT, /* both ways: first to @operand, then to @other */
    REGEX_JUMP,
    REGEX_SAVE, /* @operand: the slot */
    REGEX_TEXT_BEGIN,
    REGEX_TEXT_END,
    REGEX_LINE_BEGIN,
    REGEX_LINE_END,
    REGEX_LAST_LINE_END, /* also before a newline that ends the text */
    REGEX_BOUNDARY,
    REGEX_NO_BOUNDARY,
    REGEX_MATCH,
} RegexCode;

/* Where to go is relative to the instruction, so that a piece of a program can be copied. */
typedef struct RegexInstruction {
    uint8_t code;
    int16_t other;
    int32_t operand;
} RegexInstruction;

enum {
    REGEX_DIGIT = 1,
    REGEX_NO_DIGIT = 2,
    REGEX_SPACE = 4,
    REGEX_NO_SPACE = 8,
    REGEX_WORD = 16,
    REGEX_NO_WORD = 32,
};

typedef struct RegexSet {
    uint32_t latin[8]; /* a bit for each character up to U+00FF */
    uint16_t first_range;
    uint16_t num_ranges;
    uint8_t classes;
    bool is_negated;
} RegexSet;

typedef struct RegexRange {
    Py_UCS4 first;
    Py_UCS4 last;
} RegexRange;

typedef struct Regex {
    int flags;
    int count;
    int num_groups;
    int num_sets;
    int num_ranges;
    uint32_t repeated;                     /* bit i: group i is in a repeat */
    PyObject *names[REGEX_GROUPS_MAX + 1]; /* owned; NULL: it has none */
    RegexInstruction instructions[REGEX_INSTRUCTIONS_MAX];
    RegexSet sets[REGEX_SETS_MAX];
    RegexRange ranges[REGEX_RANGES_MAX];
} Regex;

/* regex_new() - @pattern: an exact str, ready. NULL: the run has failed. */
Regex *regex_new(Run *run, PyObject *pattern, int flags);
void regex_free(Regex *regex);

typedef enum RegexWay { REGEX_WAY_MATCH, REGEX_WAY_SEARCH, REGEX_WAY_FULLMATCH } RegexWay;

/* regex_run() - 1: it matches, and @slots holds where the match and each group begin and end; 0; or -1: the
 * run has failed. */
int regex_run(Run *run, const Regex *regex, PyObject *text, RegexWay way, uint32_t slots[REGEX_SLOTS_MAX]);

#ifdef __cplusplus
}
#endif
