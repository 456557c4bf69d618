"""`wandb.Api()`: projects and runs."""

from __future__ import annotations

import pytest
import wandb
from harness.errors import REFUSED
from harness.versions import log

RUNS = "Runs and projects: filters, order, paging, lazy loading"
DELETE = "Update and delete runs, with or without their artifacts"


@pytest.fixture(scope="module")
def runs(module_project) -> str:
    """Six runs with configuration, summary, tags, groups and states of their own."""
    for number in range(6):
        run = wandb.init(
            project=module_project,
            reinit="create_new",
            id=f"run-{number}",
            name=f"try {number}",
            config={"lr": number / 10, "kind": "even" if number % 2 == 0 else "odd", "nested": {"depth": number}},
            tags=["all", f"n{number}"],
            group="low" if number < 3 else "high",
            job_type="train",
        )
        run.log({"accuracy": number * 10})
        run.finish(exit_code=1 if number == 5 else 0)
    return f"research/{module_project}"


def _ids(found) -> list[str]:
    return [run.id for run in found]


@pytest.mark.core
@pytest.mark.capability(RUNS)
def test_all_of_them_oldest_first(api, runs):
    found = api.runs(runs)
    assert _ids(found) == [f"run-{number}" for number in range(6)]
    assert len(found) == 6


@pytest.mark.capability(RUNS)
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"state": "failed"}, [5]),
        ({"display_name": "try 2"}, [2]),
        ({"displayName": {"$regex": "^try [12]$"}}, [1, 2]),
        ({"config.lr": 0.3}, [3]),
        ({"config.lr.value": {"$gte": 0.4}}, [4, 5]),
        ({"config.nested.value.depth": 2}, [2]),
        ({"config.kind": {"$in": ["odd"]}}, [1, 3, 5]),
        ({"summary_metrics.accuracy": {"$lt": 20}}, [0, 1]),
        ({"tags": "n4"}, [4]),
        ({"tags": {"$in": ["n1", "n2"]}}, [1, 2]),
        ({"group": "low"}, [0, 1, 2]),
        ({"jobType": "train", "group": "high"}, [3, 4, 5]),
        ({"name": "run-3"}, [3]),
        ({"$or": [{"config.lr": 0.1}, {"state": "failed"}]}, [1, 5]),
        ({"$and": [{"config.kind": "even"}, {"summary_metrics.accuracy": {"$ne": 0}}]}, [2, 4]),
        ({"$not": {"config.kind": "even"}}, [1, 3, 5]),
        ({"config.missing": {"$exists": False}}, [0, 1, 2, 3, 4, 5]),
        ({"created_at": {"$gt": "2001-01-01T00:00:00"}}, [0, 1, 2, 3, 4, 5]),
        ({"config.lr": 99}, []),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_filters(api, runs, filters, expected):
    assert sorted(_ids(api.runs(runs, filters=filters))) == [f"run-{number}" for number in expected]


@pytest.mark.capability(RUNS)
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("-created_at", [5, 4, 3, 2, 1, 0]),
        ("+created_at", [0, 1, 2, 3, 4, 5]),
        ("-summary_metrics.accuracy", [5, 4, 3, 2, 1, 0]),
        ("+config.lr.value", [0, 1, 2, 3, 4, 5]),
        ("-config.lr.value", [5, 4, 3, 2, 1, 0]),
    ],
)
def test_order(api, runs, order, expected):
    assert _ids(api.runs(runs, order=order)) == [f"run-{number}" for number in expected]


@pytest.mark.capability(RUNS)
@pytest.mark.parametrize("per_page", [1, 4, 100])
def test_pages_of_any_size(api, runs, per_page):
    assert _ids(api.runs(runs, per_page=per_page)) == [f"run-{number}" for number in range(6)]


@pytest.mark.capability(RUNS)
@pytest.mark.parametrize("lazy", [True, False])
def test_details_come_when_they_are_asked_for(api, runs, lazy):
    run = next(iter(api.runs(runs, filters={"name": "run-4"}, lazy=lazy)))
    assert run.name == "try 4"
    assert run.config["nested"] == {"depth": 4}
    assert run.summary["accuracy"] == 40
    assert run.tags == ["all", "n4"] or sorted(run.tags) == ["all", "n4"]
    assert run.group == "high"


@pytest.mark.capability(RUNS)
def test_projects_of_an_entity(api, runs):
    entity, name = runs.split("/")
    assert name in [project.name for project in api.projects(entity)]
    project = api.project(name, entity)
    assert project.entity == entity
    assert project.id


@pytest.mark.capability(RUNS)
def test_a_project_can_be_made_and_is_empty(api, entity, unique):
    name = unique("made")
    api.create_project(name, entity)
    assert name in [project.name for project in api.projects(entity)]
    assert list(api.runs(f"{entity}/{name}")) == []


@pytest.mark.capability(RUNS)
def test_runs_of_a_project_that_does_not_exist_are_an_error(api, entity):
    with pytest.raises(REFUSED):
        len(api.runs(f"{entity}/never-made"))
    with pytest.raises(REFUSED):
        api.run(f"{entity}/never-made/nothing")


@pytest.mark.core
@pytest.mark.capability(DELETE)
def test_a_finished_run_can_be_edited(start, api, entity, project):
    run = start(config={"lr": 0.1})
    run.log({"loss": 1})
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    seen.config["lr"] = 0.2
    seen.config["added"] = "later"
    seen.tags.append("edited")
    seen.notes = "a note"
    seen.name = "another name"
    seen.group = "grouped"
    seen.update()
    seen.summary["loss"] = 0.5
    seen.summary.update()
    again = wandb.Api().run(f"{entity}/{project}/{run.id}")
    assert again.config == {"lr": 0.2, "added": "later"}
    assert (again.tags, again.notes, again.name, again.group) == (["edited"], "a note", "another name", "grouped")
    assert again.summary["loss"] == 0.5
    assert again.state == "finished"


@pytest.mark.core
@pytest.mark.capability(DELETE)
def test_deleting_a_run_keeps_its_versions(start, api, entity, project):
    run = start()
    log(run, "m")
    run.finish()
    api.run(f"{entity}/{project}/{run.id}").delete()
    with pytest.raises(REFUSED):
        wandb.Api().run(f"{entity}/{project}/{run.id}")
    assert api.artifact(f"{entity}/{project}/m:v0").state == "COMMITTED"


@pytest.mark.capability(DELETE)
def test_unless_told_to_delete_them_too(start, api, entity, project):
    run = start()
    log(run, "m")
    run.finish()
    api.run(f"{entity}/{project}/{run.id}").delete(delete_artifacts=True)
    assert not api.artifact_exists(f"{entity}/{project}/m:v0")


@pytest.mark.capability(DELETE)
def test_deleting_twice_is_no_error(start, api, entity, project):
    run = start()
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    seen.delete()
    seen.delete()


@pytest.mark.capability(DELETE)
def test_a_run_can_be_made_by_the_api_and_its_state_changed(api, entity, project):
    made = api.create_run(project=project, entity=entity, run_id="by-hand")
    assert made.id == "by-hand"
    assert [run.id for run in api.runs(f"{entity}/{project}")] == ["by-hand"]
    made = api.run(f"{entity}/{project}/by-hand")
    made.config["x"] = 1
    made.update()
    assert wandb.Api().run(f"{entity}/{project}/by-hand").config == {"x": 1}
