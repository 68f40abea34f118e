/* What a stub's packet may hold: anything. Decoding ends, within its memory, and a message that was decoded
 * can be encoded again. */
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "broker/stubs/packet.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Arena *arena;
    Snapshot__StubMessage *message = nullptr;

    if (!arena && arena_new(PACKET_MEMORY_BYTES_MAX, &arena) < 0)
        abort();
    int result = packet_decode(data, size, arena, &message);
    if (arena_num_bytes(arena) > PACKET_MEMORY_BYTES_MAX || (result == 0) != (message != nullptr))
        abort();
    if (result == 0) {
        std::vector<uint8_t> packet(snapshot__stub_message__get_packed_size(message));

        if (snapshot__stub_message__pack(message, packet.data()) != packet.size())
            abort();
    }
    arena = arena_free(arena); /* so that AddressSanitizer sees every access past it */
    return 0;
}
