"""A key, an address, and nothing else."""

from __future__ import annotations

import netrc
import os
import subprocess
import sys
from pathlib import Path

import pytest
import wandb
from harness.server import ADMIN_KEY

SIGN_IN = "Sign in with a key"
ELSEWHERE = "Sign in by netrc, settings file or `wandb login`"


@pytest.mark.core
@pytest.mark.capability(SIGN_IN)
def test_login_accepts_the_key_of_the_environment():
    assert wandb.login(verify=True) is True


@pytest.mark.core
@pytest.mark.capability(SIGN_IN)
def test_the_api_knows_who_signed_in(api, entity):
    assert api.viewer.username == "admin"
    assert api.default_entity == entity


@pytest.mark.capability(SIGN_IN)
def test_a_key_given_to_the_api_is_the_one_that_counts(admin, api_of):
    person = admin.person("signs-in")
    theirs = api_of(person)
    assert theirs.viewer.username == person.username
    assert theirs.default_entity == person.username


@pytest.mark.capability(SIGN_IN)
@pytest.mark.parametrize(
    "secret",
    [
        "0123456789abcdef0123456789abcdef{:08d}",
        "local-0123456789abcdef0123456789abcdef{:08d}",
        "prefix-with-dashes-0123456789abcdef0123456789abcdef{:08d}",
    ],
    ids=["plain", "local", "prefixed"],
)
def test_a_key_brought_along_from_elsewhere_works(admin, secret, unique):
    person = admin.person("brings-a-key")
    secret = secret.format(abs(hash(unique("key"))) % 10**8)
    admin.call("POST", f"/api/v1/users/{person.username}/api-keys", {"name": "imported", "secret": secret})
    assert wandb.Api(api_key=secret).viewer.username == person.username


@pytest.mark.capability(SIGN_IN)
def test_a_key_that_the_server_makes_is_one_the_client_accepts(admin):
    person = admin.person("gets-a-key")
    made = admin.call("POST", f"/api/v1/users/{person.username}/api-keys", {"name": "made"})
    assert made["secret"].startswith("wh_")
    assert wandb.Api(api_key=made["secret"]).viewer.username == person.username


def _wandb(arguments: list[str], folder: Path, key: str | None, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NETRC": str(folder / "netrc"), "WANDB_CONFIG_DIR": str(folder), "HOME": str(folder)}
    environment.pop("WANDB_API_KEY")
    environment.pop("WANDB_SERVICE", None)
    environment.pop("WANDB_SILENT")
    if key:
        environment["WANDB_API_KEY"] = key
    return subprocess.run(
        [sys.executable, "-m", "wandb", *arguments],
        cwd=folder,
        env={**environment, **more},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.core
@pytest.mark.capability(ELSEWHERE)
def test_wandb_login_remembers_the_key_for_this_host(tmp_path, server):
    done = _wandb(["login", "--relogin", ADMIN_KEY], tmp_path, None)
    assert done.returncode == 0, done.stdout + done.stderr
    host = server.url.removeprefix("http://")
    remembered = netrc.netrc(str(tmp_path / "netrc")).authenticators(host)
    assert remembered is not None and remembered[2] == ADMIN_KEY


@pytest.mark.capability(ELSEWHERE)
def test_wandb_login_with_a_host_is_remembered_for_later_scripts(tmp_path, server):
    assert _wandb(["login", "--relogin", "--host", server.url, ADMIN_KEY], tmp_path, None).returncode == 0
    assert server.url in (tmp_path / "settings").read_text()


@pytest.mark.capability(ELSEWHERE)
def test_a_script_finds_the_key_in_netrc(second_process, tmp_path, server):
    host = server.url.removeprefix("http://")
    folder = tmp_path / "script"
    folder.mkdir()
    (folder / "netrc").write_text(f"machine {host}\n  login user\n  password {ADMIN_KEY}\n")
    os.chmod(folder / "netrc", 0o600)
    script = second_process("answer(wandb.Api().viewer.username)", folder=folder, environment={"WANDB_API_KEY": ""})
    assert script.finish().answer == "admin"


@pytest.mark.capability(ELSEWHERE)
def test_wandb_login_with_a_wrong_key_fails(tmp_path):
    done = _wandb(["login", "--relogin", "--verify", "f" * 40], tmp_path, None)
    assert done.returncode != 0
