/* Credentials: a copy of the app's service account file that nobody can change any more, for the broker,
 * which must never wait for a file of an app's: it may be a pipe, or on a network. What is in the file does
 * not pass through the memory of the app. On the link thread. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#define CREDENTIALS_BYTES_MAX (64 * 1024) /* what the broker takes; a real one has 2.4 KiB */

/* credentials_copy() - a sealed memfd with the content of the file at @path, which the caller closes; or -1,
 * with the reason in *ret_why, borrowed until the next call of strerror() in this thread. Does not wait for a
 * pipe. */
int credentials_copy(const char *path, const char **ret_why);

#ifdef __cplusplus
}
#endif
