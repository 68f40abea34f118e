/* Application Default Credentials: where Google's libraries look for credentials if nobody names a file, in
 * google-auth's order. Reads files; may wait for the disk, so only at the start. */
#pragma once

#include "broker/auth/credential.h"

#ifdef __cplusplus
extern "C" {
#endif

/* default_credentials_find() - @environment ends with NULL, as environ. The file of
 * GOOGLE_APPLICATION_CREDENTIALS, else gcloud's own (in CLOUDSDK_CONFIG or ~/.config/gcloud), else the
 * metadata server, which is only asked later. The caller owns *ret. Returns 0, -EINVAL (a file is no use,
 * which nothing else stands in for, or there is nothing at all: *ret_error is a sentence without its full
 * stop, from malloc()) or -ENOMEM. */
int default_credentials_find(char *const *environment, Credential **ret, char **ret_error);

/* default_credentials_project_id() - GOOGLE_CLOUD_PROJECT, else GCLOUD_PROJECT, else that of @credential,
 * else gcloud's if @credential is gcloud's user. *ret is from malloc(), or NULL: none of these says it. 0 or
 * -ENOMEM. */
int default_credentials_project_id(char *const *environment, const Credential *credential, char **ret);

#ifdef __cplusplus
}
#endif
