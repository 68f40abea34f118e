#include "broker/store/outbox/delivery.h"

/* ------------------------------------------------------------------------------------------ transitions */

static DeliveryAction go(Delivery *self, DeliveryAction action)
{
    self->doing = action;
    return action;
}

static DeliveryAction wait(Delivery *self, uint32_t wait_ms)
{
    self->wait_ms = wait_ms;
    return go(self, DELIVERY_WAIT);
}

/* Whatever was done is to be read again. */
static DeliveryAction fail(Delivery *self)
{
    self->is_doubtful = true;
    return go(self, DELIVERY_PAUSE);
}

static DeliveryAction confirm(Delivery *self)
{
    self->stage = DELIVERY_CONFIRMING;
    return wait(self, DELIVERY_CONFIRM_MS);
}

/* The outcome is known. */
static DeliveryAction conclude(Delivery *self, DeliveryOutcome outcome)
{
    self->outcome = outcome;
    switch (outcome) {
    case DELIVERY_LOST:
        self->stage = DELIVERY_YIELDING;
        return wait(self, DELIVERY_YIELD_MS);
    case DELIVERY_DONE:
        return self->is_logpoint ? go(self, DELIVERY_END) : confirm(self);
    case DELIVERY_DELETED:
        return confirm(self);
    default:
        return go(self, DELIVERY_END);
    }
}

/* ------------------------------------------------------------------------------------------- delivering */

static DeliveryAction begin_delivering(Delivery *self)
{
    self->is_claimed = false;
    self->is_gone = false;
    return go(self, self->is_doubtful ? DELIVERY_READ_ACTIVE : DELIVERY_CLAIM);
}

static DeliveryAction check(Delivery *self)
{
    self->is_claimed = true;
    return go(self, DELIVERY_READ_ACTIVE);
}

/* active/<id> is gone: by our own update, or by its user. */
static DeliveryAction look_back(Delivery *self)
{
    self->is_gone = true;
    if (!self->is_logpoint)
        return go(self, DELIVERY_READ_FINAL);
    return self->was_active ? conclude(self, DELIVERY_DONE) : go(self, DELIVERY_READ_CLAIM);
}

static DeliveryAction after_read_active(Delivery *self, DeliveryEvent event)
{
    if (event == DELIVERY_ABSENT)
        return look_back(self);
    if (event != DELIVERY_PRESENT)
        return fail(self);
    if (!self->is_claimed) /* what was claimed, and is not there now, was deleted: it is not claimed again */
        return go(self, self->was_active ? DELIVERY_READ_CLAIM : DELIVERY_CLAIM);
    self->was_active = true;
    return go(self, DELIVERY_FINISH);
}

static DeliveryAction after_read_claim(Delivery *self, DeliveryEvent event)
{
    switch (event) {
    case DELIVERY_OURS:
        return self->is_gone ? go(self, DELIVERY_REMOVE_CLAIM) : check(self);
    case DELIVERY_THEIRS:
        return conclude(self, DELIVERY_LOST);
    case DELIVERY_ABSENT: /* else it was taken away after the conflict, or that was none */
        return self->is_gone || self->was_active ? conclude(self, DELIVERY_DELETED) : fail(self);
    default:
        return fail(self);
    }
}

static DeliveryAction after_read_final(Delivery *self, DeliveryEvent event)
{
    switch (event) {
    case DELIVERY_OURS:
        return conclude(self, DELIVERY_DONE);
    case DELIVERY_THEIRS:
        return conclude(self, DELIVERY_LOST);
    case DELIVERY_ABSENT:
        return go(self, DELIVERY_READ_CLAIM);
    default:
        return fail(self);
    }
}

static DeliveryAction deliver(Delivery *self, DeliveryEvent event)
{
    switch (self->doing) {
    case DELIVERY_READ_ACTIVE:
        return after_read_active(self, event);
    case DELIVERY_CLAIM:
        if (event == DELIVERY_WRITTEN || event == DELIVERY_OURS)
            return check(self);
        return event == DELIVERY_CONFLICT ? go(self, DELIVERY_READ_CLAIM) : fail(self);
    case DELIVERY_READ_CLAIM:
        return after_read_claim(self, event);
    case DELIVERY_READ_FINAL:
        return after_read_final(self, event);
    case DELIVERY_FINISH:
        return event == DELIVERY_WRITTEN ? conclude(self, DELIVERY_DONE) : fail(self);
    case DELIVERY_REMOVE_CLAIM:
        return event == DELIVERY_WRITTEN ? conclude(self, DELIVERY_DELETED) : fail(self);
    default:
        return fail(self);
    }
}

/* --------------------------------------------------------------------------------------------- yielding */

static DeliveryAction yield(Delivery *self, DeliveryEvent event)
{
    switch (self->doing) {
    case DELIVERY_READ_ACTIVE:
        if (event == DELIVERY_ABSENT)
            return confirm(self);
        if (event != DELIVERY_PRESENT)
            return fail(self);
        if (self->has_yielded)
            return go(self, DELIVERY_READ_CLAIM);
        self->has_yielded = true;
        return wait(self, DELIVERY_HELP_MS);
    case DELIVERY_READ_CLAIM:
        if (event == DELIVERY_OURS || event == DELIVERY_THEIRS) {
            self->was_active = true; /* from now on there may be a final with our mark that is right */
            return go(self, DELIVERY_HELP);
        }
        /* Absent: somebody has deleted the snapshot alone; whoever hits next may have it. */
        return event == DELIVERY_ABSENT ? confirm(self) : fail(self);
    case DELIVERY_HELP:
        if (event != DELIVERY_WRITTEN)
            return fail(self);
        return self->is_logpoint ? go(self, DELIVERY_FINISH) : confirm(self);
    case DELIVERY_FINISH:
        return event == DELIVERY_WRITTEN ? go(self, DELIVERY_END) : fail(self);
    default:
        return fail(self);
    }
}

