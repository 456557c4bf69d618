"""Tables, images and other objects: in the history of a run and inside versions."""

from __future__ import annotations

import json

import pytest
import wandb
from harness.versions import log

MEDIA = "Media and tables"
OBJECTS = "Objects and tables inside an artifact"


@pytest.mark.capability(MEDIA)
def test_a_table_is_logged_with_the_run(start, api, entity, project):
    run = start()
    run.log({"predictions": wandb.Table(columns=["id", "guess"], data=[[1, "cat"], [2, "dog"]])})
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    value = seen.summary["predictions"]
    assert value["_type"] == "table-file"
    assert (value["nrows"], value["ncols"]) == (2, 2)
    table = json.load(seen.file(value["path"]).download(replace=True))
    assert table["data"] == [[1, "cat"], [2, "dog"]]
    logged = [artifact for artifact in seen.logged_artifacts() if artifact.type == "run_table"]
    assert len(logged) == 1


@pytest.mark.capability(MEDIA)
def test_html_and_plots_are_files_of_the_run(start, api, entity, project):
    run = start()
    run.log({"page": wandb.Html("<p>hello</p>", inject=False), "histogram": wandb.Histogram(np_histogram=([1, 2, 1], [0, 1, 2, 3]))})
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    page = seen.summary["page"]
    assert page["_type"] == "html-file"
    assert seen.file(page["path"]).download(replace=True).read() == "<p>hello</p>"
    assert seen.summary["histogram"]["_type"] == "histogram"


@pytest.mark.capability(OBJECTS)
def test_a_table_inside_a_version_comes_back_as_a_table(start, api, entity, project):
    artifact = wandb.Artifact("evaluation", "dataset")
    artifact.add(wandb.Table(columns=["x", "y"], data=[[1, 2.5], [2, None]]), "results")
    run = start()
    run.log_artifact(artifact).wait()
    seen = api.artifact(f"{entity}/{project}/evaluation:v0")
    table = seen.get("results")
    assert table.columns == ["x", "y"]
    assert table.data == [[1, 2.5], [2, None]]
    assert list(seen.manifest.entries) == ["results.table.json"]


@pytest.mark.capability(OBJECTS)
def test_objects_are_set_and_read_like_entries_of_a_dictionary(start, api, entity, project):
    artifact = wandb.Artifact("evaluation", "dataset")
    artifact["page"] = wandb.Html("<b>hi</b>", inject=False)
    run = start()
    run.log_artifact(artifact).wait()
    assert api.artifact(f"{entity}/{project}/evaluation:v0")["page"].html == "<b>hi</b>"


@pytest.mark.capability(OBJECTS)
def test_an_object_of_another_version_becomes_a_reference_to_it(start, api, entity, project):
    first = wandb.Artifact("first", "dataset")
    first.add(wandb.Table(columns=["x"], data=[[1], [2], [3]]), "table")
    run = start()
    run.log_artifact(first).wait()
    second = wandb.Artifact("second", "dataset")
    second.add(api.artifact(f"{entity}/{project}/first:v0").get("table"), "borrowed")
    run.log_artifact(second).wait()
    seen = api.artifact(f"{entity}/{project}/second:v0")
    assert seen.manifest.entries["borrowed.table.json"].ref.startswith("wandb-artifact://")
    assert seen.get("borrowed").data == [[1], [2], [3]]


@pytest.mark.capability("Artifacts inside a run's configuration")
def test_a_version_in_the_configuration_is_used_by_the_run(start, api, entity, project):
    first = start()
    version = log(first, "m")
    first.finish()
    run = start(config={"model": version, "lr": 0.1})
    assert run.config["model"].version == "v0"
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    assert seen.config["lr"] == 0.1
    assert seen.config["model"]["_type"] == "artifactVersion"
    assert [artifact.name for artifact in seen.used_artifacts()] == ["m:v0"]


@pytest.mark.capability("Artifacts inside a run's configuration")
def test_an_address_in_the_configuration_is_resolved(start, entity, project):
    first = start()
    version = log(first, "m")
    first.finish()
    run = start(config={"model": f"wandb-artifact://{entity}/{project}/m:latest"})
    assert run.config["model"].id == version.id
