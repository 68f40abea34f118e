/* Part: which part of the source a node of the tree stands for, so that messages can quote it. Holds the GIL.
 */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the compiler was given, and where each of its bytes is in the text that the user wrote. */
typedef struct PartText {
    char *parsed;      /* owned, ends with a NUL */
    uint16_t *origins; /* owned: of each byte and of the end */
} PartText;

/* A place in the user's text, in bytes. */
typedef struct Part {
    uint16_t begin;
    uint16_t len; /* 0: not known */
} Part;

/* part_locate() - of @node, a node of the tree of @text. Sets no exception. */
Part part_locate(const PartText *text, PyObject *node);

/* part_text_deinit() - frees what it owns. */
void part_text_deinit(PartText *text);

#ifdef __cplusplus
}
#endif
