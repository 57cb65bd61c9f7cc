"""Record experiments: `python -m dlviz.experiments [NAME ...]`, all of them where none is named."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
from pathlib import Path

import numpy as np

from dlviz import experiments
from dlviz.experiments import Experiment, Outcome
from dlviz.progress import Progress
from dlviz_models.files import atomic_path

FOLDER = Path(__file__).with_name("recorded")


def found() -> dict[str, type[Experiment]]:
    """Name to experiment."""
    for module in pkgutil.iter_modules(experiments.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"dlviz.experiments.{module.name}")
    return {each.name: each for each in Experiment.__subclasses__()}


def record(experiment: type[Experiment]) -> None:
    """Write the outcomes at all settings of its grid to its file."""
    outcomes: dict[str, Outcome] = {}
    for setting in experiment.grid():
        started = time.perf_counter()
        *_, outcomes[setting.key] = (each for each in setting.train() if not isinstance(each, Progress))
        print(f"{experiment.name} {setting.key}: {time.perf_counter() - started:.1f} s", flush=True)
    members = {f"{key}/{name}": array for key, outcome in outcomes.items() for name, array in outcome.items()}
    with atomic_path(FOLDER / f"{experiment.name}.npz") as path, open(path, "wb") as file:
        np.savez_compressed(file, **members)  # type: ignore[arg-type]


def main(names: list[str]) -> None:
    every = found()
    for name in names or every:
        record(every[name])


if __name__ == "__main__":
    main(sys.argv[1:])
