"""Contents that are there already make no second version."""

from __future__ import annotations

import pytest
import wandb

CAPABILITY = "Nothing new for the same contents"
pytestmark = [pytest.mark.core, pytest.mark.capability(CAPABILITY)]


def _log(run, text: str, name: str = "data", **options):
    artifact = wandb.Artifact(name, "dataset", **{k: options.pop(k) for k in ("metadata", "description") if k in options})
    with artifact.new_file("data.txt") as file:
        file.write(text)
    return run.log_artifact(artifact, **options).wait()


def test_logging_twice_answers_the_version_that_exists(start):
    run = start()
    first = _log(run, "same")
    second = _log(run, "same")
    assert (first.version, second.version) == ("v0", "v0")
    assert first.id == second.id


def test_a_b_a_is_two_versions_and_latest_is_the_first_again(start, api, entity, project):
    run = start()
    versions = [_log(run, text).version for text in ("a", "b", "a")]
    assert versions == ["v0", "v1", "v0"]
    assert api.artifact(f"{entity}/{project}/data:latest").version == "v0"
    assert len(list(api.artifacts("dataset", f"{entity}/{project}/data"))) == 2


def test_aliases_of_the_second_time_are_given_to_the_version_that_exists(start, api, entity, project):
    run = start()
    _log(run, "same", aliases=["first"])
    _log(run, "same", aliases=["second"])
    assert sorted(api.artifact(f"{entity}/{project}/data:v0").aliases) == ["first", "latest", "second"]


def test_description_and_metadata_alone_make_no_version(start):
    run = start()
    _log(run, "same", metadata={"a": 1}, description="one")
    assert _log(run, "same", metadata={"a": 2}, description="two").version == "v0"


def test_another_run_with_the_same_contents_gets_the_same_version(start, api, entity, project):
    first = start()
    made = _log(first, "same")
    first.finish()
    again = start()
    assert _log(again, "same").id == made.id
    again.finish()
    assert api.artifact(f"{entity}/{project}/data:v0").logged_by().id == first.id


def test_the_same_contents_under_another_name_are_another_artifact(start):
    run = start()
    first = _log(run, "same", "one")
    second = _log(run, "same", "two")
    assert first.id != second.id
    assert first.digest == second.digest
    assert second.version == "v0"
