"""Expressions that people really write about objects of Django, Flask, SQLAlchemy, pydantic 1 and 2, attrs: each has its value."""

import os
import subprocess
import tempfile
import unittest

from interop import pypi

PACKAGES = ("django", "flask", "sqlalchemy", "pydantic", "attrs")


class ExpressionsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        environment, cls.old = os.path.join(cls.folder.name, "new"), os.path.join(cls.folder.name, "old")
        cls.python = os.path.join(pypi.install(environment, *PACKAGES), "python")
        pypi.install_into(cls.old, cls.python, "pydantic<2")

    def check(self, table, *path):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "expressions_cases.py")
        path = path + tuple(os.environ["PYTHONPATH"].split(":"))
        found = subprocess.run(
            [self.python, script, table], env=dict(os.environ, PYTHONPATH=":".join(path)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
        )
        print(found.stdout.strip())
        self.assertEqual(found.returncode, 0, found.stdout)

    def test_django(self):
        self.check("django")

    def test_flask(self):
        self.check("flask")

    def test_sqlalchemy(self):
        self.check("sqlalchemy")

    def test_pydantic(self):
        self.check("pydantic")

    def test_pydantic_1(self):
        self.check("pydantic_of_1", self.old)

    def test_attrs(self):
        self.check("attrs")


if __name__ == "__main__":
    unittest.main()
