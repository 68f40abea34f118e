#include "broker/store/embedded/tree_hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/text.h"
#include "broker/store/embedded/tree.h"
#include "broker/util/cleanup.h"

#define SHA1_BYTES 20

static int append_children(Text *text, const json_t *object)
{
    AUTO_FREE const char **keys = tree_sorted_keys(object);

    if (!keys)
        return -ENOMEM;
    for (size_t i = 0; i < json_object_size(object); i++) {
        char hash[TREE_HASH_BYTES];

        if (tree_hash(json_object_get(object, keys[i]), hash) < 0)
            return -ENOMEM;
        store_text_append_string(text, ":");
        store_text_append_string(text, keys[i]);
        store_text_append_string(text, ":");
        store_text_append_string(text, hash);
    }
    return 0;
}

static void append_number(Text *text, double number)
{
    uint64_t bits;
    char digits[32];

    memcpy(&bits, &number, sizeof bits);
    (void)snprintf(digits, sizeof digits, "number:%016llx", (unsigned long long)bits);
    store_text_append_string(text, digits);
}

static int append_hashed_text(Text *text, const json_t *tree)
{
    if (json_is_object(tree))
        return append_children(text, tree);
    if (json_is_string(tree)) {
        store_text_append_string(text, "string:");
        store_text_append(text, json_string_value(tree), json_string_length(tree));
    } else if (json_is_number(tree)) {
        append_number(text, json_number_value(tree));
    } else {
        store_text_append_string(text, json_is_true(tree) ? "boolean:true" : "boolean:false");
    }
    return 0;
}

int tree_hash(const json_t *tree, char ret[TREE_HASH_BYTES])
{
    AUTO_TEXT Text text = {0};
    unsigned char digest[EVP_MAX_MD_SIZE];

    ret[0] = '\0';
    if (!tree)
        return 0;
    if (append_hashed_text(&text, tree) < 0 || text.is_failed)
        return -ENOMEM;
    if (EVP_Digest(text.bytes ? text.bytes : "", text.length, digest, NULL, EVP_sha1(), NULL) != 1)
        return -ENOMEM; /* the one way in which it fails */
    (void)EVP_EncodeBlock((unsigned char *)ret, digest, SHA1_BYTES);
    return 0;
}
