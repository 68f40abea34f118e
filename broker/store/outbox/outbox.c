#include "broker/store/outbox/outbox.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "broker/store/outbox/entry.h"
#include "broker/store/outbox/records.h"
#include "broker/util/backoff.h"
#include "broker/util/cleanup.h"
#include "broker/util/log.h"

/* A result of this size on its way leaves megabytes of freed tree behind, which the C library would keep. */
#define LARGE_BYTES (64 * 1024)

uint64_t outbox_now_us(const Outbox *self)
{
    const Clock *clock = timers_clock(self->options.timers);

    return clock->monotonic_us(clock);
}

/* -------------------------------------------------------------------------------------------- counting */

static void count(Outbox *self, Metric metric, int64_t amount)
{
    metrics_add(self->options.metrics, metric, amount);
}

static void charge(const OutboxLane *lane, int sign, size_t text_bytes)
{
    Outbox *self = lane->outbox;
    uint64_t bytes = OUTBOX_ENTRY_BYTES + (uint64_t)text_bytes;

    self->bytes += sign > 0 ? bytes : -bytes;
    if (lane->is_guest)
        self->guest_bytes += sign > 0 ? bytes : -bytes;
    count(self, METRIC_OUTBOX_BYTES, sign * (int64_t)bytes);
    count(self, METRIC_OUTBOX_ENTRIES, sign);
}

static Metric metric_of(DeliveryOutcome outcome)
{
    switch (outcome) {
    case DELIVERY_DONE:
        return METRIC_CAPTURES_DELIVERED;
    case DELIVERY_LOST:
        return METRIC_CAPTURES_DROPPED_LOST_RACE;
    case DELIVERY_DELETED:
        return METRIC_CAPTURES_DROPPED_DELETED;
    default:
        return METRIC_CAPTURES_REJECTED;
    }
}

static StoreFinish finish_of(DeliveryOutcome outcome)
{
    switch (outcome) {
    case DELIVERY_DONE:
        return STORE_FINISH_DONE;
    case DELIVERY_LOST:
        return STORE_FINISH_LOST_RACE;
    case DELIVERY_DELETED:
        return STORE_FINISH_DELETED;
    default:
        return STORE_FINISH_REJECTED;
    }
}

/* --------------------------------------------------------------------------------------------- entries */

static void entry_release(Entry *entry)
{
    free(entry->debuggee_id);
    free(entry->id);
    free(entry->mark);
    free(entry->etag);
    json_decref(entry->read);
    free(entry);
}

static void cleanup_entry(Entry **entry)
{
    if (*entry)
        entry_release(*entry);
}

/* Not in a lane yet. */
static int entry_new(const OutboxRow *row, Entry **ret)
{
    CLEANUP(cleanup_entry) Entry *entry = calloc(1, sizeof *entry);

    if (!entry)
        return -ENOMEM;
    entry->debuggee_id = strdup(row->debuggee_id);
    entry->id = strdup(row->id);
    entry->mark = strdup(row->mark);
    if (!entry->debuggee_id || !entry->id || !entry->mark)
        return -ENOMEM;
    entry->number = row->number;
    entry->is_capture = row->is_capture;
    entry->text_bytes = row->text_bytes;
    delivery_init(&entry->delivery, row->is_logpoint);
    *ret = TAKE(entry);
    return 0;
}

static void entry_join(Entry *entry, OutboxLane *lane)
{
    Outbox *self = lane->outbox;

    entry->lane = lane;
    entry->due_us = outbox_now_us(self);
    TAILQ_INSERT_TAIL(&lane->entries, entry, next);
    charge(lane, 1, entry->text_bytes);
}

void entry_free(Entry *entry, bool is_over)
{
    OutboxLane *lane = entry->lane;
    Outbox *self = lane->outbox;

    if (entry->call && lane->link)
        lane->link->cancel(lane->link_context, entry->call);
    entry->call = NULL;
    lane_release(entry);
    TAILQ_REMOVE(&lane->entries, entry, next);
    charge(lane, -1, entry->text_bytes);
    if (is_over) {
        /* A row that stays is gone through again after a restart, and found to be done. */
        if (outbox_file_remove(self->file, entry->number) < 0)
            count(self, METRIC_STORE_ERRORS, 1);
        outbox_file_shrink(self->file);
    }
    entry_release(entry);
}

