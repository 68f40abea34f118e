"""Forks by every road: the child has a session of its own, the parent keeps its own, nobody waits for anybody."""

import os
import unittest

from stub.fake_broker import StubTest, descriptors_of

APP = """
    import os
    import subprocess
    import sys
    import threading
    import warnings
    import googleclouddebugger

    warnings.simplefilter("error")  # a DeprecationWarning of os.fork() would be an exception
    googleclouddebugger.enable(module="fork", version="1")

    def work(number):
        doubled = number * 2
        return doubled

    def is_seven(number):
        return number == 7

    def child(function):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                function()
                status = 0
            finally:
                os._exit(status)
        return pid

    gate = os.pipe()

    def hold():
        os.read(gate[0], 1)

    def let_go():
        os.write(gate[1], b".")

    def wait(pid):
        status = os.waitpid(pid, 0)[1]
        print("status", os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status))

    NUM_FORKS = %d
    NUM_FORKS_UNDER_LOAD = %e
    print("ready")
    for line in sys.stdin:
        exec(line)
"""
# Beside busy threads a fork takes longer, for all of them take turns at the GIL.
NUM_FORKS = int(os.environ.get("NUM_FORKS", 200))
NUM_FORKS_UNDER_LOAD = int(os.environ.get("NUM_FORKS", 60))
APP = APP.replace("%d", str(NUM_FORKS)).replace("%e", str(NUM_FORKS_UNDER_LOAD))
LINE = 13  # return doubled
PATH = "app.py"
STACK_BYTES = 160 * 1024  # less than the compiler is given; the stub's own functions need some tens of KB

# The child of fork() in C goes on in Python without any of the interpreter's own work. On one line, for the app.
C_FORK = "exec(%r)" % """
import ctypes
libc = ctypes.PyDLL(None)
def c_child(function):
    pid = libc.fork()
    if pid == 0:
        function()
        os._exit(0)
    return pid
"""


