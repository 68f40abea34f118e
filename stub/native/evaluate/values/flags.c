#include "stub/native/compat.h"

#include "stub/native/evaluate/values/flags.h"
#include "stub/native/evaluate/values/originals.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/known.h"
#include "stub/native/layout.h"

/* Members that are joined in a name. */
#define MEMBERS_MAX 64

/* Objects/funcobject.c, all versions. */
typedef struct StaticMethod {
    PyObject_HEAD PyObject *function;
} StaticMethod;

static bool is_original(PyTypeObject *type, const char *method)
{
    return originals_has(type, "enum", "Flag", method) || originals_has(type, "enum", "IntFlag", method);
}

/* Of two exact ints. */
static bool is_same(PyObject *a, PyObject *b)
{
    PyObject *answer = PyLong_Type.tp_richcompare(a, b, Py_EQ);
    bool result = answer == Py_True;

    Py_XDECREF(answer);
    return result;
}

/* Whether `class(bits)` is what the library makes of it. */
static bool is_called_as_enum(PyTypeObject *type)
{
    PyObject *new = type_find_named(type, "__new__");

    if (new &&Py_TYPE(new) == &PyStaticMethod_Type)
        new = ((StaticMethod *)new)->function;
    return new &&originals_is_of_module(new, "enum", "__new__") && is_original(type, "_missing_") &&
           originals_has(Py_TYPE(type), "enum", COMPAT_ENUM_META_NAME, "__call__");
}

/* Its value as a machine's word; false: it is no member of a class whose operators are the library's, or the
 * value is no such int. */
static bool read_flag(PyObject *value, const char *method, long long *ret_bits)
{
    PyTypeObject *type = Py_TYPE(value);
    PyObject *bits;
    int overflow;

    /* Since 3.11 each class has them for itself. */
    if (!known_is_enum(value) || !type_find_named(type, method) ||
        !originals_is_of_module(type_find_named(type, method), "enum", method) || !is_called_as_enum(type))
        return false;
    bits = known_attribute(value, KNOWN_NAME_ENUM_VALUE);
    if (!bits || !PyLong_CheckExact(bits))
        return false;
    *ret_bits = PyLong_AsLongLongAndOverflow(bits, &overflow);
    return !overflow;
}

/* -------------------------------------------------------------------------------------------- members */

/* What `class(bits)` finds without making anything: borrowed, or NULL. */
static PyObject *find_member(PyTypeObject *type, PyObject *bits)
{
    PyObject *map = type_find_named(type, "_value2member_map_");
    DictCursor cursor;
    PyObject *key;
    PyObject *member;

    if (!map || !PyDict_CheckExact(map))
        return NULL;
    /* Its keys may be anything; those of flags are ints. */
    dict_cursor_init(&cursor, map);
    while (dict_cursor_next(&cursor, &key, &member))
        if (PyLong_CheckExact(key) && is_same(key, bits))
            return Py_TYPE(member) == type ? member : NULL;
    return NULL;
}

/* The bits of all members; negative: it cannot be told. */
static long long mask_of(PyTypeObject *type)
{
    PyObject *map = type_find_named(type, "_member_map_");
    DictCursor cursor;
    PyObject *key;
    PyObject *member;
    long long mask = 0;

    if (!map || !PyDict_Check(map))
        return -1;
    dict_cursor_init(&cursor, map);
    while (dict_cursor_next(&cursor, &key, &member)) {
        PyObject *bits = known_attribute(member, KNOWN_NAME_ENUM_VALUE);
        int overflow = 0;
        long long number =
            bits && PyLong_CheckExact(bits) ? PyLong_AsLongLongAndOverflow(bits, &overflow) : -1;

        if (number < 0 || overflow)
            return -1;
        mask |= number;
    }
    return mask;
}

static long order_of(PyObject *member)
{
    PyObject *order = object_find_named(member, "_sort_order_");

    return order && PyLong_CheckExact(order) ? PyLong_AsLong(order) : 0;
}

