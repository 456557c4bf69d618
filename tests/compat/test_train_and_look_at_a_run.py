"""The first thing anybody does: start a run, log numbers, finish, and look at it."""

from __future__ import annotations

import math
import time

import pytest
import wandb
from harness.administration import Administration
from harness.server import ADMIN_KEY, Server

START = "Start, log and finish a run"
DETAILS = "Configuration, summary, tags, notes, group and job type"
STATES = "Finish states: finished, failed, crashed, preempting"


@pytest.mark.core
@pytest.mark.capability(START)
def test_what_was_logged_is_there_afterwards(start, api, entity, project):
    run = start(config={"lr": 0.1, "layers": [64, 32], "nested": {"a": {"b": 1}}})
    for step in range(5):
        run.log({"loss": 1 / (step + 1)})
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    assert seen.state == "finished"
    assert seen.config == {"lr": 0.1, "layers": [64, 32], "nested": {"a": {"b": 1}}}
    assert seen.summary["loss"] == pytest.approx(0.2)
    assert seen.lastHistoryStep == 4
    assert [row["loss"] for row in seen.scan_history(keys=["loss"])] == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])


@pytest.mark.core
@pytest.mark.capability(START)
def test_a_run_has_a_name_and_an_address_of_its_own(start, entity, project, server):
    run = start()
    assert run.name
    assert run.entity == entity
    assert run.project == project
    assert run.url == f"{server.url}/{entity}/{project}/runs/{run.id}"


@pytest.mark.capability(START)
def test_two_runs_at_once_do_not_mix(start, api, entity, project):
    first, second = start(), start()
    for step in range(3):
        first.log({"x": step})
        second.log({"x": step * 10})
    first.finish()
    second.finish()
    assert [row["x"] for row in api.run(f"{entity}/{project}/{first.id}").scan_history()] == [0, 1, 2]
    assert [row["x"] for row in api.run(f"{entity}/{project}/{second.id}").scan_history()] == [0, 10, 20]


@pytest.mark.capability(START)
def test_a_run_in_an_entity_that_does_not_exist_fails_with_a_message(start):
    with pytest.raises(wandb.errors.CommError):
        start(entity="nobody-at-all")


@pytest.mark.capability(START)
def test_a_run_in_a_team_of_others_fails_like_one_that_does_not_exist(admin, second_process, project):
    stranger = admin.person("stranger")
    script = second_process(
        """
        try:
            wandb.init(entity="research", project=given)
        except wandb.errors.CommError as error:
            answer(str(error))
        """,
        project,
        person=stranger,
    )
    finished = script.finish(60)
    assert finished.answer, finished.output


@pytest.mark.core
@pytest.mark.capability(DETAILS)
def test_everything_said_at_the_start_is_kept(start, api, entity, project):
    run = start(
        name="a name of my own",
        notes="first try, naïve 模型",
        tags=["baseline", "v 1"],
        group="experiment-7",
        job_type="train",
        config={"lr": 0.1},
    )
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    assert seen.name == "a name of my own"
    assert seen.notes == "first try, naïve 模型"
    assert sorted(seen.tags) == ["baseline", "v 1"]
    assert seen.group == "experiment-7"
    assert seen.job_type == "train"


@pytest.mark.capability(DETAILS)
def test_configuration_can_change_while_the_run_goes_on(start, api, entity, project):
    run = start(config={"lr": 0.1, "old": True})
    run.config.update({"lr": 0.01}, allow_val_change=True)
    run.config["added"] = {"deep": [1, 2, {"three": None}]}
    run.finish()
    assert api.run(f"{entity}/{project}/{run.id}").config == {
        "lr": 0.01,
        "old": True,
        "added": {"deep": [1, 2, {"three": None}]},
    }


@pytest.mark.capability(DETAILS)
def test_the_summary_can_be_set_by_hand(start, api, entity, project):
    run = start()
    run.log({"loss": 3.0})
    run.summary["best"] = 0.5
    run.summary.update({"nested": {"accuracy": 0.9}})
    run.finish()
    summary = api.run(f"{entity}/{project}/{run.id}").summary
    assert summary["best"] == 0.5
    assert summary["nested"]["accuracy"] == 0.9
    assert summary["loss"] == 3.0


