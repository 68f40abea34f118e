/* What is in a TokenSource; for the files of this folder. */
#pragma once

#include "broker/auth/grant.h"
#include "broker/auth/token_source.h"

#ifdef __cplusplus
extern "C" {
#endif

TAILQ_HEAD(TokenRequestList, TokenRequest);

/* A moment by the clocks that are looked at. */
typedef struct Moment {
    uint64_t boottime_us;
    uint64_t unix_us;
} Moment;

struct TokenSource {
    TokenSourceOptions options;
    Credential *credential;
    bool is_refused; /* it was, the last time */
    struct TokenRequestList waiting;
    struct TokenRequestList waiting_for_project;
    uint64_t round;
    Timer delivery; /* from the loop, to those who ask for what is there */
    char *problem;

    char *token; /* NULL: there is none */
    uint64_t lifetime_s;
    Moment born;

    Grant grant; /* of the exchange under way */
    bool is_exchanging;
    HttpCall *call; /* of it */
    Moment called;
    bool is_place_known;    /* the metadata server has been found */
    Timer next_exchange;    /* the renewal, or another attempt */
    uint64_t not_before_us; /* monotonic: the earliest begin of the next exchange */
    unsigned num_failures;  /* in a row */
    unsigned num_refusals;  /* of young tokens, in a row */

    /* What another's clock said when ours was found wrong, and when that was. */
    int64_t server_time_s; /* 0: ours is believed */
    uint64_t server_time_at_us;
    unsigned num_corrections; /* in a row */

    char *project_id;
    HttpCall *project_call;
    TokenRequest project_token;
    Timer next_project_call;
    unsigned num_project_failures;
};

/* token_source_clock() - the clock of the timers. */
const Clock *token_source_clock(const TokenSource *source);

/* token_source_answer() - what grants look at of an answer; borrowed as the answer is. */
GrantAnswer token_source_answer(const TokenSource *source, const HttpAnswer *answer);

/* token_source_set_problem() - @problem is copied; NULL: there is none any more. Logs what is new. */
void token_source_set_problem(TokenSource *source, const char *problem);

/* token_backoff_us() - the time to wait after @num_failures, at most @last_ms. */
uint64_t token_backoff_us(unsigned num_failures, uint32_t last_ms);

/* token_source_deliver_soon() - from the loop, what is there is given to those who wait. */
void token_source_deliver_soon(TokenSource *source);

/* Of token_project.c. */
void token_project_init(TokenSource *source);
void token_project_deinit(TokenSource *source);

/* token_project_ask() - unless it is known, or being asked. Who waits is served from the loop. */
void token_project_ask(TokenSource *source);

#ifdef __cplusplus
}
#endif