int entry_save(Entry *entry, bool keeps_texts)
{
    Outbox *self = entry->lane->outbox;
    const OutboxRow row = {
        .number = entry->number,
        .mark = entry->mark,
        .stage = entry->delivery.stage,
        .outcome = entry->delivery.outcome,
        .was_active = entry->delivery.was_active,
    };
    int error = outbox_file_update(self->file, &row, keeps_texts);

    if (error < 0)
        count(self, METRIC_STORE_ERRORS, 1);
    return error;
}

/* The texts are needed no more. */
static void drop_texts(Entry *entry)
{
    if (entry_save(entry, false) < 0)
        return; /* after a restart it is found to be done */
    charge(entry->lane, -1, entry->text_bytes);
    entry->text_bytes = 0;
    charge(entry->lane, 1, 0);
}

void entry_conclude(Entry *entry, const char *problem)
{
    Outbox *self = entry->lane->outbox;
    DeliveryOutcome outcome = entry->delivery.outcome;
    StoreFinishCallback callback = entry->callback;
    bool is_large = entry->text_bytes > LARGE_BYTES;

    entry->callback = NULL;
    entry->num_lonely_failures = 0;
    if (outcome == DELIVERY_REJECTED)
        log_error("result_rejected", "The database does not take the result of %s of %s: %s.", entry->id,
                  entry->debuggee_id, *problem ? problem : "no reason is known");
    else
        drop_texts(entry);
    if (callback) {
        callback(entry->context, finish_of(outcome));
    } else if (entry->is_capture) {
        count(self, METRIC_CAPTURES_QUEUED, -1);
        count(self, metric_of(outcome), 1);
    }
    if (is_large)
        (void)malloc_trim(0);
}

/* ------------------------------------------------------------------------------------------------ lanes */

static OutboxLane *find_lane(const Outbox *self, const char *database)
{
    OutboxLane *lane;

    LIST_FOREACH(lane, &self->lanes, next)
    {
        if (strcmp(lane->database, database) == 0)
            return lane;
    }
    return NULL;
}

static int get_lane(Outbox *self, const char *database, OutboxLane **ret)
{
    OutboxLane *lane = find_lane(self, database);

    if (!lane) {
        lane = calloc(1, sizeof *lane);
        if (!lane)
            return -ENOMEM;
        lane->database = strdup(database);
        if (!lane->database) {
            free(lane);
            return -ENOMEM;
        }
        lane->outbox = self;
        lane->is_guest = strchr(database, ' ') != NULL;
        lane_init(lane);
        LIST_INSERT_HEAD(&self->lanes, lane, next);
    }
    *ret = lane;
    return 0;
}

int outbox_attach(Outbox *self, const char *database, const OutboxLink *link, void *link_context,
                  OutboxLane **ret)
{
    OutboxLane *lane;
    int error = get_lane(self, database, &lane);

    if (error < 0)
        return error;
    if (lane->link)
        return -EEXIST;
    lane->link = link;
    lane->link_context = link_context;
    outbox_kick(lane);
    *ret = lane;
    return 0;
}

static void detach(OutboxLane *lane)
{
    Entry *entry;

    TAILQ_FOREACH(entry, &lane->entries, next)
    {
        if (!entry->call)
            continue;
        lane->link->cancel(lane->link_context, entry->call);
        entry->call = NULL;
        entry->delivery.is_doubtful = true;
        entry->is_busy = false;
        lane->num_busy--;
    }
    lane->link = NULL;
    timer_unset(&lane->timer);
}

static void lane_free(OutboxLane *lane)
{
    detach(lane);
    while (!TAILQ_EMPTY(&lane->entries))
        entry_free(TAILQ_FIRST(&lane->entries), false);
    timer_unset(&lane->timer);
    LIST_REMOVE(lane, next);
    free(lane->database);
    free(lane);
}

static bool is_adoptable(const OutboxLane *other, const OutboxLane *lane, size_t prefix_length)
{
    return other != lane && !other->link && strncmp(other->database, lane->database, prefix_length) == 0 &&
           !strchr(other->database + prefix_length, '#');
}

