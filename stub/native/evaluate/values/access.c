#include "stub/native/compat.h"

#include <structmember.h>

#include "stub/native/date_text.h"
#include "stub/native/evaluate/values/access.h"
#include "stub/native/evaluate/values/descriptors.h"
#include "stub/native/evaluate/values/enclosing_class.h"
#include "stub/native/evaluate/values/lookup.h"
#include "stub/native/evaluate/values/match.h"
#include "stub/native/evaluate/functions/function_call.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/own.h"
#include "stub/native/evaluate/values/proxies.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/rows.h"
#include "stub/native/evaluate/values/slots.h"
#include "stub/native/evaluate/values/special.h"
#include "stub/native/evaluate/values/stored.h"
#include "stub/native/evaluate/values/zones.h"
#include "stub/native/known.h"
#include "stub/native/layout.h"
#include "stub/native/text.h"

#define NAME_BYTES 160

/* ---------------------------------------------------------------------------------------- names */

static PyObject *find_in_slots(const Frame *frame, PyObject *name, int *hint)
{
    const PyCodeObject *code = frame_code(frame);
    int count = frame_num_locals(frame);
    PyObject *found_name;
    PyObject *value;
    bool is_argument;

    if (*hint < count && compat_code_variable(code, *hint) == name) {
        frame_local(frame, *hint, &found_name, &value, &is_argument);
        if (value)
            return value;
    }
    /* CPython interns the names of every code object: the same name is the same object. */
    for (int i = 0; i < count; i++) {
        if (compat_code_variable(code, i) != name)
            continue;
        frame_local(frame, i, &found_name, &value, &is_argument);
        if (value) {
            *hint = i;
            return value;
        }
    }
    return NULL;
}

/* A namespace that is no dict cannot be read without running its code. */
static PyObject *find_in_namespace(Run *run, PyObject *namespace, PyObject *name)
{
    bool is_unsure = true;
    PyObject *value = NULL;

    if (namespace && compat_dict_type(namespace))
        value = dict_find_text(namespace, name, &is_unsure);
    if (is_unsure)
        return run_refuse_value(run, "in a namespace that is no dict");
    if (value && compat_is_lazy_import(value))
        return run_refuse_act(run, "would be imported");
    return value;
}

static PyObject *raise_name_error(Run *run, PyObject *name)
{
    char text[NAME_BYTES];

    return run_raise(run, PyExc_NameError, "name '%s' is not defined", run_text(name, text, sizeof(text)));
}

PyObject *access_global(Run *run, PyObject *globals, PyObject *builtins, PyObject *name)
{
    PyObject *value = find_in_namespace(run, globals, name);

    if (!value && !run->outcome)
        value = find_in_namespace(run, builtins, name);
    if (run->outcome)
        return NULL;
    return value ? Py_NewRef(value) : raise_name_error(run, name);
}

PyObject *access_name(Run *run, PyObject *name, bool is_nested, int *hint)
{
    const Frame *frame = run->frame;
    PyObject *locals = is_nested ? NULL : frame_locals_dict(frame);
    PyObject *value = find_in_slots(frame, name, hint);

    if (!value && locals)
        value = find_in_namespace(run, locals, name);
    if (!value && !run->outcome)
        value = find_in_namespace(run, frame_globals(frame), name);
    if (!value && !run->outcome)
        value = find_in_namespace(run, frame_builtins(frame), name);
    if (run->outcome)
        return NULL;
    if (!value)
        return raise_name_error(run, name);
    return Py_NewRef(value);
}

/* ----------------------------------------------------------------------------------- attributes */

static PyObject *raise_no_attribute(Run *run, PyObject *object, PyObject *name)
{
    char text[NAME_BYTES];

    run_text(name, text, sizeof(text));
    if (PyType_Check(object))
        return run_raise(run, PyExc_AttributeError, "type object '%.100s' has no attribute '%s'",
                         ((PyTypeObject *)object)->tp_name, text);
    return run_raise(run, PyExc_AttributeError, "'%.100s' object has no attribute '%s'",
                     Py_TYPE(object)->tp_name, text);
}

