"""From input to answer: the units that made a prediction, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import in_digits
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Image, Sheet
from dlviz.sheet.numerals import percent
from dlviz.spacing import thinned_samples
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.analysis.attribution_graph import Stage
    from dlviz.network import Network


NUMBERS = 1 << 24
"""How many numbers are fed at most to find patches: 21,000 digits, or 108 photographs of 227 × 227 in colour."""
NOT_DRAWN = " This unit is not among those drawn."


@dataclass(frozen=True)
class AttributionGraph(View):
    """One flow diagram from the input to the answer, and what becomes of the answer without one of the units.

    >>> import dlviz
    >>> sheet = dlviz.show("attribution_graph", "lenet5", input="digits:7", cut="conv2:3")
    >>> sheet.arrays["layer"].tolist()
    ['conv1', 'conv2', 'conv3', 'dense1']
    """

    name = "attribution_graph"
    summary = "From input to answer: the units that made a prediction, layer by layer, and what each passed on."
    needs = frozenset({"network", "sample", "data"})
    samples = frozenset({"picture", "text", "sound", "numbers", "several"})
    answers = frozenset({"classes", "numbers"})
    one_sample = True
    order = 5.5

    target: str = option(
        "", "what is explained: a class by its name or number; empty: the likeliest", label="explained",
        suggests="classes", zero="the likeliest",
    )  # fmt: skip
    most_units: int = option(3, "the maximum number of units shown of each layer", low=1, high=6, label="units")
    most_layers: int = option(4, "the maximum number of layers shown", low=1, high=6, label="layers")
    tiles: str = option(
        "maps", "in the place of each unit, its response to this sample, or the patch of the data that excites it most",
        choices=("maps", "patches"), labels=("responses", "best patches"),
    )  # fmt: skip
    cut: str = option(
        "", "a unit to switch off, as LAYER:UNIT, such as conv2:7; the answer without it is shown; in the window a"
        " click with Shift held cuts it or puts it back", example="conv2:7",
    )  # fmt: skip

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.analysis.ablation import answer_without
        from dlviz.analysis.attribution_graph import attribution_graph, main_layers, score_without
        from dlviz.panels.attribution_graph import columns_of, flow_picture, places_of
        from dlviz.panels.explained import explained
        from dlviz.saliency.score import Score
        from dlviz.saliency.target import target_of

        network, sample = scene.network, scene.samples[0]
        feeds = network.feed([sample])
        before = network.answer(feeds)
        number, told = explained(network, before, self.target)
        score = scene.memory.recall(Score, network.input) or scene.memory.keep(
            Score(network, network.input), network.input
        )
        target = target_of(score, feeds, number)
        layers = main_layers(network, score.variable, self.most_layers)
        if not layers:
            raise UserError(
                f"{network.name} has no layer through which everything passes on its way from input to answer."
            )
        yield Progress(0, 1, "following the contributions")
        is_number = network.chosen_output.kind == "numbers"
        sign = -1 if is_number and target.value < 0 else 1
        stages = attribution_graph(target, layers, self.most_units, sign)
        cut = self._cut(network)
        name = told.partition(" (")[0].partition(" = ")[0]
        summary = _summary(stages, told, target.value, is_number, sign)
        arrays = _arrays(stages, target.value)
        answer = [name, in_digits(target.value), ""]
        if cut:
            after = answer_without(network, feeds, *cut)
            arrays["without"] = after
            drawn = any(stage.layer == cut[0] and cut[1] in stage.units for stage in stages)
            summary = f"{_without(network, before, after, number, cut)}{'' if drawn else NOT_DRAWN} {summary}"
            without = in_digits(score_without(target, *cut))
            answer[2] = "hardly changes" if without == answer[1] else f"cut: {without}"
        patches = (yield from _best_patches(scene, stages)) if self.tiles == "patches" else {}
        columns = columns_of(network, sample, stages, answer, cut, patches)
        summary += f" Each picture is what in {scene.data.name} excites the unit most." * bool(patches)
        yield Sheet(
            f"{network.name} · from {'pixel' if network.takes_pictures else 'input'} to answer · {sample.title}",
            f"{summary}{' The sample is made up.' * sample.synthetic}",
            (
                Image(
                    flow_picture(columns),
                    role="main",
                    places=places_of(columns),
                    sets="cut",
                    by="click",
                    hint="Shift+click cuts a unit",
                ),
            ),
            arrays,
            source="A. Syed et al., Attribution patching outperforms automated circuit discovery, 2023, arXiv"
            " 2310.10348",
        )

    def _cut(self, network: Network) -> tuple[str, int] | None:
        """The layer and the unit that are cut."""
        if not self.cut:
            return None
        name, _, unit = self.cut.rpartition(":")
        layer = network.layer(name or self.cut)
        if not unit.isdecimal() or int(unit) >= layer.units:
            raise UserError(
                f"Option cut={self.cut[:60]} is not a unit of {layer.name}: give it as {layer.name}:N, N from 0 to"
                f" {layer.units - 1}."
            )
        return layer.name, int(unit)


def _best_patches(scene: Scene, stages: Sequence[Stage]) -> Generator[Progress, None, dict[str, list[np.ndarray]]]:
    """Return for each layer the best patch of each of its shown units, uint8 (height, width, 1 or 3) each.

    Raises:
        UserError: the network does not take pictures.
    """
    from dlviz.panels.patch_tiles import best_patches
    from dlviz.scan.top_patches import TopPatches, scan_of

    network = scene.network
    if not network.takes_pictures:
        raise UserError(f"{network.name} does not take pictures, so that no patch can be drawn: choose tiles=maps.")
    count = min(len(scene.data), max(1, NUMBERS // math.prod(network.input_shape)))
    found = {}
    for stage in stages:
        at_layer = replace(scene, given={**scene.given, "layer": stage.layer})
        scan = scan_of(at_layer, scene.data, 1)
        if not scan.complete and count < len(scene.data):
            scan = scan_of(at_layer, thinned_samples(scene.data, count), 1)
        yield from scan.run()
        units = tuple(map(int, stage.units))
        top = TopPatches(network, stage.layer, scan.samples, scan.top_responses[stage.layer], units, 1)
        found[stage.layer] = best_patches(top, network.input)
    return found


def _without(network: Network, before: np.ndarray, after: np.ndarray, number: int, cut: tuple[str, int]) -> str:
    """What the answer (1, ...) becomes `after` a cut, in a sentence."""
    what = f"Without unit {cut[1]} of {cut[0]}"
    if network.chosen_output.kind == "numbers":
        was, is_ = (in_digits(answer.ravel()[number], 4) for answer in (before, after))
        return f"{what} it hardly changes: {was}." if was == is_ else f"{what} it is {is_} instead of {was}."
    shares = network.probabilities(after)[0]
    said, name = int(shares.argmax()), network.class_in_words
    was, is_ = (percent(share) for share in (network.probabilities(before)[0][number], shares[number]))
    now = "" if said == number else f", and the answer is “{name(said)}” ({shares[said]:.0%} sure)"
    if was == is_:
        return f"{what}, “{name(number)}” hardly changes: {is_}{now}."
    return f"{what}, “{name(number)}” gets {is_} instead of {was}{now}."


def _summary(stages: Sequence[Stage], told: str, value: float, is_number: bool, sign: int) -> str:
    last = stages[-1]
    units = ", ".join(map(str, last.units))
    alike = last.contributions[sign * last.contributions > 0]
    share = last.shown.sum() / alike.sum() if alike.size else 0
    what, against, does = f"has its score of {in_digits(value)} from", "against the answer", "speaks for it"
    if is_number:
        what, against, does = "comes from", "what lowers it", "raises it" if sign > 0 else "lowers it"
    return (
        f"Where {told} {what}: under each unit stands its activation times the gradient, and"
        f" lines show what it passes on (orange: {against}). Units {units} of {last.layer} give {share:.0%} of"
        f" what {does}."
    )


def _arrays(stages: Sequence[Stage], value: float) -> dict[str, np.ndarray]:
    found = {"layer": np.array([stage.layer for stage in stages]), "value": np.array(value)}
    for stage in stages:
        found[f"units:{stage.layer}"] = stage.units
        found[f"contribution:{stage.layer}"] = stage.contributions
        found[f"received:{stage.layer}"] = stage.received
    return found
