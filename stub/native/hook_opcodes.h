/* Opcodes: what reading bytecode meets that differs between CPython versions. Include it first (compat.h). */
#pragma once

#include "stub/native/compat.h"

#include <opcode.h>

/* hook_opcodes_code() - the instructions as the compiler wrote them, caches zeroed: a new reference to bytes,
 * not kept by the code object if it had not made them before. NULL when memory is out (no exception is set).
 */
static inline PyObject *hook_opcodes_code(PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030C0000
    bool was_cached = code->_co_cached && code->_co_cached->_co_code;
#else
    bool was_cached = code->_co_code != NULL;
#endif
    PyObject *bytes = PyCode_GetCode(code);

    if (!bytes) {
        PyErr_Clear();
        return NULL;
    }
#if PY_VERSION_HEX >= 0x030C0000
    if (!was_cached && code->_co_cached)
        Py_CLEAR(code->_co_cached->_co_code);
#else
    if (!was_cached)
        Py_CLEAR(code->_co_code);
#endif
    return bytes;
}

/* How an instruction may leave the straight line. */
typedef enum JumpKind {
    JUMP_NONE,
    JUMP_AHEAD,
    JUMP_BACK,
} JumpKind;

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
