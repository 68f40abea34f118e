#include "stub/native/hook_site.h"

#include <stdlib.h>

/* initial-exec: one byte of the room that the C library keeps for libraries that are loaded late; it saves
 * the call that would cost more than the rest of a hit. */
static __thread bool is_calling __attribute__((tls_model("initial-exec")));

static void free_hook(Hook *hook)
{
    free(hook->coverage);
    free(hook);
}

Hook *hook_site_add(HookSite *site, void *context)
{
    Hook *hook = calloc(1, sizeof(*hook));
    Hook **link = &site->first;

    if (!hook)
        return NULL;
    hook->site = site;
    hook->context = context;
    hook->is_armed = true;
    while (*link)
        link = &(*link)->next;
    *link = hook;
    site->num_armed++;
    return hook;
}

static void sweep(HookSite *site)
{
    Hook **link = &site->first;

    while (*link) {
        Hook *hook = *link;

        if (hook->is_armed) {
            link = &hook->next;
        } else {
            *link = hook->next;
            free_hook(hook);
        }
    }
}

void hook_site_remove(Hook *hook)
{
    HookSite *site = hook->site;

    hook->is_armed = false;
    if (!site) {
        free_hook(hook);
        return;
    }
    site->num_armed--;
    if (site->num_running == 0)
        sweep(site);
}

static Hook *last_hook(const HookSite *site)
{
    Hook *hook = site->first;

    while (hook && hook->next)
        hook = hook->next;
    return hook;
}

void hook_site_run(HookSite *site, HookCallback callback)
{
    if (is_calling || site->num_armed == 0)
        return;

    Hook *last = last_hook(site);

    is_calling = true;
    site->num_running++;
    /* Hooks that the callbacks disarm stay in the list until nobody walks it. */
    for (Hook *hook = site->first; hook; hook = hook == last ? NULL : hook->next) {
        if (hook->is_armed)
            callback(hook->context);
    }
    site->num_running--;
    is_calling = false;
    if (site->num_running == 0)
        sweep(site);
}

bool hook_site_is_free(const HookSite *site)
{
    return site->num_armed == 0 && site->num_running == 0;
}

void hook_site_abandon(HookSite *site)
{
    for (Hook *hook = site->first; hook;) {
        Hook *next = hook->next;

        hook->site = NULL;
        hook->next = NULL;
        hook = next;
    }
    site->first = NULL;
    site->num_armed = 0;
}
