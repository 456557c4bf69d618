"""Search across registries, collections and versions."""

from __future__ import annotations

from itertools import islice

import pytest
import wandb
from harness.errors import REFUSED
from harness.versions import draft

CAPABILITY = "Search registries, collections and versions"
ORG = "weighhouse"
pytestmark = pytest.mark.capability(CAPABILITY)


@pytest.fixture(scope="module")
def stock(module_project):
    """Two registries, `…-vision` with three collections and `…-text` with one; five versions in the first collection."""
    api = wandb.Api()
    word = module_project
    run = wandb.init(project=module_project, reinit="create_new")
    vision = api.create_registry(f"{word}-vision", "organization", ORG, description="sees")
    text = api.create_registry(f"{word}-text", "organization", ORG, description="reads")
    for number in range(5):
        version = run.log_artifact(
            draft("m", files={"n": str(number)}, metadata={"acc": number / 10, "deep": {"kind": "even" if number % 2 == 0 else "odd"}}),
            tags=["round"] if number == 3 else [],
        ).wait()
        version.link(f"{vision.full_name}/cats", aliases=["best"] if number == 2 else [])
    for name in ("dogs", "birds"):
        version.link(f"{vision.full_name}/{name}")
    version.link(f"{text.full_name}/poems")
    run.finish()
    dogs = api.artifact_collection("model", f"{ORG}/{vision.full_name}/dogs")
    dogs.tags = ["furry"]
    dogs.description = "bark"
    dogs.save()
    return word


def _names(found) -> list[str]:
    return [item.name for item in found]


@pytest.fixture
def all_of_it(api, stock):
    return api.registries(ORG, filter={"name": {"$regex": f"^wandb-registry-{stock}"}})


def test_registries_by_name(api, stock):
    assert _names(api.registries(ORG, filter={"name": f"{stock}-text"})) == [f"{stock}-text"]
    found = api.registries(ORG, filter={"name": {"$in": [f"{stock}-text", f"{stock}-vision"]}}, order="name")
    assert _names(found) == [f"{stock}-text", f"{stock}-vision"]
    assert _names(api.registries(ORG, filter={"name": {"$regex": f"{stock}-v"}})) == [f"{stock}-vision"]


def test_registries_by_description_and_time(api, stock):
    pattern = {"$regex": stock}
    assert _names(api.registries(ORG, filter={"name": pattern, "description": "reads"})) == [f"{stock}-text"]
    late = api.registries(ORG, filter={"name": pattern, "created_at": {"$gt": "2001-01-01 00:00:00"}})
    assert len(_names(late)) == 2
    assert _names(api.registries(ORG, filter={"name": pattern, "created_at": {"$lt": "2001-01-01"}})) == []


@pytest.mark.parametrize(
    ("order", "expected"), [("name", ["text", "vision"]), ("-name", ["vision", "text"]), ("created_at", ["vision", "text"])]
)
def test_registries_in_order(api, stock, order, expected):
    found = api.registries(ORG, filter={"name": {"$regex": stock}}, order=order, per_page=1)
    assert _names(found) == [f"{stock}-{name}" for name in expected]


def test_registries_go_on_where_they_stopped(api, stock):
    options = {"filter": {"name": {"$regex": stock}}, "order": "name", "per_page": 1}
    first = api.registries(ORG, **options)
    assert _names(islice(first, 1)) == [f"{stock}-text"]
    assert _names(api.registries(ORG, start=first.cursor, **options)) == [f"{stock}-vision"]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({}, ["birds", "cats", "dogs", "poems"]),
        ({"name": "dogs"}, ["dogs"]),
        ({"name": {"$regex": "^[bc]"}}, ["birds", "cats"]),
        ({"name": {"$contains": "oem"}}, ["poems"]),
        ({"tag": "furry"}, ["dogs"]),
        ({"description": "bark"}, ["dogs"]),
        ({"name": {"$nin": ["dogs", "cats"]}}, ["birds", "poems"]),
        ({"$or": [{"name": "cats"}, {"tag": "furry"}]}, ["cats", "dogs"]),
        ({"$and": [{"name": {"$ne": "cats"}}, {"name": {"$ne": "poems"}}]}, ["birds", "dogs"]),
        ({"$nor": [{"name": "cats"}, {"name": "dogs"}]}, ["birds", "poems"]),
        ({"$not": {"name": "cats"}}, ["birds", "dogs", "poems"]),
        ({"updated_at": {"$gte": "2001-01-01"}}, ["birds", "cats", "dogs", "poems"]),
    ],
    ids=str,
)
def test_collections(all_of_it, filter, expected):
    assert sorted(_names(all_of_it.collections(filter=filter, per_page=2))) == expected


