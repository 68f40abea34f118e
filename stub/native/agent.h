/* Agent: the life of the stub in a process: from enable() through forks to the end of the interpreter. It
 * joins the link, the breakpoints and the interpreter; each of them knows nothing of the others. */
#pragma once

#include <Python.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AGENT_E_ALREADY 1 /* it is enabled in this process, or was in the one that forked it */

/* agent_enable() - starts the stub. @stub_version and @flags (a dict of str to str): see facts_collect().
 * What goes wrong with the broker or with hooks is no error: the app then runs as if the stub were not there.
 * Returns 0, AGENT_E_ALREADY, or a negative errno. No Python exception is left. Holds the GIL. */
int agent_enable(const char *stub_version, PyObject *flags);

#ifdef __cplusplus
}
#endif