@pytest.mark.capability(DETAILS)
def test_a_metric_may_ask_for_its_best_value(start, api, entity, project):
    run = start()
    run.define_metric("accuracy", summary="max")
    run.define_metric("loss", summary="min")
    for accuracy, loss in ((0.1, 5.0), (0.9, 1.0), (0.5, 2.0)):
        run.log({"accuracy": accuracy, "loss": loss})
    run.finish()
    summary = api.run(f"{entity}/{project}/{run.id}").summary
    assert summary["accuracy"]["max"] == 0.9
    assert summary["loss"]["min"] == 1.0


@pytest.mark.capability(DETAILS)
def test_tags_and_notes_can_change_while_the_run_goes_on(start, api, entity, project):
    run = start(tags=["one"])
    run.tags = (*run.tags, "two")
    run.notes = "changed"
    run.name = "renamed"
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    assert sorted(seen.tags) == ["one", "two"]
    assert seen.notes == "changed"
    assert seen.name == "renamed"


@pytest.mark.capability(DETAILS)
def test_not_a_number_and_infinity_are_numbers_here(start, api, entity, project):
    run = start()
    run.log({"a": float("nan"), "b": float("inf"), "c": float("-inf")})
    run.finish()
    summary = api.run(f"{entity}/{project}/{run.id}").summary
    assert math.isnan(float(summary["a"]))
    assert float(summary["b"]) == math.inf
    assert float(summary["c"]) == -math.inf


@pytest.mark.capability(STATES)
@pytest.mark.parametrize(("code", "state"), [(0, "finished"), (1, "failed"), (255, "failed")])
def test_the_exit_code_decides_the_state(start, api, entity, project, code, state):
    run = start()
    run.log({"x": 1})
    assert api.run(f"{entity}/{project}/{run.id}").state == "running"
    run.finish(exit_code=code)
    assert wandb.Api().run(f"{entity}/{project}/{run.id}").state == state


@pytest.mark.capability(STATES)
@pytest.mark.parametrize("ending", ["raise RuntimeError('out of memory')", "sys.exit(3)"])
def test_a_script_that_fails_leaves_a_failed_run(second_process, entity, project, ending):
    script = second_process(
        """
        run = wandb.init(project=given["project"])
        answer(run.id)
        run.log({"x": 1})
        exec(given["ending"])
        """,
        {"project": project, "ending": ending},
    )
    finished = script.finish()
    assert finished.code != 0
    assert wandb.Api().run(f"{entity}/{project}/{finished.answer}").state == "failed"


@pytest.mark.capability(STATES)
def test_a_run_that_is_about_to_be_preempted_says_so(start, api, entity, project):
    run = start()
    run.mark_preempting()
    run.log({"x": 1})
    run.finish(exit_code=1)
    assert api.run(f"{entity}/{project}/{run.id}").state == "preempted"


def wait_for(state, of):
    """A crash is noticed in its own time; a server that never notices is what fails."""
    deadline = time.monotonic() + 60
    while of() != state:
        assert time.monotonic() < deadline, f"never became {state}"
        time.sleep(0.2)


@pytest.mark.capability(STATES)
def test_a_run_whose_machine_is_gone_has_crashed_until_it_comes_back(second_process, tmp_path):
    server = Server(tmp_path / "data", WEIGHHOUSE_RUN_SILENCE_SECONDS="2")
    try:
        script = second_process(
            """
            import time
            run = wandb.init(project="p")
            run.log({"x": 1})
            answer(run.id)
            time.sleep(600)
            """,
            url=server.url,
        )
        wait_for(True, script.answered)
        script.kill()
        admin = Administration(server.url, ADMIN_KEY)
        wait_for("crashed", lambda: admin.call("GET", "/api/v1/projects/research/p/runs")["items"][0]["state"])
        found = second_process(
            """
            api = wandb.Api()
            (run,) = api.runs("research/p", filters={"state": "crashed"})
            resumed = wandb.init(project="p", id=run.id, resume="must")
            resumed.log({"x": 2})
            resumed.finish()
            answer([run.state, wandb.Api().run("research/p/" + run.id).state])
            """,
            url=server.url,
        ).finish()
        assert found.answer == ["crashed", "finished"], found.output
    finally:
        server.stop()
