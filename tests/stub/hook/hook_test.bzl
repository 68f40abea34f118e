"""hook_test(): a unittest file with the module hooktest on its path, under every interpreter."""

load("@pythons//:interpreters.bzl", "INTERPRETERS")
load("//tests:python_test.bzl", "python_test")

def hook_test(name, src, deps = [], tags_of_interpreters = None, **kwargs):
    names = []
    for interpreter in INTERPRETERS:
        if tags_of_interpreters and interpreter.tag not in tags_of_interpreters:
            continue
        module = "//tests/stub/hook:%s/hooktest.so" % interpreter.tag
        names.append(name + "_" + interpreter.tag)
        python_test(
            name = names[-1],
            src = src,
            interpreter = interpreter.path,
            deps = deps + ["//tests/stub/hook:hooked.py"],
            data = [module],
            env = {"EXTENSION": "$(location %s)" % module},
            **kwargs
        )
    native.test_suite(name = name, tests = names)
