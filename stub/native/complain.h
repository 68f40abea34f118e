/* Complain: the few lines that the stub itself writes to the app's stderr: at most one per cause and process,
 * for what an operator must know and cannot see otherwise. Never from a thread of the app that is at a hooked
 * line: stderr may be a pipe that nobody reads. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

typedef enum Complaint {
    COMPLAINT_REFUSED,        /* the broker wants nothing of this process */
    COMPLAINT_UNTRUSTED,      /* somebody else listens where the broker is looked for */
    COMPLAINT_GARBAGE,        /* the broker sent what is not of the protocol */
    COMPLAINT_NO_HOOKS,       /* this interpreter's lines cannot be hooked */
    COMPLAINT_NO_CREDENTIALS, /* the app's service account file cannot be opened */
    COMPLAINT_NO_THREAD,
    COMPLAINT_PATH_TOO_LONG,
    COMPLAINT_INTERNAL,
    COMPLAINTS_NUM,
} Complaint;

/* complain_once() - writes "googleclouddebugger: ..." as one line, unless this process, or its parent before
 * the fork, has said so of the same cause. Any thread, with or without the GIL. */
__attribute__((format(printf, 2, 3))) void complain_once(Complaint cause, const char *format, ...);

#ifdef __cplusplus
}
#endif
