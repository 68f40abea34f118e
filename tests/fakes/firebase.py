"""A broker of --store=firebase for tests, beside the embedded store that is its database behind the stand-in for Google."""

import os
import re
import shutil
import socket
import urllib.request

from e2e import harness

from fakes import google

# What a client might find on the machine that the test runs on.
FOREIGN = (
    "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT",
    "CLOUDSDK_ACTIVE_CONFIG_NAME", "NO_GCE_CHECK", "HTTP_PROXY", "http_proxy", "https_proxy", "NO_PROXY", "no_proxy",
    "ALL_PROXY", "all_proxy",
)  # fmt: skip


class FirebaseBroker(harness.Broker):
    def wait_ready(self):
        def started():
            if self.process.poll() is not None:
                raise AssertionError("the broker ended with %d:\n%s" % (self.process.returncode, self.log()))
            return re.search(r"serves apps at .*http://127.0.0.1:(?P<admin_port>\d+)\.", self.log()[self.log_begin :])

        self.admin_port = int(harness.until(started, "the broker's start")["admin_port"])
        self.admin_url = "http://127.0.0.1:%d" % self.admin_port
        urllib.request.urlopen(self.admin_url + "/ready", timeout=harness.DEADLINE_S).close()


class FirebaseTest(harness.EndToEndTest):
    """self.google, and self.store: the broker whose embedded store is the database."""

    def setUp(self):
        super().setUp()
        folder = os.path.join(self.folder, "store")
        os.makedirs(folder)
        self.store = harness.Broker(folder)
        self._processes.append(self.store)
        self.database = self.store.database
        self.database.put("cdbg/schema_version", "1")
        folder = os.path.join(self.folder, "google")
        os.makedirs(folder)
        self.google = google.Google(folder)
        self.addCleanup(self.google.close)
        self.serve_database("shop-cdbg.firebaseio.com")

    def serve_database(self, host):
        self.google.databases[host] = "127.0.0.1:%d" % self.store.port

    def start_front(self):
        """nghttpx before the databases, which speaks HTTP/2; returns its log of requests."""
        port = harness.free_port()
        access_log = os.path.join(self.folder, "access.log")
        front = harness.Process(
            "nghttpx",
            self.folder,
            [
                shutil.which("nghttpx") or "/usr/sbin/nghttpx",  # not in every PATH
                "--conf=/dev/null",
                "--frontend=127.0.0.1,%d" % port,
                "--backend=127.0.0.1,%d;;proto=http/1.1" % self.google.plain_database.port,
                "--workers=1",
                "--no-ocsp",
                "--accesslog-file=" + access_log,
                "--accesslog-format=$remote_port $request $status",
                self.google.certificates.key_file,
                self.google.certificates.certificate_file,
            ],
        )
        self._processes.append(front)
        self.google.database_front = ("127.0.0.1", port)

        def answers():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        harness.until(answers, "nghttpx")
        return access_log

    def start_firebase(self, *arguments, env=(), name="broker", wait=True, wrapper=()):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder, exist_ok=True)
        variables = {**self.google.environment(), **dict(env)}
        wrapper = [*wrapper, "/usr/bin/env"]
        for variable in FOREIGN:
            wrapper += ["-u", variable]
        wrapper += ["%s=%s" % pair for pair in variables.items()]
        broker = FirebaseBroker(
            folder,
            "--store=firebase",
            "--ca-file=" + self.google.certificates.ca_file,
            *arguments,
            wrapper=wrapper,
            wait=wait,
        )
        self._processes.append(broker)
        return broker
