"""Hyperparameter search: over every combination (grid), or random ones."""

import itertools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlviz_models.errors import UserError
from dlviz_models.networks import network as network_named
from dlviz_models.options import Option
from dlviz_models.training.checkpoint import state_path
from dlviz_models.training.journal import Journal
from dlviz_models.training.recipe import OPTIONS, recipe_and_settings
from dlviz_models.training.run import TrainingProgress
from dlviz_models.training.train import Result, train

GRID_STEPS = 5
"""Values of a range in a grid, unless its text says how many or it spans a decade: then one a decade."""


@dataclass(frozen=True)
class Axis:
    """The values of one option that are looked at: some that are named, or a range from `low` to `high`.

    A range whose ends are a decade or more apart is divided and drawn from on a logarithmic scale.
    """

    name: str
    values: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    steps: int = 0
    whole: bool = False

    @property
    def logarithmic(self) -> bool:
        """Whether the ends are a decade or more apart."""
        return self.low > 0 and self.high >= 10 * self.low

    def grid(self) -> tuple[Any, ...]:
        """Return the named values, or those at equal distances over the range, both ends included."""
        if self.values:
            return self.values
        steps = self.steps or (round(math.log10(self.high / self.low)) + 1 if self.logarithmic else GRID_STEPS)
        return tuple(dict.fromkeys(self._at(share) for share in np.linspace(0, 1, steps)))

    def draw(self, random: np.random.Generator) -> Any:
        """Return one of the named values, or one anywhere in the range."""
        return self.values[random.integers(len(self.values))] if self.values else self._at(random.uniform())

    def _at(self, share: float) -> Any:
        if self.logarithmic:
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + (self.high - self.low) * share
        return round(value) if self.whole else float(f"{value:.6g}")


@dataclass(frozen=True)
class Trial:
    """One training of a search.

    Attributes:
        options: the values of the axes by name.
        score: of the best epoch on the held-out part (`Task.score`); None where the training failed.
        error: why it failed, or empty.
    """

    options: dict[str, Any]
    score: float | None
    epochs: int
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class Found:
    """What a search came to: all trials in order, and the `Result` of the best one, number `best`."""

    trials: tuple[Trial, ...]
    best: int
    result: Result


def axis(network: str, text: str) -> Axis:
    """Read an axis as typed: "learning_rate=1e-4..1e-1", "dropout=0..0.8:5" (so many steps), "units=64,128".

    Values that have commas themselves, such as "hidden=300,100 500", are divided by blanks.

    Raises:
        UserError: the network and its training have no such option, or it does not take a value.
    """
    name, _, words = text.partition("=")
    options = {option.name: option for option in network_named(network).options} | OPTIONS
    if name not in options:
        raise UserError(f"{network} has no option {name[:80]} for --over; it has {', '.join(options)[:250]}.")
    option = options[name]
    if ".." in words:
        return _range(option, words)
    values = words.split() if " " in words else words.split(",")
    if not all(values):
        raise UserError(f"--over {text[:100]} has an empty value; write --over {name}=VALUE,VALUE,...")
    return Axis(name, tuple(option.read(value) for value in values))


def _range(option: Option, words: str) -> Axis:
    ends, _, steps = words.partition(":")
    try:
        if isinstance(option.default, bool) or not isinstance(option.default, int | float):
            raise ValueError
        low, high = (float(end) for end in ends.split(".."))
        count = int(steps or 0)
        if not (math.isfinite(low) and low < high < math.inf) or count < 0 or count == 1:
            raise ValueError
    except ValueError as error:
        problem = f"--over {option.name}={words[:80]} is not a range of {option.default}; "
        raise UserError(
            f"{problem}write LOW..HIGH or LOW..HIGH:STEPS for numbers, VALUE,VALUE,... otherwise."
        ) from error
    return Axis(option.name, (), low, high, count, isinstance(option.default, int))


