"""`artifact.save()` finds or makes a run; `wait()` ends when the version is there."""

from __future__ import annotations

import pytest
from harness.versions import draft

CAPABILITY = "`save` and `wait` without a run of one's own"
pytestmark = pytest.mark.capability(CAPABILITY)


@pytest.mark.core
def test_save_without_a_run_makes_one_of_its_own(api, entity, project):
    artifact = draft("m", files={"a": "A"})
    artifact.save(project=project)
    artifact.wait()
    found = api.artifact(f"{entity}/{project}/m:v0")
    assert found.id == artifact.id
    assert found.logged_by().job_type == "auto"


def test_save_within_a_run_belongs_to_that_run(second_process, api, entity, project):
    script = second_process(
        """
        run = wandb.init(project=given)
        artifact = wandb.Artifact("m", "model")
        artifact.save()
        artifact.wait()
        answer([run.id, artifact.version])
        run.finish()
        """,
        project,
    )
    run_id, version = script.finish().answer
    assert version == "v0"
    assert api.artifact(f"{entity}/{project}/m:v0").logged_by().id == run_id


def test_wait_answers_the_committed_version(start):
    run = start()
    logged = run.log_artifact(draft("m", files={"a": "A"}))
    waited = logged.wait(timeout=60)
    assert waited is logged
    assert logged.state == "COMMITTED"
    assert not logged.is_draft()


def test_wait_gives_up_when_told_to(second_process, proxy, project):
    proxy.answer("CreateArtifact", 500, times=None)
    script = second_process(
        """
        from wandb.sdk.artifacts.exceptions import WaitTimeoutError
        run = wandb.init(project=given)
        logged = run.log_artifact(wandb.Artifact("m", "model"))
        try:
            logged.wait(timeout=2)
        except WaitTimeoutError:
            answer("gave up")
        os._exit(0)
        """,
        project,
        url=proxy.url,
    )
    assert script.finish(60).answer == "gave up"
