"""What a script asks of a big registry, one question for each line it is sent. Only wandb, nothing of ours."""

import json
import random
import sys
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

import wandb

folder, artifacts = Path(sys.argv[1]), int(sys.argv[2])
api = wandb.Api()
page = 100


def some_artifact(number: int) -> int:
    """Spreads over all of them, so that no page of the database is always the last one read."""
    return number * 7919 % artifacts


def first_page(found: Iterable[object]) -> int:
    return sum(1 for _ in islice(found, page))


def registries() -> object:
    return api.registries(organization="weighhouse")


def fetch_artifact(number: int) -> int:
    artifact = api.artifact(f"research/bench/artifact-{some_artifact(number)}:v{number % 50}")
    return len(artifact.tags)


def search(number: int) -> int:
    tag = f"tag-{number * 31 % 200}"
    of_all: list[Callable[[], Iterable[object]]] = [
        lambda: registries().collections(filter={"tag": tag}),
        lambda: registries().collections(filter={"name": {"$regex": f"^model-1.*{number % 10}$"}}),
        lambda: registries().collections(filter={"name": {"$contains": f"-{some_artifact(number)}"}}),
        lambda: registries().collections(filter={"created_at": {"$gte": "2020-01-01"}}, order="name"),
        lambda: registries().versions(filter={"tag": tag}),
        lambda: registries().versions(filter={"$and": [{"alias": "production"}, {"tag": tag}]}),
        lambda: registries().versions(filter={"$or": [{"tag": tag}, {"version": "v7"}]}),
        lambda: registries().versions(filter={"alias": {"$regex": "^prod.*"}}),
        lambda: registries().versions(filter={"tag": "no-such-tag"}),
        lambda: registries().collections(filter={"tag": tag}).versions(filter={"alias": "latest"}),
        lambda: registries().collections(filter={"name": f"model-{some_artifact(number)}"}).versions(),
    ]
    return first_page(of_all[number % len(of_all)]())


def search_metadata(number: int) -> int:
    filters = [
        {"metadata.accuracy": {"$gte": 0.999}},
        {"metadata.accuracy": {"$gte": 0.5}},
        {"metadata.accuracy": {"$gte": 0.2, "$lt": 0.2 + (number % 7) / 100}},
        {"metadata.architecture": f"net-{number % 20}"},
        {"$and": [{"metadata.architecture": f"net-{number % 20}"}, {"metadata.epochs": {"$lt": 10}}]},
        {"$and": [{"metadata.accuracy": {"$gt": 0.9}}, {"tag": f"tag-{number * 31 % 200}"}]},
        {"metadata.accuracy": {"$gt": 2}},
        {"metadata.no_such_key": 1},
        {"metadata.architecture": {"$in": ["net-1", "net-3"]}, "metadata.epochs": {"$ne": 3}},
    ]
    return first_page(registries().versions(filter=filters[number % len(filters)]))


def log_few(count: int) -> int:
    """Artifacts that are in the client's cache from then on, as after a first deployment."""
    with wandb.init(project="bench-cached", dir=folder, settings=wandb.Settings(console="off")) as run:
        for number in range(count):
            artifact = wandb.Artifact(f"cached-{number}", type="model")
            with artifact.new_file("model.bin", mode="wb") as file:
                file.write(random.randbytes(1024))
            run.log_artifact(artifact).wait()
            artifact.download(root=str(folder / "before" / str(number)))
    return count


def use_few(count: int) -> int:
    for number in range(count):
        api.artifact(f"research/bench-cached/cached-{number}:latest").download(root=str(folder / "again" / str(number)))
    return count


steps = {step.__name__: step for step in (fetch_artifact, search, search_metadata, log_few, use_few)}
print(json.dumps({"version": wandb.__version__}), flush=True)
for line in sys.stdin:
    step, argument = line.split()
    if step == "end":
        break
    print(json.dumps({"found": steps[step](int(argument))}), flush=True)
