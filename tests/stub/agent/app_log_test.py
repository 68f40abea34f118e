"""Lines of logpoints in the app's own log: on the link thread, with the logpoint's place, and nothing imported for it."""

import unittest

from stub.fake_broker import StubTest

APP = """
    import os
    import sys
    import threading
    import googleclouddebugger

    if sys.argv[1] == "logging":
        import logging

        class Show(logging.Handler):
            def emit(self, record):
                number = record.lineno
                Show.last = record
                Show.thread = threading.get_ident()
                print(record.getMessage(), record.pathname, record.filename, number, record.funcName,
                      record.levelname, record.name, sep="|")

        logging.root.addHandler(Show())
        logging.root.setLevel(logging.INFO)

    googleclouddebugger.enable(module="shop", version="7")

    def work(number):
        return number

    for line in sys.stdin:
        exec(line)
"""
RECORD = """
class Thread:
    is_gone = False
    name = property(lambda self: 'gone' if self.is_gone else 'worker')
    def __del__(self):
        Thread.is_gone = True

class Record(logging.LogRecord):
    def __setattr__(self, name, value):
        if name == 'relativeCreated':
            getattr(self, name, None) and threading._active.pop(7, None)
        super().__setattr__(name, value)

logging.setLogRecordFactory(Record)
threading._active[7] = Thread()
"""
EMIT_LINE = 11  # number = record.lineno
TIME_US = 1700000000250000


class AppLogTest(StubTest):
    def start(self, *arguments):
        self.write("app.py", APP)
        self.broker = self.start_broker()
        self.app = self.start_app("app.py", *arguments, env={"PYTHONIOENCODING": "utf-8"})
        self.session = self.broker.accept(quota={"is_unlimited": True})

    def log(self, message=b"LOGPOINT: 100% $0", level=20, thread_id=1):
        self.session.send(
            app_log={
                "level": level,
                "message": message,
                "path": b"shop/views.py",
                "line": 12,
                "function": b"Cart.add",
                "time_unix_us": TIME_US,
                "thread_id": thread_id,
            }
        )

    def ask(self, expression):
        self.app.tell("print(%s)" % expression)
        return self.app.read()

    def test_record_has_the_place_of_the_logpoint(self):
        self.start("logging")
        self.log(level=30)
        self.app.expect("LOGPOINT: 100% $0|shop/views.py|views.py|12|Cart.add|WARNING|root")

    def test_record_has_the_time_and_the_thread_of_the_hit(self):
        self.start("logging")
        self.log(thread_id=int(self.ask("threading.get_ident()")))
        self.app.read()
        self.assertEqual(self.ask("Show.last.created, Show.last.msecs"), "1700000000.25 250.0")
        self.assertEqual(self.ask("Show.last.threadName"), "MainThread")
        self.assertEqual(self.ask("Show.last.thread == threading.get_ident()"), "True")
        self.assertEqual(self.ask("Show.thread == threading.get_ident()"), "False")

    def test_threads_of_the_app_are_what_they_were(self):
        self.start("logging")
        before = self.ask("threading.enumerate()")
        self.log()
        self.app.read()
        self.session.flush()
        self.assertEqual(self.ask("threading.enumerate()"), before)

    def test_thread_that_a_record_of_the_apps_forgets(self):
        self.start("logging")
        self.app.tell("exec(%r)" % RECORD)
        self.assertEqual(self.ask("1"), "1")
        self.log(thread_id=7)
        self.app.read()
        self.assertEqual(self.ask("Show.last.threadName, Thread.is_gone"), "worker True")

    def test_level_of_the_root_logger_decides(self):
        self.start("logging")
        self.app.tell("logging.root.setLevel(logging.ERROR)")
        self.assertEqual(self.ask("1"), "1")
        self.log(b"low", level=30)
        self.log(b"high", level=40)
        self.assertTrue(self.app.read().startswith("high|"))

    def test_nothing_is_imported_for_it(self):
        self.start("nothing")
        self.log()
        self.session.flush()
        self.assertEqual(self.ask("'logging' in sys.modules"), "False")
        self.app.tell("sys.exit(0)")
        self.assert_quiet_end(self.app)

    def test_text_that_is_no_utf8_is_replaced(self):
        self.start("logging")
        self.log(b"a\xffb")
        self.assertTrue(self.app.read().startswith("a\\ufffdb|".encode().decode("unicode_escape")))

    def test_handler_that_raises_is_the_apps_affair(self):
        self.start("logging")
        self.app.tell("Show.handle = lambda self, record: 1 / 0")
        self.assertEqual(self.ask("1"), "1")
        self.log()
        self.session.flush()
        self.app.tell("del Show.handle")
        self.assertEqual(self.ask("2"), "2")
        self.log()
        self.assertIn("LOGPOINT", self.app.read())

    def test_logpoint_in_what_logs_makes_no_line_for_each_line(self):
        self.start("logging")
        self.session.arm("log", "app.py", EMIT_LINE, action="LOG", expressions=["number"])
        self.log()
        self.app.read()
        self.app.tell("logging.info('own')")
        self.assertIn("own", self.app.read())
        self.assertEqual(self.session.log_entry("log")["thread_id"], int(self.ask("threading.get_ident()")))
        self.session.flush()
        self.assertNotIn("log_entry", self.session.pending())

    def hold_a_handlers_lock(self):
        self.app.tell("logging.root.handlers[0].acquire()")
        self.app.tell("print('held')")
        self.app.expect("held")
        self.log()
        # The link thread waits for the lock now, or will.
        self.assertEqual(self.ask("1"), "1")

    def test_fork_does_not_wait_for_the_apps_locks(self):
        self.start("logging")
        self.hold_a_handlers_lock()
        self.app.tell("pid = os.fork() or os._exit(0)")
        self.assertEqual(self.ask("os.waitpid(pid, 0)[1]"), "0")
        self.app.tell("logging.root.handlers[0].release()")
        self.assertIn("LOGPOINT", self.app.read())
        self.session.flush()

    def test_end_does_not_wait_for_the_apps_locks(self):
        self.start("logging")
        self.app.tell("atexit = __import__('atexit'); atexit.unregister(logging.shutdown)")  # it waits by itself
        self.hold_a_handlers_lock()
        self.app.tell("sys.exit(3)")
        self.assert_quiet_end(self.app, status=3)


if __name__ == "__main__":
    unittest.main()
