"""What a team runs that outgrew one machine: the client knows one address, and anything behind it may go away."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import wandb
from harness.balancer import Balancer
from harness.past_the_cache import download_past_the_cache
from harness.server import ADMIN_KEY, Server
from harness.stores import Stores

CAPABILITY = "Three servers behind a balancer, each killed in turn, on PostgreSQL and S3 that go down too"
pytestmark = pytest.mark.capability(CAPABILITY)

WRITERS = 4
VERSIONS = 6

TRAIN = """
import hashlib
run = wandb.init(project=given["project"], settings=wandb.Settings(init_timeout=100))
logged = []
for number in range(given["versions"]):
    artifact = wandb.Artifact(given["name"], "model")
    with artifact.new_file("weights.bin", mode="wb") as file:
        file.write(os.urandom(3_000_000))
    with artifact.new_file("card.md") as file:
        file.write(f"{given['name']} {number}")
    done = run.log_artifact(artifact, aliases=["best"]).wait(100)
    done.link("model-registry/all")
    logged.append([done.version, done.digest])
    answer(logged)
run.finish()
"""


@pytest.fixture
def shared() -> Iterator[Stores]:
    stores = Stores("shared")
    yield stores
    stores.close()


@pytest.fixture
def servers(shared, tmp_path) -> Iterator[list[Server]]:
    settings = shared.new_settings()
    servers = [Server(tmp_path / f"server-{number}", **settings) for number in range(3)]
    yield servers
    for server in servers:
        server.stop()


def test_nothing_is_lost_and_nothing_confused(servers, shared, second_process, project, tmp_path):
    balancer = Balancer([server.url for server in servers])
    patient = {
        f"WANDB_X_{part}_RETRY_WAIT_{bound}_SECONDS": seconds
        for part in ("GRAPHQL", "FILE_STREAM", "FILE_TRANSFER")
        for bound, seconds in (("MIN", "1"), ("MAX", "3"))
    }
    given = [{"project": project, "name": f"model-{number}", "versions": VERSIONS} for number in range(WRITERS)]
    scripts = [second_process(TRAIN, one, url=balancer.url, environment=patient) for one in given]
    _until(lambda: all(script.answered() for script in scripts))

    blows = [*(_kill_and_restart(server) for server in servers), shared.crash_postgres, shared.restart_objects]
    for blow in blows:
        time.sleep(1)
        blow()
    finished = [script.finish(300) for script in scripts]

    api = wandb.Api(overrides={"base_url": balancer.url}, api_key=ADMIN_KEY)
    for one, script in zip(given, finished):
        assert script.code == 0, script.output
        assert [version for version, _ in script.answer] == [f"v{number}" for number in range(VERSIONS)]
        path = f"{api.default_entity}/{project}/{one['name']}"
        versions = {version.version: version for version in api.artifacts("model", path)}
        assert sorted(versions) == [f"v{number}" for number in range(VERSIONS)]
        for version, digest in script.answer:
            folder = tmp_path / one["name"] / version
            download_past_the_cache(versions[version], folder)
            versions[version].verify(root=str(folder))
            assert versions[version].digest == digest
        assert api.artifact(f"{path}:best").version == f"v{VERSIONS - 1}"
    links = api.artifacts("model", f"{api.default_entity}/model-registry/all")
    linked = [link.name.split(":")[1] for link in links]
    assert sorted(linked, key=_number) == [f"v{number}" for number in range(WRITERS * VERSIONS)]
    balancer.close()


def _kill_and_restart(server: Server):
    def blow() -> None:
        server.kill()
        time.sleep(1)
        server.restart()

    return blow


def _number(version: str) -> int:
    return int(version.removeprefix("v"))


def _until(condition, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the scripts did not come to work"
        time.sleep(0.02)
