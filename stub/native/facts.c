#include "stub/native/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/snapshot.pb-c.h"
#include "stub/native/link.h"

/* What tells an app in Google Cloud's runtimes which one it is. */
static const char *const ENVIRONMENT[] = {
    "GAE_SERVICE",
    "GAE_MODULE_NAME",
    "GAE_VERSION",
    "GAE_MODULE_VERSION",
    "GAE_DEPLOYMENT_ID",
    "GAE_MINOR_VERSION",
    "K_SERVICE",
    "K_REVISION",
    "FUNCTION_NAME",
    "FUNCTION_TARGET",
    "FUNCTION_REGION",
    "X_GOOGLE_FUNCTION_VERSION",
    "X_GOOGLE_FUNCTION_REGION",
    "GOOGLE_CLOUD_PROJECT",
    "GCLOUD_PROJECT",
    "GCP_PROJECT",
};

#define ENVIRONMENT_NUM (sizeof(ENVIRONMENT) / sizeof(ENVIRONMENT[0]))

/* A visibility file that cannot be sent whole must not be taken for one that allows more: this is no mapping,
 * so the broker shows nothing, and says that the file could not be processed. */
#define UNREADABLE_VISIBILITY "the file cannot be read or is too large"

typedef struct Texts {
    ProtobufCBinaryData *entries; /* each owned */
    size_t num_entries;
} Texts;

static struct {
    const char *stub_version;
    char python_version[32];
    char *program;
    char *app_folder;
    Snapshot__Fact *flags; /* name and value owned */
    size_t num_flags;
    Snapshot__Fact environment[ENVIRONMENT_NUM]; /* value owned */
    size_t num_environment;
    Texts sys_path;
    char *source_context; /* NULL: there is none */
    size_t source_context_len;
    char *visibility_config; /* NULL: there is none */
    size_t visibility_config_len;
} facts;

/* A str as UTF-8 that may hold lone surrogates as if they were characters; from malloc(). NULL: no str, or
 * memory is out. */
static char *copy_text(PyObject *text, const char *errors, size_t *ret_len)
{
    PyObject *bytes = PyUnicode_Check(text) ? PyUnicode_AsEncodedString(text, "utf-8", errors) : NULL;
    char *copy = NULL;

    if (bytes) {
        size_t len = (size_t)PyBytes_GET_SIZE(bytes);

        copy = malloc(len + 1);
        if (copy) {
            memcpy(copy, PyBytes_AS_STRING(bytes), len + 1);
            if (ret_len)
                *ret_len = len;
        }
        Py_DECREF(bytes);
    }
    PyErr_Clear();
    return copy;
}

/* Text of the system as UTF-8 that is valid, which a protobuf string must be. */
static char *copy_system_text(const char *text)
{
    PyObject *decoded = PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
    char *copy = decoded ? copy_text(decoded, "replace", NULL) : NULL;

    Py_XDECREF(decoded);
    PyErr_Clear();
    return copy;
}

static int collect_flags(PyObject *flags)
{
    size_t room_bytes = FACTS_FLAGS_BYTES_MAX;
    PyObject *name, *value;
    Py_ssize_t position = 0;

    facts.flags = calloc((size_t)PyDict_Size(flags) + 1, sizeof(*facts.flags));
    if (!facts.flags)
        return -ENOMEM;
    while (PyDict_Next(flags, &position, &name, &value)) {
        Snapshot__Fact *flag = &facts.flags[facts.num_flags];
        size_t name_len = 0, value_len = 0;

        snapshot__fact__init(flag);
        flag->name = copy_text(name, "replace", &name_len);
        flag->value = copy_text(value, "replace", &value_len);
        if (flag->name && flag->value && name_len + value_len <= room_bytes) {
            room_bytes -= name_len + value_len;
            facts.num_flags++;
        } else {
            free(flag->name);
            free(flag->value);
        }
    }
    return 0;
}

static void collect_environment(void)
{
    size_t room_bytes = FACTS_ENVIRONMENT_BYTES_MAX;

    for (size_t i = 0; i < ENVIRONMENT_NUM; i++) {
        const char *value = getenv(ENVIRONMENT[i]);
        Snapshot__Fact *fact = &facts.environment[facts.num_environment];
        char *copy = value ? copy_system_text(value) : NULL;

        if (!copy)
            continue;
        if (strlen(copy) > room_bytes) {
            free(copy);
            continue;
        }
        room_bytes -= strlen(copy);
        snapshot__fact__init(fact);
        fact->name = (char *)ENVIRONMENT[i]; /* protobuf-c packs through it and never writes */
        fact->value = copy;
        facts.num_environment++;
    }
}

