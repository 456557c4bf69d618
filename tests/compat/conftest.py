"""The installed client against a started server. See harness/ for what the tests stand on."""

from __future__ import annotations

import datetime
import itertools
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import surroundings
from harness.administration import Administration, Person
from harness.capabilities import AREAS
from harness.outside import Outside
from harness.proxy import FaultProxy
from harness.second_process import SecondProcess
from harness.server import ADMIN_KEY, Server
from harness.stores import PAIRS, Stores

_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-results", action="store_true", help="write what was found to results.json")
    parser.addoption("--stores", choices=PAIRS, default="local", help="the stores of the server under test")


def pytest_configure(config: pytest.Config) -> None:
    """The server is there, and this process knows no other, before any test module imports the client."""
    config.addinivalue_line("markers", "capability(name): what a user does, as listed in harness/capabilities.py")
    config.addinivalue_line("markers", "core: belongs to the flow that older clients are held to as well")
    config.addinivalue_line("markers", "unsupported(reason): the server refuses this on purpose; the test shows how")
    config.addinivalue_line("markers", "may_be_refused(what): a server may answer that it does not support this, clearly")
    if config.option.collectonly or config.option.help:
        folder = Path(tempfile.mkdtemp(prefix="weighhouse-compat-"))
        config.stash[_folder] = folder
        surroundings.enter(surroundings.for_client("http://127.0.0.1:9", None, folder / "client", "http://127.0.0.1:9"))
        return
    folder = Path(tempfile.mkdtemp(prefix="weighhouse-compat-"))
    config.stash[_folder] = folder
    outside = config.stash[_outside] = Outside()
    stores = config.stash[_stores] = Stores(config.option.stores)
    server = config.stash[_server] = Server(folder / "data", **stores.new_settings())
    surroundings.enter(surroundings.for_client(server.url, ADMIN_KEY, folder / "client", outside.url))
    os.chdir(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server in config.stash:
        config.stash[_server].stop()
        config.stash[_outside].close()
    if _stores in config.stash:
        config.stash[_stores].close()
    if _folder in config.stash:
        os.chdir("/")
        shutil.rmtree(config.stash[_folder], ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        name = _capability(item)
        if name not in AREAS:
            raise pytest.UsageError(f"{item.nodeid} belongs to no capability of harness/capabilities.py: {name!r}")
    if config.option.write_results and not config.option.markexpr and not config.option.keyword:
        missing = AREAS.keys() - {_capability(item) for item in items}
        if missing:
            raise pytest.UsageError(f"no test shows: {', '.join(sorted(missing))}")


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.option.write_results:
        import wandb
        from harness.results import Results

        session.config.stash[_results] = Results(wandb.__version__)


def pytest_report_header(config: pytest.Config) -> str:
    import wandb

    return f"wandb {wandb.__version__} on {config.option.stores} stores"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if _results in item.config.stash and (report.when == "call" or not report.passed):
        unsupported = item.get_closest_marker("unsupported")
        reason = unsupported.args[0] if unsupported else item.stash.get(_refusal, None)
        item.config.stash[_results].add(_capability(item), report.passed, reason)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[object]:
    """A refusal that says what is not supported, within seconds, is an answer too; the guide then says so."""
    began = time.monotonic()
    try:
        return (yield)
    except Exception as error:
        marker = pyfuncitem.get_closest_marker("may_be_refused")
        if marker is None or not re.search(r"not supported (by this|on this wandb) server", str(error)):
            raise
        assert time.monotonic() - began < 60
        pyfuncitem.stash[_refusal] = marker.args[0]
        return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _results in session.config.stash and not session.config.option.collectonly:
        session.config.stash[_results].write()


_folder: pytest.StashKey[Path] = pytest.StashKey()
_stores: pytest.StashKey[Stores] = pytest.StashKey()
_server: pytest.StashKey[Server] = pytest.StashKey()
_outside: pytest.StashKey[Outside] = pytest.StashKey()
_results: pytest.StashKey[Any] = pytest.StashKey()
_refusal: pytest.StashKey[str] = pytest.StashKey()


def _capability(item: pytest.Item) -> str:
    marker = item.get_closest_marker("capability")
    return marker.args[0] if marker else ""


@pytest.fixture(scope="session")
def stores(request: pytest.FixtureRequest) -> Stores:
    return request.config.stash[_stores]


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Server:
    return request.config.stash[_server]


@pytest.fixture(scope="session")
def outside(request: pytest.FixtureRequest) -> Outside:
    return request.config.stash[_outside]


@pytest.fixture(scope="session")
def admin(server: Server) -> Administration:
    return Administration(server.url, ADMIN_KEY)


@pytest.fixture(autouse=True)
def only_our_server(server: Server, outside: Outside) -> Iterator[None]:
    """The client knows no other address, and nobody tried to leave."""
    import wandb

    surroundings.refuse_other_hosts(os.environ["WANDB_BASE_URL"])
    assert wandb.setup().settings.base_url == server.url
    yield
    assert outside.callers == []


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing downloaded before: bytes come from the server."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("WANDB_CACHE_DIR", str(folder))
    monkeypatch.setenv("WANDB_ARTIFACT_DIR", str(tmp_path / "artifacts"))
    return folder


@pytest.fixture(scope="session")
def entity() -> str:
    """The administrator's default entity: the team of the first start."""
    return "research"


def _unique(name: str) -> str:
    return f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')[:60]}-{next(_numbers)}"


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    return _unique(request.node.name)


@pytest.fixture(scope="module")
def module_project(request: pytest.FixtureRequest) -> str:
    """One project for a file whose tests only read what its set-up made."""
    return _unique(request.module.__name__)


@pytest.fixture
def unique() -> Callable[[str], str]:
    """A name nobody used before."""
    return _unique


@pytest.fixture
def start(project: str) -> Iterator[Callable[..., Any]]:
    """Starts runs in the test's own project; ends those that the test left open."""
    import wandb

    started: list[Any] = []

    def start_run(**options: Any) -> Any:
        run = wandb.init(**{"project": project, "reinit": "create_new", **options})
        started.append(run)
        return run

    yield start_run
    for run in started:
        run.finish()


@pytest.fixture(scope="session")
def expiring() -> str:
    """A project with two versions that live for a second; one of them is linked. Made early, looked at late."""
    import wandb
    from harness.versions import draft

    run = wandb.init(project="expiring", reinit="create_new")
    for name in ("unlinked", "linked"):
        artifact = draft(name, files={"a": name})
        artifact.ttl = datetime.timedelta(seconds=1)
        version = run.log_artifact(artifact).wait()
        if name == "linked":
            version.link("research/model-registry/kept")
    run.finish()
    return "research/expiring"


@pytest.fixture(scope="session", autouse=True)
def begin_early(request: pytest.FixtureRequest) -> None:
    """What takes a while on the server begins before the first test."""
    if any("expiring" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("expiring")


@pytest.fixture
def api() -> Any:
    import wandb

    return wandb.Api()


@pytest.fixture
def api_of() -> Callable[[Person], Any]:
    import wandb

    return lambda person: wandb.Api(api_key=person.key)


@pytest.fixture
def second_process(tmp_path: Path, server: Server, outside: Outside) -> Iterator[Callable[..., SecondProcess]]:
    """Runs a script with a client, cache and configuration of its own."""
    running: list[SecondProcess] = []

    def run(
        source: str,
        given: object = None,
        *,
        person: Person | None = None,
        url: str | None = None,
        folder: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> SecondProcess:
        place = folder or tmp_path / f"process-{len(running)}"
        own = surroundings.for_client(url or server.url, person.key if person else ADMIN_KEY, place, outside.url)
        script = SecondProcess(source, place, {**own, **(environment or {})}, given)
        running.append(script)
        return script

    yield run
    for script in running:
        if script.process.poll() is None:
            script.kill()


@pytest.fixture
def proxy(server: Server) -> Iterator[FaultProxy]:
    """A way to the server that can be made to fail."""
    proxy = FaultProxy(server.url)
    yield proxy
    proxy.close()


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    file = tmp_path / "model.bin"
    file.write_bytes(b"weights of " + str(tmp_path).encode())
    return file
