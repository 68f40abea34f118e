"""No expression changes an app, hangs it, or runs a line of its code: a few thousand that would, if they could.

After each, no hook has run, no Python frame has begun, no audit event was raised but that of compiling. The complete state
(fingerprint.py) is compared after every few of them, and what iterators have left at the end with what they had. That all
this would be noticed is tested, too: eval() of the same expressions is seen to change the app, in every theme.
"""

import faulthandler
import gc
import os
import resource
import signal
import sys
import tempfile
import time
import unittest
import warnings

import _capture
import hostile
import hostile_app
from fingerprint import Fingerprint, changes

APP = {"hostile_app", "hostile_module", "app"} | hostile.OF_THE_APP
BATCH = 25
SYNTAX, WAITING = 1, 5
OF_THE_COMPILER = ("exec", "compile", "sys.setprofile")
HANG_SECONDS = 60
GROWTH_BYTES_MAX = 10 * 1024 * 1024
SANITIZED = "SANITIZER_PRELOAD" in os.environ

events = []
is_listening = False


def listen(event, arguments):
    if is_listening:
        events.append(event)


if hasattr(sys, "addaudithook"):
    sys.addaudithook(listen)


def show_warning(message, *arguments):
    listen("warning: %s" % message, arguments)


def memory_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def profile(frame, event, argument):
    global is_listening
    if event == "call":
        is_listening, was_listening = False, is_listening  # f_code raises an event
        hostile_app.calls.append("frame of " + frame.f_code.co_name)
        is_listening = was_listening


class App:
    """A fresh app, and what it is like."""

    CODE = compile("outcome = evaluate(source, 0, 5000)[0], condition(source, 0, 5000)[0]", "app.py", "exec")

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.state = hostile_app.make_state(self.folder.name)
        self.state.update(hostile.namespace())
        roots = {name: value for name, value in self.state.items() if name not in ("deep", "deep_proxy", "modules", "long_list")}
        self.fingerprint = Fingerprint(roots, APP, self.folder.name)
        self.namespace = dict(self.state, __name__="app", evaluate=_capture.evaluate, condition=_capture.condition)
        for _ in range(3):  # until what the fingerprint itself brings about is there
            self.fingerprint.take()
        self.before = self.fingerprint.take()

    def close(self):
        for name in ("deep", "deep_proxy", "recursive", "recursive_dict"):
            self.namespace.pop(name, None)
        left = hostile_app.close_state(self.state)
        self.folder.cleanup()
        return left

    def evaluate(self, source):
        """The two outcomes, and all hooks, frames and audit events of the app while it was evaluated."""
        global is_listening
        self.namespace["source"] = source
        del hostile_app.calls[:], events[:]
        is_listening = True
        sys.setprofile(profile)
        exec(self.CODE, self.namespace)
        sys.setprofile(None)
        is_listening = False
        noticed = [call for call in hostile_app.calls if not call.startswith("frame of <module>")]
        outcome = self.namespace.pop("outcome")
        # Up to 3.8 the compiler looks for a file with the text of an f-string that it cannot read.
        usual = OF_THE_COMPILER + (("open",) if outcome[0] == SYNTAX else ())
        noticed += [event for event in events if event not in usual]
        del hostile_app.calls[:], events[:]
        return outcome, noticed

    def differences(self):
        del self.namespace["source"]
        after = self.fingerprint.take()
        found = changes(self.before, after, self.fingerprint.roots_by_name()) if after != self.before else []
        return found


