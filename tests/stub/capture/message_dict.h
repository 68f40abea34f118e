/* From a packet to nested dicts, by the descriptors of protobuf-c: what the broker will read, not what the
 * stub meant. */
#pragma once

#include <Python.h>

#include <protobuf-c/protobuf-c.h>

#ifdef __cplusplus
extern "C" {
#endif

/* message_to_dict() - the fields that are present: enums as their names, strings as str, bytes as bytes. A
 * new reference, or NULL with an exception. */
PyObject *message_to_dict(const ProtobufCMessage *message);

#ifdef __cplusplus
}
#endif
