"""Downloads that leave the client's cache alone."""

from __future__ import annotations

from pathlib import Path

import wandb


def download_past_the_cache(version: wandb.Artifact, root: Path) -> None:
    """Fetches the files one after another.

    With `skip_cache=True` the client keeps where a file goes in one place for all of its threads: of several files at once,
    one may be written in the place of another.
    """
    for path in version.manifest.entries:
        version.download(root=str(root), path_prefix=path, skip_cache=True)
