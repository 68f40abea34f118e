#include "stub/native/compat.h"

#include "stub/native/hook_trampoline_frames.h"

#include <stdlib.h>

int frames_unit(const PyFrameObject *frame)
{
#if PY_VERSION_HEX >= 0x030A0000
    return frame->f_lasti;
#else
    return frame->f_lasti < 0 ? -1 : frame->f_lasti / 2;
#endif
}

void frames_set_unit(PyFrameObject *frame, int unit)
{
#if PY_VERSION_HEX >= 0x030A0000
    frame->f_lasti = unit;
#else
    frame->f_lasti = 2 * unit;
#endif
}

/* ----------------------------------------------------------------------------------------------- all threads
 */

typedef bool (*FramePredicate)(CodePatch *patch, PyFrameObject *frame, const void *context);

/* Whether @is_wanted is true of a frame that runs; it is asked about those of the patch, and of copies of its
 * code object that have its bytes. */
static bool is_any(CodePatch *patch, FramePredicate is_wanted, const void *context)
{
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    PyObject *bytes = patch->buffer ? patch->buffer->bytes : NULL;

    for (; thread; thread = PyThreadState_Next(thread)) {
        PyFrameObject *frame = compat_current_frame(thread);

        for (; frame; frame = frame->f_back) {
            if ((frame->f_code == patch->code || frame->f_code->co_code == bytes) &&
                is_wanted(patch, frame, context))
                return true;
        }
    }
    return false;
}

static int true_unit(const CodePatch *patch, const PyFrameObject *frame)
{
    for (const CallingFrame *calling = patch->calling; calling; calling = calling->next) {
        if (calling->frame == frame)
            return calling->unit;
    }
    return frames_unit(frame);
}

static bool is_in_tail(CodePatch *patch, PyFrameObject *frame, const void *unused)
{
    (void)unused;
    return frame->f_code == patch->code && true_unit(patch, frame) >= patch_num_units(patch);
}

bool frames_is_in_tail(const CodePatch *patch)
{
    return is_any((CodePatch *)patch, is_in_tail, NULL);
}

typedef struct UnitRange {
    int first;
    int end;
} UnitRange;

static bool is_within(CodePatch *patch, PyFrameObject *frame, const void *context)
{
    const UnitRange *range = context;
    int unit = true_unit(patch, frame);
    const TailPlace *place = patch_place_at(patch, unit);

    if (place)
        unit = place->origin;
    return unit >= range->first && unit < range->end;
}

bool frames_is_within(const CodePatch *patch, int first, int end)
{
    UnitRange range = {first, end};

    return is_any((CodePatch *)patch, is_within, &range);
}

/* ------------------------------------------------------------------------------------------------ old frames
 */

static int compare(const void *left, const void *right)
{
    const PyFrameObject *const *a = left;
    const PyFrameObject *const *b = right;

    return (*a > *b) - (*a < *b);
}

static PyFrameObject **find_old(const CodePatch *patch, const PyFrameObject *frame)
{
    if (patch->num_old_frames == 0)
        return NULL;
    return bsearch(&frame, patch->old_frames, (size_t)patch->num_old_frames, sizeof(frame), compare);
}

bool frames_is_old(const CodePatch *patch, const PyFrameObject *frame)
{
    return find_old(patch, frame) != NULL;
}

void frames_forget_old(CodePatch *patch, const PyFrameObject *frame)
{
    PyFrameObject **found = find_old(patch, frame);

    if (!found)
        return;
    patch->num_old_frames--;
    memmove(found, found + 1, (size_t)(patch->old_frames + patch->num_old_frames - found) * sizeof(*found));
}

typedef struct FrameList {
    PyFrameObject **frames;
    int num_frames;
    bool is_of_old; /* only frames that are noted already */
} FrameList;

static bool collect(CodePatch *patch, PyFrameObject *frame, const void *context)
{
    FrameList *list = *(FrameList *const *)context;
    PyFrameObject **frames;

    if (frame->f_code != patch->code || (list->is_of_old && !frames_is_old(patch, frame)))
        return false;
    frames = realloc(list->frames, sizeof(PyFrameObject *) * (size_t)(list->num_frames + 1));
    if (!frames)
        return true;
    list->frames = frames;
    frames[list->num_frames++] = frame;
    return false;
}

static void replace_old(CodePatch *patch, bool is_of_old)
{
    FrameList list = {.is_of_old = is_of_old};
    FrameList *pointer = &list;

    (void)is_any(patch, collect, &pointer);
    free(patch->old_frames);
    patch->old_frames = list.frames;
    patch->num_old_frames = list.num_frames;
    if (list.num_frames > 0)
        qsort(list.frames, (size_t)list.num_frames, sizeof(PyFrameObject *), compare);
}

void frames_add_old(CodePatch *patch, PyFrameObject *frame)
{
    size_t num = (size_t)patch->num_old_frames;
    PyFrameObject **frames;

    if (frames_is_old(patch, frame))
        return;
    frames = realloc(patch->old_frames, sizeof(PyFrameObject *) * (num + 1));
    if (!frames)
        return;
    patch->old_frames = frames;
    frames[num] = frame;
    patch->num_old_frames++;
    qsort(frames, num + 1, sizeof(PyFrameObject *), compare);
}

void frames_note_old(CodePatch *patch)
{
    replace_old(patch, false);
}

int frames_count_old(CodePatch *patch)
{
    if (patch->num_old_frames > 0)
        replace_old(patch, true);
    return patch->num_old_frames;
}
