/* Asks Google's command line tool: for who the user is and for an access token. Only for databases of
 * Firebase; the embedded store needs neither. No shell is involved. */
#pragma once

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GCLOUD_TIMEOUT_MS       60000       /* it may refresh a token over the network; untuned */
#define GCLOUD_OUTPUT_BYTES_MAX (64 * 1024) /* a token is some hundred bytes */

/* gcloud_ask() - runs "gcloud <@arguments> --format=json" and reads what it prints as JSON. @arguments
 * ends with NULL. Returns 0 and a value that the caller owns, or a negative errno and a sentence that the
 * caller owns; the sentence never has the output in it, which may be a token. */
int gcloud_ask(const char *const arguments[], json_t **ret_value, char **ret_problem);

#ifdef __cplusplus
}
#endif
