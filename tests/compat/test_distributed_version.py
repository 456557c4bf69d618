"""Several processes, one version."""

from __future__ import annotations

import pytest
from harness.versions import draft, log

CAPABILITY = "Distributed versions: `upsert_artifact`, `finish_artifact`"
pytestmark = pytest.mark.capability(CAPABILITY)


def test_the_parts_become_one_version_when_it_is_finished(start, api, entity, project, tmp_path, unique):
    together = unique("together")
    for part in range(3):
        run = start()
        run.upsert_artifact(draft("shards", "dataset", {f"part-{part}": str(part)}), distributed_id=together)
        run.finish()
    assert not api.artifact_exists(f"{entity}/{project}/shards:v0")
    last = start()
    last.finish_artifact(draft("shards", "dataset", {"index": "0,1,2"}), distributed_id=together).wait()
    last.finish()
    seen = api.artifact(f"{entity}/{project}/shards:latest")
    assert seen.version == "v0"
    assert sorted(seen.manifest.entries) == ["index", "part-0", "part-1", "part-2"]
    seen.download(root=str(tmp_path / "down"))
    assert (tmp_path / "down" / "part-2").read_text() == "2"


def test_the_group_of_the_runs_may_name_what_they_share(start, api, entity, project, unique):
    group = unique("group")
    for part in range(2):
        run = start(group=group)
        run.upsert_artifact(draft("shards", "dataset", {f"part-{part}": str(part)}))
        run.finish()
    last = start(group=group)
    last.finish_artifact(draft("shards", "dataset", {"done": "yes"})).wait()
    assert sorted(api.artifact(f"{entity}/{project}/shards:v0").manifest.entries) == ["done", "part-0", "part-1"]


def test_after_it_is_finished_the_next_part_begins_the_next_version(start, api, entity, project, unique):
    together = unique("together")
    for number in range(2):
        run = start()
        run.upsert_artifact(draft("shards", "dataset", {"part": f"round {number}"}), distributed_id=together)
        run.finish()
        run = start()
        run.finish_artifact(draft("shards", "dataset", {"end": f"round {number}"}), distributed_id=together).wait()
        run.finish()
    versions = list(api.artifacts("dataset", f"{entity}/{project}/shards"))
    assert sorted(version.version for version in versions) == ["v0", "v1"]


def test_without_a_name_for_what_is_shared_it_is_an_error(start):
    run = start()
    with pytest.raises(TypeError):
        run.upsert_artifact(draft("shards", "dataset", {"a": "a"}))
    with pytest.raises(TypeError):
        run.finish_artifact(draft("shards", "dataset", {"a": "a"}))


def test_an_ordinary_version_may_be_logged_beside_it(start, api, entity, project, unique):
    together = unique("together")
    run = start()
    run.upsert_artifact(draft("shards", "dataset", {"part": "1"}), distributed_id=together)
    assert log(run, "shards", "ordinary", type="dataset").version == "v0"
    run.finish_artifact(draft("shards", "dataset", {"end": "1"}), distributed_id=together).wait()
    assert sorted(api.artifact(f"{entity}/{project}/shards:v1").manifest.entries) == ["end", "part"]
