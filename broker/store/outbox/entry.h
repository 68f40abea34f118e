/* The objects of the outbox, for the files of this folder. See outbox.h.
 *
 *   Outbox --owns--> OutboxLane (one per database) --owns--> Entry
 *
 * An entry is idle until it is due, or busy: then it has one of the lane's places until it pauses, waits or
 * ends. */
#pragma once

#include <sys/queue.h>

#include "broker/store/outbox/delivery.h"
#include "broker/store/outbox/outbox.h"
#include "broker/store/outbox/outbox_file.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OUTBOX_READS_MAX  3  /* of a text that makes no sense: jansson tells want of memory so, too */
#define OUTBOX_MARK_BYTES 33 /* 32 hex digits */

typedef struct Entry Entry;

struct Entry {
    TAILQ_ENTRY(Entry) next; /* in the order of entry */
    OutboxLane *lane;
    int64_t number;
    char *debuggee_id;
    char *id;
    char *mark; /* once another host's claim was finished, that one's */
    bool is_capture;
    Delivery delivery;
    size_t text_bytes;
    StoreFinishCallback callback; /* NULL: nobody is told; then it counts itself */
    void *context;
    bool is_busy;
    uint64_t due_us;
    unsigned num_lonely_failures; /* in a row, while other requests succeeded */
    unsigned num_unreadable;      /* times that its text could not be read */
    void *call;                   /* under way */
    char *etag;                   /* of what was read last */
    json_t *read;                 /* another host's claim, until the request that finishes it is sent */
};

TAILQ_HEAD(EntryList, Entry);

struct OutboxLane {
    LIST_ENTRY(OutboxLane) next;
    Outbox *outbox;
    char *database;
    bool is_guest;          /* it is an app's own */
    const OutboxLink *link; /* NULL: it is not attached */
    void *link_context;
    struct EntryList entries;
    unsigned num_busy;
    unsigned num_failures; /* in a row */
    uint64_t paused_until_us;
    uint64_t asked_until_us; /* the database has asked for it */
    Timer timer;
};

struct Outbox {
    OutboxOptions options; /* without state_dir */
    OutboxFile *file;
    LIST_HEAD(, OutboxLane) lanes;
    uint64_t bytes;
    uint64_t guest_bytes; /* of these, in the lanes of apps' own databases */
};

/* ---- outbox.c ---- */

uint64_t outbox_now_us(const Outbox *outbox);

/* entry_free() - takes it out of the outbox, with its row if @is_over; otherwise that stays. */
void entry_free(Entry *entry, bool is_over);

/* entry_save() - what delivery.h wants kept. 0 or a negative errno. */
int entry_save(Entry *entry, bool keeps_texts);

/* entry_conclude() - the outcome has just become known: tells and counts it, and drops the texts. */
void entry_conclude(Entry *entry, const char *problem);

/* ---- lane.c: which entry is next, and when ---- */

void lane_init(OutboxLane *lane);

/* lane_wake() - looks for work from the loop. */
void lane_wake(OutboxLane *lane);

/* lane_pause() - the request of @entry has failed. @retry_after_ms: what the database asks for, or 0. */
void lane_pause(Entry *entry, uint64_t retry_after_ms);

/* lane_note_success() - the database answers. */
void lane_note_success(Entry *entry);

/* lane_wait() - @entry is idle for @wait_ms. */
void lane_wait(Entry *entry, uint32_t wait_ms);

/* lane_release() - its place is free. */
void lane_release(Entry *entry);

/* ---- request.c: what the machine asks for, as requests ---- */

/* entry_begin() - it is its turn; it is busy. It may be gone afterwards. */
void entry_begin(Entry *entry);

#ifdef __cplusplus
}
#endif
