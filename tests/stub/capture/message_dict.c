#include "tests/stub/capture/message_dict.h"

static PyObject *scalar(const ProtobufCFieldDescriptor *field, const void *member)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
        return PyLong_FromLong(*(const int32_t *)member);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return PyLong_FromUnsignedLong(*(const uint32_t *)member);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
        return PyLong_FromLongLong(*(const int64_t *)member);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return PyLong_FromUnsignedLongLong(*(const uint64_t *)member);
    case PROTOBUF_C_TYPE_DOUBLE:
        return PyFloat_FromDouble(*(const double *)member);
    case PROTOBUF_C_TYPE_BOOL:
        return PyBool_FromLong(*(const protobuf_c_boolean *)member);
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumValue *value =
            protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)member);

        return PyUnicode_FromString(value ? value->name : "?");
    }
    case PROTOBUF_C_TYPE_STRING:
        return PyUnicode_FromString(*(char *const *)member);
    case PROTOBUF_C_TYPE_BYTES: {
        const ProtobufCBinaryData *data = member;

        return PyBytes_FromStringAndSize((const char *)data->data, (Py_ssize_t)data->len);
    }
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_to_dict(*(const ProtobufCMessage *const *)member);
    default:
        PyErr_SetString(PyExc_NotImplementedError, field->name);
        return NULL;
    }
}

static size_t element_bytes(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    default:
        return 8;
    }
}

static PyObject *repeated(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message;
    size_t count = *(const size_t *)(base + field->quantifier_offset);
    const char *elements = *(const char *const *)(base + field->offset);
    PyObject *list = PyList_New(0);

    for (size_t i = 0; list && i < count; i++) {
        PyObject *item = scalar(field, elements + i * element_bytes(field));

        if (!item || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    return list;
}

static int is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(base + field->quantifier_offset) > 0;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)(base + field->quantifier_offset) == field->id;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(void *const *)(base + field->offset) != NULL;
    return 1;
}

static int is_default(PyObject *value)
{
    return !PyDict_Check(value) && !PyFloat_Check(value) && !PyObject_IsTrue(value);
}

PyObject *message_to_dict(const ProtobufCMessage *message)
{
    PyObject *dict = PyDict_New();

    for (unsigned i = 0; dict && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        PyObject *value;

        if (!is_present(message, field))
            continue;
        value = field->label == PROTOBUF_C_LABEL_REPEATED
                    ? repeated(message, field)
                    : scalar(field, (const char *)message + field->offset);
        if (!value)
            Py_CLEAR(dict);
        else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF || !is_default(value))
            PyDict_SetItemString(dict, field->name, value);
        Py_XDECREF(value);
    }
    return dict;
}
