#include "broker/util/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdbool.h>
#include <string.h>

#include "broker/util/cleanup.h"

#define PREFIX "snapshot_broker_"

typedef struct Description {
    const char *name;
    const char *labels;
    const char *type;
    const char *help;
} Description;

static const Description descriptions[] = {
#define METRIC_DESCRIPTION(identifier, name, labels, type, help) {name, labels, type, help},
    METRICS_TABLE(METRIC_DESCRIPTION)
#undef METRIC_DESCRIPTION
};

char *metrics_text(const Metrics *metrics, const char *build_version)
{
    AUTO_FREE char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    bool failed;

    if (!stream)
        return NULL;
    fprintf(stream,
            "# HELP " PREFIX "build_info The version that runs.\n# TYPE " PREFIX "build_info gauge\n" PREFIX
            "build_info{version=\"%s\"} 1\n",
            build_version);
    for (size_t i = 0; i < ARRAY_SIZE(descriptions); i++) {
        const Description *row = &descriptions[i];

        if (i == 0 || strcmp(row->name, descriptions[i - 1].name) != 0)
            fprintf(stream, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", row->name, row->help,
                    row->name, row->type);
        fprintf(stream, PREFIX "%s%s %" PRId64 "\n", row->name, row->labels, metrics->values[i]);
    }
    failed = ferror(stream) != 0;
    return fclose(stream) == 0 && !failed ? TAKE(text) : NULL;
}
