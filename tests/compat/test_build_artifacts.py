"""Every way to put together what is logged."""

from __future__ import annotations

import os

import pytest
import wandb
from harness.errors import REFUSED
from harness.versions import draft, log
from wandb.sdk.artifacts.exceptions import ArtifactNotLoggedError

BUILD = "Log files, folders and new files as an artifact"
ODD = "Empty versions, odd names and awkward paths"
IMPOSSIBLE = "Names that are refused, and why"


@pytest.mark.core
@pytest.mark.capability(BUILD)
def test_files_folders_and_new_files_together(start, api, entity, project, tmp_path):
    (tmp_path / "one.txt").write_text("one")
    (tmp_path / "folder" / "sub").mkdir(parents=True)
    (tmp_path / "folder" / "two.txt").write_text("two")
    (tmp_path / "folder" / "sub" / "three.txt").write_text("three")
    artifact = wandb.Artifact("mixed", "dataset")
    artifact.add_file(str(tmp_path / "one.txt"))
    artifact.add_file(str(tmp_path / "one.txt"), name="renamed/uno.txt")
    artifact.add_dir(str(tmp_path / "folder"), name="under")
    with artifact.new_file("made.bin", mode="wb") as file:
        file.write(b"\0\1\2")
    run = start()
    run.log_artifact(artifact).wait()
    seen = api.artifact(f"{entity}/{project}/mixed:v0")
    assert sorted(seen.manifest.entries) == ["made.bin", "one.txt", "renamed/uno.txt", "under/sub/three.txt", "under/two.txt"]
    assert seen.size == 3 + 3 + 3 + 5 + 3
    assert seen.file_count == 5
    folder = seen.download(root=str(tmp_path / "down"))
    assert open(os.path.join(folder, "made.bin"), "rb").read() == b"\0\1\2"


@pytest.mark.capability(BUILD)
@pytest.mark.parametrize("policy", ["mutable", "immutable"])
def test_a_file_may_be_copied_first_or_read_where_it_is(start, api, entity, project, tmp_path, policy):
    source = tmp_path / "weights.bin"
    source.write_text("as it was")
    artifact = wandb.Artifact("m", "model")
    artifact.add_file(str(source), policy=policy, skip_cache=True)
    if policy == "mutable":
        source.write_text("changed afterwards")
    run = start()
    run.log_artifact(artifact).wait()
    api.artifact(f"{entity}/{project}/m:v0").download(root=str(tmp_path / "down"))
    assert (tmp_path / "down" / "weights.bin").read_text() == "as it was"


@pytest.mark.capability(BUILD)
def test_a_path_can_be_logged_directly(start, api, entity, project, tmp_path):
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "x.txt").write_text("x")
    run = start()
    run.log_artifact(str(tmp_path / "dir"), name="by-path", type="dataset", aliases=["a"]).wait()
    run.log_artifact(str(tmp_path / "dir" / "x.txt")).wait()
    assert list(api.artifact(f"{entity}/{project}/by-path:a").manifest.entries) == ["x.txt"]
    assert api.artifact(f"{entity}/{project}/run-{run.id}-x.txt:v0").type == "unspecified"
    with pytest.raises((ValueError, TypeError)):
        run.log_artifact(str(tmp_path / "missing"))


@pytest.mark.capability(BUILD)
def test_the_same_path_twice_is_an_error_unless_the_contents_are_the_same(tmp_path):
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    artifact = wandb.Artifact("m", "model")
    artifact.add_file(str(tmp_path / "a"), name="file")
    artifact.add_file(str(tmp_path / "a"), name="file")
    with pytest.raises(ValueError):
        artifact.add_file(str(tmp_path / "b"), name="file")
    artifact.add_file(str(tmp_path / "b"), name="file", overwrite=True)
    assert artifact.manifest.entries["file"].size == 1


@pytest.mark.capability(BUILD)
def test_entries_can_be_removed_before_logging(start, api, entity, project):
    artifact = draft("m", files={"keep": "k", "drop": "d", "folder/x": "x", "folder/y": "y"})
    artifact.remove("drop")
    artifact.remove("folder")
    with pytest.raises(FileNotFoundError):
        artifact.remove("never there")
    run = start()
    run.log_artifact(artifact).wait()
    assert list(api.artifact(f"{entity}/{project}/m:v0").manifest.entries) == ["keep"]


@pytest.mark.capability(BUILD)
def test_a_draft_says_that_it_was_not_logged():
    artifact = draft("m", files={"a": "A"})
    assert artifact.is_draft()
    assert artifact.size == 1
    with pytest.raises(ArtifactNotLoggedError):
        _ = artifact.version
    with pytest.raises(ArtifactNotLoggedError):
        artifact.download()


