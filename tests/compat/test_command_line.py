"""The commands that come with the client."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.outside import Outside
from harness.server import ADMIN_KEY, Server
from harness.surroundings import for_client, scrubbed
from harness.versions import draft, log

ARTIFACT = "`wandb artifact put`, `get`, `ls`, `cache`"
VERIFY = "`wandb verify`"
PULL = "`wandb pull`, `wandb restore`"


def command_in(folder: Path, server: Server, outside: Outside) -> Callable[..., subprocess.CompletedProcess[str]]:
    environment = {**scrubbed(os.environ), **for_client(server.url, ADMIN_KEY, folder, outside.url)}
    environment.pop("WANDB_SILENT")

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "wandb", *arguments],
            cwd=folder,
            env={**environment, **more},
            capture_output=True,
            text=True,
            timeout=240,
            stdin=subprocess.DEVNULL,
        )

    return run


@pytest.fixture
def command(server, outside, tmp_path):
    return command_in(tmp_path / "cli", server, outside)


@pytest.mark.core
@pytest.mark.capability(ARTIFACT)
def test_put_then_get(command, api, entity, project, tmp_path):
    (tmp_path / "file.txt").write_text("by command")
    put = command(
        "artifact", "put", "--name", f"{entity}/{project}/cli", "--type", "model", "--alias", "best",
        "--description", "put by hand", str(tmp_path / "file.txt"),
    )  # fmt: skip
    assert put.returncode == 0, put.stdout + put.stderr
    version = api.artifact(f"{entity}/{project}/cli:best")
    assert (version.type, version.description) == ("model", "put by hand")
    assert version.logged_by().job_type == "cli_put"
    got = command("artifact", "get", f"{entity}/{project}/cli:best", "--root", str(tmp_path / "down"))
    assert got.returncode == 0, got.stdout + got.stderr
    assert (tmp_path / "down" / "file.txt").read_text() == "by command"


@pytest.mark.capability(ARTIFACT)
def test_put_a_folder_and_get_the_latest(command, entity, project, tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("a", "b"):
        (tmp_path / "folder" / name).write_text(name)
    assert command("artifact", "put", "--name", f"{entity}/{project}/cli", str(tmp_path / "folder")).returncode == 0
    got = command("artifact", "get", f"{entity}/{project}/cli", "--root", str(tmp_path / "down"))
    assert got.returncode == 0, got.stdout + got.stderr
    assert sorted(file.name for file in (tmp_path / "down").iterdir()) == ["a", "b"]


@pytest.mark.capability(ARTIFACT)
def test_get_from_a_registry(command, start, tmp_path, unique):
    run = start()
    name = unique("task")
    log(run, "m", "from a registry").link(f"wandb-registry-model/{name}", aliases=["prod"])
    run.finish()
    got = command("artifact", "get", f"wandb-registry-model/{name}:prod", "--root", str(tmp_path / "down"))
    assert got.returncode == 0, got.stdout + got.stderr
    assert (tmp_path / "down" / "data.txt").read_text() == "from a registry"


@pytest.mark.capability(ARTIFACT)
def test_get_what_does_not_exist_fails(command, entity, project):
    got = command("artifact", "get", f"{entity}/{project}/missing:v0")
    assert got.returncode != 0


@pytest.mark.capability(ARTIFACT)
def test_ls(command, start, entity, project):
    run = start()
    log(run, "m")
    run.log_artifact(draft("d", "dataset", {"a": "A"})).wait()
    run.finish()
    listed = command("artifact", "ls", f"{entity}/{project}")
    assert listed.returncode == 0, listed.stdout + listed.stderr
    said = listed.stdout + listed.stderr
    assert "m:v0" in said and "d:v0" in said
    only = command("artifact", "ls", f"{entity}/{project}", "--type", "model")
    said = only.stdout + only.stderr
    assert "m:v0" in said and "d:v0" not in said


@pytest.mark.capability(ARTIFACT)
def test_cache_cleanup(command):
    done = command("artifact", "cache", "cleanup", "1GB")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def verified(server, outside, tmp_path_factory):
    """What the command says of each thing it checks, and how it ends."""
    done = command_in(tmp_path_factory.mktemp("verify"), server, outside)("verify", "--host", server.url)
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    checks = re.findall(r"^Checking (.+?)\.{3,}([✅❌])$(?:\n(?!Checking)(.*))?", said, re.MULTILINE)
    return done.returncode, {what: (mark, reason) for what, mark, reason in checks}


@pytest.mark.capability(VERIFY)
def test_verify_passes(verified):
    _, checks = verified
    marks = {what: mark for what, (mark, _) in checks.items()}
    # The server is spoken to without TLS here, of which the command warns.
    assert marks.pop("requests to base url") == marks.pop("requests made over signed URLs") == "❌"
    marks.pop("sweep creation and agent execution")
    assert marks == {
        "if logged in": "✅",
        "signed URL upload": "✅",
        "ability to send large payloads through proxy": "✅",
        "CORs configuration of the bucket": "✅",
        "wandb package version is up to date": "✅",
        "logged metrics, saving and downloading a file": "✅",
        "artifact save and download workflows": "✅",
    }


@pytest.mark.unsupported("its check of sweeps, for which the command ends with a failure")
@pytest.mark.capability(VERIFY)
def test_verify_is_told_that_there_are_no_sweeps(verified):
    code, checks = verified
    mark, reason = checks["sweep creation and agent execution"]
    assert (code, mark) == (1, "❌")
    assert "Sweeps are not supported by this server" in reason


@pytest.mark.capability(PULL)
def test_pull_fetches_the_files_of_a_run(command, start, entity, project, tmp_path):
    (tmp_path / "notes.txt").write_text("notes")
    run = start(config={"lr": 0.1})
    run.save(str(tmp_path / "notes.txt"), base_path=str(tmp_path), policy="now")
    run.finish()
    done = command("pull", "--project", project, "--entity", entity, run.id)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "cli" / "notes.txt").read_text() == "notes"
    again = command("pull", "--project", project, "--entity", entity, run.id)
    assert "File notes.txt is up to date" in again.stdout + again.stderr


@pytest.mark.capability(PULL)
def test_restore_brings_back_the_configuration(command, start, entity, project, tmp_path):
    run = start(config={"lr": 0.1})
    run.finish()
    done = command("restore", f"{entity}/{project}:{run.id}")
    assert done.returncode == 0, done.stdout + done.stderr
    (restored,) = (tmp_path / "cli" / "dir" / "wandb").glob("config.yaml")
    assert "lr:" in restored.read_text() and "0.1" in restored.read_text()
