/* What /proc says of this process, for /metrics. Any thread. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Both are 0 where /proc is not there. */
int64_t process_resident_bytes(void);
int64_t process_num_descriptors(void);

#ifdef __cplusplus
}
#endif
