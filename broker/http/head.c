#include "broker/http/head.h"

#include <string.h>
#include <strings.h>

enum {
    BAD_REQUEST = 400,
    EXPECTATION_FAILED = 417,
    TOO_MANY = 431,
    NOT_IMPLEMENTED = 501,
    BAD_VERSION = 505
};

/* Characters of a token (RFC 9110, 5.6.2): methods and names of headers. */
static bool is_token(const char *text)
{
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        bool is_alphanumeric = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                               (*text >= '0' && *text <= '9');

        if (!is_alphanumeric && !strchr("!#$%&'*+-.^_`|~", *text))
            return false;
    }
    return true;
}

/* A line may hold a tab and everything from the space up, except DEL. */
static bool has_control(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
            return true;
    return false;
}

/* The next line without its end, and *rest behind it. LF alone ends a line too. */
static char *next_line(char **rest)
{
    char *line = *rest;
    char *end = strchr(line, '\n');

    if (!end)
        return NULL;
    *rest = end + 1;
    if (end > line && end[-1] == '\r')
        end--;
    *end = '\0';
    return line;
}

static int parse_target(char *target, HttpHead *head)
{
    char *question;

    if (strncasecmp(target, "http://", 7) == 0) {
        char *slash = strchr(target + 7, '/');

        /* The authority is moved over "http://", so that it can be terminated before the path. */
        if (!slash)
            return BAD_REQUEST;
        memmove(target, target + 7, (size_t)(slash - target - 7));
        target[slash - target - 7] = '\0';
        head->authority = target;
        target = slash;
    }
    if (target[0] != '/' && strcmp(target, "*") != 0)
        return BAD_REQUEST;
    question = strchr(target, '?');
    if (question)
        *question = '\0';
    head->path = target;
    head->query = question ? question + 1 : "";
    return strchr(head->path, '#') || strchr(head->query, '#') ? BAD_REQUEST : 0;
}

static int parse_request_line(char *line, HttpHead *head)
{
    char *target = strchr(line, ' ');
    char *version = target ? strchr(target + 1, ' ') : NULL;

    if (!version || strchr(version + 1, ' '))
        return BAD_REQUEST;
    *target++ = '\0';
    *version++ = '\0';
    if (!is_token(line) || *target == '\0' || strchr(target, '\t'))
        return BAD_REQUEST;
    if (strncmp(version, "HTTP/", 5) != 0)
        return BAD_REQUEST;
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return BAD_VERSION;
    head->method = line;
    head->minor_version = version[7] - '0';
    return parse_target(target, head);
}

static int parse_header(char *line, HttpHead *head)
{
    char *colon = strchr(line, ':');
    char *value;
    char *end;

    if (!colon)
        return BAD_REQUEST;
    if (head->num_headers == HTTP_NUM_HEADERS_MAX)
        return TOO_MANY;
    *colon = '\0';
    if (!is_token(line)) /* a blank before the colon, and a folded line, are no tokens */
        return BAD_REQUEST;
    value = colon + 1 + strspn(colon + 1, " \t");
    end = value + strlen(value);
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    head->headers[head->num_headers++] = (HttpHeader){.name = line, .value = value};
    return 0;
}

static size_t count_headers(const HttpHead *head, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < head->num_headers; i++)
        if (strcasecmp(head->headers[i].name, name) == 0)
            count++;
    return count;
}

/* Headers on which security or framing depends must not leave a choice of which one counts. */
static bool has_repeated_singleton(const HttpHead *head)
{
    static const char *const singletons[] = {"Authorization",     "Content-Length", "Host",
                                             "Transfer-Encoding", "Origin",         "X-HTTP-Method-Override"};

    for (size_t i = 0; i < sizeof singletons / sizeof singletons[0]; i++)
        if (count_headers(head, singletons[i]) > 1)
            return true;
    return false;
}

static bool parse_length(const char *text, uint64_t *ret)
{
    uint64_t length = 0;

    if (*text == '\0' || strlen(text) > 18) /* 18 digits fit; no body is that long */
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        length = length * 10 + (uint64_t)(*text - '0');
    }
    *ret = length;
    return true;
}

static bool has_list_member(const char *list, const char *member)
{
    size_t length = strlen(member);

    while (*list) {
        list += strspn(list, " \t,");
        if (strncasecmp(list, member, length) == 0 && strchr(", \t", list[length])) /* or the end */
            return true;
        list += strcspn(list, ",");
    }
    return false;
}

static int interpret(HttpHead *head)
{
    const char *length = http_head_get(head, "Content-Length");
    const char *encoding = http_head_get(head, "Transfer-Encoding");
    const char *connection = http_head_get(head, "Connection");
    const char *expect = http_head_get(head, "Expect");

    if (has_repeated_singleton(head))
        return BAD_REQUEST;
    if (head->minor_version == 1 && !http_head_get(head, "Host"))
        return BAD_REQUEST;
    if (length && (encoding || !parse_length(length, &head->content_length)))
        return BAD_REQUEST;
    if (encoding && head->minor_version == 0)
        return BAD_REQUEST;
    if (encoding && strcasecmp(encoding, "chunked") != 0)
        return NOT_IMPLEMENTED;
    if (expect && strcasecmp(expect, "100-continue") != 0)
        return EXPECTATION_FAILED;

    head->is_chunked = encoding != NULL;
    head->is_continue_expected = expect && head->minor_version == 1;
    head->is_keep_alive = head->minor_version == 1 ? !connection || !has_list_member(connection, "close")
                                                   : connection && has_list_member(connection, "keep-alive");
    return 0;
}

int http_head_parse(char *text, size_t length, HttpHead *ret)
{
    char *rest = text;
    char *line;
    int status;

    memset(ret, 0, sizeof *ret);
    text[length] = '\0';
    if (strlen(text) != length)
        return BAD_REQUEST;

    line = next_line(&rest);
    if (!line || has_control(line))
        return BAD_REQUEST;
    status = parse_request_line(line, ret);
    while (status == 0) {
        line = next_line(&rest);
        if (!line || has_control(line))
            return BAD_REQUEST;
        if (*line == '\0')
            return interpret(ret);
        status = parse_header(line, ret);
    }
    return status;
}

const char *http_head_get(const HttpHead *head, const char *name)
{
    for (size_t i = 0; i < head->num_headers; i++)
        if (strcasecmp(head->headers[i].name, name) == 0)
            return head->headers[i].value;
    return NULL;
}
