"""The package: enable(), the runner, and what the native module needs and exports."""

import os
import subprocess
import sys
import unittest

import googleclouddebugger
from stub.fake_broker import StubTest

RUNNER = ("-m", "googleclouddebugger")


class UnsupportedBuildTest(StubTest):
    def error_with(self, change):
        """The last line of what an interpreter says that has been made to look like another build."""
        self.write("app.py", "import sys\n%s\nimport googleclouddebugger\n" % change)
        app = self.start_app("app.py")
        self.assertEqual(app.wait(), 1)
        return app.errors().strip().split("\n")[-1]

    def test_free_threaded_build(self):
        self.assertRegex(
            self.error_with("sys.abiflags = 't'"),
            r"^ImportError: googleclouddebugger has no native module that this interpreter can load"
            r" \(cpython \d+\.\d+t\): free-threaded builds of CPython are not supported$",
        )

    def test_debug_build(self):
        self.assertRegex(
            self.error_with("sys.abiflags = 'd'"),
            r"^ImportError: .* \(cpython \d+\.\d+d\): it was built for a CPython without debugging of itself,"
            r" and this is one with$",
        )

    def test_no_cpython(self):
        change = "sys.implementation.name = 'pypy'; sys.modules['googleclouddebugger._native'] = None"
        self.assertRegex(self.error_with(change), r"^ImportError: .* \(pypy .*\): pypy is not supported, only CPython is$")


class EnableTest(StubTest):
    def flags_of(self, call):
        self.write("app.py", "import sys\nimport googleclouddebugger\ngoogleclouddebugger.%s\nsys.stdin.read()\n" % call)
        broker = self.start_broker()
        app = self.start_app("app.py")
        hello = broker.accept().hello
        self.assert_quiet_end(app)
        return {flag["name"]: flag.get("value", "") for flag in hello.get("flags", [])}

    def test_flags_of_the_original_are_taken(self):
        flags = self.flags_of(
            "enable(module='m', version='v', minorversion='w', project_id='p', firebase_db_url='https://x',"
            " use_firebase=True, breakpoint_enable_canary=False, service_account_json_file=None, max_dynamic_log_rate=7)"
        )
        self.assertEqual(
            flags,
            {
                "module": "m",
                "version": "v",
                "minorversion": "w",
                "project_id": "p",
                "firebase_db_url": "https://x",
                "use_firebase": "True",
                "breakpoint_enable_canary": "False",
                "max_dynamic_log_rate": "7",
            },
        )

    def test_attach_debugger_is_enable(self):
        self.assertIs(googleclouddebugger.AttachDebugger, googleclouddebugger.enable)
        self.assertEqual(self.flags_of("AttachDebugger(module='m')"), {"module": "m"})

    def test_odd_texts_are_passed(self):
        flags = self.flags_of("enable(module='\\u00fc\\u4e2d\\U0001f600', version='a\\udcffb')")
        self.assertEqual(flags, {"module": "\u00fc\u4e2d\U0001f600", "version": "a?b"})

    def test_second_call_raises(self):
        self.write(
            "app.py",
            """
            import googleclouddebugger
            googleclouddebugger.enable()
            try:
                googleclouddebugger.enable(module="again")
            except RuntimeError as error:
                print(error)
            """,
        )
        app = self.start_app("app.py")
        app.expect("Debugger already attached")
        self.assert_quiet_end(app)

    def test_socket_can_be_named_by_a_flag(self):
        self.write("app.py", "import sys, googleclouddebugger\ngoogleclouddebugger.enable(broker_socket='broker.sock')\nsys.stdin.read()\n")
        broker = self.start_broker()
        app = self.start_app("app.py", env={"SNAPSHOT_BROKER_SOCKET": "/nowhere"})
        broker.accept()
        self.assert_quiet_end(app)

    def test_no_thread_of_python_and_no_module_is_added(self):
        self.write(
            "app.py",
            """
            import sys, threading
            before = set(sys.modules)
            import googleclouddebugger
            googleclouddebugger.enable()
            print(threading.active_count())
            print(sorted(name for name in set(sys.modules) - before if not name.startswith("googleclouddebugger")))
            """,
        )
        app = self.start_app("-S", "app.py", env={"PYTHONPATH": os.environ["PYTHONPATH"]})
        app.expect("1")
        self.assertIn(app.read(), ("[]", "['atexit']"))
        self.assert_quiet_end(app)

    @unittest.skipUnless(sys.version_info >= (3, 12), "sub-interpreters of their own GIL are new in 3.12")
    def test_other_interpreters_are_left_alone(self):
        self.write(
            "app.py",
            """
            try:
                import _interpreters as interpreters
                create, run = interpreters.create, interpreters.exec
            except ImportError:
                import _xxsubinterpreters as interpreters
                create, run = interpreters.create, interpreters.run_string
            import googleclouddebugger
            other = create()
            run(other, "import googleclouddebugger; googleclouddebugger.enable(module='other')")
            googleclouddebugger.enable(module="main")
            interpreters.destroy(other)
            print("done")
            import sys; sys.stdin.read()
            """,
        )
        broker = self.start_broker()
        app = self.start_app("app.py")
        app.expect("done")
        self.assertEqual(broker.accept().hello["flags"], [{"name": "module", "value": "main"}])
        self.assert_quiet_end(app)


