"""Stands where the internet would be: refuses, and remembers who knocked."""

from __future__ import annotations

import socket
import threading


class Outside:
    def __init__(self) -> None:
        self.callers: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    first = connection.recv(4096).decode("latin-1").splitlines()
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                except OSError:
                    first = []
                self.callers.append(first[0] if first else "a connection that said nothing")

    def close(self) -> None:
        self._socket.close()
