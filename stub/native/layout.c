#include "stub/native/compat.h"

#include <structmember.h>

#include "stub/native/layout.h"
#include "stub/native/text.h"

/* -------------------------------------------------------------------------------------- cursors */

static void cursor_over_values(DictCursor *cursor, PyDictKeysObject *keys, PyDictValues *values)
{
    CompatOrder order = compat_values_order(values, keys);

    *cursor = (DictCursor){
        .entries = compat_text_entries(keys),
        .values = values->values,
        .order = order.first,
        .order_step = order.step,
        .has_text_keys = true,
        .count = order.count,
    };
}

/* Objects/odictobject.c, the same since 3.6. */
typedef struct OrderedNode {
    PyObject *key;
    Py_hash_t hash;
    struct OrderedNode *next;
} OrderedNode;

typedef struct OrderedDict {
    PyDictObject dict;
    OrderedNode *first;
} OrderedDict;

static int compare_identity(void *context, PyObject *in_table, PyObject *key)
{
    (void)context;
    return in_table == key;
}

static bool next_in_order(DictCursor *cursor, PyObject **ret_key, PyObject **ret_value)
{
    const OrderedNode *node = cursor->node;
    bool is_unsure;

    for (; node; node = node->next) {
        PyObject *value =
            dict_find(cursor->ordered, node->key, node->hash, compare_identity, NULL, &is_unsure);

        if (value) {
            cursor->node = node->next;
            cursor->hash = node->hash;
            *ret_key = node->key;
            *ret_value = value;
            return true;
        }
    }
    cursor->node = NULL;
    return false;
}

static void cursor_over_table(DictCursor *cursor, PyObject *dict)
{
    PyDictObject *self = (PyDictObject *)dict;
    PyDictKeysObject *keys = self->ma_keys;
    PyDictValues *values = compat_dict_values(self);

    if (values) {
        cursor_over_values(cursor, keys, values);
        return;
    }
    *cursor = (DictCursor){
        .has_text_keys = compat_dict_keys_are_text(keys),
        .count = self->ma_used ? keys->dk_nentries : 0,
    };
    if (cursor->has_text_keys)
        cursor->entries = compat_text_entries(keys);
    else
        cursor->entries = compat_general_entries(keys);
}

void dict_cursor_init(DictCursor *cursor, PyObject *dict)
{
    cursor_over_table(cursor, dict);
    if (PyODict_Check(dict)) {
        cursor->ordered = dict;
        cursor->node = ((const OrderedDict *)dict)->first;
    }
}

bool dict_cursor_next(DictCursor *cursor, PyObject **ret_key, PyObject **ret_value)
{
    if (cursor->ordered)
        return next_in_order(cursor, ret_key, ret_value);

    Py_ssize_t stop = cursor->next + LAYOUT_EMPTY_ENTRIES_MAX;

    if (stop > cursor->count)
        stop = cursor->count;
    while (cursor->next < stop) {
        Py_ssize_t i = cursor->next++;
        PyObject *key;
        PyObject *value;

        if (cursor->values) {
            if (cursor->order)
                i = cursor->order[i * cursor->order_step];
            key = ((PyDictUnicodeEntry *)cursor->entries)[i].me_key;
            value = cursor->values[i];
        } else if (cursor->has_text_keys) {
            key = ((PyDictUnicodeEntry *)cursor->entries)[i].me_key;
            value = ((PyDictUnicodeEntry *)cursor->entries)[i].me_value;
        } else {
            key = ((PyDictKeyEntry *)cursor->entries)[i].me_key;
            value = ((PyDictKeyEntry *)cursor->entries)[i].me_value;
        }
        if (key && value) {
            cursor->hash = cursor->has_text_keys ? ((PyASCIIObject *)key)->hash
                                                 : ((PyDictKeyEntry *)cursor->entries)[i].me_hash;
            *ret_key = key;
            *ret_value = value;
            return true;
        }
    }
    return false;
}

/* The key of an entry of a set that has been deleted: a private object of CPython, with this hash. */
static bool set_entry_is_used(const setentry *entry)
{
    return entry->key && entry->hash != -1;
}

void set_cursor_init(SetCursor *cursor, PyObject *set)
{
    const PySetObject *self = (const PySetObject *)set;

    cursor->next = self->table;
    cursor->end = self->used ? self->table + self->mask + 1 : self->table;
}

