"""The official Python SDK, firebase_admin from PyPI, reads, writes and listens on the embedded store.

By hand: EMBEDDED_STORE_SERVER=<the program> PYTHONPATH=tests python3 tests/interop/firebase_admin_test.py
What is tried is in firebase_admin_cases.py, which runs with the interpreter of a virtual environment that has the SDK.
"""

import os
import subprocess
import sys
import tempfile
import unittest

from interop import pypi

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "firebase_admin_cases.py")


class FirebaseAdminTest(unittest.TestCase):
    def run_with(self, requirement):
        with tempfile.TemporaryDirectory(prefix="firebase_admin_") as folder:
            python = os.path.join(pypi.install(folder, requirement), "python")
            # Without the packages of this interpreter, which may be of another version.
            paths = [path for path in sys.path if path and not path.endswith("-packages")]
            done = subprocess.run(
                [python, CASES, "-v"],
                env=dict(os.environ, PYTHONPATH=os.pathsep.join(paths), PYTHONDONTWRITEBYTECODE="1"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"Ran [1-9]\d tests")

    def test_current_sdk(self):
        self.run_with("firebase_admin==7.1.0")

    def test_sdk_of_the_original_agent(self):
        """It asks for 5.3.0 at least; 5.4.0 still works with the Python of today."""
        self.run_with("firebase_admin==5.4.0")


if __name__ == "__main__":
    unittest.main()
