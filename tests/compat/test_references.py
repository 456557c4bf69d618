"""Entries that point elsewhere: nothing is uploaded, everything is remembered."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import wandb
from harness.versions import draft, log
from wandb.sdk.artifacts.artifact_manifest_entry import ArtifactManifestEntry

SCHEMES = "References: `file`, `http`, buckets and any other scheme"
ACROSS = "References to files of another artifact"


class _Site(BaseHTTPRequestHandler):
    pages: dict[str, bytes] = {}

    def do_GET(self) -> None:
        body = self.pages.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, bytes]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    _Site.pages = {"/data.csv": b"a,b\n1,2\n"}
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", _Site.pages
    server.shutdown()


@pytest.mark.core
@pytest.mark.capability(SCHEMES)
def test_files_on_disk_stay_where_they_are(start, api, entity, project, tmp_path):
    folder = tmp_path / "data"
    (folder / "sub").mkdir(parents=True)
    (folder / "a").write_text("A")
    (folder / "sub" / "b").write_text("BB")
    artifact = wandb.Artifact("data", "dataset")
    artifact.add_reference(f"file://{folder}")
    run = start()
    run.log_artifact(artifact).wait()
    seen = api.artifact(f"{entity}/{project}/data:v0")
    assert {path: entry.ref for path, entry in seen.manifest.entries.items()} == {
        "a": f"file://{folder}/a",
        "sub/b": f"file://{folder}/sub/b",
    }
    assert seen.size == 3
    seen.download(root=str(tmp_path / "down"))
    assert (tmp_path / "down" / "sub" / "b").read_text() == "BB"


@pytest.mark.capability(SCHEMES)
def test_a_file_that_changed_since_is_noticed(start, api, entity, project, tmp_path):
    (tmp_path / "a").write_text("A")
    artifact = wandb.Artifact("data", "dataset")
    artifact.add_reference(f"file://{tmp_path}/a")
    run = start()
    run.log_artifact(artifact).wait()
    (tmp_path / "a").write_text("B")
    with pytest.raises(ValueError, match="[Dd]igest"):
        api.artifact(f"{entity}/{project}/data:v0").download(root=str(tmp_path / "down"))


@pytest.mark.capability(SCHEMES)
def test_a_web_address_is_checked_by_its_etag(start, api, entity, project, tmp_path, site):
    url, pages = site
    artifact = wandb.Artifact("data", "dataset")
    artifact.add_reference(f"{url}/data.csv")
    run = start()
    run.log_artifact(artifact).wait()
    seen = api.artifact(f"{entity}/{project}/data:v0")
    entry = seen.manifest.entries["data.csv"]
    assert entry.ref == f"{url}/data.csv"
    assert entry.size == 8
    seen.download(root=str(tmp_path / "down"))
    assert (tmp_path / "down" / "data.csv").read_bytes() == pages["/data.csv"]


@pytest.mark.capability(SCHEMES)
@pytest.mark.parametrize("uri", ["s3://bucket/key.bin", "gs://bucket/key.bin", "https://account.blob.core.windows.net/c/b"])
def test_buckets_are_remembered_with_etag_and_version(start, api, entity, project, uri):
    """As the client's handlers write it down after a look at the bucket."""
    artifact = wandb.Artifact("data", "dataset")
    extra = {"etag": "abc", "versionID": "7"}
    entry = ArtifactManifestEntry(path="key.bin", ref=uri, digest="abc", size=12, extra=extra)
    artifact.manifest.add_entry(entry)
    run = start()
    run.log_artifact(artifact).wait()
    seen = api.artifact(f"{entity}/{project}/data:v0")
    got = seen.manifest.entries["key.bin"]
    assert (got.ref, got.digest, got.size, got.extra) == (uri, "abc", 12, extra)
    assert seen.size == 12


