#include "stub/native/compat.h"

#include "stub/native/compat_functools.h"
#include "stub/native/known.h"
#include "stub/native/known_text.h"
#include "stub/native/layout.h"
#include "stub/native/text.h"
#include "stub/native/value_known.h"
#include "stub/native/value_scalar.h"

/* Names of a class that are looked at before it is said to have no data (untuned). */
#define CLASS_NAMES_MAX 1000

/* ---------------------------------------------------------------------------------------------------- texts
 */

static uint32_t max_chars_of(const Walk *walk, const ValueLimits *limits)
{
    uint32_t left = limits->is_log ? limits->max_chars : walk_payload_left(walk);

    return left < limits->max_chars ? left : limits->max_chars;
}

/* As repr(value)[:max + 1] + '...'. Returns the bytes to show; *ret_chars counts the "..." too. */
static size_t cut_text(char *text, size_t len_bytes, uint32_t max_chars, size_t *ret_chars)
{
    size_t num_chars = 0;
    size_t at = 0;

    for (size_t i = 0; i < len_bytes; i++)
        num_chars += ((uint8_t)text[i] & 0xC0) != 0x80;
    *ret_chars = num_chars;
    if (num_chars <= max_chars)
        return len_bytes;
    for (size_t num = 0; at < len_bytes; at++) {
        if (((uint8_t)text[at] & 0xC0) != 0x80 && num++ > max_chars)
            break;
    }
    memcpy(text + at, "...", strlen("..."));
    *ret_chars = (size_t)max_chars + strlen("x...");
    return at + strlen("...");
}

static bool put_text(Walk *walk, PyObject *value, KnownKind kind, const ValueLimits *limits)
{
    char text[KNOWN_TEXT_BYTES_MAX + sizeof("...")];
    size_t len_bytes = known_text(value, kind, text);
    size_t num_chars;

    if (len_bytes == 0)
        return false;
    if (!limits->is_log && walk_payload_left(walk) == 0) {
        value_put_reference(walk, 0);
        return true;
    }
    /* The text of a class is what it is called, and has no type, as the original wrote it. */
    if (kind != KNOWN_CLASS)
        members_put_type(walk, Py_TYPE(value), TYPE_NAME_QUALIFIED);
    len_bytes = cut_text(text, len_bytes, max_chars_of(walk, limits), &num_chars);
    value_put_literal(walk, text, len_bytes, num_chars);
    return true;
}

/* ----------------------------------------------------------------------------------------------- containers
 */

/* Modules/_collectionsmodule.c, the same since 3.5. */
#define BLOCK_ITEMS 64
typedef struct Block {
    struct Block *left;
    PyObject *items[BLOCK_ITEMS];
    struct Block *right;
} Block;

typedef struct Deque {
    PyObject_VAR_HEAD Block *left_block;
    Block *right_block;
    Py_ssize_t left_index;
} Deque;

static void put_deque(Walk *walk, PyObject *value, unsigned depth, const ValueLimits *limits)
{
    const Deque *deque = (const Deque *)value;
    const Block *block = deque->left_block;
    Py_ssize_t index = deque->left_index;

    members_put_type(walk, Py_TYPE(value), TYPE_NAME_BARE);
    Members members =
        members_begin(walk, SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE, depth + 1, limits, depth > 0);

    for (Py_ssize_t i = 0; i < Py_SIZE(value); i++, index++) {
        ValueName name = members_place_name(members.count);

        if (index == BLOCK_ITEMS) {
            block = block->right;
            index = 0;
        }
        if (!members_put(&members, &name, block->items[index]))
            break;
    }
    members_end(&members);
}

/* Objects/descrobject.c, the same in all versions. */
typedef struct MappingProxy {
    PyObject_HEAD PyObject *mapping;
} MappingProxy;

static bool put_mapping_proxy(Walk *walk, PyObject *value, unsigned depth, const ValueLimits *limits)
{
    PyObject *mapping = ((const MappingProxy *)value)->mapping;
    DictCursor cursor;
    PyObject *key, *item;

    if (!mapping || !compat_dict_type(mapping))
        return false;
    members_put_type(walk, Py_TYPE(value), TYPE_NAME_BARE);
    Members members = members_begin(walk, SNAPSHOT__VARIABLE__CONTAINER__MAPPING, depth + 1, limits, false);

    dict_cursor_init(&cursor, mapping);
    while (dict_cursor_next(&cursor, &key, &item)) {
        if (!members_put(&members, &(ValueName){.key = key}, item))
            break;
    }
    members_end(&members);
    return true;
}

static bool is_too_deep(unsigned depth, const ValueLimits *limits)
{
    return limits->is_log && depth > limits->max_depth;
}