/* ------------------------------------------------------------------------------------------- confirming */

/* Of the two records there is either both or none; whoever finds one of ours alone removes it. */
static DeliveryAction confirm_claim(Delivery *self, DeliveryEvent event)
{
    switch (event) {
    case DELIVERY_OURS:
    case DELIVERY_THEIRS:
    case DELIVERY_ABSENT:
        self->is_claimed = event == DELIVERY_OURS;
        return go(self, DELIVERY_READ_FINAL);
    default:
        return fail(self);
    }
}

static DeliveryAction confirm_final(Delivery *self, DeliveryEvent event)
{
    switch (event) {
    case DELIVERY_OURS:
        return go(self, self->is_claimed ? DELIVERY_END : DELIVERY_REMOVE_FINAL);
    case DELIVERY_THEIRS:
    case DELIVERY_ABSENT:
        return go(self, self->is_claimed ? DELIVERY_READ_CLAIM : DELIVERY_END);
    default:
        return fail(self);
    }
}

static DeliveryAction confirm_step(Delivery *self, DeliveryEvent event)
{
    switch (self->doing) {
    case DELIVERY_READ_MARK:
        return confirm_claim(self, event);
    case DELIVERY_READ_FINAL:
        return confirm_final(self, event);
    case DELIVERY_READ_CLAIM:
        if (event == DELIVERY_OURS)
            return go(self, DELIVERY_REMOVE_CLAIM);
        return event == DELIVERY_THEIRS || event == DELIVERY_ABSENT ? go(self, DELIVERY_END) : fail(self);
    case DELIVERY_REMOVE_CLAIM:
    case DELIVERY_REMOVE_FINAL:
        return event == DELIVERY_WRITTEN ? go(self, DELIVERY_END) : fail(self);
    default:
        return fail(self);
    }
}

/* ------------------------------------------------------------------------------------------------ steps */

static DeliveryAction begin(Delivery *self)
{
    switch (self->stage) {
    case DELIVERY_YIELDING:
        return go(self, DELIVERY_READ_ACTIVE);
    case DELIVERY_CONFIRMING:
        if (self->is_logpoint)
            return go(self, self->was_active ? DELIVERY_END : DELIVERY_READ_CLAIM);
        return go(self, DELIVERY_READ_MARK);
    default:
        return begin_delivering(self);
    }
}

/* The request cannot succeed, now or ever. */
static DeliveryAction refuse(Delivery *self)
{
    return self->stage == DELIVERY_DELIVERING ? conclude(self, DELIVERY_REJECTED) : go(self, DELIVERY_END);
}

DeliveryAction delivery_step(Delivery *self, DeliveryEvent event)
{
    if (event == DELIVERY_BEGIN)
        return begin(self);
    if (event == DELIVERY_REFUSED)
        return refuse(self);
    if (self->doing == DELIVERY_READ_DEBUGGEE)
        return event == DELIVERY_ABSENT ? refuse(self) : fail(self);
    if (event == DELIVERY_NOT_FOUND)
        return go(self, DELIVERY_READ_DEBUGGEE);
    switch (self->stage) {
    case DELIVERY_YIELDING:
        return yield(self, event);
    case DELIVERY_CONFIRMING:
        return confirm_step(self, event);
    default:
        return deliver(self, event);
    }
}

/* ------------------------------------------------------------------------------------------------- life */

void delivery_init(Delivery *self, bool is_logpoint)
{
    *self = (Delivery){.is_logpoint = is_logpoint, .doing = DELIVERY_PAUSE};
}

void delivery_restore(Delivery *self, bool is_logpoint, DeliveryStage stage, DeliveryOutcome outcome,
                      bool was_active)
{
    *self = (Delivery){.is_logpoint = is_logpoint,
                       .stage = stage,
                       .outcome = outcome,
                       .was_active = was_active,
                       .is_doubtful = true,
                       .doing = DELIVERY_PAUSE};
}

const char *delivery_action_name(DeliveryAction action)
{
    static const char *const names[] = {
        [DELIVERY_READ_ACTIVE] = "read_active",
        [DELIVERY_CLAIM] = "claim",
        [DELIVERY_READ_CLAIM] = "read_claim",
        [DELIVERY_READ_MARK] = "read_mark",
        [DELIVERY_FINISH] = "finish",
        [DELIVERY_HELP] = "help",
        [DELIVERY_READ_FINAL] = "read_final",
        [DELIVERY_REMOVE_CLAIM] = "remove_claim",
        [DELIVERY_REMOVE_FINAL] = "remove_final",
        [DELIVERY_READ_DEBUGGEE] = "read_debuggee",
        [DELIVERY_PAUSE] = "pause",
        [DELIVERY_WAIT] = "wait",
        [DELIVERY_END] = "end",
    };

    return names[action];
}
