/* Finds the database of a backend: the one that was named, or the first of the project's default ones that is
 * set up for the debugger, as the original does: <project>-cdbg, then <project>-default-rtdb, by
 * cdbg/schema_version. Asks until there is one. Loop thread only. */
#pragma once

#include "broker/store/firebase/rtdb.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LOCATOR_FIRST_MS 500   /* doubled with each failure in a row */
#define LOCATOR_LAST_MS  60000 /* where nothing is set up, which is somebody's work */
#define LOCATOR_SOON_LAST_MS                                                                                 \
    4000 /* after no answer, or one that refuses: so that the end of that is noticed within 5 s */

typedef struct Locator Locator;

/* @rtdb without its url; that, and the project, are borrowed during locator_new() only. */
typedef struct LocatorOptions {
    RtdbOptions rtdb;
    const char *url;        /* NULL: the default ones */
    const char *project_id; /* for these; NULL: the one of the token source */
    /* Once, from the loop: here it is, and the callback owns it. The locator may be freed by it. */
    void (*found)(void *context, Rtdb *rtdb);
    /* It was not found in this try; @problem as in locator_problem(). */
    void (*not_found)(void *context, const char *problem);
    void *context;
} LocatorOptions;

/* locator_new() - the caller owns *ret. 0, -EINVAL (the URL or the project's name is none), -ENOMEM. */
int locator_new(const LocatorOptions *options, Locator **ret);

/* locator_free() - NULL is nothing; returns NULL. */
Locator *locator_free(Locator *locator);

/* locator_problem() - why there is none yet, as rtdb_problem(); NULL: nothing is wrong so far. */
const char *locator_problem(const Locator *locator);

#ifdef __cplusplus
}
#endif
