"""Links into the organization's registries."""

from __future__ import annotations

import pytest
import wandb
from harness.errors import REFUSED

CAPABILITY = "Link to a registry with `link_artifact` and `Artifact.link`"
pytestmark = pytest.mark.capability(CAPABILITY)


@pytest.fixture
def logged(start, model_file):
    run = start()
    artifact = wandb.Artifact("m", "model")
    artifact.add_file(str(model_file))
    return run.log_artifact(artifact).wait()


@pytest.mark.core
@pytest.mark.parametrize("path", ["wandb-registry-model/{}", "weighhouse/wandb-registry-model/{}"])
def test_a_run_links_into_the_registry(start, api, logged, entity, project, unique, path):
    name = unique("task")
    run = start()
    linked = run.link_artifact(logged, path.format(name), aliases=["production"])
    assert linked.name == f"{name}:v0"
    assert linked.project == "wandb-registry-model"
    assert sorted(linked.aliases) == ["latest", "production"]
    assert linked.source_qualified_name == f"{entity}/{project}/m:v0"
    assert linked.digest == logged.digest
    assert api.artifact(f"wandb-registry-model/{name}:production").id == logged.id


@pytest.mark.core
def test_a_version_links_itself(api, logged, unique):
    name = unique("task")
    linked = logged.link(f"wandb-registry-model/{name}", aliases=["staging"])
    assert linked.is_link
    assert linked.version == "v0"
    assert sorted(api.artifact(f"wandb-registry-model/{name}:v0").aliases) == ["latest", "staging"]


@pytest.mark.core
def test_linking_again_keeps_the_number_and_adds_the_aliases(api, logged, unique):
    name = unique("task")
    first = logged.link(f"wandb-registry-model/{name}", aliases=["one"])
    again = logged.link(f"wandb-registry-model/{name}", aliases=["two"])
    assert (first.version, again.version) == ("v0", "v0")
    assert sorted(api.artifact(f"wandb-registry-model/{name}:v0").aliases) == ["latest", "one", "two"]
    assert len(list(api.artifacts("model", f"weighhouse/wandb-registry-model/{name}"))) == 1


def test_one_version_may_be_linked_in_many_places(api, logged, unique):
    names = [unique("task") for _ in range(3)]
    for name in names:
        logged.link(f"wandb-registry-model/{name}")
    fresh = api.artifact(logged.qualified_name)
    assert sorted(link.name for link in fresh.linked_artifacts) == sorted(f"{name}:v0" for name in names)
    assert fresh.is_link is False


def test_linking_a_link_links_its_source(logged, unique):
    first = logged.link(f"wandb-registry-model/{unique('task')}")
    second = first.link(f"wandb-registry-model/{unique('task')}")
    assert second.source_qualified_name == logged.source_qualified_name
    assert second.id == logged.id


def test_a_draft_is_logged_when_it_is_linked(start, api, entity, project, model_file, unique):
    run = start()
    draft = wandb.Artifact("fresh", "model")
    draft.add_file(str(model_file))
    name = unique("task")
    linked = run.link_artifact(draft, f"wandb-registry-model/{name}")
    assert linked.source_qualified_name == f"{entity}/{project}/fresh:v0"


def test_an_empty_version_can_be_linked(start, unique):
    run = start()
    empty = run.log_artifact(wandb.Artifact("empty", "model")).wait()
    linked = empty.link(f"wandb-registry-model/{unique('task')}")
    assert linked.file_count == 0


@pytest.mark.core
def test_the_registry_of_models_takes_no_datasets(start, model_file, unique):
    run = start()
    data = wandb.Artifact("data", "dataset")
    data.add_file(str(model_file))
    run.log_artifact(data).wait()
    with pytest.raises(REFUSED, match="type|model|dataset"):
        data.link(f"wandb-registry-model/{unique('task')}")
    assert data.link(f"wandb-registry-dataset/{unique('task')}").version == "v0"


def test_a_collection_keeps_the_type_of_its_first_link(start, api, logged, model_file, unique):
    registry = api.create_registry(unique("any"), visibility="organization", organization="weighhouse")
    name = unique("task")
    logged.link(f"{registry.full_name}/{name}")
    run = start()
    data = wandb.Artifact("data", "dataset")
    data.add_file(str(model_file))
    run.log_artifact(data).wait()
    with pytest.raises(REFUSED):
        data.link(f"{registry.full_name}/{name}")


def test_a_registry_that_does_not_exist_is_an_error(logged, unique):
    with pytest.raises(REFUSED):
        logged.link(f"wandb-registry-{unique('missing')}/task")


def test_a_path_without_a_registry_links_in_the_project_of_the_run(start, logged, entity, project, unique):
    run = start()
    name = unique("portfolio")
    linked = run.link_artifact(logged, name)
    assert linked.qualified_name == f"{entity}/{project}/{name}:v0"
    assert linked.is_link


def test_a_version_of_another_organization_cannot_be_linked_here(admin, api_of, second_process, unique, project):
    person = admin.person("outsider")
    admin.organization("elsewhere", person.username)
    script = second_process(
        """
        run = wandb.init(project=given["project"])
        made = run.log_artifact(wandb.Artifact("m", "model")).wait()
        try:
            made.link("weighhouse/wandb-registry-model/" + given["name"])
        except (ValueError, wandb.errors.CommError) as error:
            answer(str(error))
        run.finish()
        """,
        {"project": project, "name": unique("task")},
        person=person,
    )
    finished = script.finish()
    assert finished.answer, finished.output
