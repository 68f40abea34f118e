#include "stub/native/piece.h"

#include "stub/native/clock.h"

static uint64_t longest_ns;

void piece_begin(Piece *self, bool (*is_canceled)(void))
{
    *self = (Piece){.began_at_ns = clock_now_ns(), .length_ns = PIECE_NS, .is_canceled = is_canceled};
}

bool piece_is_over(const Piece *self)
{
    return clock_now_ns() - self->began_at_ns >= self->length_ns;
}

void piece_leave(Piece *self)
{
    piece_end(self);
    self->thread = PyEval_SaveThread();
}

void piece_enter(Piece *self)
{
    uint64_t asked_at_ns = clock_now_ns();

    PyEval_RestoreThread(self->thread);
    self->thread = NULL;
    self->began_at_ns = clock_now_ns();
    self->length_ns = self->began_at_ns - asked_at_ns >= PIECE_LONG_WAIT_NS ? PIECE_AFTER_WAIT_NS : PIECE_NS;
}

bool piece_is_canceled(const Piece *self)
{
    return self->is_canceled && self->is_canceled();
}

/* Without the pause a thread that waits for the GIL might not get it: it is woken, but not handed over. */
bool piece_give_way(Piece *self)
{
    const struct timespec pause = {.tv_nsec = PIECE_PAUSE_NS};

    piece_leave(self);
    if (!piece_is_canceled(self))
        (void)nanosleep(&pause, NULL);
    piece_enter(self);
    return !piece_is_canceled(self);
}

void piece_end(Piece *self)
{
    uint64_t length_ns = clock_now_ns() - self->began_at_ns;

    if (length_ns > longest_ns) /* under the GIL */
        longest_ns = length_ns;
}

uint64_t piece_longest_ns(void)
{
    uint64_t longest = longest_ns;

    longest_ns = 0;
    return longest;
}
