/* Instructions: what a program is made of, between the converter that writes them and the machine that runs
 * them.
 *
 * A machine with a stack, forward and backward jumps, and variables of its own for comprehensions. The
 * converter knows how deep the stack gets; the machine trusts it. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stub/native/evaluate/convert/part.h"

#ifdef __cplusplus
extern "C" {
#endif

/* More is refused when the text is compiled: nobody writes it, and it bounds the C stack of the machine. */
#define PROGRAM_STACK_MAX      48
#define PROGRAM_VARIABLES_MAX  48
#define PROGRAM_ITERATIONS_MAX 5

typedef enum Operation {
    /* Values. */
    OP_CONSTANT,  /* push object */
    OP_NAME,      /* push the variable of the frame called object; number: PROGRAM_NAME_IS_NESTED or 0 */
    OP_VARIABLE,  /* push variable number, called object */
    OP_ATTRIBUTE, /* object of the top, called object */
    OP_SUBSCRIPT, /* container key -> item */
    OP_SLICE,     /* start stop step -> slice */
    OP_DROP,      /* pop */

    /* Operators. */
    OP_UNARY,        /* number: UnaryOperator */
    OP_BINARY,       /* number: BinaryOperator; target: 1 for `+=` */
    OP_COMPARE,      /* a b -> bool; number: Comparison */
    OP_COMPARE_KEEP, /* a b -> b bool: a link of a chain */
    OP_IN_ITEMS,     /* a, number items -> whether it is in the set of them; target: 1 for `not in` */
    OP_DROP_SECOND,  /* a b -> b */

    /* Jumps to target. */
    OP_JUMP,
    OP_JUMP_IF_FALSE,      /* pops */
    OP_JUMP_IF_FALSE_KEEP, /* pops if it does not jump */
    OP_JUMP_IF_TRUE_KEEP,

    /* Displays of number items. */
    OP_TUPLE,
    OP_LIST,
    OP_SET,
    OP_DICT,     /* number pairs */
    OP_EXTEND,   /* container -> ; its items to the list at place number of the stack */
    OP_UPDATE,   /* container -> ; its items to the set at place number */
    OP_MERGE,    /* mapping -> ; its items to the dict at place number */
    OP_TO_TUPLE, /* list -> tuple */
    OP_FORMAT,   /* value specification -> str; number: the conversion */
    OP_JOIN,     /* number str -> str */

    /* Calls with number arguments, the last of them by the names in names; target: 1 if the result is raised.
     */
    OP_CALL,          /* function arguments.. -> result */
    OP_METHOD,        /* self arguments.. -> result; object: the name */
    OP_CALL_SPREAD,   /* function list dict -> result: the arguments are in them */
    OP_METHOD_SPREAD, /* self list dict -> result */

    /* Functions and generators of the expression: child number, with the top values of the stack as the
     * defaults of its parameters and its captured variables. */
    OP_LAMBDA,
    OP_GENERATOR, /* below them the first container */
    OP_YIELD,     /* pop: the next item of the generator, or of a function that is one */

    /* Loops of comprehensions. */
    OP_ITERATE,     /* pop a container: iteration number begins */
    OP_NEXT,        /* push the next item of iteration number, or end it and jump to target */
    OP_STOP,        /* iteration number ends */
    OP_STORE,       /* pop into variable number */
    OP_UNPACK,      /* a container of number items -> its items, the first on top */
    OP_UNPACK_STAR, /* the same with a list in between; number: before * 256 + behind */
    OP_APPEND,      /* item -> ; to the list at place number of the stack */
    OP_ADD,         /* item -> ; to the set at place number */
    OP_PUT,         /* key value -> ; to the dict at place number */
    OP_CHECK_ANY,   /* the top is any(): fine; else refused */
    OP_CHECK_ALL,

    /* Functions of the app. */
    OP_LOCAL,             /* push variable number, which may be unbound; object: its name */
    OP_FREE,              /* push what cell number of the closure holds; object: its name */
    OP_GLOBAL,            /* push the global or builtin called object */
    OP_IMPORT,            /* push the module called object; number: the dots of a relative name */
    OP_IMPORT_FROM,       /* module -> what it has under the name object */
    OP_STORE_KEEP,        /* the top into variable number */
    OP_FORGET,            /* variable number is unbound from here */
    OP_REFUSE,            /* object: why */
    OP_REQUIRE_IMMUTABLE, /* the top is changed in place: fine if nobody can see that; else refused */
    OP_CHANGE,            /* container item -> result; object: the name of the method, such as append */
    OP_STORE_ITEM,        /* value container key -> */
    OP_RAISE,             /* exception or class of it -> */
    OP_CATCHES,           /* class-raised classes -> class-raised bool */
    OP_RAISE_AGAIN,       /* with the class at place number of the stack */
    OP_RETURN,            /* the top */
} Operation;

typedef enum Comparison {
    COMPARE_LT = Py_LT,
    COMPARE_LE = Py_LE,
    COMPARE_EQ = Py_EQ,
    COMPARE_NE = Py_NE,
    COMPARE_GT = Py_GT,
    COMPARE_GE = Py_GE,
    COMPARE_IS,
    COMPARE_IS_NOT,
    COMPARE_IN,
    COMPARE_NOT_IN,
} Comparison;

typedef struct Instruction {
    uint8_t operation;
    int32_t number;
    uint32_t target;
    Part part;        /* of the source: what is told when it is refused */
    PyObject *object; /* owned */
    PyObject *names;  /* owned: a tuple; NULL: none */
} Instruction;

/* Arguments of one call, where some are unpacked. */
#define PROGRAM_ARGUMENTS_MAX 64

/* OP_NAME: in a comprehension or the like, where the names of a class body around it do not count. */
#define PROGRAM_NAME_IS_NESTED 1

/* OP_VARIABLE, as its target: for a lambda or a generator that is being made, which would read it later. */
#define PROGRAM_VARIABLE_IS_CAPTURED 1

/* Of a program that is a lambda. */
typedef struct Parameters {
    PyObject *names; /* owned: a tuple of str; NULL: none */
    int count;
    int num_defaults; /* of the last ones */
    bool has_rest;    /* `*rest`: the variable behind them */
} Parameters;

/* Where to go on when an instruction of a range raises an exception, with its class on the stack. */
typedef struct Handler {
    uint32_t start;
    uint32_t end; /* behind the last */
    uint32_t target;
    uint16_t stack_size; /* what is kept of the stack */
    uint16_t num_iterations;
} Handler;

struct Program {
    Instruction *instructions;
    size_t count;
    size_t capacity;
    size_t num_chars;
    char *source;              /* NULL: messages do not quote it */
    bool is_source_owned;      /* else the parent's */
    struct Program **children; /* owned: lambdas and generator expressions */
    size_t num_children;
    Parameters parameters;
    int num_captured;  /* variables behind the parameters, or behind a generator's container */
    Handler *handlers; /* of a function: inner ones first */
    size_t num_handlers;
    bool is_generator; /* a function that yields: a call of it makes a stream */
};

#ifdef __cplusplus
}
#endif
