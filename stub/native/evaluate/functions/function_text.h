/* Function text: cuts the statement that a function is written in out of its file, and writes the headers of
 * the classes and functions around it above it, so that a compiler makes the same code of it as of the whole
 * file. Knows only what lines, strings, brackets and indentation are: whether it has cut well is for the
 * compiler to tell. No Python, any thread. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A longer statement is refused: compiling it would hold the app's thread too long (some 0.2 us a byte
 * on 3.11). */
#define FUNCTION_TEXT_BYTES_MAX (16 * 1024)

/* function_text_cut() - @file (UTF-8, any kind of line ends, @len_bytes) has a function that begins in line
 * @first_line (from 1), decorators included. @free_names: what it takes from functions around it, separated
 * by ", ". Returns 0 and *ret_text (for free(); as many lines before the function as in the file), -ENOENT:
 * there is no such line; -EFBIG: it is too long; -EINVAL: the lines cannot be told apart; or -ENOMEM. */
int function_text_cut(const char *file, size_t len_bytes, unsigned first_line, const char *free_names,
                      char **ret_text);

#ifdef __cplusplus
}
#endif
