/* Memory that is wiped before it is given back. Any thread; one owner.
 *
 * What this cannot reach: the copies that OpenSSL and libcurl make while they work, which they clear (keys)
 * or only free (headers), and pages that were swapped out. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "broker/util/cleanup.h"

#ifdef __cplusplus
extern "C" {
#endif

/* secret_free() - wipes all that malloc() gave for @text. NULL is nothing; returns NULL. */
char *secret_free(char *text);

/* secret_copy() - from malloc(); NULL when memory is out. */
char *secret_copy(const char *text, size_t length);

static inline void cleanup_secret(char **text)
{
    (void)secret_free(*text);
}

#define AUTO_SECRET CLEANUP(cleanup_secret)

/* Text that grows, and leaves nothing behind where it has grown. Begins as {0}. A failed allocation is
 * remembered, so that only the end needs a check. */
typedef struct SecretText {
    char *text; /* terminated, once something was added */
    size_t length;
    size_t capacity;
    int result; /* 0 or -ENOMEM */
} SecretText;

void secret_text_add(SecretText *self, const char *text, size_t length);
void secret_text_add_string(SecretText *self, const char *text);

/* secret_text_add_field() - "name=value" of a form, percent-encoded, with "&" before it if it is not the
 * first. A
 * @value that is NULL or empty is left out. */
void secret_text_add_field(SecretText *self, const char *name, const char *value);

/* secret_text_add_base64() - with the alphabet and the padding of RFC 4648, section 4. */
void secret_text_add_base64(SecretText *self, const void *data, size_t length);

/* secret_text_add_base64url() - section 5, without padding, as JWTs have it. */
void secret_text_add_base64url(SecretText *self, const void *data, size_t length);

/* secret_text_take() - the text, which the caller owns; the buffer is empty again. NULL if an allocation
 * failed. */
char *secret_text_take(SecretText *self);

/* secret_text_deinit() - wipes what was not taken. */
void secret_text_deinit(SecretText *self);

/* secret_json_load() - as json_loadb() with JSON_REJECT_DUPLICATES, but all that jansson allocates meanwhile
 * is wiped when it frees it, and nothing is made of it where memory was out: NULL, with an error that has no
 * text. The caller gives the result to secret_json_free(). */
json_t *secret_json_load(const char *text, size_t length, json_error_t *error);

/* secret_json_free() - wipes the tree, whose only reference this must be. NULL is nothing; returns NULL. */
json_t *secret_json_free(json_t *json);

static inline void cleanup_secret_json(json_t **json)
{
    (void)secret_json_free(*json);
}

#define AUTO_SECRET_JSON CLEANUP(cleanup_secret_json)

/* secret_init() - lets jansson wipe. Before the first secret_json_load(), while there is one thread. */
void secret_init(void);

/* secret_guard_process() - no core dump of this process, and no debugger of another process of its user, from
 * now on. For a process that holds credentials. */
void secret_guard_process(void);

#ifdef __cplusplus
}
#endif
