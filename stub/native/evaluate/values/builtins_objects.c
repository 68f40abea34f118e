#include "stub/native/compat.h"

#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/abstract_classes.h"
#include "stub/native/evaluate/values/builtins.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/rows.h"
#include "stub/native/layout.h"

/* isinstance() asks the class's metaclass and the object's __class__; both are plain unless overridden. */
static int is_instance_of(Run *run, PyObject *object, PyObject *class)
{
    static PyObject *check_name;
    static PyObject *class_name;
    bool is_unsure = false;
    bool is_check_plain;
    PyObject *check;
    PyObject *class_field;

    if (PyTuple_CheckExact(class)) {
        int result = run_enter(run) ? 0 : -1;

        for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(class); i++)
            result = is_instance_of(run, object, PyTuple_GET_ITEM(class, i));
        run_leave(run);
        return result;
    }
    if ((PyObject *)Py_TYPE(object) == class)
        return 1;
    /* A proxy says that it is of the class of what it stands for. */
    if (proxies_is(object) && !rows_is(object) && Py_TYPE(object) != &PyDictProxy_Type &&
        PyType_Check(class) && !PyType_IsSubtype(Py_TYPE(object), (PyTypeObject *)class)) {
        PyObject *target = proxies_target(run, object);
        int result = target ? is_instance_of(run, target, class) : -1;

        Py_XDECREF(target);
        return result;
    }
    if (!check_name)
        check_name = PyUnicode_InternFromString("__instancecheck__");
    if (!class_name)
        class_name = PyUnicode_InternFromString("__class__");
    if (!PyType_Check(class) || !check_name || !class_name) {
        PyErr_Clear();
        (void)run_refuse_value(run, "something that is no class");
        return -1;
    }
    check = type_find(Py_TYPE(class), check_name, NULL, &is_unsure);
    is_check_plain =
        !is_unsure && check == type_find(&PyType_Type, check_name, NULL, &is_unsure) && !is_unsure;
    if (is_check_plain && PyType_IsSubtype(Py_TYPE(object), (PyTypeObject *)class))
        return 1;
    class_field = type_find(Py_TYPE(object), class_name, NULL, &is_unsure);
    if (!is_unsure && class_field == type_find(&PyBaseObject_Type, class_name, NULL, &is_unsure)) {
        int answer = is_check_plain ? 0 : abstract_classes_has((PyTypeObject *)class, Py_TYPE(object));

        if (answer != ABSTRACT_CLASSES_NO_ANSWER)
            return answer;
    }
    (void)run_refuse_method(run, class, "__instancecheck__");
    return -1;
}

/* Of the class that the app has for it, it is no instance; of those of data it is none either. */
static int is_own_instance_of(Run *run, PyObject *object, PyObject *class)
{
    static PyTypeObject *const data[] = {&PyList_Type,      &PyTuple_Type,   &PyDict_Type,  &PySet_Type,
                                         &PyFrozenSet_Type, &PyUnicode_Type, &PyBytes_Type, &PyLong_Type,
                                         &PyFloat_Type,     &PyBool_Type};

    if (PyTuple_CheckExact(class)) {
        int result = 0;

        for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(class); i++)
            result = is_own_instance_of(run, object, PyTuple_GET_ITEM(class, i));
        return result;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(data); i++)
        if (class == (PyObject *)data[i])
            return 0;
    if (own_kind(object) == OWN_GENERATOR && class == (PyObject *)&PyGen_Type)
        return 1;
    (void)own_check(run, object);
    return -1;
}

PyObject *builtins_isinstance(Run *run, const Arguments *arguments)
{
    if (!arguments_check(run, arguments, 2, 2, ""))
        return NULL;
    if (own_is(arguments->values[0]))
        return run_truth(is_own_instance_of(run, arguments->values[0], arguments->values[1]));
    return run_truth(is_instance_of(run, arguments->values[0], arguments->values[1]));
}

