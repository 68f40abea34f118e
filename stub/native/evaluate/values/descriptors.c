#include "stub/native/compat.h"

#include "stub/native/evaluate/values/descriptors.h"
#include "stub/native/evaluate/functions/function_call.h"
#include "stub/native/evaluate/values/calls.h"
#include "stub/native/evaluate/values/slots.h"
#include "stub/native/evaluate/values/stored.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/wrappers.h"
#include "stub/native/layout.h"

/* Objects/descrobject.c, all versions. */
typedef struct Property {
    PyObject_HEAD PyObject *getter;
} Property;

/* Objects/funcobject.c, all versions: classmethod and staticmethod. */
typedef struct Wrapper {
    PyObject_HEAD PyObject *function;
} Wrapper;

static PyObject *get_property(Run *run, PyObject *object, PyObject *property)
{
    PyObject *getter = ((Property *)property)->getter;

    if (!getter || getter == Py_None)
        return run_raise(run, PyExc_AttributeError, "unreadable attribute");
    return PyFunction_Check(getter) ? function_call(run, getter, object, NULL, 0, NULL)
                                    : calls_function(run, getter, &object, 1, NULL);
}

/* Also one of a class that is derived from it without a __get__ of its own. */
static bool is_property(PyTypeObject *type)
{
    return type->tp_descr_get == PyProperty_Type.tp_descr_get;
}

/* A function to be called with @self. */
static PyObject *bind(Run *run, PyObject *function, PyObject *self, PyObject **ret_self)
{
    PyObject *method;

    if (!PyFunction_Check(function) && !wrappers_is_cache(function))
        return run_refuse_value(run, "a method that is no function");
    if (ret_self && PyFunction_Check(function)) {
        *ret_self = self;
        return Py_NewRef(function);
    }
    method = PyMethod_New(function, self);
    return method ? method : run_raise_pending(run);
}

/* A cached property that has not been computed: its function is walked, and the value is not kept. */
static PyObject *get_cached(Run *run, PyObject *object, PyObject *descriptor)
{
    PyObject *function = stored_function(descriptor);

    if (!function || !PyFunction_Check(function))
        return run_refuse_value(run, "a cached property that has not been computed yet");
    return function_call(run, function, object, NULL, 0, NULL);
}

/* slot_tp_descr_get() in Objects/typeobject.c: its __get__ is asked for in the class alone, and not bound by
 * a descriptor itself. @object: None for an attribute of the class @owner. */
static PyObject *walk_get(Run *run, PyObject *descriptor, PyObject *object, PyTypeObject *owner)
{
    PyObject *function = special_find(descriptor, "__get__");
    PyObject *arguments[] = {object, (PyObject *)owner};

    if (function && (object == Py_None || !stored_is_known(descriptor)))
        return function_call(run, function, descriptor, arguments, 2, NULL);
    return run_refuse_value(run, "computed by a %.60s of %.80s", Py_TYPE(descriptor)->tp_name,
                            owner->tp_name);
}

PyObject *descriptors_get(Run *run, PyObject *object, PyObject *descriptor, PyObject **ret_self)
{
    PyTypeObject *type = Py_TYPE(descriptor);

    if (type == &PyFunction_Type || wrappers_is_cache(descriptor))
        return bind(run, descriptor, object, ret_self);
    if (wrappers_is_partial_method(descriptor))
        return wrappers_bind(run, object, descriptor);
    if (is_property(type))
        return get_property(run, object, descriptor);
    if (stored_is_cached(descriptor))
        return get_cached(run, object, descriptor);
    if (type == &PyClassMethod_Type || type == &PyStaticMethod_Type)
        return descriptors_get_of_class(run, Py_TYPE(object), descriptor, ret_self);
    if (stored_is_known(descriptor) && stored_is_unset(object, descriptor))
        return Py_NewRef(Py_None);
    return walk_get(run, descriptor, object, Py_TYPE(object));
}

PyObject *descriptors_get_of_class(Run *run, PyTypeObject *type, PyObject *descriptor, PyObject **ret_self)
{
    if (Py_TYPE(descriptor) == &PyFunction_Type || wrappers_is_cache(descriptor) || slots_is(descriptor))
        return Py_NewRef(descriptor);
    if (Py_TYPE(descriptor) == &PyStaticMethod_Type && ((Wrapper *)descriptor)->function)
        return Py_NewRef(((Wrapper *)descriptor)->function);
    if (Py_TYPE(descriptor) == &PyClassMethod_Type && ((Wrapper *)descriptor)->function)
        return bind(run, ((Wrapper *)descriptor)->function, (PyObject *)type, ret_self);
    if (is_property(Py_TYPE(descriptor)))
        return Py_NewRef(descriptor); /* of a class it is itself */
    return walk_get(run, descriptor, Py_None, type);
}

/* ----------------------------------------------------------------------------------------- super */

/* Objects/typeobject.c, all versions. */
typedef struct Super {
    PyObject_HEAD PyTypeObject *type;
    PyObject *object;
    PyTypeObject *object_type;
} Super;

PyObject *descriptors_super(Run *run, PyObject *const *arguments, Py_ssize_t count)
{
    PyTypeObject *type;
    PyObject *result;

    if (count != 2 || !PyType_Check(arguments[0]))
        return run_refuse(run);
    /* CPython would ask the object for its __class__. */
    type = (PyTypeObject *)arguments[0];
    if (!PyType_IsSubtype(Py_TYPE(arguments[1]), type) &&
        !(PyType_Check(arguments[1]) && PyType_IsSubtype((PyTypeObject *)arguments[1], type)))
        return run_refuse(run);
    result = PyObject_CallFunctionObjArgs((PyObject *)&PySuper_Type, arguments[0], arguments[1], NULL);
    return run_take(run, result);
}

PyObject *descriptors_find_super(Run *run, PyObject *super, PyObject *name, PyObject **ret_object,
                                 bool *ret_is_class)
{
    const Super *self = (Super *)super;
    PyObject *mro = self->object_type ? self->object_type->tp_mro : NULL;
    bool is_behind = false;

    *ret_object = self->object;
    *ret_is_class = self->object == (PyObject *)self->object_type;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *type = PyTuple_GET_ITEM(mro, i);
        bool is_unsure = false;
        PyObject *found = is_behind ? object_find(type, name, &is_unsure) : NULL;

        if (is_unsure)
            return run_refuse(run);
        if (found)
            return found;
        is_behind = is_behind || type == (PyObject *)self->type;
    }
    return NULL;
}

PyObject *descriptors_getattr(Run *run, PyObject *object, PyObject *name)
{
    PyObject *function = special_find(object, "__getattr__");

    return function ? function_call(run, function, object, &name, 1, NULL)
                    : run_refuse_method(run, object, "__getattr__");
}
