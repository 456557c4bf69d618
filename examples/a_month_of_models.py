"""What a demanding user does in a month, in one go: train, sweep by hand, compare, link, promote and roll back, tag,
search, delete, resume, work offline and sync, and load what is in production. Every step checks its result.

Needs `wandb` and `scikit-learn`; WANDB_BASE_URL and WANDB_API_KEY say where. Run it against an empty server.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import joblib
import wandb
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

PROJECT = "a-month-of-models"
REGISTRY = "wandb-registry-model"
work = pathlib.Path(tempfile.mkdtemp(prefix="month-"))
pixels, labels = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(pixels / 16, labels, random_state=7)


def say(week: str, what: str) -> None:
    print(f"{week:<8} {what}", flush=True)


def train(run, alpha: float, epochs: int, name: str) -> list:
    """One training: a checkpoint per epoch with its metrics and metadata."""
    model = SGDClassifier(loss="log_loss", alpha=alpha, random_state=1)
    logged = []
    for epoch in range(epochs):
        model.partial_fit(train_x, train_y, classes=range(10))
        accuracy = model.score(test_x, test_y)
        run.log({"accuracy": accuracy, "epoch": epoch, "nested": {"alpha": alpha}})
        path = work / f"{run.id}-{epoch}.joblib"
        joblib.dump(model, path)
        artifact = wandb.Artifact(
            name, type="model", description=f"alpha {alpha}, epoch {epoch}",
            metadata={"accuracy": accuracy, "alpha": alpha, "epoch": epoch, "framework": {"name": "scikit-learn"}},
        )
        artifact.add_file(str(path), name="model.joblib")
        with artifact.new_file("labels.json") as file:
            json.dump(list(range(10)), file)
        logged.append(run.log_artifact(artifact, aliases=[f"alpha-{alpha}"], tags=["digits"]))
    for artifact in logged:
        artifact.wait()
    return logged


def first_week() -> None:
    """A dataset, a first model that uses it, and its lineage."""
    with wandb.init(project=PROJECT, job_type="prepare") as run:
        data = wandb.Artifact("pixels", type="dataset", metadata={"rows": len(labels)})
        numbers = work / "pixels.json"
        numbers.write_text(json.dumps(pixels[:50].tolist()))
        data.add_file(str(numbers))
        data.add_reference("https://example.com/digits.csv", name="source.csv", checksum=False)
        run.log_artifact(data).wait()
        assert data.version == "v0" and "latest" in data.aliases
    with wandb.init(project=PROJECT, job_type="train", config={"alpha": 0.001}, tags=["first"]) as run:
        run.use_artifact("pixels:latest")
        logged = train(run, 0.001, 3, "classifier")
        assert [artifact.version for artifact in logged] == ["v0", "v1", "v2"]
        first = run.id
    api = wandb.Api()
    data = api.artifact(f"{PROJECT}/pixels:v0")
    assert [user.id for user in data.used_by()] == [first]
    assert api.artifact(f"{PROJECT}/classifier:v2").logged_by().id == first
    say("week 1", "a dataset, three checkpoints, and who made and used what")


def second_week() -> tuple:
    """A sweep by hand; the best checkpoint is found by its metadata."""
    for alpha in (0.01, 0.0001):
        with wandb.init(project=PROJECT, group="sweep", job_type="train", config={"alpha": alpha}) as run:
            train(run, alpha, 2, "classifier")
    api = wandb.Api()
    versions = list(api.artifacts("model", f"{PROJECT}/classifier"))
    assert [artifact.version for artifact in versions] == [f"v{i}" for i in range(6, -1, -1)]
    ranked = sorted(versions, key=lambda artifact: artifact.metadata["accuracy"], reverse=True)
    runs = api.runs(f"{api.default_entity}/{PROJECT}", filters={"group": "sweep"})
    assert len(runs) == 2 and {run.config["alpha"] for run in runs} == {0.01, 0.0001}
    history = list(runs[0].scan_history(keys=["accuracy", "epoch"]))
    assert [row["epoch"] for row in history] == [0, 1]
    say("week 2", f"a sweep of {len(runs)} runs; the best is {ranked[0].version} with {ranked[0].metadata['accuracy']:.3f}")
    return ranked[0], ranked[1]


def third_week(best, second) -> None:
    """Linking, promoting, rolling back, describing, tagging, searching."""
    api = wandb.Api()
    one = second.link(f"{REGISTRY}/Digits", aliases=["staging"])
    two = best.link(f"{REGISTRY}/Digits", aliases=["production"])
    assert (one.version, two.version) == ("v0", "v1") and two.is_link and two.source_version == best.version
    assert best.link(f"{REGISTRY}/Digits").version == "v1", "linking again keeps the number"
    for target in ("v0", "v1", "v0", "v1"):
        candidate = api.artifact(f"{REGISTRY}/Digits:{target}")
        candidate.aliases.append("production")
        candidate.save()
        assert api.artifact(f"{REGISTRY}/Digits:production").version == target
    model = api.artifact_collection("model", two.collection.entity + f"/{REGISTRY}/Digits")
    model.description = "# Digits\nReads handwritten digits."
    model.tags = ["vision", "team digits"]
    model.save()
    found = api.registries(filter={"name": "model"}).collections(filter={"tag": "vision"})
    assert [collection.name for collection in found] == ["Digits"]
    versions = list(api.registries().collections(filter={"name": "Digits"}).versions(filter={"alias": "production"}))
    assert [artifact.version for artifact in versions] == ["v1"]
    good = list(api.registries().collections().versions(filter={"metadata.framework.name": "scikit-learn"}))
    assert len(good) == 2
    one.unlink()
    assert not api.artifact_exists(f"{REGISTRY}/Digits:staging")
    assert api.artifact(f"{PROJECT}/classifier:{second.version}").state == "COMMITTED"
    say("week 3", "linked, promoted, rolled back and forth, tagged, found, unlinked")


def fourth_week(best) -> None:
    """Resuming, cleaning up, working offline, and loading what is in production."""
    with wandb.init(project=PROJECT, id="resumed-run", config={"part": 1}) as run:
        run.log({"loss": 2.0})
        run.log({"loss": 1.0})
    with wandb.init(project=PROJECT, id="resumed-run", resume="must") as run:
        assert run.resumed and run.starting_step == 2
        run.log({"loss": 0.5})
    api = wandb.Api()
    resumed = api.run(f"{PROJECT}/resumed-run")
    assert [row["loss"] for row in resumed.scan_history(keys=["loss"])] == [2.0, 1.0, 0.5]
    assert resumed.summary["loss"] == 0.5 and resumed.state == "finished"

    plain = api.artifact(f"{PROJECT}/classifier:v0")
    assert plain.aliases == [] and plain.version != best.version
    plain.delete()
    assert not api.artifact_exists(f"{PROJECT}/classifier:v0")
    alias = next(name for name in ("alpha-0.01", "alpha-0.0001") if name not in best.aliases)
    doomed = api.artifact(f"{PROJECT}/classifier:{alias}")
    number = doomed.version
    try:
        doomed.delete()
        raise AssertionError("a version with aliases was deleted without a word")
    except wandb.errors.CommError as refusal:
        assert alias in str(refusal), refusal
    doomed.delete(delete_aliases=True)
    assert not api.artifact_exists(f"{PROJECT}/classifier:{number}")
    newest = api.artifact(f"{PROJECT}/classifier:latest")
    assert newest.version == max((one.version for one in api.artifacts("model", f"{PROJECT}/classifier")), key=lambda v: int(v[1:]))

    offline()
    with wandb.init(project=PROJECT, job_type="serve") as run:
        path = run.use_model(f"{REGISTRY}/Digits:production")
        folder = pathlib.Path(path)
        folder = folder if folder.is_dir() else folder.parent
        model = joblib.load(folder / "model.joblib")
        accuracy = model.score(test_x, test_y)
        run.summary["accuracy"] = accuracy
        server = run.id
    in_production = wandb.Api().artifact(f"{REGISTRY}/Digits:production")
    in_production.verify(root=str(folder))
    assert abs(accuracy - in_production.metadata["accuracy"]) < 1e-9
    assert server in [run.id for run in in_production.used_by()], "use through a link counts for the source"
    say("week 4", f"resumed, cleaned up, synced, and served {in_production.source_qualified_name}: {accuracy:.3f}")


def offline() -> None:
    """A run on a machine without network, synced twice: its version is there once."""
    script = (
        "import wandb, sys\n"
        f"run = wandb.init(project={PROJECT!r}, id='offline-run', mode='offline')\n"
        "artifact = wandb.Artifact('field-notes', type='notes')\n"
        "with artifact.new_file('notes.txt') as file: file.write('it rained')\n"
        "run.log({'rain': 1}); run.log_artifact(artifact); run.finish()\n"
    )
    folder = work / "offline"
    folder.mkdir()
    environment = {**os.environ, "WANDB_DIR": str(folder), "WANDB_MODE": "offline"}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, cwd=folder)
    (recorded,) = (folder / "wandb").glob("offline-run-*")
    for _ in range(2):
        environment["WANDB_MODE"] = "online"
        command = [sys.executable, "-m", "wandb", "sync", "--include-synced", str(recorded)]
        subprocess.run(command, env=environment, check=True, cwd=folder, capture_output=True)
    api = wandb.Api()
    for _ in range(20):
        if api.artifact_exists(f"{PROJECT}/field-notes:latest"):
            break
        time.sleep(0.5)
    assert [artifact.version for artifact in api.artifacts("notes", f"{PROJECT}/field-notes")] == ["v0"]
    assert api.run(f"{PROJECT}/offline-run").summary["rain"] == 1


if __name__ == "__main__":
    started = time.time()
    first_week()
    best, second = second_week()
    third_week(best, second)
    fourth_week(best)
    print(f"A month of models in {time.time() - started:.0f} s: everything was as it should be.")
