"""Where `latest` points."""

from __future__ import annotations

import pytest
from harness.versions import log

CAPABILITY = "`latest` on log, on link and after a deletion"
pytestmark = [pytest.mark.core, pytest.mark.capability(CAPABILITY)]


def test_logging_moves_it_even_where_other_aliases_are_given(start, api, entity, project):
    run = start()
    for number in range(3):
        log(run, "m", str(number), aliases=["mine"])
        assert api.artifact(f"{entity}/{project}/m:latest").version == f"v{number}"


def test_linking_moves_it_in_the_registry_alone(start, api, entity, project, unique):
    run = start()
    first, second = (log(run, "m", str(number)) for number in range(2))
    name = unique("task")
    second.link(f"wandb-registry-model/{name}")
    first.link(f"wandb-registry-model/{name}")
    assert api.artifact(f"wandb-registry-model/{name}:latest").source_version == "v0"
    assert api.artifact(f"{entity}/{project}/m:latest").version == "v1"


def test_deleting_its_holder_moves_it_back(start, api, entity, project):
    run = start()
    for number in range(3):
        log(run, "m", str(number))
    run.finish()
    api.artifact(f"{entity}/{project}/m:latest").delete(delete_aliases=True)
    assert api.artifact(f"{entity}/{project}/m:latest").version == "v1"


def test_numbers_are_never_used_again(start, api, entity, project):
    run = start()
    for number in range(2):
        log(run, "m", str(number))
    api.artifact(f"{entity}/{project}/m:v1").delete(delete_aliases=True)
    assert log(run, "m", "new").version == "v2"
