/* Times as text: when breakpoints were made, when tokens end. Pure. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* timestamp_parse() - RFC 3339 ("2014-06-11T02:30:00Z", with or without a fraction, with any offset; a time
 * without one is UTC) as microseconds since 1970. 0, or -EINVAL: no such time, or one before 1970. */
int timestamp_parse(const char *text, uint64_t *ret_unix_us);

#ifdef __cplusplus
}
#endif
