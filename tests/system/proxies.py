"""Small proxies for the way out: HTTP (absolute addresses and CONNECT) and SOCKS5, with or without a
password. Each counts the connections that it let through."""

import base64
import socket
import struct
import threading

from loopback import LoopbackListener


class Proxy(LoopbackListener):
    def __init__(self, user=None, password=None):
        self.user, self.password = user, password
        self.passed, self.refused = 0, 0
        super().__init__()

    @property
    def url(self):
        credentials = f"{self.user}:{self.password}@" if self.user else ""
        return f"{self.scheme}://{credentials}127.0.0.1:{self.port}"

    def serve(self, connection):
        try:
            onward = self.open(connection)
            if onward:
                self.passed += 1
                there = threading.Thread(target=pump, args=(connection, onward), daemon=True)
                there.start()
                pump(onward, connection)
                there.join(5)
                onward.close()
            else:
                self.refused += 1
        except (OSError, ValueError):
            pass
        finally:
            connection.close()


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for each in (source, target):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def exactly(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise OSError("closed")
        data += piece
    return data


class HttpProxy(Proxy):
    """Relays a whole connection to the host of its first request; the test's upstream takes absolute
    addresses as they are."""

    scheme = "http"

    def open(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return None
            head += piece
        lines = head.split(b"\r\n\r\n")[0].split(b"\r\n")
        method, target, _ = lines[0].decode().split(" ")
        if not self.allowed(lines):
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n"
                               b"Proxy-Authenticate: Basic realm=\"p\"\r\nConnection: close\r\n\r\n")
            return None
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            onward = socket.create_connection((host, int(port)))
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            return onward
        host, _, rest = target.removeprefix("http://").partition("/")
        name, _, port = host.partition(":")
        onward = socket.create_connection((name, int(port or 80)))
        kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"proxy-")]
        onward.sendall(b"\r\n".join(kept).replace(target.encode(), b"/" + rest.encode(), 1))
        return onward

    def allowed(self, lines):
        if not self.user:
            return True
        wanted = base64.b64encode(f"{self.user}:{self.password}".encode())
        return any(line.lower().startswith(b"proxy-authorization: basic") and line.endswith(wanted) for line in lines)


class SocksProxy(Proxy):
    scheme = "socks5"

    def open(self, connection):
        version, count = exactly(connection, 2)
        methods = exactly(connection, count)
        if version != 5 or (2 if self.user else 0) not in methods:
            connection.sendall(b"\x05\xff")
            return None
        connection.sendall(b"\x05\x02" if self.user else b"\x05\x00")
        if self.user and not self.password_fits(connection):
            return None
        _, command, _, kind = exactly(connection, 4)
        if kind == 1:
            host = socket.inet_ntoa(exactly(connection, 4))
        else:
            host = exactly(connection, exactly(connection, 1)[0]).decode()
        port = struct.unpack("!H", exactly(connection, 2))[0]
        onward = socket.create_connection((host, port)) if command == 1 else None
        connection.sendall(b"\x05\x00\x00\x01" + b"\0" * 6)
        return onward

    def password_fits(self, connection):
        exactly(connection, 1)
        user = exactly(connection, exactly(connection, 1)[0]).decode()
        password = exactly(connection, exactly(connection, 1)[0]).decode()
        fits = (user, password) == (self.user, self.password)
        connection.sendall(b"\x01\x00" if fits else b"\x01\x01")
        return fits
