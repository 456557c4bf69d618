"""The server under test, as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

from harness.surroundings import scrubbed

ROOT = Path(__file__).resolve().parents[3]
ADMIN_KEY = "compat-suite-admin-0123456789-0123456789-0123456789"


class Server:
    """Started on a free port over a folder; can be killed and started again over the same one."""

    def __init__(self, folder: Path, port: int = 0, **settings: str) -> None:
        self.folder = folder
        self._port = port
        self._settings = settings
        self._lines: list[str] = []
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [ROOT / "node_modules" / ".bin" / "node", "packages/server/src/main.ts"],
            cwd=ROOT,
            env={
                **scrubbed(os.environ),
                "WEIGHHOUSE_DATA": str(self.folder),
                "WEIGHHOUSE_PORT": str(self._port),
                "WEIGHHOUSE_BOOTSTRAP_API_KEY": ADMIN_KEY,
                **self._settings,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self._process, ready), daemon=True)
        self._reader.start()
        if not ready.wait(60) or self._process.poll() is not None:
            raise RuntimeError(f"the server did not start:\n{self.output()}")

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.append(line)
            match = re.search(r"ready at (\S+)", line)
            if match and not ready.is_set():
                self.url = match.group(1).rstrip("/")
                self._port = int(self.url.rsplit(":", 1)[1])
                ready.set()
        ready.set()

    def output(self) -> str:
        return "".join(self._lines)

    def resident_bytes(self) -> int:
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("no VmRSS")

    def kill(self) -> None:
        """No farewell."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        """On the same port, over the same folder."""
        self._start()

    def stop(self) -> None:
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 30
        while self._process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if self._process.poll() is None:
            self.kill()
            raise RuntimeError("the server did not leave within 30 seconds of SIGTERM")
