"""A version whose time is over is deleted; a linked one is kept."""

from __future__ import annotations

import time

import pytest

pytestmark = pytest.mark.capability("Time to live")

#: The server looks once a minute.
PATIENCE_SECONDS = 180


def test_it_is_over(api, expiring):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while api.artifact_exists(f"{expiring}/unlinked:v0"):
        assert time.monotonic() < deadline, "the version is still there"
        time.sleep(0.5)
    assert list(api.artifacts("model", f"{expiring}/unlinked")) == []
    assert api.artifact(f"{expiring}/linked:v0").state == "COMMITTED"
    assert api.artifact("research/model-registry/kept:v0").state == "COMMITTED"