/* Whether there is something in it; what cannot be told has not. */
static bool is_container_full(PyObject *value, KnownKind kind)
{
    PyObject *mapping = kind == KNOWN_MAPPINGPROXY ? ((const MappingProxy *)value)->mapping : NULL;

    if (kind == KNOWN_DEQUE)
        return Py_SIZE(value) > 0;
    return mapping && compat_dict_type(mapping) && ((PyDictObject *)mapping)->ma_used > 0;
}

static bool put_container(Walk *walk, PyObject *value, KnownKind kind, unsigned depth,
                          const ValueLimits *limits)
{
    if (is_too_deep(depth, limits))
        return false;
    if (!limits->is_log && walk_payload_left(walk) == 0 && is_container_full(value, kind)) {
        value_put_reference(walk, 0);
        return true;
    }
    if (kind == KNOWN_MAPPINGPROXY)
        return put_mapping_proxy(walk, value, depth, limits);
    put_deque(walk, value, depth, limits);
    return true;
}

/* ------------------------------------------------------------------------------------------------ attributes
 */

/* Looks the same in all classes, and says nothing of this one. */
static bool is_own_name(PyObject *name)
{
    return !PyUnicode_CheckExact(name) || text_begins_with(name, "__") || text_begins_with(name, "_abc_");
}

static bool next_class_attribute(DictCursor *cursor, PyObject **ret_name, PyObject **ret_value)
{
    for (int i = 0; i < CLASS_NAMES_MAX && dict_cursor_next(cursor, ret_name, ret_value); i++) {
        if (!is_own_name(*ret_name) && !Py_TYPE(*ret_value)->tp_descr_get)
            return true;
    }
    return false;
}

static bool class_has_attributes(PyTypeObject *type)
{
    PyObject *name, *value;
    DictCursor cursor;

    object_cursor_init(&cursor, (PyObject *)type);
    return next_class_attribute(&cursor, &name, &value);
}

void value_put_class_attributes(Members *members, PyTypeObject *type)
{
    PyObject *name, *value;
    DictCursor cursor;

    object_cursor_init(&cursor, (PyObject *)type);
    while (next_class_attribute(&cursor, &name, &value)) {
        if (!members_put(members, &(ValueName){.text = name}, value))
            return;
    }
}

static bool put_partial(Members *members, PyObject *object)
{
    const Partial *partial = (const Partial *)object;

    return members_put(members, &(ValueName){.utf8 = "func"}, partial->function) &&
           members_put(members, &(ValueName){.utf8 = "args"}, partial->arguments) &&
           members_put(members, &(ValueName){.utf8 = "keywords"}, partial->keywords);
}

/* A getter of the module _asyncio gives a field back and nothing else (Modules/_asynciomodule.c), and the
 * fields have other places in each version. A new reference or NULL. */
static PyObject *get_field(PyObject *object, const char *name)
{
    PyObject *mro = Py_TYPE(object)->tp_mro;

    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);

        for (const PyGetSetDef *field = type->tp_getset; field && field->name; field++) {
            if (strcmp(field->name, name) == 0 && field->get) {
                PyObject *value = field->get(object, field->closure);

                PyErr_Clear();
                return value;
            }
        }
    }
    return NULL;
}

static bool put_future(Members *members, PyObject *object)
{
    static const char *const FIELDS[] = {"_state", "_coro", "_result", "_exception"};
    bool has_room = true;

    for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]) && has_room; i++) {
        PyObject *value = get_field(object, FIELDS[i]);

        if (value && value != Py_None)
            has_room = members_put(members, &(ValueName){.utf8 = FIELDS[i]}, value);
        Py_XDECREF(value); /* the future has it, or CPython for ever */
    }
    return has_room;
}

/* --------------------------------------------------------------------------------------------------- public
 */

bool value_has_known_members(PyObject *object)
{
    return known_kind(object) > KNOWN_LAST_TEXT;
}

bool value_put_known_members(Members *members, PyObject *object)
{
    switch (known_kind(object)) {
    case KNOWN_PARTIAL:
        return put_partial(members, object);
    case KNOWN_FUTURE:
        return put_future(members, object);
    default:
        return true;
    }
}

bool value_put_known(Walk *walk, PyObject *value, unsigned depth, const ValueLimits *limits)
{
    KnownKind kind = known_kind(value);

    switch (kind) {
    case KNOWN_NOTHING:
    case KNOWN_FUTURE:
    case KNOWN_PARTIAL:
        return false;
    case KNOWN_DEQUE:
    case KNOWN_MAPPINGPROXY:
        return put_container(walk, value, kind, depth, limits);
    case KNOWN_CLASS:
        return (limits->is_log || !class_has_attributes((PyTypeObject *)value)) &&
               put_text(walk, value, kind, limits);
    default:
        return put_text(walk, value, kind, limits);
    }
}
