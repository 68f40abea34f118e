"""From the path that a user writes to the module that is meant."""

import dis
import importlib
import importlib.util
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

import hooktest

SOURCE = "def f():\n    return 1\n"
LINE = 2
PENDING = "pending"
ONLY_PY = ("Only files with .py extension are supported",)
NEEDS_PATH = "Multiple modules matching $0. Please specify the module path."


class PathsTest(unittest.TestCase):
    def setUp(self):
        # hook_original_code() is asked for every code object that is found.
        self.assertEqual(hooktest.init(), 0)
        self.addCleanup(hooktest.deinit)
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.modules = set(sys.modules)
        self.addCleanup(self.forget_modules)
        self.path = list(sys.path)
        self.addCleanup(lambda: sys.path.__setitem__(slice(None), self.path))
        sys.path.insert(0, self.folder)

    def forget_modules(self):
        for name in set(sys.modules) - self.modules:
            del sys.modules[name]
        importlib.invalidate_caches()

    def write(self, name, source=SOURCE):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)
        importlib.invalidate_caches()
        return path

    def load(self, name, file=None, source=SOURCE):
        self.write(file or name.replace(".", "/") + ".py", source)
        return importlib.import_module(name)

    def assertFinds(self, path, *functions, line=LINE):
        found = hooktest.locate(path, line)
        self.assertIsInstance(found, list, "%r: %r" % (path, found))
        self.assertEqual({id(code) for code in found}, {id(function.__code__) for function in functions}, path)

    def test_only_python_files(self):
        for path in ("unknown.so", "unknown", "unknown.java", "unknown.pyc", "", "   ", "/", ".py/", "a.PY"):
            self.assertEqual(hooktest.locate(path, 1), ONLY_PY, path)

    def test_init_files_need_their_package(self):
        for path in ("__init__.py", "////__init__.py", " //__init__.py", "  ///abc///..///def/..////__init__.py"):
            self.assertEqual(hooktest.locate(path, 1), (NEEDS_PATH, "__init__.py"), path)

    def test_init_file_of_a_package(self):
        package = self.load("located_package", "located_package/__init__.py")
        self.assertFinds("located_package/__init__.py", package.f)

    def test_init_file_of_no_package(self):
        """The original took the first __init__.py on sys.path."""
        self.load("located_package", "located_package/__init__.py")
        self.assertEqual(hooktest.locate("no/such/__init__.py", 1), PENDING)

    def test_forms_of_one_path(self):
        module = self.load("located_package.module")
        for path in (
            "located_package/module.py",
            "  /located_package//module.py  ",
            "./located_package/../located_package/./module.py",
            "somewhere/else/located_package/module.py",
            os.path.join(self.folder, "located_package/module.py"),
            "module.py",
        ):
            self.assertFinds(path, module.f)

    def test_inner_spaces_are_kept(self):
        self.write("with space/located_module.py")
        sys.path.insert(0, os.path.join(self.folder, "with space"))
        module = importlib.import_module("located_module")
        self.assertFinds("with space/located_module.py", module.f)

    def test_whole_components_are_compared(self):
        module = self.load("located_package.module")
        self.assertFinds("located_package/module.py", module.f)
        for path in ("other_package/another_module.py", "age/xmodule.py", "odule.py"):
            self.assertEqual(hooktest.locate(path, LINE), PENDING, path)

    def test_module_that_is_not_loaded_is_waited_for(self):
        path = self.write("located_later.py")
        self.assertEqual(hooktest.locate("located_later.py", LINE), PENDING)
        self.assertTrue(hooktest.matches("located_later.py", path))
        self.assertFalse(hooktest.matches("located_later.py", os.path.join(self.folder, "other.py")))
        module = importlib.import_module("located_later")
        self.assertFinds("located_later.py", module.f)

    def test_module_that_is_nowhere_is_waited_for(self):
        self.assertEqual(hooktest.locate("located_nowhere.py", LINE), PENDING)

    def test_missing_folder_does_not_mean_the_standard_library(self):
        """The original resolved no/such/dir/abc.py to the library's abc.py."""
        import abc

        self.assertEqual(hooktest.locate("no/such/dir/abc.py", 1), PENDING)
        self.assertFalse(hooktest.matches("no/such/dir/abc.py", abc.__file__))

    def test_module_of_the_standard_library(self):
        import textwrap

        line = textwrap.dedent.__code__.co_firstlineno
        lines = sorted({n for _, n in dis.findlinestarts(textwrap.dedent.__code__) if n and n > line})
        self.assertFinds("textwrap.py", textwrap.dedent, line=lines[0])

    def test_several_modules(self):
        one = self.load("located_one.module", "located_one/module.py")
        two = self.load("located_two.module", "located_two/module.py")
        self.assertFinds("located_one/module.py", one.f)
        self.assertFinds("located_two/module.py", two.f)
        found = hooktest.locate("module.py", LINE)
        self.assertEqual(found[0], "Multiple modules matching $0 ($1, $2)")
        self.assertEqual((found[1], set(found[2:])), ("module.py", {one.__file__, two.__file__}))
        self.load("located_three.module", "located_three/module.py")
        found = hooktest.locate("module.py", LINE)
        self.assertEqual(found[0], "Multiple modules matching $0 ($1, $2, and $3 more)")
        self.assertEqual(found[4], "1")

    def test_exact_file_on_the_path_beats_longer_ones(self):
        top = self.load("located_module")
        self.load("located_package.located_module")
        self.assertFinds("located_module.py", top.f)

    def test_namespace_package(self):
        module = self.load("located_namespace.part.module")
        self.assertFinds("located_namespace/part/module.py", module.f)

    def test_main(self):
        path = self.write(
            "located_main.py",
            "import sys, hooktest\n"
            "def f():\n"
            "    return 1\n"
            "hooktest.init()\n"
            "for path in sys.argv[1:]:\n"
            "    found = hooktest.locate(path, 3)\n"
            "    print(found == [f.__code__])\n",
        )
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(self.path))
        for command in (["./located_main.py"], ["located_main.py"], [path], ["-m", "located_main"]):
            done = subprocess.run(
                [sys.executable] + command + ["located_main.py", path, "x/located_main.py"],
                cwd=self.folder,
                env=environment,
                stdout=subprocess.PIPE,
                check=True,
            )
            self.assertEqual(done.stdout.split(), [b"True"] * 3, command)

    def test_zip_file(self):
        archive = os.path.join(self.folder, "modules.zip")
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("located_zipped/__init__.py", "")
            file.writestr("located_zipped/module.py", SOURCE)
        sys.path.insert(0, archive)
        module = importlib.import_module("located_zipped.module")
        self.assertFinds("located_zipped/module.py", module.f)

    def test_compiled_file_alone(self):
        import py_compile

        path = self.write("located_compiled.py")
        py_compile.compile(path, cfile=path + "c", dfile=path)
        os.remove(path)
        module = importlib.import_module("located_compiled")
        self.assertTrue(module.__file__.endswith(".pyc"))
        self.assertFinds("located_compiled.py", module.f)

    def test_symbolic_links(self):
        self.write("real/located_linked.py")
        os.symlink(os.path.join(self.folder, "real"), os.path.join(self.folder, "link"))
        sys.path.insert(0, os.path.join(self.folder, "link"))
        module = importlib.import_module("located_linked")
        for path in ("link/located_linked.py", "real/located_linked.py", "located_linked.py"):
            self.assertFinds(path, module.f)

    def test_relative_entry_of_sys_path(self):
        self.write("sub/located_relative.py")
        directory = os.getcwd()
        self.addCleanup(os.chdir, directory)
        os.chdir(self.folder)
        sys.path.insert(0, "sub")
        module = importlib.import_module("located_relative")
        self.assertFinds("sub/located_relative.py", module.f)
        self.assertFinds("located_relative.py", module.f)

    def test_relative_name_of_code_that_was_compiled_elsewhere(self):
        """As a .pyc file has it that was made in the folder of its source."""
        module = self.load("located_elsewhere.module")
        functions = []
        for name in ("located_elsewhere/module.py", "./located_elsewhere/../located_elsewhere/module.py", "other/module.py"):
            names = {}
            exec(compile(SOURCE, name, "exec"), names)
            functions.append(names["f"])
        self.assertFinds("located_elsewhere/module.py", module.f, *functions[:2])

    def test_modules_of_the_same_name(self):
        """Plugins, of which sys.modules has the last one only."""
        modules = []
        for folder in ("located_one", "located_two"):
            path = self.write(folder + "/plugin.py")
            spec = importlib.util.spec_from_file_location("plugin", path)
            modules.append(importlib.util.module_from_spec(spec))
            spec.loader.exec_module(modules[-1])
            sys.modules["plugin"] = modules[-1]
        self.assertFinds("located_one/plugin.py", modules[0].f)
        self.assertFinds("located_two/plugin.py", modules[1].f)

    def test_module_of_two_names(self):
        """As a script has that somebody imports too: two lives of one file."""
        path = self.write("located_twice.py")
        functions = []
        for name in ("located_twice", "__mp_main__"):
            spec = importlib.util.spec_from_file_location(name, path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            sys.modules[name] = module
            functions.append(module.f)
        self.assertFinds("located_twice.py", *functions)

    def test_code_that_was_executed_with_a_file_name(self):
        names = {}
        exec(compile(SOURCE, "/generated/located_generated.py", "exec"), names)
        self.assertEqual(hooktest.locate("located_generated.py", LINE), [names["f"].__code__])

    def test_run_path(self):
        names = runpy.run_path(self.write("located_script.py"))
        self.assertEqual(hooktest.locate("located_script.py", LINE), [names["f"].__code__])

    def test_reloaded_module_and_functions_of_its_first_life(self):
        module = self.load("located_module")
        old = module.f
        importlib.reload(module)
        self.assertIsNot(old.__code__, module.f.__code__)
        self.assertFinds("located_module.py", old, module.f)

    def test_module_with_a_strange_name_for_its_file(self):
        import types

        for file in (None, 5, "", "\udc80.py", "x" * 10000):
            module = types.ModuleType("located_strange")
            module.__file__ = file
            sys.modules["located_strange"] = module
            self.assertEqual(hooktest.locate("located_absent.py", 1), PENDING)
        sys.modules["located_strange"] = None
        self.assertEqual(hooktest.locate("located_absent.py", 1), PENDING)

    def test_module_whose_attributes_run_code(self):
        import types

        class Hostile(types.ModuleType):
            def __getattribute__(self, name):
                raise AssertionError("code of the app was run")

        sys.modules["located_hostile"] = Hostile("located_hostile")
        self.assertEqual(hooktest.locate("located_absent.py", 1), PENDING)

    def test_very_long_path(self):
        self.assertIn(hooktest.locate("a/" * 5000 + "b.py", 1), (ONLY_PY, PENDING))


if __name__ == "__main__":
    unittest.main()