static int is_subclass_of(Run *run, PyTypeObject *type, PyObject *class)
{
    static PyObject *check_name;
    bool is_unsure = false;

    if (PyTuple_CheckExact(class)) {
        int result = run_enter(run) ? 0 : -1;

        for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(class); i++)
            result = is_subclass_of(run, type, PyTuple_GET_ITEM(class, i));
        run_leave(run);
        return result;
    }
    if (!check_name)
        check_name = PyUnicode_InternFromString("__subclasscheck__");
    if (!check_name)
        (void)run_raise_pending(run);
    else if (!PyType_Check(class))
        (void)run_refuse_value(run, "something that is no class");
    else if (type_find(Py_TYPE(class), check_name, NULL, &is_unsure) !=
                 type_find(&PyType_Type, check_name, NULL, &is_unsure) ||
             is_unsure) {
        int answer = abstract_classes_has((PyTypeObject *)class, type);

        if (answer != ABSTRACT_CLASSES_NO_ANSWER)
            return answer;
        (void)run_refuse_method(run, class, "__subclasscheck__");
    }
    return run->outcome ? -1 : PyType_IsSubtype(type, (PyTypeObject *)class);
}

PyObject *builtins_issubclass(Run *run, const Arguments *arguments)
{
    if (!arguments_check(run, arguments, 2, 2, ""))
        return NULL;
    if (!PyType_Check(arguments->values[0]))
        return kind_of(arguments->values[0]) != KIND_OTHER
                   ? run_raise(run, PyExc_TypeError, "issubclass() arg 1 must be a class")
                   : run_refuse_value(run, "something that is no class");
    return run_truth(is_subclass_of(run, (PyTypeObject *)arguments->values[0], arguments->values[1]));
}

PyObject *builtins_type(Run *run, const Arguments *arguments)
{
    if (arguments->count != 1 || arguments->names)
        return run_refuse_act(run, "makes a class");
    if (!own_check(run, arguments->values[0]))
        return NULL;
    return Py_NewRef((PyObject *)Py_TYPE(arguments->values[0]));
}

/* ------------------------------------------------------------------------------------------ attributes */

/* The name, interned as that of an attribute in a program is; NULL: the run has failed. */
static PyObject *attribute_name(Run *run, PyObject *name)
{
    if (!PyUnicode_CheckExact(name) || plain_is_unready(name))
        return PyUnicode_Check(name)
                   ? run_refuse_value(run, "a name of a class of its own")
                   : run_raise(run, PyExc_TypeError, "attribute name must be string, not '%.200s'",
                               Py_TYPE(name)->tp_name);
    (void)text_hash(name);
    return name;
}

PyObject *builtins_getattr(Run *run, const Arguments *arguments)
{
    PyObject *name;
    PyObject *value;

    if (!arguments_check(run, arguments, 2, 3, ""))
        return NULL;
    name = attribute_name(run, arguments->values[1]);
    value = name ? access_attribute(run, arguments->values[0], name) : NULL;
    if (value || !name || arguments->count == 2 || !run_has_raised(run, PyExc_AttributeError))
        return value;
    run_recover(run);
    return Py_NewRef(arguments->values[2]);
}

PyObject *builtins_hasattr(Run *run, const Arguments *arguments)
{
    PyObject *name;
    PyObject *value;

    if (!arguments_check(run, arguments, 2, 2, ""))
        return NULL;
    name = attribute_name(run, arguments->values[1]);
    value = name ? access_attribute(run, arguments->values[0], name) : NULL;
    if (!name || (!value && !run_has_raised(run, PyExc_AttributeError)))
        return NULL;
    run_recover(run);
    Py_XDECREF(value);
    return run_truth(value != NULL);
}

PyObject *builtins_vars(Run *run, const Arguments *arguments)
{
    PyObject *object;

    if (arguments->count == 0)
        return run_refuse_act(run, "is about the variables of this frame, which have names of their own");
    if (!arguments_check(run, arguments, 1, 1, ""))
        return NULL;
    object = arguments->values[0];
    if (own_is(object) || PyType_Check(object) || !object_has_dict(Py_TYPE(object)))
        return run_refuse_value(run, "no object with a dictionary of attributes");
    return access_variables(run, object);
}
