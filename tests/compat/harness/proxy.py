"""A network that can be made to fail: passes requests on, counts them, and answers or cuts those that it is told to."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from urllib3.util.wait import wait_for_read

CHUNK = 1 << 20
_HOP = {"connection", "keep-alive", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    #: The GraphQL operation, else one of: file_stream, put, get, other.
    kind: str
    #: None when the connection was cut: by a fault, or since the server did not answer (`failure` says how).
    status: int | None
    failure: str | None = None


@dataclass
class Fault:
    matches: Callable[[str], bool]
    #: A status to answer with, or None to cut the connection.
    status: int | None
    remaining: int | None
    after_answer: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    struck: int = 0


class FaultProxy:
    def __init__(self, upstream: str, *, blobs: bool = True) -> None:
        """Without `blobs` the server gives out addresses of its own for transfers, and they do not come by here."""
        self._upstream = urlsplit(upstream)
        self.host = None if blobs else self._upstream.netloc
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self.requests: list[Request] = []
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        """No more faults, and the count begins anew."""
        with self._lock:
            self._faults.clear()
            self.requests.clear()

    def answer(self, kind: str, status: int, times: int | None = 1, headers: dict[str, str] | None = None) -> Fault:
        """Requests of `kind` are answered with `status` and never reach the server."""
        return self._add(Fault(lambda other: other == kind, status, times, headers=headers or {}))

    def cut(self, kind: str, times: int | None = 1, after_answer: bool = False) -> Fault:
        """Requests of `kind` lose their connection, before the server heard them or after it answered."""
        return self._add(Fault(lambda other: other == kind, None, times, after_answer))

    def count(self) -> Counter[str]:
        with self._lock:
            return Counter(request.kind for request in self.requests)

    def _add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def _fault_for(self, kind: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.matches(kind) and fault.remaining != 0:
                    if fault.remaining is not None:
                        fault.remaining -= 1
                    fault.struck += 1
                    return fault
        return None

    def _note(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._upstream.hostname or "", self._upstream.port or 80, timeout=300)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is no news."""


class _Handler(BaseHTTPRequestHandler):
    owner: FaultProxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self._connection = self.owner._connect()

    def finish(self) -> None:
        self._connection.close()
        super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Silence: the requests are in the list."""

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        chunked = "chunked" in (self.headers.get("Transfer-Encoding") or "")
        body: bytes | None = None
        if self.command == "POST" and not chunked:
            body = self.rfile.read(length)
        kind = self._kind(body)
        fault = self.owner._fault_for(kind)
        if fault is not None and not fault.after_answer:
            self.owner._note(Request(self.command, self.path, kind, fault.status))
            if body is None:
                self._discard(length, chunked)
            if fault.status is None:
                self._cut()
            else:
                self._refuse(fault)
            return
        try:
            status = self._forward(body, length, chunked, cut=fault is not None)
        except (OSError, http.client.HTTPException) as failure:
            self._connection.close()
            self.owner._note(Request(self.command, self.path, kind, None, repr(failure)))
            self._cut()
            return
        self.owner._note(Request(self.command, self.path, kind, status))

    do_GET = do_POST = do_PUT = do_HEAD = do_OPTIONS = do_PATCH = do_DELETE = handle_any

    def _kind(self, body: bytes | None) -> str:
        path = self.path.split("?", 1)[0]
        if path.endswith("/graphql") and body is not None:
            try:
                document = json.loads(body)
            except ValueError:
                return "unreadable"
            named = re.search(r"\b(?:query|mutation)\s+(\w+)", document.get("query") or "")
            return document.get("operationName") or (named.group(1) if named else "anonymous")
        if path.endswith("/file_stream"):
            return "file_stream"
        return {"PUT": "put", "GET": "get"}.get(self.command, "other")

    def _discard(self, length: int, chunked: bool) -> None:
        for _ in self._body(length, chunked):
            pass

    def _body(self, length: int, chunked: bool):
        if not chunked:
            while length > 0:
                piece = self.rfile.read(min(length, CHUNK))
                if not piece:
                    return
                length -= len(piece)
                yield piece
            return
        while True:
            size = int(self.rfile.readline().split(b";")[0] or b"0", 16)
            if size == 0:
                self.rfile.readline()
                return
            yield self.rfile.read(size)
            self.rfile.readline()

    def _refuse(self, fault: Fault) -> None:
        status = fault.status or 500
        text = json.dumps({"errors": [{"message": f"a fault on the way: {status}"}]}).encode()
        self.send_response_only(status)
        for name, value in fault.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _cut(self) -> None:
        self.close_connection = True
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _leave_what_the_server_left(self) -> None:
        """A server ends connections that were idle for long; the client's may be idle for longer, so ours opens anew."""
        idle = self._connection.sock
        if idle is not None and wait_for_read(idle, timeout=0.0):
            self._connection.close()

    def _forward(self, body: bytes | None, length: int, chunked: bool, cut: bool) -> int:
        self._leave_what_the_server_left()
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        if self.owner.host is not None:
            headers["Host"] = self.owner.host
        if body is None and (length > 0 or chunked):
            self._connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                self._connection.putheader(name, value)
            if chunked:
                self._connection.putheader("Transfer-Encoding", "chunked")
            self._connection.endheaders()
            for piece in self._body(length, chunked):
                self._connection.send(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                self._connection.send(b"0\r\n\r\n")
        else:
            self._connection.request(self.command, self.path, body=body, headers=headers)
        response = self._connection.getresponse()
        if cut:
            response.read()
            self._cut()
            return response.status
        self.send_response_only(response.status)
        sized = response.getheader("Content-Length") is not None
        empty = self.command == "HEAD" or response.status in (204, 304)
        for name, value in response.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        if not sized and not empty:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := response.read(CHUNK):
            self.wfile.write(piece if sized else b"%x\r\n%s\r\n" % (len(piece), piece))
        if not sized and not empty:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
        return response.status
