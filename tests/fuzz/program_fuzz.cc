/* An expression of any text, and of what a grammar makes of any bytes, in an app with traps: it has an
 * outcome, no hook of the app has run, no exception is left, and no variable has more references than before.
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "stub/native/evaluate/program.h"

namespace
{

const char *const app = R"(
calls = []

def hook(name, result=None):
    def method(*arguments):
        calls.append(name)
        return result
    return method

class Trap:
    pass

for _name in '''repr str format eq ne lt le gt ge hash bool len iter contains getitem setitem delitem call index int float neg add radd
        sub mul rmul mod and or getattr enter exit next reversed abs round del'''.split():
    setattr(Trap, '__%s__' % _name, hook(_name, 1))

class User:
    kind = 'user'
    def __init__(self):
        self.name, self.age, self.tags, self._count = 'bob', 42, ['a', 'b'], 0
    @property
    def title(self):
        return '%s %d' % (self.name, self.age)
    @property
    def counted(self):
        self._count += 1
        return self._count
    def older(self, years):
        total = 0
        for i in range(years):
            if i % 2:
                continue
            total += i
        return self.age + total
    def __len__(self):
        return len(self.tags)
    def __getitem__(self, index):
        return self.tags[index]
    def __contains__(self, tag):
        for each in self.tags:
            if each == tag:
                return True
        return False

def helper(value, other=2):
    try:
        return value / other
    except ZeroDivisionError:
        return -1
    finally:
        value = None

def loops(values):
    result = {}
    for value in values:
        result.setdefault(value, []).append(value)
    while len(result) > 3:
        result.popitem()
    return [x for x in result if x]

def changes(values):
    values.append(1)
    return values

def recursive(n):
    return 1 if n == 0 else n * recursive(n - 1)

number, real, text, data, nothing = 5, 2.5, 'text', b'abc', None
items, pair, mapping, group = [3, 1, 2], (1, 'two'), {'a': 1, 'b': [2]}, {1, 2}
trap, user, iterator = Trap(), User(), iter([1, 2, 3])
del calls[:]
)";

/* e: an expression; the rest is as it is. */
const char *const rules[] = {
    "number",
    "real",
    "text",
    "data",
    "nothing",
    "items",
    "pair",
    "mapping",
    "group",
    "trap",
    "user",
    "iterator",
    "0",
    "1",
    "-1",
    "10**9",
    "'a'",
    "''",
    "b'a'",
    "[]",
    "()",
    "{}",
    "True",
    "1e300",
    "...",
    "(e + e)",
    "(e - e)",
    "(e * e)",
    "(e / e)",
    "(e // e)",
    "(e % e)",
    "(e ** e)",
    "(e << e)",
    "(e & e)",
    "(e | e)",
    "(e ^ e)",
    "(e @ e)",
    "(e < e)",
    "(e == e)",
    "(e is e)",
    "(e in e)",
    "(e not in e)",
    "(e < e < e)",
    "(not e)",
    "(-e)",
    "(~e)",
    "(e and e)",
    "(e or e)",
    "(e if e else e)",
    "e[e]",
    "e[e:e]",
    "e[::e]",
    "[e, e]",
    "(e, e)",
    "{e: e}",
    "{e, e}",
    "[*e]",
    "{**e}",
    "[v for v in e]",
    "[e for v in e if e]",
    "{v: e for v in e}",
    "{e for v in e for w in e}",
    "any(e for v in e)",
    "all(v == e for v in e)",
    "sum(v for v in e)",
    "[(a, b) for a, b in e]",
    "[a for a, *b in e]",
    "(lambda x: e)(e)",
    "(lambda x, y=e: x)(e)",
    "len(e)",
    "str(e)",
    "repr(e)",
    "int(e)",
    "float(e)",
    "bool(e)",
    "list(e)",
    "tuple(e)",
    "set(e)",
    "dict(e)",
    "sorted(e)",
    "sorted(e, key=e)",
    "sorted(e, reverse=e)",
    "min(e)",
    "max(e, e)",
    "max(e, key=len)",
    "sum(e, e)",
    "abs(e)",
    "round(e, e)",
    "divmod(e, e)",
    "pow(e, e)",
    "hex(e)",
    "chr(e)",
    "ord(e)",
    "range(e)",
    "range(e, e, e)",
    "zip(e, e)",
    "enumerate(e)",
    "map(e, e)",
    "filter(e, e)",
    "reversed(e)",
    "isinstance(e, e)",
    "hasattr(e, e)",
    "getattr(e, e, e)",
    "type(e)",
    "callable(e)",
    "next(e)",
    "iter(e)",
    "e.name",
    "e.title",
    "e.counted",
    "e.kind",
    "e.real",
    "e.missing",
    "e.__class__",
    "e.__dict__",
    "e.__init__",
    "e.upper()",
    "e.split(e)",
    "e.join(e)",
    "e.replace(e, e)",
    "e.startswith(e)",
    "e.format(e)",
    "e.get(e)",
    "e.get(e, e)",
    "e.items()",
    "e.keys()",
    "e.copy()",
    "e.count(e)",
    "e.index(e)",
    "e.append(e)",
    "e.pop()",
    "e.union(e)",
    "e.decode()",
    "e.encode()",
    "e.zfill(e)",
    "e.center(e, e)",
    "e.older(e)",
    "helper(e)",
    "helper(e, e)",
    "helper(e, other=e)",
    "helper(*e)",
    "helper(**e)",
    "loops(e)",
    "changes(e)",
    "recursive(e)",
    "User.older(e, e)",
    "e(e)",
    "f'{e}'",
    "f'{e!r:>{e}}'",
    "f'{e:.2f}|{e}'",
    "'%s' % e",
    "'%d %s' % (e, e)",
    "'{} {}'.format(e, e)",
    "e()",
    "print(e)",
    "(y := e)",
    "(yield e)",
    "[x async for x in e]",
};