bool set_cursor_next(SetCursor *cursor, PyObject **ret_key)
{
    const setentry *stop = cursor->end - cursor->next > LAYOUT_EMPTY_ENTRIES_MAX
                               ? cursor->next + LAYOUT_EMPTY_ENTRIES_MAX
                               : cursor->end;

    while (cursor->next < stop) {
        const setentry *entry = cursor->next++;

        if (set_entry_is_used(entry)) {
            *ret_key = entry->key;
            cursor->hash = entry->hash;
            return true;
        }
    }
    return false;
}

bool object_has_dict(PyTypeObject *type)
{
    return type->tp_dictoffset != 0 || compat_type_has_managed_dict(type);
}

static PyDictKeysObject *type_shared_keys(PyTypeObject *type)
{
    return (PyDictKeysObject *)((PyHeapTypeObject *)type)->ht_cached_keys;
}

void object_cursor_init(DictCursor *cursor, PyObject *object)
{
    PyDictValues *values = NULL;
    PyObject *dict = PyType_Check(object) ? compat_type_dict((PyTypeObject *)object)
                                          : compat_instance_dict(object, &values);

    if (values)
        cursor_over_values(cursor, type_shared_keys(Py_TYPE(object)), values);
    else if (dict && PyDict_Check(dict))
        dict_cursor_init(cursor, dict);
    else
        *cursor = (DictCursor){0};
}

/* ------------------------------------------------------------------------------------- look-ups */

static Py_ssize_t index_at(const PyDictKeysObject *keys, size_t num_slots, size_t slot)
{
    const void *indices = keys->dk_indices;

    if (num_slots <= 0xFF)
        return ((const int8_t *)indices)[slot];
    if (num_slots <= 0xFFFF)
        return ((const int16_t *)indices)[slot];
    if (num_slots <= 0xFFFFFFFF)
        return ((const int32_t *)indices)[slot];
    return (Py_ssize_t)((const int64_t *)indices)[slot];
}

/* Keys of exact types of these have their own equality, and it is never that of a str. */
static bool is_never_equal_to_text(PyObject *key)
{
    PyTypeObject *type = Py_TYPE(key);

    return type == &PyLong_Type || type == &PyTuple_Type || type == &PyFloat_Type || type == &PyBytes_Type ||
           type == &PyBool_Type || type == &PyFrozenSet_Type || key == Py_None || type == &PyComplex_Type;
}

static int compare_text(void *context, PyObject *in_table, PyObject *key)
{
    (void)context;
    if (PyUnicode_CheckExact(in_table))
        return text_is_equal(in_table, key);
    return is_never_equal_to_text(in_table) ? 0 : -1;
}

/* The index of the entry, or -1. CPython's own probe sequence (Objects/dictobject.c), the same since 3.6. */
static Py_ssize_t find_entry(PyDictKeysObject *keys, PyObject *key, Py_hash_t hash, KeyCompare compare,
                             void *context, bool *ret_is_unsure)
{
    size_t num_slots = compat_keys_num_slots(keys);
    size_t mask = num_slots - 1;
    size_t perturb = (size_t)hash;
    size_t slot = (size_t)hash & mask;
    bool has_text_keys = compat_dict_keys_are_text(keys);

    for (;;) {
        Py_ssize_t index = index_at(keys, num_slots, slot);

        if (index == DKIX_EMPTY)
            return -1;
        if (index >= 0) {
            PyObject *in_table;
            Py_hash_t its_hash;

            if (has_text_keys) {
                in_table = compat_text_entries(keys)[index].me_key;
                its_hash = in_table ? ((PyASCIIObject *)in_table)->hash : -1;
            } else {
                in_table = compat_general_entries(keys)[index].me_key;
                its_hash = compat_general_entries(keys)[index].me_hash;
            }
            if (in_table == key)
                return index;
            if (in_table && its_hash == hash) {
                int result = compare(context, in_table, key);

                if (result > 0)
                    return index;
                if (result < 0) {
                    *ret_is_unsure = true;
                    return -1;
                }
            }
        }
        perturb >>= 5;
        slot = (slot * 5 + perturb + 1) & mask;
    }
}

PyObject *dict_find(PyObject *dict, PyObject *key, Py_hash_t hash, KeyCompare compare, void *context,
                    bool *ret_is_unsure)
{
    PyDictObject *self = (PyDictObject *)dict;

    *ret_is_unsure = false;
    if (self->ma_used == 0)
        return NULL;
    Py_ssize_t index = find_entry(self->ma_keys, key, hash, compare, context, ret_is_unsure);
    if (index < 0)
        return NULL;
    if (self->ma_values)
        return compat_dict_values(self)->values[index];
    if (compat_dict_keys_are_text(self->ma_keys))
        return compat_text_entries(self->ma_keys)[index].me_value;
    return compat_general_entries(self->ma_keys)[index].me_value;
}

