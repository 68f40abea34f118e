/* Live code: what in the process can still run a code object, found without the app's help.
 *
 * Functions and suspended generators are found in the lists of the garbage collector, frozen objects
 * included: whoever refers to them, they are there. Code that is running is found in the frames of all
 * threads. Code objects themselves are not tracked by the collector, and nothing here keeps them alive; what
 * is nested in others is found by their constants. Holds the GIL; runs no code of the app.
 *
 * A walk over all lists takes about 20 ns for each tracked object, too long for a large app to stand still.
 * It is therefore done in pieces. Between them the app may do anything, a collection included: an object of
 * our own marks the place in the lists, and CPython's collector moves it as it moves the others. What has not
 * been visited stays behind the marker (the lists are walked from the oldest generation to the youngest;
 * survivors of a collection are appended to the next older list in their order or moved to its end, and so
 * are new objects to the youngest), so that in the end everything that lives has been visited, but for what
 * gc.freeze() and gc.unfreeze() move, after which the walk begins anew. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>

#include "stub/native/piece.h"

typedef enum CodeHolderKind {
    CODE_HOLDER_FUNCTION,  /* @holder is a PyFunctionObject */
    CODE_HOLDER_GENERATOR, /* a PyGenObject, a coroutine or an async generator; suspended or not yet started
                            */
    CODE_HOLDER_FRAME,     /* an internal frame that is running, or waits for what it called */
} CodeHolderKind;

/* Told once for each holder, so several times for some code objects. Everything is borrowed. It must not free
 * objects that the collector tracks, and not cause a collection. */
typedef void (*CodeHolderVisitor)(void *context, CodeHolderKind kind, void *holder, PyCodeObject *code);

/* live_code_is_foreign() - whether @holder is another interpreter's: up to CPython 3.8 those are found too.
 */
bool live_code_is_foreign(CodeHolderKind kind, void *holder);

/* live_code_visit() - all of it in one piece. */
void live_code_visit(CodeHolderVisitor visit, void *context);

/* live_code_assume() - until it is called with NULL, live_code_visit() looks at the functions and generators
 * of these weak references, and at frames: a walk has just found that no others matter. Borrowed. */
void live_code_assume(PyObject *const *references, size_t count);

/* live_code_is_assumed() - whether that is so now. */
bool live_code_is_assumed(void);

/* live_code_holders_matter() - whether hooking a code object takes to know all that use it. */
bool live_code_holders_matter(void);

typedef struct LiveCodeWalk {
    PyObject *marker;
    bool is_frozen; /* the marker was among the objects of gc.freeze() */
    int num_restarts;
} LiveCodeWalk;

/* live_code_walk_init() - 0 or -ENOMEM. */
int live_code_walk_init(LiveCodeWalk *self);

/* live_code_walk_step() - goes on until the piece is over, or everything was visited; then also the frames,
 * and true is returned. It may be called again after that, for what was made since. Some objects are visited
 * more than once, and generators that run now, too: they may be suspended before the walk comes to its end.
 */
bool live_code_walk_step(LiveCodeWalk *self, const Piece *piece, CodeHolderVisitor visit, void *context);

void live_code_walk_deinit(LiveCodeWalk *self);
