#include "stub/native/compat.h"

#include <stdio.h>

#include "proto/snapshot.pb-c.h"
#include "stub/native/date_text.h"
#include "stub/native/known_text.h"
#include "stub/native/text.h"
#include "stub/native/value_key.h"
#include "stub/native/value_scalar.h"
#include "stub/native/visibility.h"
#include "stub/native/wire_fields.h"

/* A key is read at a glance or not at all: members of a tuple or frozenset, and how deep (untuned). */
#define MEMBERS_MAX 25
#define DEPTH_MAX   3

/* Fields of a Variable and a literal of one type's name. */
#define LITERAL_KEY_BYTES (WALK_VARIABLE_BYTES + 2 * WALK_TYPE_NAME_BYTES_MAX)

/* The members of a tuple or a frozenset, the first of them. */
typedef struct Members {
    PyObject *tuple;
    Py_ssize_t next;
    SetCursor cursor;
    unsigned count;
} Members;

static Members members_of(PyObject *key)
{
    Members members = {.tuple = PyTuple_Check(key) ? key : NULL};

    if (!members.tuple)
        set_cursor_init(&members.cursor, key);
    return members;
}

static PyObject *next_member(Members *members)
{
    PyObject *member = NULL;

    if (members->count++ == MEMBERS_MAX)
        return NULL;
    if (!members->tuple)
        return set_cursor_next(&members->cursor, &member) ? member : NULL;
    return members->next < PyTuple_GET_SIZE(members->tuple)
               ? PyTuple_GET_ITEM(members->tuple, members->next++)
               : NULL;
}

static bool has_members(PyObject *key)
{
    return PyTuple_Check(key) || PyFrozenSet_Check(key);
}

static Py_ssize_t num_chars_sent(const Walk *walk, Py_ssize_t num_all)
{
    return num_all > (Py_ssize_t)walk->value_chars_default ? (Py_ssize_t)walk->value_chars_default + 1
                                                           : num_all;
}

static bool is_hidden(const Walk *walk, PyObject *key)
{
    return walk->hides_values && visibility_refusal(Py_TYPE(key));
}

static size_t key_bytes(const Walk *walk, PyObject *key, unsigned depth)
{
    if (known_is_enum(key) || is_hidden(walk, key))
        return LITERAL_KEY_BYTES;
    if (PyUnicode_Check(key))
        return WALK_VARIABLE_BYTES + text_utf8_bound(key, num_chars_sent(walk, text_length(key)));
    if (PyBytes_Check(key))
        return WALK_VARIABLE_BYTES + (size_t)num_chars_sent(walk, PyBytes_GET_SIZE(key));
    if (PyLong_Check(key))
        return WALK_VARIABLE_BYTES + compat_long_num_digits(key) * sizeof(digit);
    if (!has_members(key) || depth == DEPTH_MAX)
        return LITERAL_KEY_BYTES;

    Members members = members_of(key);
    size_t num_bytes = WALK_VARIABLE_BYTES;
    for (PyObject *member; (member = next_member(&members));)
        num_bytes += key_bytes(walk, member, depth + 1);
    return num_bytes;
}

size_t value_key_bytes(const Walk *walk, PyObject *key)
{
    return key_bytes(walk, key, 0);
}

/* What object.__repr__ says. */
static size_t put_address(Walk *walk, PyObject *key)
{
    char name[WALK_TYPE_NAME_BYTES_MAX];
    char text[2 * WALK_TYPE_NAME_BYTES_MAX];
    size_t name_bytes = type_name(Py_TYPE(key), TYPE_NAME_MODULE, name, sizeof(name));
    int len_bytes = snprintf(text, sizeof(text), "<%.*s object at %p>", (int)name_bytes, name, (void *)key);

    wire_bytes(&walk->wire, VARIABLE_LITERAL, text, (size_t)len_bytes);
    return (size_t)len_bytes;
}

