"""What firebase_admin does with the embedded store; firebase_admin_test.py runs it where the SDK is installed."""

import threading
import time
import unittest

import firebase_admin
from firebase_admin import db, exceptions

from broker.store.embedded.store_process import WAIT_S, StoreProcess


class Listener:
    """Collects events, and waits for them."""

    def __init__(self, reference):
        self._events = []
        self._changed = threading.Condition()
        self._registration = reference.listen(self._on_event)

    def _on_event(self, event):
        with self._changed:
            self._events.append((event.event_type, event.path, event.data))
            self._changed.notify()

    def next(self):
        with self._changed:
            if not self._changed.wait_for(lambda: self._events, WAIT_S):
                raise TimeoutError("no event")
            return self._events.pop(0)

    def close(self):
        self._registration.close()


class SdkTest(unittest.TestCase):
    options = ("--keep-alive-ms=200",)

    def setUp(self):
        self.store = StoreProcess(*self.options)
        self.addCleanup(self.store.stop)
        self.app = firebase_admin.initialize_app(
            None, {"databaseURL": "http://127.0.0.1:%d?ns=debugger" % self.store.port}
        )
        self.addCleanup(firebase_admin.delete_app, self.app)

    def ref(self, path="/"):
        return db.reference(path, self.app)

    def listen(self, path):
        listener = Listener(self.ref(path))
        self.addCleanup(listener.close)
        return listener

    def test_reads_what_is_there(self):
        self.assertEqual(self.ref("cdbg/schema_version").get(), "1")
        self.assertIsNone(self.ref("nothing/here").get())

    def test_sets(self):
        for value in (1, 1.5, True, False, "", "ünïcødé \U0001f600", {"a": {"b": ["x", {"c": 1}]}}, ["a", "b"], 2**53 - 1):
            self.ref("x/y").set(value)
            self.assertEqual(self.ref("x/y").get(), value)
            self.assertEqual(self.ref().child("x").child("y").get(), value)

    def test_prunes(self):
        self.ref("x").set({"a": {}, "b": [], "c": 1})
        self.assertEqual(self.ref("x").get(), {"c": 1})

    def test_resolves_timestamps(self):
        self.ref("t").set({".sv": "timestamp"})
        self.assertLess(abs(self.ref("t").get() - time.time() * 1000), 60000)

    def test_pushes(self):
        first = self.ref("list").push({"n": 1})
        second = self.ref("list").push()
        self.assertLess(first.key, second.key)
        self.assertEqual(list(self.ref("list").get().values()), [{"n": 1}, ""])

    def test_updates(self):
        self.ref("u").set({"a": {"x": 1, "y": 2}, "b": 3})
        self.ref("u").update({"a/x": 10, "c/d/e": "f"})
        self.assertEqual(self.ref("u").get(), {"a": {"x": 10, "y": 2}, "b": 3, "c": {"d": {"e": "f"}}})

    def test_refuses_an_update_with_a_path_that_is_none(self):
        self.ref("u").set({"a": 1})
        with self.assertRaises(exceptions.InvalidArgumentError) as raised:
            self.ref("u").update({"a": 2, "b.c": 3})
        self.assertIn("couldn't parse key", str(raised.exception))
        self.assertEqual(self.ref("u").get(), {"a": 1})

    def test_deletes(self):
        self.ref("u").set({"a": 1, "b": 2})
        self.ref("u/a").delete()
        self.assertEqual(self.ref("u").get(), {"b": 2})

    def test_reads_shallowly(self):
        self.ref("s").set({"a": {"deep": 1}, "b": 2})
        self.assertEqual(self.ref("s").get(shallow=True), {"a": True, "b": True})
        self.assertEqual(self.ref("s/b").get(shallow=True), 2)

    def test_reads_with_etags(self):
        self.ref("e").set({"a": 1})
        value, etag = self.ref("e").get(etag=True)
        self.assertEqual(value, {"a": 1})
        self.assertEqual(self.ref("e").get_if_changed(etag), (False, None, None))
        self.assertEqual(self.ref("e").get_if_changed("other"), (True, value, etag))
        self.ref("e").set(2)
        changed, value, new_etag = self.ref("e").get_if_changed(etag)
        self.assertEqual((changed, value), (True, 2))
        self.assertNotEqual(new_etag, etag)

    def test_sets_if_unchanged(self):
        self.ref("e").set(1)
        _, etag = self.ref("e").get(etag=True)
        self.assertEqual(self.ref("e").set_if_unchanged("wrong", 5), (False, 1, etag))
        # The new tag is not in the answer: the service has it only where X-Firebase-ETag asks, which the SDK does not.
        self.assertEqual(self.ref("e").set_if_unchanged(etag, 2), (True, 2, None))
        self.assertEqual(self.ref("e").get(), 2)

    def test_runs_transactions(self):
        self.assertEqual(self.ref("n").transaction(lambda value: (value or 0) + 1), 1)

        def increment_many():
            for _ in range(10):
                self.ref("n").transaction(lambda value: (value or 0) + 1)

        threads = [threading.Thread(target=increment_many) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.ref("n").get(), 31)

    def test_orders_and_filters(self):
        self.ref("q").set({"a": {"n": 3}, "b": {"n": 1}, "c": {"n": 2}, "d": {"m": 1}})
        by_child = self.ref("q").order_by_child("n")
        self.assertEqual(list(by_child.get()), ["d", "b", "c", "a"])
        self.assertEqual(list(by_child.limit_to_last(2).get()), ["c", "a"])
        self.assertEqual(list(self.ref("q").order_by_child("n").start_at(2).end_at(3).get()), ["c", "a"])
        self.assertEqual(list(self.ref("q").order_by_child("n").equal_to(1).get()), ["b"])
        self.assertEqual(list(self.ref("q").order_by_key().start_at("b").limit_to_first(2).get()), ["b", "c"])
        self.ref("v").set({"x": 2, "y": 1, "z": 3})
        self.assertEqual(self.ref("v").order_by_value().limit_to_first(2).get(), {"y": 1, "x": 2})

    def test_maps_errors(self):
        deep = "/".join(["x"] * 33)
        with self.assertRaises(exceptions.InvalidArgumentError):
            self.ref(deep).get()

    def test_listens(self):
        self.ref("l").set({"a": 1})
        listener = self.listen("l")
        self.assertEqual(listener.next(), ("put", "/", {"a": 1}))
        self.ref("l/b/c").set("é")
        self.assertEqual(listener.next(), ("put", "/b/c", "é"))
        self.ref("l").update({"a": 2, "d/e": [1, 2]})
        self.assertEqual(listener.next(), ("patch", "/", {"a": 2, "d/e": [1, 2]}))
        self.ref("l/a").delete()
        self.assertEqual(listener.next(), ("put", "/a", None))
        key = self.ref("l").push(7).key
        self.assertEqual(listener.next(), ("put", "/" + key, 7))
        self.ref("l").delete()
        self.assertEqual(listener.next(), ("put", "/", None))

    def test_listens_through_keep_alives(self):
        listener = self.listen("l")
        self.assertEqual(listener.next(), ("put", "/", None))
        watched = self.store.stream("/l")
        for _ in range(4):  # the first value and three signs of life, which went to both
            watched.raw_event()
        watched.close()
        self.ref("l").set(1)
        self.assertEqual(listener.next(), ("put", "/", 1))

    def test_hears_what_others_write(self):
        listener = self.listen("cdbg/breakpoints/d-1/active")
        listener.next()
        self.store.put("/cdbg/breakpoints/d-1/active/b-1", {"id": "b-1"})
        self.assertEqual(listener.next(), ("put", "/b-1", {"id": "b-1"}))


class TokenSdkTest(unittest.TestCase):
    """What the SDK sends to an emulator, and to a store with a token."""

    def open(self, port):
        app = firebase_admin.initialize_app(None, {"databaseURL": "http://localhost:%d/?ns=x" % port})
        self.addCleanup(firebase_admin.delete_app, app)
        return app

    def test_owner_opens(self):
        with StoreProcess("--token=owner") as store:
            self.assertEqual(db.reference("cdbg/schema_version", self.open(store.port)).get(), "1")

    def test_another_token_does_not(self):
        with StoreProcess("--token=other") as store:
            app = self.open(store.port)
            with self.assertRaises(exceptions.UnauthenticatedError) as raised:
                db.reference("cdbg", app).get()
            self.assertIn("Unauthorized request.", str(raised.exception))
            with self.assertRaises(Exception):
                db.reference("cdbg", app).listen(print)


if __name__ == "__main__":
    unittest.main()
