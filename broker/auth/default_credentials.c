#include "broker/auth/default_credentials.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/auth/credential_fields.h"
#include "broker/util/cleanup.h"

#define WELL_KNOWN_FILE "application_default_credentials.json"

/* An empty variable counts as none. */
static const char *environment_value(char *const *environment, const char *name)
{
    size_t length = strlen(name);

    for (; environment && *environment; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return (*environment)[length + 1] ? *environment + length + 1 : NULL;
    }
    return NULL;
}

/* The path of a file of gcloud's. False: there is no place for one. */
static bool gcloud_path(char *const *environment, const char *name, char *ret, size_t size)
{
    const char *folder = environment_value(environment, "CLOUDSDK_CONFIG");
    const char *home = environment_value(environment, "HOME");
    int length;

    if (folder)
        length = snprintf(ret, size, "%s/%s", folder, name);
    else if (home)
        length = snprintf(ret, size, "%s/.config/gcloud/%s", home, name);
    else
        return false;
    return length > 0 && (size_t)length < size;
}

/* Whether the firmware says that this is a machine of Google's, so that nobody else can answer as its
 * metadata server.
 */
static bool is_google_machine(void)
{
    char text[16] = "";
    FILE *stream = fopen("/sys/class/dmi/id/product_name", "re");

    if (stream && !fgets(text, sizeof text, stream))
        text[0] = '\0';
    if (stream)
        (void)fclose(stream);
    return strncmp(text, "Google", 6) == 0;
}

static int find_metadata(char *const *environment, Credential **ret)
{
    const char *host = environment_value(environment, "GCE_METADATA_HOST");
    const char *ping_host = environment_value(environment, "GCE_METADATA_IP");
    Credential *credential = calloc(1, sizeof *credential);

    if (!host)
        host = environment_value(environment, "GCE_METADATA_ROOT");
    if (!ping_host)
        ping_host = host; /* google-auth asks the usual address even then, where nobody may be */
    if (!credential)
        return -ENOMEM;
    credential->kind = CREDENTIAL_METADATA;
    credential->is_metadata_certain = is_google_machine();
    credential->metadata_host = strdup(host ? host : "metadata.google.internal");
    credential->metadata_ping_host = strdup(ping_host ? ping_host : "169.254.169.254");
    if (credential->metadata_host &&
        asprintf(&credential->name, "metadata server %s", credential->metadata_host) >= 0)
        credential->identity = strdup(credential->name);
    if (!credential->metadata_ping_host || !credential->identity) {
        (void)credential_free(credential);
        return -ENOMEM;
    }
    *ret = credential;
    return 0;
}

int default_credentials_find(char *const *environment, Credential **ret, char **ret_error)
{
    const char *named = environment_value(environment, "GOOGLE_APPLICATION_CREDENTIALS");
    const char *no_check = environment_value(environment, "NO_GCE_CHECK");
    char path[PATH_MAX];

    if (named)
        return credential_read(named, ret, ret_error);
    if (gcloud_path(environment, WELL_KNOWN_FILE, path, sizeof path) && access(path, F_OK) == 0)
        return credential_read(path, ret, ret_error);
    if (!no_check || strcmp(no_check, "true") != 0)
        return find_metadata(environment, ret);
    *ret_error =
        strdup("there are no credentials: --service-account-file and GOOGLE_APPLICATION_CREDENTIALS name no "
               "file, \"gcloud auth application-default login\" has left none, and NO_GCE_CHECK says that "
               "there is no metadata server");
    return *ret_error ? -EINVAL : -ENOMEM;
}

/* ------------------------------------------------------------------------------------- gcloud's project */

/* The value in "key = value" if that is what @line says; its end is cut off in place. */
static const char *ini_value(char *line, const char *key)
{
    size_t length = strlen(key);

    line += strspn(line, " \t");
    if (strncmp(line, key, length) != 0)
        return NULL;
    line += length;
    line += strspn(line, " \t");
    if (*line++ != '=')
        return NULL;
    line += strspn(line, " \t");
    line[strcspn(line, " \t\r\n")] = '\0';
    return *line ? line : NULL;
}

/* core/project of gcloud's active configuration, read as gcloud keeps it: the broker starts no programs. */
static char *gcloud_project(char *const *environment)
{
    const char *name = environment_value(environment, "CLOUDSDK_ACTIVE_CONFIG_NAME");
    const char *project = NULL;
    char line[512] = "default";
    char file[600];
    char path[PATH_MAX];
    bool is_core = false;
    FILE *stream;

    if (!name && gcloud_path(environment, "active_config", path, sizeof path) &&
        (stream = fopen(path, "re"))) {
        if (!fgets(line, sizeof line, stream))
            line[0] = '\0';
        line[strcspn(line, " \t\r\n")] = '\0';
        (void)fclose(stream);
    }
    (void)snprintf(file, sizeof file, "configurations/config_%s", name ? name : line);
    if (!gcloud_path(environment, file, path, sizeof path) || !(stream = fopen(path, "re")))
        return NULL;
    while (!project && fgets(line, sizeof line, stream)) {
        if (line[0] == '[')
            is_core = strncmp(line, "[core]", 6) == 0;
        else if (is_core)
            project = ini_value(line, "project");
    }
    (void)fclose(stream);
    return project ? strdup(project) : NULL;
}

int default_credentials_project_id(char *const *environment, const Credential *credential, char **ret)
{
    const char *project = environment_value(environment, "GOOGLE_CLOUD_PROJECT");

    if (!project)
        project = environment_value(environment, "GCLOUD_PROJECT");
    if (!project)
        project = credential_project_id(credential);
    if (!project && credential->kind == CREDENTIAL_AUTHORIZED_USER)
        project = environment_value(environment, "CLOUDSDK_CORE_PROJECT");
    if (project) {
        *ret = strdup(project);
        return *ret ? 0 : -ENOMEM;
    }
    *ret = credential->kind == CREDENTIAL_AUTHORIZED_USER ? gcloud_project(environment) : NULL;
    return 0;
}
