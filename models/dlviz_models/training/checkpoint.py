"""The state of a training on disk, to resume it after an interruption."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path


def state_path(out: Path) -> Path:
    """Return where the state of a training stands that goes on to `out`."""
    return out.with_name(f"{out.name}.resume.npz")


class Checkpoint:
    """Weights, optimizer and the measures of each epoch of a training whose result goes to `out`, in a file beside it.

    Args:
        out: the trained network's file.
        trainer: compiled model with a built optimizer.
        conditions: what must be the same when the training goes on.
    """

    def __init__(self, out: Path, trainer: keras.Model, conditions: dict[str, Any]) -> None:
        self.out = out
        self.path = state_path(out)
        self.conditions = json.dumps(conditions, sort_keys=True)
        self.variables = [*trainer.variables, *trainer.optimizer.variables]

    def save(self, history: Sequence[Mapping[str, float]]) -> None:
        """Write the state after epochs with these measures."""
        arrays = {f"variable{n}": keras.ops.convert_to_numpy(value) for n, value in enumerate(self.variables)}
        with atomic_path(self.path) as path:
            np.savez(path, history=json.dumps(history), conditions=self.conditions, **arrays)

    def restore(self) -> list[dict[str, float]]:
        """Set all variables as saved; return the measures of the epochs done.

        A training that was interrupted before its first epoch was done starts anew.

        Raises:
            UserError: the training was finished, made under other conditions, or its file is damaged.
        """
        if not self.path.exists() and not self.out.exists():
            return []
        try:
            with open(self.path, "rb") as file, np.load(file, allow_pickle=False) as saved:
                state = {key: saved[key] for key in saved.files}
            refuse_changed(self.out, json.loads(str(state["conditions"])), json.loads(self.conditions))
            for number, variable in enumerate(self.variables):
                variable.assign(state[f"variable{number}"])
            return json.loads(str(state["history"]))
        except FileNotFoundError as error:
            raise UserError(f"{self.out} is already fully trained; leave --resume off to train it again.") from error
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise UserError(f"{self.path} is damaged; leave --resume off to start again.") from error

    def remove(self) -> None:
        """Forget the state: the training is done."""
        self.path.unlink(missing_ok=True)


def refuse_changed(out: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on under other conditions with what is to come to `out`.

    Raises:
        UserError: they differ.
    """
    names = sorted(before.keys() | now.keys())
    changed = [f"{name}={before.get(name)}" for name in names if before.get(name) != now.get(name)]
    if changed:
        raise UserError(
            f"{out} was started with {', '.join(changed)[:200]}; give the same options again, or leave --resume off."
        )
