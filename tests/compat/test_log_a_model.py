"""`run.log_model`: one line, one immutable version."""

from __future__ import annotations

import hashlib

import pytest

CAPABILITY = "Log a model with `log_model`"
pytestmark = [pytest.mark.core, pytest.mark.capability(CAPABILITY)]


def test_a_file_becomes_version_0(start, api, entity, project, model_file):
    run = start()
    run.log_model(path=str(model_file), name="classifier")
    run.finish()
    version = api.artifact(f"{entity}/{project}/classifier:v0")
    assert version.type == "model"
    assert version.version == "v0"
    assert version.state == "COMMITTED"
    assert version.aliases == ["latest"]
    assert version.size == model_file.stat().st_size
    assert [file.name for file in version.files()] == ["model.bin"]


def test_each_checkpoint_is_a_version_in_the_order_of_logging(start, api, entity, project, model_file):
    run = start()
    for epoch in range(3):
        model_file.write_text(f"epoch {epoch}")
        run.log_model(path=str(model_file), name="classifier", aliases=[f"epoch-{epoch}"])
    run.finish()
    for epoch in range(3):
        version = api.artifact(f"{entity}/{project}/classifier:epoch-{epoch}")
        assert version.version == f"v{epoch}"
    assert api.artifact(f"{entity}/{project}/classifier:latest").version == "v2"


def test_a_folder_becomes_a_version_with_all_its_files(start, api, entity, project, tmp_path):
    folder = tmp_path / "saved_model"
    (folder / "variables").mkdir(parents=True)
    (folder / "model.json").write_text("{}")
    (folder / "variables" / "data.bin").write_bytes(bytes(range(256)))
    run = start()
    run.log_model(path=str(folder), name="keras")
    run.finish()
    version = api.artifact(f"{entity}/{project}/keras:v0")
    assert sorted(version.manifest.entries) == ["model.json", "variables/data.bin"]
    assert version.file_count == 2


def test_without_a_name_it_is_called_after_run_and_file(start, api, entity, project, model_file):
    run = start()
    run.log_model(path=str(model_file))
    run.finish()
    assert api.artifact(f"{entity}/{project}/run-{run.id}-model.bin:latest").type == "model"


def test_the_bytes_come_back(start, api, entity, project, model_file, tmp_path):
    model_file.write_bytes(bytes(range(256)) * 4096)
    run = start()
    run.log_model(path=str(model_file), name="classifier")
    run.finish()
    folder = api.artifact(f"{entity}/{project}/classifier:v0").download(root=str(tmp_path / "down"))
    got = (tmp_path / "down" / "model.bin").read_bytes()
    assert folder == str(tmp_path / "down")
    assert hashlib.sha256(got).digest() == hashlib.sha256(model_file.read_bytes()).digest()


def test_it_remembers_the_step_at_which_it_was_logged(start, api, entity, project, model_file):
    run = start()
    model_file.write_text("before training")
    run.log_model(path=str(model_file), name="classifier")
    for step in range(3):
        run.log({"loss": step})
    model_file.write_text("after training")
    run.log_model(path=str(model_file), name="classifier")
    run.finish()
    assert api.artifact(f"{entity}/{project}/classifier:v0").history_step is None
    assert api.artifact(f"{entity}/{project}/classifier:v1").history_step == 2
