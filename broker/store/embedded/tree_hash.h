/* The hash of a tree, as the SDKs of the Realtime Database compute it: base64 of SHA-1 of a text. Here it is
 * the ETag. Pure; any thread. */
#pragma once

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TREE_HASH_BYTES 29 /* 28 characters and a NUL */

/* tree_hash() - writes the hash of @tree, "" for NULL. Returns 0, or -ENOMEM. Priorities do not exist here.
 */
int tree_hash(const json_t *tree, char ret[TREE_HASH_BYTES]);

#ifdef __cplusplus
}
#endif
