"""A recurrent network step by step: what it remembers after each token, frame or node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import number_of
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Matrix, Panel, Sheet, Tiles
from dlviz.spacing import evenly_spaced
from dlviz.view import Scene, View
from dlviz_models.data.samples import Tree

if TYPE_CHECKING:
    from dlviz.model.recurrence import Run

FRAMES = 12
"""How often it is shown what has been read so far."""
MOST_ROWS, MOST_COLUMNS = 6, 12
"""How many units and steps have their maps drawn, where states are maps."""


@dataclass(frozen=True)
class States(View):
    """The states of a recurrent layer after each step of one sample, with its gates where these are asked for.

    >>> import dlviz
    >>> dlviz.show("states", "sums", layer="encoder1", input="text:74+8").arrays["state"].shape  # (time, units)
    (4, 128)
    """

    name = "states"
    summary = "A recurrent network step by step: its state after each token, frame or node of a tree."
    needs = frozenset({"network", "layer", "sample"})
    layer_trait = "recurrent"
    one_sample = True
    order = 3
    chosen_units = True

    gates: bool = option(False, "show how far the gates of an LSTM or GRU are open at each step")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.feeding.tokens import axis_labels
        from dlviz.model.recurrence import recurrent_runs
        from dlviz.panels.samples import sample_panels

        network, layer, sample = scene.network, scene.layer, scene.samples[0]
        yield Progress(0, 1, f"reading {sample.title}")
        feeds = network.feed([sample])
        runs = recurrent_runs(network.keras_layer(layer), *network.call_arguments(feeds, layer))
        count = len(next(iter(runs.values())).read)
        labels = axis_labels(network, network.graph.sources(layer)[0], feeds, sample)
        if isinstance(sample, Tree):
            labels = axis_labels(network, layer, feeds, sample)
        named = len(labels) == count
        steps = Steps(labels if named else tuple(map(str, range(count))), isinstance(sample, Tree), named)
        sentence = _sentence(layer, runs, steps) + (" The sample is made up." if sample.synthetic else "")
        total = max(int(run.read.sum()) for run in runs.values())
        frames = evenly_spaced(total, FRAMES) + 1
        for read in frames:
            panels = [
                panel
                for direction, run in runs.items()
                for panel in self._panels(run, _seen(run, read), direction, steps, scene.units)
            ]
            yield Sheet(
                title=f"{network.name} · {layer} · {sample.title}",
                summary=sentence if read == total else f"{sentence} Read so far: {read} of {total}.",
                panels=tuple(panels) if named else (*sample_panels(network, sample), *panels),
                arrays=_arrays(runs, steps),
                steps=len(frames) if total > 1 else 0,
            )

    def _panels(
        self, run: Run, seen: np.ndarray, direction: str, steps: Steps, units: tuple[int, ...]
    ) -> Iterator[Panel]:
        """What a run remembers after the steps that it has `seen`, (time,); nothing at the others."""
        from dlviz.model.recurrence import spatial_mean

        shown = np.flatnonzero(run.read) if steps.named else np.arange(len(run.read))
        for name, states in run.states.items():
            title = f"{direction} {name}".strip()
            if states.ndim == 4:
                yield _maps(states, seen, title, units)
            else:
                yield steps.matrix(spatial_mean(states), seen, shown, title, units)
        for name, gate in run.gates.items() if self.gates else ():
            yield steps.matrix(gate, seen, shown, f"{direction} {name}".strip(), units)


@dataclass(frozen=True)
class Steps:
    """What stands along the axis of time, or of nodes."""

    labels: tuple[str, ...]
    are_nodes: bool
    named: bool

    @property
    def word(self) -> str:
        return "node" if self.are_nodes else "token" if self.named else "step"

    def matrix(
        self, values: np.ndarray, seen: np.ndarray, shown: np.ndarray, title: str, units: tuple[int, ...]
    ) -> Matrix:
        """Values (time, units), lying where there are more units than steps; phrases are long, so nodes have rows."""
        chosen = [u for u in units if u < values.shape[1]] or list(range(values.shape[1]))
        labels, numbers = tuple(self.labels[n] for n in shown), tuple(map(str, chosen))
        values = values[shown][:, chosen]
        limits = float(values.min(initial=0.0)), float(values.max(initial=0.0))
        values = np.where(seen[shown][:, None], values, np.nan)
        if self.are_nodes or len(chosen) > len(labels):
            return Matrix(values, labels, numbers, self.word, "unit", title, limits=limits)
        return Matrix(values.T, numbers, labels, "unit", self.word, title, limits=limits)


def _seen(run: Run, count: int) -> np.ndarray:
    """Which steps a run has been through when it has read so many, (time,)."""
    read = run.read[::-1].cumsum()[::-1] if run.backwards else run.read.cumsum()
    return read <= count


def _maps(states: np.ndarray, seen: np.ndarray, title: str, units: tuple[int, ...]) -> Tiles:
    """States (time, height, width, units) as a row of maps for each of the units that change most."""
    change = states.std(axis=0).mean(axis=(0, 1))  # (units,)
    rows = [u for u in units if u < len(change)] or list(np.sort(np.argsort(-change, kind="stable")[:MOST_ROWS]))
    steps = np.where(seen[:, None, None, None], states[..., rows], 0)[:MOST_COLUMNS]  # (time, height, width, rows)
    return Tiles(
        np.moveaxis(steps, -1, 0).reshape(-1, *states.shape[1:3], 1),
        "all",
        title=f"{title}: each row a unit, each column a step",
        role="main",
        keys=tuple(int(u) for u in rows for _ in range(len(steps))),
        selects="unit",
        columns=len(steps),
        row_labels=tuple(str(u) for u in rows),
        column_labels=tuple(map(str, range(len(steps)))),
    )


def _sentence(layer: str, runs: dict[str, Run], steps: Steps) -> str:
    run = next(iter(runs.values()))
    names = " and ".join(run.states) if len(run.states) < 3 else ", ".join(run.states)
    units = next(iter(run.states.values())).shape[-1]
    read = int(run.read.sum())
    count = f"{read} of the {len(run.read)} {steps.word}s are read" if read < len(run.read) else ""
    directions = ", read from either end" if len(runs) > 1 else ", read from the end" if run.backwards else ""
    mean = ", averaged over places" if next(iter(run.states.values())).ndim in (3, 5) else ""
    size = number_of(units, "unit")
    summary = f"What {layer} remembers after each of the {read} {steps.word}s{directions}: its {names}, {size}{mean}."
    return f"{summary} {count}, the others are padding." if count else summary


def _arrays(runs: dict[str, Run], steps: Steps) -> dict[str, np.ndarray]:
    """`state` (time, units), those of several directions side by side; the others by their names."""
    from dlviz.model.recurrence import spatial_mean

    first = [spatial_mean(next(iter(run.states.values()))) for run in runs.values()]
    arrays = {"state": np.concatenate(first, axis=-1)}
    for direction, run in runs.items():
        before = f"{direction} " if direction else ""
        for name, states in [*run.states.items(), *run.gates.items()]:
            if states is not first[0]:
                arrays[f"{before}{name}"] = states
    if steps.named:
        arrays["tokens"] = np.array(steps.labels)
    elif not steps.are_nodes:
        arrays["time"] = np.arange(len(steps.labels))
    return arrays
