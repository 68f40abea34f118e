"""Expressions with names of their own, evaluated by the stub, and by eval()."""

import _capture

ACCEPTED, REFUSED, RAISED, BUDGET, WAITING = 0, 2, 3, 4, 5
BUDGET_US = 1000000  # the machine may be busy

CODE = compile("answer = evaluate(source, 0, budget_us)", "expressions.py", "exec")


def evaluate(source, names):
    """(outcome, value), when the sources that it takes have been read, which is done in steps."""
    namespace = dict(names, evaluate=_capture.evaluate, source=source, budget_us=BUDGET_US)
    namespace["answer"] = WAITING, None
    while namespace["answer"][0] == WAITING:
        exec(CODE, namespace)
    return namespace["answer"]


def check(test, source, names):
    """Fails unless it has the value that eval() gives, or both raise. Returns (found, wanted); None: both raise."""
    outcome, value = evaluate(source, names)
    try:
        wanted = eval(source, dict(names))
    except Exception:
        test.assertEqual(outcome, RAISED, value)
        return None
    test.assertEqual((outcome, value), (ACCEPTED, wanted))
    return value, wanted
