"""Where a version came from and who used it."""

from __future__ import annotations

import pytest
import wandb
from harness.versions import draft, log

CAPABILITY = "Lineage: `logged_by`, `used_by`, logged and used artifacts"
pytestmark = pytest.mark.capability(CAPABILITY)


@pytest.mark.core
def test_the_run_that_logged_it_and_the_runs_that_used_it(start, api, entity, project):
    producer = start(job_type="train")
    log(producer, "m")
    producer.finish()
    users = []
    for _ in range(2):
        user = start(job_type="evaluate")
        user.use_artifact("m:v0")
        user.use_artifact("m:v0")
        user.finish()
        users.append(user.id)
    version = api.artifact(f"{entity}/{project}/m:v0")
    assert version.logged_by().id == producer.id
    assert sorted(run.id for run in version.used_by()) == sorted(users)


@pytest.mark.core
def test_a_run_knows_its_inputs_and_outputs(start, api, entity, project):
    first = start()
    for name in ("a", "b"):
        log(first, name, type="dataset")
    first.finish()
    second = start()
    second.use_artifact("a:v0")
    second.use_artifact("b:latest")
    log(second, "result")
    second.finish()
    seen = api.run(f"{entity}/{project}/{second.id}")
    assert sorted(artifact.name for artifact in seen.used_artifacts()) == ["a:v0", "b:v0"]
    assert [artifact.name for artifact in seen.logged_artifacts()] == ["result:v0"]
    seen = api.run(f"{entity}/{project}/{first.id}")
    assert sorted(artifact.name for artifact in seen.logged_artifacts(per_page=1)) == ["a:v0", "b:v0"]
    assert len(seen.logged_artifacts()) == 2


def test_use_through_a_link_counts_for_the_source(start, api, entity, project, unique):
    producer = start()
    name = unique("task")
    log(producer, "m").link(f"wandb-registry-model/{name}")
    producer.finish()
    user = start()
    user.use_artifact(f"wandb-registry-model/{name}:v0")
    user.finish()
    assert [run.id for run in api.artifact(f"{entity}/{project}/m:v0").used_by()] == [user.id]
    link = api.artifact(f"wandb-registry-model/{name}:v0")
    assert link.logged_by().id == producer.id
    assert [run.id for run in link.used_by()] == [user.id]


def test_reading_by_the_public_api_leaves_no_trace(start, api, entity, project, tmp_path):
    producer = start()
    log(producer, "m")
    producer.finish()
    api.artifact(f"{entity}/{project}/m:v0").download(root=str(tmp_path / "down"))
    assert list(api.artifact(f"{entity}/{project}/m:v0").used_by()) == []


def test_a_version_nobody_logged_in_a_run_has_a_user_only(start, api, entity, project):
    run = start()
    run.use_artifact(draft("m", files={"a": "A"})).wait()
    version = api.artifact(f"{entity}/{project}/m:v0")
    assert version.logged_by() is None
    assert [user.id for user in version.used_by()] == [run.id]


def test_a_run_of_the_past_can_use_and_log_afterwards(start, api, entity, project):
    run = start()
    log(run, "m")
    log(run, "late", type="dataset")
    run.finish()
    other = start()
    other.finish()
    seen = api.run(f"{entity}/{project}/{other.id}")
    seen.use_artifact(api.artifact(f"{entity}/{project}/m:v0"))
    seen.log_artifact(api.artifact(f"{entity}/{project}/late:v0"), aliases=["again"])
    fresh = wandb.Api().run(f"{entity}/{project}/{other.id}")
    assert [artifact.name for artifact in fresh.used_artifacts()] == ["m:v0"]
    assert [artifact.name for artifact in fresh.logged_artifacts()] == ["late:v0"]


def test_a_version_of_another_project_can_be_used(start, api, entity, project, unique):
    elsewhere = unique("elsewhere")
    producer = start(project=elsewhere)
    log(producer, "m")
    producer.finish()
    user = start()
    user.use_artifact(f"{entity}/{elsewhere}/m:v0")
    user.finish()
    used = list(api.run(f"{entity}/{project}/{user.id}").used_artifacts())
    assert [artifact.qualified_name for artifact in used] == [f"{entity}/{elsewhere}/m:v0"]
