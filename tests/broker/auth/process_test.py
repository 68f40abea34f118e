"""Tokens of every kind, gotten by a real broker from a stand-in for Google that checks what it is sent."""

import fcntl
import glob
import json
import os
import shutil
import signal
import subprocess
import unittest
import unittest.mock

from broker.stub_by_hand import StubByHand
from e2e.harness import set_breakpoint, until, wait_final
from fakes import google as fake
from fakes.firebase import FirebaseTest

DAY_S = 86400


class AuthTest(FirebaseTest):
    def stub(self, broker, module="by-hand", **options):
        stub = StubByHand(broker.socket_path, module, **options)
        self.addCleanup(stub.close)
        return stub

    def snapshot_goes_through(self, broker, stub=None, database=None):
        database = database or self.database
        stub = stub or self.stub(broker)
        until(lambda: database.get("cdbg/debuggees/" + stub.debuggee), "the debuggee")
        breakpoint_id = set_breakpoint(database, stub.debuggee, "a.py:3")
        self.assertEqual(stub.wait_set(), breakpoint_id)
        stub.capture(breakpoint_id, x=42)
        result = wait_final(database, stub.debuggee, breakpoint_id, "snapshot")
        self.assertIn("42", json.dumps(result))
        return stub

    def owners(self):
        """Who has written to databases."""
        return {what.rpartition(" by ")[2] for service, what in self.google.log if service == "database" and " by " in what}

    def works_with(self, owner, *arguments, env=()):
        self.snapshot_goes_through(self.start_firebase(*arguments, env=env))
        self.assertEqual(self.owners(), {owner})
        self.assertEqual(self.google.refusals(), [])


class KindTest(AuthTest):
    def test_service_account_of_the_option(self):
        path = self.google.write("key.json", self.google.service_account())
        self.works_with(fake.ACCOUNT, "--service-account-file=" + path)

    def test_service_account_of_the_environment(self):
        path = self.google.write("key.json", self.google.service_account())
        self.works_with(fake.ACCOUNT, env={"GOOGLE_APPLICATION_CREDENTIALS": path})

    def test_user_of_gcloud(self):
        self.google.write("gcloud/application_default_credentials.json", self.google.authorized_user())
        self.google.write("gcloud/configurations/config_default", "[core]\nproject = shop\n")
        self.works_with("user")
        self.assertEqual(self.google.quota_projects, {None})

    def test_quota_project_goes_with_every_request(self):
        path = self.google.write("key.json", {**self.google.authorized_user(), "quota_project_id": "payer"})
        self.works_with("user", "--service-account-file=" + path, "--project-id=shop")
        self.assertEqual(self.google.quota_projects, {"payer"})

    def test_metadata_server(self):
        self.works_with(fake.ACCOUNT)
        self.assertEqual(self.google.count("token"), 0)

    def test_external_account_with_a_file(self):
        self.google.write("subject", fake.SUBJECT_TOKEN)
        path = self.google.write("key.json", self.google.external_account({"file": self.google.folder + "/subject"}))
        self.works_with("pool", "--service-account-file=" + path)
        self.assertGreater(self.google.count("projects"), 0)  # the project was asked for by its number

    def test_external_account_with_an_url_and_impersonation(self):
        source = {
            "url": "http://127.0.0.1:%d/subject" % self.google.control.port,
            "headers": {"X-Subject": "please"},
            "format": {"type": "json", "subject_token_field_name": "value"},
        }
        path = self.google.write("key.json", self.google.external_account(source, impersonated=True))
        self.works_with(fake.TARGET, "--service-account-file=" + path, "--project-id=shop")

    def test_impersonated_by_a_user(self):
        path = self.google.write("key.json", self.google.impersonated(self.google.authorized_user(), ["a@b"]))
        self.works_with(fake.TARGET, "--service-account-file=" + path, "--project-id=shop")

    def test_impersonated_by_a_service_account(self):
        path = self.google.write("key.json", self.google.impersonated(self.google.service_account()))
        self.works_with(fake.TARGET, "--service-account-file=" + path, "--project-id=shop")

    def test_emulator_is_shown_no_credentials(self):
        path = self.google.write("key.json", self.google.service_account())
        broker = self.start_firebase("--service-account-file=" + path, "--database-url=" + self.database.url)
        self.snapshot_goes_through(broker)
        self.assertEqual(self.google.log, [])

    def test_second_default_database_is_found(self):
        self.google.databases = {}
        self.serve_database("shop-default-rtdb.firebaseio.com")
        path = self.google.write("key.json", self.google.service_account())
        self.works_with(fake.ACCOUNT, "--service-account-file=" + path)

    def test_one_connection_with_http2_carries_all_apps(self):
        access_log = self.start_front()
        path = self.google.write("key.json", self.google.service_account())
        broker = self.start_firebase("--service-account-file=" + path)
        stubs = [self.stub(broker, "app-%d" % number) for number in range(5)]
        for stub in stubs:
            self.snapshot_goes_through(broker, stub)
        with open(access_log, encoding="ascii") as file:
            lines = [line.split() for line in file]
        self.assertGreater(len(lines), 10)
        self.assertEqual({line[0] for line in lines if "HTTP/2" in line}, {line[0] for line in lines})
        self.assertLessEqual(len({line[0] for line in lines}), 2)  # the one that looked for the database, and this
        self.assertEqual(self.google.refusals(), [])

    def test_malformed_files_end_the_start_with_one_line(self):
        for content, error in {
            "nonsense": "key.json: line 1, column 8: it is not valid JSON.",
            '{"type": "service_account"}': 'key.json: "client_email" is missing.',
            '{"type": "external_account_authorized_user"}': 'key.json: "type" is none of',
        }.items():
            path = self.google.write("key.json", content)
            broker = self.start_firebase("--service-account-file=" + path, wait=False)
            self.assertEqual(broker.process.wait(30), 64)
            lines = broker.log().splitlines()
            self.assertIn(error, lines[-1].replace('\\"', '"'))
            self.assertEqual(len(lines), 1, lines)
            os.remove(broker.log_path)

    def test_missing_project_ends_the_start(self):
        path = self.google.write("key.json", self.google.authorized_user())
        broker = self.start_firebase("--service-account-file=" + path, wait=False)
        self.assertEqual(broker.process.wait(30), 64)
        self.assertIn("--project-id", broker.log())


