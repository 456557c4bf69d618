"""`run.link_model` and the registered models of a team."""

from __future__ import annotations

import pytest
import wandb
from harness.versions import log

CAPABILITY = "Link to a registered model with `link_model`"
pytestmark = [pytest.mark.core, pytest.mark.capability(CAPABILITY)]


def test_one_line_logs_and_links(start, api, entity, project, model_file, unique):
    registered = unique("Digits")
    run = start()
    linked = run.link_model(path=str(model_file), registered_model_name=registered, name="m", aliases=["staging"])
    run.finish()
    assert linked.qualified_name == f"{entity}/model-registry/{registered}:v0"
    assert sorted(linked.aliases) == ["latest", "staging"]
    assert linked.is_link
    assert linked.source_qualified_name == f"{entity}/{project}/m:v0"
    assert api.artifact(f"{entity}/{project}/m:v0").aliases == ["latest"]
    found = api.artifact(f"{entity}/model-registry/{registered}:staging")
    assert found.id == linked.id
    assert found.source_version == "v0"


def test_links_are_numbered_in_the_order_of_linking(start, api, entity, unique):
    registered = unique("Digits")
    run = start()
    for text in ("one", "two", "three"):
        log(run, "m", text)
    second = run.use_artifact("m:v1")
    first = run.use_artifact("m:v0")
    assert run.link_artifact(second, f"{entity}/model-registry/{registered}").version == "v0"
    assert run.link_artifact(first, f"{entity}/model-registry/{registered}").version == "v1"
    assert api.artifact(f"{entity}/model-registry/{registered}:v0").source_version == "v1"
    assert api.artifact(f"{entity}/model-registry/{registered}:latest").source_version == "v0"


def test_linking_what_exists_already_adds_a_link_and_no_version(start, api, entity, project, model_file, unique):
    run = start()
    run.log_model(str(model_file), name="m")
    run.link_model(str(model_file), registered_model_name=unique("one"), name="m")
    run.link_model(str(model_file), registered_model_name=unique("two"), name="m")
    versions = list(api.artifacts("model", f"{entity}/{project}/m"))
    assert [version.version for version in versions] == ["v0"]
    assert len(versions[0].linked_artifacts) == 2


def test_a_linked_model_is_used_by_its_alias(start, entity, model_file, unique, tmp_path):
    registered = unique("Digits")
    run = start()
    run.link_model(str(model_file), registered_model_name=registered, name="m", aliases=["production"])
    run.finish()
    user = start()
    path = user.use_model(f"model-registry/{registered}:production")
    assert open(path, "rb").read() == model_file.read_bytes()
    path = user.use_model(f"{entity}/model-registry/{registered}:v0")
    assert open(path, "rb").read() == model_file.read_bytes()


def test_only_models_can_be_linked_this_way(start, tmp_path, model_file, unique):
    run = start()
    data = wandb.Artifact("data", "dataset")
    data.add_file(str(model_file))
    run.log_artifact(data).wait()
    with pytest.raises(AssertionError):
        run.link_model(str(model_file), registered_model_name=unique("x"), name="data")
    with pytest.raises(AssertionError):
        run.link_model(str(model_file), registered_model_name="with/slash", name="m")
