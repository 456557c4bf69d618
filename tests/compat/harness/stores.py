"""The stores under test: `local` is SQLite and files; `shared` is what several servers can share."""

from __future__ import annotations

import json
import os
import subprocess

from harness.server import ROOT
from harness.surroundings import scrubbed

PAIRS = ("local", "shared")


class Stores:
    """Hands out new, empty stores of one pair, as settings for a server."""

    def __init__(self, pair: str) -> None:
        # whether clients send bytes to the storage themselves
        self.direct = pair == "shared"
        self._process: subprocess.Popen[str] | None = None
        if pair == "shared":
            self._process = subprocess.Popen(
                [ROOT / "node_modules" / ".bin" / "node", "tests/support/serve-shared-stores.ts"],
                cwd=ROOT,
                env=scrubbed(os.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )

    def new_settings(self) -> dict[str, str]:
        return {} if self._process is None else self._ask("new")

    def crash_postgres(self) -> None:
        """Of shared stores: no farewell; it is up again, and has recovered, on return."""
        self._ask("crash postgres")

    def restart_objects(self) -> None:
        """Of shared stores: the object storage is away for some seconds."""
        self._ask("restart objects")

    def _ask(self, command: str) -> dict[str, str]:
        assert self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the shared stores did not start, or failed; what they said is above")
        return json.loads(line)

    def close(self) -> None:
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)
