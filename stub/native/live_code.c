#include "stub/native/compat_gc.h"

#include <errno.h>

#include "stub/native/layout.h"
#include "stub/native/live_code.h"

#define OBJECTS_PER_LOOK 64 /* at the clock */
#define RESTARTS_MAX     3

static void visit_if_code(CodeHolderVisitor visit, void *context, CodeHolderKind kind, void *holder,
                          void *code)
{
    if (code && PyCode_Check((PyObject *)code))
        visit(context, kind, holder, code);
}

/* NULL: it has ended. */
static CompatFrame *generator_frame(PyGenObject *generator)
{
    return compat_generator_is_running(generator) ? compat_generator_frame(generator)
                                                  : compat_suspended_frame(generator);
}

static void visit_generator(PyGenObject *generator, bool are_running_meant, CodeHolderVisitor visit,
                            void *context)
{
    CompatFrame *frame = generator_frame(generator);

    if (frame && (are_running_meant || !compat_generator_is_running(generator)))
        visit_if_code(visit, context, CODE_HOLDER_GENERATOR, generator, compat_frame_code(frame));
}

/* @are_running_meant: generators that run too, which their frames will tell of if they still run then. */
static void visit_holder(PyObject *object, bool are_running_meant, CodeHolderVisitor visit, void *context)
{
    PyTypeObject *type = Py_TYPE(object);

    if (type == &PyFunction_Type)
        visit_if_code(visit, context, CODE_HOLDER_FUNCTION, object, ((PyFunctionObject *)object)->func_code);
    else if (type == &PyGen_Type || type == &PyCoro_Type || type == &PyAsyncGen_Type)
        visit_generator((PyGenObject *)object, are_running_meant, visit, context);
}

static PyObject *builtins_of(PyObject *globals)
{
    PyObject *name = PyUnicode_InternFromString("__builtins__");
    bool is_unsure;
    PyObject *builtins = name ? dict_find_text(globals, name, &is_unsure) : NULL;

    PyErr_Clear();
    Py_XDECREF(name);
    return builtins && PyModule_Check(builtins) ? PyModule_GetDict(builtins) : builtins;
}

bool live_code_is_foreign(CodeHolderKind kind, void *holder)
{
    PyObject *globals;

    if (!compat_gc_is_shared() || kind == CODE_HOLDER_FRAME)
        return false;
    globals = kind == CODE_HOLDER_FUNCTION ? ((PyFunctionObject *)holder)->func_globals
                                           : generator_frame(holder)->f_globals;
    return globals && PyDict_Check(globals) &&
           compat_gc_is_of_another(compat_thread_state()->interp, builtins_of(globals));
}

static void visit_frames(PyInterpreterState *interpreter, CodeHolderVisitor visit, void *context)
{
    PyThreadState *thread;

    for (thread = PyInterpreterState_ThreadHead(interpreter); thread; thread = PyThreadState_Next(thread)) {
        CompatFrame *frame = compat_current_frame(thread);

        for (; frame; frame = compat_frame_previous(frame))
            visit_if_code(visit, context, CODE_HOLDER_FRAME, frame, compat_frame_code(frame));
    }
}

/* --------------------------------------------------------------------------------------- in one piece */

static struct {
    PyObject *const *references; /* NULL: nothing is assumed */
    size_t count;
} assumed;

void live_code_assume(PyObject *const *references, size_t count)
{
    assumed.references = references;
    assumed.count = count;
}

bool live_code_is_assumed(void)
{
    return assumed.references != NULL;
}

bool live_code_holders_matter(void)
{
    return COMPAT_HOOKS_ARE_IN_COPIES;
}

static void visit_list(PyGC_Head *list, CodeHolderVisitor visit, void *context)
{
    PyGC_Head *head;

    for (head = compat_gc_next(list); head && head != list; head = compat_gc_next(head))
        visit_holder((PyObject *)(head + 1), false, visit, context);
}

static void visit_lists(PyInterpreterState *interpreter, CodeHolderVisitor visit, void *context)
{
    PyGC_Head *lists[COMPAT_GC_LISTS_MAX];
    int num_lists = compat_gc_lists(interpreter, lists);

    for (int i = 0; i < num_lists; i++)
        visit_list(lists[i], visit, context);
}

