"""The visibility file from beside the app to what is stored: the broker reads it, the stub applies it."""

import json
import unittest

from e2e.harness import EndToEndTest, set_breakpoint, until, wait_final

APP = """
    import threading
    import googleclouddebugger

    googleclouddebugger.enable(module="visible", version="1")

    import work

    stop = threading.Event()
    while not stop.wait(0.002):
        work.step()
"""

WORK = """\
class Card:
    def __init__(self):
        self.number = "never-seen"


class Order:
    def __init__(self):
        self.card = Card()
        self.total = 5


def step():
    order = Order()
    card = order.card
    cards = [card, 7]
    return cards
"""


class VisibilityTest(EndToEndTest):
    def capture(self, config, **fields):
        """The snapshot in work.step() of an app that has this visibility file."""
        broker = self.start_broker("--capture-budget-us=1000000", "--evaluation-budget-us=1000000")
        self.write("app.py", APP)
        self.write("work.py", WORK)
        self.write("debugger-blacklist.yaml", config)
        self.start_app(broker.socket_path, ["app.py"])
        debuggee = self.only_debuggee(broker)
        broker.wait_sessions(1)
        location = "work.py:%d" % (1 + WORK.splitlines().index("    return cards"))
        logpoint = set_breakpoint(
            broker.database, debuggee, location, action="LOG", logMessageFormat="card $0", expressions=["card"]
        )
        until(lambda: "LOGPOINT: card" in broker.log(), "a log entry")
        broker.database.delete("cdbg/breakpoints/%s/active/%s" % (debuggee, logpoint))
        snapshot = set_breakpoint(broker.database, debuggee, location, **fields)
        result = wait_final(broker.database, debuggee, snapshot, "snapshot")
        self.assertNotIn("never-seen", json.dumps(broker.database.get("")) + broker.log())
        self.log = broker.log()
        return result

    def assert_hidden(self, variable, name, reason):
        self.assertEqual(
            variable,
            {
                "name": name,
                "status": {"isError": True, "refersTo": "VARIABLE_NAME", "description": {"format": reason}},
            },
        )

    def test_types_of_the_blacklist_are_hidden_wherever_they_are(self):
        result = self.capture("blacklist: ['work.C*']\n", expressions=["order.card", "order.total"])
        order, card, cards = result["stackFrames"][0]["locals"]
        self.assert_hidden(card, "card", "blacklisted by config")
        self.assert_hidden(cards["members"][0], "[0]", "blacklisted by config")
        self.assertEqual(cards["members"][1]["value"], "7")
        members = result["variableTable"][order["varTableIndex"]]["members"]
        self.assert_hidden(members[0], "card", "blacklisted by config")
        self.assertEqual(members[1]["value"], "5")
        self.assert_hidden(result["evaluatedExpressions"][0], "order.card", "blacklisted by config")
        self.assertEqual(result["evaluatedExpressions"][1]["value"], "5")
        self.assertIn("LOGPOINT: card <blacklisted by config>", self.log)

    def test_types_that_are_not_on_the_whitelist_are_hidden(self):
        result = self.capture("whitelist: [builtins.list, builtins.int]\n")
        order, card, cards = result["stackFrames"][0]["locals"]
        self.assert_hidden(order, "order", "not whitelisted by config")
        self.assert_hidden(card, "card", "not whitelisted by config")
        self.assertEqual(cards["members"][1]["value"], "7")

    def test_a_file_that_makes_no_sense_hides_everything(self):
        result = self.capture("blacklist: work.Card\n")
        for variable, name in zip(result["stackFrames"][0]["locals"], ("order", "card", "cards")):
            self.assert_hidden(
                variable, name, "Could not process debugger config: blacklist must be a list"
            )


if __name__ == "__main__":
    unittest.main()
