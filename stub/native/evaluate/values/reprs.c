#include "stub/native/compat.h"

#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/iterate.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/reprs.h"
#include "stub/native/evaluate/values/texts.h"
#include "stub/native/layout.h"

bool reprs_is_written(const Run *run, PyObject *object, PyObject *guard)
{
    for (const Writing *writing = run->writing; writing; writing = writing->outer)
        if (writing->object == object && writing->guard == guard)
            return true;
    return false;
}

/* -------------------------------------------------------------------------------------------- pieces */

static bool add(Run *run, PyObject *parts, PyObject *consumed)
{
    bool is_added = consumed && operators_append(run, parts, consumed);

    if (!consumed && !run->outcome)
        (void)run_raise_pending(run);
    Py_XDECREF(consumed);
    return is_added;
}

static bool add_text(Run *run, PyObject *parts, const char *text)
{
    return add(run, parts, PyUnicode_FromString(text));
}

static bool add_separator(Run *run, PyObject *parts, bool *is_first)
{
    bool was_first = *is_first;

    *is_first = false;
    return was_first || add_text(run, parts, ", ");
}

/* Consumes @parts. */
static PyObject *join(Run *run, PyObject *parts)
{
    PyObject *text = parts && !run->outcome
                         ? operators_join(run, PySequence_Fast_ITEMS(parts), PyList_GET_SIZE(parts))
                         : NULL;

    Py_XDECREF(parts);
    return text;
}

static PyObject *join_three(Run *run, const char *before, PyObject *consumed, const char *behind)
{
    PyObject *parts = consumed ? operators_list(run, NULL, 0) : NULL;

    if (!parts) {
        Py_XDECREF(consumed);
        return NULL;
    }
    (void)(add_text(run, parts, before) && add(run, parts, consumed) && add_text(run, parts, behind));
    return join(run, parts);
}

/* ---------------------------------------------------------------------------------------- containers */

static bool add_items(Run *run, PyObject *parts, PyObject *sequence)
{
    bool is_first = true;

    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); i++)
        if (!add_separator(run, parts, &is_first) ||
            !add(run, parts, texts_repr(run, PySequence_Fast_GET_ITEM(sequence, i))))
            return false;
    return true;
}

static bool add_keys(Run *run, PyObject *parts, PyObject *set)
{
    SetCursor cursor;
    PyObject *key;
    bool is_first = true;

    set_cursor_init(&cursor, set);
    while (set_cursor_next(&cursor, &key))
        if (!add_separator(run, parts, &is_first) || !add(run, parts, texts_repr(run, key)))
            return false;
    return true;
}

static bool add_pairs(Run *run, PyObject *parts, PyObject *dict)
{
    DictCursor cursor;
    PyObject *key;
    PyObject *value;
    bool is_first = true;

    dict_cursor_init(&cursor, dict);
    while (dict_cursor_next(&cursor, &key, &value))
        if (!add_separator(run, parts, &is_first) || !add(run, parts, texts_repr(run, key)) ||
            !add_text(run, parts, ": ") || !add(run, parts, texts_repr(run, value)))
            return false;
    return true;
}

/* What is written of an object that is in itself. */
static PyObject *mark_recursion(Run *run, PyObject *value, Kind kind)
{
    PyObject *mark = kind == KIND_SET ? PyUnicode_FromFormat("%s(...)", Py_TYPE(value)->tp_name)
                                      : PyUnicode_FromString(kind == KIND_LIST    ? "[...]"
                                                             : kind == KIND_TUPLE ? "(...)"
                                                                                  : "{...}");

    return run_take(run, mark);
}

static PyObject *write_members(Run *run, PyObject *value, Kind kind)
{
    static const char *const brackets[][2] = {[KIND_LIST] = {"[", "]"},
                                              [KIND_TUPLE] = {"(", ")"},
                                              [KIND_DICT] = {"{", "}"},
                                              [KIND_SET] = {"{", "}"}};
    PyObject *parts = operators_list(run, NULL, 0);
    bool is_pair = kind == KIND_TUPLE && PyTuple_GET_SIZE(value) == 1;

    if (!parts)
        return NULL;
    (void)(add_text(run, parts, brackets[kind][0]) &&
           (kind == KIND_DICT  ? add_pairs(run, parts, value)
            : kind == KIND_SET ? add_keys(run, parts, value)
                               : add_items(run, parts, value)) &&
           add_text(run, parts, is_pair ? ",)" : brackets[kind][1]));
    return join(run, parts);
}

