/* The states of a session, and which packet may come when. Pure. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

typedef enum SessionState {
    SESSION_NEW,      /* connected; Hello must come within SESSION_HELLO_TIMEOUT_MS */
    SESSION_HELLO,    /* Hello was handed up; who the app is may still have to be found out */
    SESSION_WELCOMED, /* the stub was told its debuggee */
    SESSION_CLOSED,   /* nothing is read or sent any more; freed from the loop */
} SessionState;

typedef enum SessionEvent {
    SESSION_EVENT_HELLO,   /* from the stub */
    SESSION_EVENT_MESSAGE, /* any other message from the stub, known or not */
    SESSION_EVENT_WELCOME, /* to the stub */
    SESSION_EVENT_REFUSED, /* to the stub */
    SESSION_EVENT_CLOSE,
} SessionEvent;

/* session_step() - what @event makes of *state. Returns 0, or -EPROTO where it may not come then (*state is
 * unchanged, and the caller closes). */
int session_step(SessionState *state, SessionEvent event);

#ifdef __cplusplus
}
#endif
