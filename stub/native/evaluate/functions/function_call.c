#include "stub/native/compat.h"

#include "stub/native/compat_code.h"
#include "stub/native/evaluate/functions/function_call.h"
#include "stub/native/evaluate/functions/function_cache.h"
#include "stub/native/evaluate/instructions.h"
#include "stub/native/evaluate/machine.h"
#include "stub/native/evaluate/values/operators.h"
#include "stub/native/evaluate/values/plain.h"
#include "stub/native/evaluate/values/stream.h"
#include "stub/native/evaluate/stack_room.h"
#include "stub/native/layout.h"

/* As much as twenty instructions. */
#define CALL_UNITS 20

/* The parameters of a function, in the order of its variables: those by position, those by name only, *args,
 * **kwargs. */
typedef struct Binding {
    Run *run;
    const PyFunctionObject *function;
    const PyCodeObject *code;
    PyObject *values[PROGRAM_VARIABLES_MAX]; /* borrowed; NULL: not given */
    PyObject *made[2];                       /* owned: *args, **kwargs */
    int num_named;                           /* parameters that have a name of their own */
    int count;
} Binding;

static bool raise_call(Binding *self, const char *what)
{
    char name[160];

    (void)run_raise(self->run, PyExc_TypeError, "%s() %s", run_text(self->code->co_name, name, sizeof(name)),
                    what);
    return false;
}

/* Those by position. */
static bool bind_positional(Binding *self, PyObject *first, PyObject *const *arguments, Py_ssize_t count)
{
    Py_ssize_t num_wanted = self->code->co_argcount;
    Py_ssize_t num_first = first != NULL;
    Py_ssize_t num_taken = Py_MIN(count, num_wanted - num_first);
    bool has_rest = self->code->co_flags & CO_VARARGS;

    if (num_wanted < num_first)
        num_taken = 0;
    else if (first)
        self->values[0] = first;
    for (Py_ssize_t i = 0; i < num_taken; i++)
        self->values[num_first + i] = arguments[i];
    if (!has_rest)
        return (num_taken == count && num_wanted >= num_first) ||
               raise_call(self, "is given too many arguments");
    if (num_wanted < num_first) {
        PyObject *all[PROGRAM_VARIABLES_MAX];

        if (count + 1 > PROGRAM_VARIABLES_MAX)
            return run_refuse(self->run) != NULL;
        all[0] = first;
        for (Py_ssize_t i = 0; i < count; i++)
            all[i + 1] = arguments[i];
        self->made[0] = operators_tuple(self->run, all, count + 1);
    } else {
        self->made[0] = operators_tuple(self->run, arguments + num_taken, count - num_taken);
    }
    self->values[self->num_named] = self->made[0];
    return self->made[0] != NULL;
}

/* The parameter of a name; -1: there is none. */
static int find_parameter(const Binding *self, PyObject *name)
{
    int first = compat_code_num_positional_only(self->code);

    for (int i = first; i < self->num_named; i++)
        if (compat_code_variable(self->code, i) == name)
            return i;
    for (int i = first; i < self->num_named; i++)
        if (PyUnicode_Compare(compat_code_variable(self->code, i), name) == 0)
            return i;
    return -1;
}

static bool bind_names(Binding *self, PyObject *names, PyObject *const *values)
{
    bool has_rest = self->code->co_flags & CO_VARKEYWORDS;
    Py_ssize_t count = names ? PyTuple_GET_SIZE(names) : 0;

    if (has_rest) {
        self->made[1] = operators_dict(self->run, NULL, 0);
        self->values[self->count - 1] = self->made[1];
        if (!self->made[1])
            return false;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        int parameter = find_parameter(self, name);

        if (parameter >= 0 && self->values[parameter])
            return raise_call(self, "got multiple values for an argument");
        if (parameter >= 0)
            self->values[parameter] = values[i];
        else if (!has_rest)
            return raise_call(self, "got an unexpected keyword argument");
        else if (!operators_add_to_dict(self->run, self->made[1], name, values[i]))
            return false;
    }
    return true;
}

/* Those that were not given. */
static bool bind_defaults(Binding *self)
{
    PyObject *defaults = self->function->func_defaults;
    PyObject *named = self->function->func_kwdefaults;
    int num_positional = self->code->co_argcount;
    int num_defaults = defaults && PyTuple_Check(defaults) ? (int)PyTuple_GET_SIZE(defaults) : 0;

    for (int i = 0; i < self->num_named; i++) {
        bool is_unsure = false;
        int from_end = i - (num_positional - num_defaults);

        if (self->values[i])
            continue;
        if (i < num_positional && from_end >= 0)
            self->values[i] = PyTuple_GET_ITEM(defaults, from_end);
        else if (i >= num_positional && named && PyDict_CheckExact(named))
            self->values[i] = dict_find_text(named, compat_code_variable(self->code, i), &is_unsure);
        if (is_unsure)
            return run_refuse(self->run) != NULL;
        if (!self->values[i])
            return raise_call(self, "misses an argument");
    }
    return true;
}

