"""Short ways to make versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import wandb


def draft(name: str, type: str = "model", files: Mapping[str, str] | None = None, **options: Any) -> wandb.Artifact:
    artifact = wandb.Artifact(name, type, **options)
    for path, text in (files or {}).items():
        with artifact.new_file(path) as file:
            file.write(text)
    return artifact


def log(run: Any, name: str, text: str | None = None, *, type: str = "model", aliases: Any = None, **options: Any):
    """Logs one small file, by default with contents that no other call logs; waits until it is committed."""
    files = {"data.txt": text if text is not None else f"{name} {run.id}"}
    return run.log_artifact(draft(name, type, files, **options), aliases=aliases).wait()
