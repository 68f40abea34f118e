/* Process: forks and the end of the interpreter.
 *
 * A fork by Python (os.fork() and what uses it; 3.7 and later) is announced by os.register_at_fork(): the
 * link's thread is ended before, so that os.fork() has no second thread to warn about (3.12+), and made again
 * afterwards; the session stays open meanwhile. The child begins a session of its own.
 * A fork by anything else is seen by pthread_atfork() alone. The child may be about to run another program:
 * it begins a session when it comes to run Python, by a pending call in the main thread, or by a hit in
 * another one. Everything but that handler holds the GIL. */
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

/* process_ensure_link() - if this is the child of a fork that was not announced: makes its link thread. */
void process_ensure_link(void);

#ifdef __cplusplus
}
#endif
