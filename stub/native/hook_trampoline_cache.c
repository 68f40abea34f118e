#include "stub/native/hook_opcodes.h"

#if PY_VERSION_HEX >= 0x03080000
#include "internal/pycore_code.h"
#endif

#include "stub/native/hook_trampoline_cache.h"

#include <errno.h>

#if PY_VERSION_HEX >= 0x03080000

enum {
    CALLS_UNTIL_MADE = 1024, /* OPCACHE_MIN_RUNS of Python/ceval.c */
    CACHES_MAX = 254,
};

static bool has_cache(int opcode)
{
#if PY_VERSION_HEX >= 0x030A0000
    return opcode == LOAD_GLOBAL || opcode == LOAD_ATTR;
#else
    return opcode == LOAD_GLOBAL;
#endif
}

/* As _PyCode_InitOpcache() of Objects/codeobject.c does: the place in the map is that of the next unit. */
static int number_caches(PyObject *bytes, unsigned char *map)
{
    const uint8_t *units = (const uint8_t *)PyBytes_AS_STRING(bytes);
    int num_units = (int)(PyBytes_GET_SIZE(bytes) / 2);
    int num_caches = 0;

    for (int i = 0; i + 1 < num_units && num_caches < CACHES_MAX; i++) {
        if (has_cache(units[2 * i]))
            map[i + 1] = (unsigned char)++num_caches;
    }
    return num_caches;
}

static int make_cache(PyCodeObject *code, PyObject *bytes, int room_units)
{
    unsigned char *map = PyMem_Calloc((size_t)room_units, 1);
    int num_caches = map ? number_caches(bytes, map) : 0;

    if (!map)
        return -ENOMEM;
    if (num_caches > 0)
        code->co_opcache = PyMem_Calloc((size_t)num_caches, sizeof(*code->co_opcache));
    if (num_caches > 0 && !code->co_opcache) {
        PyMem_Free(map);
        return -ENOMEM;
    }
    if (num_caches == 0)
        PyMem_Free(map);
    else
        code->co_opcache_map = map;
    code->co_opcache_size = (unsigned char)num_caches;
    code->co_opcache_flag = CALLS_UNTIL_MADE;
    return 0;
}

static int enlarge_map(PyCodeObject *code, PyObject *bytes, int room_units)
{
    unsigned char *map = PyMem_Calloc((size_t)room_units, 1);

    if (!map)
        return -ENOMEM;
    memcpy(map, code->co_opcache_map, (size_t)PyBytes_GET_SIZE(bytes) / 2);
    PyMem_Free(code->co_opcache_map); /* nobody keeps a pointer into the map itself */
    code->co_opcache_map = map;
    return 0;
}

int cache_make_room(PyCodeObject *code, PyObject *bytes, int room_units)
{
    if (code->co_opcache_map)
        return enlarge_map(code, bytes, room_units);
    if (code->co_opcache_flag < CALLS_UNTIL_MADE)
        return make_cache(code, bytes, room_units);
    return 0; /* there is nothing to be remembered */
}

#else

int cache_make_room(PyCodeObject *code, PyObject *bytes, int room_units)
{
    (void)code;
    (void)bytes;
    (void)room_units;
    return 0;
}

#endif
