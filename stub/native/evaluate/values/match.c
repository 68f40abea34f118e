#include "stub/native/compat.h"

#include "stub/native/evaluate/values/match.h"
#include "stub/native/evaluate/values/own.h"

typedef struct Match {
    PyObject_HEAD PyObject *text;
    int num_groups;
    uint32_t repeated;
    uint32_t slots[REGEX_SLOTS_MAX];
    PyObject *names[REGEX_GROUPS_MAX + 1]; /* owned; NULL: it has none */
} Match;

Py_ssize_t match_size_bytes(void)
{
    return (Py_ssize_t)sizeof(Match);
}

void match_free(PyObject *match)
{
    Match *self = (Match *)match;

    for (int i = 0; i <= REGEX_GROUPS_MAX; i++)
        Py_XDECREF(self->names[i]);
    Py_DECREF(self->text);
    PyObject_Free(self);
}

PyObject *match_new(Run *run, const Regex *regex, PyObject *text, const uint32_t slots[REGEX_SLOTS_MAX])
{
    Match *self = PyObject_New(Match, &own_types[OWN_MATCH]);

    if (!self)
        return run_raise_pending(run);
    self->text = Py_NewRef(text);
    self->num_groups = regex->num_groups;
    self->repeated = regex->repeated;
    memcpy(self->slots, slots, sizeof(self->slots));
    for (int i = 0; i <= REGEX_GROUPS_MAX; i++) {
        self->names[i] = regex->names[i];
        Py_XINCREF(self->names[i]);
    }
    return (PyObject *)self;
}

/* ----------------------------------------------------------------------------------------------- groups */

/* What a group in a repeat has when Python has gone back is not the same in all versions (bpo-725149,
 * bpo-35859). */
static bool check_group(Run *run, const Match *self, int group)
{
    if (self->repeated >> group & 1)
        (void)run_refuse_act(run, "reads a group that is repeated, of which versions of Python differ");
    return !run->outcome;
}

/* Of its number or name; -1: the run has failed. */
static int find_group(Run *run, const Match *self, PyObject *key)
{
    int group = -1;

    if (PyLong_CheckExact(key) || PyBool_Check(key)) {
        long number = PyLong_AsLong(key);

        PyErr_Clear();
        group = number >= 0 && number <= self->num_groups ? (int)number : -1;
    } else if (PyUnicode_CheckExact(key)) {
        for (int i = 1; i <= self->num_groups; i++)
            if (self->names[i] && PyUnicode_Compare(self->names[i], key) == 0)
                group = i;
    } else {
        (void)run_refuse_value(run, "a %.80s, not the number or name of a group", Py_TYPE(key)->tp_name);
        return -1;
    }
    if (group < 0)
        (void)run_raise(run, PyExc_IndexError, "no such group");
    return group >= 0 && check_group(run, self, group) ? group : -1;
}

/* A new reference; @missing, borrowed, if the group has matched nothing. NULL: the run has failed. */
static PyObject *text_of(Run *run, const Match *self, int group, PyObject *missing)
{
    uint32_t begin = self->slots[2 * group];
    uint32_t end = self->slots[2 * group + 1];

    if (!check_group(run, self, group))
        return NULL;
    if (begin == REGEX_UNSET || end == REGEX_UNSET)
        return Py_NewRef(missing);
    if (!run_charge_bytes(run, (uint64_t)(end - begin) * 4))
        return NULL;
    return run_take(run, PyUnicode_Substring(self->text, begin, end));
}

PyObject *match_subscript(Run *run, PyObject *match, PyObject *key)
{
    const Match *self = (const Match *)match;
    int group = find_group(run, self, key);

    return group < 0 ? NULL : text_of(run, self, group, Py_None);
}

static PyObject *call_group(Run *run, PyObject *match, const Arguments *arguments)
{
    PyObject *result;

    if (arguments->names)
        return run_refuse_act(run, "is given arguments by name");
    if (arguments->count == 0)
        return text_of(run, (const Match *)match, 0, Py_None);
    if (arguments->count == 1)
        return match_subscript(run, match, arguments->values[0]);
    result = PyTuple_New(arguments->count);
    for (Py_ssize_t i = 0; result && i < arguments->count; i++) {
        PyObject *text = match_subscript(run, match, arguments->values[i]);

        if (!text) {
            Py_DECREF(result);
            return NULL;
        }
        PyTuple_SET_ITEM(result, i, text);
    }
    return run_take(run, result);
}

