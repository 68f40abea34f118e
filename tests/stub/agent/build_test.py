"""The distribution: a wheel from a checkout, and the same from an sdist, by setuptools alone and without a network."""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

# Where Bazel put the files of the checkout.
CHECKOUT_FILES = ("stub", "proto/snapshot.proto", "LICENSE")


class BuildTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="stub-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.checkout = os.path.join(cls.folder, "checkout")
        for name in CHECKOUT_FILES:
            copy = shutil.copytree if os.path.isdir(name) else shutil.copyfile
            os.makedirs(os.path.dirname(os.path.join(cls.checkout, name)), exist_ok=True)
            copy(name, os.path.join(cls.checkout, name))

    def run_python(self, *arguments, cwd=None):
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        result = subprocess.run(
            [sys.executable, *arguments], cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.assertEqual(result.returncode, 0, result.stdout[-4000:])
        return result.stdout

    def build_wheel(self, source):
        """Unpacks the wheel of the source, and returns where."""
        target = tempfile.mkdtemp(dir=self.folder)
        self.run_python(
            "-m", "pip", "--disable-pip-version-check", "wheel", "--no-index", "--no-deps", "--no-build-isolation",
            "--wheel-dir", target, source,
        )  # fmt: skip
        (wheel,) = glob.glob(os.path.join(target, "snapshot_debugger_stub-*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(os.path.join(target, "unpacked"))
        return os.path.join(target, "unpacked")

    def assert_is_well_made(self, unpacked):
        package = os.path.join(unpacked, "googleclouddebugger")
        (module,) = glob.glob(os.path.join(package, "_native*.so"))
        names = {"__init__.py", "__main__.py", "_version.py", "_native.pyi", "py.typed", os.path.basename(module)}
        self.assertEqual(set(os.listdir(package)), names)

        dynamic = subprocess.run(["readelf", "-dW", module], stdout=subprocess.PIPE, check=True, text=True).stdout
        needed = [line.split("[")[1].rstrip("]") for line in dynamic.splitlines() if "(NEEDED)" in line]
        self.assertEqual(needed, ["libc.so.6"])
        self.assertNotIn("RUNPATH", dynamic)
        symbols = subprocess.run(
            ["nm", "-D", "--extern-only", "--defined-only", module], stdout=subprocess.PIPE, check=True, text=True
        ).stdout
        self.assertEqual([line.split()[-1] for line in symbols.splitlines()], ["PyInit__native"])
        sections = subprocess.run(["readelf", "-SW", module], stdout=subprocess.PIPE, check=True, text=True).stdout
        self.assertNotIn(".symtab", sections)
        self.assertNotIn(".debug_info", sections)

        output = self.run_python(
            "-c", "import sys; sys.path.insert(0, sys.argv[1]); import googleclouddebugger as g; g.enable();"
            " print(g.__version__)", unpacked,
        )  # fmt: skip
        with open(os.path.join(package, "_version.py"), encoding="utf-8") as version:
            self.assertIn('"%s"' % output.strip(), version.read())

    def test_wheel_from_a_checkout(self):
        self.assert_is_well_made(self.build_wheel(os.path.join(self.checkout, "stub")))

    def test_wheel_from_an_sdist(self):
        target = os.path.join(self.folder, "sdist")
        self.run_python("setup.py", "--quiet", "sdist", "--dist-dir", target, cwd=os.path.join(self.checkout, "stub"))
        (archive,) = os.listdir(target)
        self.assert_is_well_made(self.build_wheel(os.path.join(target, archive)))


if __name__ == "__main__":
    unittest.main()
