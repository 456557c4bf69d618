"""Numbers logged over time, read back."""

from __future__ import annotations

import pytest

WRITE = "History with steps and nested keys"
READ = "Run history: sampled and full scan"


def _plain(rows) -> list[dict]:
    return [{key: value for key, value in row.items() if key not in ("_runtime", "_timestamp")} for row in rows]


@pytest.mark.core
@pytest.mark.capability(WRITE)
def test_steps_may_be_chosen_and_skipped(start, api, entity, project):
    run = start()
    for step in (0, 5, 100):
        run.log({"x": step}, step=step)
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    assert _plain(seen.scan_history()) == [{"_step": 0, "x": 0}, {"_step": 5, "x": 5}, {"_step": 100, "x": 100}]
    assert seen.lastHistoryStep == 100


@pytest.mark.capability(WRITE)
def test_a_step_may_be_filled_in_several_calls(start, api, entity, project):
    run = start()
    run.log({"a": 1}, commit=False)
    run.log({"b": 2})
    run.log({"a": 3})
    run.finish()
    rows = _plain(api.run(f"{entity}/{project}/{run.id}").scan_history())
    assert rows == [{"_step": 0, "a": 1, "b": 2}, {"_step": 1, "a": 3}]


@pytest.mark.capability(WRITE)
def test_nested_keys_and_odd_names(start, api, entity, project):
    run = start()
    run.log({"train": {"loss": 0.5, "deep": {"er": 1}}, "with/slash": 2, "with space": 3, "größe": 4})
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    (row,) = seen.scan_history()
    assert row["with/slash"] == 2
    assert row["with space"] == 3
    assert row["größe"] == 4
    assert row.get("train.loss", row.get("train", {}).get("loss") if isinstance(row.get("train"), dict) else None) == 0.5
    assert [found["train.loss"] for found in seen.scan_history(keys=["train.loss"])] == [0.5]


@pytest.mark.capability(WRITE)
def test_an_x_axis_of_ones_own(start, api, entity, project):
    run = start()
    run.define_metric("epoch")
    run.define_metric("val/*", step_metric="epoch")
    for epoch in range(3):
        run.log({"epoch": epoch, "val/loss": 1 - epoch / 10})
    run.finish()
    rows = api.run(f"{entity}/{project}/{run.id}").history(keys=["val/loss"], x_axis="epoch", pandas=False)
    assert [row["epoch"] for row in rows] == [0, 1, 2]


@pytest.fixture(scope="module")
def long_run(module_project):
    import wandb

    run = wandb.init(project=module_project, reinit="create_new")
    for step in range(1200):
        run.log({"x": step, "y": step * 2, **({"rare": step} if step % 100 == 0 else {})})
    run.finish()
    return f"research/{module_project}/{run.id}"


@pytest.mark.capability(READ)
@pytest.mark.parametrize("page_size", [7, 1000, 5000])
def test_a_scan_sees_every_row_in_pages_of_any_size(api, long_run, page_size):
    rows = list(api.run(long_run).scan_history(page_size=page_size))
    assert [row["x"] for row in rows] == list(range(1200))


@pytest.mark.core
@pytest.mark.capability(READ)
def test_a_scan_of_some_keys_has_the_rows_with_all_of_them(api, long_run):
    rows = list(api.run(long_run).scan_history(keys=["x", "rare"]))
    assert [row["rare"] for row in rows] == list(range(0, 1200, 100))
    assert all(row["x"] == row["rare"] for row in rows)


@pytest.mark.capability(READ)
def test_a_scan_between_two_steps(api, long_run):
    rows = list(api.run(long_run).scan_history(keys=["x"], min_step=10, max_step=20))
    assert [row["x"] for row in rows] == list(range(10, 20))


@pytest.mark.core
@pytest.mark.capability(READ)
def test_a_sample_has_as_many_rows_as_asked_for(api, long_run):
    run = api.run(long_run)
    assert len(run.history(pandas=False)) <= 500
    some = run.history(samples=50, keys=["y"], pandas=False)
    assert 0 < len(some) <= 50
    assert all(row["y"] == row["_step"] * 2 for row in some)
    every = run.history(samples=5000, keys=["x"], pandas=False)
    assert [row["x"] for row in every] == list(range(1200))


@pytest.mark.capability(READ)
def test_a_run_without_numbers_has_an_empty_history(start, api, entity, project):
    run = start()
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    assert list(seen.scan_history()) == []
    assert seen.history(pandas=False) == []


@pytest.mark.unsupported("`download_history_exports`: history is not exported to files")
@pytest.mark.capability(READ)
def test_there_are_no_exports_to_download(api, long_run, tmp_path):
    from wandb.apis.public.runhistory import IncompleteRunHistoryError

    with pytest.raises(IncompleteRunHistoryError):
        api.run(long_run).download_history_exports(tmp_path)
    assert list(tmp_path.rglob("*.parquet")) == []