Py_hash_t text_hash(PyObject *text)
{
    Py_hash_t hash = ((PyASCIIObject *)text)->hash;

    return hash != -1 ? hash : PyObject_Hash(text); /* of an exact str: cannot fail, runs no code */
}

PyObject *dict_find_text(PyObject *dict, PyObject *key, bool *ret_is_unsure)
{
    return dict_find(dict, key, text_hash(key), compare_text, NULL, ret_is_unsure);
}

PyObject *object_find(PyObject *object, PyObject *name, bool *ret_is_unsure)
{
    PyDictValues *values = NULL;
    PyObject *dict = PyType_Check(object) ? compat_type_dict((PyTypeObject *)object)
                                          : compat_instance_dict(object, &values);

    *ret_is_unsure = false;
    if (values) {
        Py_ssize_t index = find_entry(type_shared_keys(Py_TYPE(object)), name, text_hash(name), compare_text,
                                      NULL, ret_is_unsure);
        return index < 0 ? NULL : values->values[index];
    }
    return dict && PyDict_Check(dict) ? dict_find_text(dict, name, ret_is_unsure) : NULL;
}

bool set_find(PyObject *set, PyObject *key, Py_hash_t hash, KeyCompare compare, void *context,
              bool *ret_is_unsure)
{
    /* CPython's own probe sequence (Objects/setobject.c), the same since 3.7. */
    enum { LINEAR_PROBES = 9 };
    const PySetObject *self = (const PySetObject *)set;
    size_t mask = (size_t)self->mask;
    size_t perturb = (size_t)hash;
    size_t slot = (size_t)hash & mask;

    *ret_is_unsure = false;
    for (;;) {
        const setentry *entry = &self->table[slot];
        unsigned num_more = slot + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;

        for (;; entry++, num_more--) {
            if (!entry->key && entry->hash == 0)
                return false;
            if (entry->hash == hash && set_entry_is_used(entry)) {
                int result = entry->key == key ? 1 : compare(context, entry->key, key);

                if (result != 0) {
                    *ret_is_unsure = result < 0;
                    return result > 0;
                }
            }
            if (num_more == 0)
                break;
        }
        perturb >>= 5;
        slot = (slot * 5 + 1 + perturb) & mask;
    }
}

PyObject *type_find(PyTypeObject *type, PyObject *name, PyTypeObject **ret_owner, bool *ret_is_unsure)
{
    PyObject *mro = type->tp_mro;

    *ret_is_unsure = false;
    if (!mro || !PyTuple_Check(mro))
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *owner = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *dict = compat_type_dict(owner);
        PyObject *found = dict ? dict_find_text(dict, name, ret_is_unsure) : NULL;

        if (*ret_is_unsure)
            return NULL;
        if (found) {
            if (ret_owner)
                *ret_owner = owner;
            return found;
        }
    }
    return NULL;
}

/* ---------------------------------------------------------------------------------------- slots */

/* The members that a class statement's __slots__ makes; C types define theirs otherwise. */
static const PyMemberDef *type_members(PyTypeObject *type, Py_ssize_t *ret_count)
{
    *ret_count = type->tp_flags & Py_TPFLAGS_HEAPTYPE && type->tp_members ? Py_SIZE(type) : 0;
    return type->tp_members;
}

bool type_has_slots(PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;

    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        Py_ssize_t count;
        const PyMemberDef *members = type_members((PyTypeObject *)PyTuple_GET_ITEM(mro, i), &count);

        for (Py_ssize_t j = 0; j < count; j++)
            if (members[j].name && members[j].type == T_OBJECT_EX)
                return true;
    }
    return false;
}

void slot_cursor_init(SlotCursor *cursor, PyObject *object)
{
    PyObject *mro = Py_TYPE(object)->tp_mro;

    *cursor = (SlotCursor){
        .object = object,
        .mro = mro,
        .type_index = mro ? PyTuple_GET_SIZE(mro) - 1 : -1,
    };
}

bool slot_cursor_next(SlotCursor *cursor, const char **ret_name, PyObject **ret_value)
{
    for (; cursor->type_index >= 0; cursor->type_index--, cursor->member_index = 0) {
        Py_ssize_t count;
        const PyMemberDef *members =
            type_members((PyTypeObject *)PyTuple_GET_ITEM(cursor->mro, cursor->type_index), &count);

        while (cursor->member_index < count) {
            const PyMemberDef *member = &members[cursor->member_index++];
            PyObject *value;

            if (!member->name || member->type != T_OBJECT_EX)
                continue;
            value = *(PyObject **)((char *)cursor->object + member->offset);
            if (value) {
                *ret_name = member->name;
                *ret_value = value;
                return true;
            }
        }
    }
    return false;
}