class FaultTest(AuthTest):
    def start(self):
        path = self.google.write("key.json", self.google.service_account())
        return self.start_firebase("--service-account-file=" + path)

    def test_faults_of_the_token_endpoint_at_the_start(self):
        for fault in ("drop", "500", "503", "429:1", "malformed", "wrong-type", "cut", "expired", "slow"):
            with self.subTest(fault):
                self.google.fault("token", fault, 2)
                self.google.log.clear()
                broker = self.start()
                self.snapshot_goes_through(broker, self.stub(broker, "app-" + fault.split(":")[0]))
                self.assertEqual(self.google.refusals(), [])
                if fault != "slow":
                    self.assertEqual(self.google.count("token", "fault"), 2)
                self.assertEqual(broker.stop(), 0)

    def test_metadata_server_that_fails(self):
        self.google.fault("metadata", "503", 2)
        self.snapshot_goes_through(self.start_firebase())

    def test_what_is_no_metadata_server_gets_nothing(self):
        self.google.has_flavor = False
        broker = self.start_firebase()
        until(lambda: "there are no credentials" in broker.log(), "the line of the log")
        self.assertEqual(self.google.count("metadata"), 0)
        self.google.has_flavor = True
        self.snapshot_goes_through(broker)

    def test_one_exchange_serves_all_apps(self):
        broker = self.start()
        for number in range(10):
            self.snapshot_goes_through(broker, self.stub(broker, "app-%d" % number))
        self.assertEqual(self.google.count("token"), 1)

    def test_revoked_token_is_replaced_once(self):
        broker = self.start()
        stub = self.snapshot_goes_through(broker)
        self.google.revoke_all()
        self.snapshot_goes_through(broker, stub)
        self.assertEqual(self.google.count("token"), 2)
        self.assertEqual(broker.metrics()["snapshot_broker_tokens_refused_total"], 1)

    def test_clock_that_is_a_day_off(self):
        for offset_s in (DAY_S, -DAY_S):
            with self.subTest(offset_s):
                self.google.clock_offset_s = offset_s
                self.google.log.clear()
                broker = self.start()
                self.snapshot_goes_through(broker, self.stub(broker, "app%d" % offset_s))
                self.assertEqual(len(self.google.refusals()), 1)
                self.assertEqual(broker.stop(), 0)

    def test_token_that_ended_while_the_process_was_frozen(self):
        self.google.lifetime_s = 4
        broker = self.start()
        stub = self.snapshot_goes_through(broker)
        broker.process.send_signal(signal.SIGSTOP)
        tokens = list(self.google.tokens)
        until(lambda: not any(self.google.is_good(token) for token in tokens), "the end of the tokens")
        self.google.lifetime_s = 3600
        broker.process.send_signal(signal.SIGCONT)
        self.snapshot_goes_through(broker, stub)
        self.assertEqual(broker.metrics()["snapshot_broker_tokens_refused_total"], 0)