/* set_repr() in Objects/setobject.c: all but the very type `set` have their name before it. */
static PyObject *write_set(Run *run, PyObject *set)
{
    char before[120];

    if (((PySetObject *)set)->used == 0) {
        PyObject *text = PyUnicode_FromFormat("%s()", Py_TYPE(set)->tp_name);

        return run_take(run, text);
    }
    if (Py_TYPE(set) == &PySet_Type)
        return write_members(run, set, KIND_SET);
    snprintf(before, sizeof(before), "%.100s(", Py_TYPE(set)->tp_name);
    return join_three(run, before, write_members(run, set, KIND_SET), ")");
}

static PyObject *write_container(Run *run, PyObject *value, Kind kind)
{
    Writing writing = {value, NULL, run->writing};
    PyObject *text = NULL;

    if (reprs_is_written(run, value, NULL))
        return mark_recursion(run, value, kind);
    run->writing = &writing;
    if (run_enter(run))
        text = kind == KIND_SET ? write_set(run, value) : write_members(run, value, kind);
    run_leave(run);
    run->writing = writing.outer;
    return text;
}

/* Whether repr() of it is that of a builtin container: of its very type, or of a subclass that has no
 * other. */
static Kind container_kind(PyObject *value)
{
    static const struct {
        PyTypeObject *type;
        Kind kind;
    } containers[] = {
        {&PyList_Type, KIND_LIST}, {&PyTuple_Type, KIND_TUPLE},   {&PyDict_Type, KIND_DICT},
        {&PySet_Type, KIND_SET},   {&PyFrozenSet_Type, KIND_SET},
    };
    PyTypeObject *type = Py_TYPE(value);

    for (size_t i = 0; i < Py_ARRAY_LENGTH(containers); i++)
        if (type->tp_repr == containers[i].type->tp_repr && PyType_IsSubtype(type, containers[i].type))
            /* A set lists what it is asked for. */
            return containers[i].kind != KIND_SET || type->tp_iter == containers[i].type->tp_iter
                       ? containers[i].kind
                       : KIND_OTHER;
    return KIND_OTHER;
}

PyObject *reprs_as(Run *run, PyObject *value, PyTypeObject *base)
{
    Kind kind = base == &PyList_Type    ? KIND_LIST
                : base == &PyTuple_Type ? KIND_TUPLE
                : base == &PyDict_Type  ? KIND_DICT
                                        : KIND_OTHER;

    return kind != KIND_OTHER ? write_container(run, value, kind) : run_refuse_method(run, value, "__repr__");
}

/* --------------------------------------------------------------------------------------------- others */

/* A view as a list, with the name of its type before it. */
static PyObject *write_as_list(Run *run, PyObject *value)
{
    PyObject *list = iterate_to_list(run, value);
    char before[60];
    PyObject *text;

    snprintf(before, sizeof(before), "%.50s(", Py_TYPE(value)->tp_name);
    text = list ? join_three(run, before, texts_repr(run, list), ")") : NULL;
    Py_XDECREF(list);
    return text;
}

/* deque_repr() in Modules/_collectionsmodule.c */
static PyObject *write_deque(Run *run, PyObject *deque)
{
    PyObject *list = iterate_to_list(run, deque);
    PyObject *limit = list ? PyObject_GetAttrString(deque, "maxlen") : NULL;
    char behind[60] = ")";
    PyObject *text = NULL;

    if (limit && PyLong_CheckExact(limit))
        snprintf(behind, sizeof(behind), ", maxlen=%zd)", PyLong_AsSsize_t(limit));
    if (limit)
        text = join_three(run, "deque(", texts_repr(run, list), behind);
    else if (list)
        (void)run_raise_pending(run);
    Py_XDECREF(list);
    Py_XDECREF(limit);
    return text;
}

/* Whether it is of this very type of the module `collections`: a class of the app may have the name, but it
 * cannot be immutable. */
static bool is_of(PyObject *value, const char *name)
{
    return strcmp(Py_TYPE(value)->tp_name, name) == 0 && compat_type_is_immutable(Py_TYPE(value));
}

