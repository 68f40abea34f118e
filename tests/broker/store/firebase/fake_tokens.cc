#include "tests/broker/store/firebase/fake_tokens.hh"

#include <algorithm>

void TokenSource::give()
{
    std::vector<TokenRequest *> requests;

    is_away = false;
    requests.swap(waiting);
    for (TokenRequest *request : requests) {
        request->source = nullptr;
        request->done(request->context, token.c_str());
    }
}

const char *token_source_peek(TokenSource *source)
{
    return source->is_away ? nullptr : source->token.c_str();
}

void token_request_init(TokenRequest *request, void (*done)(void *context, const char *token), void *context)
{
    request->done = done;
    request->context = context;
}

void token_source_get(TokenSource *source, TokenRequest *request)
{
    request->source = source;
    source->waiting.push_back(request);
}

void token_request_cancel(TokenRequest *request)
{
    if (!request->source)
        return;
    std::vector<TokenRequest *> &waiting = request->source->waiting;

    waiting.erase(std::remove(waiting.begin(), waiting.end(), request), waiting.end());
    request->source = nullptr;
}

void token_source_refuse(TokenSource *source, const char *token)
{
    source->refused.push_back(token);
    if (source->token == token)
        source->token = "t" + std::to_string(++source->number);
}

const char *token_source_problem(const TokenSource *source)
{
    return source->is_away ? "no token" : nullptr;
}

void token_source_get_project_id(TokenSource *source, TokenRequest *request)
{
    token_source_get(source, request);
}

const char *token_source_quota_project(const TokenSource *)
{
    return nullptr;
}
