#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store/outbox/entry.h"
#include "broker/store/outbox/records.h"
#include "broker/util/cleanup.h"

static void step(Entry *entry, DeliveryEvent event, const OutboxAnswer *answer);

/* --------------------------------------------------------------------------------------------- requests */

static const char *claim_of(const Entry *entry)
{
    return entry->delivery.is_logpoint ? "final" : "snapshot";
}

static void on_done(void *context, const OutboxAnswer *answer);

/* @body may be NULL. 0 or a negative errno. */
static int send(Entry *entry, const char *method, const char *path, const json_t *body, const char *if_match,
                bool is_etag_wanted)
{
    OutboxLane *lane = entry->lane;
    bool is_removal = strcmp(method, "DELETE") == 0;
    const OutboxRequest request = {
        .method = method,
        .path = path,
        .body = body,
        .if_match = if_match,
        .is_etag_wanted = is_etag_wanted,
        .is_silent = body && !if_match,
    };

    if (!lane->link || (is_removal && !if_match)) /* detached by a callback; or the database sends no tags */
        return -ENOTCONN;
    return lane->link->send(lane->link_context, &request, on_done, entry, &entry->call);
}

/* The same at cdbg/breakpoints/<debuggee>/<place>/<id><below>. */
static int send_at(Entry *entry, const char *method, const char *place, const char *below, const json_t *body,
                   const char *if_match)
{
    AUTO_FREE char *path = NULL;
    bool is_read = strcmp(method, "GET") == 0;

    if (asprintf(&path, "cdbg/breakpoints/%s/%s/%s%s", entry->debuggee_id, place, entry->id, below) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    return send(entry, method, path, body, if_match, is_read);
}

static int send_read_debuggee(Entry *entry)
{
    AUTO_FREE char *path = NULL;

    if (asprintf(&path, "cdbg/debuggees/%s/id", entry->debuggee_id) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    return send(entry, "GET", path, NULL, NULL, false);
}

static int send_claim(Entry *entry)
{
    AUTO_JSON json_t *snapshot = NULL;
    AUTO_JSON json_t *final = NULL;
    bool is_logpoint = entry->delivery.is_logpoint;
    int error = outbox_file_read(entry->lane->outbox->file, entry->number, is_logpoint ? NULL : &snapshot,
                                 is_logpoint ? &final : NULL);
    const json_t *record = is_logpoint ? final : snapshot;

    if (error == 0 && !record)
        error = -EUCLEAN;
    return error == 0 ? send_at(entry, "PUT", claim_of(entry), "", record, OUTBOX_IF_ABSENT) : error;
}

static int add_member(json_t *members, const char *place, const char *id, json_t *value)
{
    AUTO_FREE char *key = NULL;

    if (!value || asprintf(&key, "%s/%s", place, id) < 0) {
        key = NULL;
        json_decref(value);
        return -ENOMEM;
    }
    return json_object_set_new(members, key, value) < 0 ? -ENOMEM : 0;
}

/* Removes active/<id> and writes @final (consumed; NULL: what is there is right) at once. */
static int send_update(Entry *entry, json_t *final)
{
    AUTO_JSON json_t *members = json_object();
    AUTO_FREE char *path = NULL;
    int error = members ? add_member(members, "active", entry->id, json_null()) : -ENOMEM;

    if (error == 0 && final)
        error = add_member(members, "final", entry->id, json_incref(final));
    json_decref(final);
    if (error < 0 || asprintf(&path, "cdbg/breakpoints/%s", entry->debuggee_id) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    return send(entry, "PATCH", path, members, NULL, false);
}

static int send_finish(Entry *entry)
{
    json_t *final = NULL;
    int error = entry_save(entry, true);

    if (error == 0 && !entry->delivery.is_logpoint) {
        error = outbox_file_read(entry->lane->outbox->file, entry->number, NULL, &final);
        if (error == 0 && !final)
            error = -EUCLEAN;
    }
    return error == 0 ? send_update(entry, final) : error;
}

/* Finishes in another host's name what that one has claimed. From here on the entry stands for its result; a
 * logpoint's claim is taken over instead, so that its host, should it come back, takes nothing away. What was
 * read is a whole snapshot, for which nobody was charged: it is not kept. */
static int send_help(Entry *entry)
{
    AUTO_JSON json_t *read = TAKE(entry->read);
    const char *mark = records_mark(read);
    char *copy;
    json_t *final;

    if (entry->delivery.is_logpoint) {
        AUTO_JSON json_t *record = json_deep_copy(read);
        int error = entry_save(entry, false);

        if (!record || !json_equal(record, read) ||
            json_object_set_new(record, OUTBOX_MARK_KEY, json_string(entry->mark)) < 0)
            return -ENOMEM;
        return error == 0 ? send_at(entry, "PUT", "final", "", record, entry->etag) : error;
    }
    copy = mark ? strdup(mark) : NULL;
    if (copy) {
        free(entry->mark);
        entry->mark = copy;
    }
    if (entry_save(entry, false) < 0)
        return -EIO;
    final = records_final_of(read);
    return final ? send_update(entry, final) : -ENOMEM;
}

/* 0 or a negative errno: there will be no answer. */
static int send_action(Entry *entry, DeliveryAction action)
{
    switch (action) {
    case DELIVERY_READ_ACTIVE:
        return send_at(entry, "GET", "active", "", NULL, NULL);
    case DELIVERY_CLAIM:
        return send_claim(entry);
    case DELIVERY_READ_CLAIM:
        return send_at(entry, "GET", claim_of(entry), "", NULL, NULL);
    case DELIVERY_READ_MARK:
        return send_at(entry, "GET", claim_of(entry), "/" OUTBOX_MARK_KEY, NULL, NULL);
    case DELIVERY_FINISH:
        return send_finish(entry);
    case DELIVERY_HELP:
        return send_help(entry);
    case DELIVERY_READ_FINAL:
        return send_at(entry, "GET", "final", "", NULL, NULL);
    case DELIVERY_REMOVE_CLAIM:
        return send_at(entry, "DELETE", claim_of(entry), "", NULL, entry->etag);
    case DELIVERY_REMOVE_FINAL:
        return send_at(entry, "DELETE", "final", "", NULL, entry->etag);
    case DELIVERY_READ_DEBUGGEE:
        return send_read_debuggee(entry);
    default:
        return -EINVAL;
    }
}

/* ---------------------------------------------------------------------------------------------- answers */

static DeliveryEvent whose(const Entry *entry, const char *mark)
{
    return mark && strcmp(mark, entry->mark) == 0 ? DELIVERY_OURS : DELIVERY_THEIRS;
}

static DeliveryEvent whose_record(const Entry *entry, const json_t *value)
{
    if (json_is_null(value))
        return DELIVERY_ABSENT;
    return json_is_object(value) ? whose(entry, records_mark(value)) : DELIVERY_FAILED;
}

/* The answer to a read of what is removed or finished next is kept. */
static DeliveryEvent keep(Entry *entry, const OutboxAnswer *answer)
{
    DeliveryEvent event = whose_record(entry, answer->value);

    free(entry->etag);
    entry->etag = answer->etag ? strdup(answer->etag) : NULL;
    json_decref(entry->read);
    entry->read = NULL;
    if (event != DELIVERY_OURS && event != DELIVERY_THEIRS)
        return event;
    if (entry->delivery.stage == DELIVERY_YIELDING)
        entry->read = json_incref((json_t *)answer->value);
    return event;
}

/* A write is believed if the answer shows it: who has sent a page instead is no database. */
static DeliveryEvent event_of_claim(const Entry *entry, const OutboxAnswer *answer)
{
    if (answer->result == OUTBOX_CONFLICT)
        return whose_record(entry, answer->value) == DELIVERY_OURS ? DELIVERY_OURS : DELIVERY_CONFLICT;
    return whose_record(entry, answer->value) == DELIVERY_OURS ? DELIVERY_WRITTEN : DELIVERY_FAILED;
}

static DeliveryEvent event_of_value(Entry *entry, DeliveryAction action, const OutboxAnswer *answer)
{
    const json_t *value = answer->value;

    switch (action) {
    case DELIVERY_READ_ACTIVE:
        if (!value || !(json_is_null(value) || json_is_object(value)))
            return DELIVERY_FAILED;
        return json_is_null(value) ? DELIVERY_ABSENT : DELIVERY_PRESENT;
    case DELIVERY_READ_DEBUGGEE:
        if (!value || !(json_is_null(value) || json_is_string(value)))
            return DELIVERY_FAILED;
        return json_is_null(value) ? DELIVERY_ABSENT : DELIVERY_PRESENT;
    case DELIVERY_READ_CLAIM:
    case DELIVERY_READ_FINAL:
        return keep(entry, answer);
    case DELIVERY_READ_MARK:
        if (!value)
            return DELIVERY_FAILED;
        return json_is_null(value) ? DELIVERY_ABSENT : whose(entry, json_string_value(value));
    default:
        return DELIVERY_WRITTEN;
    }
}

static DeliveryEvent event_of(Entry *entry, const OutboxAnswer *answer)
{
    DeliveryAction action = entry->delivery.doing;

    switch (answer->result) {
    case OUTBOX_DONE:
        return action == DELIVERY_CLAIM ? event_of_claim(entry, answer)
                                        : event_of_value(entry, action, answer);
    case OUTBOX_CONFLICT:
        return action == DELIVERY_CLAIM ? event_of_claim(entry, answer) : DELIVERY_CONFLICT;
    case OUTBOX_NOT_FOUND:
        return DELIVERY_NOT_FOUND;
    case OUTBOX_REFUSED:
        return DELIVERY_REFUSED;
    default:
        return DELIVERY_FAILED;
    }
}

static void on_done(void *context, const OutboxAnswer *answer)
{
    Entry *entry = context;
    DeliveryEvent event;

    entry->call = NULL;
    event = event_of(entry, answer);
    /* A conflict proves nothing until what is there was read: something on the way may answer everything so.
     */
    if (event != DELIVERY_FAILED && event != DELIVERY_NOT_FOUND && event != DELIVERY_CONFLICT)
        lane_note_success(entry);
    step(entry, event, answer);
}

/* ------------------------------------------------------------------------------------------------ steps */

/* One step. 0, or a negative errno: there will be no answer, which is the next event. */
static int take_step(Entry *entry, DeliveryEvent event, const OutboxAnswer *answer)
{
    bool was_open = entry->delivery.outcome == DELIVERY_OPEN;
    DeliveryAction action = delivery_step(&entry->delivery, event);

    if (was_open && entry->delivery.outcome != DELIVERY_OPEN)
        entry_conclude(entry, answer ? answer->problem : "");
    switch (action) {
    case DELIVERY_PAUSE:
        lane_pause(entry, answer ? answer->retry_after_ms : 0);
        return 0;
    case DELIVERY_WAIT:
        if (!was_open)
            (void)entry_save(entry, false); /* at worst the last stage is gone through again */
        lane_wait(entry, entry->delivery.wait_ms);
        return 0;
    case DELIVERY_END:
        entry_free(entry, true);
        return 0;
    default:
        return send_action(entry, action);
    }
}

/* @entry may be gone afterwards. */
static void step(Entry *entry, DeliveryEvent event, const OutboxAnswer *answer)
{
    static const OutboxAnswer unreadable = {.problem = "its text in outbox.db is damaged"};
    int error = take_step(entry, event, answer);

    if (error == -EUCLEAN && ++entry->num_unreadable >= OUTBOX_READS_MAX)
        (void)take_step(entry, DELIVERY_REFUSED, &unreadable); /* which ends it */
    else if (error < 0)
        (void)take_step(entry, DELIVERY_FAILED, NULL); /* which is a pause */
}

void entry_begin(Entry *entry)
{
    step(entry, DELIVERY_BEGIN, NULL);
}
