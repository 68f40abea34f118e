/* A breakpoint as its user wrote it into the database, checked. Pure; one owner.
 *
 * What only the app can judge (whether the file is there, whether the line has code, whether an expression
 * compiles) is left to the stub. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/privacy/redact.h"
#include "proto/snapshot.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DEFINITION_ID_BYTES_MAX        128 /* so that a list of all ids fits a packet; "b-1795421517" has 12 */
#define DEFINITION_PACKET_BYTES_MAX    (64 * 1024) /* of the breakpoint on the wire; a packet has 128 KiB */
#define DEFINITION_NUM_EXPRESSIONS_MAX 1000        /* untuned */

/* Why an expression is not evaluated: what is shown in the place of its value. */
typedef struct Refusal Refusal;

typedef struct Definition {
    json_t *json; /* as in the database, with its id, and without a result; the strings below are borrowed
                     from it */
    const char *id;
    bool is_logpoint;
    const char *path;
    uint32_t line;
    const char *condition; /* "": none */
    const char **expressions;
    size_t num_expressions;
    const char **asked; /* what the stubs evaluate instead of the expressions; NULL: the expressions */
    Refusal **refusals; /* one for each expression, NULL where there is none; NULL: there are none at all */
    const char *log_format;   /* of a logpoint; "" for none */
    const char *severity;     /* of a logpoint: INFO, WARNING, ERROR */
    const json_t *limits;     /* for limits_from_json(); NULL: none; borrowed from @json */
    uint64_t created_unix_us; /* 0: unknown */
} Definition;

/* What definition_new() says of @json. */
enum {
    DEFINITION_E_INVALID = 1,  /* no stub could use it: *ret_status says why, for the user */
    DEFINITION_E_NO_OBJECT = 2 /* no breakpoint at all */
};

/* definition_new() - @id is the key in the database, which counts if the object has another. @json is
 * borrowed and not changed. The caller owns *ret, and *ret_status where it is set. 0, one of the above, or
 * -ENOMEM. */
int definition_new(const char *id, const json_t *json, Definition **ret, json_t **ret_status);

/* definition_guard() - refuses what names something that @redactor protects: the condition, and with it the
 * breakpoint (DEFINITION_E_INVALID and *ret_status), or single expressions, *ret_num_refused of them, which
 * no stub will be asked for. To be called once. 0, DEFINITION_E_INVALID or -ENOMEM. */
int definition_guard(Definition *definition, Redactor *redactor, json_t **ret_status,
                     size_t *ret_num_refused);

/* definition_shown_values() - the values of the expressions as the user is to see them: those of @values, or
 * why there is none. *ret is from malloc(), or NULL: as they are. Borrows from both. 0 or -ENOMEM. */
int definition_shown_values(const Definition *definition, Snapshot__Variable *const *values,
                            size_t num_values, Snapshot__Variable ***ret);

/* definition_free() - NULL is nothing; returns NULL. */
Definition *definition_free(Definition *definition);

/* definition_to_wire() - @ret borrows from @definition. */
void definition_to_wire(const Definition *definition, Snapshot__Breakpoint *ret);

/* definition_strip_result() - removes from @json, a breakpoint of the database, all that a result adds. */
void definition_strip_result(json_t *json);

/* status_new() - an error status in the form of the database; @parameter is NULL where @format has no "$0".
 * New reference; NULL when memory is out. */
json_t *status_new(Snapshot__StatusMessage__RefersTo refers_to, const char *format, const char *parameter);

#ifdef __cplusplus
}
#endif
