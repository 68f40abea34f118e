#include "stub/native/compat.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/compat_code.h"
#include "stub/native/evaluate/functions/code_compare.h"
#include "stub/native/evaluate/convert/convert_function.h"
#include "stub/native/evaluate/functions/function_cache.h"
#include "stub/native/evaluate/functions/function_source.h"
#include "stub/native/evaluate/instructions.h"
#include "stub/native/interpreter.h"

static struct {
    WalkedFunction *first; /* the newest */
    WalkedFunction *last;
    int count;
    /* Forgotten in the course of an evaluation, which may still have a lambda of theirs. */
    WalkedFunction *forgotten;
    Py_ssize_t extra_index;
    bool has_extra_index;
} cache;

static void remove_from_list(WalkedFunction *self)
{
    *(self->previous ? &self->previous->next : &cache.first) = self->next;
    *(self->next ? &self->next->previous : &cache.last) = self->previous;
    cache.count--;
}

/* CPython frees the code object, or replaces what is kept with it. */
static void on_code_gone(void *extra)
{
    WalkedFunction *self = extra;

    if (!self)
        return;
    remove_from_list(self);
    self->next = cache.forgotten;
    cache.forgotten = self;
}

static void forget(WalkedFunction *self)
{
    (void)compat_code_set_extra(self->code, cache.extra_index, NULL); /* calls on_code_gone() */
}

void function_cache_sweep(void)
{
    while (cache.forgotten) {
        WalkedFunction *self = cache.forgotten;

        cache.forgotten = self->next;
        program_free(self->program);
        free(self);
    }
}

static void make_room(void)
{
    while (cache.count >= FUNCTION_CACHE_MAX)
        forget(cache.last);
}

/* False: memory is out. */
static bool keep(WalkedFunction *self)
{
    make_room();
    if (compat_code_set_extra(self->code, cache.extra_index, self) < 0)
        return false;
    self->next = cache.first;
    *(self->next ? &self->next->previous : &cache.last) = self;
    cache.first = self;
    cache.count++;
    return true;
}

/* ---------------------------------------------------------------------------------------- making */

static const char *kind_that_is_not_walked(const PyCodeObject *code)
{
    if (code->co_flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE | CO_ASYNC_GENERATOR))
        return "is a coroutine function";
    return code->co_flags & CO_OPTIMIZED ? NULL : "is no function";
}

static int make_program(PyCodeObject *code, WalkedFunction *walked)
{
    FunctionSource source;
    int result;

    walked->reason = kind_that_is_not_walked(code);
    if (walked->reason)
        return -ENOTSUP;
    result = function_source_find(code, &source, &walked->reason);
    if (result < 0)
        return result;
    walked->program = calloc(1, sizeof(*walked->program));
    result = walked->program ? convert_function(&source, code, walked->program, &walked->reason) : -ENOMEM;
    function_source_deinit(&source);
    if (result < 0) {
        program_free(walked->program);
        walked->program = NULL;
    }
    return result;
}

/* Those of one evaluation; what is missing then is made at the next one. Twice what the app waits for one of
 * the longest functions that are walked. */
#define MAKING_NS_MAX 5000000

static WalkedFunction *make(Run *run, PyCodeObject *code)
{
    WalkedFunction *walked = calloc(1, sizeof(*walked));
    RunPause pause = run_pause();
    int result = -ENOMEM;

    if (walked) {
        /* The compiler makes objects that the collector counts; finalizers are code of the app. */
        bool was_enabled = interpreter_pause_gc();

        walked->code = code;
        result = make_program(code, walked);
        interpreter_resume_gc(was_enabled);
    }
    run_resume(run, pause);
    if (result == -EAGAIN)
        (void)run_wait(run, code->co_name, walked->reason);
    else if (result == -ENOMEM || !keep(walked))
        (void)run_fail(run, -ENOMEM);
    else
        return walked;
    if (walked)
        program_free(walked->program);
    free(walked);
    return NULL;
}

WalkedFunction *function_cache_find(Run *run, PyCodeObject *code)
{
    WalkedFunction *walked;

    if (!cache.has_extra_index) {
        cache.extra_index = compat_request_code_extra(on_code_gone);
        cache.has_extra_index = cache.extra_index >= 0;
    }
    if (!cache.has_extra_index)
        return run_fail(run, -ENOTSUP);
    code = code_compare_original(code);
    walked = compat_code_extra(code, cache.extra_index);
    if (!walked && run->making_ns > MAKING_NS_MAX)
        return run_wait(run, code->co_name,
                        "is looked at the next time: there was too much to be read at once");
    if (!walked)
        walked = make(run, code);
    if (!walked || walked->program)
        return walked;
    return run_refuse_act(run, "%s", walked->reason);
}
