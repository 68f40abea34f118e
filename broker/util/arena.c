#include "broker/util/arena.h"

#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

enum { FIRST_BLOCK_BYTES = 64 * 1024 }; /* holds a typical packet; untuned */

typedef struct Block Block;
struct Block {
    Block *previous;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

struct Arena {
    size_t limit;
    size_t taken;
    Block *newest;
};

int arena_new(size_t limit_bytes, Arena **ret)
{
    Arena *arena = calloc(1, sizeof *arena);

    if (!arena)
        return -ENOMEM;
    arena->limit = limit_bytes;
    *ret = arena;
    return 0;
}

Arena *arena_free(Arena *arena)
{
    if (!arena)
        return NULL;
    while (arena->newest) {
        Block *block = arena->newest;

        arena->newest = block->previous;
        free(block);
    }
    free(arena);
    return NULL;
}

static Block *add_block(Arena *arena, size_t size)
{
    size_t wanted = arena->newest ? 2 * arena->newest->size : FIRST_BLOCK_BYTES;
    Block *block;

    if (wanted < size)
        wanted = size;
    block = malloc(sizeof *block + wanted);
    if (!block)
        return NULL;
    block->previous = arena->newest;
    block->size = wanted;
    block->used = 0;
    arena->newest = block;
    return block;
}

void *arena_take(Arena *arena, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    Block *block = arena->newest;
    void *result;

    if (size > arena->limit)
        return NULL; /* before the sum below, which could overflow */
    size = (size + alignment - 1) & ~(alignment - 1);
    if (size > arena->limit - arena->taken)
        return NULL;
    if (!block || size > block->size - block->used) {
        block = add_block(arena, size);
        if (!block)
            return NULL;
    }
    result = block->data + block->used;
    block->used += size;
    arena->taken += size;
    return result;
}

void arena_reset(Arena *arena)
{
    while (arena->newest && arena->newest->previous) {
        Block *block = arena->newest;

        arena->newest = block->previous;
        free(block);
    }
    if (arena->newest && arena->newest->size > FIRST_BLOCK_BYTES) {
        free(arena->newest);
        arena->newest = NULL;
    } else if (arena->newest) {
        arena->newest->used = 0;
    }
    arena->taken = 0;
}

size_t arena_num_bytes(const Arena *arena)
{
    return arena->taken;
}
