#include "stub/native/compat.h"

#include <errno.h>
#include "opcode.h"

#include "stub/native/code_lines.h"
#include "stub/native/hook_locations.h"

/* Code unit of the first instruction after RESUME, which ends the prologue; 0 if there is no RESUME. */
static int prologue_end(PyCodeObject *code, int *ret_unit)
{
    PyObject *bytes = PyCode_GetCode(code);
    const unsigned char *text;
    Py_ssize_t len, i;

    if (!bytes) {
        PyErr_Clear();
        return -ENOMEM;
    }
    text = (const unsigned char *)PyBytes_AS_STRING(bytes);
    len = PyBytes_GET_SIZE(bytes);
    *ret_unit = 0;
    for (i = 0; i + 1 < len; i += 2) {
        if (text[i] == RESUME) {
            *ret_unit = (int)i / 2 + 1;
            break;
        }
    }
    Py_DECREF(bytes);
    return 0;
}

static void enter_neighbour(Neighbours *neighbours, int line, int found)
{
    if (found < line && found > neighbours->previous)
        neighbours->previous = found;
    if (found > line && (neighbours->next == 0 || found < neighbours->next))
        neighbours->next = found;
}

int code_lines_search(PyCodeObject *code, int line, Neighbours *neighbours)
{
    CodeLocations locations;
    int body, found = 0;
    int r = prologue_end(code, &body);

    if (r < 0)
        return r;
    code_locations_init(&locations, code);
    while (code_locations_next(&locations)) {
        int here = locations.location.line;

        if (here <= 0 || locations.first_unit + locations.num_units <= body)
            continue;
        if (here == line)
            found = 1;
        else
            enter_neighbour(neighbours, line, here);
    }
    return found;
}

bool code_is_synthetic(PyCodeObject *code)
{
    return PyUnicode_CompareWithASCIIString(code->co_name, "__annotate__") == 0;
}
