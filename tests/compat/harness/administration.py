"""The administrator's own calls: making users, teams and organizations."""

from __future__ import annotations

import itertools
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from harness.surroundings import refuse_other_hosts

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    username: str
    key: str

    @property
    def email(self) -> str:
        return f"{self.username}@example.com"


class Administration:
    def __init__(self, url: str, key: str) -> None:
        refuse_other_hosts(url)
        self._url = url
        self._key = key

    def call(self, method: str, path: str, body: object = None) -> Any:
        status, answer = self.answer(method, path, body)
        if status >= 400:
            raise RuntimeError(f"{method} {path} answered {status}: {answer}")
        return answer

    def answer(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"{self._url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        try:
            with _direct.open(request, timeout=60) as response:
                text = response.read()
                return response.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            text = error.read()
            try:
                return error.code, json.loads(text)
            except ValueError:
                return error.code, text.decode("utf-8", "replace")

    def person(self, name: str, **details: object) -> Person:
        """A user with a key, named like nobody before."""
        username = f"{name}-{next(_numbers)}"
        self.call("POST", "/api/v1/users", {"username": username, "email": f"{username}@example.com", **details})
        key = f"key-of-{username}-".ljust(60, "0").replace("-", "_")
        self.call("POST", f"/api/v1/users/{username}/api-keys", {"name": "tests", "secret": key})
        return Person(username, key)

    def organization(self, name: str, admin: str = "admin") -> str:
        unique = f"{name}-{next(_numbers)}"
        self.call("POST", "/api/v1/organizations", {"name": unique, "admin": admin})
        return unique

    def join_organization(self, organization: str, person: Person, role: str) -> None:
        self.call("PUT", f"/api/v1/organizations/{organization}/members/{person.username}", {"role": role})

    def team(self, name: str, organization: str = "weighhouse", admin: str = "admin") -> str:
        unique = f"{name}-{next(_numbers)}"
        self.call("POST", "/api/v1/teams", {"name": unique, "organization": organization, "admin": admin})
        return unique

    def join_team(self, team: str, person: Person, role: str) -> None:
        self.call("PUT", f"/api/v1/teams/{team}/members/{person.username}", {"role": role})
