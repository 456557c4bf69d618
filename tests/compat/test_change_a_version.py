"""The next version, made from the last one."""

from __future__ import annotations

import pytest
import wandb
from harness.proxy import FaultProxy
from harness.versions import draft, log

DRAFTS = "Change a version by `new_draft`"
INCREMENTAL = "Incremental versions"


def _texts(version, folder) -> dict[str, str]:
    version.download(root=str(folder))
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.core
@pytest.mark.capability(DRAFTS)
def test_what_is_not_touched_stays(start, api, entity, project, tmp_path):
    run = start()
    run.log_artifact(draft("data", "dataset", {"keep": "k", "change": "old", "drop": "d"})).wait()
    changed = api.artifact(f"{entity}/{project}/data:v0").new_draft()
    changed.remove("drop")
    changed.remove("change")
    with changed.new_file("change") as file:
        file.write("new")
    with changed.new_file("add") as file:
        file.write("a")
    logged = run.log_artifact(changed).wait()
    assert logged.version == "v1"
    assert _texts(api.artifact(f"{entity}/{project}/data:v1"), tmp_path / "new") == {"keep": "k", "change": "new", "add": "a"}
    assert _texts(api.artifact(f"{entity}/{project}/data:v0"), tmp_path / "old") == {"keep": "k", "change": "old", "drop": "d"}


@pytest.mark.capability(DRAFTS)
def test_a_draft_that_changes_nothing_is_the_same_version(start, api, entity, project):
    run = start()
    log(run, "data", type="dataset")
    again = run.log_artifact(api.artifact(f"{entity}/{project}/data:v0").new_draft()).wait()
    assert again.version == "v0"


@pytest.mark.capability(DRAFTS)
def test_only_what_changed_is_uploaded(second_process, proxy: FaultProxy, project, stores):
    script = second_process(
        """
        run = wandb.init(project=given)
        first = wandb.Artifact("data", "dataset")
        for number in range(10):
            with first.new_file(f"f{number}") as file:
                file.write(f"contents {number}")
        first = run.log_artifact(first).wait()
        changed = first.new_draft()
        with changed.new_file("extra") as file:
            file.write("extra")
        answer(run.log_artifact(changed).wait().version)
        run.finish()
        """,
        project,
        url=proxy.url,
    )
    assert script.finish().answer == "v1"
    blobs = [request for request in proxy.requests if request.kind == "put" and "/storage/" in request.path]
    files = 0 if stores.direct else 11
    assert files <= len(blobs) <= files + 2 + 6  # two manifests, and the files of the run


@pytest.mark.capability(DRAFTS)
def test_a_folder_is_merged_only_when_asked_to(start, api, entity, project, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").write_text("new a")
    (folder / "b").write_text("b")
    run = start()
    run.log_artifact(draft("data", "dataset", {"a": "old a", "c": "c"})).wait()
    changed = api.artifact(f"{entity}/{project}/data:v0").new_draft()
    with pytest.raises(ValueError):
        changed.add_dir(str(folder))
    changed = api.artifact(f"{entity}/{project}/data:v0").new_draft()
    changed.add_dir(str(folder), merge=True)
    run.log_artifact(changed).wait()
    assert _texts(api.artifact(f"{entity}/{project}/data:v1"), tmp_path / "down") == {"a": "new a", "b": "b", "c": "c"}


@pytest.mark.capability(INCREMENTAL)
def test_only_the_additions_are_named(start, api, entity, project, tmp_path):
    run = start()
    run.log_artifact(draft("data", "dataset", {"a": "a", "b": "b"})).wait()
    more = wandb.Artifact("data", "dataset", incremental=True)
    with more.new_file("c") as file:
        file.write("c")
    with more.new_file("b") as file:
        file.write("new b")
    run.log_artifact(more).wait()
    seen = api.artifact(f"{entity}/{project}/data:latest")
    assert seen.version == "v1"
    assert _texts(seen, tmp_path / "down") == {"a": "a", "b": "new b", "c": "c"}
    assert _texts(api.artifact(f"{entity}/{project}/data:v0"), tmp_path / "old") == {"a": "a", "b": "b"}


@pytest.mark.capability(INCREMENTAL)
def test_the_digest_is_that_of_the_whole(start, api, entity, project):
    run = start()
    run.log_artifact(draft("data", "dataset", {"a": "a"})).wait()
    more = wandb.Artifact("data", "dataset", incremental=True)
    with more.new_file("b") as file:
        file.write("b")
    run.log_artifact(more).wait()
    whole = draft("other", "dataset", {"a": "a", "b": "b"})
    assert api.artifact(f"{entity}/{project}/data:v1").digest == whole.digest


@pytest.mark.capability(INCREMENTAL)
def test_several_in_a_row_add_up(start, api, entity, project, tmp_path):
    run = start()
    run.log_artifact(draft("data", "dataset", {"0": "0"})).wait()
    for number in range(1, 4):
        more = wandb.Artifact("data", "dataset", incremental=True)
        with more.new_file(str(number)) as file:
            file.write(str(number))
        run.log_artifact(more).wait()
    expected = {str(number): str(number) for number in range(4)}
    assert _texts(api.artifact(f"{entity}/{project}/data:v3"), tmp_path / "down") == expected
