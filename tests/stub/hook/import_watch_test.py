"""The watch over imports: told of every module before its first line runs, by every way that a module can come."""

import importlib
import os
import py_compile
import runpy
import sys
import tempfile
import types
import unittest
import zipfile

import hooktest
from hooked import HookCase, all_codes

SOURCE = """
value = 1
def f():
    return value + 1
class C:
    attribute = f()
def outer():
    def inner():
        return 3
    return inner
result = outer()()
"""
LINES = {"value": 2, "f": 4, "attribute": 6, "inner": 9, "result": 11}


class ImportWatchTest(HookCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        sys.path.insert(0, self.folder)
        self.addCleanup(sys.path.remove, self.folder)
        self.addCleanup(hooktest.watch, None)
        self.watched = []
        self.forget("watched_module")

    def forget(self, name):
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        sys.path_importer_cache.pop(self.folder, None)

    def write(self, name, source=SOURCE):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)
        return path

    def watch(self, filename):
        """Arms all LINES of the module when its code is about to run."""

        def on_code(code):
            if code.co_filename != filename:
                return
            self.watched.append(code)
            for name, line in LINES.items():
                for nested in all_codes(code):
                    if hooktest.arm(nested, line, len(self.contexts)) == 0:
                        self.contexts.append(len(self.contexts))
                        self.by_name.setdefault(name, []).append(self.contexts[-1])

        self.by_name = {}
        self.assertEqual(hooktest.watch(on_code), 0)

    def assertAllHit(self):
        self.assertEqual(len(self.watched), 1)
        self.assertEqual(
            {name: self.hits(contexts) for name, contexts in self.by_name.items()}, dict.fromkeys(LINES, 1)
        )
        self.assertIsNone(sys.gettrace())

    def test_import_from_source(self):
        self.watch(self.write("watched_module.py"))
        module = importlib.import_module("watched_module")
        self.assertEqual(module.result, 3)
        self.assertAllHit()

    def test_import_from_a_compiled_file_alone(self):
        path = self.write("watched_module.py")
        py_compile.compile(path, cfile=path + "c", dfile=path)
        os.remove(path)
        self.watch(path)
        importlib.import_module("watched_module")
        self.assertAllHit()

    def test_import_from_a_zip_file(self):
        archive = os.path.join(self.folder, "modules.zip")
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("watched_module.py", SOURCE)
        sys.path.insert(0, archive)
        self.addCleanup(sys.path.remove, archive)
        self.watch(os.path.join(archive, "watched_module.py"))
        importlib.import_module("watched_module")
        self.assertAllHit()

    @unittest.skipIf(sys.version_info < (3, 15), "new in 3.15")
    def test_lazy_import(self):
        self.watch(self.write("watched_module.py"))
        names = {}
        exec("lazy import watched_module\ndef f(): return watched_module.result", names)
        self.assertEqual(self.watched, [])
        self.assertEqual(names["f"](), 3)
        self.assertAllHit()

    def test_package_and_module_in_it(self):
        self.write("watched_package/__init__.py", "")
        self.watch(self.write("watched_package/watched_module.py"))
        self.addCleanup(self.forget, "watched_package")
        self.addCleanup(self.forget, "watched_package.watched_module")
        importlib.import_module("watched_package.watched_module")
        self.assertAllHit()

    def test_reload(self):
        path = self.write("watched_module.py")
        module = importlib.import_module("watched_module")
        self.watch(path)
        importlib.reload(module)
        self.assertAllHit()

    def test_run_as_main(self):
        path = self.write("watched_module.py")
        self.watch(path)
        runpy.run_path(path, run_name="__main__")
        self.assertAllHit()

    def test_exec_with_a_file_name(self):
        self.watch("/nowhere/executed.py")
        exec(compile(SOURCE, "/nowhere/executed.py", "exec"), {})
        self.assertAllHit()

    def test_modules_that_import_one_another(self):
        self.write("watched_helper.py", "import watched_module\ndef help():\n    return watched_module.value\n")
        self.addCleanup(self.forget, "watched_helper")
        self.watch(self.write("watched_module.py", "import watched_helper" + SOURCE))
        importlib.import_module("watched_module")
        self.assertAllHit()

    def test_functions_stay_hooked_after_the_import(self):
        self.watch(self.write("watched_module.py"))
        module = importlib.import_module("watched_module")
        module.f()
        module.outer()()
        self.assertEqual((self.hits(self.by_name["f"]), self.hits(self.by_name["inner"])), (2, 2))

    def test_module_code_is_not_kept_alive(self):
        import gc
        import weakref

        path = self.write("watched_module.py")
        dead = []

        def on_code(code):
            if code.co_filename == path:
                dead.append(weakref.ref(code))
                self.arm_code(code, LINES["result"])

        hooktest.watch(on_code)
        importlib.import_module("watched_module")
        gc.collect()
        self.assertIsNone(dead[0]())
        self.assertEqual(hooktest.hits(self.contexts[0]), 1)

    def test_tracer_of_the_app_sees_an_armed_import_as_it_is(self):
        path = self.write("watched_module.py")

        def observe():
            events = []

            def trace(frame, event, argument):
                if frame.f_code.co_filename == path:
                    events.append((event, frame.f_code.co_name, frame.f_lineno))
                return trace

            self.forget("watched_module")
            sys.settrace(trace)
            try:
                importlib.import_module("watched_module")
                self.assertIs(sys.gettrace(), trace)
            finally:
                sys.settrace(None)
            return events

        plain = observe()
        self.watch(path)
        self.assertEqual(observe(), plain)
        self.assertEqual(self.hits(self.by_name["result"]), 1)

    def test_nothing_is_told_while_it_is_off(self):
        codes = []
        hooktest.watch(codes.append)
        exec(compile("1", "/nowhere/on.py", "exec"))
        self.assertEqual(len([code for code in codes if code.co_filename == "/nowhere/on.py"]), 1)
        hooktest.watch(None)
        exec(compile("1", "/nowhere/off.py", "exec"))
        self.assertEqual([code for code in codes if code.co_filename == "/nowhere/off.py"], [])

    def test_source_given_to_exec_is_code_by_then(self):
        codes = []
        hooktest.watch(codes.append)
        exec("x = 1", {})
        hooktest.watch(None)
        self.assertTrue(all(isinstance(code, types.CodeType) for code in codes))