static void texts_deinit(Texts *texts)
{
    for (size_t i = 0; i < texts->num_entries; i++)
        free(texts->entries[i].data);
    free(texts->entries);
    *texts = (Texts){0};
}

/* The entries of sys.path that are str, as many as fit. */
static Texts read_sys_path(void)
{
    PyObject *list = PySys_GetObject("path"); /* borrowed */
    size_t room_bytes = FACTS_SYS_PATH_BYTES_MAX;
    Texts texts = {0};

    if (!list || !PyList_Check(list) || PyList_GET_SIZE(list) == 0)
        return texts;
    texts.entries = calloc((size_t)PyList_GET_SIZE(list), sizeof(*texts.entries));
    for (Py_ssize_t i = 0; texts.entries && i < PyList_GET_SIZE(list); i++) {
        size_t len = 0;
        char *entry = copy_text(PyList_GET_ITEM(list, i), "surrogatepass", &len);

        if (entry && len == 0) { /* the current folder, of which the broker knows nothing */
            free(entry);
            entry = facts_absolute_path("");
            len = entry ? strlen(entry) : 0;
        }
        if (!entry)
            continue;
        if (len + 4 > room_bytes) {
            free(entry);
            break;
        }
        room_bytes -= len + 4; /* its tag and length */
        texts.entries[texts.num_entries++] = (ProtobufCBinaryData){len, (uint8_t *)entry};
    }
    return texts;
}

char *facts_absolute_path(const char *path)
{
    char folder[PATH_MAX];
    char *absolute;

    if (path[0] == '/')
        return strdup(path);
    if (!getcwd(folder, sizeof(folder)) || folder[0] != '/')
        return NULL;
    if (path[0] == '\0')
        return strdup(folder);
    return asprintf(&absolute, "%s/%s", folder, path) < 0 ? NULL : absolute;
}

static void collect_app_folder(void)
{
    PyObject *list = PySys_GetObject("path"); /* borrowed */
    PyObject *first =
        list && PyList_Check(list) && PyList_GET_SIZE(list) > 0 ? PyList_GET_ITEM(list, 0) : NULL;
    PyObject *encoded = first && PyUnicode_Check(first) ? PyUnicode_EncodeFSDefault(first) : NULL;

    if (encoded)
        facts.app_folder = facts_absolute_path(PyBytes_AS_STRING(encoded));
    Py_XDECREF(encoded);
    PyErr_Clear();
}

static void collect_program(void)
{
    PyObject *list = PySys_GetObject("argv"); /* borrowed */

    if (list && PyList_Check(list) && PyList_GET_SIZE(list) > 0)
        facts.program = copy_text(PyList_GET_ITEM(list, 0), "surrogatepass", NULL);
    if (facts.program && strlen(facts.program) > FACTS_PROGRAM_BYTES_MAX)
        facts.program[FACTS_PROGRAM_BYTES_MAX] = '\0';
}

/* Reads a file beside the app. Returns 0 with its content (NULL: there is no such file), or a negative errno:
 * there is one, but it is too large or cannot be read. */
static int read_app_file(const char *name, char **ret_content, size_t *ret_len)
{
    char path[PATH_MAX];
    char *content;
    ssize_t len;
    int fd;

    *ret_content = NULL;
    *ret_len = 0;
    if (snprintf(path, sizeof(path), "%s/%s", facts_app_folder(), name) >= (int)sizeof(path))
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* it may be a pipe */
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    content = malloc(FACTS_FILE_BYTES_MAX + 1);
    len = content ? read(fd, content, FACTS_FILE_BYTES_MAX + 1) : -1;
    (void)close(fd);
    if (len < 0 || len > FACTS_FILE_BYTES_MAX) {
        free(content);
        return -EFBIG;
    }
    *ret_content = content;
    *ret_len = (size_t)len;
    return 0;
}

static int collect_files(void)
{
    if (facts_app_folder()[0] == '\0')
        return 0;
    /* An unreadable one is as good as none: the app is told apart by its files then. */
    (void)read_app_file("source-context.json", &facts.source_context, &facts.source_context_len);
    if (read_app_file("debugger-blacklist.yaml", &facts.visibility_config, &facts.visibility_config_len) == 0)
        return 0;
    facts.visibility_config = strdup(UNREADABLE_VISIBILITY);
    facts.visibility_config_len = sizeof(UNREADABLE_VISIBILITY) - 1;
    return facts.visibility_config ? 0 : -ENOMEM;
}