def combinations(axes: Sequence[Axis], random: int | None, seed: int) -> list[dict[str, Any]]:
    """Return the options of each trial: all combinations, or `random` drawn ones, each axis on its own.

    Random search looks at as many values of each option as there are trials, a grid only at few of each:
    J. Bergstra, Y. Bengio, Random search for hyper-parameter optimization, JMLR 2012, jmlr.org/papers/v13/bergstra12a.
    """
    if random is None:
        values = itertools.product(*(axis.grid() for axis in axes))
    else:
        generator = np.random.default_rng(seed)
        values = (tuple(axis.draw(generator) for axis in axes) for _ in range(random))  # type: ignore[assignment]
    return [dict(zip((axis.name for axis in axes), chosen, strict=True)) for chosen in values]


def search(
    network: str,
    data: Any,
    out: str | os.PathLike[str],
    over: Sequence[str],
    *,
    random: int | None = None,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    resume: bool = False,
    estimate: bool = False,
    progress: Callable[[TrainingProgress], None] = lambda _: None,
    **how: Any,
) -> Found:
    """Train a network with various options and write the one that is best on the held-out part to `out`.

    All trials have the same seed, hence the same tenth held out; the test part plays no role in the choice. The best
    network so far always stands in `out`; `resume` goes on with the trial that was interrupted.

    Args:
        over: what is varied, as `axis` reads it.
        random: draw so many combinations; None to take all of the grid.
        progress: counts the epochs of all trials.
        network, data, seed, options, estimate, how: as in `train`.

    Raises:
        UserError: an option has a wrong value, every trial failed, or as `train`.
    """
    path, fixed = Path(out), dict(options or {})
    trials = _trials(network, over, random, seed, fixed)
    conditions = {"search": network, "data": data.name, "over": list(over), "random": random, "seed": seed}
    limits = {name: value for name, value in how.items() if name != "command"}
    journal = Journal(path, {**conditions, "options": fixed, **limits}, resume)
    trial_file = path.with_name(f"{path.stem}.trial.keras")
    for number, chosen in enumerate(trials[len(journal.done) :], start=len(journal.done)):
        try:
            result = train(
                network,
                data,
                trial_file,
                seed=seed,
                options=fixed | chosen,
                resume=resume and state_path(trial_file).exists(),
                estimate=estimate and number == 0,
                progress=lambda state, number=number: progress(state.among(number, len(trials))),  # type: ignore[misc]
                **how,
            )
        except UserError as error:
            state_path(trial_file).unlink(missing_ok=True)
            journal.add({"options": chosen, "error": str(error)})
            continue
        if result.score > _best_score(journal.done):
            os.replace(trial_file, path)
        journal.add({"options": chosen, "result": asdict(result)})
    trial_file.unlink(missing_ok=True)
    return _finish(journal, path)


def _trials(
    network: str, over: Sequence[str], random: int | None, seed: int, fixed: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the options of each trial, all of them checked before the first one is trained."""
    axes = [axis(network, text) for text in over]
    if not axes or len({axis.name for axis in axes}) < len(axes):
        raise UserError("Each option to search over must be named once; write --over OPTION=VALUE,VALUE,...")
    if random is not None and random < 1:
        raise UserError(f"--random {random} is too small; the least is 1.")
    trials = combinations(axes, random, seed)
    for chosen in trials:
        recipe_and_settings(network_named(network), {**fixed, **chosen})
    return trials


def _finish(journal: Journal, path: Path) -> Found:
    """Remove the journal and return what it has; where every trial failed, raise the first error."""
    if _best_score(journal.done) == -math.inf:
        raise UserError(journal.done[0]["error"])
    journal.remove()
    return _found(journal.done, str(path))


def _best_score(done: Sequence[Mapping[str, Any]]) -> float:
    return max((part["result"]["score"] for part in done if "result" in part), default=-math.inf)


def _found(done: Sequence[Mapping[str, Any]], out: str) -> Found:
    results = [Result(**part["result"] | {"out": out}) if "result" in part else None for part in done]
    trials = tuple(
        Trial(part["options"], result.score, result.epochs, result.seconds)
        if result
        else Trial(part["options"], None, 0, 0.0, part["error"])
        for part, result in zip(done, results, strict=True)
    )
    best, result = max(
        ((number, result) for number, result in enumerate(results) if result), key=lambda pair: pair[1].score
    )
    return Found(trials, best, result)