class ForkTest(StubTest):
    def setUp(self):
        super().setUp()
        self.write(PATH, APP)
        self.broker = self.start_broker()
        self.app = self.start_app(PATH)
        self.app.expect("ready")
        self.session = self.broker.accept()

    def tell_child(self, expression):
        """Forks a child that evaluates the expression after let_go(); returns its pid."""
        self.app.tell("p = child(lambda: (hold(), %s)); print(p)" % expression)
        return int(self.app.read())

    def assert_parent_is_well(self):
        self.session.arm("parent", PATH, LINE)
        self.app.tell("print(work(1))")
        self.app.expect("2")
        self.session.capture("parent")
        self.assert_quiet_end(self.app)

    def test_child_is_a_session_of_its_own_and_hooks_stay_set(self):
        self.session.arm("before", PATH, LINE)
        pid = self.tell_child("print(work(21))")
        session = self.broker.accept()
        self.assertEqual(session.hello["pid"], pid)
        self.assertEqual(session.hello["session_ordinal"], 1)
        session.flush()  # the child may be over as soon as it may go
        self.app.tell("let_go()")
        self.app.expect("42")
        capture = session.capture("before")
        self.assertEqual(capture["frames"][0]["line"], LINE)
        self.app.tell("wait(p)")
        self.app.expect("status 0")
        self.session.flush()
        self.assertNotIn("capture", self.session.pending())
        self.app.tell("print(work(1))")  # the parent's own hook is still there
        self.app.expect("2")
        self.session.capture("before")
        self.assert_quiet_end(self.app)

    def test_breakpoint_set_in_the_child_arrives_there(self):
        self.tell_child("print(work(4))")
        session = self.broker.accept()
        session.arm("child", PATH, LINE)
        self.app.tell("let_go()")
        self.app.expect("8")
        session.capture("child")
        self.app.tell("wait(p)")
        self.app.expect("status 0")
        self.assert_parent_is_well()

    def test_hit_in_the_child_before_it_has_a_session_is_delivered(self):
        self.session.arm("early", PATH, LINE)
        self.app.tell("p = child(lambda: (work(3), hold())); print('forked')")
        self.app.expect("forked")
        session = self.broker.accept()
        session.capture("early")
        self.app.tell("let_go()")
        self.app.tell("wait(p)")
        self.app.expect("status 0")
        self.assert_quiet_end(self.app)

    def test_child_shares_no_descriptor_of_the_stub(self):
        self.session.flush()
        before = descriptors_of(self.app.pid)
        pid = self.tell_child("None")
        self.broker.accept().flush()
        parents = {target for target in descriptors_of(self.app.pid).values() if "socket" in target}
        children = {target for target in descriptors_of(pid).values() if "socket" in target}
        self.assertEqual(parents & children, set())
        self.assertTrue(children)
        self.app.tell("let_go()")
        self.app.tell("wait(p)")
        self.app.expect("status 0")
        self.assertEqual(descriptors_of(self.app.pid), before)
        self.assert_parent_is_well()

    def test_grandchild_is_a_session_of_its_own(self):
        self.session.arm("before", PATH, LINE)
        self.app.tell("p = child(lambda: wait(child(lambda: (print(os.getpid()), hold(), work(1)))))")
        session = self.broker.accept_from(int(self.app.read()))
        session.flush()
        self.app.tell("let_go()")
        session.capture("before")
        self.app.expect("status 0")
        self.app.tell("wait(p)")
        self.app.expect("status 0")
        self.assert_quiet_end(self.app)

    def test_fork_in_a_thread(self):
        # With several threads of the app's own, 3.12 and later warn, rightly: not an error here.
        self.app.tell("warnings.simplefilter('ignore')")
        self.app.tell(
            "t = threading.Thread(target=lambda: globals().update(p=child(lambda: (hold(), work(1)))));"
            " t.start(); t.join(); print(p)"
        )
        pid = int(self.app.read())
        session = self.broker.accept()
        self.assertEqual(session.hello["pid"], pid)
        self.app.tell("let_go()")
        self.app.tell("wait(p)")
        self.app.expect("status 0")
        self.assert_parent_is_well()

    def test_fork_in_a_thread_while_the_main_thread_sleeps(self):
        self.app.tell("warnings.simplefilter('ignore')")
        self.app.tell(
            "r, w = os.pipe();"
            " t = threading.Thread(target=lambda: print(child(lambda: None)));"
            " t.start(); os.read(r, 1)"
        )
        self.app.read()
        # The main thread is in a system call: the link must be there nevertheless.
        self.session.arm("asleep", PATH, LINE)

    def test_multiprocessing_fork(self):
        self.session.arm("before", PATH, LINE)
        self.app.tell("import multiprocessing; context = multiprocessing.get_context('fork')")
        self.app.tell(
            "go, gone = context.Event(), context.Event();"
            " p = context.Process(target=lambda: (work(5), gone.set(), go.wait())); p.start(); gone.wait(); print(p.pid)"
        )
        session = self.broker.accept_from(int(self.app.read()))
        session.capture("before")
        self.app.tell("go.set(); p.join(); print(p.exitcode)")
        self.app.expect("0")
        self.assert_parent_is_well()

    def test_multiprocessing_pool(self):
        self.app.tell("warnings.simplefilter('ignore')")  # the pool has threads of its own
        self.app.tell("import multiprocessing; pool = multiprocessing.get_context('fork').Pool(2)")
        children = [self.broker.accept(), self.broker.accept()]
        for session in children:
            session.arm("pooled", PATH, LINE)
        self.app.tell("print(pool.map(work, range(8))); pool.close(); pool.join()")
        self.app.expect(str([2 * number for number in range(8)]))
        captures = 0
        for session in children:
            session.wait_end()
            captures += sum(kind == "capture" for kind, _ in session.unread)
        self.assertGreaterEqual(captures, 1)
        self.assert_parent_is_well()

    def test_subprocess_is_not_disturbed(self):
        self.app.tell("print(subprocess.run(['echo', 'plain'], stdout=subprocess.PIPE).stdout)")
        self.app.expect("b'plain\\n'")
        if hasattr(os, "posix_spawn"):
            self.app.tell("wait(os.posix_spawn('/bin/true', ['true'], {}))")
            self.app.expect("status 0")
        self.app.tell("print(os.system('exit 3') >> 8)")
        self.app.expect("3")
        self.assert_parent_is_well()

    def test_subprocess_with_preexec_fn_is_not_disturbed(self):
        for _ in range(20):
            self.app.tell(
                "print(subprocess.run(['echo', 'x'], preexec_fn=lambda: work(1), stdout=subprocess.PIPE).stdout)"
            )
            self.app.expect("b'x\\n'")
        self.assert_parent_is_well()

    def test_child_that_execs_at_once_makes_no_session(self):
        """On a busy machine some of them may not get to it before the stub thinks that they stay."""
        for _ in range(20):
            self.app.tell("p = child(lambda: os.execv('/bin/true', ['true'])); wait(p)")
            self.app.expect("status 0")
        num_before = len(self.broker.sessions)
        self.broker.accept_from(self.tell_child("None"))
        self.assertLess(len(self.broker.sessions) - num_before - 1, 10)
        self.app.tell("let_go()")
        self.app.tell("wait(p)")
        self.app.expect("status 0")

    def test_unannounced_fork_is_a_session_at_its_first_chance(self):
        self.app.tell(C_FORK)
        self.app.tell("p = c_child(lambda: (hold(), print(work(6)))); print(p)")
        session = self.broker.accept_from(int(self.app.read()))
        session.arm("child", PATH, LINE)
        self.app.tell("let_go()")
        self.app.expect("12")
        session.capture("child")
        self.app.tell("wait(p)")
        self.app.expect("status 0")
        self.assert_parent_is_well()

    def test_hit_in_the_child_of_an_unannounced_fork(self):
        self.session.arm("before", PATH, LINE)
        self.app.tell(C_FORK)
        self.app.tell("p = c_child(lambda: (work(7), hold())); print(p)")
        session = self.broker.accept_from(int(self.app.read()))
        session.capture("before")
        self.app.tell("let_go()")
        self.app.tell("wait(p)")
        self.app.expect("status 0")
        self.assert_parent_is_well()

    def test_unannounced_fork_in_a_thread_is_a_session_when_it_is_hit(self):
        self.session.arm("before", PATH, LINE)
        self.app.tell(C_FORK)
        self.app.tell(
            "t = threading.Thread(target=lambda: globals().update(p=c_child(lambda: (work(1), hold()))));"
            " t.start(); t.join(); print(p)"
        )
        session = self.broker.accept_from(int(self.app.read()))
        session.capture("before")
        self.app.tell("let_go()")
        self.app.tell("wait(p)")
        self.app.expect("status 0")
        self.assert_parent_is_well()

    def test_condition_that_is_put_off_in_the_child_of_an_unannounced_fork(self):
        """For a thread with a larger stack; it might wait for one that reads a file, too, and there is none in the child yet."""
        self.session.arm("before", PATH, LINE, condition="is_seven(number)")
        self.app.tell(C_FORK)
        self.app.tell("threading.stack_size(%d)" % STACK_BYTES)
        self.app.tell(
            "t = threading.Thread(target=lambda: globals().update(p=c_child(lambda: (work(7), hold()))));"
            " t.start(); t.join(); threading.stack_size(0); print(p)"
        )
        self.broker.accept_from(int(self.app.read())).flush()
        self.app.tell("let_go()")
        self.app.tell("wait(p)")
        self.app.expect("status 0")
        self.assert_parent_is_well()

    def test_child_of_an_unannounced_fork_shares_no_descriptor_of_the_stub(self):
        self.session.flush()
        self.app.tell(C_FORK)
        self.app.tell("p = c_child(hold); print(p)")
        pid = int(self.app.read())
        self.broker.accept_from(pid).flush()
        parents = {target for target in descriptors_of(self.app.pid).values() if "socket" in target}
        children = {target for target in descriptors_of(pid).values() if "socket" in target}
        self.assertEqual(parents & children, set())
        self.app.tell("let_go()")
        self.app.tell("wait(p)")
        self.app.expect("status 0")

    def test_forkpty(self):
        self.session.arm("before", PATH, LINE)
        self.app.tell(
            "exec('p, terminal = os.forkpty()\\nif p == 0:\\n    work(8)\\n    hold()\\n    os._exit(0)\\n'); print(p)"
        )
        session = self.broker.accept_from(int(self.app.read()))
        session.capture("before")
        self.app.tell("let_go()")
        self.app.tell("wait(p)")
        self.app.expect("status 0")
        self.assert_parent_is_well()

    def is_daemon(self, pid):
        try:
            return pid != self.app.pid and os.getsid(pid) != os.getsid(0)
        except ProcessLookupError:  # one on the way to it, which has ended
            return False

    def test_daemon_that_closes_all_descriptors(self):
        """Forks twice, begins a session of the terminal, closes everything that it has inherited."""
        self.write(
            "daemon.py",
            """
            import os
            from app import work

            def start():
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        os.closerange(0, 256)
                        while not os.path.exists("stop"):
                            work(1)
                    os._exit(0)
                os.wait()
            """,
        )
        self.app.tell("sys.modules['app'] = sys.modules['__main__']; import daemon; daemon.start(); print('started')")
        self.app.expect("started")
        self.addCleanup(lambda: self.write("stop", ""))
        daemon = self.broker.accept_where(self.is_daemon)
        daemon.arm("daemon", PATH, LINE)
        daemon.capture("daemon")
        self.write("stop", "")
        daemon.wait_end()
        self.assert_parent_is_well()

    def check_multiprocessing(self, method):
        """A process that imports the app anew, or comes from a server that has: it is an app of its own."""
        self.write(
            "started.py",
            """
            import multiprocessing
            import os
            import sys
            import googleclouddebugger
            googleclouddebugger.enable(module="fork", version="1")

            def say(text):
                os.write(1, text.encode() + b"\\n")  # in one piece: two processes do

            def work(go):
                result = "worked"
                say(result)
                go.recv()
                return result

            if __name__ == "__main__":
                context = multiprocessing.get_context(sys.argv[1])
                for turn in range(2):
                    mine, its = context.Pipe()
                    process = context.Process(target=work, args=(its,))
                    process.start()
                    say(str(process.pid))
                    sys.stdin.readline()
                    mine.send(None)
                    process.join()
                    say(str(process.exitcode))
            """,
        )
        app = self.start_app("started.py", method)
        for _ in range(2):
            said = [app.read(), app.read()]
            self.assertIn("worked", said)
            said.remove("worked")
            session = self.broker.accept_from(int(said[0]))
            session.arm("b1", "started.py", 14)
            app.tell("go on")
            session.capture("b1")
            app.expect("0")
            session.wait_end()
        self.assert_quiet_end(app)

    def test_multiprocessing_spawn(self):
        self.check_multiprocessing("spawn")

    def test_multiprocessing_forkserver(self):
        self.check_multiprocessing("forkserver")

    def test_many_forks_under_load(self):
        self.app.tell("warnings.simplefilter('ignore')")
        self.session.arm("load", PATH, LINE, condition="number == -1")
        self.app.tell(
            "stop = threading.Event();"
            " ts = [threading.Thread(target=lambda: any(not work(1) for _ in iter(stop.is_set, True))) for _ in range(2)];"
            " [t.start() for t in ts];"
            " [print(os.waitpid(child(lambda: work(2)), 0)[1]) for _ in range(NUM_FORKS_UNDER_LOAD)];"
            " stop.set(); [t.join() for t in ts]"
        )
        for _ in range(NUM_FORKS_UNDER_LOAD):
            self.app.expect("0")
        self.assert_parent_is_well()

    def test_many_forks_of_a_single_thread_warn_of_nothing(self):
        self.app.tell("print(sum(os.waitpid(child(lambda: work(2)), 0)[1] for _ in range(NUM_FORKS)))")
        self.app.expect("0")
        self.assert_parent_is_well()

    def set_while(self, line):
        """Sets breakpoints and clears them while the app does that, which ends with printing "done"."""
        self.app.tell(line)
        number = 0
        while not self.app.has_said_something():
            self.session.arm("b%d" % number, PATH, LINE, condition="number == -1")
            self.session.send(clear_breakpoint={"id": "b%d" % number})
            number += 1
        self.app.expect("done")

    def test_forks_while_breakpoints_are_set(self):
        self.set_while("print('done' if not sum(os.waitpid(child(lambda: work(2)), 0)[1] for _ in range(NUM_FORKS)) else 'bad')")
        self.assert_parent_is_well()

    def test_unannounced_forks_while_breakpoints_are_set(self):
        self.app.tell(C_FORK)
        self.set_while("print('done' if not sum(os.waitpid(c_child(lambda: work(2)), 0)[1] for _ in range(NUM_FORKS)) else 'bad')")
        self.assert_parent_is_well()

    def test_breakpoints_that_are_set_while_the_app_forks_are_armed_once(self):
        self.app.tell("print(sum(os.waitpid(child(lambda: None), 0)[1] for _ in range(50)))")
        for number in range(200):
            self.session.set("b%d" % number, PATH, LINE, condition="number == -1")
        self.app.expect("0")
        for number in range(200):
            self.session.state("b%d" % number, "ARMED")
        self.session.flush()
        self.session.pending()
        self.assertFalse([fields for kind, fields in self.session.unread if fields.get("state") == "ARMED"])
        self.assert_parent_is_well()


if __name__ == "__main__":
    unittest.main()
