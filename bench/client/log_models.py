"""What an ordinary script does, one step for each line it is sent, with the time each took. Only wandb, nothing of ours."""

import json
import os
import random
import shutil
import sys
import time
from pathlib import Path

import wandb

folder = Path(sys.argv[1])
run = wandb.init(project="bench-client", dir=folder, settings=wandb.Settings(console="off"))
many = folder / "many"


def log_small(number: int) -> dict[str, float]:
    path = folder / "model.bin"
    path.write_bytes(random.randbytes(1024))
    started = time.perf_counter()
    artifact = run.log_model(path, name="small")
    called = time.perf_counter()
    if artifact is None:
        artifact = run.log_artifact(wandb.Artifact(f"small-{number}", type="model"))
    artifact.wait()
    return {"seconds": time.perf_counter() - started, "called": called - started}


def log_many(count: int) -> dict[str, float]:
    for number in range(count):
        path = many / f"{number // 1000:02}" / f"{number:05}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(random.randbytes(1024))
    started = time.perf_counter()
    artifact = wandb.Artifact("many", type="dataset")
    artifact.add_dir(str(many))
    added = time.perf_counter()
    run.log_artifact(artifact).wait()
    return {"seconds": time.perf_counter() - started, "hashing": added - started}


def download_many(count: int) -> dict[str, float]:
    for place in ("WANDB_CACHE_DIR", "WANDB_DATA_DIR"):
        shutil.rmtree(os.environ[place], ignore_errors=True)
    target = folder / "downloaded"
    started = time.perf_counter()
    wandb.Api().artifact(f"{run.entity}/bench-client/many:latest").download(root=str(target))
    seconds = time.perf_counter() - started
    found = sorted(path.relative_to(target) for path in target.rglob("*.bin"))
    if len(found) != count or any((target / name).read_bytes() != (many / name).read_bytes() for name in found):
        raise SystemExit(f"{len(found)} of {count} files came back, or others")
    return {"seconds": seconds}


print(json.dumps({"version": wandb.__version__}), flush=True)
for line in sys.stdin:
    step, argument = line.split()
    if step == "end":
        break
    print(json.dumps({"log_small": log_small, "log_many": log_many, "download_many": download_many}[step](int(argument))), flush=True)
run.finish()
