"""Scripts run by another Python, as another person, another machine or a program that gets killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.surroundings import scrubbed

HANG_SECONDS = 120

_PRELUDE = """
import json, os, sys
given = json.loads(sys.argv[1])
def answer(value):
    with open(sys.argv[2], "w") as file:
        json.dump(value, file)
import wandb
"""


@dataclass(frozen=True)
class Finished:
    code: int
    output: str
    answer: Any


class SecondProcess:
    """A script in flight. It sees `given` and may call `answer(value)`, whose last value is handed back."""

    def __init__(self, source: str, folder: Path, environment: Mapping[str, str], given: object) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        script = folder / "script.py"
        script.write_text(_PRELUDE + textwrap.dedent(source))
        self._answer = folder / "answer.json"
        self._answer.unlink(missing_ok=True)
        self._output = folder / "output.txt"
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(script), json.dumps(given), str(self._answer)],
                cwd=folder,
                env={**scrubbed(os.environ), **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def answered(self) -> bool:
        return self._answer.exists() and self._answer.stat().st_size > 0

    def output(self) -> str:
        return self._output.read_text(errors="replace")

    def kill(self) -> None:
        """The script and every process that the client started for it."""
        os.killpg(self.process.pid, 9)
        self.process.wait()

    def finish(self, timeout: float = HANG_SECONDS) -> Finished:
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the script hung for {timeout} s:\n{self.output()}") from None
        answer = json.loads(self._answer.read_text()) if self.answered() else None
        return Finished(code, self.output(), answer)
