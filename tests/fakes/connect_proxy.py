"""A proxy of the kind that https_proxy names: CONNECT alone, and every tunnel ends at one port of this host."""

from fakes.fault_proxy import BLOCK, TcpProxy


class ConnectProxy(TcpProxy):
    """asked: "host:port" of each CONNECT, in order."""

    def __init__(self, target):
        self.asked = []
        super().__init__(target)

    def _serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            block = client.recv(1)  # what follows is not ours
            if not block or len(head) > BLOCK:
                return
            head += block
        method, authority, _ = head.split(b" ", 2)
        self.asked.append(authority.decode())
        if method != b"CONNECT":
            client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        super()._serve(client)
