/* The way through the values of one message; for the files that make a Redactor. See redact.h. */
#pragma once

#include "broker/privacy/redact.h"
#include "broker/privacy/redact_name.h"
#include "broker/privacy/redact_value.h"
#include "broker/util/arena.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef Snapshot__Variable Variable;

/* What a type is called on the wire if the kind of its value implies it. A value that is taken out has no
 * kind, so that its type has to be said. */
typedef enum ImpliedType {
    IMPLIED_INT,
    IMPLIED_FLOAT,
    IMPLIED_COMPLEX,
    IMPLIED_STR,
    IMPLIED_BYTES,
    IMPLIED_BYTEARRAY,
    IMPLIED_DICT,
    IMPLIED_LIST,
    IMPLIED_SET,
    NUM_IMPLIED,
    IMPLIED_NONE = NUM_IMPLIED,
} ImpliedType;

/* Texts with a protected name, in one message; untuned. */
#define REPEATS_MAX 64

struct Redactor {
    NameRules *names;
    SecretScanner *scanner;
    Metrics *metrics;
    Arena *arena;
    SecretSpan spans[SECRET_SPANS_MAX];
    ProtobufCBinaryData repeats[REPEATS_MAX];
};

enum {
    MARK_HIDDEN = 1,  /* a protected name refers to the object */
    MARK_REACHED = 2, /* something that is shown does */
};

typedef struct Walk {
    Redactor *redactor;
    const ProtobufCBinaryData *types; /* as they came */
    size_t num_types;
    ProtobufCBinaryData *new_types; /* with those that were added; NULL: none was */
    size_t num_new_types;
    uint32_t implied[NUM_IMPLIED]; /* indexes of those, from 1; 0: not added yet */
    Variable **table;
    size_t num_table;
    uint8_t *marks; /* of MARK_, for each object of the table; NULL: none is hidden, or memory is out */
    bool is_any_hidden;
    bool is_out_of_memory;
    size_t num_repeats;   /* of the redactor's */
    uint64_t repeat_lens; /* a bit for each length of one, modulo 64 */
} Walk;

/* ---- redact_replace.c ---- */

/* walk_is_type() - whether the type that was sent with @variable is called @name. */
bool walk_is_type(const Walk *walk, const Variable *variable, const char *name);

/* walk_referent() - the object of the table that @variable refers to, or NULL. */
Variable *walk_referent(const Walk *walk, const Variable *variable);

/* walk_marks() - the table's marks, made if there are none yet. NULL: memory is out. */
uint8_t *walk_marks(Walk *walk);

/* walk_replace() - the marker in the place of the value, whose type stays. */
void walk_replace(Walk *walk, Variable *variable, SecretKind kind);

/* walk_hide() - the same for a value that has a protected name, with all that this entails. */
void walk_hide(Walk *walk, Variable *variable);

/* walk_data() - the text, bytes or literal of @variable, which are in @data, without the secrets in it. */
void walk_data(Walk *walk, Variable *variable, ProtobufCBinaryData *data);

/* walk_name(), walk_string(), walk_status() - likewise a text that is no variable's. */
void walk_name(Walk *walk, ProtobufCBinaryData *name);
char *walk_string(Walk *walk, char *text);
void walk_status(Walk *walk, Snapshot__StatusMessage *status);

void walk_count(Walk *walk, Metric metric);

/* ---- redact_container.c ---- */

/* walk_variables() - values with their names, keys and members. */
void walk_variables(Walk *walk, Variable **variables, size_t num);

/* ---- redact_again.c: when all is walked ---- */

/* walk_remember() - @text has a protected name. */
void walk_remember(Walk *walk, ProtobufCBinaryData text);

/* walk_repeats() - hides what was remembered under other names. */
void walk_repeats(Walk *walk, Variable **variables, size_t num);

/* walk_objects() - hides the objects of the table that must not be shown: all of them, if memory is out. */
void walk_objects(Walk *walk, const Snapshot__Capture *capture);

#ifdef __cplusplus
}
#endif
