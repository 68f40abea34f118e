#include "broker/auth/project_id.h"

static bool is_of_host_name(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
           character == '-';
}

bool project_id_is_valid(const char *text, size_t length)
{
    if (length == 0 || length > PROJECT_ID_BYTES_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_of_host_name(text[i]))
            return false;
    }
    return true;
}
