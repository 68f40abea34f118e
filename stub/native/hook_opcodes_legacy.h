/* Opcodes of CPython 3.6 to 3.10. Included by hook_opcodes.h, which describes the names. */
#pragma once

#include "stub/native/hook_opcodes.h"

#if PY_VERSION_HEX < 0x030B0000

static inline JumpKind hook_opcodes_jump_kind(int opcode)
{
    switch (opcode) {
    case JUMP_FORWARD:
    case FOR_ITER:
#ifdef CALL_FINALLY
    case CALL_FINALLY:
#endif
        return JUMP_AHEAD;
    case JUMP_ABSOLUTE:
    case POP_JUMP_IF_FALSE:
    case POP_JUMP_IF_TRUE:
    case JUMP_IF_FALSE_OR_POP:
    case JUMP_IF_TRUE_OR_POP:
#ifdef CONTINUE_LOOP
    case CONTINUE_LOOP:
#endif
#ifdef JUMP_IF_NOT_EXC_MATCH
    case JUMP_IF_NOT_EXC_MATCH:
#endif
        return JUMP_TO;
    default:
        return JUMP_NONE;
    }
}

static inline bool hook_opcodes_is_unconditional_jump(int opcode)
{
    switch (opcode) {
    case JUMP_FORWARD:
    case JUMP_ABSOLUTE:
#ifdef BREAK_LOOP
    case BREAK_LOOP:
    case CONTINUE_LOOP:
#endif
        return true;
    default:
        return false;
    }
}

static inline bool hook_opcodes_is_conditional_jump(int opcode)
{
    return hook_opcodes_jump_kind(opcode) == JUMP_TO && !hook_opcodes_is_unconditional_jump(opcode);
}

static inline bool hook_opcodes_continues_evaluation(int opcode)
{
    switch (opcode) {
    case CALL_FUNCTION:
    case CALL_FUNCTION_KW:
    case CALL_FUNCTION_EX:
    case DUP_TOP:
    case DUP_TOP_TWO:
    case GET_ITER:
    case ROT_TWO:
    case ROT_THREE:
#ifdef CALL_METHOD
    case CALL_METHOD:
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
#ifdef RERAISE
    case RERAISE:
#endif
        return true;
    default:
        return false;
    }
}

/* A generator of 3.10 is started with the None that GEN_START takes away. */
static inline int hook_opcodes_first_depth(const PyCodeObject *code)
{
#ifdef GEN_START
    return code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR) ? 1 : 0;
#else
    (void)code;
    return 0;
#endif
}

static inline bool hook_opcodes_is_clean_up(int opcode)
{
    (void)opcode;
    return false;
}

static inline bool hook_opcodes_is_resume(int opcode)
{
    (void)opcode;
    return false;
}

static inline bool hook_opcodes_is_quiet_jump(int opcode)
{
    (void)opcode;
    return false;
}

static inline bool hook_opcodes_added_code_has_line(void)
{
    return PY_VERSION_HEX < 0x030A0000;
}

static inline bool hook_opcodes_is_added_handler(int opcode, int third)
{
    switch (opcode) {
    case LOAD_CONST: /* None is stored to the name of `except ... as`, and the name deleted */
        return third == DELETE_FAST || third == DELETE_NAME || third == DELETE_GLOBAL ||
               third == DELETE_DEREF;
#ifdef END_FINALLY
    case END_FINALLY:
    case WITH_CLEANUP_START:
#endif
#ifdef RERAISE
    case RERAISE:
    case WITH_EXCEPT_START:
#endif
#ifdef END_ASYNC_FOR
    case END_ASYNC_FOR:
#endif
        return true;
    default:
        return false;
    }
}

static inline bool hook_opcodes_takes_exception(int opcode, bool is_first)
{
    return opcode == POP_EXCEPT || (opcode == POP_TOP && is_first);
}

static inline bool hook_opcodes_leaves_block(int opcode)
{
    return opcode == POP_BLOCK;
}

