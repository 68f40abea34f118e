#include "broker/cli/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/cli/children.h"
#include "broker/cli/gcloud.h"
#include "broker/cli/must.h"
#include "broker/cli/text.h"
#include "broker/util/cleanup.h"

/* Visible ASCII only: it becomes part of a header line. */
static bool is_token(const char *text)
{
    for (const char *cursor = text; *cursor; cursor++)
        if (*cursor <= ' ' || *cursor > '~')
            return false;
    return *text != '\0';
}

static int read_file(const char *path, char *buffer, size_t size)
{
    AUTO_CLOSE int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;

    if (descriptor < 0)
        return -errno;
    for (;;) {
        ssize_t step = read(descriptor, buffer + length, size - length);

        if (step < 0 && errno != EINTR)
            return -errno;
        if (step == 0)
            break;
        if (step > 0)
            length += (size_t)step;
        if (length == size)
            return -EFBIG;
    }
    buffer[length] = '\0';
    return strlen(buffer) == length ? 0 : -EBADMSG;
}

static int token_of_file(const char *path, char **ret_token, char **ret_problem)
{
    char buffer[IDENTITY_TOKEN_BYTES_MAX];
    int error = read_file(path, buffer, sizeof buffer);
    char *begin, *end;

    if (error < 0) {
        *ret_problem = text_format("cannot read the token file %s: %s", path, strerror(-error));
        return error;
    }
    begin = buffer + strspn(buffer, " \t\r\n");
    end = begin + strlen(begin);
    while (end > begin && strchr(" \t\r\n", end[-1]))
        *--end = '\0';
    if (!is_token(begin)) {
        *ret_problem = text_format("the token file %s holds no token", path);
        error = -EINVAL;
    } else {
        *ret_token = MUST(strdup(begin));
    }
    explicit_bzero(buffer, sizeof buffer);
    return error;
}

static int token_of_gcloud(char **ret_token, char **ret_problem)
{
    static const char *const arguments[] = {"auth", "print-access-token", NULL};
    AUTO_JSON json_t *answer = NULL;
    const char *token;
    int error = gcloud_ask(arguments, &answer, ret_problem);

    if (error < 0)
        return error;
    token = json_is_string(answer) ? json_string_value(answer) : children_string(answer, "token");
    if (!token || !is_token(token)) {
        *ret_problem = text_format("gcloud auth print-access-token printed no token");
        return -EBADMSG;
    }
    *ret_token = MUST(strdup(token));
    return 0;
}

int identity_token(const DatabaseUrl *url, const char *token_file, char **ret_token, char **ret_problem)
{
    *ret_token = NULL;
    if (token_file)
        return token_of_file(token_file, ret_token, ret_problem);
    return url->is_firebase ? token_of_gcloud(ret_token, ret_problem) : 0;
}

void identity_token_free(char *token)
{
    if (token)
        explicit_bzero(token, strlen(token));
    free(token);
}

static int user_of_gcloud(char **ret_user, char **ret_problem)
{
    static const char *const arguments[] = {"config", "get-value", "account", NULL};
    AUTO_JSON json_t *account = NULL;
    int error = gcloud_ask(arguments, &account, ret_problem);

    if (error < 0)
        return error;
    if (json_string_length(account) == 0) {
        *ret_problem =
            text_format("gcloud has no account set; see gcloud auth login, or set " IDENTITY_USER_VARIABLE);
        return -ENOENT;
    }
    *ret_user = MUST(strdup(json_string_value(account)));
    return 0;
}

static char *user_of_system(void)
{
    char host[256] = "";
    const struct passwd *entry = getpwuid(geteuid());

    if (gethostname(host, sizeof host - 1) != 0 || !*host)
        (void)strcpy(host, "localhost");
    if (!entry)
        return text_format("%u@%s", (unsigned)geteuid(), host);
    return text_format("%s@%s", entry->pw_name, host);
}

int identity_user(const DatabaseUrl *url, char **ret_user, char **ret_problem)
{
    const char *user = getenv(IDENTITY_USER_VARIABLE);

    if (user && *user) {
        if (!utf8_is_valid(user, strlen(user))) {
            *ret_problem = text_format(IDENTITY_USER_VARIABLE " is not valid UTF-8");
            return -EINVAL;
        }
        *ret_user = MUST(strdup(user));
        return 0;
    }
    if (url->is_firebase)
        return user_of_gcloud(ret_user, ret_problem);
    *ret_user = user_of_system();
    return 0;
}