@pytest.mark.parametrize(("order", "expected"), [("name", ["birds", "cats", "dogs"]), ("-name", ["dogs", "cats", "birds"])])
def test_collections_of_one_registry_in_order(api, stock, order, expected):
    assert _names(api.registry(f"{stock}-vision", ORG).collections(order=order)) == expected


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({}, ["v0", "v1", "v2", "v3", "v4"]),
        ({"alias": "best"}, ["v2"]),
        ({"alias": "latest"}, ["v4"]),
        ({"tag": "round"}, ["v3"]),
        ({"version": 1}, ["v1"]),
        ({"version": "v1"}, ["v1"]),
        ({"version": {"$gte": 3}}, ["v3", "v4"]),
        ({"metadata.acc": {"$gt": 0.15}}, ["v2", "v3", "v4"]),
        ({"metadata.acc": 0.1}, ["v1"]),
        ({"metadata.deep.kind": "odd"}, ["v1", "v3"]),
        ({"metadata.deep.kind": {"$ne": "odd"}}, ["v0", "v2", "v4"]),
        ({"metadata.missing": {"$exists": True}}, []),
        ({"metadata.acc": {"$exists": True}}, ["v0", "v1", "v2", "v3", "v4"]),
        ({"$or": [{"tag": "round"}, {"alias": "best"}]}, ["v2", "v3"]),
        ({"$and": [{"metadata.acc": {"$gte": 0.1}}, {"metadata.acc": {"$lte": 0.2}}]}, ["v1", "v2"]),
        ({"created_at": {"$gte": "2001-01-01 00:00:00"}}, ["v0", "v1", "v2", "v3", "v4"]),
        ({"alias": {"$in": ["best", "latest"]}}, ["v2", "v4"]),
    ],
    ids=str,
)
def test_versions_of_a_collection(all_of_it, filter, expected):
    found = all_of_it.collections(filter={"name": "cats"}).versions(filter=filter, per_page=2)
    assert sorted(version.version for version in found) == expected


def test_versions_across_registries_are_links(all_of_it):
    found = list(all_of_it.versions(filter={"metadata.acc": 0.4}))
    assert sorted(version.name for version in found) == ["birds:v0", "cats:v4", "dogs:v0", "poems:v0"]
    assert all(version.is_link for version in found)
    assert {version.source_version for version in found} == {"v4"}


def test_only_what_one_may_see(admin, api, api_of, stock, unique, start):
    hidden = api.create_registry(f"{stock}-{unique('hidden')}", "restricted", ORG)
    run = start()
    run.log_artifact(draft("m", files={"a": "A"})).wait().link(f"{hidden.full_name}/secret")
    person = admin.person("colleague")
    admin.join_organization(ORG, person, "member")
    theirs = api_of(person)
    names = _names(theirs.registries(ORG, filter={"name": {"$regex": stock}}))
    assert sorted(names) == [f"{stock}-text", f"{stock}-vision"]
    assert _names(theirs.registries(ORG).collections(filter={"name": "secret"})) == []
    assert list(theirs.registries(ORG, filter={"name": hidden.name}).versions()) == []
    hidden.delete()


def test_an_operator_that_nobody_knows_is_an_error(api):
    with pytest.raises(REFUSED):
        list(api.registries(ORG, filter={"name": {"$frobnicate": 1}}))


def test_an_organization_that_does_not_exist_is_an_error(api, unique):
    with pytest.raises(REFUSED):
        list(api.registries(unique("nowhere")))
