#include "broker/cli/gcloud.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/cli/must.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"
#include "broker/util/clock.h"

#define ARGUMENTS_MAX 8

extern char **environ;

/* A child's streams: nothing to read, a pipe for what it prints, a memory file for what it complains of. */
typedef struct Streams {
    int output;        /* our end */
    int output_writer; /* the child's end */
    int complaints;
} Streams;

static void cleanup_streams(Streams *streams)
{
    cleanup_close(&streams->output);
    cleanup_close(&streams->output_writer);
    cleanup_close(&streams->complaints);
}

static int open_streams(Streams *streams)
{
    int pipe_ends[2];

    streams->complaints = memfd_create("gcloud-stderr", MFD_CLOEXEC);
    if (streams->complaints < 0 || pipe2(pipe_ends, O_CLOEXEC) != 0)
        return -errno;
    streams->output = pipe_ends[0];
    streams->output_writer = pipe_ends[1];
    return 0;
}

static void cleanup_actions(posix_spawn_file_actions_t *actions)
{
    (void)posix_spawn_file_actions_destroy(actions); /* frees memory, no more */
}

static int start(const char *const arguments[], const Streams *streams, pid_t *ret_process)
{
    CLEANUP(cleanup_actions) posix_spawn_file_actions_t actions;
    char *command[ARGUMENTS_MAX] = {(char *)"gcloud"}; /* posix_spawnp() changes none of them */
    size_t count = 1;

    while (*arguments && count < ARGUMENTS_MAX - 2)
        command[count++] = (char *)*arguments++;
    command[count] = (char *)"--format=json";

    if (posix_spawn_file_actions_init(&actions) != 0)
        must_have_memory();
    if (posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, streams->output_writer, STDOUT_FILENO) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, streams->complaints, STDERR_FILENO) != 0)
        must_have_memory();
    return -posix_spawnp(ret_process, "gcloud", &actions, NULL, command, environ);
}

/* Reads until the child closes its end. -ETIMEDOUT if it takes too long, -EMSGSIZE if it says too much. */
static int read_all(int descriptor, Text *text)
{
    uint64_t deadline_us = clock_monotonic_us() + GCLOUD_TIMEOUT_MS * 1000ull;

    for (;;) {
        struct pollfd readable = {.fd = descriptor, .events = POLLIN};
        uint64_t now_us = clock_monotonic_us();
        char buffer[4096];
        ssize_t length;

        if (now_us >= deadline_us)
            return -ETIMEDOUT;
        if (poll(&readable, 1, (int)((deadline_us - now_us) / 1000) + 1) <= 0)
            continue;
        length = read(descriptor, buffer, sizeof buffer);
        if (length == 0)
            return 0;
        if (length < 0 && errno != EINTR)
            return -errno;
        if (length > 0)
            text_append(text, buffer, (size_t)length);
        if (text->length > GCLOUD_OUTPUT_BYTES_MAX)
            return -EMSGSIZE;
    }
}

static int wait_for(pid_t process)
{
    int status = 0;

    while (waitpid(process, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

/* The first line of what it complained of that says something. */
static char *first_complaint(int descriptor)
{
    char buffer[1024] = "";
    ssize_t length = pread(descriptor, buffer, sizeof buffer - 1, 0);
    const char *line = buffer;

    buffer[length > 0 ? length : 0] = '\0';
    line += strspn(line, " \r\n");
    return MUST(strndup(line, strcspn(line, "\r\n")));
}

static int explain_exit(const char *name, int status, int complaints, char **ret_problem)
{
    AUTO_FREE char *complaint = NULL;

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    complaint = first_complaint(complaints);
    *ret_problem = text_format(
        "gcloud %s failed (%s %d)%s%s", name, WIFEXITED(status) ? "exit code" : "signal",
        WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), *complaint ? ": " : "", complaint);
    return -EIO;
}

int gcloud_ask(const char *const arguments[], json_t **ret_value, char **ret_problem)
{
    CLEANUP(cleanup_streams) Streams streams = {-1, -1, -1};
    CLEANUP(text_deinit) Text text = {0};
    pid_t process;
    int error = open_streams(&streams);

    if (error == 0)
        error = start(arguments, &streams, &process);
    if (error < 0) {
        *ret_problem = text_format("cannot run gcloud: %s. It is needed for databases of Firebase, unless "
                                   "--token-file names a token",
                                   strerror(-error));
        return error;
    }
    (void)close(streams.output_writer);
    streams.output_writer = -1;

    error = read_all(streams.output, &text);
    if (error < 0) {
        (void)kill(process, SIGKILL);
        (void)wait_for(process); /* how it ended is known */
        *ret_problem = text_format("gcloud %s did not answer: %s", arguments[0], strerror(-error));
        return error;
    }
    error = explain_exit(arguments[0], wait_for(process), streams.complaints, ret_problem);
    if (error < 0)
        return error;

    *ret_value = json_loadb(text.bytes ? text.bytes : "", text.length, JSON_DECODE_ANY, NULL);
    if (text.length > 0)
        explicit_bzero(text.bytes, text.length);
    if (*ret_value)
        return 0;
    *ret_problem = text_format("gcloud %s printed no JSON", arguments[0]);
    return -EBADMSG;
}