class RunnerTest(StubTest):
    SCRIPT = """
        import os
        import sys

        class Here:
            pass

        def act(value):
            return value

        if __name__ == "__main__":
            print(sys.argv)
            print(os.path.realpath(sys.path[0]))
            print(sys.modules["__main__"].Here is Here, __file__, __spec__)
            sys.stdin.readline()
            act(5)
            sys.exit(7)
        """

    def test_script_runs_as_it_would_without(self):
        self.write("scripts/app.py", self.SCRIPT)
        outputs = []
        for command in ((), (*RUNNER, "--module=x", "--version=1", "--")):
            app = self.start_app(*command, "scripts/app.py", "one", "--two")
            app.tell("go")
            self.assertEqual(app.wait(), 7)
            outputs.append(app.process.stdout.read())
        self.assertEqual(outputs[0], outputs[1])
        self.assertIn("['scripts/app.py', 'one', '--two']", outputs[0])

    def test_lines_of_the_script_are_hit(self):
        self.write("scripts/app.py", self.SCRIPT)
        broker = self.start_broker()
        app = self.start_app(*RUNNER, "--module=x", "--version=1", "--", "scripts/app.py")
        session = broker.accept()
        flags = {flag["name"]: flag["value"] for flag in session.hello["flags"]}
        self.assertEqual(flags, {"module": "x", "version": "1"})
        self.assertEqual(session.hello["program"], b"scripts/app.py")
        app.read()  # the script itself has begun: before that a breakpoint in it waits
        session.arm("b1", "app.py", 8)
        app.tell("go")
        session.capture("b1")
        self.assertEqual(app.wait(), 7)

    def test_first_line_of_the_script_can_be_waited_for(self):
        self.write("app.py", "import sys\ndef act():\n    return 1\nact()\n")
        app = self.start_app(*RUNNER, "app.py")
        self.assert_quiet_end(app)

    def test_folder_runs_as_it_would_without(self):
        self.write("folder/__main__.py", self.SCRIPT)
        outputs = []
        for command in ((), (*RUNNER, "--module=x", "--")):
            app = self.start_app(*command, "folder", "one")
            app.tell("go")
            self.assertEqual(app.wait(), 7, app.errors())
            outputs.append(app.process.stdout.read().splitlines()[:2])
        self.assertEqual(outputs[0], outputs[1])

    def test_exception_of_the_script_is_shown_and_ends_with_1(self):
        self.write("app.py", "raise ValueError('mine')\n")
        app = self.start_app(*RUNNER, "--", "app.py")
        self.assertEqual(app.wait(), 1)
        self.assertIn("ValueError: mine", app.errors())

    def test_wrong_use_ends_with_2(self):
        for arguments in ((), ("--module=x",), ("--module=x", "--"), ("--", "missing.py"), ("--no flag", "x.py")):
            app = self.start_app(*RUNNER, *arguments)
            self.assertEqual(app.wait(), 2, arguments)
            self.assertEqual(len(app.errors().splitlines()), 1 + (arguments[:1] == ("--no flag",)), app.errors())


class NativeModuleTest(unittest.TestCase):
    """Of the module that this test runs with; the wheel's is tested by the same words in tests/interop."""

    def module(self):
        return googleclouddebugger._native.__file__

    def test_needs_libc_alone(self):
        output = subprocess.run(["readelf", "-d", self.module()], stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout
        needed = [line.split("[")[1].rstrip("]") for line in output.splitlines() if "(NEEDED)" in line]
        if any("san" in name for name in needed):
            self.skipTest("built with a sanitizer")
        self.assertLessEqual(set(needed), {"libc.so.6"})

    def test_exports_its_init_function_alone(self):
        output = subprocess.run(
            ["nm", "-D", "--extern-only", "--defined-only", self.module()], stdout=subprocess.PIPE, check=True, universal_newlines=True
        ).stdout
        self.assertEqual([line.split()[-1] for line in output.splitlines()], ["PyInit__native"])


if __name__ == "__main__":
    unittest.main()
