#include "stub/native/ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* Records begin at multiples of this, so that a header never wraps round the end of the memory. */
#define ALIGNMENT_BYTES 32

_Static_assert(sizeof(RingRecord) <= ALIGNMENT_BYTES, "a header must not wrap");

int ring_init(Ring *ring, size_t capacity_bytes)
{
    void *memory = mmap(NULL, capacity_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return -ENOMEM;
    *ring = (Ring){.memory = memory, .capacity_bytes = capacity_bytes};
    return 0;
}

void ring_deinit(Ring *ring)
{
    if (ring->memory)
        (void)munmap(ring->memory, ring->capacity_bytes);
    *ring = (Ring){0};
}

void ring_reset(Ring *ring)
{
    ring->head = 0;
    ring->tail = 0;
}

static RingRecord *record_at(const Ring *ring, uint64_t position)
{
    return (RingRecord *)(ring->memory + (position & (ring->capacity_bytes - 1)));
}

/* The position of a record that is in the ring. */
static uint64_t position_of(const Ring *ring, const RingRecord *record)
{
    uint64_t offset = (uint64_t)((const uint8_t *)record - ring->memory);
    uint64_t tail_offset = ring->tail & (ring->capacity_bytes - 1);

    return ring->tail + ((offset - tail_offset) & (ring->capacity_bytes - 1));
}

RingRecord *ring_push(Ring *ring, const uint8_t *packet, size_t len_bytes, uint64_t sequence, RingState state)
{
    uint64_t tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
    uint64_t head = ring->head;
    size_t to_end = ring->capacity_bytes - (head & (ring->capacity_bytes - 1));
    size_t size;
    RingRecord *record;

    if (!ring->memory || len_bytes > ring->capacity_bytes)
        return NULL;
    size = (sizeof(RingRecord) + len_bytes + ALIGNMENT_BYTES - 1) & ~(size_t)(ALIGNMENT_BYTES - 1);

    if (size >
        to_end) { /* a packet is in one piece: what is left before the end becomes a record of nothing */
        if (head - tail + to_end + size > ring->capacity_bytes)
            return NULL;
        *record_at(ring, head) = (RingRecord){.size_bytes = (uint32_t)to_end, .state = RING_DONE};
        head += to_end;
    } else if (head - tail + size > ring->capacity_bytes) {
        return NULL;
    }

    record = record_at(ring, head);
    *record = (RingRecord){
        .size_bytes = (uint32_t)size,
        .len_bytes = (uint32_t)len_bytes,
        .sequence = sequence,
        .state = state,
    };
    memcpy(record + 1, packet, len_bytes);
    __atomic_store_n(&ring->head, head + size, __ATOMIC_SEQ_CST);
    return record;
}

size_t ring_num_free_bytes(const Ring *ring)
{
    return ring->capacity_bytes - (size_t)(ring->head - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE));
}

bool ring_is_empty(const Ring *ring)
{
    return __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) == __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
}

RingRecord *ring_next(const Ring *ring, const RingRecord *record)
{
    uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_SEQ_CST);
    uint64_t position = record ? position_of(ring, record) + record->size_bytes : ring->tail;

    for (; position != head; position += record->size_bytes) {
        record = record_at(ring, position);
        if (ring_state(record) != RING_DONE)
            return (RingRecord *)record;
    }
    return NULL;
}

const uint8_t *ring_packet(const RingRecord *record)
{
    return (const uint8_t *)(record + 1);
}

RingState ring_state(const RingRecord *record)
{
    return (RingState)__atomic_load_n(&record->state, __ATOMIC_SEQ_CST);
}

void ring_set_state(RingRecord *record, RingState state)
{
    __atomic_store_n(&record->state, (uint32_t)state, __ATOMIC_SEQ_CST);
}

void ring_reclaim(Ring *ring)
{
    uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
    uint64_t position = ring->tail;

    while (position != head) {
        const RingRecord *record = record_at(ring, position);

        if (ring_state(record) != RING_DONE)
            break;
        position += record->size_bytes;
    }
    __atomic_store_n(&ring->tail, position, __ATOMIC_RELEASE);
}
