/* The embedded store and its HTTP face alone, for tests: no stubs, no admin port.
 *
 * usage: embedded_store_server --state-dir=DIR [--listen=HOST:PORT] [--token=TEXT] [--keep-alive-ms=N]
 *            [--bytes-max=N] [--connections-max=N] [--body-bytes-max=N] [--idle-timeout-ms=N]
 *            [--request-timeout-ms=N] [--write-timeout-ms=N] [--stream-queue-bytes-max=N] [--allow-remote]
 *            [--allow-host=NAME]
 * Prints the port in a line of its own when it listens. On SIGUSR1 it prints a line with its counters as
 * JSON; it ends with 0 on SIGTERM and SIGINT. If it cannot start it says why and exits with 1 (2: bad usage).
 */
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/embedded/embedded_store.h"
#include "broker/store/embedded/rest.h"

typedef struct Options {
    EmbeddedStoreOptions store;
    RestServerOptions rest;
    const char *allowed_hosts[2];
} Options;

static void on_stop(evutil_socket_t signal_number, short events, void *base)
{
    (void)signal_number;
    (void)events;
    (void)event_base_loopbreak(base);
}

static void on_report(evutil_socket_t signal_number, short events, void *server)
{
    RestStats stats;

    (void)signal_number;
    (void)events;
    rest_server_stats(server, &stats);
    (void)printf(
        "{\"num_requests\": %llu, \"num_errors\": %llu, \"num_streams\": %u, \"num_slow_readers\": %llu, "
        "\"num_connections\": %u, \"num_sync_failures\": %llu}\n",
        (unsigned long long)stats.num_requests, (unsigned long long)stats.num_errors, stats.num_streams,
        (unsigned long long)stats.num_slow_readers, stats.num_connections,
        (unsigned long long)stats.num_sync_failures);
    (void)fflush(stdout);
}

static int parse(int argc, char **argv, Options *options)
{
    static const struct option known[] = {
        {"state-dir", required_argument, NULL, 's'},
        {"listen", required_argument, NULL, 'l'},
        {"token", required_argument, NULL, 't'},
        {"keep-alive-ms", required_argument, NULL, 'k'},
        {"bytes-max", required_argument, NULL, 'b'},
        {"connections-max", required_argument, NULL, 'c'},
        {"body-bytes-max", required_argument, NULL, 'B'},
        {"idle-timeout-ms", required_argument, NULL, 'i'},
        {"request-timeout-ms", required_argument, NULL, 'r'},
        {"write-timeout-ms", required_argument, NULL, 'w'},
        {"stream-queue-bytes-max", required_argument, NULL, 'q'},
        {"allow-remote", no_argument, NULL, 'a'},
        {"allow-host", required_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    HttpServerOptions *http = &options->rest.http;
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        unsigned long number = optarg ? strtoul(optarg, NULL, 10) : 0;

        switch (option) {
        case 's':
            options->store.state_dir = optarg;
            break;
        case 'l':
            http->listen_address = optarg;
            break;
        case 't':
            options->rest.token = optarg;
            break;
        case 'k':
            options->rest.keep_alive_ms = (unsigned)number;
            break;
        case 'b':
            options->store.bytes_max = number;
            break;
        case 'c':
            http->num_connections_max = (unsigned)number;
            break;
        case 'B':
            http->body_bytes_max = number;
            break;
        case 'i':
            http->idle_timeout_ms = (unsigned)number;
            break;
        case 'r':
            http->request_timeout_ms = (unsigned)number;
            break;
        case 'w':
            http->write_timeout_ms = (unsigned)number;
            break;
        case 'q':
            http->stream_queue_bytes_max = number;
            break;
        case 'a':
            http->is_remote_allowed = true;
            break;
        case 'h':
            options->allowed_hosts[0] = optarg;
            break;
        default:
            return 2;
        }
    }
    return options->store.state_dir && optind == argc ? 0 : 2;
}

static int serve(struct event_base *base, RestServer *server)
{
    struct event *events[] = {evsignal_new(base, SIGTERM, on_stop, base),
                              evsignal_new(base, SIGINT, on_stop, base),
                              evsignal_new(base, SIGUSR1, on_report, server)};

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        (void)event_add(events[i], NULL);
    (void)printf("%u\n", rest_server_port(server));
    (void)fflush(stdout);
    (void)event_base_dispatch(base);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        event_free(events[i]);
    return 0;
}

int main(int argc, char **argv)
{
    Options options = {.rest.http.listen_address = "127.0.0.1:0"};
    struct event_base *base = event_base_new();
    EmbeddedStore *store = NULL;
    RestServer *server = NULL;
    int error;

    options.rest.http.allowed_hosts = options.allowed_hosts;
    if (!base || parse(argc, argv, &options) != 0)
        return 2;
    (void)signal(SIGPIPE, SIG_IGN);
    error = embedded_store_new(&options.store, base, &store);
    if (error == 0)
        error = rest_server_new(store, &options.rest, &server);
    if (error == 0)
        error = serve(base, server);
    else
        (void)fprintf(stderr, "embedded_store_server: %s\n", embedded_store_error_text(error));
    (void)rest_server_free(server);
    (void)embedded_store_free(store);
    event_base_free(base);
    return error == 0 ? 0 : 1;
}
