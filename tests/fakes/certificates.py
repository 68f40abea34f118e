"""A certificate authority of a test's own, and a certificate for all that the stand-in for Google is called."""

import os
import subprocess

NAMES = (
    "oauth2.googleapis.com",
    "sts.googleapis.com",
    "iamcredentials.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "accounts.google.com",
    "*.firebaseio.com",
    "*.europe-west1.firebasedatabase.app",
    "localhost",
)


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options).stdout


class Certificates:
    """ca_file, certificate_file and key_file in a folder."""

    def __init__(self, folder, names=NAMES):
        self.ca_file = os.path.join(folder, "ca.pem")
        self.certificate_file = os.path.join(folder, "server.pem")
        self.key_file = os.path.join(folder, "server.key")
        ca_key, request, extensions = (os.path.join(folder, name) for name in ("ca.key", "server.csr", "server.ext"))
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        openssl(
            "req", "-x509", *new_key, "-keyout", ca_key, "-out", self.ca_file, "-subj", "/CN=Test CA", "-days", "30",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip
        openssl("req", *new_key, "-keyout", self.key_file, "-out", request, "-subj", "/CN=stand-in")
        with open(extensions, "w", encoding="ascii") as file:
            file.write("subjectAltName=%s,IP:127.0.0.1\n" % ",".join("DNS:" + name for name in names))
        openssl(
            "x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", ca_key, "-CAcreateserial",
            "-out", self.certificate_file, "-days", "30", "-extfile", extensions,
        )  # fmt: skip


class RsaKey:
    """A key pair; verifies RS256 signatures with nothing but arithmetic, so that it does not share faults with OpenSSL's
    callers."""

    # RFC 8017, section 9.2: what stands before a SHA-256 digest.
    PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")

    def __init__(self):
        self.pem = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048").decode()
        modulus = openssl("rsa", "-noout", "-modulus", input=self.pem.encode()).decode()
        self.modulus = int(modulus.strip().split("=")[1], 16)

    def verifies(self, data, signature):
        import hashlib

        size = (self.modulus.bit_length() + 7) // 8
        digest = self.PREFIX + hashlib.sha256(data).digest()
        expected = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
        return len(signature) == size and pow(int.from_bytes(signature, "big"), 65537, self.modulus).to_bytes(
            size, "big"
        ) == expected
