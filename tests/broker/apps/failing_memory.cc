#include "tests/broker/apps/failing_memory.hh"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdlib.h>

namespace
{

using failing_memory::Failure;

bool is_armed;
Failure failure;
size_t num_left;

bool fails(Failure kind)
{
    if (!is_armed || failure != Failure::NONE || num_left-- > 0)
        return false;
    failure = kind;
    return true;
}

} // namespace

extern "C" {

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
int __real_vasprintf(char **ret, const char *format, va_list arguments);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
int __wrap_vasprintf(char **ret, const char *format, va_list arguments);

void *__wrap_malloc(size_t size)
{
    return fails(Failure::OWN) ? nullptr : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(Failure::OWN) ? nullptr : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails(Failure::OWN) ? nullptr : __real_realloc(memory, size);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
int __wrap_vasprintf(char **ret, const char *format, va_list arguments)
{
    return fails(Failure::OWN) ? -1 : __real_vasprintf(ret, format, arguments);
}
#pragma GCC diagnostic pop
}

namespace
{

void *openssl_malloc(size_t size, const char *, int)
{
    return fails(Failure::OPENSSL) ? nullptr : __real_malloc(size);
}

void *openssl_realloc(void *memory, size_t size, const char *, int)
{
    return fails(Failure::OPENSSL) ? nullptr : __real_realloc(memory, size);
}

void openssl_free(void *memory, const char *, int)
{
    free(memory);
}

/* Before main(): OpenSSL wants it before its first allocation. */
struct Installer {
    Installer()
    {
        json_set_alloc_funcs(malloc, free);
        if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1)
            abort();
    }
} installer;

} // namespace

void failing_memory::arm(size_t index)
{
    num_left = index;
    failure = Failure::NONE;
    is_armed = true;
}

Failure failing_memory::disarm()
{
    is_armed = false;
    return failure;
}
