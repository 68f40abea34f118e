#include "stub/native/compat.h"

#include "stub/native/hook_original.h"
#include "stub/native/hook_trampoline_hash.h"

/* What the compiler makes constants of, and no subclasses. */
static bool has_plain_hash(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    if (type == &PyTuple_Type) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); i++) {
            if (!has_plain_hash(PyTuple_GET_ITEM(object, i)))
                return false;
        }
        return true;
    }
    if (type == &PyCode_Type)
        return has_plain_hash(hook_original_constants((PyCodeObject *)object));
    return object == Py_None || object == Py_Ellipsis || type == &PyBool_Type || type == &PyLong_Type ||
           type == &PyFloat_Type || type == &PyComplex_Type || type == &PyUnicode_Type ||
           type == &PyBytes_Type || type == &PyFrozenSet_Type;
}

/* Of an odd number, modulo 2^64: Newton's method doubles the good bits, of which there are 3 at first. */
static uint64_t inverse(uint64_t value)
{
    uint64_t result = value;

    for (int i = 0; i < 5; i++)
        result *= 2 - value * result;
    return result;
}

/* Objects/tupleobject.c, tuplehash(); the hash of the last item is what the equation is solved for. */
#if PY_VERSION_HEX >= 0x03080000

enum { ROTATION = 31 };

static const uint64_t PRIME_1 = 11400714785074694791u;
static const uint64_t PRIME_2 = 14029467366897019727u;
static const uint64_t PRIME_5 = 2870177450012600261u;

static uint64_t solve(PyObject *tuple, uint64_t wanted)
{
    Py_ssize_t last = PyTuple_GET_SIZE(tuple) - 1;
    uint64_t sum = PRIME_5;

    for (Py_ssize_t i = 0; i < last; i++) {
        sum += (uint64_t)PyObject_Hash(PyTuple_GET_ITEM(tuple, i)) * PRIME_2;
        sum = (sum << ROTATION | sum >> (64 - ROTATION)) * PRIME_1;
    }
    wanted -= (uint64_t)(last + 1) ^ (PRIME_5 ^ 3527539u);
    wanted *= inverse(PRIME_1);
    wanted = wanted >> ROTATION | wanted << (64 - ROTATION);
    return (wanted - sum) * inverse(PRIME_2);
}

#else

static uint64_t solve(PyObject *tuple, uint64_t wanted)
{
    Py_ssize_t last = PyTuple_GET_SIZE(tuple) - 1;
    uint64_t sum = 0x345678;
    uint64_t multiplier = 1000003;

    for (Py_ssize_t i = 0; i < last; i++) {
        sum = (sum ^ (uint64_t)PyObject_Hash(PyTuple_GET_ITEM(tuple, i))) * multiplier;
        multiplier += 82520 + 2 * (uint64_t)(last - i);
    }
    return (wanted - 97531) * inverse(multiplier) ^ sum;
}

#endif

Py_hash_t hash_for_tuple(PyObject *tuple, PyObject *original)
{
    Py_hash_t wanted =
        sizeof(Py_hash_t) == sizeof(uint64_t) && has_plain_hash(original) ? PyObject_Hash(original) : -1;
    Py_hash_t result = wanted == -1 ? -1 : (Py_hash_t)solve(tuple, (uint64_t)wanted);

    PyErr_Clear();
    return result == -1 ? 0 : result;
}