class NoChangeTest(unittest.TestCase):
    def setUp(self):
        warnings.simplefilter("always")
        warnings.showwarning = show_warning
        gc.collect()
        gc.disable()  # compiling makes objects, as it does when a breakpoint is set

    def tearDown(self):
        faulthandler.cancel_dump_traceback_later()
        gc.enable()

    def find_culprit(self, sources):
        for source in sources:
            app = App()
            app.evaluate(source)
            found = app.differences()
            app.close()
            if found:
                return source, found
        return sources, "only together"

    def check_batch(self, app, sources):
        for source in sources:
            outcome = WAITING, WAITING
            while WAITING in outcome:  # the sources of its functions are read in steps
                outcome, noticed = app.evaluate(source)
                self.assertEqual(noticed, [], source)
            for each in outcome:
                self.assertIn(each, range(WAITING), source)
            self.outcomes[source] = outcome[0]
        found = app.differences()
        if found:
            self.fail("changed: %s by %s: %s" % (found, *self.find_culprit(sources)))

    def test_nothing_changes(self):
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)  # a thread, which is there from here on
        untouched = App().close()
        app = App()
        sources = [source for _, source in hostile.expressions()]
        self.assertGreater(len(set(sources)), 2000)
        self.outcomes = {}
        slowest = 0, None
        for i in range(0, len(sources), BATCH):
            faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
            start = time.perf_counter()
            self.check_batch(app, sources[i : i + BATCH])
            slowest = max(slowest, (time.perf_counter() - start, sources[i : i + BATCH]))
        start_bytes = memory_bytes()  # the fingerprints have made room for themselves
        for source in sources:
            faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
            app.evaluate(source)
        grown = memory_bytes() - start_bytes
        self.assertEqual(app.close(), untouched)
        counts = [list(self.outcomes.values()).count(outcome) for outcome in range(5)]
        print("%d expressions, 0 changes; with a value %d, syntax %d, refused %d, raised %d, budget %d" % (len(self.outcomes), *counts))
        print("memory %+.1f MB; slowest %d: %.0f ms, %s" % (grown / 2**20, BATCH, slowest[0] * 1000, slowest[1]))
        if not SANITIZED:  # whose allocator keeps what is freed
            self.assertLess(grown, GROWTH_BYTES_MAX)


class SelfTest(unittest.TestCase):
    """That a change is noticed, wherever it is made."""

    def evaluate(self, source, namespace):
        global is_listening
        is_listening = True
        sys.setprofile(profile)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            eval(source, namespace)
        except BaseException:
            pass
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.setprofile(None)
        is_listening = False

    def is_noticed(self, source):
        """Of eval(), in a process of its own: 1 for what ran, 2 for what is changed, 4 if it does not come back."""
        app = self.app
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
            null = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(null, number)
            gc.collect()
            del hostile_app.calls[:]  # finalizers of what earlier apps have left
            app.before = app.fingerprint.take()
            self.evaluate(source, dict(app.state))
            noticed = [call for call in hostile_app.calls if call != "frame of <module>"]
            noticed += [event for event in events if event not in OF_THE_COMPILER]
            del hostile_app.calls[:], events[:]
            gc.collect()
            after = app.fingerprint.take()
            os._exit((1 if noticed else 0) + (2 if after != app.before else 0))
        _, status = os.waitpid(child, 0)
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 4

    @unittest.skipIf(SANITIZED, "its own memory is what the limit would count")
    def test_changes_are_noticed_in_every_theme(self):
        warnings.simplefilter("always")
        warnings.showwarning = show_warning
        self.app = App()
        for source in ("1 + 1", "len(items)", "items[0] == 5", "missing", "mapping['a']", "text.upper()", "iterator is None", "1 / 0"):
            self.assertEqual(self.is_noticed(source), 0, source)
        found, themes = {}, {}
        wants_all = "ALL_CHANGES" in os.environ
        for theme, source in hostile.expressions():
            themes.setdefault(theme, []).append(source)
            if wants_all or found.get(theme, [0, 0, 0])[2] < 2:
                noticed = self.is_noticed(source)
                counts = found.setdefault(theme, [0, 0, 0])
                counts[0] += 1
                counts[1] += bool(noticed & 2)
                counts[2] += bool(noticed)
                if wants_all and not noticed:
                    print("not noticed: " + source)
        self.app.close()
        for theme, counts in found.items():
            print("%s: %d, eval() of the first %d changes state in %d, is noticed in %d" % (theme, len(themes[theme]), *counts))
            self.assertGreater(counts[2], 1, theme)
        self.assertGreater(sum(counts[1] for counts in found.values()), len(found) // 2)


if __name__ == "__main__":
    unittest.main()
