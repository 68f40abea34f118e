/* Process: forks and the end of the interpreter, seen from Python: os.register_at_fork() and atexit.
 *
 * The link's thread is stopped before each fork, so that os.fork() has no second thread to warn about
 * (3.12+), and made again afterwards; the session stays open meanwhile. A child begins a session of its own.
 * A fork() in C that Python does not see is noticed by the next hit. Everything holds the GIL. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* A child that calls exec at once does not need a session; no other waits longer for its first hit. */
#define PROCESS_CHILD_DELAY_MS 20

typedef struct ProcessOptions {
    void (*after_fork_child)(void); /* in the child, before its link thread is made */
    void (*at_exit)(void);          /* once, before the interpreter finalizes */
} ProcessOptions;

/* process_watch() - registers with os and atexit. Once per process; @options is copied. 0 or a negative
 * errno. */
int process_watch(const ProcessOptions *options);

/* process_ensure_link() - if this is the child of a fork that Python did not see: makes its link thread. */
void process_ensure_link(void);

#ifdef __cplusplus
}
#endif
