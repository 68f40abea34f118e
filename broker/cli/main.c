/* snapdbg: sets and shows snapshots and logpoints. Everything but this file is in a library. */
#include <curl/curl.h>
#include <stdio.h>

#include "broker/cli/cli.h"

int main(int argc, char *argv[])
{
    int exit_code;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        (void)fputs("snapdbg: cannot start libcurl\n", stderr); /* nowhere else to tell it */
        return CLI_EXIT_FAILED;
    }
    exit_code = cli_run((const char *const *)argv + (argc > 0 ? 1 : 0), stdin, stdout, stderr);
    curl_global_cleanup();
    return exit_code;
}