/* Arguments of jumps count bytes before 3.10. */
#if PY_VERSION_HEX >= 0x030A0000
#define HOOK_OPCODES_JUMP_UNIT 1
#else
#define HOOK_OPCODES_JUMP_UNIT 2
#endif

static inline int hook_opcodes_jump_units(int argument)
{
    return argument / HOOK_OPCODES_JUMP_UNIT;
}

/* Nothing but the return of None, which is on line 1 though the file has none: the original saw no line
 * either. */
static inline bool hook_opcodes_is_empty_module(const PyCodeObject *code)
{
    const uint8_t *bytes = (const uint8_t *)PyBytes_AS_STRING(code->co_code);

    return !(code->co_flags & CO_NEWLOCALS) && PyBytes_GET_SIZE(code->co_code) == 4 &&
           bytes[0] == LOAD_CONST && bytes[2] == RETURN_VALUE;
}

static inline bool hook_opcodes_belongs_to_jump(int opcode)
{
    (void)opcode;
    return false;
}

static inline int hook_opcodes_body_unit(const PyCodeObject *code)
{
#ifdef GEN_START
    /* The only instruction that a hook never stands in for, and the first if there is one. */
    return PyBytes_GET_SIZE(code->co_code) > 0 && (uint8_t)PyBytes_AS_STRING(code->co_code)[0] == GEN_START;
#else
    (void)code;
    return 0;
#endif
}

/* A block that an instruction sets up, and that catches what unwinds the stack. */
typedef enum BlockKind {
    BLOCK_NONE,
    BLOCK_LOOP,  /* what BREAK_LOOP leaves */
    BLOCK_CATCH, /* exceptions go to its handler */
} BlockKind;

static inline BlockKind hook_opcodes_block_kind(int opcode)
{
    switch (opcode) {
#ifdef SETUP_LOOP
    case SETUP_LOOP:
        return BLOCK_LOOP;
    case SETUP_EXCEPT:
#endif
    case SETUP_FINALLY:
    case SETUP_WITH:
    case SETUP_ASYNC_WITH:
        return BLOCK_CATCH;
    default:
        return BLOCK_NONE;
    }
}

/* By the block that @opcode sets up the stack is unwound to its present height and this much. */
static inline int hook_opcodes_block_level(int opcode)
{
    return opcode == SETUP_ASYNC_WITH ? -1 : 0;
}

/* What handling an exception pushes: that exception, and the one that was handled before. */
#define HOOK_OPCODES_EXCEPTION_DEPTH 6

/* As stack_effect() of Python/compile.c has it since 3.8, also for versions whose own function says the
 * greatest effect only. */
static inline int hook_opcodes_stack_effect(int opcode, int argument, bool is_jump_taken)
{
    switch (opcode) {
    case FOR_ITER:
        return is_jump_taken ? -1 : 1;
    case JUMP_IF_FALSE_OR_POP:
    case JUMP_IF_TRUE_OR_POP:
        return is_jump_taken ? 0 : -1;
    case SETUP_WITH:
        return 1;
    case SETUP_FINALLY:
    case SETUP_ASYNC_WITH:
#ifdef SETUP_LOOP
    case SETUP_LOOP:
    case SETUP_EXCEPT:
    case BREAK_LOOP:
    case CONTINUE_LOOP:
#endif
        return 0;
    case POP_EXCEPT:
        return -3;
#ifdef END_FINALLY
    case END_FINALLY:
        return -HOOK_OPCODES_EXCEPTION_DEPTH;
    case WITH_CLEANUP_START:
        return 2;
    case WITH_CLEANUP_FINISH:
        return -3;
#endif
#ifdef CALL_FINALLY
    case CALL_FINALLY:
        return is_jump_taken ? 1 : 0;
#endif
    default:
#if PY_VERSION_HEX >= 0x03080000
        return PyCompile_OpcodeStackEffectWithJump(opcode, argument, is_jump_taken ? 1 : 0);
#else
        return PyCompile_OpcodeStackEffect(opcode, argument);
#endif
    }
}

#endif
