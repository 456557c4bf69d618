"""A script that is killed and run again makes one version, not two."""

from __future__ import annotations

import time

import pytest

CAPABILITY = "Run again after being killed: one version, not two"
pytestmark = pytest.mark.capability(CAPABILITY)

TRAIN = """
run = wandb.init(project=given["project"], id=given["id"], resume="allow")
artifact = wandb.Artifact("m", "model")
for number in range(30):
    with artifact.new_file(f"layer-{number}") as file:
        file.write(f"weights of layer {number}")
logged = run.log_artifact(artifact, aliases=["best"])
answer("logging")
logged.wait()
run.finish()
answer(logged.version)
"""


def _until(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to the moment to kill at"
        time.sleep(0.005)


@pytest.mark.parametrize("moment", ["CreateArtifact", "CreateArtifactFiles", "put", "CommitArtifact"])
def test_killed_while_logging(second_process, proxy, api, entity, project, moment, tmp_path):
    given = {"project": project, "id": "trained-once"}
    fault = proxy.cut(moment, times=None, after_answer=moment == "CommitArtifact")
    script = second_process(TRAIN, given, url=proxy.url)
    _until(lambda: fault.struck > 0)
    script.kill()
    proxy.forget()
    finished = second_process(TRAIN, given, url=proxy.url).finish()
    assert finished.answer == "v0", finished.output
    versions = list(api.artifacts("model", f"{entity}/{project}/m"))
    assert [version.version for version in versions] == ["v0"]
    assert sorted(versions[0].aliases) == ["best", "latest"]
    versions[0].download(root=str(tmp_path / "down"))
    versions[0].verify(root=str(tmp_path / "down"))


def test_run_a_third_time_it_is_still_one(second_process, api, entity, project):
    for _ in range(2):
        finished = second_process(TRAIN, {"project": project, "id": "again"}).finish()
        assert finished.answer == "v0", finished.output
    assert len(list(api.artifacts("model", f"{entity}/{project}/m"))) == 1
