/* Cache: what CPython 3.8 to 3.10 remembers of globals and attributes for instructions that run often
 * (co_opcache).
 *
 * A map of one byte for each unit says which instruction has what remembered. CPython makes it after 1,024
 * calls, as long as the bytes of the code object are then, and looks into it for every frame: also for those
 * that run in a tail after the code object has got its own bytes again. So the map is made here, before, with
 * room for the tail, whose instructions have nothing remembered. Holds the GIL. */
#pragma once

#include <Python.h>

/* cache_make_room() - for @room_units. @bytes: as the compiler made them. Returns 0 or -ENOMEM. Does nothing
 * on 3.6 and 3.7, which have no such cache. */
int cache_make_room(PyCodeObject *code, PyObject *bytes, int room_units);