class AppCredentialsTest(AuthTest):
    """Apps that bring a service account and a database of their own."""

    def passed(self, content, seals=fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK):
        descriptor = os.memfd_create("key", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self.addCleanup(os.close, descriptor)
        os.write(descriptor, json.dumps(content).encode())
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        return descriptor

    def start(self):
        """The broker's own identity is the user's, so that each is known by its owner."""
        path = self.google.write("key.json", self.google.authorized_user())
        return self.start_firebase("--service-account-file=" + path, "--project-id=shop")

    def refusal(self, broker, **options):
        """Why the app is refused."""
        told = []

        def read_refusal(stub):
            told.append(stub.receive(stub.REFUSED))
            raise EOFError

        with self.assertRaises(EOFError):
            StubByHand(broker.socket_path, "refused", before_welcome=read_refusal, **options)
        return told[0][1][0].decode(), told[0].get(2, [0])[0] == 1

    def hosts_of(self, owner):
        return {
            what.split(" ")[0]
            for service, what in self.google.log
            if service == "database" and what.endswith(" by " + owner)
        }

    def test_app_with_a_database_of_its_own(self):
        self.serve_database("theirs.europe-west1.firebasedatabase.app")
        broker = self.start()
        url = "https://theirs.europe-west1.firebasedatabase.app"
        flags = [("firebase_db_url", url), ("service_account_json_file", "key.json")]
        theirs = self.stub(broker, "theirs", flags=flags, descriptors=[self.passed(self.google.service_account())])
        self.snapshot_goes_through(broker, theirs)
        self.snapshot_goes_through(broker)
        self.assertEqual(self.hosts_of(fake.ACCOUNT), {"theirs.europe-west1.firebasedatabase.app"})
        self.assertEqual(self.hosts_of("user"), {"shop-cdbg.firebaseio.com"})

    def test_apps_with_the_same_file_share_one_identity(self):
        broker = self.start()
        for number in range(3):
            stub = self.stub(broker, "app-%d" % number, descriptors=[self.passed(self.google.service_account())])
            self.snapshot_goes_through(broker, stub)
        self.assertEqual(self.hosts_of(fake.ACCOUNT), {"shop-cdbg.firebaseio.com"})
        self.assertEqual(self.google.count("token"), 2)  # one for the broker, one for all of them

    def test_key_that_is_only_called_the_same_gets_nothing_of_the_other(self):
        broker = self.start()
        good = self.stub(broker, "good", descriptors=[self.passed(self.google.service_account())])
        self.snapshot_goes_through(broker, good)
        other_key = fake.certificates.RsaKey().pem
        content = self.google.service_account(private_key=other_key)
        forged = self.stub(broker, "forged", descriptors=[self.passed(content)])
        until(lambda: self.google.refusals(), "the refusal of its assertion")
        self.assertIn("Invalid JWT Signature.", str(self.google.refusals()))
        self.assertIsNone(self.database.get("cdbg/debuggees/" + forged.debuggee))

    def test_url_without_credentials_does_not_get_the_brokers(self):
        self.serve_database("theirs.firebaseio.com")
        broker = self.start()
        reason, is_permanent = self.refusal(broker, flags=[("firebase_db_url", "https://theirs.firebaseio.com")])
        self.assertIn("the broker's credentials are for the broker's own", reason)
        self.assertTrue(is_permanent)
        self.snapshot_goes_through(broker)
        self.assertEqual(self.hosts_of("user"), {"shop-cdbg.firebaseio.com"})

    def test_url_of_the_brokers_own_database_needs_none(self):
        path = self.google.write("key.json", self.google.authorized_user())
        url = "https://shop-cdbg.firebaseio.com"
        broker = self.start_firebase("--service-account-file=" + path, "--database-url=" + url)
        self.snapshot_goes_through(broker, self.stub(broker, flags=[("firebase_db_url", url + "/")]))
        self.assertEqual(self.hosts_of("user"), {"shop-cdbg.firebaseio.com"})

    def test_emulator_on_this_machine(self):
        broker = self.start()
        flags = [("firebase_db_url", self.database.url)]
        self.snapshot_goes_through(broker, self.stub(broker, "emulated", flags=flags))
        self.assertNotIn("by-hand", self.google.log)

    def test_urls_that_no_app_may_name(self):
        broker = self.start()
        for url in (
            "http://metadata.google.internal",
            "http://169.254.169.254",
            "https://example.com",
            "https://10.0.0.1",
            "https://theirs.firebaseio.com.example.com",
            "https://theirs.firebaseio.com@example.com",
            "https://theirs.firebaseio.com/path",
            "https://theirs.firebaseio.com/?auth=x",
            "ftp://theirs.firebaseio.com",
        ):
            reason, is_permanent = self.refusal(
                broker, flags=[("firebase_db_url", url)], descriptors=[self.passed(self.google.service_account())]
            )
            self.assertIn("its firebase_db_url ", reason)
            self.assertTrue(is_permanent)

    def test_files_that_no_app_may_pass(self):
        broker = self.start()
        for content, problem in (
            (self.google.authorized_user(), '"type" is not service_account'),
            (self.google.external_account({"file": "/etc/shadow"}), '"type" is not service_account'),
            (self.google.service_account(token_uri="https://example.com/"), '"token_uri" is not of Google'),
            (self.google.service_account(private_key="x"), '"private_key" is no private key in PEM'),
        ):
            reason, is_permanent = self.refusal(broker, descriptors=[self.passed(content)])
            self.assertIn("the app's service account file: " + problem, reason)
            self.assertFalse(is_permanent)

    def test_descriptor_that_could_make_the_broker_wait_is_not_read(self):
        broker = self.start()
        readable, writable = os.pipe()
        self.addCleanup(os.close, readable)
        self.addCleanup(os.close, writable)
        unsealed = self.passed(self.google.service_account(), seals=0)
        for descriptor in (readable, unsealed):
            reason, _ = self.refusal(broker, descriptors=[descriptor])
            self.assertIn("it did not come as a sealed copy", reason)

    def test_app_whose_file_did_not_come_is_not_served_by_the_brokers_own(self):
        broker = self.start()
        reason, is_permanent = self.refusal(broker, flags=[("service_account_json_file", "/no/such")])
        self.assertIn("its service account file did not come", reason)
        self.assertFalse(is_permanent)

    def test_descriptors_do_not_pile_up(self):
        broker = self.start()
        self.snapshot_goes_through(broker)
        self.refusal(broker, descriptors=[self.passed({})])
        broker.wait_sessions(1)
        before = broker.metrics()["snapshot_broker_open_descriptors"]
        for _ in range(20):
            self.refusal(broker, descriptors=[self.passed({}), self.passed({})])
        broker.wait_sessions(1)
        self.assertEqual(broker.metrics()["snapshot_broker_open_descriptors"], before)

    def test_too_many_identities(self):
        broker = self.start()
        account = self.google.service_account()
        stubs = []
        for number in range(16):
            descriptor = self.passed({**account, "comment": number})
            stubs.append(self.stub(broker, "app-%d" % number, descriptors=[descriptor]))
        reason, is_permanent = self.refusal(broker, descriptors=[self.passed({**account, "comment": "one more"})])
        self.assertIn("too many apps have databases of their own", reason)
        self.assertFalse(is_permanent)
        stubs[3].close()
        broker.wait_sessions(15)
        self.stub(broker, "one more", descriptors=[self.passed({**account, "comment": "one more"})])


class SecretsTest(AuthTest):
    def secrets(self):
        key_lines = [line for line in self.google.key.pem.splitlines() if len(line) > 40]
        return [fake.TOKEN_PREFIX, fake.SUBJECT_TOKEN, fake.USER["refresh_token"], fake.USER["client_secret"], *key_lines]

    def check(self, what, text):
        for secret in self.secrets():
            self.assertNotIn(secret, text, what)

    def check_process(self, broker):
        self.check("log", broker.log())
        self.check("metrics", json.dumps(broker.metrics()))
        for name in ("cmdline", "environ"):
            with open("/proc/%d/%s" % (broker.pid, name), encoding="latin-1") as file:
                self.check(name, file.read())
        for path in glob.glob(broker.state_dir + "/**", recursive=True):
            if os.path.isfile(path):
                with open(path, encoding="latin-1") as file:
                    self.check(path, file.read())
        for service, what in self.google.log:
            if service in ("proxy", "database"):
                self.check("URL", what)

    def setUp(self):
        super().setUp()
        self.assertGreater(len(self.secrets()), 20)

    def test_nothing_that_is_told_has_a_secret_in_it(self):
        self.google.write("subject", fake.SUBJECT_TOKEN)
        source = {"file": self.google.folder + "/subject"}
        for content in (
            self.google.service_account(),
            self.google.authorized_user(),
            self.google.external_account(source, impersonated=True),
            self.google.impersonated(self.google.authorized_user()),
        ):
            path = self.google.write("key.json", content)
            self.google.fault("token", "500", 1)
            self.google.fault("iam", "403", 1)
            self.google.fault("sts", "400", 1)
            self.google.fault("database", "401", 1)
            arguments = ["--service-account-file=" + path, "--project-id=shop", "--log-format=text"]
            broker = self.start_firebase(*arguments, name=content["type"])
            self.stub(broker)
            until(lambda: broker.metrics()["snapshot_broker_token_failures_total"] > 0, "a failure")
            self.check_process(broker)
        path = self.google.write("key.json", self.google.service_account())
        broker = self.start_firebase("--service-account-file=" + path, name="last")
        stub = self.snapshot_goes_through(broker)
        self.google.revoke_all()
        self.snapshot_goes_through(broker, stub)
        self.check_process(broker)
        self.assertEqual(broker.stop(), 0)
        self.check("log", broker.log())

    def memory(self, broker):
        """What the process can write to."""
        contents = []
        with open(os.environ["SNAPSHOT_BROKER"], "rb") as program:
            if b"__asan_" in program.read():
                self.skipTest("there is too much of it")
        with open("/proc/%d/maps" % broker.pid, encoding="ascii", errors="replace") as maps:
            lines = [line.split() for line in maps]
        try:
            with open("/proc/%d/mem" % broker.pid, "rb", 0) as memory:
                for places, permissions, *_ in lines:
                    begin, end = (int(place, 16) for place in places.split("-"))
                    if "w" not in permissions or end - begin > 1 << 28:  # not what a sanitizer reserves
                        continue
                    memory.seek(begin)
                    contents.append(memory.read(end - begin))
        except PermissionError:
            self.skipTest("only root may look")
        return b"\0".join(contents)

    def test_text_of_a_private_key_is_gone_from_memory(self):
        path = self.google.write("key.json", self.google.service_account())
        broker = self.start_firebase("--service-account-file=" + path)
        self.snapshot_goes_through(broker)
        memory = self.memory(broker)
        self.assertTrue(fake.ACCOUNT.encode() in memory)  # this test can see what is there
        found = [line for line in self.google.key.pem.splitlines()[1:-1] if line.encode() in memory]
        self.assertEqual(len(found), 0)

    def test_print_config_names_files_alone(self):
        path = self.google.write("key.json", self.google.service_account())
        command = [os.environ["SNAPSHOT_BROKER"], "--store=firebase", "--service-account-file=" + path, "--print-config"]
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
        self.assertIn("--service-account-file=" + path, text)
        self.check("--print-config", text)

    def test_core_dumps_and_debuggers_of_others_are_off(self):
        """The kernel gives the files of a process that must not be dumped to root: its user has to be another one."""
        user, wrapper = os.getuid(), []
        if user == 0:
            user = 65534
            wrapper = ["setpriv", "--reuid=%d" % user, "--clear-groups"]
            self.give_to(user)
        owner = subprocess.check_output([*wrapper, "stat", "--format=%u", "/proc/self/environ"])
        self.assertEqual(int(owner), user)  # of any other process
        broker = self.start_firebase(wrapper=wrapper)
        self.assertEqual(os.stat("/proc/%d/environ" % broker.pid).st_uid, 0)

    def give_to(self, user):
        """What a broker of that user needs, which may not even see where this test has been built."""
        folder = os.path.join(self.folder, "broker")
        os.makedirs(folder)
        os.chown(folder, user, -1)
        os.chmod(self.folder, 0o755)
        program = shutil.copy(os.environ["SNAPSHOT_BROKER"], self.folder)
        patch = unittest.mock.patch.dict(os.environ, SNAPSHOT_BROKER=program)
        patch.start()
        self.addCleanup(patch.stop)


if __name__ == "__main__":
    unittest.main()
