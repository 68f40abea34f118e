#include "stub/native/compat.h"

#include "proto/snapshot.pb-c.h"
#include "stub/native/known.h"
#include "stub/native/text.h"
#include "stub/native/value.h"
#include "stub/native/value_key.h"
#include "stub/native/value_known.h"
#include "stub/native/value_members.h"
#include "stub/native/value_scalar.h"
#include "stub/native/visibility.h"
#include "stub/native/wire_fields.h"

/* Names of variables and attributes; longer ones are cut. Keys of dicts that are str are cut as values are.
 */
#define NAME_CHARS_MAX 256

static void put_value(Walk *walk, PyObject *value, unsigned depth, const ValueLimits *limits);

/* ---------------------------------------------------------------------------------------- names */

static size_t name_bytes(const Walk *walk, const ValueName *name)
{
    if (name->text)
        return text_utf8_bound(name->text, Py_MIN(text_length(name->text), NAME_CHARS_MAX));
    if (name->utf8)
        return strnlen(name->utf8, NAME_CHARS_MAX);
    return name->key ? value_key_bytes(walk, name->key) : 0;
}

static void put_name(Walk *walk, const ValueName *name, size_t bound_bytes)
{
    Wire *wire = &walk->wire;

    if (name->text) {
        walk->payload_chars += (uint32_t)Py_MIN(text_length(name->text), NAME_CHARS_MAX);
        if (compat_text(name->text).is_ascii) {
            wire_bytes(wire, VARIABLE_NAME, compat_text(name->text).data, bound_bytes);
        } else {
            WireMessage bytes = wire_begin(wire, VARIABLE_NAME);

            wire->at += text_to_utf8(name->text, NAME_CHARS_MAX, (char *)wire->at, bound_bytes);
            wire_end(wire, bytes);
        }
    } else if (name->utf8) {
        walk->payload_chars += (uint32_t)bound_bytes;
        wire_bytes(wire, VARIABLE_NAME, name->utf8, bound_bytes);
    } else if (name->key) {
        walk->payload_chars += (uint32_t)value_put_key(walk, VARIABLE_KEY, name->key);
    }
    walk->payload_chars += name->num_implied_chars;
}

bool value_put(Walk *walk, uint32_t field, const ValueName *name, PyObject *value, unsigned depth,
               const ValueLimits *limits)
{
    size_t bound_bytes = name_bytes(walk, name);

    if (!walk_has_room(walk, WALK_VARIABLE_BYTES + bound_bytes))
        return false;
    /* A key is made of values, which are not written in the room for marks; its types' names take some too.
     */
    if (name->key &&
        !walk_has_value_room(walk, WALK_VARIABLE_BYTES + bound_bytes + 2 * WALK_TYPE_NAME_BYTES_MAX)) {
        walk->is_full = true;
        return false;
    }
    WireMessage message = wire_begin(&walk->wire, field);
    put_name(walk, name, bound_bytes);
    if (walk->hides_values && visibility_refusal(Py_TYPE(value)))
        value_put_refusal(walk, visibility_refusal(Py_TYPE(value)));
    else
        put_value(walk, value, depth, limits);
    wire_end(&walk->wire, message);
    return true;
}

bool value_put_status(Walk *walk, uint32_t field, const Status *status)
{
    if (!walk_has_room(walk, WALK_STATUS_BYTES_MAX + WALK_VARIABLE_BYTES))
        return false;
    WireMessage message = wire_begin(&walk->wire, field);
    walk_put_status(walk, VARIABLE_STATUS, status);
    wire_end(&walk->wire, message);
    return true;
}

/* ----------------------------------------------------------------------------------- containers */

Members members_begin(Walk *walk, Snapshot__Variable__Container kind, unsigned depth,
                      const ValueLimits *limits, bool is_nested)
{
    wire_uint(&walk->wire, VARIABLE_CONTAINER, kind);
    return (Members){
        .walk = walk,
        .limits = limits,
        .depth = depth,
        .max_items = is_nested ? limits->max_nested_items : limits->max_items,
    };
}

