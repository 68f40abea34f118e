/* Site: the hooks of one line of one code object. What all mechanisms do the same once control has come to
 * the line. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/hook.h"

/* Of frames that nobody finds, where the mechanism must find frames. */
#define HOOK_COVERAGE_DETACHED "calls that wait in other greenlets will not stop at the line"

typedef struct HookSite {
    int line;
    Hook *first; /* in the order of arming; owned by whoever armed them */
    int num_armed;
    int num_running; /* threads that are calling the hooks now */
    void *owner;     /* the mechanism's */
} HookSite;

struct Hook {
    Hook *next;
    HookSite *site; /* NULL: the code object is gone */
    void *context;
    bool is_armed;
    char *coverage; /* owned; NULL: everything is covered */
};

/* hook_site_add() - a new armed hook, the last. NULL when memory is out. */
Hook *hook_site_add(HookSite *site, void *context);

/* hook_site_remove() - disarms @hook; frees it as soon as nobody is calling the hooks of the site. Consumes
 * it. */
void hook_site_remove(Hook *hook);

/* hook_site_run() - calls the hooks that were armed when it began and still are, in their order. Does nothing
 * on a thread that is calling hooks already. */
void hook_site_run(HookSite *site, HookCallback callback);

/* hook_site_is_free() - whether nothing needs the site any more. */
bool hook_site_is_free(const HookSite *site);

/* hook_site_abandon() - the code object is gone: the hooks stay with their owners and do nothing. */
void hook_site_abandon(HookSite *site);
