"""Train networks of the lectures on MNIST and CIFAR-10 and print what they reach beside what was published.

    python benchmarks/networks.py FOLDER [NAME...]

FOLDER holds mnist.npz and cifar10.npz (arrays x_train, y_train, x_test, y_test); NAME is a key of `TRAININGS`.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from dlviz_models.data import open_data
from dlviz_models.training import train

TRAININGS: dict[str, tuple[str, str, int, dict[str, Any], str]] = {
    "logistic": ("logistic", "mnist", 20, {}, "accuracy: about 0.92"),
    "lenet5": ("lenet5", "mnist", 20, {}, "accuracy: 0.9905 (LeCun 1998)"),
    "lenet5 augmented": ("lenet5", "mnist", 40, {"augment": "shift,rotate,zoom"}, "accuracy: 0.992 (LeCun 1998)"),
    "autoencoder": (
        "autoencoder", "mnist", 30, {"learning_rate": 1e-3}, "reconstruction_error: 3.00 (Hinton 2006), PCA 13.87"
    ),
    "dbn": ("dbn", "mnist", 20, {"learning_rate": 1e-3}, "accuracy: 0.9875 (Hinton 2006)"),
    "resnet-20": ("resnet", "cifar10", 30, {"augment": "shift,flip"}, "accuracy, beside plain-20"),
    "plain-20": ("resnet", "cifar10", 30, {"augment": "shift,flip", "skip": False}, "accuracy, beside resnet-20"),
    "alexnet32": ("alexnet32", "cifar10", 30, {"augment": "shift,flip", "learning_rate": 1e-3}, "accuracy"),
}  # fmt: skip
"""Name: network, data, epochs, options, what is published."""


def main(folder: str, *names: str) -> None:
    for name in names or TRAININGS:
        network, data, epochs, options, published = TRAININGS[name]
        with tempfile.TemporaryDirectory() as out:
            source = open_data(str(Path(folder) / f"{data}.npz"))
            result = train(network, source, Path(out) / "net.keras", epochs=epochs, options=options)
        figure = getattr(result, published.split(":")[0].split(",")[0])
        print(f"{name}: {figure:.4f} after {result.epochs} epochs in {result.seconds:.0f} s; {published}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
