#include "stub/native/compat.h"

#include <stdio.h>

#include "stub/native/build_check.h"

#ifdef Py_DEBUG
#define IS_DEBUG_BUILD true
#else
#define IS_DEBUG_BUILD false
#endif

static bool has_abi_flag(char flag)
{
    PyObject *flags = PySys_GetObject("abiflags"); /* borrowed */
    const char *text = flags && PyUnicode_Check(flags) ? PyUnicode_AsUTF8(flags) : NULL;

    PyErr_Clear();
    return text && strchr(text, flag);
}

static bool is_of_this_version(const char *version)
{
    int major = 0, minor = 0;

    return sscanf(version, "%d.%d", &major, &minor) == 2 && major == PY_MAJOR_VERSION &&
           minor == PY_MINOR_VERSION;
}

const char *build_check(char *buffer, size_t size_bytes)
{
    const char *version = Py_GetVersion();
    int version_chars = (int)strcspn(version, " ");

    if (!is_of_this_version(version))
        snprintf(buffer, size_bytes, "it was built for CPython %d.%d, and this is %.*s", PY_MAJOR_VERSION,
                 PY_MINOR_VERSION, version_chars, version);
    else if (has_abi_flag('t'))
        snprintf(buffer, size_bytes, "free-threaded builds of CPython are not supported");
    else if (has_abi_flag('d') != IS_DEBUG_BUILD)
        snprintf(buffer, size_bytes, "it was built for a CPython %s debugging of itself, and this is one %s",
                 IS_DEBUG_BUILD ? "with" : "without", IS_DEBUG_BUILD ? "without" : "with");
    else if (!compat_layout_is_known())
        snprintf(buffer, size_bytes,
                 "CPython %.*s keeps its data elsewhere than CPython " PY_VERSION ", which it was built for",
                 version_chars, version);
    else
        return NULL;
    return buffer;
}