/* As CPython finds them for a function of these globals (_PyEval_BuiltinsFromGlobals()). */
static PyObject *builtins_of(Run *run, const PyFunctionObject *function)
{
    static PyObject *builtins_name;
    PyObject *builtins = compat_function_builtins(function);
    bool is_unsure = false;

    if (builtins)
        return builtins;
    if (!builtins_name)
        builtins_name = PyUnicode_InternFromString("__builtins__");
    if (builtins_name && PyDict_Check(function->func_globals))
        builtins = dict_find_text(function->func_globals, builtins_name, &is_unsure);
    PyErr_Clear();
    if (builtins && PyModule_CheckExact(builtins))
        builtins = PyModule_GetDict(builtins);
    return builtins && PyDict_CheckExact(builtins) && !is_unsure ? builtins : frame_builtins(run->frame);
}

static PyObject *run_bound(Binding *binding, WalkedFunction *walked)
{
    const PyFunctionObject *function = binding->function;
    PyObject *closure = function->func_closure;
    MachineScope scope = {function->func_globals, builtins_of(binding->run, function), closure};

    if ((closure ? PyTuple_GET_SIZE(closure) : 0) != compat_code_num_free(binding->code))
        return run_refuse(binding->run);
    if (walked->program->is_generator)
        return stream_new_generator(binding->run, walked->program, &scope, binding->values, binding->count);
    return machine_call_function(binding->run, walked->program, &scope, binding->values, binding->count);
}

/* False: the run has failed. Unbind it also then. */
static bool bind(Binding *binding, Run *run, PyFunctionObject *function, PyObject *self,
                 PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    const PyCodeObject *code = (PyCodeObject *)function->func_code;

    binding->run = run;
    binding->function = function;
    binding->code = code;
    binding->num_named = code->co_argcount + code->co_kwonlyargcount;
    binding->count =
        binding->num_named + !!(code->co_flags & CO_VARARGS) + !!(code->co_flags & CO_VARKEYWORDS);
    binding->made[0] = binding->made[1] = NULL;
    if (binding->count > PROGRAM_VARIABLES_MAX)
        return run_refuse_act(run, "has more variables than are walked") != NULL;
    memset(binding->values, 0, sizeof(binding->values[0]) * (size_t)binding->count);
    return bind_positional(binding, self, arguments, count) &&
           bind_names(binding, names, arguments + count) && bind_defaults(binding);
}

static void unbind(Binding *binding)
{
    Py_XDECREF(binding->made[0]);
    Py_XDECREF(binding->made[1]);
}

static PyObject *bind_and_run(Run *run, PyFunctionObject *function, WalkedFunction *walked, PyObject *self,
                              PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    Binding binding;
    PyObject *result = NULL;

    if (bind(&binding, run, function, self, arguments, count, names))
        result = run_bound(&binding, walked);
    unbind(&binding);
    return result;
}

bool function_accepts(Run *run, PyObject *function, PyObject *self, PyObject *const *arguments,
                      Py_ssize_t count, PyObject *names)
{
    Binding binding;
    bool is_accepted;

    if (!run_charge(run, CALL_UNITS))
        return false;
    is_accepted = bind(&binding, run, (PyFunctionObject *)function, self, arguments, count, names);
    unbind(&binding);
    return is_accepted;
}

PyObject *function_call(Run *run, PyObject *function, PyObject *self, PyObject *const *arguments,
                        Py_ssize_t count, PyObject *names)
{
    PyFunctionObject *called = (PyFunctionObject *)function;
    PyObject *result = NULL;

    if (!run_charge(run, CALL_UNITS))
        return NULL;
    if (!stack_room_is_at_least(FUNCTION_CALL_STACK_BYTES))
        return run_refuse_act(run, "needs more of this thread's stack than there is");
    if (run_enter(run)) {
        WalkedFunction *walked = function_cache_find(run, (PyCodeObject *)called->func_code);

        run->num_calls++;
        if (walked)
            result = bind_and_run(run, called, walked, self, arguments, count, names);
        run->num_calls--;
    }
    run_leave(run);
    return result;
}
