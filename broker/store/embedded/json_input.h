/* Reads the JSON that clients send, and finds the place of a bad key in it. Pure; any thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* json_input_parse() - any JSON value. An integer past 64 bits becomes a double, as in the database. Returns
 * 0 with the value in *ret, -EINVAL if it is not JSON (jansson says so too where memory ends inside a
 * string), -ENOMEM. */
int json_input_parse(const char *text, size_t length, json_t **ret);

/* json_input_find_bad_key() - where in valid JSON the first key begins that the database does not allow;
 * ".sv" is allowed, and with @may_be_path keys of the outermost object are paths. Lines and columns count
 * from 1; columns are bytes. False if there is none. */
bool json_input_find_bad_key(const char *text, size_t length, bool may_be_path, size_t *ret_line,
                             size_t *ret_column);

#ifdef __cplusplus
}
#endif
