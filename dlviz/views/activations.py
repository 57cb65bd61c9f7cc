"""What each unit of a layer answers to one sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from dlviz.grammar import in_digits
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Bars, Matrix, Panel, Sheet, Tiles
from dlviz.view import Scene, View

MOST_COLUMNS = 200
"""Of a sequence of more steps, several share a column of the matrix."""


@dataclass(frozen=True)
class Activations(View):
    """What each unit of a layer answers to one sample: maps over places, a matrix over steps, or bars.

    >>> import dlviz
    >>> sheet = dlviz.show("activations", "lenet5", layer="conv1", input="digits:7")
    >>> sheet.arrays["activation"].shape  # (height, width, units)
    (28, 28, 6)
    """

    name = "activations"
    summary = "The activation maps of a layer: where in the input each unit responds, and how strongly."
    needs = frozenset({"network", "layer", "sample"})
    one_sample = True
    order = 1
    chosen_units = True

    contrast: str = option(
        "each", "each: every map over its own range; all: one range for the whole layer",
        choices=("each", "all", "signed"), label="contrast", labels=("each map on its own", "one for all", "around"
            " zero"),
    )  # fmt: skip

    order_by: str = option(
        "number", "number: in the layer's order; strongest: the strongest responses first",
        choices=("number", "strongest"), label="order", labels=("by number", "strongest first"),
    )  # fmt: skip

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.analysis.step_labels import step_labels
        from dlviz.feeding.tokens import axis_labels
        from dlviz.panels.samples import sample_panels

        network, layer, sample = scene.network, scene.network.layers[scene.layer], scene.samples[0]
        feeds = network.feed([sample])
        answer = network.activation(feeds, scene.layer)
        units = scene.units or tuple(range(layer.units))
        maps = network.maps(feeds, scene.layer)  # (*axes, units)
        if self.order_by == "strongest":
            peaks = maps.reshape(-1, maps.shape[-1]).max(axis=0)
            units = tuple(sorted(units, key=lambda unit: -float(peaks[unit])))
        maps = maps[..., list(units)]
        labels = step_labels(network, scene.layer, feeds, sample)
        panel = self._panel(
            network.class_name if scene.layer == network.output else str, maps, layer.axes, labels, units
        )
        least, most = float(answer.min()), float(answer.max())
        further = f" to {in_digits(most)}" * (most > least)
        only, all_of_them = f"the unit of {scene.layer} responds", f"the {layer.units:,} units of {scene.layer} respond"
        respond = only if layer.units == 1 else all_of_them
        made = " The sample is made up." if sample.synthetic else ""
        if labels != axis_labels(network, scene.layer, feeds, sample):
            made += " Each step goes by the middle one of the tokens that it sees."
        if len(layer.axes) == 1 and (each := _steps_a_column(len(maps))) > 1:
            made += f" Each column is the response furthest from 0 in {each} steps."
        inputs = {"input": network.as_fed(feeds[network.input][0])} if len(feeds) == 1 else {}
        yield Sheet(
            title=f"{network.name} · {scene.layer} · {sample.title}",
            summary=f"How {respond} to {sample.title}: {in_digits(least)}{further}.{made}",
            panels=(panel,) if labels else (*sample_panels(network, sample), panel),
            arrays={**inputs, **{f"input:{n}": x[0] for n, x in feeds.items() if len(feeds) > 1}, "activation": answer},
        )

    def _panel(
        self,
        name: Callable[[int], str],
        maps: np.ndarray,
        axes: tuple[str, ...],
        labels: tuple[str, ...],
        units: Sequence[int],
    ) -> Panel:
        """The maps (*axes, units) in the way that suits their axes; `labels` stand along a single one."""
        match len(axes):
            case 0:
                return Bars(tuple(name(u) for u in units), maps)
            case 1:
                return self._over_time(maps, axes[0], labels, units)
            case 3:  # frames or slices, one after the other
                maps = np.concatenate(list(maps), axis=1)  # (height, frames width, units)
        return Tiles(
            images=np.moveaxis(maps, -1, 0)[..., None],
            scale=self.contrast,  # type: ignore[arg-type]
            title="grey is 0, white above, black below" if self.contrast == "signed" else "",
            captions=tuple(
                f"{u}: {in_digits(m.min())} to {in_digits(m.max())}"
                for u, m in zip(units, np.moveaxis(maps, -1, 0), strict=True)
            ),
            keys=tuple(units),
            selects="unit",
        )

    def _over_time(self, maps: np.ndarray, axis: str, labels: tuple[str, ...], units: Sequence[int]) -> Panel:
        """Maps (steps, units) as a matrix, its longer side across."""
        each = _steps_a_column(len(maps))
        names = tuple(map(str, units))
        if each > 1:
            return Matrix(_strongest_of(maps, each).T, names, tuple(map(str, range(0, len(maps), each))), "unit", axis)
        places = labels if len(labels) == len(maps) else tuple(map(str, range(len(maps))))
        if len(maps) < len(units):
            return Matrix(maps, places, names, axis, "unit")
        return Matrix(maps.T, names, places, "unit", axis)


def _steps_a_column(steps: int) -> int:
    """How many steps share a column of the matrix."""
    return ceil(steps / MOST_COLUMNS)


def _strongest_of(maps: np.ndarray, each: int) -> np.ndarray:
    """Of each `each` steps of maps (steps, units) the response furthest from 0, with its sign: (columns, units)."""
    padded = np.pad(maps, ((0, -len(maps) % each), (0, 0)))
    groups = padded.reshape(-1, each, maps.shape[1])  # (columns, steps, units)
    furthest = np.abs(groups).argmax(axis=1)[:, None]  # (columns, 1, units)
    return np.take_along_axis(groups, furthest, axis=1)[:, 0]
