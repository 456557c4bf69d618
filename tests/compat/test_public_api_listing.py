"""`wandb.Api()`: artifact types, collections and versions."""

from __future__ import annotations

from itertools import islice

import pytest
import wandb
from harness.errors import REFUSED
from harness.versions import draft, log

COLLECTIONS = "Artifact types and collections: order, filter, rename, tag, move, delete"
VERSIONS = "List versions: order, tags, pages of any size, cursors"
EXISTS = "`artifact_exists`, `artifact_collection_exists`"


@pytest.fixture(scope="module")
def stocked(module_project) -> str:
    """Three models with one version each, a dataset with twelve."""
    run = wandb.init(project=module_project, reinit="create_new")
    for name in ("beta", "alpha", "gamma"):
        log(run, name)
    for number in range(12):
        run.log_artifact(
            draft("data", "dataset", {"n": str(number)}), tags=["even"] if number % 2 == 0 else ["odd"]
        ).wait()
    run.finish()
    return f"research/{module_project}"


@pytest.mark.core
@pytest.mark.capability(COLLECTIONS)
def test_types_of_a_project(api, stocked):
    assert {"model", "dataset"} <= {found.name for found in api.artifact_types(stocked)}
    assert api.artifact_type("model", stocked).name == "model"


@pytest.mark.core
@pytest.mark.capability(COLLECTIONS)
def test_collections_of_a_type(api, stocked):
    found = list(api.artifact_collections(stocked, "model", per_page=2))
    assert sorted(collection.name for collection in found) == ["alpha", "beta", "gamma"]
    assert {collection.type for collection in found} == {"model"}
    assert all(collection.is_sequence() for collection in found)


@pytest.mark.capability(COLLECTIONS)
def test_collections_in_order(api, stocked):
    names = lambda order: [found.name for found in api.artifact_collections(stocked, "model", order=order)]  # noqa: E731
    assert names("name") == ["alpha", "beta", "gamma"]
    assert names("-name") == ["gamma", "beta", "alpha"]
    assert names("created_at") == ["beta", "alpha", "gamma"]


@pytest.mark.capability(COLLECTIONS)
def test_collections_of_a_project_filtered(api, stocked):
    entity, name = stocked.split("/")
    project = api.project(name, entity)
    assert {found.name for found in project.collections()} >= {"alpha", "beta", "gamma", "data"}
    assert [found.name for found in project.collections(filters={"name": "alpha"})] == ["alpha"]
    some = project.collections(filters={"name": {"$regex": "^(alpha|beta)$"}}, order="-name", per_page=1)
    assert [found.name for found in some] == ["beta", "alpha"]


@pytest.mark.capability(COLLECTIONS)
def test_listing_goes_on_where_it_stopped(api, stocked):
    first = api.artifact_collections(stocked, "model", order="name", per_page=1)
    assert [found.name for found in islice(first, 1)] == ["alpha"]
    rest = api.artifact_collections(stocked, "model", order="name", per_page=1, start=first.cursor)
    assert [found.name for found in rest] == ["beta", "gamma"]


@pytest.mark.core
@pytest.mark.capability(COLLECTIONS)
def test_a_collection_is_described_tagged_and_renamed(start, api, entity, project):
    run = start()
    made = log(run, "m", aliases=["best"])
    collection = api.artifact_collection("model", f"{entity}/{project}/m")
    collection.description = "# A card"
    collection.tags = ["vision", "two words"]
    collection.name = "renamed"
    collection.save()
    seen = api.artifact_collection("model", f"{entity}/{project}/renamed")
    assert (seen.description, sorted(seen.tags)) == ("# A card", ["two words", "vision"])
    assert sorted(seen.aliases) == ["best", "latest"]
    assert seen.id == collection.id
    assert api.artifact(f"{entity}/{project}/renamed:v0").id == made.id
    seen.tags = ["vision"]
    seen.description = ""
    seen.save()
    seen = api.artifact_collection("model", f"{entity}/{project}/renamed")
    assert (seen.description or "", seen.tags) == ("", ["vision"])


@pytest.mark.capability(COLLECTIONS)
def test_a_collection_moves_to_another_type(start, api, entity, project):
    run = start()
    log(run, "m", type="dataset")
    collection = api.artifact_collection("dataset", f"{entity}/{project}/m")
    collection.type = "model"
    collection.save()
    assert api.artifact(f"{entity}/{project}/m:v0").type == "model"
    assert api.artifact_collection_exists(f"{entity}/{project}/m", "model")


