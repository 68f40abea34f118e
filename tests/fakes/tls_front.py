"""nghttpx as the face of a server: TLS and HTTP/2, with certificates of a private root."""

import os
import shutil
import subprocess

_REQUEST = """
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:true
keyUsage = keyCertSign
[server]
subjectAltName = DNS:localhost, DNS:database.test, DNS:*.firebaseio.com, IP:127.0.0.1
"""


# The program faketime, like the library if not told otherwise, fails where an ended process of the same number has left
# its shared memory behind.
FAKETIME = {"LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "FAKETIME_DISABLE_SHM": "1"}


def plain_environment():
    """Without what a sanitizer has put into every process of the test."""
    return {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}


def _openssl(folder, *arguments):
    # Certificates of ten days ago: the clock of who verifies them may be wrong.
    subprocess.run(
        ["openssl", *arguments],
        cwd=folder,
        env={**plain_environment(), **FAKETIME, "FAKETIME": "-10d"},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def make_certificates(folder, name="root"):
    """<name>.pem, a root, and <name>-server.pem with <name>-server.key; returns the root's path."""
    config = os.path.join(folder, name + ".cnf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(_REQUEST)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-config", config]
    _openssl(folder, "req", "-x509", *key, "-keyout", name + ".key", "-out", name + ".pem", "-days", "100",
             "-subj", "/CN=" + name, "-extensions", "root")  # fmt: skip
    _openssl(folder, "req", *key, "-keyout", name + "-server.key", "-out", name + "-server.csr", "-subj", "/CN=localhost")
    _openssl(folder, "x509", "-req", "-in", name + "-server.csr", "-CA", name + ".pem", "-CAkey", name + ".key",
             "-set_serial", "2", "-days", "100", "-extfile", config, "-extensions", "server",
             "-out", name + "-server.pem")  # fmt: skip
    return os.path.join(folder, name + ".pem")


def command(folder, port, backend_port, name="root"):
    """The command of an nghttpx at @port before the HTTP/1.1 server at @backend_port."""
    return [
        shutil.which("nghttpx", path=os.environ.get("PATH", "") + ":/usr/sbin") or "nghttpx",
        "--conf=/dev/null",
        "--frontend=127.0.0.1,%d" % port,
        "--backend=127.0.0.1,%d;;proto=http/1.1" % backend_port,
        "--workers=1",
        "--no-ocsp",
        "--accesslog-file=" + os.path.join(folder, name + "-access.log"),
        "--accesslog-format=$remote_port $request $status",
        "--errorlog-file=/dev/stderr",
        "--backend-read-timeout=1h",
        "--frontend-http2-read-timeout=1h",
        "--stream-read-timeout=1h",
        "--stream-write-timeout=1h",
        os.path.join(folder, name + "-server.key"),
        os.path.join(folder, name + "-server.pem"),
    ]