/* ----------------------------------------------------------------------------------- type names */

typedef struct NameBuffer {
    char *at;
    char *end;
} NameBuffer;

static void name_append(NameBuffer *name, const char *bytes, size_t len_bytes)
{
    size_t room = (size_t)(name->end - name->at);

    if (len_bytes > room)
        len_bytes = room;
    memcpy(name->at, bytes, len_bytes);
    name->at += len_bytes;
}

static void name_append_text(NameBuffer *name, PyObject *text)
{
    name->at += text_to_utf8(text, text_length(text), name->at, (size_t)(name->end - name->at));
}

/* The class statement's module. NULL: it is not a plain str. */
static PyObject *heap_type_module(PyTypeObject *type)
{
    static PyObject *module_name;
    bool is_unsure;
    PyObject *module;

    if (!module_name)
        module_name = PyUnicode_InternFromString("__module__");
    if (!module_name) {
        PyErr_Clear();
        return NULL;
    }
    module = type_find(type, module_name, NULL, &is_unsure);
    return module && PyUnicode_CheckExact(module) ? module : NULL;
}

static void heap_type_name(NameBuffer *name, PyTypeObject *type, TypeNameStyle style)
{
    PyHeapTypeObject *heap_type = (PyHeapTypeObject *)type;
    PyObject *own_name =
        style == TYPE_NAME_QUALIFIED && heap_type->ht_qualname ? heap_type->ht_qualname : heap_type->ht_name;

    if (style != TYPE_NAME_BARE) {
        PyObject *module = heap_type_module(type);

        if (module &&
            !(style == TYPE_NAME_QUALIFIED && PyUnicode_CompareWithASCIIString(module, "builtins") == 0)) {
            name_append_text(name, module);
            name_append(name, ".", 1);
        }
    }
    name_append_text(name, own_name);
}

static void append_type_name(NameBuffer *name, PyTypeObject *type, TypeNameStyle style)
{
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        heap_type_name(name, type, style);
    } else {
        const char *last_dot = strrchr(type->tp_name, '.');

        if (style == TYPE_NAME_MODULE && !last_dot)
            name_append(name, "builtins.", strlen("builtins."));
        const char *text = style == TYPE_NAME_BARE && last_dot ? last_dot + 1 : type->tp_name;
        name_append(name, text, strlen(text));
    }
}

size_t type_name(PyTypeObject *type, TypeNameStyle style, char *buffer, size_t size_bytes)
{
    NameBuffer name = {buffer, buffer + size_bytes};

    if (style == TYPE_NAME_CLASS) {
        name_append(&name, "<class '", strlen("<class '"));
        name.end -= strlen("'>");
        append_type_name(&name, type, TYPE_NAME_QUALIFIED);
        name.end += strlen("'>");
        name_append(&name, "'>", strlen("'>"));
    } else {
        append_type_name(&name, type, style);
    }
    return (size_t)(name.at - buffer);
}

/* ---------------------------------------------------------------------------------- by names in C */

/* A new reference; NULL: memory is out. */
static PyObject *interned(const char *name)
{
    PyObject *text = PyUnicode_InternFromString(name);

    PyErr_Clear();
    return text;
}

PyObject *object_find_named(PyObject *object, const char *name)
{
    PyObject *text = interned(name);
    bool is_unsure = !text;
    PyObject *found = text && object_has_dict(Py_TYPE(object)) ? object_find(object, text, &is_unsure) : NULL;

    Py_XDECREF(text);
    return is_unsure ? NULL : found;
}

PyObject *dict_find_named(PyObject *dict, const char *name)
{
    PyObject *text = interned(name);
    bool is_unsure = !text;
    PyObject *found = text && dict && PyDict_Check(dict) ? dict_find_text(dict, text, &is_unsure) : NULL;

    Py_XDECREF(text);
    return is_unsure ? NULL : found;
}

PyObject *type_find_named(PyTypeObject *type, const char *name)
{
    PyObject *text = interned(name);
    bool is_unsure = !text;
    PyObject *found = text ? type_find(type, text, NULL, &is_unsure) : NULL;

    Py_XDECREF(text);
    return is_unsure ? NULL : found;
}
