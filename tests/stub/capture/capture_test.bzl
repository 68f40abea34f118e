"""capture_test(): a unittest file with the module _capture on its path, under every interpreter."""

load("@pythons//:interpreters.bzl", "INTERPRETERS")
load("//tests:python_test.bzl", "python_test")

def capture_test(name, src, deps = [], data = [], env = {}, **kwargs):
    for interpreter in INTERPRETERS:
        module = "//tests/stub/capture:%s/_capture.so" % interpreter.tag
        full_env = {"EXTENSION": "$(location %s)" % module}
        full_env.update(env)
        python_test(
            name = name + "_" + interpreter.tag,
            src = src,
            interpreter = interpreter.path,
            deps = deps,
            data = data + [module],
            env = full_env,
            **kwargs
        )
    native.test_suite(
        name = name,
        tests = [name + "_" + interpreter.tag for interpreter in INTERPRETERS],
    )
