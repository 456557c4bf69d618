"""The same run, continued."""

from __future__ import annotations

import pytest
import wandb

CAPABILITY = "Resume a run (`must`, `allow`, `never`, `auto`)"
BRANCH = "Fork or rewind a run"


def _first(start, run_id: str) -> None:
    run = start(id=run_id, config={"lr": 0.1, "kept": True}, tags=["first"])
    for step in range(3):
        run.log({"x": step})
    run.summary["best"] = 7
    run.finish()


@pytest.mark.core
@pytest.mark.capability(CAPABILITY)
@pytest.mark.parametrize("mode", ["must", "allow"])
def test_history_goes_on_where_it_ended(start, api, entity, project, unique, mode):
    run_id = unique("run")
    _first(start, run_id)
    again = start(id=run_id, resume=mode)
    assert again.resumed
    assert again.starting_step == 3
    assert again.config["lr"] == 0.1
    assert again.summary["best"] == 7
    for step in range(3, 5):
        again.log({"x": step})
    again.finish()
    seen = api.run(f"{entity}/{project}/{run_id}")
    assert [(row["_step"], row["x"]) for row in seen.scan_history(keys=["_step", "x"])] == [(n, n) for n in range(5)]
    assert seen.state == "finished"
    assert seen.config["kept"] is True


@pytest.mark.capability(CAPABILITY)
def test_must_needs_a_run_that_exists(start, unique):
    with pytest.raises((wandb.errors.UsageError, wandb.errors.CommError)):
        start(id=unique("missing"), resume="must")


@pytest.mark.capability(CAPABILITY)
def test_never_refuses_a_run_that_exists(start, unique):
    run_id = unique("run")
    _first(start, run_id)
    with pytest.raises((wandb.errors.UsageError, wandb.errors.CommError)):
        start(id=run_id, resume="never")
    assert start(id=unique("other"), resume="never").id


@pytest.mark.capability(CAPABILITY)
def test_allow_begins_a_run_that_does_not_exist(start, unique):
    run = start(id=unique("new"), resume="allow")
    assert not run.resumed
    assert run.step == 0


@pytest.mark.capability(CAPABILITY)
def test_auto_continues_what_crashed_in_the_same_folder(second_process, api, entity, project, tmp_path):
    source = """
    run = wandb.init(project=given, resume="auto")
    answer([run.id, run.resumed])
    run.log({"x": 1})
    os._exit(1) if not run.resumed else run.finish()
    """
    folder = tmp_path / "same"
    first = second_process(source, project, folder=folder).finish().answer
    second = second_process(source, project, folder=folder).finish().answer
    assert second[0] == first[0]
    assert second[1] is True


@pytest.mark.capability(CAPABILITY)
def test_configuration_may_be_changed_when_resuming(start, api, entity, project, unique):
    run_id = unique("run")
    _first(start, run_id)
    start(id=run_id, resume="must", config={"added": 1}).finish()
    config = api.run(f"{entity}/{project}/{run_id}").config
    assert (config["lr"], config["added"]) == (0.1, 1)


@pytest.mark.capability(CAPABILITY)
def test_versions_logged_after_resuming_belong_to_the_same_run(start, api, entity, project, unique, model_file):
    run_id = unique("run")
    _first(start, run_id)
    again = start(id=run_id, resume="must")
    again.log_model(str(model_file), name="m")
    again.finish()
    assert api.artifact(f"{entity}/{project}/m:v0").logged_by().id == run_id


@pytest.mark.unsupported("a run is a record of what happened; start a new run and log where it came from")
@pytest.mark.capability(BRANCH)
@pytest.mark.parametrize("option", ["fork_from", "resume_from"])
def test_it_is_refused_at_once(start, unique, option):
    run_id = unique("run")
    _first(start, run_id)
    with pytest.raises((wandb.errors.CommError, wandb.errors.UsageError)) as refused:
        start(**{option: f"{run_id}?_step=1"})
    assert "fork" in str(refused.value).lower() or "rewind" in str(refused.value).lower() or "support" in str(refused.value).lower()


@pytest.mark.unsupported("nothing here schedules work; log one run for each combination")
@pytest.mark.capability("Sweeps")
def test_a_sweep_is_refused_with_a_reason(second_process, project):
    script = second_process(
        """
        try:
            wandb.sweep({"method": "grid", "parameters": {"x": {"values": [1, 2]}}}, project=given)
        except Exception as error:
            answer([type(error).__name__, str(error)])
        """,
        project,
    )
    finished = script.finish(60)
    name, text = finished.answer
    assert name in ("CommError", "UsageError", "WandbApiFailedError")
    assert "weep" in text
