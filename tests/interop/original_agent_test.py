"""tests/e2e/golden.json is what the original agent makes of the line: google-python-cloud-debugger of PyPI says so itself."""

import json
import os
import subprocess
import tempfile
import unittest

from interop import pypi

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN_FOLDER = os.path.join(os.path.dirname(HERE), "e2e")


class OriginalAgentTest(unittest.TestCase):
    def test_golden_snapshot(self):
        # A CPython that it has a wheel for; its backend's packages are not needed.
        interpreter = os.environ["ORIGINAL_PYTHON"]
        if not interpreter:
            self.skipTest("there is no CPython 3.6 to 3.9 here, which the original agent needs")
        with open(os.path.join(GOLDEN_FOLDER, "golden.json"), encoding="utf-8") as file:
            golden = json.load(file)
        with tempfile.TemporaryDirectory() as folder:
            pypi.install_into(folder, interpreter, "google-python-cloud-debugger==4.1")
            done = subprocess.run(
                [
                    interpreter,
                    os.path.join(HERE, "original_agent.py"),
                    folder,
                    GOLDEN_FOLDER,
                    json.dumps(golden["expressions"]),
                ],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                universal_newlines=True,
            )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.maxDiff = None
        self.assertEqual(json.loads(done.stdout), golden)


if __name__ == "__main__":
    unittest.main()
