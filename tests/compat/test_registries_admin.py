"""Registries: made, described, renamed, opened, closed, deleted."""

from __future__ import annotations

import pytest
from harness.errors import REFUSED
from harness.versions import log

ADMIN = "Create, describe, rename and delete a registry"
ACCEPT = "Accepted types and visibility"
ORG, DISPLAY = "weighhouse", "Weighhouse"


@pytest.fixture
def registry(api, unique):
    return api.create_registry(unique("reg"), visibility="organization", organization=ORG, description="about it")


@pytest.mark.core
@pytest.mark.capability(ADMIN)
def test_a_new_registry_has_what_was_said(registry, api):
    seen = api.registry(registry.name, ORG)
    assert seen.description == "about it"
    assert seen.visibility == "organization"
    assert seen.full_name == f"wandb-registry-{registry.name}"
    assert (seen.entity, seen.organization) == (ORG, DISPLAY)
    assert seen.id == registry.id
    assert seen.created_at
    assert seen.allow_all_artifact_types


@pytest.mark.capability(ADMIN)
def test_the_organization_may_be_left_out(api, unique):
    made = api.create_registry(unique("reg"), visibility="organization")
    assert made.entity == ORG
    assert api.registry(made.name).id == made.id


@pytest.mark.capability(ADMIN)
def test_the_registries_of_the_first_start(api):
    assert {"model", "dataset"} <= {registry.name for registry in api.registries(organization=ORG)}
    model = api.registry("model", ORG)
    assert list(model.artifact_types) == ["model"]
    assert not model.allow_all_artifact_types


@pytest.mark.capability(ADMIN)
def test_a_name_is_taken_once(registry, api):
    with pytest.raises(ValueError):
        api.create_registry(registry.name, visibility="organization", organization=ORG)


@pytest.mark.capability(ADMIN)
@pytest.mark.parametrize("name", ["", "a/b", "a:b", "x" * 114])
def test_an_impossible_name_is_refused(api, name):
    with pytest.raises(ValueError):
        api.create_registry(name, visibility="organization", organization=ORG)


@pytest.mark.core
@pytest.mark.capability(ADMIN)
def test_it_is_described_and_renamed(registry, api, start, unique):
    run = start()
    made = log(run, "m")
    made.link(f"{registry.full_name}/task")
    old = registry.name
    registry.name = unique("renamed")
    registry.description = "changed"
    registry.save()
    seen = api.registry(registry.name, ORG)
    assert (seen.id, seen.description) == (registry.id, "changed")
    assert api.artifact(f"{ORG}/wandb-registry-{registry.name}/task:v0").id == made.id
    assert api.artifact(f"{ORG}/wandb-registry-{old}/task:v0").id == made.id


@pytest.mark.core
@pytest.mark.capability(ADMIN)
def test_deleting_it_leaves_the_sources(registry, api, start, entity, project):
    run = start()
    log(run, "m").link(f"{registry.full_name}/task")
    registry.delete()
    with pytest.raises(REFUSED):
        api.registry(registry.name, ORG)
    with pytest.raises(REFUSED):
        api.artifact(f"{ORG}/{registry.full_name}/task:v0")
    assert api.artifact(f"{entity}/{project}/m:v0").state == "COMMITTED"
    with pytest.raises(ValueError):
        registry.delete()


@pytest.mark.capability(ADMIN)
def test_what_does_not_exist_is_an_error(api, unique):
    with pytest.raises(REFUSED):
        api.registry(unique("missing"), ORG)
    with pytest.raises(REFUSED):
        api.registry("model", unique("no-organization"))


@pytest.mark.capability(ADMIN)
def test_the_organization_is_told(api):
    found = api.organization(ORG)
    assert (found.name, found.org_entity.name) == (DISPLAY, ORG)
    assert api.organization(DISPLAY).id == found.id


@pytest.mark.core
@pytest.mark.capability(ACCEPT)
def test_only_accepted_types_are_linked(api, start, unique):
    registry = api.create_registry(unique("reg"), "organization", ORG, artifact_types=["model"])
    assert list(registry.artifact_types) == ["model"]
    run = start()
    assert log(run, "m").link(f"{registry.full_name}/models").version == "v0"
    data = log(run, "d", type="dataset")
    with pytest.raises(REFUSED):
        data.link(f"{registry.full_name}/data")
    registry.artifact_types.append("dataset")
    registry.save()
    assert sorted(api.registry(registry.name, ORG).artifact_types) == ["dataset", "model"]
    assert data.link(f"{registry.full_name}/data").version == "v0"


@pytest.mark.capability(ACCEPT)
def test_types_are_added_and_never_removed(api, unique):
    registry = api.create_registry(unique("reg"), "organization", ORG, artifact_types=["model"])
    with pytest.raises(ValueError):
        registry.artifact_types.remove("model")
    registry = api.registry(registry.name, ORG)
    assert list(registry.artifact_types) == ["model"]


@pytest.mark.capability(ACCEPT)
def test_a_registry_can_begin_to_take_everything(api, start, unique):
    registry = api.create_registry(unique("reg"), "organization", ORG, artifact_types=["model"])
    registry.allow_all_artifact_types = True
    registry.save()
    run = start()
    assert log(run, "d", type="anything").link(f"{registry.full_name}/x").version == "v0"


@pytest.mark.capability(ACCEPT)
def test_visibility_can_change(api, admin, api_of, unique):
    person = admin.person("colleague")
    admin.join_organization(ORG, person, "member")
    registry = api.create_registry(unique("reg"), "restricted", ORG)
    assert api.registry(registry.name, ORG).visibility == "restricted"
    with pytest.raises(REFUSED):
        api_of(person).registry(registry.name, ORG)
    registry.visibility = "organization"
    registry.save()
    assert api_of(person).registry(registry.name, ORG).visibility == "organization"
