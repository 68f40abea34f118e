#include "stub/native/compat.h"

#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/rows.h"
#include "stub/native/evaluate/values/texts.h"
#include "stub/native/layout.h"

/* The compiled class has a table of functions before the three fields (Cython's `__pyx_vtab`). */
#define NUM_FIELDS    3
#define NUM_WORDS_MAX (NUM_FIELDS + 1)

/* sqlalchemy/sql/util.py, _repr_row: a longer text is shortened. */
#define COLUMN_CHARS_MAX 300

typedef struct Row {
    PyObject *data;    /* a tuple */
    PyObject *indexes; /* a dict: from names of columns to places in it */
    PyObject *parent;
} Row;

/* ------------------------------------------------------------------------------------- the class */

/* The class that the library has under this name, borrowed; NULL: it is not loaded. */
static PyTypeObject *library_class(const char *name)
{
    PyObject *module = dict_find_named(PyImport_GetModuleDict(), "sqlalchemy.engine.row");
    PyObject *class =
        module && PyModule_CheckExact(module) ? dict_find_named(PyModule_GetDict(module), name) : NULL;

    return class && PyType_Check(class) ? (PyTypeObject *)class : NULL;
}

static bool is_of(PyObject *value, const char *name)
{
    PyTypeObject *type = Py_TYPE(value);

    return type->tp_name[0] == 'R' && strcmp(type->tp_name, name) == 0 && library_class(name) == type;
}

bool rows_is(PyObject *value)
{
    return is_of(value, "Row");
}

bool rows_is_mapping(PyObject *value)
{
    return is_of(value, "RowMapping");
}

/* ------------------------------------------------------------------------------------ the fields */

static int visit(PyObject *visited, void *context)
{
    Row *row = context;

    if (PyType_Check(visited))
        return 0;
    if (PyTuple_CheckExact(visited) && !row->data)
        row->data = visited;
    else if (PyDict_CheckExact(visited) && !row->indexes)
        row->indexes = visited;
    else if (!row->parent)
        row->parent = visited;
    else
        return 1; /* there is more than there should be */
    return 0;
}

/* Compiled: what the collector of garbage is shown. */
static bool read_traversed(PyObject *object, Row *row)
{
    traverseproc traverse = Py_TYPE(object)->tp_traverse;

    return traverse && traverse(object, visit, row) == 0;
}

static bool read_slots(PyObject *object, Row *row)
{
    SlotCursor cursor;
    const char *name;
    PyObject *value;

    slot_cursor_init(&cursor, object);
    while (slot_cursor_next(&cursor, &name, &value)) {
        if (strcmp(name, "_data") == 0)
            row->data = value;
        else if (strcmp(name, "_key_to_index") == 0)
            row->indexes = value;
        else if (strcmp(name, "_parent") == 0)
            row->parent = value;
    }
    return true;
}

static bool has_base(PyTypeObject *type, const char *module_name)
{
    char name[80];

    for (Py_ssize_t i = 0; type->tp_mro && i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i);
        size_t len_bytes = type_name(base, TYPE_NAME_MODULE, name, sizeof(name));

        if (len_bytes == strlen(module_name) && memcmp(name, module_name, len_bytes) == 0)
            return true;
    }
    return false;
}

/* Borrowed fields. False: the run has failed. */
static bool read_row(Run *run, PyObject *object, Row *row)
{
    PyTypeObject *type = Py_TYPE(object);
    bool is_known = has_base(type, "sqlalchemy.engine._row_cy.BaseRow") ||          /* 2.1 */
                    has_base(type, "sqlalchemy.cyextension.resultproxy.BaseRow") || /* 2.0 */
                    has_base(type, "sqlalchemy.engine._py_row.BaseRow");

    *row = (Row){NULL, NULL, NULL};
    if (is_known && !object_has_dict(type) && type->tp_itemsize == 0)
        (void)(type_has_slots(type) ? read_slots(object, row) : read_traversed(object, row));
    if (row->data && PyTuple_CheckExact(row->data) && row->indexes && PyDict_CheckExact(row->indexes) &&
        row->parent)
        return true;
    (void)run_refuse_value(run, "a row of a version of SQLAlchemy that is not known");
    return false;
}

/* The column called @name: a new reference; NULL: there is none, or the run has failed. */
static PyObject *column(Run *run, const Row *row, PyObject *name)
{
    PyObject *index = lookup_find(run, row->indexes, name);
    Py_ssize_t place;

    if (!index || run->outcome)
        return NULL;
    place = PyLong_CheckExact(index) ? PyLong_AsSsize_t(index) : -1;
    if (place >= 0 && place < PyTuple_GET_SIZE(row->data))
        return Py_NewRef(PyTuple_GET_ITEM(row->data, place));
    PyErr_Clear();
    return run_refuse_value(run, "a name of more than one column");
}

/* ----------------------------------------------------------------------------------------- faces */

PyObject *rows_data(Run *run, PyObject *row)
{
    Row fields;

    return read_row(run, row, &fields) ? Py_NewRef(fields.data) : NULL;
}

PyObject *rows_keys(Run *run, PyObject *row)
{
    static PyObject *keys_name;
    Row fields;
    PyObject *keys = NULL;
    PyObject *list;
    PyObject *result = NULL;

    if (!keys_name)
        keys_name = PyUnicode_InternFromString("_keys");
    if (!keys_name)
        return run_raise_pending(run);
    if (read_row(run, row, &fields))
        keys = access_attribute(run, fields.parent, keys_name);
    if (!keys)
        return NULL;
    list = operators_list(run, NULL, 0);
    if (!PyList_CheckExact(keys) && !PyTuple_CheckExact(keys))
        (void)run_refuse_value(run, "a row whose names are in a %.80s", Py_TYPE(keys)->tp_name);
    for (Py_ssize_t i = 0; list && !run->outcome && i < PySequence_Fast_GET_SIZE(keys); i++)
        if (PySequence_Fast_GET_ITEM(keys, i) != Py_None)
            (void)operators_append(run, list, PySequence_Fast_GET_ITEM(keys, i));
    if (list && !run->outcome)
        result = operators_tuple(run, PySequence_Fast_ITEMS(list), PyList_GET_SIZE(list));
    Py_XDECREF(list);
    Py_DECREF(keys);
    return result;
}

