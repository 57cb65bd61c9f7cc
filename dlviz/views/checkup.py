"""What a network is, how it is fed, what is broken in it, and which views apply to it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import number_of
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Bars, Panel, Paragraph, Sheet
from dlviz.spacing import thinned_samples
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
    >>> dlviz.show("checkup", "lenet5", samples_used=50).title
    'lenet5 · checkup'
    """

    name = "checkup"
    summary = "The network's inputs and outputs and how they were identified, what is broken, which views do not apply."
    needs = frozenset({"network", "data"})
    order = 90

    samples_used: int = option(
        64, "how many samples, evenly spaced, to feed to find units that never respond", low=1, high=100_000,
        label="samples", formerly="samples_tried",
    )  # fmt: skip

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.describe import describe
        from dlviz.model.broken_weights import broken_weights

        network = scene.network
        described = describe(network)
        broken = broken_weights(network.model)
        lines = [*_takes(network), *_answers(described), *_weights(network, broken)]
        views = _views(described)
        dead: dict[str, tuple[int, ...]] = {}
        if not broken:
            dead = yield from self._dead(network, scene.data)
        panels: list[Panel] = [
            Paragraph("\n".join(lines), title="The network", role="main"),
            Paragraph("\n".join(views), title="Views", role="main"),
        ]
        silent = {name: units for name, units in dead.items() if units}
        if len(silent) > 1:
            share = [len(units) / network.layers[name].units for name, units in silent.items()]
            title = f"Share of units that never respond to {scene.data.name}"
            panels.append(Bars(tuple(silent), np.array(share), title=title, limit=1.0))
        yield Sheet(
            title=f"{network.name} · checkup",
            summary=_sentence(network, broken, dead, min(self.samples_used, len(scene.data)), scene.data),
            panels=tuple(panels),
            arrays={f"dead:{name}": np.array(units, np.int64) for name, units in dead.items()},
        )

    def _dead(self, network: Network, data: Samples) -> Generator[Progress, None, dict[str, tuple[int, ...]]]:
        from dlviz.analysis.dead_units import dead_units, rectified_layers

        layers = rectified_layers(network)
        found: dict[str, tuple[int, ...]] = {}
        if layers:
            for item in dead_units(network, thinned_samples(data, self.samples_used), layers):
                if isinstance(item, Progress):
                    yield item
                else:
                    found = item
        return found


def _takes(network: Network) -> list[str]:
    lines = []
    for spec in network.inputs.values():
        what = "text" if spec.dtype == "string" else _sized(spec.kind, spec.shape)
        lines.append(f"Input {spec.name}: {what}, because {spec.evidence}")
        if spec.kind == "picture":
            lines.append(f"  fed as {network.preprocess_note}")
        elif spec.vocabulary:
            lines.append(f"  {spec.vocabulary:,} different tokens")
    return lines


def _sized(kind: str, shape: tuple[int | None, ...]) -> str:
    """What is fed or answered, with its size."""
    if kind in ("numbers", "classes") and len(shape) < 2:
        size = shape[0] if shape else 1
        return "1 number" if (kind, size) == ("numbers", 1) else f"{'any number of' if size is None else size} {kind}"
    return f"{kind} of {' × '.join('any' if n is None else str(n) for n in shape)}"


def _answers(described: Description) -> list[str]:
    lines = []
    for output in described.outputs:
        by_one = output.kind == "classes" and output.shape in ((), (1,))
        what = "two classes by one number" if by_one else _sized(output.kind, output.shape)
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
    """The views by name, and why some have nothing to show, those for one reason together."""
    from dlviz.applies import obstacles

    found = obstacles(described)
    refused: dict[str, list[str]] = {}
    for name, reason in found.items():
        if reason:
            refused.setdefault(reason.replace(f"{name} is for", "each is for"), []).append(name)
    lines = [
        f"not {', '.join(names)}: {reason if len(names) > 1 else found[names[0]]}" for reason, names in refused.items()
    ]
    return [f"Views: {', '.join(name for name, reason in found.items() if not reason)}", *lines]


def _sentence(network: Network, broken: str, dead: dict[str, tuple[int, ...]], tried: int, data: Samples) -> str:
    if broken:
        return f"{network.name} cannot answer: {broken}."
    silent = {name: units for name, units in dead.items() if units}
    if not silent:
        responds = ", and every rectified unit responds to something" if dead else ""
        return f"Nothing is broken in {network.name}: its weights are finite{responds}."
    return _silence(network, silent, tried, data)


def _silence(network: Network, silent: dict[str, tuple[int, ...]], tried: int, data: Samples) -> str:
    """Which units never respond; said as a hint where the samples are made up."""
    name, units = max(silent.items(), key=lambda item: len(item[1]))
    numbers = f"unit{'s' * (len(units) > 1)} {', '.join(map(str, units[:NAMED]))}" + ", ..." * (len(units) > NAMED)
    total = sum(map(len, silent.values()))
    where = f"{len(units)} of {network.layers[name].units} in {name} ({numbers})"
    most = where if len(silent) == 1 else f"most of them in one layer: {where}"
    if data.sample(0).synthetic:
        return (
            f"Nothing is broken in {network.name}: its weights are finite. Of its units, {total:,} did not respond to"
            f" {number_of(tried, 'sample')} of {data.name}, {most}; that is only a hint: choose real data to be sure."
        )
    return (
        f"{number_of(total, 'unit')} of {network.name} never respond{'s' * (total == 1)} to"
        f" {number_of(tried, 'sample')} of {data.name}, {most}."
    )
