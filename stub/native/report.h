/* Report: tells the broker what has become of a breakpoint. Holds the GIL; never waits. */
#pragma once

#include "stub/native/breakpoint.h"

#ifdef __cplusplus
extern "C" {
#endif

/* report_phase() - PENDING, ARMED (with the number of code objects and what is not covered) or FAILED (with
 * its status); nothing for COMPLETED, which its capture tells. */
void report_phase(Breakpoint *breakpoint);

/* report_note() - the breakpoint stays as it is, and the user is told something. Borrows @status. */
void report_note(const Breakpoint *breakpoint, Status *status);

#ifdef __cplusplus
}
#endif
