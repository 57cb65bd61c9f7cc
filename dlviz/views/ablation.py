"""What a network loses without some units of a layer."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import number_of
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Bars, Sheet
from dlviz.spacing import thinned_samples
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.analysis.ablation import DownstreamNetwork, Rank
    from dlviz.model.changes import Edit
    from dlviz.network import Network
    from dlviz.panels.mistakes import Tally
    from dlviz_models.data.samples import Samples

MEMORY = 1 << 29
"""Bytes of responses that are kept at most: of samples that take more, evenly spread ones are used."""
ANY = "any"
"""What is searched for where no class is."""
PAIR = re.compile(r"\s*(\d+)\s*:\s*([-+.\w]+)\s*")


@dataclass(frozen=True)
class Kept:
    """What follows a layer, with the responses to the samples that were asked for."""

    rest: DownstreamNetwork
    samples: Samples
    asked: int


@dataclass(frozen=True)
class Ablation(View):
    """Units switched off, scaled or swapped, by number or found by search, and the answers before and after.

    >>> import dlviz
    >>> sheet = dlviz.show("ablation", "lenet5", layer="conv2", off=[3, 7], data="digits", limit=200)
    >>> sheet.arrays["confusion_after"].shape  # (true, predicted)
    (10, 10)
    """

    name = "ablation"
    summary = "What a network loses when units of a layer are switched off, scaled or swapped."
    needs = frozenset({"network", "layer", "data"})
    answers = frozenset({"classes", "numbers", "picture", "pixels", "steps", "nodes"})
    order = 11
    one_unit = True

    off: tuple[int, ...] = option(
        (), "units to switch off, such as 3,7; where nothing is changed, the chosen units, else the strongest",
        kind="integers", low=0, label="switch off", example="3,7",
    )  # fmt: skip
    scale: str = option(
        "", "units whose responses are scaled, each with its factor, such as 2:0.5,4:3", example="2:0.5,4:3"
    )
    swap: str = option("", "pairs of units that are swapped, such as 1:4", example="1:4")
    target: str = option(
        "", "a class: find the units whose absence costs it most and switch them off; any: of all classes",
        label="search for", suggests="classes", answers=("classes",), example="any", formerly="find",
    )  # fmt: skip
    count: int = option(5, "how many units to search for", low=1, high=50, label="units searched for")
    samples_used: int = option(1000, "samples of the data", low=1, high=100_000, label="samples")

    def is_long(self) -> bool:
        return bool(self.target)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.model.changes import edit
        from dlviz.panels.ablation import compare_tallies
        from dlviz.panels.mistakes import tally_of

        tally_of(scene.network, scene.data)  # refuses data without right answers before anything is computed
        rest, samples = yield from self._downstream(scene)
        tallies = [tally_of(scene.network, samples) for _ in range(2)]
        off, told = self.off, ""
        panels: tuple[Bars, ...] = ()
        if self.target:
            off, told, left = yield from self._search(rest, samples)
            panels = (left,)
        elif not (off or self.scale or self.swap):
            off = scene.units or (int(rest.max_magnitude().argmax()),)
        change, done = self._edit(rest.layer, rest.units, off)
        before, after = (_counted(rest, t, e) for t, e in zip(tallies, (edit(rest.units), change), strict=True))
        result = compare_tallies(before, after)
        yield Sheet(
            f"{scene.network.name} · {scene.layer} · {done}",
            f"{told}With {('it', 'these')[len(off) > 1] + ' off' if told else done}, {result.summary}",
            (*result.changed, *panels, *result.overview),
            {**result.arrays, "source": change.source, "factor": change.factor},
            source="R. Meyes et al., Ablation studies in artificial neural networks, 2019, arXiv 1901.08644",
        )

    def _downstream(self, scene: Scene) -> Generator[Progress, None, tuple[DownstreamNetwork, Samples]]:
        """What follows the layer, with the responses of as many samples as are used."""
        from dlviz.analysis.ablation import DownstreamNetwork

        kept = scene.memory.recall(Kept)
        if kept and (kept.rest.layer, kept.asked) == (scene.layer, self.samples_used):
            return kept.rest, kept.samples
        rest = DownstreamNetwork(scene.network, scene.layer)
        most = max(1, MEMORY // max(1, rest.bytes_for(scene.data)))
        samples = thinned_samples(scene.data, min(self.samples_used, most))
        yield from rest.compute(samples)
        scene.memory.keep(Kept(rest, samples, self.samples_used))
        return rest, samples

    def _search(
        self, rest: DownstreamNetwork, samples: Samples
    ) -> Generator[Progress, None, tuple[tuple[int, ...], str, Bars]]:
        """Return the units whose absence costs the class most, how they were found, and what is left after each."""
        from dlviz.analysis.ablation import search

        true, number, name = self._sought(rest.network, samples)
        rows = np.arange(len(samples)) if number is None else np.flatnonzero(true == number)
        if not len(rows):
            raise UserError(
                f"None of the {len(samples)} samples used of {samples.name} is “{name}”: search for another."
            )
        part = copy.copy(rest)
        yield from part.compute(samples.select(rows))
        found: tuple[tuple[int, ...], tuple[Rank, ...]] = ((), ())
        for item in search(part, _rank(rest.network, true[rows]), self.count):
            if isinstance(item, Progress):
                yield item
            else:
                found = item
        units, ranks = found
        if not units:
            raise UserError(f"No unit of {rest.layer} responds to the samples: choose another layer.")
        several = len(units) > 1
        told = (
            f"Of {rest.layer}, unit{'s' * several} {', '.join(map(str, units))} cost{'s' * (not several)} {name} most,"
            f" as a greedy search finds. "
        )
        labels = tuple(f"without {unit}" if n == 0 else f"and {unit}" for n, unit in enumerate(units))
        return units, told, Bars(labels, np.array([r[0] for r in ranks]), f"{name}: share right", 1.0)

    def _sought(self, network: Network, samples: Samples) -> tuple[np.ndarray, int | None, str]:
        """The right output for each sample, the one that is searched for, None for all, and its name."""
        from dlviz.targets import match_classes, true_outputs

        true = true_outputs(network, samples)
        if self.target == ANY:
            return true, None, "all classes"
        match = match_classes(network, samples)
        if self.target in match.names:
            return true, match.names.index(self.target), f"“{self.target}”"
        if self.target.isdecimal() and int(self.target) in match.outputs:
            return true, int(self.target), f"“{match.in_words(int(self.target))}”"
        classes = [match.name(int(output)) for output in match.outputs]
        raise UserError(
            f"Option target={self.target[:60]} is not a class of {samples.name}: choose one of"
            f" {', '.join(classes)[:150]}, or {ANY} for all."
        )

    def _edit(self, layer: str, units: int, off: tuple[int, ...]) -> tuple[Edit, str]:
        """What is done to the units of a layer, and it in words."""
        from dlviz.model.changes import edit

        scale = {int(unit): _number(factor, "scale") for unit, factor in _pairs(self.scale, "scale")}
        swap = [(int(a), int(_number(b, "swap"))) for a, b in _pairs(self.swap, "swap")]
        for unit in [*off, *scale, *(unit for pair in swap for unit in pair)]:
            if not 0 <= unit < units:
                raise UserError(f"Layer {layer} has {number_of(units, 'unit')}, numbered from 0: there is no {unit}.")
        done = [f"unit{'s' * (len(off) > 1)} {', '.join(map(str, off))} off"] if off else []
        done += [f"unit {unit} times {factor:g}" for unit, factor in scale.items()]
        done += [f"units {a} and {b} swapped" for a, b in swap]
        return edit(units, off, scale, swap), ", ".join(done)


def _pairs(text: str, option: str) -> list[tuple[str, str]]:
    """The two sides of each colon in "2:0.5,4:3"."""
    found = [PAIR.fullmatch(part) for part in text.split(",") if part.strip()]
    if not all(found):
        raise UserError(f"Option {option}={text[:60]} is not a list of pairs such as {_EXAMPLES[option]}.")
    return [(match[1], match[2]) for match in found if match]


def _number(text: str, option: str) -> float:
    try:
        number = int(text) if option == "swap" else float(text)
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise UserError(f"Option {option} has {text[:60]} where a number stands in {_EXAMPLES[option]}.")
    return number


_EXAMPLES = {"scale": "2:0.5,4:3", "swap": "1:4,2:6"}


def _counted(rest: DownstreamNetwork, tally: Tally, change: Edit) -> Tally:
    """The count of mistakes with the layer changed."""
    for start, feeds, answers in rest.answers(change):
        tally.add(start, feeds, answers)
    return tally


def _rank(network: Network, true: np.ndarray) -> Callable[[np.ndarray], Rank]:
    """The share of answers that are right, then the mean probability of the right class."""

    def rank(answers: np.ndarray) -> Rank:
        shares = network.probabilities(answers)
        return float((shares.argmax(axis=1) == true).mean()), float(shares[np.arange(len(true)), true].mean())

    return rank
