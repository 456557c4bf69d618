"""Deleting, and what forbids it."""

from __future__ import annotations

import pytest
from harness.errors import REFUSED
from harness.versions import log

CAPABILITY = "Delete versions, with the rule about aliases"
pytestmark = pytest.mark.capability(CAPABILITY)



@pytest.mark.core
def test_a_version_without_aliases_is_deleted(start, api, entity, project):
    run = start()
    log(run, "m", "one")
    log(run, "m", "two")
    api.artifact(f"{entity}/{project}/m:v0").delete()
    with pytest.raises(REFUSED):
        api.artifact(f"{entity}/{project}/m:v0")
    assert [version.version for version in api.artifacts("model", f"{entity}/{project}/m")] == ["v1"]


@pytest.mark.core
def test_one_with_aliases_is_kept_until_they_may_go_too(start, api, entity, project):
    run = start()
    log(run, "m", "one", aliases=["best"])
    log(run, "m", "two")
    with pytest.raises(REFUSED):
        api.artifact(f"{entity}/{project}/m:best").delete()
    assert api.artifact(f"{entity}/{project}/m:best").version == "v0"
    api.artifact(f"{entity}/{project}/m:best").delete(delete_aliases=True)
    with pytest.raises(REFUSED):
        api.artifact(f"{entity}/{project}/m:best")


def test_latest_is_an_alias_here(start, api, entity, project):
    run = start()
    log(run, "m", "one")
    with pytest.raises(REFUSED):
        api.artifact(f"{entity}/{project}/m:v0").delete()
    assert api.artifact(f"{entity}/{project}/m:v0").state == "COMMITTED"


def test_deleting_through_a_link_only_unlinks(start, api, entity, project, unique):
    run = start()
    name = unique("task")
    log(run, "m").link(f"wandb-registry-model/{name}")
    api.artifact(f"wandb-registry-model/{name}:v0").delete(delete_aliases=True)
    with pytest.raises(REFUSED):
        api.artifact(f"wandb-registry-model/{name}:v0")
    assert api.artifact(f"{entity}/{project}/m:v0").state == "COMMITTED"


def test_deleting_the_source_with_its_aliases_drops_its_links(start, api, entity, project, unique):
    run = start()
    name = unique("task")
    log(run, "m").link(f"wandb-registry-model/{name}", aliases=["production"])
    api.artifact(f"{entity}/{project}/m:v0").delete(delete_aliases=True)
    with pytest.raises(REFUSED):
        api.artifact(f"wandb-registry-model/{name}:production")


def test_contents_that_were_deleted_can_be_logged_again(start, api, entity, project, tmp_path):
    run = start()
    log(run, "m", "same")
    api.artifact(f"{entity}/{project}/m:v0").delete(delete_aliases=True)
    again = log(run, "m", "same")
    assert again.version == "v1"
    again.download(root=str(tmp_path / "down"))
    assert (tmp_path / "down" / "data.txt").read_text() == "same"


def test_deleting_the_artifact_deletes_every_version(start, api, entity, project):
    run = start()
    for text in ("one", "two"):
        log(run, "m", text)
    api.artifact_collection("model", f"{entity}/{project}/m").delete()
    assert not api.artifact_collection_exists(f"{entity}/{project}/m", "model")
    with pytest.raises(REFUSED):
        api.artifact(f"{entity}/{project}/m:v1")


def test_deleting_a_registered_model_leaves_the_sources(start, api, entity, project, unique):
    run = start()
    name = unique("task")
    log(run, "m").link(f"wandb-registry-model/{name}")
    api.artifact_collection("model", f"weighhouse/wandb-registry-model/{name}").delete()
    with pytest.raises(REFUSED):
        api.artifact(f"wandb-registry-model/{name}:v0")
    assert api.artifact(f"{entity}/{project}/m:v0").state == "COMMITTED"
