"""One address for several servers: connections go to them in turn, past those that do not answer."""

from __future__ import annotations

import itertools
import socket
import threading
from urllib.parse import urlsplit


class Balancer:
    def __init__(self, urls: list[str]) -> None:
        self._places = [(str(parts.hostname), parts.port or 80) for parts in map(urlsplit, urls)]
        self._turn = itertools.count()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = self._connect()
        if server is None:
            client.close()
            return
        there = threading.Thread(target=_pipe, args=(client, server), daemon=True)
        there.start()
        _pipe(server, client)
        there.join()
        client.close()
        server.close()

    def _connect(self) -> socket.socket | None:
        begin = next(self._turn)
        for i in range(len(self._places)):
            try:
                return socket.create_connection(self._places[(begin + i) % len(self._places)], timeout=5)
            except OSError:
                continue
        return None


def _pipe(source: socket.socket, target: socket.socket) -> None:
    """Until one of them ends; both then know it."""
    source.settimeout(None)
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