/* In the order of entry, as the lane's own are. On disk they keep their names: after a restart they are
 * adopted anew. */
static void take_over(OutboxLane *lane, OutboxLane *other)
{
    Entry *place = TAILQ_FIRST(&lane->entries);
    Entry *entry;

    while ((entry = TAILQ_FIRST(&other->entries))) {
        while (place && place->number < entry->number)
            place = TAILQ_NEXT(place, next);
        TAILQ_REMOVE(&other->entries, entry, next);
        entry->lane = lane;
        if (place)
            TAILQ_INSERT_BEFORE(place, entry, next);
        else
            TAILQ_INSERT_TAIL(&lane->entries, entry, next);
    }
    lane_free(other);
}

void outbox_adopt(OutboxLane *lane, size_t prefix_length)
{
    OutboxLane *other = LIST_FIRST(&lane->outbox->lanes);
    OutboxLane *next;

    for (; other; other = next) {
        next = LIST_NEXT(other, next);
        if (is_adoptable(other, lane, prefix_length))
            take_over(lane, other);
    }
    lane_wake(lane);
}

OutboxLane *outbox_detach(OutboxLane *lane)
{
    if (lane)
        detach(lane);
    if (lane && TAILQ_EMPTY(&lane->entries))
        lane_free(lane); /* nothing of it is on disk */
    return NULL;
}

/* ------------------------------------------------------------------------------------------- new results */