@pytest.mark.capability(COLLECTIONS)
def test_a_name_that_is_taken_is_refused(start, api, entity, project):
    run = start()
    log(run, "one")
    log(run, "two")
    collection = api.artifact_collection("model", f"{entity}/{project}/one")
    collection.name = "two"
    with pytest.raises(REFUSED):
        collection.save()
    assert api.artifact(f"{entity}/{project}/one:v0").collection.name == "one"


@pytest.mark.capability(COLLECTIONS)
def test_an_artifact_without_versions_is_listed_and_empty(start, api, entity, project):
    run = start()
    log(run, "m")
    api.artifact(f"{entity}/{project}/m:v0").delete(delete_aliases=True)
    assert [found.name for found in api.artifact_collections(f"{entity}/{project}", "model")] == ["m"]
    assert list(api.artifacts("model", f"{entity}/{project}/m")) == []


@pytest.mark.core
@pytest.mark.capability(VERSIONS)
def test_newest_first_unless_told_otherwise(api, stocked):
    versions = [found.version for found in api.artifacts("dataset", f"{stocked}/data")]
    assert versions == [f"v{number}" for number in reversed(range(12))]
    ordered = [found.version for found in api.artifacts("dataset", f"{stocked}/data", order="+version_index")]
    assert ordered == [f"v{number}" for number in range(12)]
    ordered = [found.version for found in api.artifacts("dataset", f"{stocked}/data", order="created_at")]
    assert ordered == [f"v{number}" for number in range(12)]


@pytest.mark.capability(VERSIONS)
@pytest.mark.parametrize("per_page", [1, 5, 12, 1000])
def test_pages_of_any_size(api, stocked, per_page):
    found = api.artifacts("dataset", f"{stocked}/data", per_page=per_page)
    assert len({version.version for version in found}) == 12
    assert len(found) == 12


@pytest.mark.capability(VERSIONS)
def test_by_tag(api, stocked):
    odd = [found.version for found in api.artifacts("dataset", f"{stocked}/data", tags=["odd"])]
    assert sorted(odd) == sorted(f"v{number}" for number in range(1, 12, 2))
    assert list(api.artifacts("dataset", f"{stocked}/data", tags="nothing")) == []


@pytest.mark.capability(VERSIONS)
def test_versions_go_on_where_they_stopped(api, stocked):
    first = api.artifacts("dataset", f"{stocked}/data", order="+version_index", per_page=5)
    seen = [found.version for found in islice(first, 5)]
    rest = api.artifacts("dataset", f"{stocked}/data", order="+version_index", per_page=5, start=first.cursor)
    assert seen + [found.version for found in rest] == [f"v{number}" for number in range(12)]


@pytest.mark.capability(VERSIONS)
def test_what_does_not_exist_is_empty_or_an_error(api, stocked):
    with pytest.raises(REFUSED):
        list(api.artifacts("model", f"{stocked}/missing"))


@pytest.mark.core
@pytest.mark.capability(EXISTS)
def test_they_tell_what_is_and_what_is_not(api, stocked):
    assert api.artifact_exists(f"{stocked}/alpha:v0")
    assert api.artifact_exists(f"{stocked}/alpha:latest", type="model")
    assert not api.artifact_exists(f"{stocked}/alpha:v9")
    assert not api.artifact_exists(f"{stocked}/missing:v0")
    assert not api.artifact_exists("nobody/nothing/missing:v0")
    assert api.artifact_collection_exists(f"{stocked}/alpha", "model")
    assert not api.artifact_collection_exists(f"{stocked}/alpha", "dataset")
    assert not api.artifact_collection_exists(f"{stocked}/missing", "model")


@pytest.mark.capability(EXISTS)
def test_they_raise_when_the_server_cannot_be_reached(second_process, proxy, stocked):
    proxy.cut("ArtifactMembershipByName", times=None)
    script = second_process(
        """
        api = wandb.Api(timeout=10)
        try:
            answer(api.artifact_exists(given))
        except Exception as error:
            answer(type(error).__name__)
        """,
        f"{stocked}/alpha:v0",
        url=proxy.url,
        environment={"WANDB_X_GRAPHQL_RETRY_MAX": "1", "WANDB_X_GRAPHQL_RETRY_WAIT_MAX_SECONDS": "1"},
    )
    assert script.finish(60).answer not in (True, False, None)
