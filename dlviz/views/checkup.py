"""What a network is, how it is fed, what is broken in it, and which views apply to it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Bars, Panel, Paragraph, Sheet
from dlviz.view import Scene, View
from dlviz_models.data.samples import Samples

if TYPE_CHECKING:
    from dlviz.jobs import Description
    from dlviz.network import Network

NAMED = 12
"""The maximum number of dead units listed by number."""


@dataclass(frozen=True)
class Checkup(View):
    """How the network was understood, its broken weights and dead units, and which views do not apply to it.

    >>> import dlviz
    >>> dlviz.show("checkup", "lenet5", samples_tried=50).title
    'lenet5 · checkup'
    """

    name = "checkup"
    summary = "The network's inputs and outputs and how they were identified, what is broken, which views do not apply."
    needs = frozenset({"network", "data"})
    order = 90

    samples_tried: int = option(64, "how many samples to feed to find units that never respond", low=1, high=100_000)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.broken_weights import broken_weights
        from dlviz.describe import describe

        network = scene.network
        described = describe(network)
        broken = broken_weights(network.model)
        lines = [*_takes(network), "", *_answers(described), "", *_weights(network, broken)]
        views = _views(described)
        dead: dict[str, tuple[int, ...]] = {}
        if not broken:
            dead = yield from self._dead(network, scene.data)
        panels: list[Panel] = [
            Paragraph("\n".join(lines), title="The network"),
            Paragraph("\n".join(views), title="Views"),
        ]
        silent = {name: units for name, units in dead.items() if units}
        if silent:
            share = [len(units) / network.layers[name].units for name, units in silent.items()]
            panels.append(Bars(tuple(silent), np.array(share), title="Share of units that never respond", limit=1.0))
        yield Sheet(
            title=f"{network.name} · checkup",
            summary=_sentence(network, broken, dead, min(self.samples_tried, len(scene.data)), scene.data),
            panels=tuple(panels),
            arrays={f"dead:{name}": np.array(units, np.int64) for name, units in dead.items()},
        )

    def _dead(self, network: Network, data: Samples) -> Generator[Progress, None, dict[str, tuple[int, ...]]]:
        from dlviz.dead_units import dead_units, rectified_layers

        layers = rectified_layers(network)
        found: dict[str, tuple[int, ...]] = {}
        if layers:
            tried = data.select(np.arange(min(self.samples_tried, len(data))))
            for item in dead_units(network, tried, layers):
                if isinstance(item, Progress):
                    yield item
                else:
                    found = item
        return found


def _takes(network: Network) -> list[str]:
    lines = []
    for spec in network.inputs.values():
        shape = " × ".join("any" if n is None else str(n) for n in spec.shape) or "one number"
        lines.append(f"Input {spec.name}: {spec.kind} of {shape}, because {spec.evidence}")
        if spec.kind == "picture":
            lines.append(f"  fed as {network.preprocess_note}")
        elif spec.vocabulary:
            lines.append(f"  {spec.vocabulary:,} different tokens")
    return lines


def _answers(described: Description) -> list[str]:
    lines = []
    for output in described.outputs:
        shape = " × ".join("any" if n is None else str(n) for n in output.shape) or "one number"
        what = "two classes by one number" if (output.kind, shape) == ("classes", "1") else f"{output.kind} of {shape}"
        lines.append(f"Output {output.name}: {what}, because {output.evidence}")
    if described.classes:
        shown = ", ".join(described.classes[:5]) + (", ..." if len(described.classes) > 5 else "")
        lines.append(f"  {len(described.classes):,} class names: {shown}")
    return lines


def _weights(network: Network, broken: str) -> list[str]:
    kinds = sorted({str(weight.dtype) for weight in network.model.weights})
    lines = [f"{len(network.layers):,} layers, {network.model.count_params():,} weights of type {', '.join(kinds)}"]
    lines.append(f"BROKEN: {broken}" if broken else "All weights are finite numbers")
    return lines


def _views(described: Description) -> list[str]:
    """Each view, and why it has nothing to show where that is so."""
    from dlviz.applies import obstacles

    found = obstacles(described)
    refused = [f"not {name}: {reason}" for name, reason in found.items() if reason]
    return [f"To be seen: {', '.join(name for name, reason in found.items() if not reason)}", *refused]


def _sentence(network: Network, broken: str, dead: dict[str, tuple[int, ...]], tried: int, data: Samples) -> str:
    if broken:
        return f"{network.name} cannot answer: {broken}."
    silent = {name: units for name, units in dead.items() if units}
    if not silent:
        responds = ", and every rectified unit responds to something" if dead else ""
        return f"Nothing is broken in {network.name}: its weights are finite{responds}."
    name, units = max(silent.items(), key=lambda item: len(item[1]))
    numbers = ", ".join(map(str, units[:NAMED])) + (", ..." if len(units) > NAMED else "")
    return (
        f"{sum(map(len, silent.values())):,} units of {network.name} never respond to {tried} samples of {data.name},"
        f" most of them in {name}: {len(units)} of {network.layers[name].units} (units {numbers})."
    )
