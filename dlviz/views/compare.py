"""Two networks, or two epochs of one: where structure and weights differ, and how alike they see the data."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.abbreviations import abbreviated
from dlviz.grammar import number_of
from dlviz.options import option
from dlviz.progress import Progress, as_part
from dlviz.sheet import Bars, Matrix, Panel, Paragraph, Sheet
from dlviz.sheet.numerals import percent
from dlviz.spacing import thinned_samples
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.network import Network
    from dlviz_models.data.samples import Samples

MOST_LAYERS = 12
"""Layers that are compared, evenly spread, and of those with changed weights the most changed ones that are shown."""
LONGEST = 8
"""Characters of a layer's name beside its row or column."""
MOST_LINES = 8
"""Differences in structure that are listed."""
MEANING = "Linear CKA: 1, the same samples are alike to both; 0, unrelated"


@dataclass(frozen=True)
class Compare(View):
    """Linear CKA of every layer of one network with every layer of the other, on the same samples.

    >>> import dlviz
    >>> sheet = dlviz.show("compare", "lenet5", other="dbn", data="digits", samples_used=100)
    >>> sheet.arrays["cka"].shape == (len(sheet.arrays["layer"]), len(sheet.arrays["other_layer"]))
    True
    """

    name = "compare"
    summary = "How two networks or two epochs differ in structure and weights, and how alike their layers see the data."
    needs = frozenset({"network", "data", "other"})
    order = 9.5

    samples_used: int = option(
        500, "samples of the data that both are fed, evenly spaced", low=10, high=10_000, label="samples"
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.analysis.differences import differences
        from dlviz.analysis.features import layers_with_weights
        from dlviz.analysis.similarity import linear_cka

        one, other = scene.network, scene.other
        layers = [layers_with_weights(network, MOST_LAYERS) for network in (one, other)]
        data = thinned_samples(scene.data, self.samples_used)
        cka = yield from as_part(linear_cka((one, layers[0]), (other, layers[1]), data), 0, 3)
        found = differences(one, other)
        names = one.name, other.name if other.name != one.name else f"{other.name} (2)"
        right = yield from _right(one, other, data)
        rows, columns = (abbreviated(some, LONGEST) for some in layers)
        panels: list[Panel] = [Matrix(cka, rows, columns, *names, MEANING, role="main")]
        if any(found.changes.values()):
            changed = sorted(found.changes, key=lambda name: -found.changes[name])[:MOST_LAYERS]
            shown = tuple(name for name in found.changes if name in changed)
            changes = np.array([found.changes[name] for name in shown])
            title = "Relative change of weights"
            panels.append(Bars(shown, changes, title))
        if found.structure:
            more = len(found.structure) - MOST_LINES
            lines = (*found.structure[:MOST_LINES], *([f"and {number_of(more, 'other')}"] if more > 0 else []))
            panels.append(Paragraph("\n".join(lines), "Structure"))
        yield Sheet(
            f"{names[0]} · compare · {names[1]}",
            f"{_oftener(names, right, data)}{_structure(len(found.structure))} {_weights(found.changes)}"
            f" {_alike(cka, layers[0])}",
            tuple(panels),
            {
                "cka": cka,
                "layer": np.array(layers[0]),
                "other_layer": np.array(layers[1]),
                "changed_layer": np.array(list(found.changes)),
                "change": np.array(list(found.changes.values())),
                "structure": np.array(found.structure),
                **({"accuracy": np.array(right)} if right else {}),
            },
            source="S. Kornblith, M. Norouzi, H. Lee, G. Hinton, Similarity of neural network representations"
            " revisited, 2019, arXiv 1905.00414",
        )


def _right(one: Network, other: Network, data: Samples) -> Generator[Progress, None, tuple[float, float] | None]:
    """Return how often each network is right, 0..1; None where not both choose one of the classes of the data."""
    from dlviz.analysis.accuracy import accuracy

    if any(network.chosen_output.kind != "classes" or network.chosen_output.labels for network in (one, other)):
        return None
    try:
        first = yield from as_part(accuracy(one, data), 1, 3)
        return first, (yield from as_part(accuracy(other, data), 2, 3))
    except UserError:
        return None


def _oftener(names: tuple[str, str], right: tuple[float, float] | None, data: Samples) -> str:
    """Which network is right more often, a sentence; empty where that is not known."""
    if not right:
        return ""
    of = f"{number_of(len(data), 'sample')} of {data.name}"
    if right[0] == right[1]:
        return f"Both get {percent(right[0])} of {of} right. "
    most, least = np.argsort(right)[::-1]
    return f"{names[most]} gets {percent(right[most])} of {of} right, {names[least]} {percent(right[least])}. "


def _structure(differing: int) -> str:
    if not differing:
        return "Both are built alike."
    return f"{number_of(differing, 'layer')} differ{'s' * (differing == 1)} in structure."


def _weights(changes: dict[str, float]) -> str:
    """How far the weights of layers that are built alike are apart, as a sentence."""
    if not changes:
        return "No layer has weights of the same shapes in both."
    most, least = (chosen(changes, key=lambda name: changes[name]) for chosen in (max, min))
    if changes[most] == 0:
        return "Their weights are the same."
    if len(changes) == 1:
        return f"The weights of {most} differ by {changes[most]:.0%}."
    return f"Their weights differ least in {least} ({changes[least]:.0%}) and most in {most} ({changes[most]:.0%})."


def _alike(cka: np.ndarray, layers: tuple[str, ...]) -> str:
    """Which layer of the first has the most and the least alike one in the other, as a sentence."""
    best = np.nan_to_num(cka, nan=-np.inf).max(axis=1)
    known = np.flatnonzero(np.isfinite(best))
    if not len(known):
        return ""
    high, low = known[best[known].argmax()], known[best[known].argmin()]
    if f"{best[high]:.2f}" == f"{best[low]:.2f}":
        return f"The CKA of every layer with the most similar layer of the other is {best[high]:.2f}."
    return (
        f"They see the data most alike in {layers[high]} (CKA {best[high]:.2f} with the most similar layer of the"
        f" other), least in {layers[low]} ({best[low]:.2f})."
    )
