"""`production` means exactly one version."""

from __future__ import annotations

import pytest
from harness.errors import REFUSED
from harness.versions import log

CAPABILITY = "Move aliases"
pytestmark = pytest.mark.capability(CAPABILITY)


@pytest.fixture
def three(start):
    run = start()
    versions = [log(run, "m", f"epoch {epoch}") for epoch in range(3)]
    run.finish()
    return versions


@pytest.mark.core
def test_an_alias_moves_from_version_to_version(api, three, entity, project):
    for version in three:
        version.aliases.append("best")
        version.save()
        assert api.artifact(f"{entity}/{project}/m:best").version == version.version
    assert "best" not in api.artifact(f"{entity}/{project}/m:v0").aliases
    assert sorted(api.artifact(f"{entity}/{project}/m:v2").aliases) == ["best", "latest"]


@pytest.mark.core
def test_a_link_has_aliases_of_its_own(api, three, entity, project, unique):
    name = unique("task")
    for version in three[:2]:
        version.link(f"wandb-registry-model/{name}")
    first = api.artifact(f"wandb-registry-model/{name}:v0")
    first.aliases = ["production"]
    first.save()
    second = api.artifact(f"wandb-registry-model/{name}:v1")
    second.aliases.append("production")
    second.save()
    assert api.artifact(f"wandb-registry-model/{name}:production").version == "v1"
    assert api.artifact(f"wandb-registry-model/{name}:v0").aliases == []
    assert "production" not in api.artifact(f"{entity}/{project}/m:v1").aliases


def test_assigning_a_list_removes_what_is_not_in_it(api, three, entity, project):
    version = api.artifact(f"{entity}/{project}/m:v1")
    version.aliases = ["a", "b", "c"]
    version.save()
    version = api.artifact(f"{entity}/{project}/m:v1")
    version.aliases = ["b", "d"]
    version.save()
    assert sorted(api.artifact(f"{entity}/{project}/m:v1").aliases) == ["b", "d"]
    for gone in ("a", "c"):
        with pytest.raises(REFUSED):
            api.artifact(f"{entity}/{project}/m:{gone}")


def test_a_version_may_have_a_hundred_aliases(api, three, entity, project):
    names = [f"alias-{number:03d}" for number in range(100)]
    version = api.artifact(f"{entity}/{project}/m:v1")
    version.aliases.extend(names)
    version.save()
    assert sorted(api.artifact(f"{entity}/{project}/m:v1").aliases) == names


@pytest.mark.parametrize("alias", ["with space", "ünïcode", "UPPER", "a.b-c_d", "1", "x" * 128])
def test_what_the_client_accepts_as_an_alias_is_accepted(api, three, entity, project, alias):
    three[0].aliases.append(alias)
    three[0].save()
    assert api.artifact(f"{entity}/{project}/m:{alias}").version == "v0"


def test_aliases_differ_by_case(api, three, entity, project):
    for version, alias in ((three[0], "Best"), (three[1], "best")):
        version.aliases.append(alias)
        version.save()
    assert api.artifact(f"{entity}/{project}/m:Best").version == "v0"
    assert api.artifact(f"{entity}/{project}/m:best").version == "v1"


@pytest.mark.parametrize("alias", ["a/b", "a:b"])
def test_an_alias_with_a_separator_is_refused(three, alias):
    with pytest.raises(ValueError):
        three[0].aliases = [alias]
        three[0].save()


def test_a_version_number_is_no_alias(api, three, entity, project):
    version = api.artifact(f"{entity}/{project}/m:v0")
    with pytest.raises(REFUSED):
        version.aliases.append("v2")
        version.save()
    assert api.artifact(f"{entity}/{project}/m:v2").id == three[2].id


def test_aliases_are_given_while_logging(start, api, entity, project):
    run = start()
    log(run, "m", "one", aliases=["best", "candidate"])
    log(run, "m", "two", aliases="best")
    assert sorted(api.artifact(f"{entity}/{project}/m:v0").aliases) == ["candidate"]
    assert sorted(api.artifact(f"{entity}/{project}/m:v1").aliases) == ["best", "latest"]
