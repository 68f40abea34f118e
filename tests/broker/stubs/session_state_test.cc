#include "broker/stubs/session_state.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace
{

const int NOT_ALLOWED = -1;

struct Step {
    SessionState from;
    SessionEvent event;
    int to; /* a SessionState, or NOT_ALLOWED */
};

class SessionStateTest : public testing::TestWithParam<Step>
{
};

TEST_P(SessionStateTest, StepsAsTheTableSays)
{
    SessionState state = GetParam().from;
    int result = session_step(&state, GetParam().event);

    if (GetParam().to == NOT_ALLOWED) {
        EXPECT_EQ(result, -EPROTO);
        EXPECT_EQ(state, GetParam().from);
    } else {
        EXPECT_EQ(result, 0);
        EXPECT_EQ(state, GetParam().to);
    }
}

INSTANTIATE_TEST_SUITE_P(AllSteps, SessionStateTest,
                         testing::Values(Step{SESSION_NEW, SESSION_EVENT_HELLO, SESSION_HELLO},
                                         Step{SESSION_NEW, SESSION_EVENT_MESSAGE, NOT_ALLOWED},
                                         Step{SESSION_NEW, SESSION_EVENT_WELCOME, NOT_ALLOWED},
                                         Step{SESSION_NEW, SESSION_EVENT_REFUSED, SESSION_CLOSED},
                                         Step{SESSION_NEW, SESSION_EVENT_CLOSE, SESSION_CLOSED},
                                         Step{SESSION_HELLO, SESSION_EVENT_HELLO, NOT_ALLOWED},
                                         Step{SESSION_HELLO, SESSION_EVENT_MESSAGE, SESSION_HELLO},
                                         Step{SESSION_HELLO, SESSION_EVENT_WELCOME, SESSION_WELCOMED},
                                         Step{SESSION_HELLO, SESSION_EVENT_REFUSED, SESSION_CLOSED},
                                         Step{SESSION_HELLO, SESSION_EVENT_CLOSE, SESSION_CLOSED},
                                         Step{SESSION_WELCOMED, SESSION_EVENT_HELLO, NOT_ALLOWED},
                                         Step{SESSION_WELCOMED, SESSION_EVENT_MESSAGE, SESSION_WELCOMED},
                                         Step{SESSION_WELCOMED, SESSION_EVENT_WELCOME, NOT_ALLOWED},
                                         Step{SESSION_WELCOMED, SESSION_EVENT_REFUSED, SESSION_CLOSED},
                                         Step{SESSION_WELCOMED, SESSION_EVENT_CLOSE, SESSION_CLOSED},
                                         Step{SESSION_CLOSED, SESSION_EVENT_HELLO, NOT_ALLOWED},
                                         Step{SESSION_CLOSED, SESSION_EVENT_MESSAGE, NOT_ALLOWED},
                                         Step{SESSION_CLOSED, SESSION_EVENT_WELCOME, NOT_ALLOWED},
                                         Step{SESSION_CLOSED, SESSION_EVENT_REFUSED, NOT_ALLOWED},
                                         Step{SESSION_CLOSED, SESSION_EVENT_CLOSE, SESSION_CLOSED}));

} // namespace
