"""Draw how a residual network and the plain one of the same depth learn, from the tables of their epochs.

    dlviz train resnet --data cifar10.npz --epochs 10 --set augment=shift,flip --log resnet20.csv --out resnet20.keras
    dlviz train resnet --data cifar10.npz --epochs 10 --set augment=shift,flip --set skip=false --log plain20.csv \
        --out plain20.keras
    python benchmarks/residual.py resnet20.csv plain20.csv docs/images/resnet_vs_plain.png
"""

import csv
import sys
from pathlib import Path

import numpy as np

from dlviz.draw import save
from dlviz.sheet import Curves, Sheet


def errors(path: str) -> dict[str, np.ndarray]:
    """Return the errors in per cent, (epochs,), on the pictures trained on and on those held out."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = {"trained on": "accuracy", "held out": "val_accuracy"}
    return {summary: np.array([100 - 100 * float(row[name]) for row in rows]) for summary, name in columns.items()}


def main(*paths: str) -> None:
    *tables, out = paths
    series = {f"{Path(path).stem}, {summary}": values for path in tables for summary, values in errors(path).items()}
    epochs = np.arange(1, 1 + len(next(iter(series.values()))))
    curves = Curves(epochs, series, "epoch", "error, %")
    summary = "The same depth with and without skip connections, on CIFAR-10: shares of wrong answers after each epoch."
    save([Sheet("Residual and plain networks", summary, (curves,))], out)


if __name__ == "__main__":
    main(*sys.argv[1:])
