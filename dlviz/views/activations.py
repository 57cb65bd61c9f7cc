"""What each unit of a layer answers to one sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dlviz.grammar import number_of
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Bars, Curves, Matrix, Panel, Sheet, Tiles
from dlviz.view import Scene, View

MOST_LABELS = 200
"""A sequence of more steps is drawn as curves, not as a matrix."""
CURVES = 16
"""The maximum number of units drawn as curves."""


@dataclass(frozen=True)
class Activations(View):
    """What each unit of a layer answers to one sample: maps over places, a matrix or curves over steps, or bars.

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
        from dlviz.panels.samples import drawn

        network, layer, sample = scene.network, scene.network.layers[scene.layer], scene.samples[0]
        feeds = network.feed([sample])
        answer = network.activations(feeds)[scene.layer]
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
        made = " The sample is made up." if sample.synthetic else ""
        if labels != axis_labels(network, scene.layer, feeds, sample):
            made += " Each step goes by the middle one of the tokens that it sees."
        inputs = {"input": network.as_fed(feeds[network.input][0])} if len(feeds) == 1 else {}
        yield Sheet(
            title=f"{network.name} · {scene.layer} · {sample.title}",
            summary=f"How the {number_of(layer.units, 'unit')} of {scene.layer} respond{'s' * (layer.units == 1)}"
            f" to {sample.title}: {least:.3g} to {most:.3g}.{made}",
            panels=(panel,) if labels else (*drawn(network, sample), panel),
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
                f"{u}: {m.min():.3g} to {m.max():.3g}" for u, m in zip(units, np.moveaxis(maps, -1, 0), strict=True)
            ),
            keys=tuple(units),
            selects="unit",
        )

    def _over_time(self, maps: np.ndarray, axis: str, labels: tuple[str, ...], units: Sequence[int]) -> Panel:
        """Maps (steps, units) as a matrix, its longer side across, or where there are too many steps as curves."""
        steps = len(maps)
        if steps <= MOST_LABELS:
            places, names = labels if len(labels) == steps else tuple(map(str, range(steps))), tuple(map(str, units))
            if steps < len(units):
                return Matrix(maps, places, names, axis, "unit")
            return Matrix(maps.T, names, places, "unit", axis)
        strongest = np.argsort(-np.ptp(maps, axis=0), kind="stable")[:CURVES]
        series = {f"unit {units[u]}": maps[:, u] for u in np.sort(strongest)}
        return Curves(np.arange(steps), series, axis, "response", f"The {len(series)} units that vary most")
