/* Layout: the contents of dicts, sets, objects and types, read where CPython keeps them.
 *
 * Where the C API could call back into the app (a hash, an __eq__, a descriptor, a metaclass), these
 * functions do not: they compare only what they know to be plain. Everything returned is borrowed and holds
 * as long as the GIL is. No function leaves an exception set or allocates. */
#pragma once

#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A table of which most entries have been deleted is as long to walk as a full one: a walk gives up after
 * this many empty entries (about 0.1 ms; untuned). */
#define LAYOUT_EMPTY_ENTRIES_MAX 100000

/* A walk over a dict or a set, or over the attributes of an object. Nothing may change them meanwhile, which
 * the GIL sees to. */
typedef struct DictCursor {
    void *entries;        /* of the keys */
    PyObject **values;    /* NULL: they are in the entries */
    const uint8_t *order; /* of @values; NULL: that of the keys */
    int order_step;
    bool has_text_keys;
    Py_ssize_t next;
    Py_ssize_t count;
    PyObject *ordered; /* an OrderedDict, which keeps its order apart; NULL: any other */
    const void *node;  /* of @ordered: the next */
    Py_hash_t hash;    /* of the key that dict_cursor_next() has given */
} DictCursor;

/* dict_cursor_init() - over a dict or an instance of a subclass, in the order of insertion. */
void dict_cursor_init(DictCursor *cursor, PyObject *dict);

/* dict_cursor_next() - false at the end. */
bool dict_cursor_next(DictCursor *cursor, PyObject **ret_key, PyObject **ret_value);

typedef struct SetCursor {
    const setentry *next;
    const setentry *end;
    Py_hash_t hash; /* of the key that set_cursor_next() has given */
} SetCursor;

/* set_cursor_init() - over a set, a frozenset or an instance of a subclass, in the order of its table. */
void set_cursor_init(SetCursor *cursor, PyObject *set);
bool set_cursor_next(SetCursor *cursor, PyObject **ret_key);

/* object_has_dict() - whether instances of this type have a dictionary of attributes. */
bool object_has_dict(PyTypeObject *type);

/* object_cursor_init() - over the attributes in the dictionary of an object, made or not. Classes and modules
 * have one too. */
void object_cursor_init(DictCursor *cursor, PyObject *object);

/* object_find() - one of them by its name (an exact str). NULL: there is none, or *ret_is_unsure: its
 * dictionary has a key that could only be compared by running code. */
PyObject *object_find(PyObject *object, PyObject *name, bool *ret_is_unsure);

/* object_find_named() - the same by a name in C. NULL also if the object has no dictionary, it cannot be
 * told, or memory is out. */
PyObject *object_find_named(PyObject *object, const char *name);

/* Compares a key of a table with the one that is looked for; their hashes are equal, they are not the same
 * object. 1, 0, or -1: it cannot be told without running code. */
typedef int (*KeyCompare)(void *context, PyObject *key_in_table, PyObject *key);

/* dict_find() - the value of @key, whose hash is @hash. NULL: it is not there, or *ret_is_unsure. */
PyObject *dict_find(PyObject *dict, PyObject *key, Py_hash_t hash, KeyCompare compare, void *context,
                    bool *ret_is_unsure);

/* text_hash() - of an exact str. */
Py_hash_t text_hash(PyObject *text);

/* dict_find_text() - the same for an exact str. */
PyObject *dict_find_text(PyObject *dict, PyObject *key, bool *ret_is_unsure);

/* dict_find_named() - the same by a name in C. NULL also if it is no dict (or NULL), it cannot be told, or
 * memory is out. */
PyObject *dict_find_named(PyObject *dict, const char *name);

/* set_find() - whether @key, whose hash is @hash, is in the set. */
bool set_find(PyObject *set, PyObject *key, Py_hash_t hash, KeyCompare compare, void *context,
              bool *ret_is_unsure);

/* type_find() - @name (an exact str) in the classes of @type, in the order of its MRO, without CPython's
 * cache. NULL: there is none, or *ret_is_unsure. @ret_owner may be NULL. */
PyObject *type_find(PyTypeObject *type, PyObject *name, PyTypeObject **ret_owner, bool *ret_is_unsure);

/* type_find_named() - the same by a name in C. NULL also if it cannot be told, or memory is out. */
PyObject *type_find_named(PyTypeObject *type, const char *name);

/* A walk over the variables in the __slots__ of an object, those of its first base class first. Slots that
 * are not filled are left out. */
typedef struct SlotCursor {
    PyObject *object;
    PyObject *mro;
    Py_ssize_t type_index;
    Py_ssize_t member_index;
} SlotCursor;

/* type_has_slots() - whether instances have variables in __slots__. */
bool type_has_slots(PyTypeObject *type);
void slot_cursor_init(SlotCursor *cursor, PyObject *object);

/* slot_cursor_next() - *ret_name is UTF-8 and ends with a NUL. False at the end. */
bool slot_cursor_next(SlotCursor *cursor, const char **ret_name, PyObject **ret_value);

/* How the type of a value is written. */
typedef enum TypeNameStyle {
    TYPE_NAME_BARE,      /* Name */
    TYPE_NAME_MODULE,    /* module.Name */
    TYPE_NAME_QUALIFIED, /* module.Outer.Name, without the module for builtins: as str(type) has it */
    TYPE_NAME_CLASS,     /* <class 'module.Outer.Name'>: of the class itself, as a value */
} TypeNameStyle;

/* type_name() - writes it to @buffer as UTF-8, cut where it is full; no NUL. Returns its length in bytes. */
size_t type_name(PyTypeObject *type, TypeNameStyle style, char *buffer, size_t size_bytes);

#ifdef __cplusplus
}
#endif
