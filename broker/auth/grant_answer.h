/* What the answers of token endpoints say; for the files of this folder. Pure. */
#pragma once

#include "broker/auth/grant.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An answer in JSON, of which only some texts are of interest. @host is of the endpoint, for people. */

/* grant_read_token() - {"access_token", "expires_in"}, as all of Google's endpoints but one have it. */
GrantResult grant_read_token(const char *host, const GrantAnswer *answer, GrantOutcome *ret);

/* grant_read_impersonation() - {"accessToken", "expireTime"}, against @now_s where the answer has no date.
 * @lifetime_max_s is what was asked for. */
GrantResult grant_read_impersonation(const char *host, const GrantAnswer *answer, int64_t now_s,
                                     unsigned lifetime_max_s, GrantOutcome *ret);

/* grant_read_subject() - the text, or @field of it. A token or problem, without a lifetime. */
GrantResult grant_read_subject(const char *place, const GrantAnswer *answer, const char *field,
                               GrantOutcome *ret);

/* grant_read_refusal() - why an answer with another status than 200 gives nothing. @now_s: Unix time that a
 * JWT of ours said; 0: there was none. */
GrantResult grant_read_refusal(const char *host, const GrantAnswer *answer, int64_t now_s, GrantOutcome *ret);

/* grant_fail() - @result with a problem. */
GrantResult grant_fail(GrantResult result, const char *place, const char *what, GrantOutcome *ret);

#ifdef __cplusplus
}
#endif
