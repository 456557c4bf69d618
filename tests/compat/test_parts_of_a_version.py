"""Less than everything, twice the same, and exactly that."""

from __future__ import annotations

from pathlib import Path

import pytest
import wandb
from harness.past_the_cache import download_past_the_cache
from harness.versions import draft, log

PARTIAL = "Partial downloads, prefixes, ranges and the cache"
TOOLS = "`checkout`, `verify`, `file`, `files`, `get`, `get_entry`"

FILES = {"train/a": "a", "train/b": "b", "training.txt": "t", "test/c": "c"}


@pytest.fixture
def version(start, api, entity, project):
    run = start()
    run.log_artifact(draft("data", "dataset", FILES)).wait()
    run.finish()
    return api.artifact(f"{entity}/{project}/data:v0")


def _names(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


@pytest.mark.capability(PARTIAL)
@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("train/", ["train/a", "train/b"]),
        ("train", ["train/a", "train/b", "training.txt"]),
        ("test/c", ["test/c"]),
        ("", sorted(FILES)),
        ("nothing", []),
    ],
)
def test_only_paths_that_begin_so(version, tmp_path, prefix, expected):
    version.download(root=str(tmp_path / "down"), path_prefix=prefix)
    assert _names(tmp_path / "down") == expected


@pytest.mark.core
@pytest.mark.capability(PARTIAL)
def test_one_entry_alone(version, tmp_path):
    path = version.get_entry("test/c").download(root=str(tmp_path / "one"))
    assert Path(path).read_text() == "c"
    assert _names(tmp_path / "one") == ["test/c"]


@pytest.mark.capability(PARTIAL)
def test_what_is_in_the_cache_is_not_fetched_again(second_process, proxy, project):
    script = second_process(
        """
        import shutil
        run = wandb.init(project=given)
        made = wandb.Artifact("data", "dataset")
        for number in range(20):
            with made.new_file(f"f{number}") as file:
                file.write(f"{number}")
        run.log_artifact(made).wait()
        run.finish()
        os.environ["WANDB_CACHE_DIR"] = os.getcwd() + "/fresh-cache"
        version = wandb.Api().artifact(f"{given}/data:v0")
        version.download(root="first")
        answer("downloaded")
        version = wandb.Api().artifact(f"{given}/data:v0")
        version.download(root="second")
        answer(sorted(os.listdir("second")))
        """,
        project,
        url=proxy.url,
    )
    finished = script.finish()
    assert len(finished.answer) == 20
    blobs = {request.path.split("?")[0] for request in proxy.requests if request.kind == "get"}
    fetched = sum(1 for request in proxy.requests if request.kind == "get" and request.status in (200, 307))
    assert 20 <= fetched <= len(blobs) + 2


@pytest.mark.capability(PARTIAL)
def test_the_cache_can_be_left_alone(version, tmp_path, own_cache):
    download_past_the_cache(version, tmp_path / "down")
    assert _names(tmp_path / "down") == sorted(FILES)
    assert not [file for file in own_cache.rglob("obj/**/*") if file.is_file()]


@pytest.mark.capability(PARTIAL)
def test_a_file_may_be_fetched_in_ranges(start, api, entity, project, tmp_path):
    big = tmp_path / "big.bin"
    with big.open("wb") as file:
        for number in range(220):
            file.write(bytes([number]) * (1 << 20))
    artifact = wandb.Artifact("big", "model")
    artifact.add_file(str(big), policy="immutable", skip_cache=True)
    run = start()
    run.log_artifact(artifact).wait()
    run.finish()
    api.artifact(f"{entity}/{project}/big:v0").download(root=str(tmp_path / "down"), multipart=True, skip_cache=True)
    got = tmp_path / "down" / "big.bin"
    assert got.stat().st_size == big.stat().st_size
    with got.open("rb") as one, big.open("rb") as other:
        while piece := one.read(1 << 22):
            assert piece == other.read(1 << 22)


@pytest.mark.capability(TOOLS)
def test_checkout_makes_the_folder_equal_to_the_version(version, tmp_path):
    root = tmp_path / "down"
    root.mkdir()
    (root / "stray").write_text("not in the version")
    version.checkout(root=str(root))
    assert _names(root) == sorted(FILES)


@pytest.mark.core
@pytest.mark.capability(TOOLS)
def test_verify_notices_a_changed_byte_and_a_stray_file(version, tmp_path):
    root = tmp_path / "down"
    version.download(root=str(root))
    version.verify(root=str(root))
    (root / "train" / "a").write_text("A")
    with pytest.raises(ValueError):
        version.verify(root=str(root))
    (root / "train" / "a").write_text("a")
    (root / "stray").write_text("s")
    with pytest.raises(ValueError):
        version.verify(root=str(root))


@pytest.mark.capability(TOOLS)
def test_file_answers_the_only_file(start, api, entity, project, version, tmp_path):
    run = start()
    log(run, "single", "one and only")
    path = api.artifact(f"{entity}/{project}/single:v0").file(root=str(tmp_path / "down"))
    assert Path(path).read_text() == "one and only"
    with pytest.raises(ValueError):
        version.file()


@pytest.mark.capability(TOOLS)
def test_files_are_listed_in_pages_of_any_size(version):
    assert sorted(file.name for file in version.files(per_page=1)) == sorted(FILES)
    assert sorted(file.name for file in version.files(per_page=1000)) == sorted(FILES)
    assert len(version.files(per_page=1)) == len(FILES)
    assert sorted(file.name for file in version.files(names=["train/a", "test/c"])) == ["test/c", "train/a"]


@pytest.mark.capability(TOOLS)
def test_a_listed_file_knows_its_size_and_downloads(version, tmp_path):
    (file,) = version.files(names=["training.txt"])
    assert file.size == 1
    with file.download(root=str(tmp_path / "down")) as opened:
        assert opened.read() == "t"


@pytest.mark.capability(TOOLS)
def test_an_entry_that_is_not_there_is_a_key_error(version):
    with pytest.raises(KeyError):
        version.get_entry("missing")
    assert version.get("missing") is None
    assert version.get_entry("train/a").size == 1
