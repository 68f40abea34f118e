/* Which address to listen on, and whose Host and Origin headers to believe. Pure; any thread.
 *
 * A web page can make a browser send requests to any port of this machine, and with a name that it lets
 * resolve to 127.0.0.1 (DNS rebinding) it can even read the answers. Both show in the headers: the Host is
 * then a foreign name, or the Origin is. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct HostGuard {
    char address[INET6_ADDRSTRLEN]; /* that is bound, numeric */
    bool is_any_address;            /* it is 0.0.0.0 or :: */
    char **allowed_hosts;           /* ends with NULL */
} HostGuard;

/* host_parse_address() - "127.0.0.1:9000", "[::1]:9000" or "localhost:9000" (which is 127.0.0.1), without any
 * look-up. Returns 0 or -EINVAL. */
int host_parse_address(const char *text, struct sockaddr_storage *ret, socklen_t *ret_length);

/* host_is_loopback() - in 127.0.0.0/8, or ::1. */
bool host_is_loopback(const struct sockaddr_storage *address);

/* host_guard_init() - @allowed_hosts (ends with NULL; may be NULL) is copied. 0 or -ENOMEM. */
int host_guard_init(HostGuard *guard, const struct sockaddr_storage *address,
                    const char *const *allowed_hosts);
void host_guard_deinit(HostGuard *guard);

/* host_guard_allows_host() - "localhost:9000" and so on, with or without a port: a loopback name or address,
 * the address that is bound (any numeric address if all are bound: rebinding needs a name), or an allowed
 * name. */
bool host_guard_allows_host(const HostGuard *guard, const char *host);

/* host_guard_allows_origin() - the same for "http://localhost:3000"; "null" is foreign. */
bool host_guard_allows_origin(const HostGuard *guard, const char *origin);

#ifdef __cplusplus
}
#endif
