/* Converter: what the conversion of expressions (convert.c) and of statements (convert_function.c) have in
 * common: the tree of the module `ast` and the program that is written. Functions with short names are for
 * these files only. Holds the GIL. */
#pragma once

#include <Python.h>

#include <stdbool.h>

#include "stub/native/evaluate/instructions.h"
#include "stub/native/evaluate/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Operators in operators; the parser's own limit is far higher. */
#define CONVERTER_DEPTH_MAX 64

/* Variables of the code around a lambda or a generator expression that it uses. */
#define CONVERTER_CAPTURED_MAX 6

typedef struct Variable {
    PyObject *name; /* borrowed from the AST */
} Variable;

typedef struct Converter Converter;

/* Of a function whose statements are converted; an expression of the user has none. */
typedef struct ConverterScope {
    /* Reads a name that no comprehension binds. */
    void (*convert_name)(Converter *self, PyObject *name);
    /* Assigns the top of the stack to it (`:=`). */
    void (*convert_store)(Converter *self, PyObject *name);
    /* Whether it has converted a call that means something else in a function: super(). */
    bool (*convert_call)(Converter *self, PyObject *node);
    /* Whether it has converted an expression that only functions have: `yield`. */
    bool (*convert_other)(Converter *self, PyObject *node);
    PyObject *class_name; /* of private names: borrowed, without underscores in front; NULL: none */
} ConverterScope;

struct Converter {
    Program *program;
    int outcome;
    int depth;
    int stack_size;
    int num_iterations;
    /* Of the comprehensions around the node, the inner ones last. In a function its own come first, without
     * a name here. */
    Variable variables[PROGRAM_VARIABLES_MAX];
    int num_variables;
    int num_variables_used; /* ever: slots are not shared */
    int num_scopes;         /* of comprehensions around the node, whose names are not those of a class body */
    const ConverterScope *scope;

    /* Of a lambda or a generator expression, which is a program of its own. */
    Converter *outer;
    PyObject *captured[CONVERTER_CAPTURED_MAX]; /* names, borrowed from the AST */
    int num_captured;
    int first_captured; /* their variables */

    const PartText *text; /* borrowed; NULL: messages do not quote it */
    PyObject *node;       /* borrowed: the one that is converted, which messages are about */
    const char *refusal;  /* a literal: what the refused part would do, or is; NULL: nothing to say */
    Part refused_part;
    bool is_in_fstring;
};

/* converter_field() - a field of a node. Borrowed: it lives as long as the tree. None when memory is out. */
PyObject *converter_field(Converter *self, PyObject *node, const char *name);

/* converter_emit() - appends an instruction; @growth is what it does to the stack. Returns its index. */
size_t converter_emit(Converter *self, Operation operation, int32_t number, PyObject *object, int growth);

/* converter_emit_named() - one whose object is an interned name; private names are those of their class. */
size_t converter_emit_named(Converter *self, Operation operation, int32_t number, PyObject *name, int growth);

/* converter_mangled() - what a name is in the class around the code: a new reference to an interned str; NULL
 * when memory is out. */
PyObject *converter_mangled(Converter *self, PyObject *name);

void converter_fail_with_memory(Converter *self);

/* convert_binary_operator() - the BinaryOperator of a node like Add; -1: it is none. */
int convert_binary_operator(PyObject *node);

/* convert() - the value of an expression onto the stack. */
void convert(Converter *self, PyObject *node);

/* convert_index() - of what is in the brackets of a subscript. */
void convert_index(Converter *self, PyObject *node);

/* refuse_because() - @reason is a literal and ends a sentence that begins with the source of the node. */
static inline void refuse_because(Converter *self, const char *reason)
{
    if (self->outcome)
        return;
    self->outcome = PROGRAM_E_REFUSED;
    self->refusal = reason;
    self->refused_part = part_locate(self->text, self->node);
}

static inline void refuse(Converter *self)
{
    refuse_because(self, NULL);
}

static inline void fail_with_memory(Converter *self)
{
    converter_fail_with_memory(self);
}

/* ----------------------------------------------------------------------------------------- tree */

static inline PyObject *field(Converter *self, PyObject *node, const char *name)
{
    return converter_field(self, node, name);
}

/* converter_constant() - the value of a node that is a constant, borrowed from the tree; NULL: it is none. */
PyObject *converter_constant(Converter *self, PyObject *node);

/* converter_find_variable() - the number of a variable of a comprehension or lambda of this name; -1: none.
 */
int converter_find_variable(const Converter *self, PyObject *name);

/* converter_declare() - a new variable of the program, whose name hides those before it. */
int converter_declare(Converter *self, PyObject *name);

/* converter_name() - the value of a name: a variable of a comprehension or lambda, else of the function or
 * frame. */
void converter_name(Converter *self, PyObject *name);

/* Whether it is of this class of the module ast. */
bool converter_is_node(PyObject *node, const char *type);

static inline bool is_node(PyObject *node, const char *type)
{
    return converter_is_node(node, type);
}

static inline Py_ssize_t num_nodes(PyObject *list)
{
    return PyList_Check(list) ? PyList_GET_SIZE(list) : 0;
}

/* --------------------------------------------------------------------------------- instructions */

static inline size_t emit(Converter *self, Operation operation, int32_t number, PyObject *object, int growth)
{
    return converter_emit(self, operation, number, object, growth);
}

static inline size_t emit_named(Converter *self, Operation operation, int32_t number, PyObject *name,
                                int growth)
{
    return converter_emit_named(self, operation, number, name, growth);
}

/* emit_about() - one of which messages are about another node than the one that is converted. */
static inline size_t emit_about(Converter *self, PyObject *node, Operation operation, int32_t number,
                                PyObject *object, int growth)
{
    PyObject *outer = self->node;
    size_t index;

    self->node = node;
    index = emit(self, operation, number, object, growth);
    self->node = outer;
    return index;
}

static inline size_t here(const Converter *self)
{
    return self->program->count;
}

static inline size_t emit_jump(Converter *self, Operation operation, int growth)
{
    return emit(self, operation, 0, NULL, growth);
}

static inline void set_target(Converter *self, size_t jump, size_t target)
{
    if (!self->outcome)
        self->program->instructions[jump].target = (uint32_t)target;
}

#ifdef __cplusplus
}
#endif