bool members_put(Members *members, const ValueName *name, PyObject *value)
{
    Walk *walk = members->walk;

    members->is_cut = members->count == members->max_items ||
                      (!members->limits->is_log && walk_payload_left(walk) == 0) || walk->is_out_of_time ||
                      !value_put(walk, VARIABLE_MEMBERS, name, value, members->depth, members->limits);
    members->count += !members->is_cut;
    return !members->is_cut;
}

void members_end(Members *members)
{
    if (members->is_cut && members->count > 0)
        wire_uint(&members->walk->wire, VARIABLE_NUM_SHOWN, members->count);
    else if (members->is_cut)
        /* Not empty, but not one member fits: of a oneof the last one written holds. */
        value_put_reference(members->walk, 0);
}

ValueName members_place_name(uint32_t index)
{
    return (ValueName){.num_implied_chars = index < 10      ? 3
                                            : index < 100   ? 4
                                            : index < 1000  ? 5
                                            : index < 10000 ? 6
                                                            : 7};
}

void members_put_type(Walk *walk, PyTypeObject *type, TypeNameStyle style)
{
    uint32_t index = walk_type(walk, type, style);

    if (index)
        wire_uint(&walk->wire, VARIABLE_TYPE, index);
}

static void put_dict(Walk *walk, PyObject *dict, unsigned depth, const ValueLimits *limits)
{
    /* The original called every one a "dict"; a Counter or defaultdict is one that a person wants to know. */
    if (!PyDict_CheckExact(dict))
        members_put_type(walk, Py_TYPE(dict), TYPE_NAME_BARE);
    /* A log message's sub-dict may have as many items as one at the top. */
    Members members = members_begin(walk, SNAPSHOT__VARIABLE__CONTAINER__MAPPING, depth + 1, limits, false);
    DictCursor cursor;
    PyObject *key;
    PyObject *value;

    dict_cursor_init(&cursor, dict);
    while (dict_cursor_next(&cursor, &key, &value))
        if (!members_put(&members, &(ValueName){.key = key}, value))
            break;
    members_end(&members);
}

static Members begin_sequence(Walk *walk, PyTypeObject *type, unsigned depth, const ValueLimits *limits)
{
    members_put_type(walk, type, TYPE_NAME_BARE);
    return members_begin(walk, SNAPSHOT__VARIABLE__CONTAINER__SEQUENCE, depth + 1, limits, depth > 0);
}

/* @names: a tuple of as many str, or NULL. False: the members end here. */
static bool put_items(Members *members, PyObject *const *items, Py_ssize_t num_items, PyObject *names)
{
    for (Py_ssize_t i = 0; i < num_items; i++) {
        ValueName name =
            names ? (ValueName){.text = PyTuple_GET_ITEM(names, i)} : members_place_name(members->count);

        if (!members_put(members, &name, items[i] ? items[i] : Py_None))
            return false;
    }
    return true;
}

static void put_list(Walk *walk, PyObject *list, unsigned depth, const ValueLimits *limits)
{
    Members members = begin_sequence(walk, Py_TYPE(list), depth, limits);

    (void)put_items(&members, ((PyListObject *)list)->ob_item, PyList_GET_SIZE(list), NULL);
    members_end(&members);
}

static void put_tuple(Walk *walk, PyObject *tuple, unsigned depth, const ValueLimits *limits)
{
    Members members = begin_sequence(walk, Py_TYPE(tuple), depth, limits);

    (void)put_items(&members, ((PyTupleObject *)tuple)->ob_item, PyTuple_GET_SIZE(tuple),
                    known_tuple_fields(tuple));
    members_end(&members);
}

static void put_set(Walk *walk, PyObject *set, unsigned depth, const ValueLimits *limits)
{
    members_put_type(walk, Py_TYPE(set), TYPE_NAME_BARE);
    Members members = members_begin(walk, SNAPSHOT__VARIABLE__CONTAINER__SET, depth + 1, limits, depth > 0);
    SetCursor cursor;
    PyObject *key;

    set_cursor_init(&cursor, set);
    while (set_cursor_next(&cursor, &key)) {
        ValueName name = members_place_name(members.count);

        if (!members_put(&members, &name, key))
            break;
    }
    members_end(&members);
}

