/* What a short-lived command line tool does when memory runs out: it ends, with one line. Nothing of its
 * state outlives it, and an unwound "Out of memory" would need the memory that is missing. For this folder
 * only: a broker must not do this. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* MUST() - the value of a pointer expression that is NULL only when memory ran out. */
#define MUST(expression)                                                                                     \
    __extension__({                                                                                          \
        __typeof__(expression) must_ = (expression);                                                         \
        if (!must_)                                                                                          \
            must_have_memory();                                                                              \
        must_;                                                                                               \
    })

__attribute__((noreturn)) static inline void must_have_memory(void)
{
    (void)fputs("snapdbg: out of memory\n", stderr); /* if that fails too, abort() still tells */
    abort();
}

#ifdef __cplusplus
}
#endif
