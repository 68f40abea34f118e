#include "stub/native/evaluate/stack_room.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* More is not relied on: what is between the stack of the first thread and those of others was laid out when
 * the process began, by the limit that it had then (mmap_base() of the kernel); this is the usual one. */
#define FIRST_STACK_BYTES_MAX (8u * 1024 * 1024)

/* Below the stack of the first thread the kernel keeps a gap (vm.stack_guard_gap, 1 MiB), which is not part
 * of the limit; other threads have their guard page inside what pthread_getattr_np() tells. */
#define GUARD_BYTES (16 * 1024)

typedef struct Bounds {
    uintptr_t low;
    uintptr_t high; /* 0: not known yet */
} Bounds;

static __thread Bounds bounds_of_thread __attribute__((tls_model("initial-exec")));

/* pthread_getattr_np() would read a file to tell this. The kernel has put the random bytes of AT_RANDOM where
 * the stack of the first thread begins. */
static Bounds bounds_of_first_thread(void)
{
    struct rlimit limit;
    uintptr_t high = getauxval(AT_RANDOM);
    uintptr_t size = FIRST_STACK_BYTES_MAX;

    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < size)
        size = (uintptr_t)limit.rlim_cur;
    return (Bounds){size < high ? high - size : 0, high};
}

static Bounds bounds_of_thread_by_libc(void)
{
    Bounds bounds = {0, 1};
    pthread_attr_t attributes;
    void *low;
    size_t size;

    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return bounds;
    if (pthread_attr_getstack(&attributes, &low, &size) == 0)
        bounds = (Bounds){(uintptr_t)low + GUARD_BYTES, (uintptr_t)low + size};
    pthread_attr_destroy(&attributes);
    return bounds;
}

static bool is_first_thread(void)
{
    return (pid_t)syscall(SYS_gettid) == getpid();
}

/* The stack may be of a library's own making (greenlets of uWSGI and the like): then nothing is known of it.
 */
static bool is_within(const Bounds *bounds, uintptr_t here)
{
    return here > bounds->low && here < bounds->high;
}

bool stack_room_is_at_least(size_t num_bytes)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    Bounds *bounds = &bounds_of_thread;

    if (bounds->high == 0) {
        if (is_first_thread())
            *bounds = bounds_of_first_thread();
        if (!is_within(bounds, here)) /* also that of a child's first thread, which another one has forked */
            *bounds = bounds_of_thread_by_libc();
    }
    return is_within(bounds, here) && here - bounds->low >= num_bytes;
}
