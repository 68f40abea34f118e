"""A whole snapshot, down to the last field, is what the original agent made of the same values (golden.json).

tests/interop/original_agent_test.py has the original make it.
"""

import json
import os
import unittest

from e2e.harness import EndToEndTest, set_breakpoint, wait_final

HERE = os.path.dirname(os.path.abspath(__file__))

# What the time and the place decide, and what the user wrote.
OF_THIS_RUN = ("id", "createTimeUnixMsec", "finalTimeUnixMsec", "userEmail")


class GoldenTest(EndToEndTest):
    def test_snapshot(self):
        # Budgets that a busy machine does not use up.
        broker = self.start_broker("--capture-budget-us=1000000", "--evaluation-budget-us=1000000")
        with open(os.path.join(HERE, "golden_app.py"), encoding="utf-8") as file:
            self.write("golden_app.py", file.read())
        self.write("app.py", "import googleclouddebugger\ngoogleclouddebugger.enable()\nimport golden_app\ngolden_app.main()\n")
        with open(os.path.join(HERE, "golden.json"), encoding="utf-8") as file:
            golden = json.load(file)
        self.start_app(broker.socket_path, ["app.py"])
        debuggee = self.only_debuggee(broker)

        location = golden["location"]
        breakpoint_id = set_breakpoint(
            broker.database, debuggee, "%(path)s:%(line)d" % location, expressions=golden["expressions"]
        )
        snapshot = wait_final(broker.database, debuggee, breakpoint_id, "snapshot")

        self.maxDiff = None
        for field in OF_THIS_RUN:
            snapshot.pop(field, None)
        self.assertEqual(snapshot, golden)


if __name__ == "__main__":
    unittest.main()
