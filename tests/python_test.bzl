"""python_test(): a unittest file, run under an interpreter as a Bazel test, each test case in the report.

stub_test(): the same under every interpreter the stub is built for, with the package googleclouddebugger of that
interpreter on the path: one target name_cp311 and so on, and a test_suite of all of them.
"""

load("@pythons//:interpreters.bzl", "INTERPRETERS")

_RUNNER = "//tests:run_python_test.sh"

def python_test(name, src, interpreter = "/usr/bin/python3", deps = [], data = [], args = [], env = {}, size = "medium", **kwargs):
    """deps: Python files imported by src (put on the path by their folder). env values may use $(location)."""
    native.sh_test(
        name = name,
        srcs = [_RUNNER],
        args = [interpreter, "$(location %s)" % src] + args,
        data = [src, "//tests:unittest_main.py"] + deps + data,
        env = env,
        size = size,
        **kwargs
    )

def stub_test(name, src, deps = [], data = [], env = {}, **kwargs):
    for interpreter in INTERPRETERS:
        full_env = {"STUB_NATIVE": "$(location //stub:%s/googleclouddebugger/_native.so)" % interpreter.tag}
        full_env.update(env)
        python_test(
            name = name + "_" + interpreter.tag,
            src = src,
            interpreter = interpreter.path,
            deps = deps,
            data = data + [
                "//stub:package_" + interpreter.tag,
                "//stub:%s/googleclouddebugger/_native.so" % interpreter.tag,
            ],
            env = full_env,
            **kwargs
        )
    native.test_suite(
        name = name,
        tests = [name + "_" + interpreter.tag for interpreter in INTERPRETERS],
    )

def system_python_stub_test(name, src, data = [], env = {}, **kwargs):
    """As stub_test(), under the system's python3 only: for tests that use Debian's Python packages."""
    found = [interpreter for interpreter in INTERPRETERS if interpreter.path == "/usr/bin/python3"]
    if not found:
        return  # PYTHON_TAGS leaves it out
    system = found[0]
    full_env = {"STUB_NATIVE": "$(location //stub:%s/googleclouddebugger/_native.so)" % system.tag}
    full_env.update(env)
    python_test(
        name = name,
        src = src,
        interpreter = system.path,
        data = data + [
            "//stub:package_" + system.tag,
            "//stub:%s/googleclouddebugger/_native.so" % system.tag,
        ],
        env = full_env,
        **kwargs
    )
