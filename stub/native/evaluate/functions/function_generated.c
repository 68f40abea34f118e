#include "stub/native/compat.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/evaluate/functions/function_generated.h"
#include "stub/native/evaluate/run.h"

#define FIELDS_MAX      60
#define NAME_BYTES_MAX  128
#define TEXT_BYTES_MAX  (16 * 1024)
#define FIRST_LINES_MAX 1000

/* The fields, as the code names them, in their order: more names are of other things. */
typedef struct Fields {
    char names[FIELDS_MAX][NAME_BYTES_MAX];
    int count;
} Fields;

typedef struct Text {
    char *bytes;
    size_t len;
} Text;

static const char *operator_of(PyObject *name)
{
    static const char *const operators[][2] = {
        {"__eq__", "=="}, {"__lt__", "<"}, {"__le__", "<="}, {"__gt__", ">"}, {"__ge__", ">="}};

    for (size_t i = 0; i < Py_ARRAY_LENGTH(operators); i++)
        if (PyUnicode_CompareWithASCIIString(name, operators[i][0]) == 0)
            return operators[i][1];
    return NULL;
}

/* False: there are too many. */
static bool collect(PyCodeObject *code, Fields *fields)
{
    fields->count = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_names, i);

        if (PyUnicode_CompareWithASCIIString(name, "__class__") == 0 ||
            PyUnicode_CompareWithASCIIString(name, "__qualname__") == 0 ||
            PyUnicode_CompareWithASCIIString(name, "NotImplemented") == 0)
            continue;
        if (fields->count == FIELDS_MAX)
            return false;
        run_text(name, fields->names[fields->count++], NAME_BYTES_MAX);
    }
    return true;
}

static void put(Text *text, const char *bytes)
{
    size_t len = strlen(bytes);

    if (text->len + len >= TEXT_BYTES_MAX)
        return; /* then it is not the source */
    memcpy(text->bytes + text->len, bytes, len + 1);
    text->len += len;
}

static void put_tuple(Text *text, const Fields *fields, const char *object)
{
    put(text, "(");
    for (int i = 0; i < fields->count; i++) {
        put(text, object);
        put(text, ".");
        put(text, fields->names[i]);
        put(text, ",");
    }
    put(text, ")");
}

/* Since 3.13 __eq__ compares the fields one by one. */
static void put_chain(Text *text, const Fields *fields)
{
    for (int i = 0; i < fields->count; i++) {
        put(text, i > 0 ? " and self." : "self.");
        put(text, fields->names[i]);
        put(text, "==other.");
        put(text, fields->names[i]);
    }
    put(text, fields->count == 0 ? "True" : "");
}

/* As _create_fn() and _FuncBuilder of the module write it. */
static void put_begin(Text *text, PyCodeObject *code)
{
    for (int i = 2; i < code->co_firstlineno; i++)
        put(text, "\n");
    put(text, "def __create_fn__():\n");
}

/* Since 3.13 it has a decorator, and the name of the class is in the f-string. */
static void put_repr(Text *text, PyCodeObject *code, const Fields *fields, int form)
{
    put_begin(text, code);
    put(text, form == 1 ? " @recursive_repr()\n" : "");
    put(text, " def __repr__(self):\n  return ");
    put(text, form == 1 ? "f\"{self.__class__.__qualname__}(" : "self.__class__.__qualname__ + f\"(");
    for (int i = 0; i < fields->count; i++) {
        put(text, i > 0 ? ", " : "");
        put(text, fields->names[i]);
        put(text, "={self.");
        put(text, fields->names[i]);
        put(text, "!r}");
    }
    put(text, ")\"\n");
}

static void put_comparison(Text *text, PyCodeObject *code, const Fields *fields, const char *operation,
                           int form)
{
    char name[NAME_BYTES_MAX];

    put_begin(text, code);
    put(text, " def ");
    put(text, run_text(code->co_name, name, sizeof(name)));
    put(text, "(self,other):\n");
    put(text, form == 1 ? "  if self is other:\n   return True\n" : "");
    put(text, "  if other.__class__ is self.__class__:\n   return ");
    if (form == 1) {
        put_chain(text, fields);
    } else {
        put_tuple(text, fields, "self");
        put(text, operation);
        put_tuple(text, fields, "other");
    }
    put(text, "\n  return NotImplemented\n");
}

/* How many forms there are of a function of this name; 0: the module writes none. */
static int num_forms(PyCodeObject *code)
{
    const char *operation = operator_of(code->co_name);

    if (PyUnicode_CompareWithASCIIString(code->co_name, "__repr__") == 0)
        return code->co_argcount == 1 ? 2 : 0;
    if (!operation || code->co_argcount != 2)
        return 0;
    return strcmp(operation, "==") == 0 ? 2 : 1;
}

int function_generated_text(PyCodeObject *code, int form, char **ret_text)
{
    Text text = {NULL, 0};
    Fields *fields;

    if (form >= num_forms(code) || code->co_firstlineno < 2 || code->co_firstlineno > FIRST_LINES_MAX)
        return -ENOENT;
    fields = malloc(sizeof(*fields));
    text.bytes = malloc(TEXT_BYTES_MAX);
    if (fields && text.bytes && collect(code, fields)) {
        if (code->co_argcount == 1)
            put_repr(&text, code, fields, form);
        else
            put_comparison(&text, code, fields, operator_of(code->co_name), form);
    }
    free(fields);
    if (text.len == 0) {
        free(text.bytes);
        return -ENOENT;
    }
    *ret_text = text.bytes;
    return 0;
}