/* @ret: OUTBOX_MARK_BYTES. */
static int make_mark(char *ret)
{
    unsigned char bytes[(OUTBOX_MARK_BYTES - 1) / 2];

    if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) != (ssize_t)sizeof bytes)
        return -EIO;
    for (size_t i = 0; i < sizeof bytes; i++) {
        ret[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        ret[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    ret[2 * sizeof bytes] = '\0';
    return 0;
}

static bool is_key(const char *text)
{
    return text && *text && !strpbrk(text, ".$#[]/");
}

static Entry *find_ending(const OutboxLane *lane, const char *debuggee_id, const char *id)
{
    Entry *entry;

    TAILQ_FOREACH(entry, &lane->entries, next)
    {
        bool is_ending =
            entry->delivery.outcome == DELIVERY_OPEN || entry->delivery.stage == DELIVERY_YIELDING;

        if (is_ending && strcmp(entry->id, id) == 0 && strcmp(entry->debuggee_id, debuggee_id) == 0)
            return entry;
    }
    return NULL;
}

bool outbox_has(const Outbox *self, const char *database, const char *debuggee_id, const char *id)
{
    const OutboxLane *lane = find_lane(self, database);

    return lane && find_ending(lane, debuggee_id, id);
}

static bool has_room(const OutboxLane *lane, size_t bytes, bool is_capture)
{
    const Outbox *self = lane->outbox;
    uint64_t bytes_max = self->options.bytes_max + (is_capture ? 0 : OUTBOX_RESERVE_BYTES);

    return self->bytes + bytes <= bytes_max &&
           (!lane->is_guest || self->guest_bytes + bytes <= bytes_max / OUTBOX_GUESTS_PART);
}

/* To disk; @row has its number afterwards. */
static int write_row(const OutboxLane *lane, OutboxRow *row, const json_t *breakpoint)
{
    AUTO_JSON json_t *snapshot = NULL;
    AUTO_JSON json_t *final = NULL;
    size_t bytes = OUTBOX_ENTRY_BYTES;
    int error = records_make(breakpoint, row->mark, &snapshot, &final);

    if (error < 0)
        return error;
    bytes += json_dumpb(final, NULL, 0, JSON_COMPACT);
    if (snapshot)
        bytes += json_dumpb(snapshot, NULL, 0, JSON_COMPACT);
    if (!has_room(lane, bytes, row->is_capture))
        return -ENOBUFS;
    error = outbox_file_add(lane->outbox->file, row, snapshot, final);
    if (bytes > LARGE_BYTES)
        (void)malloc_trim(0);
    return error;
}

int outbox_add(Outbox *self, const char *database, const char *debuggee_id, json_t *breakpoint,
               StoreFinishCallback callback, void *context)
{
    AUTO_JSON json_t *owned = breakpoint;
    char mark[OUTBOX_MARK_BYTES];
    OutboxRow row = {
        .database = database,
        .debuggee_id = debuggee_id,
        .id = json_string_value(json_object_get(owned, "id")),
        .mark = mark,
        .is_logpoint = records_is_logpoint(owned),
        .is_capture = records_is_capture(owned),
    };
    OutboxLane *lane = NULL;
    Entry *entry = NULL;
    int error;

    if (!is_key(row.id) || !is_key(debuggee_id))
        return -EINVAL;
    error = get_lane(self, database, &lane);
    if (error == 0 && find_ending(lane, debuggee_id, row.id))
        error = -EEXIST;
    if (error == 0)
        error = make_mark(mark);
    if (error == 0)
        error = entry_new(&row, &entry);
    if (error == 0)
        error = write_row(lane, &row, owned);
    if (error < 0) {
        cleanup_entry(&entry);
        return error;
    }
    entry->number = row.number;
    entry->text_bytes = row.text_bytes;
    entry->callback = callback;
    entry->context = context;
    entry_join(entry, lane);
    lane_wake(lane);
    return 0;
}

void outbox_disown(OutboxLane *lane)
{
    Entry *entry;

    TAILQ_FOREACH(entry, &lane->entries, next)
    entry->callback = NULL;
}

/* ------------------------------------------------------------------------------------------------- life */

/* An entry that an earlier run has left. */
static int restore(void *context, const OutboxRow *row)
{
    Outbox *self = context;
    OutboxLane *lane = NULL;
    Entry *entry = NULL;
    int error = get_lane(self, row->database, &lane);

    if (error == 0)
        error = entry_new(row, &entry);
    if (error < 0)
        return error;
    delivery_restore(&entry->delivery, row->is_logpoint, (DeliveryStage)row->stage,
                     (DeliveryOutcome)row->outcome, row->was_active);
    entry_join(entry, lane);
    if (entry->delivery.stage == DELIVERY_CONFIRMING) /* its wait begins anew */
        entry->due_us += (uint64_t)DELIVERY_CONFIRM_MS * US_PER_MS;
    if (entry->is_capture && entry->delivery.outcome == DELIVERY_OPEN) {
        count(self, METRIC_CAPTURES_RECEIVED, 1);
        count(self, METRIC_CAPTURES_QUEUED, 1);
    }
    return 0;
}

static void discard_entries(Outbox *self)
{
    while (!LIST_EMPTY(&self->lanes))
        lane_free(LIST_FIRST(&self->lanes));
}

static int open_and_restore(Outbox *self, const char *state_dir)
{
    int error = outbox_file_open(state_dir, &self->file);

    if (error == 0)
        error = outbox_file_list(self->file, restore, self);
    if (error < 0) {
        discard_entries(self);
        self->file = outbox_file_close(self->file);
    }
    return error;
}

int outbox_new(const OutboxOptions *options, Outbox **ret)
{
    Outbox *self = calloc(1, sizeof *self);
    Metrics before = *options->metrics;
    int error;

    if (!self)
        return -ENOMEM;
    self->options = *options;
    self->options.state_dir = NULL;
    if (!self->options.random)
        self->options.random = backoff_random;
    error = open_and_restore(self, options->state_dir);
    if (error == -EUCLEAN) {
        *options->metrics = before; /* of what was read before the damage */
        log_error("outbox_damaged",
                  "%s/outbox.db is damaged: it is kept as outbox.db.damaged, and the results "
                  "in it are not delivered.",
                  options->state_dir);
        error = outbox_file_set_aside(options->state_dir);
        if (error == 0)
            error = open_and_restore(self, options->state_dir);
    }
    if (error < 0) {
        free(self);
        return error;
    }
    *ret = self;
    return 0;
}

const char *outbox_error_text(int error)
{
    switch (-error) {
    case EBUSY:
        return "the state directory is in use by another process";
    case EPROTONOSUPPORT:
        return "outbox.db was written by a newer version of this program";
    case ENOSPC:
        return "the disk under the state directory is full";
    default:
        return strerror(-error);
    }
}

Outbox *outbox_free(Outbox *self)
{
    if (!self)
        return NULL;
    discard_entries(self);
    (void)outbox_file_close(self->file);
    free(self);
    return NULL;
}
