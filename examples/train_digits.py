"""Train a classifier of handwritten digits, keep every checkpoint, and put the best one into production.

Nothing here knows which server it talks to: WANDB_BASE_URL and WANDB_API_KEY decide that.
"""

import pathlib
import tempfile

import joblib
import wandb
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split

PROJECT = "digits"
MODEL = "digits-classifier"
REGISTERED_MODEL = "digits"
CONFIG = {"epochs": 6, "alpha": 1e-3, "learning_rate": "constant", "eta0": 0.003, "seed": 7}


def load_data():
    """Images as rows of 64 numbers between 0 and 1, split into a part to train on and a part to judge by."""
    images, labels = load_digits(return_X_y=True)
    return train_test_split(images / 16.0, labels, test_size=0.25, random_state=CONFIG["seed"], stratify=labels)


def train(folder):
    """One run: a checkpoint per epoch, the best of them staged and then promoted. Returns its accuracy."""
    train_images, test_images, train_labels, test_labels = load_data()
    with wandb.init(project=PROJECT, job_type="train", config=CONFIG) as run:
        config = run.config
        model = SGDClassifier(
            loss="log_loss",
            alpha=config.alpha,
            learning_rate=config.learning_rate,
            eta0=config.eta0,
            random_state=config.seed,
        )
        best = {"accuracy": -1.0}
        for epoch in range(1, config.epochs + 1):
            model.partial_fit(train_images, train_labels, classes=range(10))
            accuracy = accuracy_score(test_labels, model.predict(test_images))
            loss = log_loss(test_labels, model.predict_proba(test_images))
            run.log({"epoch": epoch, "accuracy": accuracy, "loss": loss})

            checkpoint = folder / f"epoch-{epoch}" / "model.joblib"
            checkpoint.parent.mkdir()
            joblib.dump(model, checkpoint)
            run.log_model(path=checkpoint, name=MODEL, aliases=[f"epoch-{epoch}"])
            print(f"  epoch {epoch}: accuracy {accuracy:.4f}, loss {loss:.4f}")
            if accuracy > best["accuracy"]:
                best = {"epoch": epoch, "accuracy": accuracy, "loss": loss, "path": checkpoint}

        # The best checkpoint becomes a candidate for the task; nothing is uploaded twice for that.
        staged = run.link_model(best["path"], REGISTERED_MODEL, name=MODEL, aliases=["staging"])
        version = staged.source_artifact
        version.metadata.update({key: best[key] for key in ("epoch", "accuracy", "loss")}, framework="scikit-learn")
        version.save()

        # And the organization's registry says which version everybody is to use.
        promoted = run.link_artifact(version, f"wandb-registry-model/{REGISTERED_MODEL}", aliases=["production"])
        print(f"  staged as       {staged.entity}/{staged.project}/{REGISTERED_MODEL}:staging")
        print(f"  in production   {promoted.entity}/{promoted.project}/{REGISTERED_MODEL}:production")
        print(f"  logged by       {run.url}")
    return best["accuracy"]


def deploy():
    """Another run, as a server that only knows the alias would do it. Returns the accuracy that it measures."""
    _, test_images, _, test_labels = load_data()
    with wandb.init(project=PROJECT, job_type="deploy") as run:
        version = run.use_artifact(f"wandb-registry-model/{REGISTERED_MODEL}:production")
        folder = version.download()
        version.verify(folder)
        model = joblib.load(pathlib.Path(folder) / "model.joblib")
        accuracy = accuracy_score(test_labels, model.predict(test_images))
        print(f"  loaded          {version.qualified_name}, which is {version.source_qualified_name}")
        print(f"  its metadata    {dict(version.metadata)}")

        # The same version by the older address: one file, so the path of that file.
        staged = joblib.load(run.use_model(f"{run.entity}/model-registry/{REGISTERED_MODEL}:staging"))
        assert (staged.predict(test_images) == model.predict(test_images)).all()
    return accuracy


def main():
    print("Training, with a checkpoint for every epoch:")
    with tempfile.TemporaryDirectory() as folder:
        trained = train(pathlib.Path(folder))
    print("Loading what is in production:")
    deployed = deploy()
    assert deployed == trained, f"trained to {trained}, but what was loaded reaches {deployed}"
    print(f"Verified. The model in production reads {deployed:.2%} of the unseen digits right, as it did when it was trained.")


if __name__ == "__main__":
    main()
