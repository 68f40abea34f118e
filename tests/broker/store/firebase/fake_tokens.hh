/* A TokenSource whose tokens are t1, t2 and so on: the next one whenever one was refused. */
#pragma once

#include <string>
#include <vector>

#include "broker/auth/token_source.h"

struct TokenSource {
    unsigned number = 1;
    bool is_away = false; /* requests wait until give() */
    std::string token = "t1";
    std::vector<std::string> refused;
    std::vector<TokenRequest *> waiting;

    void give();
};
