#include "broker/util/timestamp.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <time.h>

#include "broker/util/clock.h"

/* Reads @num_digits digits; false if there are fewer. */
static bool read_number(const char **text, int num_digits, int *ret)
{
    int value = 0;

    for (int i = 0; i < num_digits; i++, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return false;
        value = value * 10 + (**text - '0');
    }
    *ret = value;
    return true;
}

static bool read_character(const char **text, char wanted)
{
    if (**text != wanted)
        return false;
    (*text)++;
    return true;
}

/* ".123456789", of which microseconds are kept; nothing is 0. */
static bool read_fraction(const char **text, uint64_t *ret_us)
{
    uint64_t unit = 100000;

    *ret_us = 0;
    if (!read_character(text, '.'))
        return true;
    if (!isdigit((unsigned char)**text))
        return false;
    for (; isdigit((unsigned char)**text); (*text)++, unit /= 10)
        *ret_us += unit * (uint64_t)(**text - '0');
    return true;
}

/* "Z", "+02:00", or nothing. */
static bool read_offset(const char **text, int64_t *ret_s)
{
    int sign = **text == '-' ? -1 : 1;
    int hours;
    int minutes;

    *ret_s = 0;
    if (!**text || read_character(text, 'Z') || read_character(text, 'z'))
        return true;
    if (!read_character(text, '+') && !read_character(text, '-'))
        return false;
    if (!read_number(text, 2, &hours) || !read_character(text, ':') || !read_number(text, 2, &minutes) ||
        hours > 23 || minutes > 59)
        return false;
    *ret_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool is_valid(const struct tm *time)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = time->tm_year + 1900;
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (time->tm_mon < 0 || time->tm_mon > 11 || time->tm_hour > 23 || time->tm_min > 59 || time->tm_sec > 60)
        return false;
    if (time->tm_mon == 1 && !is_leap && time->tm_mday > 28)
        return false;
    return time->tm_mday >= 1 && time->tm_mday <= days[time->tm_mon];
}

int timestamp_parse(const char *text, uint64_t *ret_unix_us)
{
    struct tm time = {0};
    uint64_t fraction_us;
    int64_t offset_s;
    int64_t seconds;

    if (!read_number(&text, 4, &time.tm_year) || !read_character(&text, '-') ||
        !read_number(&text, 2, &time.tm_mon) || !read_character(&text, '-') ||
        !read_number(&text, 2, &time.tm_mday))
        return -EINVAL;
    if (!read_character(&text, 'T') && !read_character(&text, 't') && !read_character(&text, ' '))
        return -EINVAL;
    if (!read_number(&text, 2, &time.tm_hour) || !read_character(&text, ':') ||
        !read_number(&text, 2, &time.tm_min) || !read_character(&text, ':') ||
        !read_number(&text, 2, &time.tm_sec) || !read_fraction(&text, &fraction_us) ||
        !read_offset(&text, &offset_s) || *text)
        return -EINVAL;
    time.tm_year -= 1900;
    time.tm_mon -= 1;
    if (!is_valid(&time))
        return -EINVAL;
    seconds = (int64_t)timegm(&time) - offset_s;
    if (seconds < 0)
        return -EINVAL;
    *ret_unix_us = (uint64_t)seconds * US_PER_S + fraction_us;
    return 0;
}
