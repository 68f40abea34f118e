#include "stub/native/compat.h"

#include "stub/native/hook_trampoline_back.h"

#include <stdlib.h>

#include "stub/native/hook_locations.h"
#include "stub/native/hook_trampoline_change.h"
#include "stub/native/hook_trampoline_frames.h"

static FrameInTail *find(FrameInTail *innermost, const PyFrameObject *frame)
{
    while (innermost && innermost->frame != frame)
        innermost = innermost->outer;
    return innermost;
}

/* Takes out @end and what is inside of it; NULL: all. */
static void forget_up_to(FrameInTail **innermost, const FrameInTail *end)
{
    bool is_end = false;

    while (*innermost && !is_end) {
        FrameInTail *frame = *innermost;

        is_end = frame == end;
        *innermost = frame->outer;
        free(frame);
    }
}

void back_forget_all(FrameInTail **innermost)
{
    forget_up_to(innermost, NULL);
}

void back_expect(FrameInTail **innermost, const CodePatch *patch, PyFrameObject *frame,
                 const TailPlace *place)
{
    FrameInTail *expected = find(*innermost, frame);
    int unit;

    if (!patch_detour_at(patch, place->origin, &unit))
        return;
    if (!expected) {
        expected = calloc(1, sizeof(*expected));
        if (!expected)
            return;
        expected->frame = frame;
        expected->outer = *innermost;
        *innermost = expected;
    }
    expected->detour_unit = unit;
    expected->line = PyFrame_GetLineNumber(frame);
}

static int line_at(PyCodeObject *code, int unit)
{
    CodeLocations locations;

    code_locations_init(&locations, code);
    while (code_locations_next(&locations)) {
        if (unit < locations.first_unit + locations.num_units)
            return locations.location.line;
    }
    return 0;
}

/* Whether without the detour a tracer would be told of a line when control comes to @unit from the displaced
 * instructions, by maybe_call_line_trace() of Python/ceval.c: on each jump back; else up to 3.9 where the
 * place is the start of a line, and since 3.10 where the line is another than that of the instruction before.
 */
static bool is_told(const FrameInTail *expected, PyCodeObject *code, int unit)
{
    if (unit <= expected->detour_unit)
        return true;
#if PY_VERSION_HEX >= 0x030A0000
    return line_at(code, unit) != expected->line;
#else
    return line_at(code, unit) != line_at(code, unit - 1);
#endif
}

static bool is_in_tail(const PyFrameObject *frame)
{
    const CodePatch *patch = patch_of(frame->f_code);

    return patch && frames_unit(frame) >= patch_num_units(patch);
}

bool back_is_hidden(FrameInTail **innermost, PyFrameObject *frame, int event)
{
    FrameInTail *expected = find(*innermost, frame);
    bool is_hidden = false;

    if (!expected || (event != PyTrace_LINE && event != PyTrace_RETURN))
        return false;
    if (event == PyTrace_LINE && is_in_tail(frame)) {
        expected->line = frame->f_lineno;
        return false;
    }
    if (event == PyTrace_LINE && !is_told(expected, frame->f_code, frames_unit(frame))) {
        is_hidden = true;
#if PY_VERSION_HEX < 0x030A0000
        frame->f_lineno = expected->line; /* which was set for the tracer */
#endif
    }
    forget_up_to(innermost, expected);
    change_settle();
    return is_hidden;
}
