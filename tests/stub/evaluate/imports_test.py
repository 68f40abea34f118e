"""`import` in functions that are walked: of what is loaded already; nothing is loaded, and no hook of the app is asked."""

import builtins
import importlib
import os
import sys
import tempfile
import unittest

import _capture

ACCEPTED, REFUSED, WAITING = 0, 2, 5

FILES = {
    "snapshot_shop/__init__.py": "",
    "snapshot_shop/prices.py": "TAX = 20\n\n\ndef with_tax(price):\n    return price + TAX\n",
    "snapshot_shop/unused.py": "raise RuntimeError('is loaded')\n",
    "snapshot_shop/api/__init__.py": "LIMIT = 5\n",
    "snapshot_shop/api/views.py": """
def absolute():
    import snapshot_shop.prices
    return snapshot_shop.prices.TAX

def renamed():
    import snapshot_shop.prices as p, os.path
    return p.with_tax(1), os.path.sep

def from_package():
    from snapshot_shop import prices, prices as again
    return prices is again and again.TAX

def from_module():
    from snapshot_shop.prices import TAX as tax, with_tax
    return with_tax(tax)

def relative():
    from . import LIMIT
    from .. import prices
    from ..prices import TAX
    return LIMIT, prices.TAX, TAX

def in_a_branch(flag):
    if flag:
        import snapshot_shop.unused
        return snapshot_shop
    return "not needed"

def optional():
    try:
        import snapshot_shop.unused
    except ImportError:
        return None
    return 1

def missing():
    import snapshot_missing

def missing_name():
    from snapshot_shop.prices import missing

def not_loaded():
    from snapshot_shop import unused

def too_far():
    from .... import shop
""",
}


def evaluate(source, depth):
    outcome = WAITING
    while outcome == WAITING:
        outcome, value = _capture.evaluate(source, depth + 1, 1000000)
    return outcome, value


class ImportsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.folder = folder
        for path, text in FILES.items():
            path = os.path.join(folder.name, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        sys.path.insert(0, folder.name)
        importlib.import_module("snapshot_shop.prices")
        cls.views = importlib.import_module("snapshot_shop.api.views")

    @classmethod
    def tearDownClass(cls):
        sys.path.remove(cls.folder.name)
        cls.folder.cleanup()

    def setUp(self):
        self.loaded = dict(sys.modules)

    def tearDown(self):
        self.assertEqual(dict(sys.modules), self.loaded)

    def refuse(self, source, reason):
        views = self.views  # noqa: F841 - the expressions name it
        outcome, message = evaluate(source, 0)
        self.assertEqual(outcome, REFUSED, message)
        self.assertIn(reason, message[2][0])

    def test_what_is_loaded(self):
        views = self.views
        for name in ("absolute", "renamed", "from_package", "from_module", "relative"):
            with self.subTest(name=name):
                self.assertEqual(evaluate("views.%s()" % name, 0), (ACCEPTED, getattr(views, name)()))
        self.assertEqual(evaluate("views.in_a_branch(False)", 0), (ACCEPTED, "not needed"))

    def test_what_is_not_loaded(self):
        self.refuse("views.missing()", "imports `snapshot_missing`, which is not loaded")
        self.refuse("views.missing_name()", "imports `missing`, which is not loaded")
        self.refuse("views.not_loaded()", "imports `unused`, which is not loaded")
        self.refuse("views.in_a_branch(True)", "imports `snapshot_shop.unused`, which is not loaded")
        self.refuse("views.optional()", "imports `snapshot_shop.unused`, which is not loaded")
        self.refuse("views.too_far()", "which is not loaded")

    def test_import_of_the_apps_own(self):
        asked = []
        original = builtins.__import__

        def own_import(*arguments, **keywords):
            asked.append(arguments)
            return original(*arguments, **keywords)

        builtins.__import__ = own_import
        try:
            answer = _capture.evaluate("self.views.absolute()", 0, 1000000)
            while answer[0] == WAITING:
                answer = _capture.evaluate("self.views.absolute()", 0, 1000000)
        finally:
            builtins.__import__ = original
        self.assertEqual((answer[0], asked), (REFUSED, []))

    def test_module_that_computes_its_attributes(self):
        module = type(sys)("snapshot_lazy")
        asked = []
        module.__getattr__ = asked.append
        sys.modules["snapshot_lazy"] = module
        try:
            scope = {}
            path = os.path.join(self.folder.name, "lazy.py")
            with open(path, "w") as file:
                file.write("def lazy():\n    from snapshot_lazy import anything\n    return anything\n")
            with open(path) as file:
                exec(compile(file.read(), path, "exec"), scope)
            lazy = scope["lazy"]  # noqa: F841
            outcome, message = evaluate("lazy()", 0)
            self.assertEqual((outcome, asked), (REFUSED, []), message)
        finally:
            del sys.modules["snapshot_lazy"]


if __name__ == "__main__":
    unittest.main()
