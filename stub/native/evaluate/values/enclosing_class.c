#include "stub/native/compat.h"

#include "stub/native/evaluate/values/enclosing_class.h"
#include "stub/native/layout.h"

/* Functions in functions, and decorators around decorators. */
#define DEPTH_MAX 8

/* Cuts off the last name. False: there was but one. */
static bool drop_last(char *name)
{
    char *dot = strrchr(name, '.');

    if (dot)
        *dot = '\0';
    return dot != NULL;
}

static char *last_of(char *name)
{
    char *dot = strrchr(name, '.');

    return dot ? dot + 1 : name;
}

/* Of "Outer.Inner.method.<locals>.<lambda>" it is "Inner": what is in a function is in its class. */
static bool cut_qualified_name(PyObject *qualified, char *buffer, size_t size_bytes)
{
    char *name;

    run_text(qualified, buffer, size_bytes);
    if (!drop_last(buffer))
        return false;
    while (strcmp(last_of(buffer), "<locals>") == 0)
        if (!drop_last(buffer) || !drop_last(buffer))
            return false;
    name = last_of(buffer);
    memmove(buffer, name, strlen(name) + 1);
    return true;
}

static bool code_holds(Run *run, PyCodeObject *code, const PyCodeObject *wanted, int depth)
{
    if (code == wanted)
        return true;
    if (depth == DEPTH_MAX || !run_charge(run, 1 + (uint64_t)PyTuple_GET_SIZE(code->co_consts) / 8))
        return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

        if (PyCode_Check(constant) && code_holds(run, (PyCodeObject *)constant, wanted, depth + 1))
            return true;
    }
    return false;
}

/* A staticmethod or classmethod (Objects/funcobject.c) has one function, a property (Objects/descrobject.c)
 * up to three. */
typedef struct Wrapper {
    PyObject_HEAD PyObject *functions[3];
} Wrapper;

static int num_wrapped(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);

    if (type == &PyProperty_Type)
        return 3;
    return type == &PyStaticMethod_Type || type == &PyClassMethod_Type;
}

static bool value_holds(Run *run, PyObject *value, const PyCodeObject *wanted, int depth);

/* What a decorator has put around a function has it in a cell. */
static bool closure_holds(Run *run, PyObject *closure, const PyCodeObject *wanted, int depth)
{
    for (Py_ssize_t i = 0; closure && PyTuple_Check(closure) && i < PyTuple_GET_SIZE(closure); i++) {
        PyObject *cell = PyTuple_GET_ITEM(closure, i);
        PyObject *content = PyCell_Check(cell) ? PyCell_GET(cell) : NULL;

        if (content && value_holds(run, content, wanted, depth))
            return true;
    }
    return false;
}

/* An attribute of a class: a function, or what a decorator made of one. */
static bool value_holds(Run *run, PyObject *value, const PyCodeObject *wanted, int depth)
{
    if (depth == DEPTH_MAX || !run_charge(run, 1))
        return false;
    if (PyFunction_Check(value))
        return code_holds(run, (PyCodeObject *)((PyFunctionObject *)value)->func_code, wanted, 0) ||
               closure_holds(run, ((PyFunctionObject *)value)->func_closure, wanted, depth + 1);
    for (int i = 0; i < num_wrapped(value); i++) {
        PyObject *function = ((Wrapper *)value)->functions[i];

        if (function && value_holds(run, function, wanted, depth + 1))
            return true;
    }
    return false;
}

static bool class_holds(Run *run, PyTypeObject *type, const PyCodeObject *wanted)
{
    DictCursor cursor;
    PyObject *name;
    PyObject *value;

    object_cursor_init(&cursor, (PyObject *)type);
    while (!run->outcome && dict_cursor_next(&cursor, &name, &value))
        if (value_holds(run, value, wanted, 0))
            return true;
    return false;
}

/* A method usually runs with an instance of its class, or of a class derived from it. */
static bool find_among_classes(Run *run, PyTypeObject *type, char *buffer, size_t size_bytes)
{
    const PyCodeObject *wanted = frame_code(run->frame);
    PyObject *mro = type->tp_mro;

    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro) && !run->outcome; i++) {
        PyTypeObject *owner = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);

        if (owner->tp_flags & Py_TPFLAGS_HEAPTYPE && class_holds(run, owner, wanted)) {
            run_text(((PyHeapTypeObject *)owner)->ht_name, buffer, size_bytes);
            return true;
        }
    }
    return false;
}

bool enclosing_class_name(Run *run, PyObject *object, char *buffer, size_t size_bytes)
{
    PyObject *qualified = compat_code_qualified_name(frame_code(run->frame));

    if (qualified)
        return cut_qualified_name(qualified, buffer, size_bytes);
    return find_among_classes(run, Py_TYPE(object), buffer, size_bytes);
}
