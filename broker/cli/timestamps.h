/* The times of the database, milliseconds since 1970 UTC, beside their form for people. Any thread. */
#pragma once

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* timestamp_text() - "2026-11-23T23:27:00Z" of milliseconds as JSON; "not set" of 0. What is no time is
 * the beginning of 1970, which people recognize as such. The caller owns it. */
char *timestamp_text(const json_t *milliseconds);

/* timestamp_add() - sets @object[@name] to the text of @object[@source], unless @name is there already or
 * @source is not. */
void timestamp_add(json_t *object, const char *name, const char *source);

#ifdef __cplusplus
}
#endif
