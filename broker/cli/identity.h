/* Who is asking: the bearer token for the database, and the name that breakpoints are signed with. */
#pragma once

#include <jansson.h>

#include "broker/cli/database_url.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IDENTITY_USER_VARIABLE   "SNAPSHOT_DEBUGGER_USER"
#define IDENTITY_TOKEN_BYTES_MAX (16 * 1024) /* the largest tokens in use are a few KiB */

/* identity_token() - the token in @token_file, or, for a database of Firebase without one, gcloud's.
 * *ret_token is NULL where none is needed. Returns 0 and what the caller owns, or a negative errno and a
 * sentence that the caller owns. */
int identity_token(const DatabaseUrl *url, const char *token_file, char **ret_token, char **ret_problem);

/* identity_token_free() - wipes and frees it. NULL is nothing. */
void identity_token_free(char *token);

/* identity_user() - SNAPSHOT_DEBUGGER_USER, or, for a database of Firebase, gcloud's account, or user@host
 * of the operating system. The results are as above. */
int identity_user(const DatabaseUrl *url, char **ret_user, char **ret_problem);

#ifdef __cplusplus
}
#endif
