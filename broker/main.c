#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/options.h"
#include "broker/version.h"

int main(int argc, char **argv)
{
    Options options;
    char *error = NULL;
    ExitCode code = EXIT_CODE_OK;

    if (options_parse(argc - 1, argv + 1, environ, &options, &error) < 0) {
        (void)fprintf(stderr, "snapshot-broker: %s (see --help)\n", error ? error : "out of memory");
        code = error ? EXIT_CODE_USAGE : EXIT_CODE_SOFTWARE;
        free(error);
        return code;
    }
    if (options.help)
        options_print_help(stdout);
    else if (options.version)
        (void)printf("snapshot-broker %s\n", BROKER_VERSION);
    else if (options.print_config)
        options_print_config(&options, stdout);
    else
        code = broker_run(&options);
    options_deinit(&options);
    return code;
}
