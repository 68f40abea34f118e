"""The real app of the demo: Django under gunicorn with two workers, with and without --preload."""

import os
import unittest
import urllib.request

from e2e.harness import DEADLINE_S, EndToEndTest, free_port, set_breakpoint, until, variables, wait_final

SITE = os.path.abspath("deploy/demo-app")
VIEWS = os.path.join(SITE, "shop", "views.py")


def line_of(text):
    with open(VIEWS, encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if text in line)


class DjangoTest(EndToEndTest):
    def start_site(self, *arguments):
        self.broker = self.start_broker()
        self.port = free_port()
        self.site = self.start_app(
            self.broker.socket_path,
            ["-m", "gunicorn", "--workers", "2", "--bind", "127.0.0.1:%d" % self.port, *arguments, "shop.wsgi"],
            cwd=SITE,
        )
        until(self.request, "the site")

    def request(self, order=7):
        try:
            url = "http://127.0.0.1:%d/checkout/%d" % (self.port, order)
            with urllib.request.urlopen(url, timeout=DEADLINE_S) as response:
                return response.read()
        except ConnectionError:
            return None
        except urllib.error.URLError as error:
            if isinstance(error.reason, ConnectionError):
                return None
            raise

    def take_snapshots(self):
        debuggee = self.only_debuggee(self.broker)
        for _ in range(3):
            breakpoint_id = set_breakpoint(
                self.broker.database,
                debuggee,
                "shop/views.py:%d" % line_of("return subtotal - reduction"),
                expressions=["order.customer.tier"],
            )
            until(
                lambda: self.request()
                and self.broker.database.get("cdbg/breakpoints/%s/final/%s" % (debuggee, breakpoint_id)),
                "a snapshot",
            )
            snapshot = wait_final(self.broker.database, debuggee, breakpoint_id, "snapshot")
            frames = snapshot["stackFrames"]
            self.assertEqual([f["function"] for f in frames[:2]], ["discounted", "checkout"])
            self.assertEqual(frames[0]["location"]["path"], "shop/views.py")
            self.assertEqual(variables(frames[0]["arguments"])["percent"], "20")
            self.assertEqual(snapshot["evaluatedExpressions"][0]["value"], "'gold'")

    def test_workers_that_fork_before_the_app_is_loaded(self):
        self.start_site()
        self.broker.wait_sessions(2)
        self.take_snapshots()

    def test_workers_that_fork_after_the_app_is_loaded(self):
        self.start_site("--preload")
        self.broker.wait_sessions(3)  # the parent has the app, and a session, too
        self.take_snapshots()

    def test_worker_that_dies_is_replaced(self):
        self.start_site()
        self.broker.wait_sessions(2)
        import json

        worker = json.loads(self.request())["worker"]
        os.kill(worker, 9)
        until(lambda: (json.loads(self.request() or b'{"worker": 0}')["worker"] or worker) != worker, "another worker")
        self.broker.wait_sessions(2)
        self.take_snapshots()

    def test_site_ends_quietly(self):
        self.start_site()
        self.broker.wait_sessions(2)
        self.assertEqual(self.site.stop(), 0)
        self.assertNotIn("Traceback", self.site.log())
        self.assertNotIn("Warning", self.site.log())
        self.broker.wait_sessions(0)
        self.assertEqual(self.broker.stop(), 0)


if __name__ == "__main__":
    unittest.main()