@unittest.skipUnless(hasattr(hooktest, "set_evaluator"), "audit events came with 3.8")
class EvaluatorTest(unittest.TestCase):
    """CPython 3.6 and 3.7: frames are evaluated by a function of the watch, while it is on."""

    def setUp(self):
        self.addCleanup(hooktest.watch, None)
        self.codes = []
        self.assertTrue(hooktest.evaluator_is_default())

    def watch(self):
        self.assertEqual(hooktest.watch(self.codes.append), 0)

    def assertTold(self, count=1):
        del self.codes[:]
        exec(compile("1", "/nowhere/told.py", "exec"))
        self.assertEqual([code.co_filename for code in self.codes], ["/nowhere/told.py"] * count)

    def test_it_is_there_only_while_the_watch_is_on(self):
        for _ in range(3):
            self.watch()
            self.assertFalse(hooktest.evaluator_is_default())
            self.watch()
            self.assertTold()
            hooktest.watch(None)
            self.assertTrue(hooktest.evaluator_is_default())
            self.assertTold(0)

    def test_functions_and_class_bodies_are_not_told(self):
        self.watch()
        namespace = {}
        exec(compile("class C:\n    x = 1\ndef f(): pass\nf()\n[i for i in (1,)]", "/nowhere/class.py", "exec"), namespace)
        namespace["f"]()
        self.assertEqual([code.co_name for code in self.codes], ["<module>"])

    def test_another_that_was_there_before(self):
        hooktest.set_evaluator(True)
        self.watch()
        self.assertTold()
        hooktest.watch(None)
        self.assertTold(0)
        self.assertGreater(hooktest.set_evaluator(False), 0)
        self.assertTrue(hooktest.evaluator_is_default())

    def test_another_that_comes_later(self):
        self.watch()
        hooktest.set_evaluator(True)
        self.assertTold()
        self.watch()
        self.assertTold()
        hooktest.watch(None)  # it cannot be taken out from below the other
        self.assertTold(0)
        self.watch()
        self.assertTold()
        hooktest.watch(None)
        hooktest.set_evaluator(False)
        self.assertTold(0)
        self.watch()
        self.assertTold()
        hooktest.watch(None)
        self.assertTrue(hooktest.evaluator_is_default())

    def test_another_that_throws_it_out(self):
        hooktest.set_evaluator(True)
        self.watch()
        hooktest.set_evaluator(False)  # back to what was before that, as if nobody had come later
        self.assertTrue(hooktest.evaluator_is_default())
        self.assertTold(0)
        self.watch()
        self.assertTold()
        hooktest.watch(None)
        self.assertTrue(hooktest.evaluator_is_default())


if __name__ == "__main__":
    unittest.main()