@pytest.mark.capability(SCHEMES)
def test_any_other_scheme_is_remembered(start, api, entity, project):
    artifact = wandb.Artifact("data", "dataset")
    artifact.add_reference("ceph://cluster/pool/object", name="object")
    run = start()
    run.log_artifact(artifact).wait()
    seen = api.artifact(f"{entity}/{project}/data:v0")
    assert seen.manifest.entries["object"].ref == "ceph://cluster/pool/object"
    assert seen.state == "COMMITTED"


@pytest.mark.capability(SCHEMES)
def test_a_file_that_is_gone_is_noticed(start, api, entity, project, tmp_path):
    (tmp_path / "gone").write_text("soon")
    artifact = draft("data", "dataset", {"kept": "kept"})
    artifact.add_reference(f"file://{tmp_path}/gone")
    run = start()
    run.log_artifact(artifact).wait()
    (tmp_path / "gone").unlink()
    seen = api.artifact(f"{entity}/{project}/data:v0")
    with pytest.raises(ValueError):
        seen.download(root=str(tmp_path / "strict"))
    assert (tmp_path / "strict" / "kept").read_text() == "kept"


@pytest.mark.capability(SCHEMES)
def test_files_and_references_live_together(start, api, entity, project):
    artifact = draft("data", "dataset", {"file.txt": "file"})
    artifact.add_reference("scheme://x", name="pointer")
    run = start()
    run.log_artifact(artifact).wait()
    seen = api.artifact(f"{entity}/{project}/data:v0")
    assert sorted(seen.manifest.entries) == ["file.txt", "pointer"]
    assert seen.get_entry("file.txt").size == 4


@pytest.mark.core
@pytest.mark.capability(ACROSS)
def test_an_entry_of_another_version_is_referred_to_and_downloaded(start, api, entity, project, tmp_path):
    run = start()
    log(run, "source", "from the source")
    source = api.artifact(f"{entity}/{project}/source:v0")
    artifact = wandb.Artifact("collection", "dataset")
    artifact.add_reference(source.get_entry("data.txt"), name="borrowed.txt")
    run.log_artifact(artifact).wait()
    seen = api.artifact(f"{entity}/{project}/collection:v0")
    assert seen.manifest.entries["borrowed.txt"].ref.startswith("wandb-artifact://")
    seen.download(root=str(tmp_path / "down"))
    assert (tmp_path / "down" / "borrowed.txt").read_text() == "from the source"


@pytest.mark.capability(ACROSS)
def test_an_address_as_text_does_the_same(start, api, entity, project, tmp_path):
    run = start()
    made = log(run, "source", "by address")
    artifact = wandb.Artifact("collection", "dataset")
    artifact.add_reference(made.get_entry("data.txt").ref_url(), name="x.txt")
    run.log_artifact(artifact).wait()
    api.artifact(f"{entity}/{project}/collection:v0").download(root=str(tmp_path / "down"))
    assert (tmp_path / "down" / "x.txt").read_text() == "by address"


@pytest.mark.capability(ACROSS)
def test_a_draft_may_be_referred_to_before_it_has_a_number(start, api, entity, project, tmp_path):
    table = wandb.Table(columns=["x"], data=[[1]])
    first = wandb.Artifact("first", "dataset")
    first.add(table, "table")
    second = wandb.Artifact("second", "dataset")
    second.add(table, "same-table")
    run = start()
    run.log_artifact(first)
    run.log_artifact(second).wait()
    seen = api.artifact(f"{entity}/{project}/second:v0")
    assert seen.get("same-table").data == [[1]]


@pytest.mark.capability(ACROSS)
def test_a_deleted_source_is_a_clear_error(start, api, entity, project, tmp_path):
    run = start()
    made = log(run, "source", "soon gone")
    artifact = wandb.Artifact("collection", "dataset")
    artifact.add_reference(made.get_entry("data.txt"), name="x.txt")
    run.log_artifact(artifact).wait()
    api.artifact(f"{entity}/{project}/source:v0").delete(delete_aliases=True)
    with pytest.raises((ValueError, wandb.errors.CommError, OSError)):
        api.artifact(f"{entity}/{project}/collection:v0").download(root=str(tmp_path / "down"))
