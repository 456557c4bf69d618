"""What of a version may change: never its files."""

from __future__ import annotations

import datetime

import pytest
import wandb
from harness.versions import draft, log
from wandb.sdk.artifacts.exceptions import ArtifactFinalizedError

DETAILS = "Tags, description and metadata of a version"
LIFE = "Time to live"


@pytest.mark.core
@pytest.mark.capability(DETAILS)
def test_description_metadata_and_tags_are_kept(start, api, entity, project):
    run = start()
    made = log(run, "m", description="a *card*", metadata={"accuracy": 0.9, "nested": {"a": [1, None, "x"]}, "big": 2**53})
    made.tags = ["reviewed", "two words"]
    made.save()
    seen = api.artifact(f"{entity}/{project}/m:v0")
    assert seen.description == "a *card*"
    assert seen.metadata == {"accuracy": 0.9, "nested": {"a": [1, None, "x"]}, "big": 2**53}
    assert sorted(seen.tags) == ["reviewed", "two words"]


@pytest.mark.capability(DETAILS)
def test_they_can_be_changed_and_emptied(start, api, entity, project):
    run = start()
    made = log(run, "m", description="old", metadata={"a": 1, "b": 2})
    made.tags = ["one", "two"]
    made.save()
    version = api.artifact(f"{entity}/{project}/m:v0")
    version.description = "new"
    version.metadata["a"] = 3
    version.metadata.pop("b")
    version.tags = ["two", "three"]
    version.save()
    seen = api.artifact(f"{entity}/{project}/m:v0")
    assert (seen.description, seen.metadata, sorted(seen.tags)) == ("new", {"a": 3}, ["three", "two"])
    seen.tags = []
    seen.metadata = {}
    seen.description = ""
    seen.save()
    empty = api.artifact(f"{entity}/{project}/m:v0")
    assert (empty.tags, empty.metadata, empty.description or "") == ([], {}, "")


@pytest.mark.capability(DETAILS)
def test_tags_can_be_given_while_logging(start, api, entity, project):
    run = start()
    run.log_artifact(draft("m", files={"a": "A"}), tags=["one", "two"]).wait()
    assert sorted(api.artifact(f"{entity}/{project}/m:v0").tags) == ["one", "two"]


@pytest.mark.capability(DETAILS)
def test_editing_through_a_link_edits_the_source(start, api, entity, project, unique):
    run = start()
    name = unique("task")
    log(run, "m").link(f"wandb-registry-model/{name}")
    link = api.artifact(f"wandb-registry-model/{name}:v0")
    link.description = "through the link"
    link.metadata["seen"] = True
    link.tags = ["through-link"]
    link.save()
    source = api.artifact(f"{entity}/{project}/m:v0")
    assert (source.description, source.metadata, source.tags) == ("through the link", {"seen": True}, ["through-link"])


@pytest.mark.capability(DETAILS)
def test_the_files_of_a_version_never_change(start, api, entity, project):
    run = start()
    made = log(run, "m")
    with pytest.raises(ArtifactFinalizedError):
        made.new_file("more.txt")
    seen = api.artifact(f"{entity}/{project}/m:v0")
    with pytest.raises(ArtifactFinalizedError):
        seen.remove("data.txt")


@pytest.mark.capability(DETAILS)
def test_times_and_digests_are_told(start, api, entity, project):
    run = start()
    made = log(run, "m", "x")
    seen = api.artifact(f"{entity}/{project}/m:v0")
    created = datetime.datetime.fromisoformat(seen.created_at.replace("Z", "+00:00"))
    if created.tzinfo is None:
        created = created.replace(tzinfo=datetime.timezone.utc)
    assert abs((datetime.datetime.now(datetime.timezone.utc) - created).total_seconds()) < 300
    assert seen.digest == made.digest == draft("m", files={"data.txt": "x"}).digest
    assert seen.commit_hash
    assert seen.updated_at


@pytest.mark.capability(DETAILS)
@pytest.mark.parametrize("tag", ["", " leading", "trailing ", "punct!", "a/b"])
def test_tags_outside_the_grammar_are_refused(start, tag):
    run = start()
    made = log(run, "m")
    with pytest.raises(ValueError):
        made.tags = [tag]
        made.save()


@pytest.mark.capability(LIFE)
def test_it_can_be_set_changed_and_taken_away(start, api, entity, project):
    run = start()
    artifact = draft("m", files={"a": "A"})
    artifact.ttl = datetime.timedelta(days=7)
    run.log_artifact(artifact).wait()
    version = api.artifact(f"{entity}/{project}/m:v0")
    assert version.ttl == datetime.timedelta(days=7)
    version.ttl = datetime.timedelta(hours=12)
    version.save()
    version = api.artifact(f"{entity}/{project}/m:v0")
    assert version.ttl == datetime.timedelta(hours=12)
    version.ttl = None
    version.save()
    version = api.artifact(f"{entity}/{project}/m:v0")
    assert version.ttl is None
    version.ttl = wandb.ArtifactTTL.INHERIT
    version.save()
    assert api.artifact(f"{entity}/{project}/m:v0").ttl is None


@pytest.mark.capability(LIFE)
def test_a_link_has_none(start, unique):
    run = start()
    linked = log(run, "m").link(f"wandb-registry-model/{unique('task')}")
    with pytest.raises(ValueError):
        linked.ttl = datetime.timedelta(days=1)


@pytest.mark.capability(LIFE)
def test_linking_into_a_registry_turns_it_off(start, api, entity, project, unique):
    run = start()
    artifact = draft("m", files={"a": "A"})
    artifact.ttl = datetime.timedelta(days=7)
    made = run.log_artifact(artifact).wait()
    made.link(f"wandb-registry-model/{unique('task')}")
    assert api.artifact(f"{entity}/{project}/m:v0").ttl is None
