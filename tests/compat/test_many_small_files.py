"""Ten thousand files of a kilobyte: no storm of requests, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from harness.proxy import FaultProxy

CAPABILITY = "Ten thousand small files"
FILES = 10_000

pytestmark = pytest.mark.capability(CAPABILITY)


@pytest.fixture
def questions(server) -> Iterator[FaultProxy]:
    """Counts what is asked; the ten thousand transfers go straight to the server."""
    proxy = FaultProxy(server.url, blobs=False)
    yield proxy
    proxy.close()


def test_they_go_up_and_come_back(second_process, questions, project):
    script = second_process(
        """
        import hashlib
        def contents(number):
            return hashlib.sha256(str(number).encode()).digest() * 32
        os.makedirs("files")
        for number in range(given["files"]):
            with open(f"files/{number:05d}.bin", "wb") as file:
                file.write(contents(number))
        run = wandb.init(project=given["project"])
        artifact = wandb.Artifact("many", "dataset")
        artifact.add_dir("files", policy="immutable", skip_cache=True)
        logged = run.log_artifact(artifact).wait()
        answer("logged")
        version = wandb.Api().artifact(logged.qualified_name)
        # nothing of it is in the cache yet
        version.download(root="down")
        wrong = 0
        for number in range(given["files"]):
            with open(f"down/{number:05d}.bin", "rb") as file:
                wrong += file.read() != contents(number)
        answer([version.file_count, version.size, len(os.listdir("down")), wrong])
        run.finish()
        """,
        {"project": project, "files": FILES},
        url=questions.url,
    )
    finished = script.finish(600)
    assert finished.answer == [FILES, FILES * 1024, FILES, 0], finished.output
    count = questions.count()
    assert count["CreateArtifactFiles"] <= 20 + FILES // 100
    files_pages = sum(number for kind, number in count.items() if "FileUrls" in kind)
    assert files_pages <= 3
    assert [request for request in questions.requests if (request.status or 500) >= 500] == []
    assert sum(count.values()) <= 20 + FILES // 100 + 50
