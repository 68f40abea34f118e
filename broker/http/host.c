#include "broker/http/host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HOST_BYTES_MAX 256 /* a DNS name has at most 253 */

/* Takes "name:port", "name", "[v6]:port" or "[v6]" apart. @name has HOST_BYTES_MAX bytes; *ret_port is "" if
 * there is none. */
static bool split_host(const char *text, char *name, const char **ret_port)
{
    bool is_bracketed = text[0] == '[';
    const char *begin = is_bracketed ? text + 1 : text;
    size_t length = strcspn(begin, is_bracketed ? "]" : ":");
    const char *rest = begin + length;

    if (length == 0 || length >= HOST_BYTES_MAX)
        return false;
    memcpy(name, begin, length);
    name[length] = '\0';
    if (is_bracketed && *rest++ != ']')
        return false;
    if (*rest != '\0' && *rest != ':')
        return false;
    *ret_port = *rest == ':' ? rest + 1 : "";
    return strspn(*ret_port, "0123456789") == strlen(*ret_port) && strlen(*ret_port) <= 5;
}

/* Fills @ret from a numeric address; the port stays 0. */
static bool parse_numeric(const char *name, struct sockaddr_storage *ret, socklen_t *ret_length)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    memset(ret, 0, sizeof *ret);
    if (inet_pton(AF_INET, name, &v4.sin_addr) == 1) {
        memcpy(ret, &v4, sizeof v4);
        *ret_length = sizeof v4;
        return true;
    }
    if (inet_pton(AF_INET6, name, &v6.sin6_addr) == 1) {
        memcpy(ret, &v6, sizeof v6);
        *ret_length = sizeof v6;
        return true;
    }
    return false;
}

int host_parse_address(const char *text, struct sockaddr_storage *ret, socklen_t *ret_length)
{
    char name[HOST_BYTES_MAX];
    const char *port;
    unsigned long number;

    if (!split_host(text, name, &port) || *port == '\0')
        return -EINVAL;
    number = strtoul(port, NULL, 10);
    if (number > 65535)
        return -EINVAL;
    if (!parse_numeric(strcasecmp(name, "localhost") == 0 ? "127.0.0.1" : name, ret, ret_length))
        return -EINVAL;
    if (ret->ss_family == AF_INET)
        ((struct sockaddr_in *)ret)->sin_port = htons((uint16_t)number);
    else
        ((struct sockaddr_in6 *)ret)->sin6_port = htons((uint16_t)number);
    return 0;
}

bool host_is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    if (address->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
    return false;
}

static bool is_any(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ((const struct sockaddr_in *)address)->sin_addr.s_addr == htonl(INADDR_ANY);
    return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static void format_numeric(const struct sockaddr_storage *address, char *text)
{
    const void *bytes = address->ss_family == AF_INET
                            ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
                            : (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr;

    (void)inet_ntop(address->ss_family, bytes, text, INET6_ADDRSTRLEN); /* large enough for both families */
}

int host_guard_init(HostGuard *guard, const struct sockaddr_storage *address,
                    const char *const *allowed_hosts)
{
    size_t count = 0;

    memset(guard, 0, sizeof *guard);
    format_numeric(address, guard->address);
    guard->is_any_address = is_any(address);
    while (allowed_hosts && allowed_hosts[count])
        count++;
    guard->allowed_hosts = calloc(count + 1, sizeof *guard->allowed_hosts);
    if (!guard->allowed_hosts)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        guard->allowed_hosts[i] = strdup(allowed_hosts[i]);
        if (!guard->allowed_hosts[i]) {
            host_guard_deinit(guard);
            return -ENOMEM;
        }
    }
    return 0;
}

void host_guard_deinit(HostGuard *guard)
{
    for (char **host = guard->allowed_hosts; host && *host; host++)
        free(*host);
    free(guard->allowed_hosts);
    guard->allowed_hosts = NULL;
}

bool host_guard_allows_host(const HostGuard *guard, const char *host)
{
    char name[HOST_BYTES_MAX];
    char numeric[INET6_ADDRSTRLEN];
    const char *port;
    struct sockaddr_storage address;
    socklen_t length;

    if (!split_host(host, name, &port))
        return false;
    for (char **allowed = guard->allowed_hosts; *allowed; allowed++)
        if (strcasecmp(name, *allowed) == 0)
            return true;
    if (strcasecmp(name, "localhost") == 0)
        return true;
    if (!parse_numeric(name, &address, &length))
        return false;
    format_numeric(&address, numeric);
    return host_is_loopback(&address) || guard->is_any_address || strcmp(numeric, guard->address) == 0;
}

bool host_guard_allows_origin(const HostGuard *guard, const char *origin)
{
    const char *authority = strstr(origin, "://");

    return authority && host_guard_allows_host(guard, authority + 3);
}
