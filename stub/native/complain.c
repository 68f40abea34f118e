#include "stub/native/complain.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_BYTES_MAX 512

void complain_once(Complaint cause, const char *format, ...)
{
    static bool is_said[COMPLAINTS_NUM];
    char line[LINE_BYTES_MAX] = "googleclouddebugger: ";
    size_t prefix_len = sizeof("googleclouddebugger: ") - 1;
    size_t room = sizeof(line) - prefix_len - 1; /* for the newline */
    va_list arguments;
    int len;

    if (__atomic_exchange_n(&is_said[cause], true, __ATOMIC_RELAXED))
        return;
    va_start(arguments, format);
    len = vsnprintf(line + prefix_len, room, format, arguments);
    va_end(arguments);
    if (len < 0)
        return;
    if ((size_t)len >= room)
        len = (int)room - 1;
    line[prefix_len + (size_t)len] = '\n';
    /* One write, so that lines of several threads do not mix. Nobody to tell if it fails. */
    (void)!write(STDERR_FILENO, line, prefix_len + (size_t)len + 1);
}