int facts_collect(PyObject *flags, const char *stub_version)
{
    int result;

    facts.stub_version = stub_version;
    (void)snprintf(facts.python_version, sizeof(facts.python_version), "%.*s",
                   (int)strcspn(Py_GetVersion(), " "), Py_GetVersion());
    collect_program();
    collect_app_folder();
    collect_environment();
    facts.sys_path = read_sys_path();
    result = collect_flags(flags);
    return result != 0 ? result : collect_files();
}

const char *facts_flag(const char *name)
{
    for (size_t i = 0; i < facts.num_flags; i++) {
        if (strcmp(facts.flags[i].name, name) == 0)
            return facts.flags[i].value[0] ? facts.flags[i].value : NULL;
    }
    return NULL;
}

const char *facts_app_folder(void)
{
    return facts.app_folder ? facts.app_folder : "";
}

bool facts_read_sys_path(void)
{
    Texts texts = read_sys_path();
    bool is_equal = texts.num_entries == facts.sys_path.num_entries;

    for (size_t i = 0; is_equal && i < texts.num_entries; i++)
        is_equal = texts.entries[i].len == facts.sys_path.entries[i].len &&
                   memcmp(texts.entries[i].data, facts.sys_path.entries[i].data, texts.entries[i].len) == 0;
    if (is_equal) {
        texts_deinit(&texts);
        return false;
    }
    texts_deinit(&facts.sys_path);
    facts.sys_path = texts;
    return true;
}

static uint8_t *pack(const Snapshot__StubMessage *message, size_t *ret_len_bytes)
{
    uint8_t *packet = malloc(snapshot__stub_message__get_packed_size(message));

    if (packet)
        *ret_len_bytes = snapshot__stub_message__pack(message, packet);
    return packet;
}

uint8_t *facts_pack_hello(uint64_t session_ordinal, bool has_credentials, size_t *ret_len_bytes)
{
    Snapshot__StubMessage envelope = SNAPSHOT__STUB_MESSAGE__INIT;
    Snapshot__Fact *environment[ENVIRONMENT_NUM];
    Snapshot__Hello hello = SNAPSHOT__HELLO__INIT;
    uint8_t *packet;

    hello.flags = calloc(facts.num_flags + 1, sizeof(*hello.flags));
    if (!hello.flags)
        return NULL;
    for (size_t i = 0; i < facts.num_flags; i++)
        hello.flags[i] = &facts.flags[i];
    for (size_t i = 0; i < facts.num_environment; i++)
        environment[i] = &facts.environment[i];
    hello.protocol_version = LINK_PROTOCOL_VERSION;
    hello.stub_version = (char *)facts.stub_version;
    hello.python_version = facts.python_version;
    hello.pid = (uint32_t)getpid();
    hello.n_flags = facts.num_flags;
    hello.n_environment = facts.num_environment;
    hello.environment = environment;
    hello.n_sys_path = facts.sys_path.num_entries;
    hello.sys_path = facts.sys_path.entries;
    hello.source_context = (ProtobufCBinaryData){facts.source_context_len, (uint8_t *)facts.source_context};
    hello.has_visibility_config = facts.visibility_config != NULL;
    hello.visibility_config =
        (ProtobufCBinaryData){facts.visibility_config_len, (uint8_t *)facts.visibility_config};
    hello.has_credentials = has_credentials;
    if (facts.program)
        hello.program = (ProtobufCBinaryData){strlen(facts.program), (uint8_t *)facts.program};
    hello.session_ordinal = session_ordinal;
    hello.applies_visibility = true;

    envelope.message_case = SNAPSHOT__STUB_MESSAGE__MESSAGE_HELLO;
    envelope.hello = &hello;
    packet = pack(&envelope, ret_len_bytes);
    free(hello.flags);
    return packet;
}

uint8_t *facts_pack_sys_path(size_t *ret_len_bytes)
{
    Snapshot__StubMessage envelope = SNAPSHOT__STUB_MESSAGE__INIT;
    Snapshot__SysPath sys_path = SNAPSHOT__SYS_PATH__INIT;

    sys_path.n_entries = facts.sys_path.num_entries;
    sys_path.entries = facts.sys_path.entries;
    envelope.message_case = SNAPSHOT__STUB_MESSAGE__MESSAGE_SYS_PATH;
    envelope.sys_path = &sys_path;
    return pack(&envelope, ret_len_bytes);
}
