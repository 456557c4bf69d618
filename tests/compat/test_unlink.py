"""Taking a link away, and what it shared with its source."""

from __future__ import annotations

import pytest
from harness.errors import REFUSED
from harness.versions import log

UNLINK = "Unlink, and what a link shares with its source"
COLLECTIONS = "Collections: create by linking, describe, tag, rename, delete"


@pytest.mark.core
@pytest.mark.capability(UNLINK)
def test_the_link_goes_and_the_source_stays(start, api, entity, project, unique):
    run = start()
    name = unique("task")
    linked = log(run, "m").link(f"wandb-registry-model/{name}")
    linked.unlink()
    with pytest.raises(REFUSED):
        api.artifact(f"wandb-registry-model/{name}:v0")
    source = api.artifact(f"{entity}/{project}/m:v0")
    assert source.state == "COMMITTED"
    assert source.linked_artifacts == []


@pytest.mark.capability(UNLINK)
def test_linked_anew_it_takes_a_new_number(start, unique):
    run = start()
    name = unique("task")
    made = log(run, "m")
    made.link(f"wandb-registry-model/{name}").unlink()
    assert made.link(f"wandb-registry-model/{name}").version == "v1"


@pytest.mark.capability(UNLINK)
def test_a_source_cannot_be_unlinked(start):
    run = start()
    with pytest.raises(ValueError):
        log(run, "m").unlink()


@pytest.mark.capability(UNLINK)
def test_a_link_is_the_same_version_under_another_name(start, api, entity, project, unique):
    run = start()
    made = log(run, "m", metadata={"a": 1}, description="card")
    name = unique("task")
    made.link(f"wandb-registry-model/{name}", aliases=["x"])
    link = api.artifact(f"wandb-registry-model/{name}:v0")
    same = ("id", "digest", "size", "state", "created_at", "metadata", "description", "type", "file_count")
    assert all(getattr(link, field) == getattr(api.artifact(made.qualified_name), field) for field in same)
    assert link.is_link
    assert (link.source_entity, link.source_project, link.source_name) == (entity, project, "m:v0")
    assert link.source_artifact.qualified_name == made.qualified_name
    assert link.source_collection.name == "m"
    assert link.collection.name == name
    assert not link.collection.is_sequence()


@pytest.mark.core
@pytest.mark.capability(COLLECTIONS)
def test_a_registered_model_is_made_by_its_first_link(start, api, unique):
    name = unique("task")
    path = f"weighhouse/wandb-registry-model/{name}"
    assert not api.artifact_collection_exists(path, "model")
    run = start()
    log(run, "m").link(f"wandb-registry-model/{name}")
    assert api.artifact_collection_exists(path, "model")
    collection = api.artifact_collection("model", path)
    assert (collection.name, collection.type) == (name, "model")


@pytest.mark.capability(COLLECTIONS)
def test_it_has_a_card_and_tags_of_its_own(start, api, entity, project, unique):
    run = start()
    name = unique("task")
    log(run, "m").link(f"wandb-registry-model/{name}")
    collection = api.artifact_collection("model", f"weighhouse/wandb-registry-model/{name}")
    collection.description = "# Card"
    collection.tags = ["vision"]
    collection.save()
    seen = api.artifact_collection("model", f"weighhouse/wandb-registry-model/{name}")
    assert (seen.description, seen.tags) == ("# Card", ["vision"])
    assert api.artifact_collection("model", f"{entity}/{project}/m").tags == []


@pytest.mark.capability(COLLECTIONS)
def test_it_is_renamed_and_found_at_its_old_address(start, api, unique):
    run = start()
    name, new = unique("task"), unique("renamed")
    made = log(run, "m")
    made.link(f"wandb-registry-model/{name}")
    collection = api.artifact_collection("model", f"weighhouse/wandb-registry-model/{name}")
    collection.name = new
    collection.save()
    assert api.artifact(f"wandb-registry-model/{new}:v0").id == made.id
    assert api.artifact(f"wandb-registry-model/{name}:v0").id == made.id


@pytest.mark.capability(COLLECTIONS)
def test_its_type_is_fixed(start, api, unique):
    run = start()
    name = unique("task")
    log(run, "m").link(f"wandb-registry-model/{name}")
    collection = api.artifact_collection("model", f"weighhouse/wandb-registry-model/{name}")
    with pytest.raises(REFUSED):
        collection.type = "dataset"
        collection.save()


@pytest.mark.capability(COLLECTIONS)
def test_its_versions_are_listed_like_those_of_an_artifact(start, api, unique):
    run = start()
    name = unique("task")
    for text in ("one", "two", "three"):
        log(run, "m", text).link(f"wandb-registry-model/{name}")
    found = list(api.artifacts("model", f"weighhouse/wandb-registry-model/{name}"))
    assert [version.version for version in found] == ["v2", "v1", "v0"]
    assert sorted(api.artifact_collection("model", f"weighhouse/wandb-registry-model/{name}").aliases) == ["latest"]
