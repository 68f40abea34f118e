#include "stub/native/compat.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/evaluate/values/calls.h"
#include "stub/native/evaluate/convert/convert.h"
#include "stub/native/evaluate/values/decimals.h"
#include "stub/native/evaluate/functions/function_cache.h"
#include "stub/native/evaluate/instructions.h"
#include "stub/native/evaluate/machine.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/program.h"
#include "stub/native/evaluate/run.h"
#include "stub/native/evaluate/convert/source.h"
#include "stub/native/interpreter.h"
#include "stub/native/known.h"

static size_t num_utf8_chars(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

/* Fills @program, which is empty. */
static int compile(const char *source, Program *program, Status *ret_status)
{
    PartText text;
    PyObject *node;
    int result = calls_init();

    if (result == 0)
        result = source_parse(source, &node, &text, ret_status);
    if (result != 0)
        return result;
    program->num_chars = num_utf8_chars(source);
    program->source = strdup(source);
    program->is_source_owned = true;
    result = program->source ? convert_expression(node, &text, program, ret_status) : -ENOMEM;
    Py_DECREF(node);
    part_text_deinit(&text);
    return result;
}

int program_new(const char *source, Program **ret_program, Status *ret_status)
{
    Program *program = calloc(1, sizeof(*program));
    int result = program ? compile(source, program, ret_status) : -ENOMEM;

    if (result != 0) {
        program_free(program);
        return result;
    }
    *ret_program = program;
    return 0;
}

const char *program_refusal(const Status *status)
{
    static const char prefix[] = RUN_REFUSAL ": ";
    const char *text = status->num_parameters > 0 ? status->parameters[0] : NULL;

    return text && strncmp(text, prefix, strlen(prefix)) == 0 ? text + strlen(prefix) : NULL;
}

size_t program_num_chars(const Program *program)
{
    return program->num_chars;
}

static Run run_begin(const Frame *frame, uint32_t budget_us, Status *status, RunReason *reason)
{
    known_refresh();
    return (Run){
        .frame = frame,
        .status = status,
        .reason = status ? reason : NULL,
        .budget_us = budget_us,
        .units_left = RUN_UNITS_UNTIL_CLOCK,
    };
}

/* A failure that was taken back, by hasattr() or getattr() with a default, has left its text. */
static int run_finish(Run *run)
{
    function_cache_sweep();
    Py_CLEAR(run->flags);
    if (run->decimal_context)
        decimals_leave(run);
    if (!run->outcome && run->status)
        status_deinit(run->status);
    return run->outcome;
}

int program_run(const Program *program, const Frame *frame, uint32_t budget_us, PyObject **ret_value,
                Status *ret_status)
{
    PyObject *exception;

    return program_run_and_tell(program, frame, budget_us, ret_value, &exception, ret_status);
}

int program_run_and_tell(const Program *program, const Frame *frame, uint32_t budget_us, PyObject **ret_value,
                         PyObject **ret_exception, Status *ret_status)
{
    RunReason reason;
    Run run = run_begin(frame, budget_us, ret_status, &reason);
    /* Nearly all that is not a number is counted by the collector, and finalizers are code of the app. */
    bool was_enabled = interpreter_pause_gc();
    PyObject *value = machine_run(&run, program);

    interpreter_resume_gc(was_enabled);
    if (value)
        *ret_value = value;
    if (run.outcome == PROGRAM_E_RAISED)
        *ret_exception = run.exception;
    return run_finish(&run);
}

int program_run_condition(const Program *program, const Frame *frame, uint32_t budget_us, bool *ret_is_true,
                          Status *ret_status)
{
    RunReason reason;
    Run run = run_begin(frame, budget_us, ret_status, &reason);
    bool was_enabled = interpreter_pause_gc();
    PyObject *value = machine_run(&run, program);
    int truth = value ? plain_truth(&run, value) : -1;

    if (truth < 0)
        run_tell_part(&run, program->source, strlen(program->source), false);
    Py_XDECREF(value);
    interpreter_resume_gc(was_enabled);
    if (truth >= 0)
        *ret_is_true = truth;
    return run_finish(&run);
}

void program_free(Program *program)
{
    if (!program)
        return;
    for (size_t i = 0; i < program->count; i++) {
        Py_XDECREF(program->instructions[i].object);
        Py_XDECREF(program->instructions[i].names);
    }
    free(program->instructions);
    for (size_t i = 0; i < program->num_children; i++)
        program_free(program->children[i]);
    free(program->children);
    Py_XDECREF(program->parameters.names);
    if (program->is_source_owned)
        free(program->source);
    free(program->handlers);
    free(program);
}
