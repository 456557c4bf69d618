"""Without a network now, with one later, and never twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness.server import ADMIN_KEY
from harness.surroundings import for_client, scrubbed

OFFLINE = "Offline runs, synced later without duplicates"
SYNC = "`wandb sync`"

TRAIN = """
run = wandb.init(project=given["project"], config={"lr": 0.1}, tags=["offline"])
for step in range(5):
    run.log({"x": step})
artifact = wandb.Artifact("m", "model", metadata={"a": 1})
with artifact.new_file("weights.bin") as file:
    file.write("trained offline")
run.log_artifact(artifact, aliases=["best"])
run.finish()
answer(run.id)
"""


@pytest.fixture
def offline(second_process, project, tmp_path):
    folder = tmp_path / "offline"
    finished = second_process(TRAIN, {"project": project}, folder=folder, environment={"WANDB_MODE": "offline"}).finish()
    assert finished.code == 0, finished.output
    (run_folder,) = (folder / "dir" / "wandb").glob("offline-run-*")
    return finished.answer, run_folder


@pytest.fixture
def sync(server, outside, tmp_path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "sync"
        return subprocess.run(
            [sys.executable, "-m", "wandb", "sync", *arguments],
            cwd=folder if folder.exists() else tmp_path,
            env={**scrubbed(os.environ), **for_client(server.url, ADMIN_KEY, folder, outside.url)},
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )

    return run


@pytest.mark.core
@pytest.mark.capability(OFFLINE)
def test_everything_arrives(offline, sync, api, entity, project, tmp_path):
    run_id, folder = offline
    assert not any(found.name == project for found in api.projects(entity))
    done = sync(str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    run = api.run(f"{entity}/{project}/{run_id}")
    assert run.config == {"lr": 0.1}
    assert run.tags == ["offline"]
    assert run.state == "finished"
    assert [row["x"] for row in run.scan_history(keys=["x"])] == list(range(5))
    version = api.artifact(f"{entity}/{project}/m:best")
    assert version.version == "v0"
    assert version.metadata == {"a": 1}
    version.download(root=str(tmp_path / "down"))
    assert (tmp_path / "down" / "weights.bin").read_text() == "trained offline"


@pytest.mark.capability(OFFLINE)
def test_syncing_twice_makes_nothing_twice(offline, sync, api, entity, project):
    run_id, folder = offline
    assert sync(str(folder)).returncode == 0
    Path(f"{folder}/run-{run_id}.wandb.synced").unlink()
    done = sync(str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [run.id for run in api.runs(f"{entity}/{project}")] == [run_id]
    run = api.run(f"{entity}/{project}/{run_id}")
    assert [row["x"] for row in run.scan_history(keys=["x"])] == list(range(5))
    assert [version.version for version in api.artifacts("model", f"{entity}/{project}/m")] == ["v0"]


@pytest.mark.capability(SYNC)
def test_all_runs_of_a_folder(second_process, api, entity, project, tmp_path, server, outside):
    folder = tmp_path / "many"
    ids = [
        second_process(
            """
            run = wandb.init(project=given)
            run.log({"x": 1})
            run.finish()
            answer(run.id)
            """,
            project,
            folder=folder,
            environment={"WANDB_MODE": "offline"},
        )
        .finish()
        .answer
        for _ in range(2)
    ]
    done = subprocess.run(
        [sys.executable, "-m", "wandb", "sync", "--yes"],
        cwd=folder,
        env={**scrubbed(os.environ), **for_client(server.url, ADMIN_KEY, folder, outside.url)},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(run.id for run in api.runs(f"{entity}/{project}")) == sorted(ids)


@pytest.mark.capability(SYNC)
def test_into_another_project_under_another_name(offline, sync, api, entity, unique):
    _, folder = offline
    elsewhere = unique("elsewhere")
    done = sync("--project", elsewhere, "--entity", entity, "--id", "renamed", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [run.id for run in api.runs(f"{entity}/{elsewhere}")] == ["renamed"]
