/* Piece: long work under the GIL, done in pieces with the GIL given up between them, so that no thread of the
 * app waits for more than one of them. Belongs to the thread that does the work. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PIECE_NS            500000
#define PIECE_AFTER_WAIT_NS 1500000 /* of a piece for which the GIL had to be waited for as long as below */
#define PIECE_LONG_WAIT_NS  20000000
#define PIECE_PAUSE_NS      500000 /* the GIL is not asked for again before that */

typedef struct Piece {
    uint64_t began_at_ns;
    uint64_t length_ns;
    bool (*is_canceled)(void); /* NULL: it never is */
    PyThreadState *thread;     /* while the GIL is given up */
} Piece;

/* piece_begin() - the calling thread, which holds the GIL, begins its first piece. */
void piece_begin(Piece *self, bool (*is_canceled)(void));

/* piece_is_over() - the time of this piece is used up. Reads the clock. */
bool piece_is_over(const Piece *self);

/* piece_leave() - ends the piece and gives up the GIL. */
void piece_leave(Piece *self);

/* piece_enter() - takes the GIL, and begins another piece. Where the app gives it up rarely, as a server with
 * one thread may do only when it serves a request, the piece may be longer. */
void piece_enter(Piece *self);

/* piece_give_way() - lets the other threads run. False if the work is to be left undone. */
bool piece_give_way(Piece *self);

/* piece_is_canceled() - somebody waits for the thread to end. With the GIL or without. */
bool piece_is_canceled(const Piece *self);

/* piece_end() - the work is done; the GIL stays. */
void piece_end(Piece *self);

/* piece_longest_ns() - the longest piece of the process since the last call. For benches. */
uint64_t piece_longest_ns(void);

#ifdef __cplusplus
}
#endif
