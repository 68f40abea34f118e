"""The end of an interpreter with the stub in it: at any moment, without a crash, a hang, or a word on stderr."""

import signal
import unittest

from stub.fake_broker import StubTest

NUM_EXITS = 50
HANG_MS = 500  # the shortest wait of the end that gives up: LINK_APP_WAIT_MS

APP = """
    import sys
    import threading
    import googleclouddebugger

    googleclouddebugger.enable(module="exit", version="1")

    def work(number):
        doubled = number * 2
        return doubled

    print("ready", flush=True)
    for line in sys.stdin:
        exec(line)
"""
LINE = 9  # return doubled
PATH = "app.py"


class ExitTest(StubTest):
    def start(self):
        self.write(PATH, APP)
        app = self.start_app(PATH)
        app.expect("ready")
        return app

    def start_armed(self, broker):
        app = self.start()
        session = broker.accept_from(app.pid)  # children of the app before it may have been in the middle of it
        session.arm("never", PATH, LINE, condition="number == -1")
        session.arm("b1", PATH, LINE)
        return app, session

    def test_many_exits_with_breakpoints_armed(self):
        broker = self.start_broker()
        for number in range(NUM_EXITS):
            app, session = self.start_armed(broker)
            if number % 2:
                app.tell("work(1)")
                session.capture("b1")
            self.assert_quiet_end(app)
            session.wait_end()
            session.close()

    def test_many_exits_while_messages_arrive(self):
        broker = self.start_broker()
        for _ in range(20):
            app = self.start()
            session = broker.accept()
            app.process.stdin.close()
            try:
                for number in range(2000):
                    session.set("b%d" % number, PATH, LINE)
                    session.pending()
            except (BrokenPipeError, ConnectionResetError):
                pass
            self.assert_quiet_end(app)
            session.close()

    def test_many_exits_without_a_broker(self):
        for _ in range(10):
            self.assert_quiet_end(self.start())

    def test_exit_with_daemon_threads_at_the_line(self):
        broker = self.start_broker()
        for _ in range(10):
            app, session = self.start_armed(broker)
            app.tell(
                "[threading.Thread(target=lambda: [work(1) for _ in iter(int, 1)], daemon=True).start() for _ in range(3)]"
            )
            session.capture("b1")
            self.assert_quiet_end(app)
            session.close()

    def test_exit_with_a_status(self):
        broker = self.start_broker()
        app, _ = self.start_armed(broker)
        app.tell("sys.exit(3)")
        self.assert_quiet_end(app, 3)

    def test_exit_by_os_exit(self):
        broker = self.start_broker()
        app, session = self.start_armed(broker)
        app.tell("import os; work(1); os._exit(4)")
        self.assert_quiet_end(app, 4)
        session.capture("b1")

    def test_exit_by_a_signal(self):
        broker = self.start_broker()
        app, session = self.start_armed(broker)
        app.process.send_signal(signal.SIGTERM)
        self.assert_quiet_end(app, -signal.SIGTERM)
        session.wait_end()

    def test_signals_go_to_the_app(self):
        broker = self.start_broker()
        app, session = self.start_armed(broker)
        app.tell(
            "import signal; signal.signal(signal.SIGUSR1, lambda *_: print(threading.current_thread() is threading.main_thread()))"
        )
        app.tell("print('set')")
        app.expect("set")
        app.process.send_signal(signal.SIGUSR1)
        app.tell("0")
        app.expect("True")

    def test_lines_in_atexit_functions_and_finalizers_do_no_harm(self):
        broker = self.start_broker()
        app, session = self.start_armed(broker)
        app.tell("import atexit; atexit.register(work, 5)")
        app.tell("exec('class Late:\\n    def __del__(self):\\n        work(6)')")
        app.tell("late = Late(); loop = [late]; loop.append(loop)")
        self.assert_quiet_end(app)

    def test_exit_by_an_exception(self):
        broker = self.start_broker()
        app, session = self.start_armed(broker)
        app.tell("work(1); 1 / 0")
        self.assertEqual(app.wait(), 1)
        self.assertTrue(app.errors().startswith("Traceback"), app.errors())
        self.assertTrue(app.errors().endswith("ZeroDivisionError: division by zero\n"), app.errors())
        session.capture("b1")

    def test_exit_by_an_interrupt(self):
        broker = self.start_broker()
        app, session = self.start_armed(broker)
        app.process.send_signal(signal.SIGINT)
        self.assertIn(app.wait(), (1, -signal.SIGINT))
        self.assertTrue(app.errors().rstrip().endswith("KeyboardInterrupt"), app.errors())
        session.wait_end()

    def test_system_exit_in_a_thread_ends_the_thread(self):
        broker = self.start_broker()
        app, session = self.start_armed(broker)
        app.tell("def leave():\n    work(1); sys.exit(5)".replace("\n", "\\n").join(["exec('", "')"]))
        app.tell("t = threading.Thread(target=leave); t.start(); t.join(); print('goes on')")
        app.expect("goes on")
        session.capture("b1")
        self.assert_quiet_end(app)

    def test_exit_while_a_thread_that_is_no_daemon_goes_on(self):
        broker = self.start_broker()
        app, session = self.start_armed(broker)
        app.tell("import time; threading.Timer(0.05, lambda: print(work(8))).start(); sys.exit(0)")
        app.expect("16")
        session.capture("b1")
        self.assert_quiet_end(app)

    def test_exit_while_the_link_waits_for_the_gil(self):
        broker = self.start_broker()
        for _ in range(10):
            app = self.start()
            session = broker.accept()
            session.flush()
            app.tell(
                "[threading.Thread(target=lambda: [work(1) for _ in iter(int, 1)], daemon=True).start() for _ in range(3)];"
                " print('busy', flush=True)"
            )
            app.expect("busy")
            for number in range(50):
                session.set("b%d" % number, PATH, LINE, condition="number == -1")
            self.assert_quiet_end(app)
            session.close()

    def test_exit_while_a_line_is_looked_for(self):
        broker = self.start_broker()
        for turn in range(10):
            app = self.start()
            session = broker.accept()
            app.tell("objects = [[number] for number in range(200000)]; print('large', flush=True)")
            app.expect("large")
            for number in range(5):
                session.set("b%d" % number, PATH, LINE)
            if turn % 2:
                session.state("b0", "ARMED")
            self.assert_quiet_end(app)
            session.close()

    def test_exit_while_a_thread_forks(self):
        broker = self.start_broker()
        for _ in range(10):
            app, session = self.start_armed(broker)
            app.tell("import os, warnings; warnings.simplefilter('ignore')")
            app.tell(
                "threading.Thread(target=lambda: [os.waitpid(os.fork() or os._exit(0), 0) for _ in iter(int, 1)],"
                " daemon=True).start(); print('forks', flush=True)"
            )
            app.expect("forks")
            self.assertEqual(app.wait(), 0, app.errors())
            self.assertNotIn("Fatal", app.errors())
            session.close()

    def test_exit_of_a_child(self):
        broker = self.start_broker()
        app, session = self.start_armed(broker)
        app.tell("import os")
        for _ in range(20):
            app.tell("exec('p = os.fork()\\nif p == 0:\\n    work(1)\\n    sys.exit(0)')")
            app.tell("print(os.waitpid(p, 0)[1])")
            app.expect("0")
        self.assert_quiet_end(app)

    def test_enabled_by_a_function_of_atexit(self):
        broker = self.start_broker()
        self.write(
            PATH,
            """
            import atexit
            import googleclouddebugger
            atexit.register(lambda: googleclouddebugger.enable(module="exit", version="1"))
            """,
        )
        for _ in range(10):
            app = self.start_app(PATH)
            self.assert_quiet_end(app)
        self.assertTrue(broker)

    def test_enabled_in_a_thread(self):
        broker = self.start_broker()
        self.write(
            PATH,
            """
            import sys
            import threading
            import googleclouddebugger
            thread = threading.Thread(target=lambda: googleclouddebugger.enable(module="exit", version="1"))
            thread.start()
            thread.join()
            sys.stdin.read()
            """,
        )
        app = self.start_app(PATH)
        broker.accept().flush()
        self.assert_quiet_end(app)

    def test_exit_waits_for_nothing(self):
        broker = self.start_broker()
        self.write(
            PATH,
            """
            import atexit, sys, time
            started = []
            atexit.register(lambda: print(int((time.perf_counter() - started[0]) * 1000)))
            import googleclouddebugger
            googleclouddebugger.enable(module="exit", version="1")
            atexit.register(lambda: started.append(time.perf_counter()))
            sys.stdin.read()
            """,
        )
        took_ms = []
        for _ in range(5):
            app = self.start_app(PATH)
            broker.accept().flush()
            app.process.stdin.close()
            took_ms.append(int(app.read()))
            self.assert_quiet_end(app)
        print("the handler of the exit took %s ms" % took_ms)  # 5 on a quiet machine
        self.assertLess(min(took_ms), HANG_MS)


if __name__ == "__main__":
    unittest.main()
