#include "stub/native/compat.h"

#include "stub/native/evaluate/values/compare.h"
#include "stub/native/evaluate/values/sort.h"

typedef struct Entry {
    PyObject *key;
    PyObject *value;
} Entry;

/* Merges two sorted runs that follow one another; @right goes first only if it is less. */
static bool merge(Run *run, const Entry *from, Entry *to, Py_ssize_t middle, Py_ssize_t end)
{
    Py_ssize_t left = 0;
    Py_ssize_t right = middle;

    for (Py_ssize_t i = 0; i < end; i++) {
        int is_right = left == middle ? 1 : 0;

        if (!is_right && right < end) {
            is_right = compare_values(run, from[right].key, from[left].key, Py_LT);
            if (is_right < 0)
                return false;
        }
        to[i] = is_right ? from[right++] : from[left++];
    }
    return true;
}

static bool merge_all(Run *run, Entry *entries, Entry *other, Py_ssize_t count)
{
    for (Py_ssize_t width = 1; width < count; width *= 2) {
        for (Py_ssize_t begin = 0; begin < count; begin += 2 * width) {
            Py_ssize_t end = Py_MIN(2 * width, count - begin);

            if (!merge(run, entries + begin, other + begin, Py_MIN(width, end), end))
                return false;
        }
        memcpy(entries, other, (size_t)count * sizeof(*entries));
    }
    return true;
}

/* Backwards, so that the order of equal ones comes out right when the result is turned round, too. */
static Py_ssize_t place(Py_ssize_t i, Py_ssize_t count, bool is_reversed)
{
    return is_reversed ? count - 1 - i : i;
}

bool sort_list(Run *run, PyObject *list, PyObject *keys, bool is_reversed)
{
    Py_ssize_t count = PyList_GET_SIZE(list);
    Entry *entries;
    bool is_sorted;

    if (!run_charge_bytes(run, (uint64_t)count * 2 * sizeof(*entries)))
        return false;
    entries = PyMem_Malloc((size_t)(count > 0 ? count : 1) * 2 * sizeof(*entries));
    if (!entries) {
        (void)run_exhaust(run);
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_ssize_t from = place(i, count, is_reversed);

        entries[i] = (Entry){PyList_GET_ITEM(keys ? keys : list, from), PyList_GET_ITEM(list, from)};
    }
    is_sorted = merge_all(run, entries, entries + count, count);
    for (Py_ssize_t i = 0; is_sorted && i < count; i++) {
        Py_ssize_t to = place(i, count, is_reversed);

        PyList_SET_ITEM(list, to, entries[i].value);
        if (keys)
            PyList_SET_ITEM(keys, to, entries[i].key);
    }
    PyMem_Free(entries);
    return is_sorted;
}
