/* Allocations that fail on demand: of the code under test, of jansson and of OpenSSL. The test must be linked
 * statically with it (linkstatic), so that the linker can put these functions in the place of the C
 * library's. */
#pragma once

#include <errno.h>

#include <cstddef>
#include <functional>

#include <gtest/gtest.h>

namespace failing_memory
{

/* From now on the allocation number @index, counted from 0, fails, and the others do not. */
void arm(size_t index);

enum class Failure {
    NONE,
    OWN,     /* of the code under test or of jansson */
    OPENSSL, /* which can do without some of what it allocates */
};

/* Nothing fails any more. What has failed. */
Failure disarm();

/* Runs @call with the first, second, ... allocation failing until none fails: @call must return -ENOMEM each
 * time but the last, and 0 then. */
inline void expect_every_failure_is_told(const std::function<int()> &call)
{
    ASSERT_EQ(call(), 0);
    for (size_t index = 0;; index++) {
        int result;
        Failure failure;

        arm(index);
        result = call();
        failure = disarm();
        if (failure == Failure::OPENSSL && result == 0)
            continue;
        ASSERT_EQ(result, failure == Failure::NONE ? 0 : -ENOMEM) << "allocation " << index;
        if (failure == Failure::NONE) {
            EXPECT_GT(index, 0u) << "nothing was allocated";
            return;
        }
    }
}

} // namespace failing_memory
