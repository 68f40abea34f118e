/* A visibility file of any bytes: what the stub is told is within its bounds, and is either patterns or a
 * reason. */
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <jansson.h>

#include "broker/privacy/visibility.h"

namespace
{

void require(bool is_so)
{
    if (!is_so)
        abort();
}

void check_patterns(char *const *patterns, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        json_t *text = json_string(patterns[i]); /* NULL for what is no UTF-8 */

        require(text && *patterns[i] && strlen(patterns[i]) <= VISIBILITY_PATTERN_BYTES_MAX);
        json_decref(text);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Visibility *visibility = nullptr;

    require(visibility_new(data, size, true, &visibility) == 0);
    const Snapshot__Visibility *wire = visibility_wire(visibility);

    check_patterns(wire->blacklist, wire->n_blacklist);
    check_patterns(wire->whitelist, wire->n_whitelist);
    require(wire->n_blacklist + wire->n_whitelist <= VISIBILITY_NUM_PATTERNS_MAX + 1);
    require(snapshot__visibility__get_packed_size(wire) < 120 * 1024);
    if (*wire->error)
        require(wire->is_restricted && wire->n_blacklist + wire->n_whitelist == 0 &&
                strlen(wire->error) < 400);
    if (!wire->is_restricted)
        require(wire->n_blacklist + wire->n_whitelist == 0);
    for (const char *byte = wire->error; *byte; byte++)
        require(*byte >= 0x20 && *byte < 0x7f);
    visibility_free(visibility);
    return 0;
}
