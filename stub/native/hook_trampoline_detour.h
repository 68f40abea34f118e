/* Detour: instructions of a code object that are displaced to its tail, with calls of the hook between them
 * (CPython 3.6 to 3.10).
 *
 * A jump stands in for the displaced instructions. The tail calls the hook, does what they did, and jumps
 * back to what follows them: no instruction of the original moves, so tracebacks, handlers of exceptions and
 * suspended generators find what they remember.
 *
 * The call is `LOAD_CONST hook; UNARY_NOT; POP_TOP`: asking a constant for its truth runs C of the stub,
 * makes no event for profilers and needs one place of the stack.
 *
 * What is displaced is never resumed at, jumped to or thrown to, but at its first instruction, and leaves no
 * place in the tail behind, as blocks do that know their handler. Only a `yield` is displaced where nothing
 * else will do: then a generator may be suspended in the tail. Pure, but for reading the bytecode. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include "stub/native/hook_bytecode.h"

/* When the hook is called, of the instruction that is displaced for it. */
typedef enum DetourWhen {
    DETOUR_BEFORE,
    DETOUR_AFTER,   /* when the next instruction follows */
    DETOUR_ON_JUMP, /* when it jumps */
} DetourWhen;

typedef struct DetourCall {
    int instruction; /* index */
    DetourWhen when;
    int unit;   /* where the line begins, as the app shall see it */
    void *line; /* whose hooks are called */
} DetourCall;

/* The calls that a line needs. */
typedef struct DetourCalls {
    DetourCall *calls; /* owned */
    int num_calls;
} DetourCalls;

/* Displaced instructions. Those of one code object do not overlap. */
typedef struct Detour {
    int first; /* index of the first instruction, and of the one behind the last */
    int end;
    int first_unit;
    int end_unit;
    int tail_unit;  /* where the jump goes */
    int jump_units; /* its size, at most that of the instructions */
    /* Where the last instruction begins that the jump overwrites. Code that goes on behind @first_unit, but
     * not behind this, would find itself within the jump. */
    int boundary_unit;
    bool is_quiet;  /* no code of the app can run while such code waits */
    bool has_yield; /* a generator can be suspended in the tail */
    DetourCalls calls;
    bool is_active; /* the jump is in place */
    bool is_sticky; /* and stays there, as frames may wait within it once it is gone */
} Detour;

/* The bytecode of a code object and what detours have to know of it. */
typedef struct DetourMap {
    Bytecode bytecode;
    bool *is_entry; /* by instruction: control may come to it other than from the one before it */
    bool *is_fixed; /* by instruction: it must stay where it is */
    int stack_size;
} DetourMap;

/* detour_map_init() - of @code as the compiler made it. Returns 0, -ENOMEM or -EINVAL. */
int detour_map_init(DetourMap *self, PyCodeObject *code);
void detour_map_deinit(DetourMap *self);

/* What there is already. */
typedef struct DetourList {
    const Detour *detours; /* in the order of their instructions */
    int num_detours;
    int tail_unit; /* where the next tail would begin */
} DetourList;

/* detour_has_room() - for a call where the stack is that high. It must not grow: frames that exist have no
 * more room, and one of them is kept to be used again (co_zombieframe). */
bool detour_has_room(const DetourMap *map, int depth);

/* detour_calls_deinit() - frees them. */
void detour_calls_deinit(DetourCalls *self);

/* detour_choose() - which instructions are to be displaced so that a call at @instruction can be put in.
 * @must_be_quiet: the choice must be quiet. @may_yield: it may have a yield.
 * Returns false if there are none; else fills the places of *ret_detour, which may overlap some of the list:
 * it then has all of their instructions. */
bool detour_choose(const DetourMap *map, const DetourList *list, int instruction, bool must_be_quiet,
                   bool may_yield, Detour *ret_detour);

/* An instruction of the tail: where it is, and what it is there for. */
typedef struct TailPlace {
    int unit;      /* in the code; those that follow up to the next place belong to it */
    int origin;    /* the unit of the instruction that is displaced */
    bool is_call;  /* the truth of the constant is asked for */
    void *line;    /* whose hooks are called then; NULL: of none, it is told to tracing alone */
    int line_unit; /* where that line begins */
} TailPlace;

/* Up to 3.9 a tracer is told of a line where the table of lines begins it: a unit before the tail, that is
 * not run, keeps that from happening there. */
#if PY_VERSION_HEX >= 0x030A0000
#define TAIL_PADDING 0
#else
#define TAIL_PADDING 1
#endif

/* The tail of one detour. */
#define TAIL_UNITS_MAX  160
#define TAIL_PLACES_MAX 64

typedef struct Tail {
    uint8_t bytes[2 * TAIL_UNITS_MAX];
    int lines[TAIL_UNITS_MAX]; /* of each unit; 0: none */
    int num_units;
    TailPlace places[TAIL_PLACES_MAX];
    int num_places;
} Tail;

/* tail_write() - the tail of @detour, that begins TAIL_PADDING before its tail_unit. Returns 0, or -EINVAL if
 * it is too long.
 * @constant: index of the hook in the constants. */
int tail_write(const DetourMap *map, const Detour *detour, int constant, Tail *ret_tail);

/* detour_jump() - writes the jump that stands in for the instructions of @detour. @bytes: room for its
 * jump_units. */
void detour_jump(const Detour *detour, uint8_t *bytes);

/* detour_instruction_at() - the index of the instruction that @unit is in. */
int detour_instruction_at(const Bytecode *bytecode, int unit);
