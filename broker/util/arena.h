/* Memory for one decoded packet: taken piece by piece, given back all at once, and never more than a limit.
 *
 * A packet of 128 KiB can ask a protobuf decoder for a hundred times its size (an empty submessage is two
 * bytes on the wire and 200 in memory), so that the decoder's memory needs a bound of its own. Pure; one
 * owner. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Arena Arena;

/* arena_new() - @limit_bytes: what may be taken between two resets. Nothing is allocated until something is
 * taken. The caller owns *ret. 0 or -ENOMEM. */
int arena_new(size_t limit_bytes, Arena **ret);

/* arena_free() - frees it and all that was taken. NULL is nothing; returns NULL. */
Arena *arena_free(Arena *arena);

/* arena_take() - @size bytes, aligned for any type, not cleared. NULL past the limit or when memory is out.
 * Valid until the next arena_reset(). */
void *arena_take(Arena *arena, size_t size);

/* arena_reset() - all that was taken is invalid; the first block is kept for the next packet. */
void arena_reset(Arena *arena);

/* arena_num_bytes() - taken since the last reset, alignment included. */
size_t arena_num_bytes(const Arena *arena);

#ifdef __cplusplus
}
#endif
