"""Every way to write where a version is."""

from __future__ import annotations

import pytest
from harness.errors import REFUSED
from harness.versions import log

CAPABILITY = "Every form of address"
pytestmark = pytest.mark.capability(CAPABILITY)


@pytest.fixture
def version(start):
    run = start()
    made = log(run, "m", aliases=["best"])
    run.finish()
    return made


@pytest.mark.core
@pytest.mark.parametrize("form", ["m:v0", "m:latest", "m:best", "{p}/m:v0", "{e}/{p}/m:v0", "{e}/{p}/m:best"])
def test_from_a_run(start, version, entity, project, form):
    found = start().use_artifact(form.format(e=entity, p=project))
    assert found.id == version.id


@pytest.mark.parametrize("form", ["{p}/m:v0", "{e}/{p}/m:v0", "{e}/{p}/m:best", "{e}/{p}/m"])
def test_from_the_public_api(api, version, entity, project, form):
    assert api.artifact(form.format(e=entity, p=project)).id == version.id


@pytest.mark.parametrize("form", ["wandb-registry-model/{}:prod", "weighhouse/wandb-registry-model/{}:v0", "weighhouse/wandb-registry-model/{}"])
def test_in_a_registry(api, version, unique, form):
    name = unique("task")
    version.link(f"wandb-registry-model/{name}", aliases=["prod"])
    found = api.artifact(form.format(name))
    assert found.id == version.id
    assert (found.collection.name, found.version) == (name, "v0")


def test_in_the_older_model_registry(api, start, version, entity, unique):
    name = unique("task")
    version.link(f"{entity}/model-registry/{name}", aliases=["prod"])
    assert api.artifact(f"{entity}/model-registry/{name}:prod").id == version.id
    assert start().use_artifact(f"model-registry/{name}:prod").id == version.id


def test_an_organization_that_is_not_ours_is_an_error(api, version, unique):
    name = unique("task")
    version.link(f"wandb-registry-model/{name}")
    with pytest.raises(REFUSED):
        api.artifact(f"elsewhere/wandb-registry-model/{name}:v0")


def test_without_an_organization_a_member_of_two_is_asked_which(admin, api_of, version, unique):
    name = unique("task")
    version.link(f"wandb-registry-model/{name}")
    person = admin.person("in-two")
    other = admin.organization("second")
    admin.join_organization("weighhouse", person, "member")
    admin.join_organization(other, person, "member")
    theirs = api_of(person)
    with pytest.raises(REFUSED):
        theirs.artifact(f"wandb-registry-model/{name}:v0")
    assert theirs.artifact(f"weighhouse/wandb-registry-model/{name}:v0").id == version.id


@pytest.mark.parametrize("form", ["", "a/b/c/d:v0", "m:v0"])
def test_what_cannot_be_an_address_is_an_error(api, form):
    with pytest.raises(REFUSED):
        api.artifact(form)


def test_a_renamed_artifact_is_found_at_its_old_address(api, version, entity, project):
    collection = api.artifact_collection("model", f"{entity}/{project}/m")
    collection.name = "renamed"
    collection.save()
    assert api.artifact(f"{entity}/{project}/renamed:v0").id == version.id
    assert api.artifact(f"{entity}/{project}/m:v0").id == version.id
