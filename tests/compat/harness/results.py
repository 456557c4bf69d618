"""The results file: capability by client version. The guide's table is made from it."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from harness.capabilities import CAPABILITIES

FILE = Path(__file__).resolve().parents[1] / "results.json"


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    unsupported: list[str] = field(default_factory=list)

    def outcome(self) -> dict[str, object]:
        if self.failed:
            return {"outcome": "fails", "tests": self.passed + self.failed}
        entry: dict[str, object] = {"outcome": "works", "tests": self.passed}
        if self.unsupported:
            reasons = sorted(set(self.unsupported))
            whole = len(self.unsupported) == self.passed
            entry["outcome"] = "not supported" if whole else "works"
            entry["reasons" if whole else "except"] = reasons
        return entry


class Results:
    def __init__(self, version: str) -> None:
        self._version = version
        self._tallies: dict[str, Tally] = defaultdict(Tally)

    def add(self, capability: str, passed: bool, unsupported: str | None) -> None:
        tally = self._tallies[capability]
        if passed:
            tally.passed += 1
        else:
            tally.failed += 1
        if unsupported is not None:
            tally.unsupported.append(unsupported)

    def write(self) -> None:
        """Replaces what the file says about this version of the client and leaves the others."""
        before = json.loads(FILE.read_text()) if FILE.exists() else {"clients": []}
        clients = {client["version"]: client for client in before["clients"]}
        tallies = [(name, self._tallies[name]) for names in CAPABILITIES.values() for name in names if name in self._tallies]
        clients[self._version] = {
            "version": self._version,
            "passed": sum(tally.passed for _, tally in tallies),
            "failed": sum(tally.failed for _, tally in tallies),
            "capabilities": {name: tally.outcome() for name, tally in tallies},
        }
        newest_first = sorted(clients.values(), key=lambda client: _number(client["version"]), reverse=True)
        areas = [{"name": area, "capabilities": list(names)} for area, names in CAPABILITIES.items()]
        text = json.dumps({"areas": areas, "clients": newest_first}, indent=2, ensure_ascii=False)
        FILE.write_text(f"{text}\n")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
