"""From an address to files on disk, verified."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.errors import REFUSED
from harness.versions import draft, log

CAPABILITY = "Use and download (`use_model`, `use_artifact`, `download`)"
pytestmark = pytest.mark.capability(CAPABILITY)

FILES = {"a.txt": "A", "deep/er/b.txt": "B" * 1000, "empty": "", "ünï côdé 模型.txt": "unicode", "sp ace/%41?#&+.txt": "odd"}


@pytest.mark.core
def test_use_model_answers_the_path_of_a_single_file(start, model_file):
    run = start()
    run.log_model(str(model_file), name="m")
    run.finish()
    user = start()
    path = Path(user.use_model("m:latest"))
    assert path.is_file()
    assert path.read_bytes() == model_file.read_bytes()


def test_use_model_answers_the_folder_of_many_files(start, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "a").write_text("a")
    (folder / "b").write_text("b")
    run = start()
    run.log_model(str(folder), name="m")
    run.finish()
    path = Path(start().use_model("m:v0"))
    assert sorted(entry.name for entry in path.iterdir()) == ["a", "b"]


def test_use_model_refuses_what_is_no_model(start):
    run = start()
    log(run, "data", type="dataset")
    with pytest.raises(AssertionError):
        run.use_model("data:latest")


@pytest.mark.core
def test_a_run_uses_and_downloads_every_file(start, tmp_path):
    run = start()
    run.log_artifact(draft("m", files=FILES)).wait()
    run.finish()
    used = start().use_artifact("m:latest")
    folder = Path(used.download(root=str(tmp_path / "down")))
    got = {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}
    assert got == FILES
    assert used.verify(root=str(folder)) is None


@pytest.mark.core
def test_the_public_api_downloads_without_a_run(start, api, entity, project, tmp_path):
    run = start()
    run.log_artifact(draft("m", files=FILES)).wait()
    run.finish()
    folder = Path(api.artifact(f"{entity}/{project}/m:v0").download(root=str(tmp_path / "down")))
    assert (folder / "deep/er/b.txt").read_text() == "B" * 1000


def test_a_registry_link_downloads_the_same_bytes(start, api, tmp_path, unique):
    run = start()
    logged = log(run, "m", "linked bytes")
    name = unique("task")
    logged.link(f"wandb-registry-model/{name}", aliases=["production"])
    used = start().use_artifact(f"wandb-registry-model/{name}:production")
    folder = Path(used.download(root=str(tmp_path / "down")))
    assert (folder / "data.txt").read_text() == "linked bytes"


def test_the_default_folder_carries_name_and_version(start, tmp_path):
    run = start()
    log(run, "m", "x")
    folder = Path(run.use_artifact("m:v0").download())
    assert folder == tmp_path / "artifacts" / "m:v0"
    assert (folder / "data.txt").read_text() == "x"


def test_what_lies_there_is_replaced_where_it_differs_and_left_where_it_is_not_ours(start, api, entity, project, tmp_path):
    run = start()
    run.log_artifact(draft("m", files={"a": "A", "b": "B"})).wait()
    root = tmp_path / "down"
    root.mkdir()
    (root / "a").write_text("changed by hand")
    (root / "mine").write_text("mine")
    api.artifact(f"{entity}/{project}/m:v0").download(root=str(root))
    assert {file.name: file.read_text() for file in root.iterdir()} == {"a": "A", "b": "B", "mine": "mine"}


def test_a_draft_passed_to_use_is_logged_first(start, api, entity, project):
    run = start()
    used = run.use_artifact(draft("m", files={"a": "A"}), aliases=["first"])
    used.wait()
    run.finish()
    found = api.artifact(f"{entity}/{project}/m:first")
    assert found.version == "v0"
    assert run.id in [user.id for user in found.used_by()]


@pytest.mark.core
def test_what_does_not_exist_is_an_error_within_seconds(start):
    run = start()
    with pytest.raises(REFUSED):
        run.use_artifact("missing:latest")
    log(run, "m")
    with pytest.raises(REFUSED):
        run.use_artifact("m:v7")
    with pytest.raises(REFUSED):
        run.use_artifact("m:no-such-alias")


def test_another_type_than_asked_for_is_an_error(start):
    run = start()
    log(run, "m")
    with pytest.raises(REFUSED, match="type"):
        run.use_artifact("m:v0", type="dataset")
    assert run.use_artifact("m:v0", type="model").version == "v0"


def test_an_offline_run_cannot_use(start, tmp_path):
    run = start(mode="offline")
    with pytest.raises(TypeError):
        run.use_artifact("m:latest")