/* -------------------------------------------------------------------------------------- objects */

static void put_attributes(Members *members, PyObject *object)
{
    SlotCursor slots;
    DictCursor cursor;
    const char *slot_name;
    PyObject *name;
    PyObject *value;

    slot_cursor_init(&slots, object);
    while (slot_cursor_next(&slots, &slot_name, &value))
        if (!members_put(members, &(ValueName){.utf8 = slot_name}, value))
            return;

    object_cursor_init(&cursor, object);
    while (dict_cursor_next(&cursor, &name, &value)) {
        if (!members_put(members,
                         PyUnicode_Check(name) ? &(ValueName){.text = name} : &(ValueName){.key = name},
                         value))
            return;
    }
}

/* What a bound method has; its attributes are those of its function. */
static void put_method(Members *members, PyObject *method)
{
    if (members_put(members, &(ValueName){.utf8 = "__self__"}, PyMethod_GET_SELF(method)))
        (void)members_put(members, &(ValueName){.utf8 = "__func__"}, PyMethod_GET_FUNCTION(method));
}

static bool has_attributes(PyObject *object)
{
    return object_has_dict(Py_TYPE(object)) || type_has_slots(Py_TYPE(object)) || PyMethod_Check(object);
}

/* The members of an object are two levels below it, as in the original, so that an object in an object's
 * place costs as much depth as one in a container. */
static void put_object_members(Walk *walk, PyObject *object, unsigned depth, const ValueLimits *limits)
{
    members_put_type(walk, Py_TYPE(object), TYPE_NAME_MODULE);
    Members members = members_begin(walk, SNAPSHOT__VARIABLE__CONTAINER__OBJECT, depth, limits, false);

    if (PyMethod_Check(object))
        put_method(&members, object);
    else if (value_put_known_members(&members, object))
        put_attributes(&members, object);
    members_end(&members);
}

static void put_class(Walk *walk, PyTypeObject *type, unsigned depth, const ValueLimits *limits)
{
    members_put_type(walk, type, TYPE_NAME_CLASS);
    Members members = members_begin(walk, SNAPSHOT__VARIABLE__CONTAINER__OBJECT, depth, limits, false);

    value_put_class_attributes(&members, type);
    members_end(&members);
}

void value_put_object(Walk *walk, uint32_t field, PyObject *object, const ValueLimits *limits)
{
    WireMessage message = wire_begin(&walk->wire, field);

    if (!walk_count_value(walk))
        value_put_reference(walk, 0);
    else if (PyType_Check(object))
        put_class(walk, (PyTypeObject *)object, 2, limits);
    else if (has_attributes(object) || value_has_known_members(object))
        put_object_members(walk, object, 2, limits);
    else
        value_put_type_literal(walk, Py_TYPE(object));
    wire_end(&walk->wire, message);
}

/* In a log message an object is shown in place, as its dictionary would be; one without attributes by its
 * type. */
static void put_logged_object(Walk *walk, PyObject *object, unsigned depth, const ValueLimits *limits)
{
    SlotCursor slots;
    DictCursor cursor;
    const char *slot_name;
    PyObject *name;
    PyObject *value;

    slot_cursor_init(&slots, object);
    object_cursor_init(&cursor, object);
    if (PyType_Check(object))
        value_put_type_literal(walk, (PyTypeObject *)object);
    else if (slot_cursor_next(&slots, &slot_name, &value) || dict_cursor_next(&cursor, &name, &value))
        put_object_members(walk, object, depth + 1, limits);
    else
        value_put_type_literal(walk, Py_TYPE(object));
}

/* --------------------------------------------------------------------------------------- values */

