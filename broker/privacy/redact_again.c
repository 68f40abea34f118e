/* What a protected name has led to, met once more under another. */
#include "broker/privacy/redact_walk.h"

#include <string.h>

#include "broker/util/arena.h"

/* --------------------------------------------------------------------------------------------- repeats */

#define REPEAT_BYTES_MIN   6
#define REPEAT_LETTERS_MIN 12 /* of letters alone: shorter ones are words that stand everywhere */

/* Whether a text is telling enough to be looked for under other names. */
static bool is_telling(ProtobufCBinaryData text)
{
    size_t num_letters = 0;

    while (num_letters < text.len &&
           ((text.data[num_letters] | 0x20) >= 'a' && (text.data[num_letters] | 0x20) <= 'z'))
        num_letters++;
    return text.len >= REPEAT_BYTES_MIN && (num_letters < text.len || text.len >= REPEAT_LETTERS_MIN);
}

void walk_remember(Walk *walk, ProtobufCBinaryData text)
{
    if (walk->num_repeats == REPEATS_MAX || !is_telling(text))
        return;
    walk->redactor->repeats[walk->num_repeats++] = text;
    walk->repeat_lens |= UINT64_C(1) << text.len % 64;
}

static bool is_repeat(const Walk *walk, ProtobufCBinaryData text)
{
    if (!(walk->repeat_lens >> text.len % 64 & 1))
        return false;
    for (size_t i = 0; i < walk->num_repeats; i++) {
        ProtobufCBinaryData other = walk->redactor->repeats[i];

        if (other.len == text.len && memcmp(other.data, text.data, text.len) == 0)
            return true;
    }
    return false;
}

/* The same text once more, under a name that says nothing: a password is handed on as "raw" or "value". */
static void hide_repeats_in(Walk *walk, Variable *variable, unsigned depth)
{
    if ((variable->value_case == SNAPSHOT__VARIABLE__VALUE_TEXT && is_repeat(walk, variable->text)) ||
        (variable->value_case == SNAPSHOT__VARIABLE__VALUE_BLOB && is_repeat(walk, variable->blob))) {
        walk_replace(walk, variable, SECRET_NAME);
        walk_count(walk, METRIC_VALUES_REDACTED_NAME);
    }
    if (depth >= REDACT_DEPTH_MAX)
        return;
    if (variable->key)
        hide_repeats_in(walk, variable->key, depth + 1);
    for (size_t i = 0; i < variable->n_members; i++)
        hide_repeats_in(walk, variable->members[i], depth + 1);
}

void walk_repeats(Walk *walk, Variable **variables, size_t num)
{
    for (size_t i = 0; i < num && walk->num_repeats > 0; i++)
        hide_repeats_in(walk, variables[i], 0);
}

/* -------------------------------------------------------------------------------- objects of the table */

/* Marks what a value that is shown refers to, and what that does, and so on. The depth of the recursion is
 * that of containers; objects wait in @queue. */
typedef struct Reach {
    Walk *walk;
    uint32_t *queue;
    size_t num;
} Reach;

static void reach(Reach *self, const Variable *variable, unsigned depth)
{
    Walk *walk = self->walk;

    if (walk_referent(walk, variable) && !walk->marks[variable->reference - 1]) {
        walk->marks[variable->reference - 1] = MARK_REACHED;
        self->queue[self->num++] = variable->reference - 1;
    }
    for (size_t i = 0; i < variable->n_members && depth < REDACT_DEPTH_MAX; i++)
        reach(self, variable->members[i], depth + 1);
}

static void reach_all(Reach *self, Variable *const *variables, size_t num)
{
    for (size_t i = 0; i < num; i++)
        reach(self, variables[i], 0);
}

/* Once the whole is walked: which objects may be shown. Without memory, none. */
void walk_objects(Walk *walk, const Snapshot__Capture *capture)
{
    Reach self = {.walk = walk};

    if (!walk->is_any_hidden)
        return;
    if (walk_marks(walk))
        self.queue = arena_take(walk->redactor->arena, walk->num_table * sizeof *self.queue);
    if (self.queue) {
        for (size_t i = 0; i < capture->n_frames; i++) {
            reach_all(&self, capture->frames[i]->arguments, capture->frames[i]->n_arguments);
            reach_all(&self, capture->frames[i]->locals, capture->frames[i]->n_locals);
        }
        reach_all(&self, capture->expressions, capture->n_expressions);
        for (size_t i = 0; i < self.num; i++)
            reach(&self, walk->table[self.queue[i]], 0);
    }
    for (size_t i = 0; i < walk->num_table; i++) {
        if (!self.queue || walk->marks[i] != MARK_REACHED)
            walk_replace(walk, walk->table[i], SECRET_NAME);
    }
}