/* The getters of CPython's own types that only read, by their owners. */
static bool is_reading_getter(PyGetSetDescrObject *getter)
{
    static const struct {
        PyTypeObject *owner;
        const char *name; /* NULL: all */
    } known[] = {
        {&PyLong_Type, NULL},
        {&PyFloat_Type, NULL},
        {&PyComplex_Type, NULL},
        {&PyFunction_Type, "__name__"},
        {&PyFunction_Type, "__qualname__"},
        {&PyCFunction_Type, "__name__"},
        {&PyCode_Type, NULL},
    };
    PyTypeObject *owner = PyDescr_TYPE(getter);

    /* co_lnotab warns since 3.12, and a warning runs what the app has put in its way. */
    for (size_t i = 0; i < Py_ARRAY_LENGTH(known); i++)
        if (owner == known[i].owner && (!known[i].name || strcmp(getter->d_getset->name, known[i].name) == 0))
            return owner != &PyCode_Type || (strcmp(getter->d_getset->name, "co_code") != 0 &&
                                             strcmp(getter->d_getset->name, "co_lnotab") != 0);
    if (owner == (PyTypeObject *)PyExc_BaseException)
        return strcmp(getter->d_getset->name, "__dict__") != 0;
    if (owner == &PyType_Type)
        return strcmp(getter->d_getset->name, "__name__") == 0 ||
               strcmp(getter->d_getset->name, "__qualname__") == 0 ||
               strcmp(getter->d_getset->name, "__module__") == 0 ||
               strcmp(getter->d_getset->name, "__mro__") == 0 ||
               strcmp(getter->d_getset->name, "__bases__") == 0;
    if (strcmp(owner->tp_name, "collections.deque") == 0 && owner == known_type(KNOWN_DEQUE))
        return true;
    date_text_refresh();
    return date_text_is_own_type(owner);
}

PyObject *access_variables(Run *run, PyObject *object)
{
    DictCursor cursor;
    PyObject *key;
    PyObject *value;
    PyObject *dict = operators_dict(run, NULL, 0);

    object_cursor_init(&cursor, object);
    while (dict && dict_cursor_next(&cursor, &key, &value))
        if (!operators_add_to_dict(run, dict, key, value))
            Py_CLEAR(dict);
    return dict;
}

/* Of a class statement: in its dictionary, of which CPython's getter would compare keys of the app's. */
static PyObject *module_of_class(Run *run, PyObject *class, PyObject *name)
{
    bool is_unsure;
    PyObject *value = object_find(class, name, &is_unsure);

    if (is_unsure)
        return run_refuse_value(run, "in a dictionary with keys of the app's own classes");
    return value ? Py_NewRef(value) : raise_no_attribute(run, class, name);
}

