"""The HTTP face of the embedded store, over real sockets: every status, header and body that clients rely on."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

from broker.store.embedded.store_process import WAIT_S, StoreProcess

BAD_JSON = "Invalid data; couldn't parse JSON object, array, or value."
BAD_KEY = "Invalid data; couldn't parse key beginning at %s. Key value can't be empty or contain $ # [ ] / or ."
BAD_PATH = "Invalid path: Invalid token in path"


class RestCase(unittest.TestCase):
    options = ()

    def setUp(self):
        self.store = StoreProcess(*self.options)
        self.addCleanup(self.store.stop)

    def check_error(self, answer, status, text):
        self.assertEqual(answer.body, '{\n  "error" : %s\n}\n' % json.dumps(text))
        self.assertEqual(answer.status, status)
        self.assertEqual(answer.headers["Content-Type"], "application/json; charset=utf-8")


class ReadTest(RestCase):
    def test_answers_with_the_headers_of_the_real_service(self):
        answer = self.store.request("GET", "/cdbg/schema_version.json")

        self.assertEqual((answer.status, answer.body), (200, '"1"'))
        self.assertEqual(answer.headers["Content-Type"], "application/json; charset=utf-8")
        self.assertEqual(answer.headers["Cache-Control"], "no-cache")
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
        self.assertEqual(answer.headers["Content-Length"], "3")
        self.assertIsNone(answer.headers["ETag"])

    def test_has_null_where_nothing_is(self):
        answer = self.store.request("GET", "/no/such/thing.json")

        self.assertEqual((answer.status, answer.body), (200, "null"))

    def test_reads_every_depth(self):
        self.store.put("/a", {"b": {"c": {"d": {"e": {"f": [1, {"g": "x"}]}}}}})

        self.assertEqual(self.store.get("/a/b/c/d/e/f/1/g"), "x")
        self.assertEqual(self.store.get("/a/b/c/d/e/f"), [1, {"g": "x"}])
        self.assertEqual(self.store.get("/")["a"]["b"]["c"]["d"]["e"], {"f": [1, {"g": "x"}]})

    def test_forgives_slashes_and_ignores_the_namespace(self):
        for target in (
            "//cdbg//schema_version.json",
            "/cdbg/schema_version/.json",
            "/cdbg/schema_version.json?ns=x",
            "/cdbg/schema_version.json?ns=&auth=owner&disableTriggers=true",
            "/cdbg/%73chema_version.json",
        ):
            self.assertEqual(self.store.request("GET", target).body, '"1"', target)

    def test_lists_keys_shallowly(self):
        self.store.put("/m", {"user": "jack", "body": {"a": {"b": 1}}, "list": ["x"]})

        self.assertEqual(self.store.request("GET", "/m.json?shallow=true").body, '{"body":true,"list":true,"user":true}')
        self.assertEqual(self.store.get("/m/user", "shallow=true"), "jack")
        self.assertIsNone(self.store.get("/nothing", "shallow=true"))
        self.assertEqual(self.store.get("/m", "shallow=true&print=pretty&ns=x&timeout=1s")["user"], True)
        self.check_error(
            self.store.request("GET", '/m.json?shallow=true&orderBy="$key"'),
            400,
            "Mixing 'shallow' and querying parameters is not supported",
        )

    def test_prints_pretty(self):
        self.store.put("/m", {"b": [1, "x"], "a": {"c": True}})

        self.assertEqual(
            self.store.request("GET", "/m.json?print=pretty").body,
            '{\n  "a" : {\n    "c" : true\n  },\n  "b" : [ 1, "x" ]\n}\n',
        )

    def test_prints_silently(self):
        for method, body in (("GET", None), ("PUT", "1"), ("POST", "1"), ("PATCH", '{"a":1}')):
            answer = self.store.request(method, "/m.json?print=silent", body)

            self.assertEqual((answer.status, answer.body), (204, ""), method)
            self.assertIsNone(answer.headers["Content-Type"])
        self.assertEqual(self.store.request("DELETE", "/m.json?print=silent").body, "null")

    def test_exports_without_arrays(self):
        self.store.put("/m", ["x", ["y"]])

        self.assertEqual(self.store.get("/m"), ["x", ["y"]])
        self.assertEqual(self.store.get("/m", "format=export"), {"0": "x", "1": {"0": "y"}})

    def test_orders_and_filters(self):
        self.store.put("/q", {"a": {"n": 3}, "b": {"n": 1}, "c": {"n": 2}, "d": {"n": "x"}})

        for query, keys in (
            ('orderBy="n"&limitToFirst=2', "bc"),
            ('orderBy="n"&limitToLast=1', "d"),
            ('orderBy="n"&startAt=2&endAt=3', "ac"),
            ("orderBy=%22n%22&equalTo=%22x%22", "d"),
            ('orderBy="n"&startAfter=2&endBefore="x"', "a"),
            ('orderBy="$key"&startAt="c"', "cd"),
            ('orderBy="$value"', "abcd"),
            ('orderBy="$priority"&limitToFirst=1', "a"),
        ):
            self.assertEqual("".join(self.store.get("/q", query)), keys, query)
        self.assertIsNone(self.store.get("/q", 'orderBy="n"&equalTo=7'))

    def test_refuses_malformed_queries(self):
        for query, text in (
            ("limitToFirst=2", "orderBy must be defined when other query parameters are defined"),
            ("equalTo=2", "orderBy must be defined when other query parameters are defined"),
            ("orderBy=n", "orderBy must be a valid JSON encoded path"),
            ('orderBy="n"&limitToFirst=0', "limitToFirst and limitToLast must be positive integers"),
        ):
            self.check_error(self.store.request("GET", "/q.json?" + query), 400, text)
        self.check_error(self.store.request("GET", "/q.json?a=%zz"), 400, "Malformed query string")

    def test_downloads(self):
        answer = self.store.request("GET", "/cdbg.json?download=a%22b%0d%0aX:%20y.txt")

        self.assertEqual(answer.headers["Content-Disposition"], 'attachment; filename="a_b__X: y.txt"')
        self.assertIsNone(answer.headers["X"])

    def test_answers_head_without_a_body(self):
        answer = self.store.request("HEAD", "/cdbg/schema_version.json")

        self.assertEqual((answer.status, answer.body, answer.headers["Content-Length"]), (200, "", "3"))


class WriteTest(RestCase):
    def test_echoes_what_was_put_with_server_values_resolved(self):
        before = time.time() * 1000
        answer = self.store.request(
            "PUT",
            "/cdbg/breakpoints/d-1/active/b-1.json",
            '{"action": "CAPTURE", "location": {"path": "a.py", "line": 10}, "expressions": ["a", "b"],'
            ' "createTimeUnixMsec": {".sv": "timestamp"}, "id": "b-1", "labels": {}, "none": null}',
            {"Content-Type": "application/json", "Connection": "close", "Authorization": "Bearer ya29.FAKE"},
        )

        self.assertEqual(answer.status, 200)
        time_ms = answer.value["createTimeUnixMsec"]
        self.assertLessEqual(abs(time_ms - before), 10000)
        self.assertEqual(
            answer.value,
            {
                "action": "CAPTURE",
                "location": {"path": "a.py", "line": 10},
                "expressions": ["a", "b"],
                "createTimeUnixMsec": time_ms,
                "id": "b-1",
            },
        )
        self.assertEqual(self.store.get("/cdbg/breakpoints/d-1/active/b-1"), answer.value)

    def test_never_looks_at_the_content_type(self):
        for content_type in ("application/x-www-form-urlencoded", "text/plain", "nonsense"):
            answer = self.store.request("PUT", "/x.json", '{"a":1}', {"Content-Type": content_type})

            self.assertEqual(answer.body, '{"a":1}')

    def test_deletes(self):
        self.store.put("/x", {"a": {"b": 1}, "c": 2})

        self.assertEqual(self.store.request("DELETE", "/x/a/b.json").body, "null")
        self.assertEqual(self.store.get("/x"), {"c": 2})
        self.assertEqual(self.store.request("DELETE", "/nothing.json").status, 200)
        self.assertEqual(self.store.request("PUT", "/x.json", "null").body, "null")
        self.assertIsNone(self.store.get("/x"))

    def test_posts_under_names_that_sort_by_time(self):
        names = [self.store.request("POST", "/list.json", str(i)).value["name"] for i in range(20)]

        self.assertTrue(all(re.fullmatch("[-0-9A-Z_a-z]{20}", name) for name in names))
        self.assertEqual(sorted(names), names)
        self.assertEqual(self.store.get("/list"), {name: i for i, name in enumerate(names)})

    def test_patches_many_places(self):
        self.store.put("/u", {"a": {"nick": "x", "age": 1}, "b": {"nick": "y"}})
        answer = self.store.request("PATCH", "/u.json", '{"a/nick":"A","b":null,"c/d/e":{"f":[1]},"t":{".sv":"timestamp"}}')

        self.assertEqual(answer.status, 200)
        value = answer.value
        self.assertIsInstance(value.pop("t"), int)
        self.assertEqual(value, {"a/nick": "A", "b": None, "c/d/e": {"f": [1]}})
        self.store.request("DELETE", "/u/t.json")
        self.assertEqual(self.store.get("/u"), {"a": {"nick": "A", "age": 1}, "c": {"d": {"e": {"f": [1]}}}})

    def test_patches_all_or_nothing(self):
        self.store.put("/u", {"a": 1})

        self.check_error(
            self.store.request("PATCH", "/u.json", '{"a":2,"b":{"c.d":1}}'), 400, BAD_KEY % "1:13"
        )
        self.check_error(self.store.request("PATCH", "/u.json", '{"a":2,"b/c.d":1}'), 400, BAD_KEY % "1:8")
        self.check_error(
            self.store.request("PATCH", "/u.json", '{"a":2,"a/b":3}'),
            400,
            "Invalid data; a path of the update is an ancestor of another.",
        )
        for body in ("[1]", "1", "null", '"x"'):
            self.check_error(self.store.request("PATCH", "/u.json", body), 400, BAD_JSON)
        self.assertEqual(self.store.get("/u"), {"a": 1})

    def test_increments(self):
        self.store.put("/n", 40)

        self.assertEqual(self.store.put("/n", {".sv": {"increment": 2}}), 42)
        self.check_error(
            self.store.request("PUT", "/n.json", '{".sv":"other"}'), 400, "Invalid data; unknown server value."
        )

    def test_overrides_the_method_of_a_post(self):
        self.store.put("/x", 1)

        self.store.request("POST", "/x.json", "", {"X-HTTP-Method-Override": "DELETE"})
        self.assertIsNone(self.store.get("/x"))
        self.assertEqual(self.store.request("POST", "/x.json?x-http-method-override=PUT", "5").body, "5")
        self.assertEqual(self.store.get("/x", **{"X-HTTP-Method-Override": "DELETE"}), 5)
        self.assertEqual(self.store.get("/x", "x-http-method-override=DELETE"), 5)

    def test_reads_chunks(self):
        answer = self.store.exchange(
            b"PUT /x.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            b'5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n'
        )

        self.assertTrue(answer.endswith(b'\r\n\r\n{"a":1}'), answer)

    def test_tells_to_continue(self):
        with self.store.connect() as connection:
            connection.sendall(
                b"PUT /x.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
            )
            self.assertEqual(connection.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(b"7")
            self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n"))


class BadInputTest(RestCase):
    options = ("--body-bytes-max=12000000",)

    def test_malformed_json(self):
        for body in ("{", "{'a':1}", '{"a":1,}', "nul", "NaN", "1 2", b"\xff", b'"\xff"', "[" * 100000, '{"a\\u0000":1}'):
            for method in ("PUT", "POST", "PATCH"):
                self.check_error(self.store.request(method, "/x.json", body), 400, BAD_JSON)

    def test_missing_body(self):
        for method in ("PUT", "POST", "PATCH"):
            self.check_error(self.store.request(method, "/x.json"), 400, "Error: No data supplied.")

    def test_bad_keys(self):
        for body, place in (
            ('{"a.b":1}', "1:2"),
            ('{"":1}', "1:2"),
            ('{"a":1,\n "b" : {"$x":1}}', "2:9"),
            ('[{"a/b":1}]', "1:3"),
            ('{"a#":1}', "1:2"),
            ('{"a[0]":1}', "1:2"),
            ('{".value":1}', "1:2"),
            ('{"%s":1}' % ("x" * 769), "1:2"),
        ):
            self.check_error(self.store.request("PUT", "/x.json", body), 400, BAD_KEY % place)

    def test_bad_paths(self):
        for path in ("/a%2Fb", "/%00", "/a%01b", "/..", "/../x", "/a.b", "/$a", "/a[0]", "/%5B", "/a%zz", "/%ff", "/" + "x" * 769):
            for method in ("GET", "PUT", "DELETE"):
                self.check_error(self.store.request(method, path + ".json", "1"), 400, BAD_PATH)

    def test_too_deep(self):
        deepest = "/a" * 32

        self.assertEqual(self.store.put(deepest, 1), 1)
        self.assertEqual(self.store.get(deepest), 1)
        self.check_error(
            self.store.request("GET", deepest + "/a.json"), 400, "Invalid path: more than 32 levels deep"
        )
        text = "Invalid data; nested more than 32 levels deep."
        self.check_error(self.store.request("PUT", deepest + ".json", '{"a":1}'), 400, text)
        self.check_error(self.store.request("POST", deepest + ".json", "1"), 400, text)
        self.check_error(self.store.request("PUT", "/x.json", '{"a":' * 32 + "1" + "}" * 32), 400, text)

    def test_too_long_a_string(self):
        self.check_error(
            self.store.request("PUT", "/x.json", '"%s"' % ("x" * (10 * 1024 * 1024 + 1))),
            400,
            "Invalid data; a string is longer than 10485760 bytes.",
        )

    def test_oversized_body(self):
        self.check_error(self.store.request("PUT", "/x.json", "1" * 12000001), 413, "Payload is too large")
        self.assertIsNone(self.store.get("/x"))

    def test_oversized_head(self):
        answer = self.store.exchange(b"GET /x.json HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20000 + b"\r\n\r\n")

        self.assertTrue(answer.startswith(b"HTTP/1.1 431 "), answer)
        self.assertTrue(answer.endswith(b'{\n  "error" : "The head of the request is too large."\n}\n'), answer)

    def test_garbage(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"nonsense\r\n\r\n", b"GET /\r\n\r\n", b"\x00" * 100 + b"\n\n"):
            self.assertTrue(self.store.exchange(data).startswith(b"HTTP/1.1 400 "), data)

    def test_path_without_json(self):
        for target in ("/", "/cdbg", "/json", "/cdbg.jso", "/.ws?v=5", "/.lp"):
            self.check_error(
                self.store.request("GET", target), 404, "append .json to your request URI to use the REST API."
            )

    def test_unknown_method(self):
        answer = self.store.request("BREW", "/x.json", "1")

        self.check_error(answer, 405, "Method not allowed.")
        self.assertIn("PATCH", answer.headers["Allow"])
        self.check_error(
            self.store.request("POST", "/x.json", "1", {"X-HTTP-Method-Override": "BREW"}), 405, "Method not allowed."
        )

    def test_bad_parameters(self):
        timeout = "timeout must be a positive number of ms, s or min, and at most 15min"
        for value in ("0s", "-1s", "16min", "900001ms", "1", "s", "1h", "", "99999999999999999999s"):
            self.check_error(self.store.request("GET", "/x.json?timeout=" + value), 400, timeout)
        for value in ("3ms", "3s", "15min", "900000ms"):
            self.assertEqual(self.store.request("GET", "/x.json?timeout=" + value).status, 200)
        self.check_error(
            self.store.request("PUT", "/x.json?writeSizeLimit=huge", "1"),
            400,
            "writeSizeLimit must be tiny, small, medium, large or unlimited",
        )
        self.assertEqual(self.store.request("PUT", "/x.json?writeSizeLimit=tiny", "1").status, 200)

    def test_a_script_of_another_page(self):
        """JSONP would let every page read the database: a script carries no Origin."""
        answer = self.store.request("GET", "/cdbg.json?callback=steal")

        self.assertEqual(answer.status, 400)
        self.assertNotIn("schema_version", answer.body)
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_errors_are_counted_and_disturb_nobody(self):
        stream = self.store.stream("/x")
        stream.event()
        before = self.store.stats()
        self.store.request("PUT", "/x.json", "{")
        self.store.request("GET", "/x")
        self.store.exchange(b"nonsense\r\n\r\n")
        after = self.store.stats()

        self.assertEqual(after["num_errors"] - before["num_errors"], 3)
        self.assertEqual(after["num_requests"] - before["num_requests"], 3)
        self.store.put("/x", 1)
        self.assertEqual(stream.event(), ("put", "/", 1))
        stream.close()


class ConditionTest(RestCase):
    def test_shows_an_etag_when_asked(self):
        self.store.put("/n", 1)

        answer = self.store.request("GET", "/n.json", headers={"X-Firebase-ETag": "true"})
        self.assertEqual(answer.headers["ETag"], "YPVfR2bXt/lcDjiQZ8pOkAd3qkQ=")
        self.assertEqual(answer.headers["Access-Control-Expose-Headers"], "ETag")
        answer = self.store.request("GET", "/none.json", headers={"X-Firebase-ETag": "true"})
        self.assertEqual(answer.headers["ETag"], "null_etag")
        answer = self.store.request("PUT", "/n.json", "0", {"X-Firebase-ETag": "true"})
        self.assertEqual(answer.headers["ETag"], "7ysMph9WPitGP7poMnMHMVPtUlI=")
        answer = self.store.request("DELETE", "/n.json", headers={"X-Firebase-ETag": "true"})
        self.assertEqual(answer.headers["ETag"], "null_etag")
        answer = self.store.request("POST", "/n.json", "1", {"X-Firebase-ETag": "true"})
        self.assertEqual(answer.headers["ETag"], "YPVfR2bXt/lcDjiQZ8pOkAd3qkQ=")
        answer = self.store.request("PATCH", "/n.json", '{"a":1}', {"X-Firebase-ETag": "true"})
        self.assertIsNone(answer.headers["ETag"])

    def test_writes_only_on_a_match(self):
        self.store.put("/n", 1)

        answer = self.store.request("PUT", "/n.json", "2", {"if-match": "wrong"})
        self.assertEqual((answer.status, answer.body), (412, "1"))
        self.assertEqual(answer.headers["ETag"], "YPVfR2bXt/lcDjiQZ8pOkAd3qkQ=")
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
        self.assertEqual(self.store.get("/n"), 1)
        answer = self.store.request("PUT", "/n.json", "2", {"if-match": "YPVfR2bXt/lcDjiQZ8pOkAd3qkQ="})
        self.assertEqual((answer.status, answer.body), (200, "2"))
        answer = self.store.request("DELETE", "/n.json", headers={"if-match": "YPVfR2bXt/lcDjiQZ8pOkAd3qkQ="})
        self.assertEqual((answer.status, answer.body), (412, "2"))

    def test_null_etag_means_nothing_there(self):
        self.assertEqual(self.store.request("PUT", "/n.json", "1", {"if-match": "null_etag"}).status, 200)
        answer = self.store.request("PUT", "/n.json", "2", {"if-match": "null_etag"})
        self.assertEqual((answer.status, answer.body), (412, "1"))

    def test_if_match_belongs_to_put_and_delete(self):
        for method, body in (("GET", None), ("POST", "1"), ("PATCH", '{"a":1}')):
            self.check_error(
                self.store.request(method, "/n.json", body, {"if-match": "x"}),
                400,
                "if-match is not supported for this method.",
            )
        self.check_error(
            self.store.request("PUT", "/n.json", "1", {"if-match": "a, b"}), 400, "if-match must be exactly one ETag."
        )
        self.check_error(
            self.store.request("PUT", "/n.json?print=silent", "1", {"if-match": "null_etag"}),
            400,
            "if-match is not supported with print=silent.",
        )
        self.assertIsNone(self.store.get("/n"))

    def test_answers_304_when_nothing_changed(self):
        self.store.put("/n", 1)

        answer = self.store.request("GET", "/n.json", headers={"if-none-match": "YPVfR2bXt/lcDjiQZ8pOkAd3qkQ="})
        self.assertEqual((answer.status, answer.body), (304, ""))
        answer = self.store.request("GET", "/n.json", headers={"if-none-match": "other"})
        self.assertEqual((answer.status, answer.body), (200, "1"))
        self.assertEqual(answer.headers["ETag"], "YPVfR2bXt/lcDjiQZ8pOkAd3qkQ=")


class StreamTest(RestCase):
    options = ("--keep-alive-ms=100000",)

    def test_begins_with_what_is_there(self):
        self.store.put("/s", {"a": ["x", "é"]})
        stream = self.store.stream("/s")

        self.assertTrue(stream.head.startswith("HTTP/1.1 200 OK\r\n"))
        self.assertIn("\r\nContent-Type: text/event-stream; charset=utf-8\r\n", stream.head)
        self.assertIn("\r\nCache-Control: no-cache\r\n", stream.head)
        self.assertIn("\r\nAccess-Control-Allow-Origin: *\r\n", stream.head)
        self.assertNotIn("Transfer-Encoding", stream.head)
        self.assertEqual(
            stream.raw_event(), 'event: put\ndata: {"path":"/","data":{"a":["x","é"]}}\n\n'.encode()
        )
        stream.close()

    def test_tells_of_writes_at_above_and_below(self):
        stream = self.store.stream("/s/t")
        self.assertEqual(stream.event(), ("put", "/", None))

        self.store.put("/s/t/a/b", 1)
        self.assertEqual(stream.event(), ("put", "/a/b", 1))
        self.store.put("/s/t", {"a": {"c": [7]}})
        self.assertEqual(stream.event(), ("put", "/", {"a": {"c": [7]}}))
        self.store.request("DELETE", "/s/t/a/c.json")
        self.assertEqual(stream.event(), ("put", "/a/c", None))
        name = self.store.request("POST", "/s/t.json", '{"x":{".sv":{"increment":1}}}').value["name"]
        self.assertEqual(stream.event(), ("put", "/" + name, {"x": 1}))
        self.store.put("/s", {"t": {"z": 1}, "other": 2})
        self.assertEqual(stream.event(), ("put", "/", {"z": 1}))
        self.store.put("/", {"s": 5})
        self.assertEqual(stream.event(), ("put", "/", None))
        stream.close()

    def test_tells_of_updates(self):
        stream = self.store.stream("/s/t")
        stream.event()

        self.store.request("PATCH", "/s/t.json", '{"a/b":1,"c":null,"0":[2]}')
        self.assertEqual(stream.event(), ("patch", "/", {"a/b": 1, "c": None, "0": [2]}))
        self.store.request("PATCH", "/s/t/a.json", '{"b":null}')
        self.assertEqual(stream.event(), ("patch", "/a", {"b": None}))
        self.store.request("PATCH", "/s.json", '{"t/x":{"y":1},"other":1}')
        self.assertEqual(stream.event(), ("put", "/x", {"y": 1}))
        self.store.request("PATCH", "/.json", '{"s":{"t":3}}')
        self.assertEqual(stream.event(), ("put", "/", 3))
        stream.close()

    def test_is_silent_about_the_rest(self):
        stream = self.store.stream("/s")
        stream.event()

        self.store.put("/sibling", 1)
        self.store.put("/s2/x", 1)
        self.store.request("PATCH", "/.json", '{"sibling":2,"sb/x":3}')
        self.store.put("/s", 1)
        self.assertEqual(stream.event(), ("put", "/", 1))
        stream.close()

    def test_keeps_the_order_of_commits_for_every_reader(self):
        streams = [self.store.stream("/s") for _ in range(5)]
        for stream in streams:
            stream.event()

        for i in range(50):
            self.store.put("/s/n", i)
        for stream in streams:
            self.assertEqual([stream.event()[2] for _ in range(50)], list(range(50)))
            stream.close()

    def test_escapes_keys(self):
        stream = self.store.stream("/s")
        stream.event()

        self.store.put('/s/a "b"\\é', 1)
        self.assertEqual(stream.raw_event(), 'event: put\ndata: {"path":"/a \\"b\\"\\\\é","data":1}\n\n'.encode())
        stream.close()

    def test_refuses_queries(self):
        for query in ("shallow=true", 'orderBy="$key"'):
            self.check_error(
                self.store.request("GET", "/s.json?" + query, headers={"Accept": "text/event-stream"}),
                400,
                "A stream cannot be combined with 'shallow' or querying parameters",
            )

    def test_sees_readers_go(self):
        streams = [self.store.stream("/s") for _ in range(3)]

        self.store.wait_for_stats(lambda stats: stats["num_streams"] == 3)
        for stream in streams:
            stream.close()
        self.store.wait_for_stats(lambda stats: stats["num_streams"] == 0)


class KeepAliveTest(RestCase):
    options = ("--keep-alive-ms=20", "--idle-timeout-ms=50")

    def test_shows_signs_of_life_beyond_the_idle_timeout(self):
        stream = self.store.stream("/s")
        stream.raw_event()

        for _ in range(10):
            self.assertEqual(stream.raw_event(), b"event: keep-alive\ndata: null\n\n")
        stream.close()


class SlowReaderTest(RestCase):
    options = ("--stream-queue-bytes-max=100000",)

    def test_is_closed_and_counted(self):
        slow = self.store.stream("/s")
        fast = self.store.stream("/s/n")
        fast.event()
        value = "x" * 500000
        for i in range(100):
            self.store.put("/s/v", value)
            if self.store.stats()["num_slow_readers"]:
                break
        stats = self.store.wait_for_stats(lambda stats: stats["num_streams"] == 1)
        self.assertEqual(stats["num_slow_readers"], 1)
        self.store.put("/s/n", 1)
        self.assertEqual(fast.event(), ("put", "/", 1))
        with self.assertRaises((EOFError, ConnectionResetError)):
            while True:
                slow.raw_event()
        slow.close()
        fast.close()


class LimitTest(RestCase):
    options = ("--connections-max=4", "--idle-timeout-ms=300")

    def test_a_client_that_says_nothing_is_closed(self):
        with self.store.connect() as connection:
            self.assertEqual(connection.recv(1), b"")

    def test_too_many_connections(self):
        streams = [self.store.stream("/s") for _ in range(4)]

        answer = self.store.exchange(b"GET /x.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 503 "), answer)
        self.assertTrue(answer.endswith(b'{\n  "error" : "Too many connections"\n}\n'), answer)
        streams.pop().close()
        self.store.wait_for_stats(lambda stats: stats["num_connections"] <= 3)
        self.assertEqual(self.store.get("/cdbg/schema_version"), "1")
        for stream in streams:
            stream.close()


class OriginTest(RestCase):
    options = ("--allow-host=ide.example",)

    def test_foreign_hosts_and_origins(self):
        for headers in (
            {"Host": "evil.example"},
            {"Host": "evil.example:%d"},
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Host": "localhost", "Origin": "https://localhost.evil.example"},
        ):
            for method in ("GET", "PUT", "OPTIONS"):
                answer = self.store.request(method, "/x.json", "1", headers)

                self.check_error(answer, 403, "This host or origin is not allowed here.")
                self.assertFalse([name for name in answer.headers if name.lower().startswith("access-control")])
        self.assertIsNone(self.store.get("/x"))

    def test_own_and_named_hosts(self):
        for headers in (
            {"Host": "localhost:1"},
            {"Host": "127.0.0.1"},
            {"Host": "[::1]:9000"},
            {"Host": "ide.example"},
            {"Origin": "http://localhost:3000"},
            {"Origin": "https://ide.example"},
        ):
            answer = self.store.request("GET", "/cdbg/schema_version.json", headers=headers)

            self.assertEqual(answer.status, 200, headers)
            self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")

    def test_preflight(self):
        answer = self.store.request(
            "OPTIONS",
            "/x.json",
            headers={
                "Origin": "http://localhost:3000",
                "Access-Control-Request-Method": "PUT",
                "Access-Control-Request-Headers": "x-firebase-etag, if-match",
            },
        )

        self.assertEqual((answer.status, answer.body), (204, ""))
        self.assertEqual(answer.headers["Access-Control-Allow-Methods"], "GET, PUT, POST, PATCH, DELETE, OPTIONS")
        self.assertEqual(answer.headers["Access-Control-Allow-Headers"], "x-firebase-etag, if-match")
        self.assertEqual(answer.headers["Access-Control-Max-Age"], "3600")
        self.assertIsNone(answer.headers["Access-Control-Allow-Private-Network"])


class TokenTest(RestCase):
    options = ("--token=s3cret",)

    def test_is_needed(self):
        for method in ("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD"):
            answer = self.store.request(method, "/cdbg.json", "{}")

            self.assertEqual(answer.status, 401)
            self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
        self.check_error(self.store.request("GET", "/cdbg.json"), 401, "Permission denied")
        self.check_error(
            self.store.request("GET", "/cdbg.json", headers={"Accept": "text/event-stream"}), 401, "Permission denied"
        )

    def test_must_be_right(self):
        for headers, query in (
            ({"Authorization": "Bearer wrong"}, ""),
            ({"Authorization": "Bearer s3cre"}, ""),
            ({"Authorization": "Bearer s3crets"}, ""),
            ({}, "?access_token=wrong"),
            ({}, "?auth="),
        ):
            answer = self.store.request("GET", "/cdbg.json" + query, headers=headers)
            self.check_error(answer, 401, "Unauthorized request.")
        self.assertEqual(self.store.request("GET", "/cdbg.json", headers={"Authorization": "Basic s3cret"}).status, 401)

    def test_opens(self):
        for headers, query in (
            ({"Authorization": "Bearer s3cret"}, ""),
            ({"authorization": "bearer s3cret"}, ""),
            ({}, "?access_token=s3cret"),
            ({}, "?auth=s3cret"),
        ):
            answer = self.store.request("GET", "/cdbg/schema_version.json" + query, headers=headers)
            self.assertEqual((answer.status, answer.body), (200, '"1"'))
        stream = self.store.stream("/cdbg/schema_version", "auth=s3cret")
        self.assertEqual(stream.event(), ("put", "/", "1"))
        stream.close()

    def test_is_not_asked_of_a_preflight(self):
        answer = self.store.request("OPTIONS", "/x.json", headers={"Origin": "http://localhost"})
        self.assertEqual(answer.status, 204)


class ProcessTest(unittest.TestCase):
    def test_restarts_with_what_it_had(self):
        with StoreProcess() as first:
            first.put("/x", {"a": 1})
            directory = first.state_dir
            first.process.kill()
            first.process.wait(WAIT_S)
            with StoreProcess(state_dir=directory) as second:
                self.assertEqual(second.get("/x"), {"a": 1})
                self.assertEqual(second.stop(), 0)

    def test_refuses_a_state_directory_in_use(self):
        with StoreProcess() as first:
            second = StoreProcess(state_dir=first.state_dir)

            self.assertEqual(second.error, "embedded_store_server: the state directory is in use by another process\n")
            self.assertEqual(second.process.returncode, 1)
            self.assertEqual(first.get("/cdbg/schema_version"), "1")

    def test_says_that_its_database_is_damaged(self):
        with StoreProcess() as first:
            directory = first.state_dir
            first.process.terminate()
            first.process.wait(WAIT_S)
            with open(os.path.join(directory, "store.db"), "wb") as file:
                file.write(b"x" * 10000)
            second = StoreProcess(state_dir=directory)
            self.assertIn("store.db is damaged", second.error)

    def test_listens_on_loopback_unless_told(self):
        for address in ("0.0.0.0:0", "[::]:0"):
            self.assertIsNone(StoreProcess("--listen=" + address).port)
        with StoreProcess("--listen=0.0.0.0:0", "--allow-remote") as store:
            self.assertEqual(store.request("GET", "/cdbg/schema_version.json", headers={"Host": "10.1.2.3"}).status, 200)
            self.assertEqual(store.request("GET", "/x.json", headers={"Host": "evil.example"}).status, 403)

    def test_listens_on_version_6(self):
        store = StoreProcess("--listen=[::1]:0")
        self.addCleanup(store.stop)
        if store.port is None:
            self.skipTest("this machine has no IPv6: " + store.error)
        curl = subprocess.run(
            ["curl", "-sg", "-m", str(WAIT_S), "http://[::1]:%d/cdbg/schema_version.json" % store.port],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(curl.stdout, '"1"')

    def test_keeps_a_connection(self):
        with StoreProcess() as store, store.connect() as connection:
            for i in range(3):
                connection.sendall(b"PUT /x.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n%d" % i)
                self.assertTrue(connection.recv(1000).endswith(b"\r\n\r\n%d" % i))

    def test_ends_at_once_with_streams_open(self):
        with StoreProcess() as store:
            stream = store.stream("/x")
            stream.event()
            store.process.send_signal(signal.SIGTERM)
            self.assertEqual(store.process.wait(WAIT_S), 0)
            with self.assertRaises(EOFError):
                stream.event()
            stream.close()

    def test_stays_small(self):
        with StoreProcess() as store:
            snapshot = {"stackFrames": [{"locals": [{"name": "v%d" % i, "value": "x" * 20} for i in range(3400)]}]}
            self.assertGreater(len(json.dumps(snapshot)), 170000)
            for i in range(20):
                store.put("/cdbg/breakpoints/d/snapshot/b-%d" % i, snapshot)
            with open("/proc/%d/status" % store.process.pid) as status:
                figures = dict(line.split(":", 1) for line in status)
            print("after 20 snapshots of 170 kB: VmRSS %s" % figures["VmRSS"].strip())
            self.assertEqual(store.get("/cdbg/breakpoints/d/snapshot/b-19"), snapshot)


class FullDiskTest(unittest.TestCase):
    """On a file system of 3 MB in a mount namespace of the process, with 1 MB of ballast that can be taken away."""

    SCRIPT = (
        'mount -t tmpfs -o size=3m,mode=700 tmpfs "$0" && head -c 1000000 /dev/zero > "$0/ballast" && exec "$@"'
    )

    def start(self):
        place = tempfile.TemporaryDirectory(prefix="embedded_store_")
        self.addCleanup(place.cleanup)
        prefix = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", self.SCRIPT, place.name)
        store = StoreProcess(state_dir=os.path.join(place.name, "state"), prefix=prefix)
        self.addCleanup(store.stop)
        if store.port is None:
            self.skipTest("no small file system can be mounted here: " + store.error)
        self.ballast = "/proc/%d/root%s/ballast" % (store.process.pid, place.name)
        return store

    def fill(self, store):
        """Writes until it is refused; returns how many writes were not."""
        for i in range(100):
            answer = store.request("PUT", "/full/%d.json" % i, '"%s"' % ("x" * 100000))
            if answer.status != 200:
                self.assertEqual(answer.status, 503)
                self.assertEqual(answer.body, '{\n  "error" : "The disk is full; nothing was written."\n}\n')
                return i
        self.fail("the disk does not get full")

    def test_refuses_writes_loses_nothing_and_recovers(self):
        store = self.start()
        count = self.fill(store)
        self.assertGreater(count, 2)

        self.assertEqual(store.get("/full", "shallow=true"), [True] * count)
        for i in range(count):
            self.assertEqual(store.get("/full/%d" % i), "x" * 100000)
        os.unlink(self.ballast)
        for i in range(4):
            self.assertEqual(store.request("PUT", "/again/%d.json" % i, '"%s"' % ("y" * 100000)).status, 200)
        self.assertEqual(store.get("/full/0"), "x" * 100000)
        self.assertEqual(store.get("/again/3"), "y" * 100000)


if __name__ == "__main__":
    unittest.main()
