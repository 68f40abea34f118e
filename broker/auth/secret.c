#include "broker/auth/secret.h"

#include <ctype.h>
#include <errno.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

/* ----------------------------------------------------------------------------------------------- text */

static void wipe_and_free(void *memory)
{
    if (memory)
        OPENSSL_cleanse(memory, malloc_usable_size(memory));
    free(memory);
}

char *secret_free(char *text)
{
    wipe_and_free(text);
    return NULL;
}

char *secret_copy(const char *text, size_t length)
{
    char *copy = malloc(length + 1);

    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

static bool reserve(SecretText *self, size_t extra)
{
    size_t capacity = self->capacity ? self->capacity : 1024;
    char *larger;

    if (self->result < 0)
        return false;
    while (capacity < self->length + extra + 1)
        capacity *= 2;
    if (capacity == self->capacity)
        return true;
    larger = malloc(capacity);
    if (!larger) {
        self->result = -ENOMEM;
        return false;
    }
    if (self->length)
        memcpy(larger, self->text, self->length);
    wipe_and_free(self->text);
    self->text = larger;
    self->capacity = capacity;
    return true;
}

void secret_text_add(SecretText *self, const char *text, size_t length)
{
    if (!reserve(self, length))
        return;
    if (length)
        memcpy(self->text + self->length, text, length);
    self->length += length;
    self->text[self->length] = '\0';
}

void secret_text_add_string(SecretText *self, const char *text)
{
    secret_text_add(self, text, strlen(text));
}

/* What application/x-www-form-urlencoded leaves as it is. */
static bool is_plain(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
           (character >= 'a' && character <= 'z') || (character && strchr("-._*", character));
}

void secret_text_add_field(SecretText *self, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    if (self->length)
        secret_text_add(self, "&", 1);
    secret_text_add_string(self, name);
    secret_text_add(self, "=", 1);
    for (; *value; value++) {
        char escape[4];

        if (is_plain(*value)) {
            secret_text_add(self, value, 1);
        } else {
            (void)snprintf(escape, sizeof escape, "%%%02X", (unsigned char)*value);
            secret_text_add(self, escape, 3);
            OPENSSL_cleanse(escape, sizeof escape);
        }
    }
}

void secret_text_add_base64(SecretText *self, const void *data, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *bytes = data;

    for (size_t i = 0; i < length; i += 3) {
        unsigned group = (unsigned)bytes[i] << 16 | (i + 1 < length ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (i + 2 < length ? bytes[i + 2] : 0);
        char text[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        i + 1 < length ? digits[group >> 6 & 63] : '=',
                        i + 2 < length ? digits[group & 63] : '='};

        secret_text_add(self, text, sizeof text);
    }
}

void secret_text_add_base64url(SecretText *self, const void *data, size_t length)
{
    size_t start = self->length;

    secret_text_add_base64(self, data, length);
    if (self->result < 0)
        return;
    for (size_t i = start; i < self->length; i++) {
        if (self->text[i] == '+')
            self->text[i] = '-';
        else if (self->text[i] == '/')
            self->text[i] = '_';
    }
    while (self->length > start && self->text[self->length - 1] == '=')
        self->text[--self->length] = '\0';
}

char *secret_text_take(SecretText *self)
{
    char *text;

    secret_text_add(self, "", 0); /* so that an empty one is text as well */
    text = self->result < 0 ? NULL : TAKE(self->text);
    secret_text_deinit(self);
    return text;
}

void secret_text_deinit(SecretText *self)
{
    wipe_and_free(self->text);
    *self = (SecretText){0};
}

/* ----------------------------------------------------------------------------------------------- JSON */

/* Whether jansson is working on something secret in this thread. Its parser has buffers of its own, which
 * only its allocator sees. */
static _Thread_local bool is_json_secret;
static _Thread_local bool
    has_memory_failed; /* meanwhile: jansson goes on with cut texts, or blames what it reads */

static void *allocate_for_jansson(size_t size)
{
    void *memory = malloc(size);

    if (!memory)
        has_memory_failed = true;
    return memory;
}

static void free_for_jansson(void *memory)
{
    if (is_json_secret)
        wipe_and_free(memory);
    else
        free(memory);
}

void secret_init(void)
{
    json_set_alloc_funcs(allocate_for_jansson, free_for_jansson);
}

json_t *secret_json_load(const char *text, size_t length, json_error_t *error)
{
    json_t *json;

    is_json_secret = true;
    has_memory_failed = false;
    json = json_loadb(text, length, JSON_REJECT_DUPLICATES, error);
    is_json_secret = false;
    if (!has_memory_failed)
        return json;
    if (error)
        error->text[0] = '\0';
    return secret_json_free(json);
}

json_t *secret_json_free(json_t *json)
{
    is_json_secret = true;
    json_decref(json);
    is_json_secret = false;
    return NULL;
}

void secret_guard_process(void)
{
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* cannot fail with 0 */
}
