"""The server falls over and gets up again; the run goes on."""

from __future__ import annotations

import pytest
from harness.administration import Administration
from harness.server import ADMIN_KEY, Server

pytestmark = pytest.mark.capability("The server killed and started again while a run is under way")


def test_a_run_survives_it_and_nothing_is_twice(second_process, stores, tmp_path, project):
    server = Server(tmp_path / "own-data", **stores.new_settings())
    try:
        script = second_process(
            """
            import time
            run = wandb.init(project=given)
            for step in range(10):
                run.log({"x": step})
            first = wandb.Artifact("m", "model")
            with first.new_file("a") as file:
                file.write("before")
            run.log_artifact(first).wait()
            answer("before")
            while not os.path.exists("go-on"):
                time.sleep(0.01)
            for step in range(10, 20):
                run.log({"x": step})
            second = wandb.Artifact("m", "model")
            with second.new_file("a") as file:
                file.write("after")
            logged = run.log_artifact(second).wait()
            run.finish()
            api = wandb.Api()
            seen = api.run(f"research/{given}/{run.id}")
            versions = sorted(version.version for version in api.artifacts("model", f"research/{given}/m"))
            answer([logged.version, versions, [row["x"] for row in seen.scan_history(keys=["x"])], seen.state])
            """,
            project,
            url=server.url,
            folder=tmp_path / "client",
            environment={"WANDB_X_GRAPHQL_RETRY_WAIT_MAX_SECONDS": "1", "WANDB_X_FILE_STREAM_RETRY_WAIT_MAX_SECONDS": "1"},
        )
        while not script.answered():
            assert script.process.poll() is None, script.output()
        server.kill()
        (tmp_path / "client" / "go-on").touch()
        server.restart()
        finished = script.finish()
        assert finished.answer == ["v1", ["v0", "v1"], list(range(20)), "finished"], finished.output
        status, _ = Administration(server.url, ADMIN_KEY).answer("GET", "/readyz")
        assert status == 200
    finally:
        server.stop()