void live_code_visit(CodeHolderVisitor visit, void *context)
{
    PyInterpreterState *interpreter = compat_thread_state()->interp;

    for (size_t i = 0; assumed.references && i < assumed.count; i++) {
        PyObject *holder = compat_weakref_target(assumed.references[i]);

        if (holder)
            visit_holder(holder, false, visit, context);
    }
    if (!assumed.references)
        visit_lists(interpreter, visit, context);
    visit_frames(interpreter, visit, context);
}

/* ------------------------------------------------------------------------------------------ in pieces */

static int traverse_marker(PyObject *self, visitproc visit, void *argument)
{
    (void)self;
    (void)visit;
    (void)argument;
    return 0;
}

/* Of an app that has got hold of it by gc.get_objects() after the walk, too. */
static void free_marker(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    PyObject_GC_Del(self);
}

static PyTypeObject marker_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "googleclouddebugger._native.Marker",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = traverse_marker,
    .tp_dealloc = free_marker,
};

static PyGC_Head *head_of(PyObject *object)
{
    return (PyGC_Head *)object - 1;
}

/* Their order here, as in compat_gc_lists(): the youngest first, that of gc.freeze() last if there is one. */
static int find_list(PyGC_Head *const *lists, int num_lists, const PyGC_Head *head)
{
    int i = num_lists - 1;

    while (i >= 0 && lists[i] != head)
        i--;
    return i;
}

static bool is_frozen_list(int i)
{
    return i >= NUM_GENERATIONS;
}

static void begin_walk(LiveCodeWalk *self, PyGC_Head *const *lists, int num_lists)
{
    self->is_frozen = is_frozen_list(num_lists - 1);
    compat_gc_move(head_of(self->marker), compat_gc_next(lists[num_lists - 1]));
}

int live_code_walk_init(LiveCodeWalk *self)
{
    PyGC_Head *lists[COMPAT_GC_LISTS_MAX];
    int num_lists = compat_gc_lists(compat_thread_state()->interp, lists);

    *self = (LiveCodeWalk){0};
    if (PyType_Ready(&marker_type) == 0)
        self->marker = PyObject_GC_New(PyObject, &marker_type);
    if (!self->marker) {
        PyErr_Clear();
        return -ENOMEM;
    }
    PyObject_GC_Track(self->marker);
    if (!compat_gc_is_incremental())
        begin_walk(self, lists, num_lists);
    return 0;
}

/* The first object of the next younger list that is not empty, or the head of the youngest. */
static PyGC_Head *next_younger(PyGC_Head *const *lists, int i)
{
    while (--i > 0) {
        if (compat_gc_next(lists[i]) != lists[i])
            return compat_gc_next(lists[i]);
    }
    return compat_gc_next(lists[0]);
}

bool live_code_walk_step(LiveCodeWalk *self, const Piece *piece, CodeHolderVisitor visit, void *context)
{
    PyInterpreterState *interpreter = compat_thread_state()->interp;
    PyGC_Head *lists[COMPAT_GC_LISTS_MAX];
    int num_lists = compat_gc_lists(interpreter, lists);
    PyGC_Head *head = compat_gc_next(head_of(self->marker));
    int num_visited = 0;

    if (compat_gc_is_incremental()) {
        live_code_visit(visit, context);
        return true;
    }
    for (;;) {
        int i = find_list(lists, num_lists, head);

        if (i < 0) {
            visit_holder((PyObject *)(head + 1), true, visit, context);
            head = compat_gc_next(head);
            if (++num_visited % OBJECTS_PER_LOOK == 0 && piece_is_over(piece))
                break;
            continue;
        }
        if (is_frozen_list(i) != self->is_frozen && self->num_restarts < RESTARTS_MAX) {
            self->num_restarts++;
            begin_walk(self, lists, num_lists);
            head = compat_gc_next(head_of(self->marker));
            continue;
        }
        if (i == 0)
            break;
        self->is_frozen = false;
        head = next_younger(lists, i);
    }
    compat_gc_move(head_of(self->marker), head);
    if (head != lists[0])
        return false;
    visit_frames(interpreter, visit, context);
    return true;
}

void live_code_walk_deinit(LiveCodeWalk *self)
{
    if (self->marker)
        PyObject_GC_UnTrack(self->marker);
    Py_CLEAR(self->marker);
}
