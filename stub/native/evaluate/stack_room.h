/* Stack room: how much of the C stack is left for the calling thread. A thread of the app may have as little
 * as 32 KiB (threading.stack_size()), and what the stub does comes on top of what the app does. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* stack_room_is_at_least() - false also where it cannot be told. Any thread; no system call but the first
 * time on a thread. */
bool stack_room_is_at_least(size_t num_bytes);

#ifdef __cplusplus
}
#endif