/* Bytes are choices, one after the other; where there are none left, or it is deep, the first rules are
 * taken. */
class Grammar
{
  public:
    Grammar(const uint8_t *data, size_t size) : data_(data), size_(size)
    {
    }

    std::string expression(int depth)
    {
        const size_t count = depth > 6 || size_ == 0 ? 25 : sizeof(rules) / sizeof(rules[0]);
        std::string result;

        for (const char *c = rules[choose() % count]; *c; c++) {
            const bool is_alone =
                *c == 'e' && !is_letter(c[1]) && (result.empty() || !is_letter(result.back()));

            if (is_alone)
                result += expression(depth + 1);
            else
                result += *c;
        }
        return result;
    }

  private:
    static bool is_letter(char c)
    {
        return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '\'';
    }

    uint8_t choose()
    {
        if (size_ == 0)
            return 0;
        size_--;
        return *data_++;
    }

    const uint8_t *data_;
    size_t size_;
};

void require(bool is_so, const char *what, const std::string &source)
{
    if (is_so)
        return;
    fprintf(stderr, "%s: %s\n", what, source.c_str());
    abort();
}

std::string current;

PyObject *probe(PyObject *, PyObject *)
{
    Program *program = nullptr;
    Status status = {};
    PyObject *value = nullptr;
    Frame frame;

    if (!frame_current(&frame))
        abort();
    int outcome = program_new(current.c_str(), &program, &status);
    if (outcome == 0)
        outcome = program_run(program, &frame, 2000, &value, &status);
    require(outcome >= 0 && outcome <= PROGRAM_E_WAITING, "outcome", current);
    require((outcome == 0) == (value != nullptr), "value", current);
    require((outcome == 0) == (status.format == nullptr), "status", current);
    require(!PyErr_Occurred(), "exception", current);
    Py_XDECREF(value);
    program_free(program);
    status_deinit(&status);
    Py_RETURN_NONE;
}

PyMethodDef probe_definition = {"probe", probe, METH_NOARGS, nullptr};

PyObject *names;
PyObject *code;

/* The app is a file, as the functions in it are read. */
void start()
{
    char path[] = "/tmp/program_fuzz.XXXXXX.py";
    const int file = mkstemps(path, 3);

    if (file < 0)
        abort();
    std::ofstream(path) << app;
    close(file);
    Py_InitializeEx(0);
    PyRun_SimpleString("import gc, warnings; gc.disable(); warnings.simplefilter('error')");
    names = PyDict_New();
    PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins());
    PyObject *app_code = Py_CompileString(app, path, Py_file_input);
    PyObject *done = app_code ? PyEval_EvalCode(app_code, names, names) : nullptr;
    if (!done) {
        PyErr_Print();
        abort();
    }
    Py_DECREF(done);
    Py_DECREF(app_code);
    PyObject *function = PyCFunction_New(&probe_definition, nullptr);
    PyDict_SetItemString(names, "probe", function);
    Py_DECREF(function);
    code = Py_CompileString("probe()", "probe.py", Py_eval_input);
    static std::string file_name = path;
    atexit([] { unlink(file_name.c_str()); });
}

std::vector<Py_ssize_t> references()
{
    std::vector<Py_ssize_t> counts;
    PyObject *name;
    PyObject *value;
    Py_ssize_t position = 0;

    while (PyDict_Next(names, &position, &name, &value))
        if (Py_TYPE(value)->tp_flags &
            (Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_DICT_SUBCLASS | Py_TPFLAGS_HEAPTYPE))
            counts.push_back(Py_REFCNT(value));
    return counts;
}

void run(const std::string &source)
{
    PyObject *calls = PyDict_GetItemString(names, "calls");
    const std::vector<Py_ssize_t> before = references();

    current = source;
    PyObject *done = PyEval_EvalCode(code, names, names);
    if (!done)
        PyErr_Print();
    require(done != nullptr, "raised", source);
    Py_DECREF(done);
    require(PyList_GET_SIZE(calls) == 0, "a hook ran", source);
    require(references() == before, "references", source);
    require(PyList_GET_SIZE(PyDict_GetItemString(names, "items")) == 3, "items", source);
    require(PyDict_GET_SIZE(PyDict_GetItemString(names, "mapping")) == 2, "mapping", source);
}

} // namespace

/* CPython keeps what it allocates for its own life. */
extern "C" const char *__asan_default_options()
{
    return "detect_leaks=0";
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!names)
        start();
    if (size > 0 && data[0] < ' ')
        run(Grammar(data + 1, size - 1).expression(0));
    else
        run(std::string(reinterpret_cast<const char *>(data), size).c_str());
    return 0;
}
