"""Requests refused for good or for a while, and connections cut: an end within 60 seconds, or success."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import socketserver
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator

import pytest
from harness.proxy import FaultProxy
from harness.server import ADMIN_KEY
from harness.surroundings import for_client, scrubbed

FOR_GOOD = "A request refused for good ends in a clear error"
FOR_A_WHILE = "A request refused for a while is repeated until it succeeds"
CUT = "Connections cut, before and after the answer"

#: Everything that the flow below asks for.
KINDS = (
    "Viewer",
    "ServerFeaturesQuery",
    "UpsertBucket",
    "file_stream",
    "ArtifactType",
    "CreateArtifact",
    "CreateArtifactManifest",
    "CreateArtifactFiles",
    "put",
    "CommitArtifact",
    "ArtifactByID",
    "LinkArtifact",
    "ArtifactMembershipByName",
    "UseArtifact",
    "FetchArtifactManifest",
    "get",
    "GetArtifactMembershipFileUrls",
    "CreateRunFiles",
)

#: What the client's documentation promises to raise, and what its Python libraries raise for a transfer.
DOCUMENTED = {
    "CommError",
    "AuthenticationError",
    "UsageError",
    "Error",
    "ValueError",
    "WaitTimeoutError",
    "HTTPError",
    "WandbApiFailedError",
    "RunUpdateError",
}

PEOPLE_AND_MODELS = '''
import json, os, sys, shutil
import wandb

for line in sys.stdin:
    case = json.loads(line)
    os.environ["WANDB_CACHE_DIR"] = os.path.join(os.getcwd(), case["name"], "cache")
    try:
        run = wandb.init(project=case["project"], reinit="create_new", settings=wandb.Settings(init_timeout=40))
        try:
            run.log({"x": 1})
            artifact = wandb.Artifact(case["name"], "model")
            with artifact.new_file("weights") as file:
                file.write(case["name"])
            logged = run.log_artifact(artifact).wait(timeout=40)
            logged.link("model-registry/" + case["name"])
            used = run.use_artifact(case["name"] + ":v0")
            folder = used.download(root=case["name"] + "/down")
            with open(folder + "/weights") as file:
                assert file.read() == case["name"]
        finally:
            run.finish()
        outcome = ["done", ""]
    except BaseException as error:
        outcome = [type(error).__name__, str(error)[:2000]]
    print("OUTCOME " + json.dumps(outcome), flush=True)
'''


class Worker:
    """One process with one client that goes through the flow again and again, through the faulty network."""

    def __init__(self, proxy: FaultProxy, folder, outside_url: str, environment: dict[str, str]) -> None:
        self.proxy = proxy
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._environment = {**scrubbed(os.environ), **for_client(proxy.url, ADMIN_KEY, folder, outside_url), **environment}
        self._process: subprocess.Popen[str] | None = None

    def _alive(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(PEOPLE_AND_MODELS)],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self._process

    def go(self, name: str, project: str, seconds: float = 60) -> tuple[str, str]:
        process = self._alive()
        assert process.stdin is not None and process.stdout is not None
        watch = threading.Timer(seconds, process.kill)
        watch.start()
        try:
            process.stdin.write(json.dumps({"name": name, "project": project}) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                if line.startswith("OUTCOME "):
                    kind, text = json.loads(line.removeprefix("OUTCOME "))
                    return kind, text
        finally:
            watch.cancel()
        return ("hung", f"no end within {seconds} s") if process.poll() in (-9, None) else ("died", str(process.poll()))

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="module")
def worker(server, outside, tmp_path_factory) -> Iterator[Worker]:
    proxy = FaultProxy(server.url)
    quick = {
        f"WANDB_X_{part}_RETRY_WAIT_{bound}_SECONDS": seconds
        for part in ("GRAPHQL", "FILE_STREAM", "FILE_TRANSFER")
        for bound, seconds in (("MIN", "1"), ("MAX", "1"))
    }
    worker = Worker(proxy, tmp_path_factory.mktemp("faults"), outside.url, quick)
    yield worker
    worker.close()
    proxy.close()


_cases = itertools.count()


@pytest.fixture
def name(worker) -> Iterator[str]:
    yield f"case-{next(_cases)}"
    worker.proxy.forget()


@pytest.mark.capability(FOR_A_WHILE)
def test_without_faults_the_flow_asks_for_all_of_this(worker, name, project):
    assert worker.go(name, project) == ("done", "")
    assert set(KINDS) <= set(worker.proxy.count())


#: Each kind of request meets one status; together they meet all of them three times.
_FINAL = (400, 401, 403, 404, 413, 422)
_FINAL_CASES = [(kind, _FINAL[place % len(_FINAL)]) for place, kind in enumerate(KINDS)]


@pytest.mark.capability(FOR_GOOD)
@pytest.mark.parametrize(("kind", "status"), _FINAL_CASES)
def test_refused_for_good(worker, name, project, kind, status):
    fault = worker.proxy.answer(kind, status, times=1)
    outcome, text = worker.go(name, project)
    assert fault.struck == 1
    assert outcome == "done" or outcome in DOCUMENTED, f"{outcome}: {text}"
    if outcome != "done":
        worker.proxy.forget()
        assert worker.go(f"{name}-after", project)[0] == "done"


#: The back-off of the client is cut to a second, the shortest that it takes; that of its downloads cannot be cut.
_PASSING = (429, 500, 502, 503)
_PASSING_CASES = [(kind, _PASSING[place % len(_PASSING)]) for place, kind in enumerate(KINDS)]


@pytest.mark.capability(FOR_A_WHILE)
@pytest.mark.parametrize(("kind", "status"), _PASSING_CASES)
def test_refused_for_a_while(worker, name, project, kind, status):
    fault = worker.proxy.answer(kind, status, times=2)
    outcome, text = worker.go(name, project)
    assert fault.struck >= 1
    assert outcome == "done", f"{outcome}: {text}"


@pytest.mark.capability(CUT)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("Viewer",)])
def test_cut_before_the_server_heard_it(worker, name, project, kind):
    fault = worker.proxy.cut(kind, times=1)
    outcome, text = worker.go(name, project)
    assert fault.struck == 1
    assert outcome == "done", f"{outcome}: {text}"


@pytest.mark.capability(CUT)
@pytest.mark.parametrize(
    "kind",
    ["UpsertBucket", "file_stream", "CreateArtifact", "CreateArtifactManifest", "CreateArtifactFiles", "put", "CommitArtifact", "LinkArtifact", "UseArtifact"],
)
def test_cut_after_the_server_did_it(worker, name, project, api, entity, kind):
    fault = worker.proxy.cut(kind, times=1, after_answer=True)
    outcome, text = worker.go(name, project)
    assert fault.struck == 1
    assert outcome == "done", f"{outcome}: {text}"
    assert [version.version for version in api.artifacts("model", f"{entity}/{project}/{name}")] == ["v0"]
    assert [version.version for version in api.artifacts("model", f"{entity}/model-registry/{name}")] == ["v0"]
    (run,) = api.runs(f"{entity}/{project}")
    assert [row["x"] for row in run.scan_history(keys=["x"])] == [1]


class _LeavesAfterEachAnswer(socketserver.StreamRequestHandler):
    """Says that it keeps the connection and ends it all the same, as a server does with one that was idle for long."""

    def handle(self) -> None:
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


@pytest.mark.capability(CUT)
def test_the_proxy_itself_cuts_nothing_that_the_server_left():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _LeavesAfterEachAnswer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        proxy = FaultProxy(f"http://127.0.0.1:{server.server_address[1]}")
        client = http.client.HTTPConnection(proxy.url.removeprefix("http://"))
        for _ in range(2):
            client.request("GET", "/")
            assert client.getresponse().read() == b"ok"
            time.sleep(0.5)
        client.close()
        proxy.close()
        server.shutdown()
    assert [request.status for request in proxy.requests] == [200, 200]