/* The members of one bit each, in the order of their definition. Returns how many; -1: one is missing. */
static int find_parts(PyTypeObject *type, long long bits, PyObject *ret_parts[MEMBERS_MAX])
{
    int count = 0;

    for (int bit = 0; bit < 63; bit++) {
        PyObject *number = bits >> bit & 1 ? PyLong_FromLongLong(1LL << bit) : NULL;
        PyObject *member = number ? find_member(type, number) : NULL;
        int place = count;

        Py_XDECREF(number);
        PyErr_Clear();
        if (!(bits >> bit & 1))
            continue;
        if (!member)
            return -1;
        for (; place > 0 && order_of(ret_parts[place - 1]) > order_of(member); place--)
            ret_parts[place] = ret_parts[place - 1];
        ret_parts[place] = member;
        count++;
    }
    return count;
}

/* "R|W" since 3.11; before, a combination has no name. NULL and no outcome: it cannot be told. */
static PyObject *name_of(Run *run, PyTypeObject *type, long long bits)
{
    PyObject *parts[MEMBERS_MAX];
    int count = find_parts(type, bits, parts);
    PyObject *name = NULL;

    if (!COMPAT_FLAGS_HAVE_NAMES || bits == 0)
        return Py_NewRef(Py_None);
    for (int i = 0; i < count && !run->outcome; i++) {
        PyObject *part = known_attribute(parts[i], KNOWN_NAME_ENUM_NAME);

        if (!part || !PyUnicode_CheckExact(part) || PyUnicode_GET_LENGTH(part) > 200) {
            Py_CLEAR(name);
            return NULL;
        }
        Py_XSETREF(name, name ? PyUnicode_FromFormat("%U|%U", name, part) : Py_NewRef(part));
        if (!name)
            (void)run_raise_pending(run);
    }
    return name;
}

/* Other members that the value holds would be in its name, too, if they are of more than one bit. */
static bool has_aliases(PyTypeObject *type, long long bits)
{
    PyObject *map = type_find_named(type, "_member_map_");
    DictCursor cursor;
    PyObject *key;
    PyObject *member;

    dict_cursor_init(&cursor, map);
    while (dict_cursor_next(&cursor, &key, &member)) {
        PyObject *value = known_attribute(member, KNOWN_NAME_ENUM_VALUE);
        long long number = value && PyLong_CheckExact(value) ? PyLong_AsLongLong(value) : 0;

        if ((number & (number - 1)) != 0 && (number & bits) == number &&
            find_parts(type, number, (PyObject *[MEMBERS_MAX]){NULL}) < 0)
            return true;
    }
    return false;
}

static bool set(PyObject *object, const char *name, PyObject *value)
{
    PyObject *key = PyUnicode_InternFromString(name);
    PyObject *found = type_find_named(Py_TYPE(object), name);
    bool is_set =
        key && (!found || !Py_TYPE(found)->tp_descr_set) && PyObject_GenericSetAttr(object, key, value) == 0;

    Py_XDECREF(key);
    PyErr_Clear();
    return is_set;
}

/* An object of the class, of which it does not know. */
static PyObject *make_object(Run *run, PyTypeObject *type, PyObject *bits)
{
    PyObject *arguments;
    PyObject *object;

    if (type->tp_finalize || type->tp_del || type->tp_alloc != PyType_GenericAlloc)
        return run_refuse_act(run, "makes a %.80s", type->tp_name);
    if (!PyType_IsSubtype(type, &PyLong_Type))
        return run_take(run, type->tp_alloc(type, 0));
    arguments = PyTuple_Pack(1, bits);
    object = arguments ? PyLong_Type.tp_new(type, arguments, NULL) : NULL;
    Py_XDECREF(arguments);
    return run_take(run, object);
}

/* One of those that have been made; borrowed. */
static PyObject *find_made(Run *run, PyTypeObject *type, PyObject *bits)
{
    Py_ssize_t count = run->flags ? PyList_GET_SIZE(run->flags) : 0;

    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *made = PyList_GET_ITEM(run->flags, i);
        PyObject *value = known_attribute(made, KNOWN_NAME_ENUM_VALUE);

        if (Py_TYPE(made) == type && value && is_same(value, bits))
            return made;
    }
    return NULL;
}

static bool remember(Run *run, PyObject *made)
{
    if (!run->flags)
        run->flags = PyList_New(0);
    if (run->flags && PyList_GET_SIZE(run->flags) < MEMBERS_MAX && PyList_Append(run->flags, made) == 0)
        return true;
    if (PyErr_Occurred())
        (void)run_raise_pending(run);
    else
        (void)run_exhaust(run);
    return false;
}