/* defdict_repr() in Modules/_collectionsmodule.c */
static PyObject *write_defaultdict(Run *run, PyObject *value)
{
    PyObject *factory = PyObject_GetAttrString(value, "default_factory");
    PyObject *name = factory ? texts_repr(run, factory) : run_raise_pending(run);
    PyObject *parts = name ? operators_list(run, NULL, 0) : NULL;

    Py_XDECREF(factory);
    if (!parts) {
        Py_XDECREF(name);
        return NULL;
    }
    (void)(add_text(run, parts, "defaultdict(") && add(run, parts, name) && add_text(run, parts, ", ") &&
           add(run, parts, write_container(run, value, KIND_DICT)) && add_text(run, parts, ")"));
    return join(run, parts);
}

static bool add_tuples(Run *run, PyObject *list, PyObject *dict)
{
    DictCursor cursor;
    PyObject *key;
    PyObject *value;

    dict_cursor_init(&cursor, dict);
    while (dict_cursor_next(&cursor, &key, &value))
        if (!add(run, list, PyTuple_Pack(2, key, value)))
            return false;
    return true;
}

/* odict_repr() in Objects/odictobject.c */
static PyObject *write_ordered(Run *run, PyObject *dict)
{
    PyObject *list;
    PyObject *text;

    if (((PyDictObject *)dict)->ma_used == 0)
        return join_three(run, "OrderedDict(", PyUnicode_FromString(""), ")");
    if (COMPAT_ORDERED_DICT_IS_SHOWN_AS_DICT)
        return join_three(run, "OrderedDict(", write_container(run, dict, KIND_DICT), ")");
    list = operators_list(run, NULL, 0);
    text = list && add_tuples(run, list, dict) ? join_three(run, "OrderedDict(", texts_repr(run, list), ")")
                                               : NULL;
    Py_XDECREF(list);
    return text;
}

static PyObject *write_proxy(Run *run, PyObject *proxy)
{
    PyObject *target = proxies_target(run, proxy);
    PyObject *text = target ? texts_repr(run, target) : NULL;

    Py_XDECREF(target);
    if (Py_TYPE(proxy) == &PyDictProxy_Type)
        return join_three(run, "mappingproxy(", text, ")");
    if (strcmp(Py_TYPE(proxy)->tp_name, "SimpleLazyObject") == 0)
        return join_three(run, "<SimpleLazyObject: ", text, ">");
    if (text && strcmp(Py_TYPE(proxy)->tp_name, "LocalProxy") != 0) {
        Py_DECREF(text);
        return run_refuse_method(run, proxy, "__repr__");
    }
    return text;
}

/* object_repr() in Objects/typeobject.c */
PyObject *reprs_object(Run *run, PyObject *object)
{
    char name[300];
    size_t len_bytes = type_name(Py_TYPE(object), TYPE_NAME_QUALIFIED, name, sizeof(name));
    PyObject *text;

    if (len_bytes >= sizeof(name))
        return run_refuse_method(run, object, "__repr__");
    name[len_bytes] = '\0';
    text = PyUnicode_FromFormat("<%s object at %p>", name, object);
    return run_take(run, text);
}

/* Types of CPython's own whose repr() asks nothing of what they hold. */
static bool has_closed_repr(PyObject *value)
{
    return Py_TYPE(value) == &PyFunction_Type || Py_TYPE(value) == &PyCFunction_Type ||
           value == Py_Ellipsis || value == Py_NotImplemented;
}

PyObject *reprs_other(Run *run, PyObject *value)
{
    reprfunc repr = Py_TYPE(value)->tp_repr;
    Kind kind = container_kind(value);
    PyObject *text;

    if (!own_check(run, value) || !run_charge(run, 20))
        return NULL;
    if (kind != KIND_OTHER)
        return write_container(run, value, kind);
    if (proxies_is(value))
        return write_proxy(run, value);
    if (plain_view_dict(value))
        return write_as_list(run, value);
    if (plain_is_deque(value))
        return write_deque(run, value);
    if (PyODict_CheckExact(value))
        return write_ordered(run, value);
    if (is_of(value, "collections.defaultdict"))
        return write_defaultdict(run, value);
    if (!repr || repr == PyBaseObject_Type.tp_repr)
        return reprs_object(run, value);
    if (!has_closed_repr(value))
        return run_refuse_method(run, value, "__repr__");
    text = PyObject_Repr(value);
    return run_take(run, text);
}
