#include "broker/stubs/session_state.h"

#include <errno.h>

int session_step(SessionState *state, SessionEvent event)
{
    if (event == SESSION_EVENT_CLOSE) {
        *state = SESSION_CLOSED;
        return 0;
    }
    switch (*state) {
    case SESSION_NEW:
        if (event != SESSION_EVENT_HELLO && event != SESSION_EVENT_REFUSED)
            return -EPROTO;
        *state = event == SESSION_EVENT_HELLO ? SESSION_HELLO : SESSION_CLOSED;
        return 0;
    case SESSION_HELLO:
        if (event == SESSION_EVENT_HELLO)
            return -EPROTO;
        if (event == SESSION_EVENT_WELCOME)
            *state = SESSION_WELCOMED;
        else if (event == SESSION_EVENT_REFUSED)
            *state = SESSION_CLOSED;
        return 0;
    case SESSION_WELCOMED:
        if (event == SESSION_EVENT_HELLO || event == SESSION_EVENT_WELCOME)
            return -EPROTO;
        if (event == SESSION_EVENT_REFUSED)
            *state = SESSION_CLOSED;
        return 0;
    case SESSION_CLOSED:
        break;
    }
    return -EPROTO;
}
