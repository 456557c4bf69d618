"""The environment in which a client runs: ours alone, so that it can reach nothing but the server under test."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

_FOREIGN = ("WANDB_", "WEIGHHOUSE_", "OTEL_", "SENTRY_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "FTP_PROXY")


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """Without the developer's own accounts, servers and proxies."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(_FOREIGN) and name.upper() not in _PROXIES
    }


def for_client(url: str, key: str | None, folder: Path, outside: str) -> dict[str, str]:
    """Variables for one client. `outside` is a listener that answers nothing and notes whoever tries to leave."""
    refuse_other_hosts(url)
    environment = {
        "WANDB_BASE_URL": url,
        "WANDB_ERROR_REPORTING": "false",
        "WANDB_SILENT": "true",
        "WANDB_CONSOLE": "off",
        "WANDB_DISABLE_GIT": "true",
        "WANDB_X_DISABLE_STATS": "true",
        "WANDB_X_DISABLE_MACHINE_INFO": "true",
        "WANDB_X_STATS_COREWEAVE_METADATA_BASE_URL": url,
        "HTTP_PROXY": outside,
        "HTTPS_PROXY": outside,
        "http_proxy": outside,
        "https_proxy": outside,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(folder),
        "NETRC": str(folder / "netrc"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for name in ("DIR", "CACHE_DIR", "DATA_DIR", "ARTIFACT_DIR", "CONFIG_DIR"):
        place = folder / name.lower()
        place.mkdir(parents=True, exist_ok=True)
        environment[f"WANDB_{name}"] = str(place)
    if key is not None:
        environment["WANDB_API_KEY"] = key
    return environment


def enter(environment: Mapping[str, str]) -> None:
    """Makes `environment` that of this process, in place of every inherited one of the same kind."""
    kept = scrubbed(os.environ)
    os.environ.clear()
    os.environ.update(kept)
    os.environ.update(environment)


def refuse_other_hosts(url: str) -> None:
    """No test may ever speak to a server that is not the one it started."""
    if urlsplit(url).hostname != "127.0.0.1":
        raise RuntimeError(f"the client would contact {url}, which is not the server under test")
