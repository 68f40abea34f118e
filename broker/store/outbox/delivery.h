/* How one result reaches the database exactly once: a pure state machine, whose answers say which request
 * comes next and whose events say how it went. No I/O, no clock; one owner.
 *
 * The database has no transaction over several places, but for two things: a write that takes place only if
 * nothing is there, and an update of several places at once. So:
 *
 *   claim    write snapshot/<id> only if nothing is there. Each result has a mark, which tells our own
 *            earlier write (whose answer was lost, or which a run before this one made) from another host's.
 *   check    active/<id> is there still: its user has not deleted it.
 *   finish   in one update remove active/<id> and write final/<id>.
 *   confirm  some time later: a user deletes active/, final/ and snapshot/<id> in three requests, and our
 *            update may have fallen between them. Who finds one of the two records without the other removes
 *            what is left.
 *
 * A logpoint has no snapshot: final/<id> is claimed, then, once active/<id> was seen after that, active/<id>
 * removed. Who deletes it later deletes final/<id>, too, so there is nothing to confirm.
 *
 * Every state can be entered anew from what the database has: after a failure without an answer, and after a
 * crash, what was done is read, not remembered. Who comes second sees to it that the first one's claim is
 * finished, if need be by finishing it in its name, as a host may be gone for ever.
 *
 * tests/broker/store/outbox/delivery_model_test.cc goes through every interleaving of two hosts, their
 * crashes, lost answers, and a user who deletes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Longer than a request of ours can stay under way and a client takes for the requests of one deletion. */
#define DELIVERY_CONFIRM_MS 120000
/* How long another host has to finish what it claimed: between the two is one round trip. */
#define DELIVERY_YIELD_MS 2000
#define DELIVERY_HELP_MS  60000

/* What survives a restart: the numbers are in files. */
typedef enum DeliveryStage {
    DELIVERY_DELIVERING = 0, /* the outcome is open */
    DELIVERY_YIELDING = 1,   /* another host's result was first; it is to be finished */
    DELIVERY_CONFIRMING = 2, /* the outcome is known; nothing half-done is to stay behind */
} DeliveryStage;

typedef enum DeliveryOutcome {
    DELIVERY_OPEN = 0,
    DELIVERY_DONE = 1,
    DELIVERY_LOST = 2,     /* another host's result was first */
    DELIVERY_DELETED = 3,  /* its user has deleted the breakpoint */
    DELIVERY_REJECTED = 4, /* for good */
} DeliveryOutcome;

/* What is to be done next. <claim> is snapshot, for a logpoint final. */
typedef enum DeliveryAction {
    DELIVERY_READ_ACTIVE, /* active/<id>: PRESENT or ABSENT */
    DELIVERY_CLAIM,      /* write <claim>/<id> if nothing is there: WRITTEN, OURS (there already), CONFLICT */
    DELIVERY_READ_CLAIM, /* all of <claim>/<id>, with its tag: OURS, THEIRS, ABSENT */
    DELIVERY_READ_MARK,  /* the same, but only whose it is */
    DELIVERY_FINISH,     /* the update: WRITTEN. Before it, what is kept of the state is to be kept. */
    DELIVERY_HELP,       /* the same with what READ_CLAIM has read: WRITTEN */
    DELIVERY_READ_FINAL, /* final/<id>, with its tag: OURS, THEIRS, ABSENT */
    DELIVERY_REMOVE_CLAIM,  /* if it is still what was read: WRITTEN, CONFLICT */
    DELIVERY_REMOVE_FINAL,  /* likewise */
    DELIVERY_READ_DEBUGGEE, /* is there still a debuggee: PRESENT, ABSENT */
    DELIVERY_PAUSE,         /* then BEGIN: the last try failed, and whoever owns the queue knows how long */
    DELIVERY_WAIT,          /* wait_ms, then BEGIN */
    DELIVERY_END,           /* to be forgotten */
} DeliveryAction;

typedef enum DeliveryEvent {
    DELIVERY_BEGIN,     /* the first of all; and a pause or a wait is over */
    DELIVERY_PRESENT,   /* these are answers to the above */
    DELIVERY_ABSENT,    /* */
    DELIVERY_OURS,      /* it bears the mark of this result */
    DELIVERY_THEIRS,    /* it does not */
    DELIVERY_WRITTEN,   /* */
    DELIVERY_CONFLICT,  /* what is there is not as expected */
    DELIVERY_FAILED,    /* it may have taken place or not, or may still */
    DELIVERY_NOT_FOUND, /* 404: there is no such database, just now or for ever */
    DELIVERY_REFUSED,   /* for good: the same request will always be refused */
} DeliveryEvent;

typedef struct Delivery {
    bool is_logpoint;
    /* These three are to be kept over a restart. */
    DeliveryStage stage;
    DeliveryOutcome outcome;
    bool was_active; /* it was there after the claim: whoever deletes the breakpoint does so after us */
    /* For the rest a restart begins with zeros, but for is_doubtful. */
    bool is_doubtful; /* there may have been requests before: look before writing */
    bool is_claimed;  /* in this try; in a confirmation: the claim is ours */
    bool is_gone;     /* active/<id> was found to be gone in this try */
    bool has_yielded; /* the other host had its time */
    DeliveryAction doing;
    uint32_t wait_ms;
} Delivery;

/* delivery_init() - of a new result. */
void delivery_init(Delivery *delivery, bool is_logpoint);

/* delivery_restore() - of one that an earlier run has left. */
void delivery_restore(Delivery *delivery, bool is_logpoint, DeliveryStage stage, DeliveryOutcome outcome,
                      bool was_active);

/* delivery_step() - what to do after @event. An event that is no answer to what was asked counts as
 * DELIVERY_FAILED. */
DeliveryAction delivery_step(Delivery *delivery, DeliveryEvent event);

/* For messages and tests; "read_active" and so on. */
const char *delivery_action_name(DeliveryAction action);

#ifdef __cplusplus
}
#endif