PyObject *rows_to_dict(Run *run, PyObject *row)
{
    PyObject *keys = rows_keys(run, row);
    PyObject *dict = keys ? operators_dict(run, NULL, 0) : NULL;
    Row fields;

    for (Py_ssize_t i = 0; dict && i < PyTuple_GET_SIZE(keys); i++) {
        PyObject *value =
            read_row(run, row, &fields) ? column(run, &fields, PyTuple_GET_ITEM(keys, i)) : NULL;

        if (!value && !run->outcome)
            (void)run_refuse_value(run, "a row with a name that has no column");
        if (!value || !operators_add_to_dict(run, dict, PyTuple_GET_ITEM(keys, i), value))
            Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    Py_XDECREF(keys);
    return dict;
}

/* Row._mapping: another object with the same fields, which is made without its constructor. */
static PyObject *make_mapping(Run *run, PyObject *row, const Row *fields)
{
    PyTypeObject *class = library_class("RowMapping");
    Py_ssize_t num_words =
        (Py_TYPE(row)->tp_basicsize - (Py_ssize_t)sizeof(PyObject)) / (Py_ssize_t)sizeof(PyObject *);
    PyObject **from = (PyObject **)(row + 1);
    PyObject **to;
    PyObject *mapping;
    int num_fields = 0;

    if (!class || Py_TYPE(class) != Py_TYPE(Py_TYPE(row)) || class->tp_base != Py_TYPE(row)->tp_base ||
        class->tp_basicsize != Py_TYPE(row)->tp_basicsize || class->tp_itemsize != 0 ||
        class->tp_alloc != PyType_GenericAlloc || class->tp_finalize || class->tp_del ||
        num_words < NUM_FIELDS || num_words > NUM_WORDS_MAX)
        return run_refuse_value(run, "a mapping of a version of SQLAlchemy that is not known");
    for (Py_ssize_t i = 0; i < num_words; i++)
        num_fields += from[i] == fields->data || from[i] == fields->indexes || from[i] == fields->parent;
    if (num_fields != NUM_FIELDS)
        return run_refuse_value(run, "a mapping of a version of SQLAlchemy that is not known");
    mapping = class->tp_alloc(class, 0);
    if (!mapping)
        return run_raise_pending(run);
    to = (PyObject **)(mapping + 1);
    for (Py_ssize_t i = 0; i < num_words; i++) {
        to[i] = from[i];
        if (from[i] == fields->data || from[i] == fields->indexes || from[i] == fields->parent)
            Py_INCREF(from[i]);
    }
    return mapping;
}

static bool is_named(PyObject *name, const char *text)
{
    return PyUnicode_CompareWithASCIIString(name, text) == 0;
}

PyObject *rows_attribute(Run *run, PyObject *row, PyObject *name)
{
    bool is_unsure = false;
    PyObject *of_class = type_find(Py_TYPE(row), name, NULL, &is_unsure);
    PyObject *value;
    Row fields;

    if (!read_row(run, row, &fields))
        return NULL;
    if (is_named(name, "_data"))
        return Py_NewRef(fields.data);
    if (is_named(name, "_key_to_index"))
        return Py_NewRef(fields.indexes);
    if (is_named(name, "_parent"))
        return Py_NewRef(fields.parent);
    if (is_named(name, "_mapping") && rows_is(row))
        return make_mapping(run, row, &fields);
    if (is_named(name, "_fields") && rows_is(row))
        return rows_keys(run, row);
    if (of_class || is_unsure)
        return is_unsure ? run_refuse_value(run, "in a dictionary with keys of the app's own classes") : NULL;
    value = column(run, &fields, name);
    if (value || run->outcome)
        return value;
    char text[160];
    return run_raise(run, PyExc_AttributeError, "Could not locate column in row for column '%s'",
                     run_text(name, text, sizeof(text)));
}

PyObject *rows_subscript(Run *run, PyObject *mapping, PyObject *key)
{
    PyObject *value;
    Row fields;

    if (!PyUnicode_CheckExact(key))
        return run_refuse_act(run, "looks for a %.80s among the columns", Py_TYPE(key)->tp_name);
    if (!read_row(run, mapping, &fields))
        return NULL;
    value = column(run, &fields, key);
    if (value || run->outcome)
        return value;
    char text[160];
    return run_raise(run, PyExc_KeyError, "Could not locate column in row for column '%s'",
                     run_text(key, text, sizeof(text)));
}

PyObject *rows_repr(Run *run, PyObject *row)
{
    PyObject *data = rows_data(run, row);
    PyObject *text = NULL;

    for (Py_ssize_t i = 0; data && !run->outcome && i < PyTuple_GET_SIZE(data); i++) {
        PyObject *item = texts_repr(run, PyTuple_GET_ITEM(data, i));

        if (item && PyUnicode_GET_LENGTH(item) > COLUMN_CHARS_MAX)
            (void)run_refuse_value(run, "a row with a long column, whose text is shortened");
        Py_XDECREF(item);
    }
    if (data && !run->outcome)
        text = texts_repr(run, data);
    Py_XDECREF(data);
    return text;
}
