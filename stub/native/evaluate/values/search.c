#include "stub/native/compat.h"

#include "stub/native/evaluate/values/search.h"

/* Fewer take less than a millisecond at worst. */
#define COMPARISONS_MAX 1000000

/* Of characters. */
#define COMPARISONS_PER_UNIT  8
#define COMPARISONS_AT_A_TIME 4096

/* False: it is neither a str nor bytes. */
static bool take_chars(PyObject *value, CompatText *ret_chars)
{
    if (PyUnicode_Check(value))
        *ret_chars = compat_text(value);
    else if (PyBytes_Check(value))
        *ret_chars =
            (CompatText){.data = PyBytes_AS_STRING(value), .length = PyBytes_GET_SIZE(value), .kind = 1};
    return PyUnicode_Check(value) || PyBytes_Check(value);
}

static inline Py_UCS4 character(const CompatText *chars, Py_ssize_t place)
{
    return chars->kind == 1   ? ((const Py_UCS1 *)chars->data)[place]
           : chars->kind == 2 ? ((const Py_UCS2 *)chars->data)[place]
                              : ((const Py_UCS4 *)chars->data)[place];
}

/* How many characters are the same, from one end of the part. */
static Py_ssize_t num_equal(const CompatText *text, const CompatText *part, Py_ssize_t place,
                            bool is_backward)
{
    Py_ssize_t count = 0;

    while (count < part->length) {
        Py_ssize_t i = is_backward ? part->length - 1 - count : count;

        if (character(text, place + i) != character(part, i))
            break;
        count++;
    }
    return count;
}

/* The comparisons that CPython would make are counted by making them, with an eye on the clock. */
bool search_check(Run *run, PyObject *text, PyObject *part, bool is_backward)
{
    CompatText where;
    CompatText what;
    uint64_t num_comparisons = 0;

    if (!take_chars(text, &where) || !take_chars(part, &what) ||
        (uint64_t)where.length * (uint64_t)what.length <= COMPARISONS_MAX)
        return true;
    for (Py_ssize_t i = 0; i + what.length <= where.length; i++) {
        num_comparisons += 1 + (uint64_t)num_equal(&where, &what, i, is_backward);
        if (num_comparisons < COMPARISONS_AT_A_TIME)
            continue;
        if (!run_charge(run, num_comparisons / COMPARISONS_PER_UNIT))
            return false;
        num_comparisons = 0;
    }
    return true;
}