/* What stands for a group that has matched nothing. NULL: the run has failed. */
static PyObject *missing_of(Run *run, const Arguments *arguments)
{
    PyObject *missing = arguments->count > 0 ? arguments->values[0] : arguments_named(arguments, "default");

    if (!arguments_check(run, arguments, 0, 1, " default "))
        return NULL;
    if (!missing)
        return Py_None;
    return own_check(run, missing) ? missing : NULL;
}

static PyObject *call_groups(Run *run, PyObject *match, const Arguments *arguments)
{
    const Match *self = (const Match *)match;
    PyObject *missing = missing_of(run, arguments);
    PyObject *result;

    if (!missing)
        return NULL;
    result = PyTuple_New(self->num_groups);
    for (int i = 1; result && i <= self->num_groups; i++) {
        PyObject *text = text_of(run, self, i, missing);

        if (!text) {
            Py_DECREF(result);
            return NULL;
        }
        PyTuple_SET_ITEM(result, i - 1, text);
    }
    return run_take(run, result);
}

static PyObject *call_groupdict(Run *run, PyObject *match, const Arguments *arguments)
{
    const Match *self = (const Match *)match;
    PyObject *missing = missing_of(run, arguments);
    PyObject *result;

    if (!missing)
        return NULL;
    result = PyDict_New();
    for (int i = 1; result && i <= self->num_groups; i++) {
        PyObject *text;
        int error;

        if (!self->names[i])
            continue;
        text = text_of(run, self, i, missing);
        error = text ? PyDict_SetItem(result, self->names[i], text) : -1;
        Py_XDECREF(text);
        if (error)
            Py_CLEAR(result);
    }
    return result || run->outcome ? result : run_raise_pending(run);
}

static Py_ssize_t place_of(const Match *self, int slot)
{
    bool is_set = self->slots[slot] != REGEX_UNSET && self->slots[slot ^ 1] != REGEX_UNSET;

    return is_set ? (Py_ssize_t)self->slots[slot] : -1;
}

static PyObject *call_places(Run *run, PyObject *match, const Arguments *arguments, char which)
{
    const Match *self = (const Match *)match;
    int group = 0;

    if (!arguments_check(run, arguments, 0, 1, ""))
        return NULL;
    if (arguments->count > 0)
        group = find_group(run, self, arguments->values[0]);
    if (group < 0)
        return NULL;
    if (which == 'p')
        return run_take(run, Py_BuildValue("(nn)", place_of(self, 2 * group), place_of(self, 2 * group + 1)));
    return run_take(run, PyLong_FromSsize_t(place_of(self, 2 * group + (which == 'n'))));
}

PyObject *match_call(Run *run, PyObject *match, PyObject *name, const Arguments *arguments)
{
    static const char *const names[] = {"group", "groups", "groupdict", "span", "start", "end"};
    size_t index = 0;

    while (index < Py_ARRAY_LENGTH(names) && PyUnicode_CompareWithASCIIString(name, names[index]) != 0)
        index++;
    if (!run_charge(run, 20))
        return NULL;
    switch (index) {
    case 0:
        return call_group(run, match, arguments);
    case 1:
        return call_groups(run, match, arguments);
    case 2:
        return call_groupdict(run, match, arguments);
    case 3:
    case 4:
    case 5:
        return call_places(run, match, arguments, names[index][1]);
    default:
        return run_refuse_act(run, "is not known to be without effects");
    }
}

PyObject *match_repr(Run *run, PyObject *match)
{
    const Match *self = (const Match *)match;
    PyObject *text = text_of(run, self, 0, Py_None);
    PyObject *result = text ? PyUnicode_FromFormat("<re.Match object; span=(%zd, %zd), match=%.50R>",
                                                   place_of(self, 0), place_of(self, 1), text)
                            : NULL;

    Py_XDECREF(text);
    return result || run->outcome ? result : run_raise_pending(run);
}