/* A combination of which the class does not know yet. */
static PyObject *make_member(Run *run, PyTypeObject *type, PyObject *bits, long long number)
{
    PyObject *found = find_made(run, type, bits);
    long long mask = mask_of(type);
    PyObject *name, *made;

    if (found)
        return Py_NewRef(found);
    if (number < 0 || mask < 0 || (number & ~mask) != 0 || has_aliases(type, number))
        return run_refuse_act(run, "makes a new member of %.80s", type->tp_name);
    name = name_of(run, type, number);
    if (!name)
        return run->outcome ? NULL : run_refuse_act(run, "makes a new member of %.80s", type->tp_name);
    made = make_object(run, type, bits);
    if (made && (!set(made, "_name_", name) || !set(made, "_value_", bits)))
        (void)run_refuse_act(run, "makes a new member of %.80s", type->tp_name);
    Py_DECREF(name);
    if (!made || run->outcome || !remember(run, made))
        Py_CLEAR(made);
    return made;
}

static PyObject *member_of(Run *run, PyTypeObject *type, long long number)
{
    PyObject *bits = PyLong_FromLongLong(number);
    PyObject *found;
    PyObject *result;

    if (!bits || !run_charge(run, 50)) {
        Py_XDECREF(bits);
        return run->outcome ? NULL : run_raise_pending(run);
    }
    found = find_member(type, bits);
    result = found ? Py_NewRef(found) : make_member(run, type, bits, number);
    Py_DECREF(bits);
    return result;
}

/* -------------------------------------------------------------------------------------------- operators */

static const char *method_of(BinaryOperator operation)
{
    return operation == BINARY_OR    ? "__or__"
           : operation == BINARY_AND ? "__and__"
           : operation == BINARY_XOR ? "__xor__"
                                     : NULL;
}

/* Of an IntFlag, an int may be the other one. */
static bool read_other(PyTypeObject *type, PyObject *other, const char *method, long long *ret_bits)
{
    int overflow;

    if (Py_TYPE(other) == type)
        return read_flag(other, method, ret_bits);
    if (!PyType_IsSubtype(type, &PyLong_Type) || !(PyLong_CheckExact(other) || PyBool_Check(other)))
        return false;
    *ret_bits = PyLong_AsLongLongAndOverflow(other, &overflow);
    return !overflow;
}

PyObject *flags_binary(Run *run, BinaryOperator operation, PyObject *a, PyObject *b)
{
    const char *method = method_of(operation);
    bool is_first = method && known_is_enum(a);
    PyObject *flag = is_first ? a : b;
    char reverse[12];
    long long left, right;

    if (!method || !known_is_enum(flag))
        return NULL;
    snprintf(reverse, sizeof(reverse), "__r%s", method + 2);
    if (!read_flag(flag, method, &left) || !read_other(Py_TYPE(flag), is_first ? b : a, method, &right) ||
        (!is_first && type_find_named(Py_TYPE(flag), reverse) != type_find_named(Py_TYPE(flag), method)))
        return NULL;
    return member_of(run, Py_TYPE(flag),
                     operation == BINARY_OR    ? (left | right)
                     : operation == BINARY_AND ? (left & right)
                                               : (left ^ right));
}

/* Since 3.11 without bits that no member has; before, a Flag's ~ joins the members that share no bit with it.
 * An IntFlag's is that of the int up to 3.10. */
PyObject *flags_invert(Run *run, PyObject *value)
{
    long long bits;
    long long mask;

    if (!known_is_enum(value) || !read_flag(value, "__invert__", &bits))
        return NULL;
    mask = mask_of(Py_TYPE(value));
    if (mask < 0 || (bits & ~mask) != 0 ||
        (PyLong_Check(value) && (!COMPAT_FLAGS_HAVE_NAMES || (mask & (mask + 1)) != 0)) ||
        find_parts(Py_TYPE(value), mask, (PyObject *[MEMBERS_MAX]){NULL}) < 0)
        return NULL;
    return member_of(run, Py_TYPE(value), mask & ~bits);
}
