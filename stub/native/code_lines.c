#include "stub/native/hook_opcodes.h"

#include "stub/native/code_lines.h"
#include "stub/native/hook_locations.h"

static void enter_neighbour(Neighbours *neighbours, int line, int found)
{
    if (found < line && found > neighbours->previous)
        neighbours->previous = found;
    if (found > line && (neighbours->next == 0 || found < neighbours->next))
        neighbours->next = found;
}

bool code_lines_search(PyCodeObject *code, int line, Neighbours *neighbours)
{
    CodeLocations locations;
    int body = hook_opcodes_body_unit(code);
    bool found = false;

    if (hook_opcodes_is_empty_module(code))
        return false;
    code_locations_init(&locations, code);
    while (code_locations_next(&locations)) {
        int here = locations.location.line;

        if (here <= 0 || locations.first_unit + locations.num_units <= body)
            continue;
        if (here == line)
            found = true;
        else
            enter_neighbour(neighbours, line, here);
    }
    return found;
}

/* Since 3.14 what computes an annotation, a type alias or the bound of a type variable has an argument whose
 * name no function of a user can have, but for __annotate__ itself. */
bool code_is_synthetic(PyCodeObject *code)
{
    return PyUnicode_CompareWithASCIIString(code->co_name, "__annotate__") == 0 ||
           (code->co_argcount == 1 && compat_code_num_variables(code) > 0 &&
            PyUnicode_CompareWithASCIIString(compat_code_variable(code, 0), ".format") == 0);
}
