/* Datagrams to a Unix socket of the host, such as /dev/log: each arrives whole or not at all. Never blocks:
 * what the reader has no room for waits in a bounded queue. When the reader goes away its socket is looked
 * for again, once a second; what came meanwhile waits for it as far as the bound allows. Loop thread only. */
#pragma once

#include "broker/logs/sink.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DATAGRAM_RETRY_MS 1000 /* between two attempts to connect; untuned */

typedef struct Datagrams Datagrams;

/* datagrams_new() - nothing is opened yet, so that a reader may start later. @path is copied.
 * @is_memfd_known: the reader takes a sealed memory file in the place of a datagram that is too large, as
 * journald does. Borrows what @options points to. The caller owns *ret. 0, -EINVAL (@path is too long for a
 * socket) or -ENOMEM. */
int datagrams_new(const OutputOptions *options, const char *path, bool is_memfd_known, Datagrams **ret);

/* datagrams_free() - drops and counts what waits. NULL is nothing; returns NULL. */
Datagrams *datagrams_free(Datagrams *datagrams);

/* datagrams_write() - @length bytes, borrowed. As sink_write(). */
bool datagrams_write(Datagrams *datagrams, OutputKind kind, const char *data, size_t length);

/* datagrams_options() - what it was made with. */
const OutputOptions *datagrams_options(const Datagrams *datagrams);

/* datagrams_are_sent() - nothing waits, or there is no reader. */
bool datagrams_are_sent(const Datagrams *datagrams);

#ifdef __cplusplus
}
#endif