/* A data descriptor of C: a field of the object's struct, or a getter that is known. */
static PyObject *read_descriptor(Run *run, PyObject *object, PyObject *name, PyObject *descriptor)
{
    PyObject *value;

    if (!PyType_IsSubtype(Py_TYPE(object), PyDescr_TYPE(descriptor)))
        return run_refuse_value(run, "an attribute of another class");
    if (Py_TYPE(descriptor) == &PyMemberDescr_Type) {
        PyMemberDef *member = ((PyMemberDescrObject *)descriptor)->d_member;

        if (member->type == T_OBJECT_EX && !*(PyObject **)((char *)object + member->offset))
            return raise_no_attribute(run, object, name);
        if (member->flags & (READ_RESTRICTED))
            return run_refuse_act(
                run, "raises an audit event"); /* it would raise an audit event, which is code of the app's */
        value = PyMember_GetOne((const char *)object, member);
    } else {
        PyGetSetDescrObject *getter = (PyGetSetDescrObject *)descriptor;

        if (PyDescr_TYPE(getter) == &PyBaseObject_Type && strcmp(getter->d_getset->name, "__class__") == 0)
            return Py_NewRef((PyObject *)Py_TYPE(object));
        if (strcmp(getter->d_getset->name, "__dict__") == 0 && !PyType_Check(object) &&
            object_has_dict(Py_TYPE(object)))
            return access_variables(run, object);
        /* Its getter raises an audit event since 3.8, which is code of the app's. */
        if (PyDescr_TYPE(getter) == &PyFunction_Type && strcmp(getter->d_getset->name, "__code__") == 0)
            return Py_NewRef(((PyFunctionObject *)object)->func_code);
        if (PyDescr_TYPE(getter) == &PyType_Type && strcmp(getter->d_getset->name, "__module__") == 0 &&
            ((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE)
            return module_of_class(run, object, name);
        if (!is_reading_getter(getter))
            return run_refuse_value(run, "computed by C code that is not known to only read");
        value = getter->d_getset->get(object, getter->d_getset->closure);
    }
    return value ? value : run_raise_pending(run);
}

/* An enum's member keeps what its class shows as properties. */
static PyObject *enum_field(PyObject *object, PyObject *name)
{
    static PyObject *name_fields[2];
    bool is_unsure;
    int which;

    if (PyUnicode_CompareWithASCIIString(name, "name") == 0)
        which = 0;
    else if (PyUnicode_CompareWithASCIIString(name, "value") == 0)
        which = 1;
    else
        return NULL;
    if (!name_fields[which])
        name_fields[which] = PyUnicode_InternFromString(which ? "_value_" : "_name_");
    if (!name_fields[which]) {
        PyErr_Clear();
        return NULL;
    }
    return object_find(object, name_fields[which], &is_unsure);
}

/* Whether it is of this type, and a subscript is the type's own. */
static bool subscripts_as(PyObject *object, PyTypeObject *type)
{
    PyMappingMethods *methods = Py_TYPE(object)->tp_as_mapping;

    if (!PyType_IsSubtype(Py_TYPE(object), type) || !methods)
        return false;
    return methods->mp_subscript == type->tp_as_mapping->mp_subscript ||
           plain_inherits(Py_TYPE(object), type, "__getitem__");
}

/* The descriptor of a named tuple's field (Modules/_collectionsmodule.c), whose type nobody can reach by
 * name. */
typedef struct TupleGetter {
    PyObject_HEAD Py_ssize_t index;
    PyObject *doc;
} TupleGetter;

/* A class of the app may have the name, but it cannot be immutable. */
static bool is_tuple_getter(PyTypeObject *type)
{
    const char *name = strrchr(type->tp_name, '.');

    return name && strcmp(name, "._tuplegetter") == 0 && type->tp_basicsize == sizeof(TupleGetter) &&
           compat_type_is_immutable(type);
}

static PyObject *tuple_field(Run *run, PyObject *object, Py_ssize_t index)
{
    if (!PyTuple_Check(object) || index < 0 || index >= PyTuple_GET_SIZE(object))
        return run_refuse_value(run, "a field that the tuple does not have");
    return Py_NewRef(PyTuple_GET_ITEM(object, index));
}

/* The class `property` of the module enum, which is written in Python. */
static bool is_enum_property(PyObject *descriptor)
{
    char name[64];
    size_t len_bytes = type_name(Py_TYPE(descriptor), TYPE_NAME_MODULE, name, sizeof(name));

    return (len_bytes == strlen("enum.property") && memcmp(name, "enum.property", len_bytes) == 0) ||
           (len_bytes == strlen("types.DynamicClassAttribute") &&
            memcmp(name, "types.DynamicClassAttribute", len_bytes) == 0);
}

static bool is_data_descriptor(PyObject *attribute)
{
    return Py_TYPE(attribute)->tp_descr_get && Py_TYPE(attribute)->tp_descr_set;
}

/* Whether calls know its methods. */
static bool is_builtin_class(PyTypeObject *type)
{
    return type == &PyDict_Type || type == &PyList_Type || type == &PyTuple_Type || type == &PyUnicode_Type ||
           type == &PyBytes_Type || type == &PySet_Type || type == &PyFrozenSet_Type ||
           type == &PyLong_Type || type == &PyFloat_Type || type == &PyODict_Type ||
           date_text_is_own_type(type) || type == zones_tzinfo_class();
}

/* What a class attribute gives on an instance. The dictionary of the instance has been asked before, where it
 * comes first. */
static PyObject *bind_class_attribute(Run *run, PyObject *object, PyObject *name, PyObject *attribute,
                                      PyObject **ret_self)
{
    PyTypeObject *type = Py_TYPE(attribute);

    if (type == &PyMemberDescr_Type || type == &PyGetSetDescr_Type)
        return read_descriptor(run, object, name, attribute);
    if (!type->tp_descr_get)
        return Py_NewRef(attribute);
    if (slots_is(attribute) && PyType_IsSubtype(Py_TYPE(object), PyDescr_TYPE(attribute))) {
        if (!ret_self)
            return run_take(run, PyWrapper_New(attribute, object));
        *ret_self = object;
        return Py_NewRef(attribute);
    }
    /* What it does when it is called is asked then. */
    if (type == &PyMethodDescr_Type && is_builtin_class(PyDescr_TYPE(attribute)) &&
        PyType_IsSubtype(Py_TYPE(object), PyDescr_TYPE(attribute))) {
        PyObject *method = PyCFunction_New(((PyMethodDescrObject *)attribute)->d_method, object);

        return method ? method : run_raise_pending(run);
    }
    if (is_tuple_getter(type))
        return tuple_field(run, object, ((TupleGetter *)attribute)->index);
    if (compat_item_property(attribute) >= 0 && subscripts_as(object, &PyTuple_Type))
        return tuple_field(run, object, compat_item_property(attribute));
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE && is_enum_property(attribute)) {
        PyObject *value = enum_field(object, name);

        if (value)
            return Py_NewRef(value);
    }
    if (is_data_descriptor(attribute)) {
        PyObject *value = stored_find(object, name, attribute);

        if (value)
            return Py_NewRef(value);
    }
    return descriptors_get(run, object, attribute, ret_self);
}

/* Whether its __getattribute__ is @base's own, also as a builtin type in between has it: dict's is that of
 * object. */
static bool inherits_getattribute(PyTypeObject *type, PyTypeObject *base)
{
    static PyObject *name;
    bool is_unsure = false;
    PyObject *found;

    if (!name)
        name = PyUnicode_InternFromString("__getattribute__");
    PyErr_Clear();
    found = name ? type_find(type, name, NULL, &is_unsure) : NULL;
    return found && !is_unsure && Py_TYPE(found) == &PyWrapperDescr_Type &&
           ((PyWrapperDescrObject *)found)->d_wrapped == (void *)base->tp_getattro;
}

/* Whether getattr() of this type is @base's own (object's, or for classes type's), as far as it finds
 * something. *ret_may_be_asked_more: the type has a __getattr__ for what is missing. */
static bool reads_as(PyTypeObject *type, PyTypeObject *base, bool *ret_may_be_asked_more)
{
    *ret_may_be_asked_more = false;
    if (type->tp_getattro == base->tp_getattro || (!type->tp_getattro && !type->tp_getattr))
        return true;
    /* One function of CPython's stands for both, __getattribute__ and __getattr__. */
    *ret_may_be_asked_more = true;
    return type->tp_flags & Py_TPFLAGS_HEAPTYPE && inherits_getattribute(type, base);
}

/* PyObject_GenericGetAttr() without its calls. NULL and no outcome: there is no such attribute. */
static PyObject *find_attribute(Run *run, PyObject *object, PyObject *name, PyObject **ret_self)
{
    bool is_unsure = false;
    PyObject *of_class = type_find(Py_TYPE(object), name, NULL, &is_unsure);
    PyObject *own = NULL;

    if (!is_unsure && of_class && is_data_descriptor(of_class))
        return bind_class_attribute(run, object, name, of_class, ret_self);
    if (!is_unsure && object_has_dict(Py_TYPE(object)))
        own = object_find(object, name, &is_unsure);
    if (is_unsure)
        return run_refuse_value(run, "in a dictionary with keys of the app's own classes");
    if (own)
        return Py_NewRef(own);
    return of_class ? bind_class_attribute(run, object, name, of_class, ret_self) : NULL;
}

static PyObject *module_attribute(Run *run, PyObject *module, PyObject *name)
{
    static PyObject *getattr_name;
    char text[NAME_BYTES];
    bool is_unsure;
    PyObject *of_class = type_find(Py_TYPE(module), name, NULL, &is_unsure);
    PyObject *value = is_unsure || of_class ? NULL : object_find(module, name, &is_unsure);

    if (value)
        return compat_is_lazy_import(value) ? run_refuse_act(run, "would be imported") : Py_NewRef(value);
    if (!getattr_name)
        getattr_name = PyUnicode_InternFromString("__getattr__");
    if (!getattr_name)
        return run_raise_pending(run);
    if (is_unsure || of_class || object_find(module, getattr_name, &is_unsure) || is_unsure)
        return run_refuse_value(run, "computed by the module");
    return run_raise(run, PyExc_AttributeError, "module has no attribute '%s'",
                     run_text(name, text, sizeof(text)));
}

/* Members of an enum, which its metaclass finds in a table where the class has something else of the name. */
static PyObject *enum_member(PyTypeObject *type, PyObject *name)
{
    static PyObject *map_name;
    bool is_unsure;
    PyObject *map;

    if (!map_name)
        map_name = PyUnicode_InternFromString("_member_map_");
    if (!map_name) {
        PyErr_Clear();
        return NULL;
    }
    map = type_find(type, map_name, NULL, &is_unsure);
    return map && (PyDict_CheckExact(map) || PyODict_CheckExact(map)) ? dict_find_text(map, name, &is_unsure)
                                                                      : NULL;
}

/* type_getattro() in Objects/typeobject.c without its calls. NULL and no outcome: there is no such attribute.
 */
static PyObject *find_class_attribute(Run *run, PyTypeObject *type, PyObject *name, PyObject **ret_self)
{
    bool is_unsure = false;
    PyObject *of_metaclass = type_find(Py_TYPE(type), name, NULL, &is_unsure);
    PyObject *member;
    PyObject *found;

    if (!is_unsure && of_metaclass && is_data_descriptor(of_metaclass))
        return bind_class_attribute(run, (PyObject *)type, name, of_metaclass, ret_self);
    member = is_unsure ? NULL : enum_member(type, name);
    if (member)
        return Py_NewRef(member);
    found = is_unsure ? NULL : type_find(type, name, NULL, &is_unsure);
    if (is_unsure)
        return run_refuse_value(run, "in a dictionary with keys of the app's own classes");
    if (!found)
        return of_metaclass ? bind_class_attribute(run, (PyObject *)type, name, of_metaclass, ret_self)
                            : NULL;
    if (!Py_TYPE(found)->tp_descr_get || PyFunction_Check(found) || Py_TYPE(found) == &PyMemberDescr_Type ||
        Py_TYPE(found) == &PyMethodDescr_Type)
        return Py_NewRef(found);
    return descriptors_get_of_class(run, type, found, ret_self);
}

/* Of `self.__x` in a method of class C the attribute is `_C__x`. NULL and no outcome: it is no such name, or
 * not in a method. */
static PyObject *mangled_name(Run *run, PyObject *object, PyObject *name)
{
    char class_name[NAME_BYTES];
    char text[NAME_BYTES];
    const char *start = class_name;
    PyObject *mangled;

    run_text(name, text, sizeof(text));
    size_t len_bytes = strlen(text);
    if (len_bytes < 3 || strncmp(text, "__", 2) != 0 || strcmp(text + len_bytes - 2, "__") == 0)
        return NULL;
    if (!enclosing_class_name(run, object, class_name, sizeof(class_name)))
        return NULL;
    while (*start == '_')
        start++;
    mangled = *start ? PyUnicode_FromFormat("_%s%s", start, text) : NULL;
    PyErr_Clear();
    return mangled;
}

static PyObject *attribute_of_mangled_name(Run *run, PyObject *object, PyObject *name, PyObject **ret_self)
{
    PyObject *mangled = mangled_name(run, object, name);
    PyObject *value = mangled ? find_attribute(run, object, mangled, ret_self) : NULL;

    Py_XDECREF(mangled);
    return value;
}

static PyObject *super_attribute(Run *run, PyObject *super, PyObject *name, PyObject **ret_self)
{
    bool is_class = false;
    PyObject *object;
    PyObject *found = descriptors_find_super(run, super, name, &object, &is_class);

    if (!found)
        return run->outcome ? NULL : raise_no_attribute(run, super, name);
    if (is_class && Py_TYPE(found)->tp_descr_get)
        return descriptors_get_of_class(run, (PyTypeObject *)object, found, ret_self);
    return bind_class_attribute(run, object, name, found, ret_self);
}

static PyObject *attribute(Run *run, PyObject *object, PyObject *name, PyObject **ret_self);

/* Of what a proxy stands for. What a method is called on has to live until it is. */
static PyObject *attribute_of_proxy(Run *run, PyObject *proxy, PyObject *name)
{
    PyObject *target;
    PyObject *value;

    if (strcmp(Py_TYPE(proxy)->tp_name, "LazySettings") == 0 &&
        (PyUnicode_CompareWithASCIIString(name, "STATIC_URL") == 0 ||
         PyUnicode_CompareWithASCIIString(name, "MEDIA_URL") == 0))
        return run_refuse_value(run, "computed by the settings");
    target = proxies_target(run, proxy);
    value = target ? attribute(run, target, name, NULL) : NULL;
    Py_XDECREF(target);
    return value;
}

static PyObject *attribute_of_row(Run *run, PyObject *row, PyObject *name, PyObject **ret_self)
{
    PyObject *value = rows_attribute(run, row, name);
    bool is_unsure;

    if (value || run->outcome)
        return value;
    return bind_class_attribute(run, row, name, type_find(Py_TYPE(row), name, NULL, &is_unsure), ret_self);
}

static PyObject *attribute(Run *run, PyObject *object, PyObject *name, PyObject **ret_self)
{
    PyTypeObject *type = Py_TYPE(object);
    bool may_be_asked_more;
    PyObject *value;

    if (!run_charge(run, 2) || !own_check(run, object))
        return NULL;
    if (PyModule_Check(object) && type->tp_getattro == PyModule_Type.tp_getattro)
        return module_attribute(run, object, name);
    if (type == &PySuper_Type)
        return super_attribute(run, object, name, ret_self);
    if (rows_is(object) || rows_is_mapping(object))
        return attribute_of_row(run, object, name, ret_self);
    if (proxies_is(object))
        return attribute_of_proxy(run, object, name);
    if (PyMethod_Check(object) ||
        !reads_as(type, PyType_Check(object) ? &PyType_Type : &PyBaseObject_Type, &may_be_asked_more))
        return run_refuse_value(run, "computed by `%.80s.__getattribute__`", type->tp_name);

    value = PyType_Check(object) ? find_class_attribute(run, (PyTypeObject *)object, name, ret_self)
                                 : find_attribute(run, object, name, ret_self);
    if (!value && !run->outcome && run->num_calls == 0 && !PyType_Check(object))
        value = attribute_of_mangled_name(run, object, name, ret_self);
    if (value || (run->outcome && !(may_be_asked_more && run_has_raised(run, PyExc_AttributeError))))
        return value;
    if (!may_be_asked_more)
        return raise_no_attribute(run, object, name);
    run_recover(run);
    return descriptors_getattr(run, object, name);
}

PyObject *access_attribute(Run *run, PyObject *object, PyObject *name)
{
    return attribute(run, object, name, NULL);
}

PyObject *access_generic(Run *run, PyObject *object, PyObject *name)
{
    PyObject *value;

    if (PyType_Check(object) || PyModule_Check(object) || Py_TYPE(object) == &PySuper_Type ||
        proxies_is(object) || PyMethod_Check(object))
        return run_refuse_method(run, object, "__getattribute__");
    value = find_attribute(run, object, name, NULL);
    return value || run->outcome ? value : raise_no_attribute(run, object, name);
}

PyObject *access_method(Run *run, PyObject *object, PyObject *name, PyObject **ret_self)
{
    *ret_self = NULL;
    return attribute(run, object, name, ret_self);
}

/* ----------------------------------------------------------------------------------- subscripts */

static PyObject *raise_key_error(Run *run, PyObject *key)
{
    char text[NAME_BYTES];

    /* A condition's text is read by nobody. */
    return run_raise(run, PyExc_KeyError, "%s", run->status ? plain_repr(run, key, text, sizeof(text)) : "");
}

static PyObject *dict_subscript(Run *run, PyObject *dict, PyObject *key)
{
    static PyObject *missing_name;
    PyObject *value = lookup_find(run, dict, key);
    bool is_unsure;

    if (value)
        return Py_NewRef(value);
    if (run->outcome)
        return NULL;
    if (!missing_name)
        missing_name = PyUnicode_InternFromString("__missing__");
    /* A defaultdict would make the value, and keep it. One in Python is walked. */
    if (special_find(dict, "__missing__"))
        return function_call(run, special_find(dict, "__missing__"), dict, &key, 1, NULL);
    if (Py_TYPE(dict) != compat_dict_type(dict) &&
        (!missing_name || type_find(Py_TYPE(dict), missing_name, NULL, &is_unsure) || is_unsure)) {
        PyErr_Clear();
        return run_refuse_act(run, "would run `%.80s.__missing__`, which may add the key",
                              Py_TYPE(dict)->tp_name);
    }
    return raise_key_error(run, key);
}

static bool is_plain_index_part(PyObject *part)
{
    return part == Py_None || PyLong_CheckExact(part) || PyBool_Check(part);
}

/* Whether an index would be asked for its number by running code. */
static bool is_plain_index(PyObject *key)
{
    if (PySlice_Check(key)) {
        PySliceObject *slice = (PySliceObject *)key;

        return is_plain_index_part(slice->start) && is_plain_index_part(slice->stop) &&
               is_plain_index_part(slice->step);
    }
    return PyLong_Check(key) || !Py_TYPE(key)->tp_as_number || !Py_TYPE(key)->tp_as_number->nb_index;
}

static uint64_t slice_bytes(PyObject *object, PyObject *key)
{
    Py_ssize_t start;
    Py_ssize_t stop;
    Py_ssize_t step;
    uint64_t item_bytes = PyUnicode_Check(object) ? (uint64_t)PyUnicode_KIND(object)
                          : PyBytes_Check(object) ? 1
                                                  : sizeof(PyObject *);

    if (!PySlice_Check(key) || PySlice_Unpack(key, &start, &stop, &step) < 0) {
        PyErr_Clear(); /* the subscript itself will raise it again */
        return 1;
    }
    Py_ssize_t length = PyUnicode_Check(object) ? PyUnicode_GET_LENGTH(object) : Py_SIZE(object);
    return (uint64_t)PySlice_AdjustIndices(length, &start, &stop, step) * item_bytes;
}

static PyObject *sequence_subscript(Run *run, PyTypeObject *type, PyObject *object, PyObject *key)
{
    PyObject *value;

    if (!is_plain_index(key))
        return run_refuse_method(run, key, "__index__");
    if (plain_is_unready(object))
        return run_refuse_value(run, "a str that Python has yet to prepare");
    if (type != &PyRange_Type) {
        uint64_t num_bytes = slice_bytes(object, key);

        if (num_bytes > RUN_RESULT_BYTES_MAX)
            return run_exhaust(run);
        if (!run_charge_bytes(run, num_bytes))
            return NULL;
    }
    /* Up to 3.9 a range computes with the key itself, whose operators may be a subclass's. */
    if (PyLong_Check(key))
        key = _PyLong_Copy((PyLongObject *)key);
    else
        Py_INCREF(key);
    value = key ? type->tp_as_mapping->mp_subscript(object, key) : NULL;
    Py_XDECREF(key);
    return value ? value : run_raise_pending(run);
}

static PyObject *class_subscript(Run *run, PyTypeObject *type, PyObject *key)
{
    /* An enumeration's metaclass finds its members. */
    PyObject *member = PyUnicode_CheckExact(key) && !plain_is_unready(key) ? enum_member(type, key) : NULL;

    return member ? Py_NewRef(member)
                  : run_refuse_act(run, "would run `%.80s.__class_getitem__`", type->tp_name);
}

static PyObject *proxy_subscript(Run *run, PyObject *proxy, PyObject *key)
{
    PyObject *target = proxies_target(run, proxy);
    PyObject *value = target ? access_subscript(run, target, key) : NULL;

    Py_XDECREF(target);
    return value;
}

static PyObject *other_subscript(Run *run, PyObject *object, PyObject *key)
{
    PyTypeObject *type = Py_TYPE(object);

    if (PyType_Check(object))
        return class_subscript(run, (PyTypeObject *)object, key);
    if (rows_is_mapping(object))
        return rows_subscript(run, object, key);
    if (proxies_is(object))
        return proxy_subscript(run, object, key);
    if ((plain_is_deque(object) || PyByteArray_CheckExact(object)) && PyLong_CheckExact(key)) {
        PyObject *value = PyObject_GetItem(object, key);

        return value ? value : run_raise_pending(run);
    }
    if ((!type->tp_as_mapping || !type->tp_as_mapping->mp_subscript) &&
        (!type->tp_as_sequence || !type->tp_as_sequence->sq_item))
        return run_raise(run, PyExc_TypeError, "'%.100s' object is not subscriptable", type->tp_name);
    return stored_notes_reads(object) ? dict_subscript(run, object, key)
                                      : special_subscript(run, object, key);
}

PyObject *access_subscript(Run *run, PyObject *object, PyObject *key)
{
    static PyTypeObject *const sequences[] = {&PyList_Type, &PyTuple_Type, &PyUnicode_Type, &PyBytes_Type,
                                              &PyRange_Type};

    if (!run_charge(run, 1))
        return NULL;
    if (compat_dict_type(object) && subscripts_as(object, compat_dict_type(object)))
        return dict_subscript(run, object, key);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(sequences); i++)
        if (subscripts_as(object, sequences[i]))
            return sequence_subscript(run, sequences[i], object, key);
    if (kind_of(object) != KIND_OTHER)
        return run_raise(run, PyExc_TypeError, "'%.100s' object is not subscriptable",
                         Py_TYPE(object)->tp_name);
    if (own_is_match(object))
        return match_subscript(run, object, key);
    return other_subscript(run, object, key);
}
