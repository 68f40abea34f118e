/* The token of --listen-token-file. Any thread. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#define LISTEN_TOKEN_BYTES_MAX 4096

/* listen_token_read() - the file's text without white space at its end. *ret_token is from malloc(). 0,
 * -EINVAL (empty, too long, or not one word of printable ASCII), or another negative errno. */
int listen_token_read(const char *path, char **ret_token);

/* listen_token_error_text() - a result of the above, for people. */
const char *listen_token_error_text(int result);

#ifdef __cplusplus
}
#endif