static void put_function(Walk *walk, PyObject *function)
{
    PyObject *name = ((PyFunctionObject *)function)->func_name;
    char text[sizeof("function ") + 4 * NAME_CHARS_MAX] = "function ";
    size_t prefix_bytes = strlen(text);
    size_t len_bytes = prefix_bytes;

    if (name && PyUnicode_Check(name))
        len_bytes += text_to_utf8(name, NAME_CHARS_MAX, text + prefix_bytes, sizeof(text) - prefix_bytes);
    value_put_literal(walk, text, len_bytes, name && PyUnicode_Check(name) ? (size_t)text_length(name) : 0);
}

/* The arguments, as the original has them, and what it was raised from, which it did not show. */
static void put_exception(Walk *walk, PyObject *value, unsigned depth, const ValueLimits *limits)
{
    PyBaseExceptionObject *exception = (PyBaseExceptionObject *)value;
    Members members = begin_sequence(walk, Py_TYPE(value), depth, limits);
    PyObject *context = exception->suppress_context ? NULL : exception->context;
    bool has_room = true;

    if (exception->args && PyTuple_Check(exception->args))
        has_room = put_items(&members, ((PyTupleObject *)exception->args)->ob_item,
                             PyTuple_GET_SIZE(exception->args), NULL);
    if (has_room && exception->cause)
        (void)members_put(&members, &(ValueName){.utf8 = "__cause__"}, exception->cause);
    else if (has_room && context)
        (void)members_put(&members, &(ValueName){.utf8 = "__context__"}, context);
    members_end(&members);
}

static Py_ssize_t num_members(PyObject *value)
{
    if (compat_dict_type(value))
        return ((PyDictObject *)value)->ma_used;
    if (PyAnySet_Check(value))
        return ((PySetObject *)value)->used;
    return PyList_Check(value) || PyTuple_Check(value) ? Py_SIZE(value) : 0;
}

static bool put_container(Walk *walk, PyObject *value, unsigned depth, const ValueLimits *limits)
{
    bool is_collection =
        compat_dict_type(value) || PyList_Check(value) || PyTuple_Check(value) || PyAnySet_Check(value);

    if (!is_collection && !(PyExceptionInstance_Check(value) && !limits->is_log))
        return false;
    if (limits->is_log && depth > limits->max_depth)
        value_put_type_literal(walk, Py_TYPE(value));
    else if (num_members(value) > 0 && walk_payload_left(walk) == 0 && !limits->is_log)
        /* The original said "Only first 0 items were captured". */
        value_put_reference(walk, 0);
    else if (compat_dict_type(value))
        put_dict(walk, value, depth, limits);
    else if (PyList_Check(value))
        put_list(walk, value, depth, limits);
    else if (PyTuple_Check(value))
        put_tuple(walk, value, depth, limits);
    else if (PyAnySet_Check(value))
        put_set(walk, value, depth, limits);
    else
        put_exception(walk, value, depth, limits);
    return true;
}

/* What is no value in itself: its attributes are shown, in a snapshot by an entry of the table. */
static void put_other(Walk *walk, PyObject *value, unsigned depth, const ValueLimits *limits)
{
    if (!limits->is_log) {
        value_put_reference(walk, walk_object(walk, value));
        walk->payload_chars += 4; /* the original's count of a number of the table */
    } else if (depth > limits->max_depth) {
        value_put_type_literal(walk, Py_TYPE(value));
    } else {
        put_logged_object(walk, value, depth, limits);
    }
}

static void put_value(Walk *walk, PyObject *value, unsigned depth, const ValueLimits *limits)
{
    if (!walk_count_value(walk) || depth >= VALUE_DEPTH_MAX ||
        (!limits->is_log && depth == limits->max_depth)) {
        value_put_reference(walk, 0);
    } else if (known_is_enum(value)) {
        if (!value_put_known(walk, value, depth, limits))
            put_other(walk, value, depth, limits);
    } else if (value_put_scalar(walk, value, limits) || put_container(walk, value, depth, limits)) {
        /* written */
    } else if (PyFunction_Check(value)) {
        put_function(walk, value);
    } else if (value_put_known(walk, value, depth, limits)) {
        /* written */
    } else {
        put_other(walk, value, depth, limits);
    }
}
