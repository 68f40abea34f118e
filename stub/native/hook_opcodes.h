/* Opcodes: what reading bytecode meets that differs between CPython versions. Include it first (compat.h).
 *
 * This file has the opcodes of 3.11 and later, hook_opcodes_legacy.h the same names for 3.6 to 3.10. */
#pragma once

#include "stub/native/compat.h"

#include <opcode.h>

/* How an instruction may leave the straight line. */
typedef enum JumpKind {
    JUMP_NONE,
    JUMP_AHEAD,
    JUMP_BACK,
    JUMP_TO, /* a place that is counted from the start of the code (up to 3.10) */
} JumpKind;

#if PY_VERSION_HEX < 0x030B0000
#include "stub/native/hook_opcodes_legacy.h"
#else

static inline JumpKind hook_opcodes_jump_kind(int opcode)
{
    switch (opcode) {
    case JUMP_FORWARD:
    case FOR_ITER:
    case SEND:
#if PY_VERSION_HEX >= 0x030C0000
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_TRUE:
    case POP_JUMP_IF_NONE:
    case POP_JUMP_IF_NOT_NONE:
#else
    case POP_JUMP_FORWARD_IF_FALSE:
    case POP_JUMP_FORWARD_IF_TRUE:
    case POP_JUMP_FORWARD_IF_NONE:
    case POP_JUMP_FORWARD_IF_NOT_NONE:
    case JUMP_IF_FALSE_OR_POP:
    case JUMP_IF_TRUE_OR_POP:
#endif
        return JUMP_AHEAD;
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
#if PY_VERSION_HEX < 0x030C0000
    case POP_JUMP_BACKWARD_IF_FALSE:
    case POP_JUMP_BACKWARD_IF_TRUE:
    case POP_JUMP_BACKWARD_IF_NONE:
    case POP_JUMP_BACKWARD_IF_NOT_NONE:
#endif
        return JUMP_BACK;
    default:
        return JUMP_NONE;
    }
}

static inline bool hook_opcodes_is_unconditional_jump(int opcode)
{
    return opcode == JUMP_FORWARD || opcode == JUMP_BACKWARD || opcode == JUMP_BACKWARD_NO_INTERRUPT;
}

/* Pops what it decides on. */
static inline bool hook_opcodes_is_conditional_jump(int opcode)
{
    return hook_opcodes_jump_kind(opcode) != JUMP_NONE && !hook_opcodes_is_unconditional_jump(opcode) &&
           opcode != FOR_ITER && opcode != SEND;
}

/* Follows a conditional jump, to say that it was not taken, and is on its line. */
static inline bool hook_opcodes_belongs_to_jump(int opcode)
{
#if PY_VERSION_HEX >= 0x030E0000
    return opcode == NOT_TAKEN;
#else
    (void)opcode;
    return false;
#endif
}

/* Takes from the stack, though it need not make it smaller. */
static inline bool hook_opcodes_continues_evaluation(int opcode)
{
    switch (opcode) {
    case CALL:
    case COPY:
    case GET_ITER:
    case SWAP:
#if PY_VERSION_HEX < 0x030C0000
    case PRECALL:
#endif
#if PY_VERSION_HEX < 0x030D0000
    case KW_NAMES:
#endif
#if PY_VERSION_HEX >= 0x030E0000
    case RETURN_VALUE: /* is said to leave the value to the caller */
#endif
        return true;
    default:
        return false;
    }
}

static inline bool hook_opcodes_leaves_frame(int opcode)
{
    switch (opcode) {
    case RETURN_VALUE:
    case RAISE_VARARGS:
    case RERAISE:
#if PY_VERSION_HEX >= 0x030C0000
    case INTERPRETER_EXIT:
#endif
#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030E0000
    case RETURN_CONST:
#endif
        return true;
    default:
        return false;
    }
}

/* Ends the start of a function, before which no line runs; and what is behind a YIELD_VALUE. */
static inline bool hook_opcodes_is_resume(int opcode)
{
    return opcode == RESUME;
}

/* In the midst of an `await` or `yield from`, not of a loop. */
static inline bool hook_opcodes_is_quiet_jump(int opcode)
{
    return opcode == JUMP_BACKWARD_NO_INTERRUPT;
}

/* Whether code that the compiler adds of its own, as the return at the end, is said to be of the line before
 * it (up to 3.9). Then a line begins only where the table begins it, or a loop. */
static inline bool hook_opcodes_added_code_has_line(void)
{
    return false;
}

/* Whether a handler of exceptions begins with it that the compiler has added for its own ends. @third: of the
 * instruction after the next. */
static inline bool hook_opcodes_is_added_handler(int opcode, int third)
{
    (void)opcode;
    (void)third;
    return false;
}

/* Takes away the exception of an `except` or `finally` clause, rather than what computed that. @is_first: of
 * the handler. */
static inline bool hook_opcodes_takes_exception(int opcode, bool is_first)
{
    (void)opcode;
    (void)is_first;
    return false;
}

/* Ends a block, as that of `try`; on the way out of it by `return` and the like too. */
static inline bool hook_opcodes_leaves_block(int opcode)
{
    (void)opcode;
    return false;
}

/* The distance, or the place, that the argument of a jump says, in code units. */
static inline int hook_opcodes_jump_units(int argument)
{
    return argument;
}

/* Whether the lines that it claims are none of the file's. */
static inline bool hook_opcodes_is_empty_module(const PyCodeObject *code)
{
    (void)code;
    return false; /* its return is on line 0 */
}

/* The first unit at which a line can begin. */
static inline int hook_opcodes_body_unit(const PyCodeObject *code)
{
    /* Behind the RESUME that ends the prologue; it has a cache since 3.15. */
    return code->_co_firsttraceable + (PY_VERSION_HEX >= 0x030F0000 ? 2 : 1);
}

static inline int hook_opcodes_stack_effect(int opcode, int argument, bool is_jump_taken)
{
    return PyCompile_OpcodeStackEffectWithJump(opcode, argument, is_jump_taken ? 1 : 0);
}

/* What the stack holds before the first instruction: RETURN_GENERATOR is said to push only since 3.13. */
static inline int hook_opcodes_first_depth(const PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030D0000
    (void)code;
    return 0;
#else
    return code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR) ? 1 : 0;
#endif
}

/* The handler of what is thrown into an `await`; a jump back to the main road follows. */
static inline bool hook_opcodes_is_clean_up(int opcode)
{
#if PY_VERSION_HEX >= 0x030C0000
    return opcode == CLEANUP_THROW;
#else
    (void)opcode;
    return false;
#endif
}

#endif /* 3.11 and later */