@pytest.mark.core
@pytest.mark.capability(ODD)
def test_an_empty_version_is_a_version(start, api, entity, project, tmp_path):
    run = start()
    empty = run.log_artifact(wandb.Artifact("empty", "model")).wait()
    assert empty.version == "v0"
    seen = api.artifact(f"{entity}/{project}/empty:v0")
    assert (seen.size, seen.file_count, seen.digest) == (0, 0, "64e7c61456b10382e2f3b571ac24b659")
    seen.download(root=str(tmp_path / "down"))
    assert list((tmp_path / "down").rglob("*")) == []


@pytest.mark.capability(ODD)
@pytest.mark.parametrize("name", ["a", "UPPER.lower_1-2", "x" * 128, "v1", "latest"])
def test_names_that_the_client_accepts_are_accepted(start, api, entity, project, name):
    run = start()
    log(run, name, "x")
    assert api.artifact(f"{entity}/{project}/{name}:v0").collection.name == name


@pytest.mark.capability(ODD)
def test_names_differ_by_case(start, api, entity, project):
    run = start()
    log(run, "Model", "upper")
    log(run, "model", "lower")
    assert api.artifact(f"{entity}/{project}/Model:v0").digest != api.artifact(f"{entity}/{project}/model:v0").digest


@pytest.mark.capability(ODD)
def test_paths_come_back_byte_for_byte(start, api, entity, project, tmp_path):
    composed, decomposed = "caf\u00e9.txt", "cafe\u0301.txt"
    files = {
        composed: "composed",
        decomposed: "decomposed",
        "percent%20.txt": "p",
        "quote'\"`.txt": "q",
        "back\\slash.txt": "b",
        "d" * 100 + "/" + "f" * 200: "long",
        ".hidden": "h",
        "trailing space ": "t",
        "😀/🎉.bin": "emoji",
        "#hash?query&x=y+z": "url",
    }
    run = start()
    run.log_artifact(draft("m", files=files)).wait()
    seen = api.artifact(f"{entity}/{project}/m:v0")
    assert sorted(seen.manifest.entries) == sorted(files)
    folder = tmp_path / "down"
    seen.download(root=str(folder))
    got = {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}
    assert got == files


@pytest.mark.capability(ODD)
def test_a_line_break_in_a_path_is_part_of_the_path(start, api, entity, project):
    run = start()
    run.log_artifact(draft("m", files={"new\nline.txt": "n"})).wait()
    assert list(api.artifact(f"{entity}/{project}/m:v0").manifest.entries) == ["new\nline.txt"]


@pytest.mark.capability(ODD)
def test_many_files_with_the_same_bytes_are_fine(start, api, entity, project, tmp_path):
    run = start()
    run.log_artifact(draft("m", files={f"copy-{number}": "same" for number in range(30)})).wait()
    api.artifact(f"{entity}/{project}/m:v0").download(root=str(tmp_path / "down"))
    assert {file.read_text() for file in (tmp_path / "down").iterdir()} == {"same"}
    assert len(list((tmp_path / "down").iterdir())) == 30


@pytest.mark.core
@pytest.mark.capability(IMPOSSIBLE)
def test_a_second_type_under_one_name_is_refused(start):
    run = start()
    log(run, "taken", type="model")
    with pytest.raises(ValueError, match="type"):
        run.log_artifact(draft("taken", "dataset", {"a": "A"}))


@pytest.mark.capability(IMPOSSIBLE)
@pytest.mark.parametrize("name", ["", "a/b", "a:b", "x" * 129, "späce", "a b"])
def test_impossible_names_are_refused_before_anything_is_sent(name):
    with pytest.raises(ValueError):
        wandb.Artifact(name, "model")


@pytest.mark.capability(IMPOSSIBLE)
@pytest.mark.parametrize("type_name", ["job", "wandb-history", "a/b", "a:b"])
def test_impossible_types_are_refused(start, type_name):
    run = start()
    with pytest.raises(REFUSED):
        run.log_artifact(wandb.Artifact("m", type_name)).wait()


@pytest.mark.capability(IMPOSSIBLE)
def test_metadata_has_limits():
    with pytest.raises(ValueError):
        wandb.Artifact("m", "model", metadata={str(key): key for key in range(101)})
    with pytest.raises((ValueError, TypeError)):
        wandb.Artifact("m", "model", metadata=["no", "object"])


@pytest.mark.capability(IMPOSSIBLE)
@pytest.mark.parametrize("alias", ["a/b", "a:b", "v3"])
def test_impossible_aliases_are_refused_when_logging(start, alias):
    run = start()
    with pytest.raises(REFUSED):
        run.log_artifact(draft("m", files={"a": "A"}), aliases=[alias]).wait()
    assert log(run, "m", "works afterwards").version == "v0"


@pytest.mark.capability(IMPOSSIBLE)
@pytest.mark.parametrize("project_name", ["a/b", "a:b", "a?b", "a#b", "a%b", "x" * 129])
def test_impossible_project_names_are_refused(start, project_name):
    with pytest.raises((wandb.errors.UsageError, wandb.errors.CommError, ValueError, wandb.Error)):
        start(project=project_name)