static size_t put_class(Walk *walk, PyTypeObject *type)
{
    char name[WALK_TYPE_NAME_BYTES_MAX];
    char text[2 * WALK_TYPE_NAME_BYTES_MAX];
    size_t name_bytes = type_name(type, TYPE_NAME_QUALIFIED, name, sizeof(name));
    int len_bytes = snprintf(text, sizeof(text), "<class '%.*s'>", (int)name_bytes, name);

    wire_bytes(&walk->wire, VARIABLE_LITERAL, text, (size_t)len_bytes);
    return (size_t)len_bytes;
}

static size_t put_date(Walk *walk, PyObject *key)
{
    char text[DATE_TEXT_BYTES_MAX];
    size_t len_bytes = date_text_repr(key, text);

    wire_bytes(&walk->wire, VARIABLE_LITERAL, text, len_bytes);
    return len_bytes;
}

static size_t put_refusal(Walk *walk, PyObject *key)
{
    const char *reason = visibility_refusal(Py_TYPE(key));

    value_put_refusal(walk, reason);
    return strlen(reason);
}

/* False: there is no text for it. */
static bool put_known(Walk *walk, PyObject *key, size_t *ret_length)
{
    char text[KNOWN_TEXT_BYTES_MAX];
    size_t len_bytes = known_text(key, known_kind(key), text);

    if (len_bytes == 0)
        return false;
    wire_bytes(&walk->wire, VARIABLE_LITERAL, text, len_bytes);
    *ret_length = len_bytes;
    return true;
}

static size_t put_key(Walk *walk, uint32_t field, PyObject *key, unsigned depth);

static size_t put_members(Walk *walk, PyObject *key, unsigned depth)
{
    bool is_tuple = PyTuple_Check(key);
    Py_ssize_t num_all = is_tuple ? PyTuple_GET_SIZE(key) : ((PySetObject *)key)->used;
    uint32_t type = walk_type(walk, Py_TYPE(key), TYPE_NAME_BARE);
    Members members = members_of(key);
    size_t length = strlen(is_tuple ? "()" : "frozenset({})");

    if (type)
        wire_uint(&walk->wire, VARIABLE_TYPE, type);
    wire_uint(&walk->wire, VARIABLE_CONTAINER,
              is_tuple ? SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE : SNAPSHOT__VARIABLE__CONTAINER__SET);
    for (PyObject *member; (member = next_member(&members));)
        length += put_key(walk, VARIABLE_MEMBERS, member, depth + 1) + strlen(", ");
    if (num_all > MEMBERS_MAX)
        wire_uint(&walk->wire, VARIABLE_NUM_SHOWN, MEMBERS_MAX);
    if (num_all == 0)
        return strlen(is_tuple ? "()" : "frozenset()");
    return is_tuple && num_all == 1 ? length - 1 : length - 2;
}

static size_t put_key(Walk *walk, uint32_t field, PyObject *key, unsigned depth)
{
    static const ValueLimits no_limits = {.max_chars = UINT32_MAX, .is_log = true};
    ValueLimits limits = no_limits;
    WireMessage message = wire_begin(&walk->wire, field);
    uint32_t payload_before = walk->payload_chars;
    size_t length;

    limits.max_chars = walk->value_chars_default;
    if (is_hidden(walk, key))
        length = put_refusal(walk, key);
    else if (has_members(key) && depth < DEPTH_MAX)
        length = put_members(walk, key, depth);
    else if (PyType_Check(key))
        length = put_class(walk, (PyTypeObject *)key);
    else if (date_text_is_date(key))
        length = put_date(walk, key);
    else if (!known_is_enum(key) && value_put_scalar(walk, key, &limits))
        length = walk->payload_chars - payload_before;
    else if (!put_known(walk, key, &length))
        length = put_address(walk, key);
    walk->payload_chars = payload_before; /* the caller counts the whole name once */
    wire_end(&walk->wire, message);
    return length;
}

size_t value_put_key(Walk *walk, uint32_t field, PyObject *key)
{
    return put_key(walk, field, key, 0);
}
