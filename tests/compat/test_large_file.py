"""More than 2 GiB: the client cuts it into parts, and the server puts it together."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

CAPABILITY = "A file of more than 2 GiB, in parts"
SIZE = (2 << 30) + 12_345
#: Where bytes are, in a file that is otherwise a hole: the edges of parts, both ends, and somewhere in between.
MARKS = [0, 1, (100 << 20) - 1, 100 << 20, (1 << 30) + 7, (2 << 30) - 1, 2 << 30, SIZE - 1]

pytestmark = pytest.mark.capability(CAPABILITY)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest() if hasattr(hashlib, "file_digest") else _slow(file)


def _slow(file) -> str:
    digest = hashlib.md5()
    while piece := file.read(1 << 22):
        digest.update(piece)
    return digest.hexdigest()


def test_it_goes_up_in_parts_and_comes_back_whole(second_process, proxy, project, api, entity, tmp_path, server, stores):
    if shutil.disk_usage(tmp_path).free < 8 << 30:
        pytest.fail("this test needs 8 GiB of free disk")
    big = tmp_path / "weights.bin"
    with big.open("wb") as file:
        file.truncate(SIZE)
        for number, place in enumerate(MARKS):
            file.seek(place)
            file.write(bytes([number + 1]))
    memory_before = server.resident_bytes()
    script = second_process(
        """
        run = wandb.init(project=given["project"])
        artifact = wandb.Artifact("large", "model")
        artifact.add_file(given["file"], policy="immutable", skip_cache=True)
        logged = run.log_artifact(artifact).wait()
        answer([logged.version, logged.size])
        run.finish()
        """,
        {"project": project, "file": str(big)},
        url=proxy.url,
    )
    finished = script.finish(600)
    assert finished.answer == ["v0", SIZE], finished.output
    assert server.resident_bytes() - memory_before < 512 << 20
    parts = [request for request in proxy.requests if request.method == "PUT" and request.status == 200]
    # Beside an object storage the parts go there, and only manifests and files of runs come to the server.
    assert (len(parts) > 20) == (not stores.direct)
    completed = [request for request in proxy.requests if request.kind == "CompleteMultipartUploadArtifact"]
    # joining reads all of it: on a slow disk the client is told to ask again, and joins what still runs
    assert [request.status for request in completed] == [*[503] * (len(completed) - 1), 200]
    folder = tmp_path / "down"
    api.artifact(f"{entity}/{project}/large:v0").download(root=str(folder), skip_cache=True)
    got = folder / "weights.bin"
    assert got.stat().st_size == SIZE
    assert _digest(got) == _digest(big)
    os.unlink(big)
    shutil.rmtree(folder)
